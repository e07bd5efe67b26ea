"""From runs to answers: effects over datasets, and how much they hang on one dataset or seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from statistics import fmean

from bench.declared.claims import Question, Questions
from bench.declared.published import read_prints
from bench.declared.tables import read_table
from bench.judge.cell import Cell, Measured, StoredRuns, Wanted, cell_of
from bench.judge.effects import FEWEST, Effect, effect_of, holm
from bench.judge.interval import ALPHA
from bench.plan.budget import default_budget, find_budget
from bench.plan.plan import Place, plan_cells
from bench.plan.query import Conditions, MethodName, find_column
from bench.store.store import Store
from iunet.declare.protocol import Protocol


@dataclass(frozen=True)
class RunScores:
    """What the runs under one protocol and the usual budget measured.

    Args:
        protocol: of the runs.
        runs: of the complete cells, by dataset and net:method, one run a seed in the order of the
            protocol's seeds.
        datasets: those with any, in the order of the table.
    """

    protocol: Protocol
    runs: Mapping[tuple[str, str], tuple[Measured, ...]]
    datasets: tuple[str, ...]

    def points(self, dataset: str, method: str, metric: str, without: int = -1) -> float | None:
        """The mean over the seeds, in points; None where the cell is not complete.

        Args:
            dataset, method: the cell.
            metric: what is averaged.
            without: the place of a seed to leave out; none where it is negative.
        """
        runs = self.runs.get((dataset, method), ())
        values = [run.test[metric] for place, run in enumerate(runs) if place != without]
        return 100 * fmean(values) if values else None

    def complete(self, methods: Iterable[str]) -> list[str]:
        """The datasets on which every one of these methods has a cell."""
        needed = list(methods)
        return [d for d in self.datasets if all((d, method) in self.runs for method in needed)]


def read_scores(questions: Questions, protocol: Protocol, store: Store) -> RunScores:
    """The cells of every method on every dataset of the table, as far as the store has them.

    Raises:
        UnknownKey, UsageError: a question names a method that nobody declares.
        DamagedRecord: a record of the store cannot be trusted.
    """
    rows = [row.dataset for row in read_table(questions.table).rows]
    conditions = Conditions(protocol, find_budget(default_budget()))
    first = plan_cells((_place(row, questions.method) for row in rows), conditions)
    datasets = tuple(
        place.dataset for place, jobs in first.items() if any(store.has(job.run_id) for job in jobs)
    )
    keys = [(dataset, method) for dataset in datasets for method in methods_of(questions)]
    cells = plan_cells((_place(*key) for key in keys), conditions)
    runs, metric = StoredRuns(store), questions.metrics[0]
    wanted = Wanted(metric, metric, protocol.table.select, None, "")
    found: dict[tuple[str, str], tuple[Measured, ...]] = {}
    for key in keys:
        cell = cell_of(runs, cells[_place(*key)], wanted)
        if isinstance(cell, Cell):
            found[key] = cell.runs
    return RunScores(protocol, found, datasets)


def methods_of(questions: Questions) -> tuple[str, ...]:
    """Every method that a question or a ranking needs, net:method, each once."""
    others = [one.other for one in questions.question]
    columns = [str(MethodName(c.method, c.net)) for c in read_table(questions.table).columns]
    named = [questions.method, *others, *questions.networks, questions.mixed.other, *columns]
    return tuple(dict.fromkeys(named))


def _place(dataset: str, method: str) -> Place:
    name = MethodName.parse(method)
    return Place(dataset, name.net, name.method)


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
        question: the question.
        metric: what the difference is measured in.
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


def answers(questions: Questions, scores: RunScores, metric: str) -> tuple[Answer, ...]:
    """Every question on these scores, in declared order."""
    found = [
        _unadjusted(one, (questions.method, one.other), scores, metric)
        for one in questions.question
    ]
    adjusted = iter(holm([one.p for one in found if one.p is not None]))
    return tuple(one if one.p is None else replace(one, p=next(adjusted)) for one in found)


def _unadjusted(
    question: Question, pair: tuple[str, str], scores: RunScores, metric: str
) -> Answer:
    values = list(differences(scores, pair, metric).values())
    if not values:
        return Answer(question, metric, None, None)
    n, seeds = len(values), len(scores.protocol.seeds)
    effect = effect_of(values)
    other_seeds = [differences(scores, pair, metric, place) for place in range(seeds)]
    return Answer(
        question=question,
        metric=metric,
        effect=effect,
        p=effect.p if n >= FEWEST else None,
        without_dataset=_range([(sum(values) - one) / (n - 1) for one in values] if n > 1 else []),
        without_seed=_range([fmean(one.values()) for one in other_seeds if one]),
    )


def _range(values: Sequence[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None


def differences(
    scores: RunScores,
    pair: tuple[str, str],
    metric: str,
    without: int = -1,
    *,
    other_metric: str = "",
) -> dict[str, float]:
    """One method minus the other, in points, on every dataset that has both.

    Args:
        scores: of both.
        pair: net:method of both.
        metric: what both are measured in.
        without: the place of a seed to leave out; none where it is negative.
        other_metric: what the other one is measured in, where that is another metric.
    """
    found = {}
    for dataset in scores.complete(pair):
        one = scores.points(dataset, pair[0], metric, without)
        other = scores.points(dataset, pair[1], other_metric or metric, without)
        if one is not None and other is not None:
            found[dataset] = one - other
    return found


@dataclass(frozen=True)
class PrintedAnswer:
    """One question on the printed numbers.

    Args:
        question: the question.
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
        questions: the method of the paper.
        one: the question.
        datasets: those that have runs of ours.
    """
    if not one.printed:
        return None
    pair = (questions.method, one.other)
    found = printed_differences(one.printed, pair)
    own = {dataset: value for dataset, value in found.items() if dataset in datasets}
    columns = [find_column(read_table(one.printed), name) for name in pair]
    return PrintedAnswer(
        question=one,
        effect=_effect(found),
        own_rows=_effect(own) if own else None,
        metrics=tuple(dict.fromkeys(column.printed_metric or "" for column in columns)),
    )


def printed_differences(table: str, pair: tuple[str, str]) -> dict[str, float]:
    """One printed column minus another, in points, on every dataset of a table that has both."""
    spec, prints = read_table(table), read_prints(table)
    one, other = (find_column(spec, name) for name in pair)
    return {
        row.dataset: mine.mean - theirs.mean
        for row in spec.rows
        if row.part == one.part
        and (mine := prints.target(row.printed_name, one.printed_name))
        and (theirs := prints.target(row.printed_name, other.printed_name))
    }


@dataclass(frozen=True)
class MetricExchange:
    """A network minus another method, measured alike and as print mixes it.

    Args:
        title: of the network.
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


def metric_exchanges(questions: Questions, scores: RunScores) -> tuple[MetricExchange, ...]:
    """What exchanging the metric of one side does to the difference; none without runs."""
    rule = questions.mixed
    found = []
    for method, title in rule.methods.items():
        pair = (method, rule.other)
        alike = differences(scores, pair, rule.other_metric)
        mixed = differences(scores, pair, rule.network_metric, other_metric=rule.other_metric)
        if alike:
            whole = printed_differences(questions.table, pair)
            printed = {dataset: whole[dataset] for dataset in alike if dataset in whole}
            effects = _effect(alike), _effect(mixed)
            beside = [_effect(each) if each else None for each in (printed, whole)]
            found.append(MetricExchange(title, *effects, *beside))
    return tuple(found)


def _effect(found: Mapping[str, float]) -> Effect:
    return effect_of(list(found.values()))
