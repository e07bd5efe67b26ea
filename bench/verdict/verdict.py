"""Everything `bench verdict` says, put together: answers, and what they stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

from bench.declared.claims import Questions, read_questions
from bench.declared.published import printed_tables, read_published
from bench.declared.tables import read_table
from bench.judge.cell import StoredRuns
from bench.judge.collect import collect
from bench.judge.effects import FEWEST, Ranks, ranks_of
from bench.judge.interval import ALPHA
from bench.judge.tally import Tally, tally_of
from bench.plan.query import MethodName, Query
from bench.plan.selection import plan_table
from bench.store.store import Store
from bench.verdict.answer import (
    Answer,
    MetricExchange,
    PrintedAnswer,
    RunScores,
    answers,
    differences,
    metric_exchanges,
    printed_answer,
    read_scores,
)
from iunet.declare.protocol import default_protocol, find_protocol, shipped_protocols

TARGET = 1.0
"""The difference, in points, whose detection is costed."""

POWER = 0.8
"""The share of repetitions in which it is to be found."""


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
class Places:
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
class UnderProtocol:
    """What the runs under one protocol say.

    Args:
        scores: what the runs measured.
        answers: by metric, in declared order; the first metric decides.
        mixed: what exchanging the metric of one side does.
        noise: of the networks; None where fewer than two datasets have all of them.
        degenerate: counted over every network.
        masks: by net:method of a pruned network, the share of its kept weights that were among
            the largest before training.
        ranks: of the networks; None for fewer than two datasets.
        places: of all columns of the table; None for fewer than two datasets.
        need: what would show a small difference; None for fewer datasets than FEWEST.
        tally: of the cells of all printed tables on these datasets, each distinct one once; None
            under a protocol that print does not stand for.
    """

    scores: RunScores
    answers: Mapping[str, tuple[Answer, ...]]
    mixed: tuple[MetricExchange, ...]
    noise: Noise | None
    degenerate: DegenerateRuns
    masks: Mapping[str, float]
    ranks: Ranks | None
    places: Places | None
    need: Need | None
    tally: Tally | None

    @property
    def key(self) -> str:
        """Of the protocol."""
        return self.scores.protocol.key

    @property
    def deciding(self) -> tuple[Answer, ...]:
        """The answers in the metric that decides."""
        return next(iter(self.answers.values()))


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
    scores = [read_scores(questions, find_protocol(name), store) for name in protocols or usual]
    datasets = sorted({dataset for one in scores for dataset in one.datasets})
    printed = [printed_answer(questions, one, datasets) for one in questions.question]
    return Verdict(
        questions=questions,
        protocols=tuple(_under(questions, one, store) for one in scores if one.runs),
        printed=tuple(one for one in printed if one is not None),
    )


def _under(questions: Questions, scores: RunScores, store: Store) -> UnderProtocol:
    metric = questions.metrics[0]
    return UnderProtocol(
        scores=scores,
        answers={each: answers(questions, scores, each) for each in questions.metrics},
        mixed=metric_exchanges(questions, scores),
        noise=_noise(questions, scores, metric),
        degenerate=_degenerate(scores),
        masks=_masks_before_training(questions, scores),
        ranks=_ranks(questions, scores, metric),
        places=_places(questions, scores, metric),
        need=_need(scores, (questions.method, questions.question[0].other), metric),
        tally=_tally(scores, store),
    )


def _noise(questions: Questions, scores: RunScores, metric: str) -> Noise | None:
    """Of the networks on the datasets that have all of them; None where fewer than two do."""
    datasets = scores.complete(questions.networks)
    if len(datasets) < 2:
        return None
    own, between = [], []
    for dataset in datasets:
        cells = [_seed_variance(scores, dataset, method, metric) for method in questions.networks]
        means = [scores.points(dataset, method, metric) or 0.0 for method in questions.networks]
        own += cells
        between.append(variance(means) - fmean(cells) / len(scores.protocol.seeds))
    methods = max(0.0, fmean(between))
    ratio = fmean(own) / methods if methods else None
    spreads = sqrt(fmean(own)), sqrt(methods)
    return Noise(*spreads, ratio, len(datasets), len(questions.networks))


def _degenerate(scores: RunScores) -> DegenerateRuns:
    cells = [runs for (_, method), runs in scores.runs.items() if not method.startswith("-:")]
    ones = [sum(run.one_class for run in runs) for runs in cells]
    epochs = [run.test.get("reported_epoch") for runs in cells for run in runs]
    return DegenerateRuns(
        runs=len(epochs),
        one_class=sum(ones),
        untrained=sum(epoch is not None and epoch < 0 for epoch in epochs),
        cells=len(cells),
        mostly=sum(2 * n > len(runs) for n, runs in zip(ones, cells, strict=True)),
    )


def _masks_before_training(questions: Questions, scores: RunScores) -> dict[str, float]:
    """By network whose runs tell it, their mean share."""
    found = {}
    for method in questions.networks:
        runs = [run for (_, own), cell in scores.runs.items() if own == method for run in cell]
        shares = [run.test[SHARE] for run in runs if SHARE in run.test]
        if shares:
            found[method] = fmean(shares)
    return found


def _ranks(questions: Questions, scores: RunScores, metric: str) -> Ranks | None:
    """Of the networks on the datasets that have all of them; None where fewer than two do."""
    datasets = scores.complete(questions.networks)
    metrics = dict.fromkeys(questions.networks, metric)
    return _ranked(metrics, datasets, scores) if len(datasets) > 1 else None


def _places(questions: Questions, scores: RunScores, metric: str) -> Places | None:
    """Of all columns on the datasets that have every one; None where fewer than two do."""
    spec, numbers = read_table(questions.table), read_published(questions.table)
    columns = {str(MethodName(one.method, one.net)): one for one in spec.columns}
    datasets = scores.complete(columns)
    if len(datasets) < 2:
        return None
    rows = [row.printed_name for row in spec.rows if row.dataset in datasets]
    printed = [[numbers[row, one.printed_name].mean for one in columns.values()] for row in rows]
    own_metrics = {method: one.printed_metric or metric for method, one in columns.items()}
    return Places(
        alike=_ranked(dict.fromkeys(columns, metric), datasets, scores),
        mixed=_ranked(own_metrics, datasets, scores),
        printed=ranks_of(list(columns), printed),
    )


def _ranked(metrics: Mapping[str, str], datasets: Sequence[str], scores: RunScores) -> Ranks:
    """Ranks of methods, each in its metric, on datasets that have all of them."""
    points = [
        [scores.points(dataset, method, metric) or 0.0 for method, metric in metrics.items()]
        for dataset in datasets
    ]
    return ranks_of(list(metrics), points)


def _need(scores: RunScores, pair: tuple[str, str], metric: str) -> Need | None:
    """By a two-sided t test over datasets; None for fewer than FEWEST.

    The variance of the differences over datasets is that of their true values and the seeds'; the
    seeds' is known from the runs, so that what more of them would bring can be said.
    """
    found = differences(scores, pair, metric)
    if len(found) < FEWEST:
        return None
    own = fmean(
        sum(_seed_variance(scores, dataset, method, metric) for method in pair) for dataset in found
    )
    whole = variance(list(found.values()))
    return Need(_enough(whole), _enough(max(0.0, whole - own / len(scores.protocol.seeds))))


def _seed_variance(scores: RunScores, dataset: str, method: str, metric: str) -> float:
    values = [100 * run.test[metric] for run in scores.runs[dataset, method]]
    return variance(values) if len(values) > 1 else 0.0


def _enough(squared: float) -> int:
    """The fewest datasets whose t test finds TARGET points in POWER of repetitions, by their
    variance."""
    from scipy.special import stdtrit

    n = 3
    while True:
        quantiles = float(stdtrit(n - 1, 1 - ALPHA / 2)) + float(stdtrit(n - 1, POWER))
        if n >= quantiles**2 * squared / TARGET**2:
            return n
        n += 1


def _tally(scores: RunScores, store: Store) -> Tally | None:
    if scores.protocol.key not in shipped_protocols():
        return None
    tables = []
    for name in printed_tables():
        rows = {row.dataset for row in read_table(name).rows}
        there = tuple(dataset for dataset in scores.datasets if dataset in rows)
        query = Query(name, protocol=scores.protocol.key, datasets=there)
        if there:
            tables.append(collect(plan_table(query), StoredRuns(store)))
    return tally_of(tables)
