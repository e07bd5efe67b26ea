"""From scores to answers: effects over datasets, and how much they hang on one dataset or seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from statistics import fmean

from bench.claims.numbers import PrintedNumbers, find_side
from bench.declared.claims import Side
from bench.declared.questions import Question, Questions
from bench.judge.effects import FEWEST, Effect, effect_of, holm
from bench.judge.interval import ALPHA
from bench.verdict.scores import Scores


class Finding(Enum):
    """How the method of the paper compares with another one over datasets."""

    HIGHER = "higher"
    LOWER = "lower"
    UNDECIDED = "not significant"
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
    found = printed_differences(one.printed, (questions.method, one.other))
    own = [value for dataset, value in found.items() if dataset in datasets]
    columns = [find_side(Side(one.printed, name))[1] for name in (questions.method, one.other)]
    return PrintedAnswer(
        question=one,
        effect=effect_of(list(found.values())),
        own_rows=effect_of(own) if own else None,
        metrics=tuple(dict.fromkeys(column.printed_metric or "" for column in columns)),
    )


def printed_differences(table: str, pair: tuple[str, str]) -> dict[str, float]:
    """One printed column minus another, in points, on every dataset of a table that has both."""
    numbers = PrintedNumbers()
    one, other = (numbers.scores(Side(table, method), "") for method in pair)
    return {
        row[0]: mine.points - theirs.points
        for row, mine in one.items()
        if mine is not None and (theirs := other.get(row)) is not None
    }


@dataclass(frozen=True)
class MixedAnswer:
    """A network minus another method, measured alike and as print mixes it.

    Args:
        alike: both in the metric the other method was printed in.
        mixed: each in the metric it was printed in.
        printed, printed_whole: the printed numbers of the same datasets, and of all; None where
            they were not printed.
    """

    title: str
    alike: Effect
    mixed: Effect
    printed: Effect | None
    printed_whole: Effect | None


def mixed_answers(questions: Questions, scores: Scores) -> tuple[MixedAnswer, ...]:
    """What exchanging the metric of one side does to the difference; none without runs."""
    rule = questions.mixed
    found = []
    for method, title in rule.methods.items():
        pair = (method, rule.other)
        alike = differences(scores, pair, (rule.other_metric, rule.other_metric))
        mixed = differences(scores, pair, (rule.network_metric, rule.other_metric))
        if alike:
            every = printed_differences(questions.table, pair)
            printed = {dataset: every[dataset] for dataset in alike if dataset in every}
            beside = [_effect(each) if each else None for each in (printed, every)]
            found.append(MixedAnswer(title, _effect(alike), _effect(mixed), *beside))
    return tuple(found)


def _effect(found: Mapping[str, float]) -> Effect:
    return effect_of(list(found.values()))
