"""What the answers stand on: the seeds' noise, one-class runs, masks, ranks, and how many datasets
and seeds would show a difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

from bench.declared.published import read_published
from bench.declared.questions import Questions
from bench.declared.spec import read_table
from bench.judge.effects import FEWEST, Ranks, ranks_of
from bench.judge.interval import ALPHA
from bench.plan.names import MethodName
from bench.verdict.answer import differences
from bench.verdict.scores import Scores

TARGET = 1.0
"""The difference, in points, whose detection is costed."""
POWER = 0.8
"""The share of repetitions in which it is to be found."""


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


def noise(questions: Questions, scores: Scores, metric: str) -> Noise | None:
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


@dataclass(frozen=True)
class Degenerate:
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


def degenerate(scores: Scores) -> Degenerate:
    """Counted over every network."""
    cells = [runs for (_, method), runs in scores.runs.items() if not method.startswith("-:")]
    ones = [sum(run.one_class for run in runs) for runs in cells]
    epochs = [run.test.get("reported_epoch") for runs in cells for run in runs]
    return Degenerate(
        runs=len(epochs),
        one_class=sum(ones),
        untrained=sum(epoch is not None and epoch < 0 for epoch in epochs),
        cells=len(cells),
        mostly=sum(2 * n > len(runs) for n, runs in zip(ones, cells, strict=True)),
    )


def mask_before_training(scores: Scores, method: str) -> float | None:
    """Share of the kept weights that were among the largest before training, mean over the runs."""
    shares = [
        run.test["kept_already_largest"]
        for (_, own), runs in scores.runs.items()
        for run in runs
        if own == method and "kept_already_largest" in run.test
    ]
    return fmean(shares) if shares else None


def ranks(questions: Questions, scores: Scores, metric: str) -> Ranks | None:
    """Mean ranks of the networks with Friedman's test; None for fewer than two datasets."""
    datasets = scores.complete(questions.networks)
    if len(datasets) < 2:
        return None
    rows = [
        [scores.points(dataset, method, metric) or 0.0 for method in questions.networks]
        for dataset in datasets
    ]
    return ranks_of(questions.networks, rows)


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


def places(questions: Questions, scores: Scores, metric: str) -> Places | None:
    """Over the datasets that have every column; None for fewer than two."""
    spec = read_table(questions.table)
    columns = {str(MethodName(one.method, one.net)): one for one in spec.columns}
    datasets = scores.complete(list(columns))
    if len(datasets) < 2:
        return None
    numbers = read_published(questions.table)
    rows = {row.dataset: row.printed_name for row in spec.rows}

    def ranked(points: Callable[[str, str], float | None]) -> Ranks:
        return ranks_of(list(columns), [[points(d, m) or 0.0 for m in columns] for d in datasets])

    def printed_in(method: str) -> str:
        return columns[method].printed_metric or metric

    return Places(
        alike=ranked(lambda dataset, method: scores.points(dataset, method, metric)),
        mixed=ranked(lambda dataset, method: scores.points(dataset, method, printed_in(method))),
        printed=ranked(
            lambda dataset, method: numbers[rows[dataset], columns[method].printed_name].mean
        ),
    )


@dataclass(frozen=True)
class Need:
    """Datasets that would show a difference of TARGET points in POWER of repetitions.

    Args:
        datasets: with as many seeds as there are.
        many_seeds: with any number of seeds.
    """

    datasets: int
    many_seeds: int


def need(scores: Scores, pair: tuple[str, str], metric: str) -> Need | None:
    """By a two-sided t test over datasets; None for fewer than FEWEST.

    The variance of the differences over datasets is that of their true values and the seeds'; the
    seeds' is known from the runs, so that what more of them would bring can be said.
    """
    found = differences(scores, pair, (metric, metric))
    if len(found) < FEWEST:
        return None
    own = fmean(
        sum(_seed_variance(scores, dataset, method, metric) for method in pair) for dataset in found
    )
    whole = variance(list(found.values()))
    return Need(_enough(whole), _enough(max(0.0, whole - own / len(scores.protocol.seeds))))


def _seed_variance(scores: Scores, dataset: str, method: str, metric: str) -> float:
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
