"""From scores to answers: effects over datasets, what they hang on, and what would change them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import fmean, variance

from bench.claims.statistics import Effect, effect_of
from bench.judge.holm import holm
from bench.judge.interval import ALPHA
from bench.judge.signed_rank import FEWEST
from bench.tables.find import find_columns
from bench.tables.published import Published, read_published
from bench.tables.spec import Column, TableSpec, read_table
from bench.verdict.scores import Scores
from bench.verdict.spec import Question, Questions

TARGET = 1.0
"""The difference, in points, whose detection is costed."""
POWER = 0.8
"""The share of repetitions in which it is to be found."""


class Finding(Enum):
    """What differences over datasets show of the method of the paper."""

    HIGHER = "higher"
    LOWER = "lower"
    UNDECIDED = "neither shown"
    TOO_FEW = "too few datasets"


@dataclass(frozen=True)
class Answer:
    """One question under one protocol in one metric.

    Args:
        effect: over the datasets with both cells; None where there is none.
        p: of the exact signed-rank test, by Holm's method adjusted for all questions of the
            protocol and metric; None for fewer than FEWEST datasets or where all are tied.
        without_dataset, without_seed: lowest and highest mean where one is left out; None where
            there is nothing to leave out.
    """

    question: Question
    metric: str
    effect: Effect | None
    p: float | None
    without_dataset: tuple[float, float] | None = None
    without_seed: tuple[float, float] | None = None

    @property
    def finding(self) -> Finding:
        """What is shown at ALPHA."""
        if self.effect is None or self.p is None:
            return Finding.TOO_FEW
        if self.p >= ALPHA or not self.effect.rank_biserial:
            return Finding.UNDECIDED
        return Finding.HIGHER if self.effect.rank_biserial > 0 else Finding.LOWER


def answers(questions: Questions, scores: Scores, metric: str) -> tuple[Answer, ...]:
    """Every question on these scores, in declared order."""
    found = [_unadjusted(questions, one, scores, metric) for one in questions.question]
    return _adjusted(found)


def _unadjusted(questions: Questions, one: Question, scores: Scores, metric: str) -> Answer:
    pair = (questions.method, one.other)
    found = differences(scores, pair, (metric, metric))
    if not found:
        return Answer(one, metric, None, None)
    effect = effect_of(list(found.values()))
    return Answer(
        question=one,
        metric=metric,
        effect=effect,
        p=effect.p if effect.n >= FEWEST else None,
        without_dataset=_range(_without_datasets(list(found.values()))),
        without_seed=_range(_without_seeds(scores, pair, metric)),
    )


def differences(
    scores: Scores, pair: tuple[str, str], metrics: tuple[str, str], without: int = -1
) -> dict[str, float]:
    """One method minus the other, in points, on every dataset that has both."""
    found = {}
    for dataset in scores.complete(pair):
        one, other = (
            scores.points(dataset, method, metric, without)
            for method, metric in zip(pair, metrics, strict=True)
        )
        if one is not None and other is not None:
            found[dataset] = one - other
    return found


def _without_datasets(values: Sequence[float]) -> Iterator[float]:
    if len(values) > 1:
        yield from ((sum(values) - value) / (len(values) - 1) for value in values)


def _without_seeds(scores: Scores, pair: tuple[str, str], metric: str) -> Iterator[float]:
    seeds = len(scores.protocol.seeds)
    for place in range(seeds) if seeds > 1 else ():
        found = differences(scores, pair, (metric, metric), place)
        if found:
            yield fmean(found.values())


def _range(values: Iterator[float]) -> tuple[float, float] | None:
    found = list(values)
    return (min(found), max(found)) if found else None


def _adjusted(found: Sequence[Answer]) -> tuple[Answer, ...]:
    from dataclasses import replace

    adjusted = iter(holm([one.p for one in found if one.p is not None]))
    return tuple(one if one.p is None else replace(one, p=next(adjusted)) for one in found)


@dataclass(frozen=True)
class PrintedAnswer:
    """One question on the printed numbers.

    Args:
        effect: over every row in which both were printed.
        own_rows: the same over the datasets that have runs of ours, too; None where there is none.
        metrics: both were printed in; two where they differ, so that the effect is of both method
            and metric.
    """

    question: Question
    effect: Effect
    own_rows: Effect | None
    metrics: tuple[str, ...]


def printed_answer(
    questions: Questions, one: Question, datasets: Sequence[str]
) -> PrintedAnswer | None:
    """What print says of a question; None where the two were not printed side by side.

    Args:
        datasets: those that have runs of ours.
    """
    if not one.printed:
        return None
    spec, numbers = read_table(one.printed), read_published(one.printed)
    mine, theirs = (column_of(spec, method) for method in (questions.method, one.other))
    found = {}
    for row in spec.rows:
        pair = [numbers.get((row.printed_name, c.printed_name)) for c in (mine, theirs)]
        if row.part == mine.part and pair[0] is not None and pair[1] is not None:
            found[row.dataset] = pair[0].mean - pair[1].mean
    own = [value for dataset, value in found.items() if dataset in datasets]
    return PrintedAnswer(
        question=one,
        effect=effect_of(list(found.values())),
        own_rows=effect_of(own) if own else None,
        metrics=tuple(dict.fromkeys(c.printed_metric or "" for c in (mine, theirs))),
    )


def column_of(spec: TableSpec, method: str) -> Column:
    """The one column of a table of this net:method."""
    (column,) = find_columns(spec, method)
    return column


@dataclass(frozen=True)
class MixedAnswer:
    """A network minus another method, measured alike and as print mixes it.

    Args:
        alike: both in the metric the other method was printed in.
        mixed: each in the metric it was printed in.
        printed: the printed numbers of the same datasets; None where they were not printed.
    """

    title: str
    alike: Effect
    mixed: Effect
    printed: Effect | None


def mixed_answers(questions: Questions, scores: Scores) -> tuple[MixedAnswer, ...]:
    """What exchanging the metric of one side does to the difference; none without runs."""
    rule = questions.mixed
    found = []
    for method, title in rule.methods.items():
        pair = (method, rule.other)
        alike = differences(scores, pair, (rule.other_metric, rule.other_metric))
        mixed = differences(scores, pair, (rule.network_metric, rule.other_metric))
        if alike:
            printed = _printed(questions, pair, list(alike))
            found.append(MixedAnswer(title, _effect(alike), _effect(mixed), printed))
    return tuple(found)


def _effect(found: Mapping[str, float]) -> Effect:
    return effect_of(list(found.values()))


def _printed(questions: Questions, pair: tuple[str, str], datasets: Sequence[str]) -> Effect | None:
    spec, numbers = read_table(questions.table), read_published(questions.table)
    columns = [column_of(spec, method) for method in pair]
    found = [
        one.mean - other.mean
        for row in spec.rows
        if row.dataset in datasets
        for one, other in [[_number(numbers, row.printed_name, c) for c in columns]]
        if one is not None and other is not None
    ]
    return effect_of(found) if found else None


def _number(numbers: Published, row: str, column: Column):  # type: ignore[no-untyped-def]
    return numbers.get((row, column.printed_name))


@dataclass(frozen=True)
class Need:
    """What would show a difference of TARGET points in POWER of repetitions.

    Args:
        datasets: with as many seeds as there are.
        many_seeds: datasets with any number of seeds.
    """

    datasets: int
    many_seeds: int


def need(scores: Scores, pair: tuple[str, str], metric: str) -> Need | None:
    """Datasets that a two-sided t test over datasets needs; None for fewer than FEWEST.

    The variance of the differences over datasets is that of their true values and the seeds'; the
    seeds' is known from the runs, so that what more seeds would bring can be said.
    """
    found = differences(scores, pair, (metric, metric))
    if len(found) < FEWEST:
        return None
    noise = fmean(
        sum(_seed_variance(scores, dataset, method, metric) for method in pair) for dataset in found
    )
    whole = variance(list(found.values()))
    return Need(_enough(whole), _enough(max(0.0, whole - noise / len(scores.protocol.seeds))))


def _seed_variance(scores: Scores, dataset: str, method: str, metric: str) -> float:
    values = [100 * run.test[metric] for run in scores.runs[dataset, method]]
    return variance(values) if len(values) > 1 else 0.0


def _enough(squared: float) -> int:
    """The fewest datasets whose t test finds TARGET points in POWER of repetitions."""
    from scipy.special import stdtrit

    n = 3
    while True:
        quantiles = float(stdtrit(n - 1, 1 - ALPHA / 2)) + float(stdtrit(n - 1, POWER))
        if n >= quantiles**2 * squared / TARGET**2:
            return n
        n += 1
