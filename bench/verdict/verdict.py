"""Everything `bench verdict` says, put together: answers, and what they stand on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import sqrt
from statistics import fmean, variance

from bench.declared.claims import OnPictures, Questions, read_questions
from bench.declared.published import printed_tables, read_published
from bench.declared.tables import read_table
from bench.judge.cell import EmptyCell, StoredRuns
from bench.judge.collect import collect, joint_tally
from bench.judge.effects import FEWEST, Ranks, ranks_of
from bench.judge.interval import ALPHA, Estimate, Sample, welch
from bench.judge.tally import Tally
from bench.judge.verdict import TableEntry
from bench.plan.query import MethodName, Query
from bench.plan.selection import plan_table
from bench.render.text import md_code
from bench.store.store import Store
from bench.verdict.answer import (
    Answer,
    MetricExchange,
    PrintedAnswer,
    RunScores,
    answers,
    metric_exchanges,
    printed_answer,
    printed_differences,
    read_scores,
)
from iunet.declare.protocol import default_protocol, find_protocol, shipped_protocols

TARGET = 1.0
"""The difference, in points, whose detection is costed."""

POWER = 0.8
"""The share of repetitions in which it is to be found."""

LEAST = 3
"""The fewest datasets that are tried for it."""


SHARE = "kept_already_largest"
"""What records call the share of the kept weights that were among the largest before training."""


@dataclass(frozen=True)
class Noise:
    """How much seeds move a score beside what methods do.

    Args:
        seeds: standard deviation over the seeds of a cell, in points, root mean square.
        methods: that over the methods of a dataset with the seeds' part taken off, likewise.
        ratio: of the two variances, the seeds' first; None where the methods' is not above 0.
        datasets: how many have every method.
        networks: how many methods.
    """

    seeds: float
    methods: float
    ratio: float | None
    datasets: int
    networks: int


@dataclass(frozen=True)
class DegenerateRuns:
    """Runs of networks that say little of their method.

    Args:
        runs: of networks, at the chosen points.
        one_class: those that predict one class for every test row.
        untrained: those whose reported epoch lies before any training.
        cells, mostly: cells, and those of which more than half of the runs predict one class.
    """

    runs: int
    one_class: int
    untrained: int
    cells: int
    mostly: int


@dataclass(frozen=True)
class RankComparison:
    """How the columns of the table rank, all measured alike and as print mixes their metrics.

    Args:
        alike: own scores in one metric.
        mixed: own scores, each in the metric its column was printed in.
        printed: the printed numbers of the same datasets.
    """

    alike: Ranks
    mixed: Ranks
    printed: Ranks


@dataclass(frozen=True)
class Need:
    """Datasets that would show a difference of TARGET points in POWER of repetitions.

    Args:
        datasets: with as many seeds as there are.
        many_seeds: with any number of seeds.
    """

    datasets: int
    many_seeds: int


@dataclass(frozen=True)
class PictureDifference:
    """The method of the paper minus another one on one set of pictures, in points.

    Args:
        dataset, other: titles.
        own: over the seeds of both.
        seeds: how many of each.
        printed: the same from print; None where one of the two was not printed.
    """

    dataset: str
    other: str
    own: Estimate
    seeds: int
    printed: float | None


@dataclass(frozen=True)
class UnderProtocol:
    """What the runs under one protocol say.

    Args:
        questions: what is answered.
        scores: what the runs measured.
        tally: of the cells of all printed tables on these datasets, each distinct one once; None
            under a protocol that print does not stand for.
        pictures: the differences on pictures that have both cells.
    """

    questions: Questions
    scores: RunScores
    tally: Tally | None
    pictures: tuple[PictureDifference, ...]

    @property
    def key(self) -> str:
        """Of the protocol."""
        return self.scores.protocol.key

    @property
    def code(self) -> str:
        """The key as Markdown."""
        return md_code(self.key)

    @property
    def metric(self) -> str:
        """The metric that decides."""
        return self.questions.metrics[0]

    @cached_property
    def answers(self) -> dict[str, tuple[Answer, ...]]:
        """By metric, in declared order."""
        return {each: answers(self.questions, self.scores, each) for each in self.questions.metrics}

    @property
    def deciding(self) -> tuple[Answer, ...]:
        """The answers in the metric that decides."""
        return self.answers[self.metric]

    @cached_property
    def mixed(self) -> list[MetricExchange]:
        """What exchanging the metric of one side does; none without runs."""
        return metric_exchanges(self.questions, self.scores)

    @cached_property
    def noise(self) -> Noise | None:
        """Of the networks on the datasets that have all of them; None where fewer than two do."""
        networks, scores = self.questions.networks, self.scores
        datasets = scores.complete(networks)
        if len(datasets) < 2:
            return None
        own, between = [], []
        for dataset in datasets:
            cells = [scores.seed_variance(dataset, network, self.metric) for network in networks]
            means = [scores.mean(dataset, network, self.metric) for network in networks]
            own += cells
            between.append(variance(means) - fmean(cells) / len(scores.protocol.seeds))
        seeds, methods = fmean(own), max(0.0, fmean(between))
        ratio = seeds / methods if methods else None
        return Noise(sqrt(seeds), sqrt(methods), ratio, len(datasets), len(networks))

    @property
    def degenerate(self) -> DegenerateRuns:
        """Counted over every network."""
        cells = [own for (_, method), own in self.scores.runs.items() if method[:2] != "-:"]
        ones = [sum(run.one_class for run in runs) for runs in cells]
        epochs = [run.test.get("reported_epoch") for runs in cells for run in runs]
        return DegenerateRuns(
            runs=len(epochs),
            one_class=sum(ones),
            untrained=sum(epoch is not None and epoch < 0 for epoch in epochs),
            cells=len(cells),
            mostly=sum(2 * n > len(runs) for n, runs in zip(ones, cells, strict=True)),
        )

    @property
    def masks(self) -> dict[str, float]:
        """By net:method of a pruned network, the mean share of its kept weights that were among
        the largest before training, where its runs tell it."""
        shares: dict[str, list[float]] = {method: [] for method in self.questions.networks}
        for (_, method), runs in self.scores.runs.items():
            if method in shares:
                shares[method] += [run.test[SHARE] for run in runs if SHARE in run.test]
        return {method: fmean(found) for method, found in shares.items() if found}

    @cached_property
    def ranks(self) -> Ranks | None:
        """Of the networks; None where fewer than two datasets have all of them."""
        return self.scores.ranks(dict.fromkeys(self.questions.networks, self.metric))

    @cached_property
    def rank_comparison(self) -> RankComparison | None:
        """Of all columns of the table; None where fewer than two datasets have all of them."""
        table, metric = self.questions.table, self.metric
        spec, numbers = read_table(table), read_published(table)
        columns = {str(MethodName(column.method, column.net)): column for column in spec.columns}
        alike = self.scores.ranks(dict.fromkeys(columns, metric))
        mixed = self.scores.ranks({key: c.printed_metric or metric for key, c in columns.items()})
        if alike is None or mixed is None:
            return None
        datasets = self.scores.complete(columns)
        rows = [row.printed_name for row in spec.rows if row.dataset in datasets]
        printed = [[numbers[row, c.printed_name].mean for c in columns.values()] for row in rows]
        return RankComparison(alike, mixed, ranks_of(list(columns), printed))

    @cached_property
    def need(self) -> Need | None:
        """By a two-sided t test over datasets of the first question; None for fewer than FEWEST.

        The variance of the differences over datasets is that of their true values and the seeds';
        the seeds' is known from the runs, so that what more of them would bring can be said.
        """
        pair, scores = (self.questions.method, self.questions.question[0].other), self.scores
        found = scores.differences(*pair, self.metric)
        if len(found) < FEWEST:
            return None
        own = fmean(
            sum(scores.seed_variance(dataset, method, self.metric) for method in pair)
            for dataset in found
        )
        whole = variance(found.values())
        return Need(_enough(whole), _enough(max(0.0, whole - own / len(scores.protocol.seeds))))


def _enough(squared: float) -> int:
    """The fewest datasets whose t test finds TARGET points in POWER of repetitions, by their
    variance."""
    from scipy.special import stdtrit

    def quantiles(n: int) -> float:
        return float(stdtrit(n - 1, 1 - ALPHA / 2)) + float(stdtrit(n - 1, POWER))

    return next(n for n in count(LEAST) if n >= quantiles(n) ** 2 * squared / TARGET**2)


@dataclass(frozen=True)
class Verdict:
    """The overall answer.

    Args:
        questions: what is answered.
        protocols: those that have runs, in the order asked for.
        printed: every question that print answers.
    """

    questions: Questions
    protocols: tuple[UnderProtocol, ...]
    printed: tuple[PrintedAnswer, ...]

    @property
    def runs(self) -> int:
        """How many runs the answers rest on."""
        return sum(len(runs) for one in self.protocols for runs in one.scores.runs.values())


def verdict(store: Store, protocols: Sequence[str] = ()) -> Verdict:
    """Answer every question under these protocols, or under the shipped ones.

    Raises:
        UnknownKey: no such protocol.
    """
    questions = read_questions()
    usual = sorted(shipped_protocols(), key=lambda key: key != default_protocol())
    runs = StoredRuns(store)
    found = map(find_protocol, protocols or usual)
    scores = [read_scores(questions, protocol, runs) for protocol in found]
    datasets = {dataset for one in scores for dataset in one.datasets}
    printed = [printed_answer(questions, each, datasets) for each in questions.question]
    return Verdict(
        questions=questions,
        protocols=tuple(
            UnderProtocol(
                questions,
                one,
                _tally(one, runs),
                tuple(_on_pictures(questions.pictures, one.protocol.key, runs)),
            )
            for one in scores
            if one.runs
        ),
        printed=tuple(filter(None, printed)),
    )


def _on_pictures(asked: OnPictures, protocol: str, runs: StoredRuns) -> Iterator[PictureDifference]:
    """Of every set of pictures that has runs of both sides under a shipped protocol."""
    if protocol not in shipped_protocols():
        return
    for table, others in asked.others.items():
        query = Query(table, protocol, asked.budget, methods=(asked.method, *others))
        printed = {method: printed_differences(table, asked.method, method) for method in others}
        for row in collect(plan_table(query, runs.store.planner), runs).rows:
            samples = {
                str(MethodName(one.column.method, one.column.net)): _sample(one) for one in row
            }
            shown, own = row[0].row, samples[asked.method]
            for method, title in others.items():
                if own and (other := samples[method]):
                    estimate, said = welch(own, other), printed[method].get(shown.dataset)
                    yield PictureDifference(shown.title, title, estimate, own.n, said)


def _sample(entry: TableEntry) -> Sample | None:
    """The runs of a cell, in points; None where it is empty or has a single one."""
    cell = entry.own
    if isinstance(cell, EmptyCell) or cell.n < 2:
        return None
    return Sample.of_population(100 * cell.mean, 100 * cell.std, cell.n)


def _tally(scores: RunScores, runs: StoredRuns) -> Tally | None:
    if scores.protocol.key not in shipped_protocols():
        return None
    key, tables = scores.protocol.key, []
    for name in printed_tables():
        rows = {row.dataset for row in read_table(name).rows}
        if datasets := tuple(dataset for dataset in scores.datasets if dataset in rows):
            query = Query(name, protocol=key, datasets=datasets)
            tables.append(collect(plan_table(query, runs.store.planner), runs))
    return joint_tally(tables)
