"""From runs to answers: effects over datasets, and how much they hang on one dataset or seed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from statistics import fmean, variance

from bench.declared.claims import Question, Questions
from bench.declared.published import read_prints
from bench.declared.tables import read_table
from bench.judge.cell import Cell, Measured, StoredRuns, cell_of
from bench.judge.effects import FEWEST, Effect, Ranks, effect_of, holm, ranks_of
from bench.judge.interval import ALPHA
from bench.plan.budget import default_budget, find_budget
from bench.plan.plan import Place, plan_cells
from bench.plan.query import Conditions, MethodName, find_column
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

    def complete(self, methods: Iterable[str]) -> list[str]:
        """The datasets on which every one of these methods has a cell."""
        needed = list(methods)
        return [d for d in self.datasets if all((d, method) in self.runs for method in needed)]

    def seed_variance(self, dataset: str, method: str, metric: str) -> float:
        """Of the scores of a complete cell, in squared points; 0 for a single seed."""
        points = [100 * run.test[metric] for run in self.runs[dataset, method]]
        return variance(points) if len(points) > 1 else 0.0

    def mean(self, dataset: str, method: str, metric: str, without: int | None = None) -> float:
        """The mean of a complete cell over its seeds, in points.

        Args:
            dataset, method: the cell.
            metric: what is averaged.
            without: the place of a seed to leave out, of at least two.
        """
        runs = self.runs[dataset, method]
        return 100 * fmean(run.test[metric] for seed, run in enumerate(runs) if seed != without)

    def differences(
        self, one: str, other: str, metric: str, other_metric: str = "", without: int | None = None
    ) -> dict[str, float]:
        """One method minus the other, in points, on every dataset that has both.

        Args:
            one, other: net:method.
            metric: what both are measured in.
            other_metric: what the other one is measured in, where that is another metric.
            without: the place of a seed to leave out, of at least two.
        """
        return {
            dataset: self.mean(dataset, one, metric, without)
            - self.mean(dataset, other, other_metric or metric, without)
            for dataset in self.complete((one, other))
        }

    def ranks(self, metrics: Mapping[str, str]) -> Ranks | None:
        """Of methods, each in its metric; None where fewer than two datasets have all of them."""
        means = [
            [self.mean(dataset, *method) for method in metrics.items()]
            for dataset in self.complete(metrics)
        ]
        return ranks_of(list(metrics), means) if len(means) > 1 else None


def read_scores(questions: Questions, protocol: Protocol, runs: StoredRuns) -> RunScores:
    """The cells of every method on every dataset of the table, as far as the store has them.

    Raises:
        UnknownKey, UsageError: a question names a method that nobody declares.
        DamagedRecord: a record of the store cannot be trusted.
    """
    conditions = Conditions(protocol, find_budget(default_budget()))
    rows = read_table(questions.table).rows
    main = (_place(row.dataset, questions.method) for row in rows)
    first = plan_cells(main, conditions, planner=runs.store.planner)
    datasets = tuple(
        place.dataset
        for place, jobs in first.items()
        if any(runs.store.has(job.run_id) for job in jobs)
    )
    keys = [(dataset, method) for dataset in datasets for method in methods_of(questions)]
    planned = plan_cells((_place(*key) for key in keys), conditions, planner=runs.store.planner)
    read = (questions.metrics[0], protocol.table.select)
    cells = {key: cell_of(runs, planned[_place(*key)], *read) for key in keys}
    filled = {key: cell.runs for key, cell in cells.items() if isinstance(cell, Cell)}
    return RunScores(protocol, filled, datasets)


def methods_of(questions: Questions) -> tuple[str, ...]:
    """Every method that a question or a ranking needs, net:method, each once."""
    others = [question.other for question in questions.question]
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
    effect: Effect | None = None
    p: float | None = None
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
        _unadjusted(question, questions.method, scores, metric) for question in questions.question
    ]
    adjusted = iter(holm([answer.p for answer in found if answer.p is not None]))
    return tuple(
        answer if answer.p is None else replace(answer, p=next(adjusted)) for answer in found
    )


def _unadjusted(question: Question, method: str, scores: RunScores, metric: str) -> Answer:
    values = list(scores.differences(method, question.other, metric).values())
    if not values:
        return Answer(question, metric)
    n, seeds = len(values), len(scores.protocol.seeds)
    effect = effect_of(values)
    without_seed = [
        fmean(scores.differences(method, question.other, metric, without=seed).values())
        for seed in range(seeds)
        if seeds > 1
    ]
    return Answer(
        question=question,
        metric=metric,
        effect=effect,
        p=effect.p if n >= FEWEST else None,
        without_dataset=_range([(sum(values) - one) / (n - 1) for one in values if n > 1]),
        without_seed=_range(without_seed),
    )


def _range(values: Sequence[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None


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
    questions: Questions, question: Question, datasets: Container[str]
) -> PrintedAnswer | None:
    """What print says of a question; None where the two were not printed side by side.

    Args:
        datasets: those that have runs of ours.
    """
    if not question.printed:
        return None
    pair = (questions.method, question.other)
    differences = printed_differences(question.printed, *pair)
    columns = [find_column(read_table(question.printed), name) for name in pair]
    return PrintedAnswer(
        question=question,
        effect=effect_of(list(differences.values())),
        own_rows=_effect_on(differences, datasets),
        metrics=tuple(dict.fromkeys(column.printed_metric or "" for column in columns)),
    )


def printed_differences(table: str, one: str, other: str) -> dict[str, float]:
    """One printed column minus another, in points, on every dataset of a table that has both."""
    spec, prints = read_table(table), read_prints(table)
    mine, theirs = find_column(spec, one), find_column(spec, other)
    return {
        row.dataset: first.mean - second.mean
        for row in spec.rows
        if row.part == mine.part
        and (first := prints.target(row.printed_name, mine.printed_name))
        and (second := prints.target(row.printed_name, theirs.printed_name))
    }


def _effect_on(differences: Mapping[str, float], datasets: Container[str]) -> Effect | None:
    """Over these datasets; None where there is none of them."""
    values = [value for dataset, value in differences.items() if dataset in datasets]
    return effect_of(values) if values else None


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

    @property
    def gain(self) -> float:
        """What mixing the metrics adds to the mean difference, in points."""
        return self.mixed.mean - self.alike.mean


def metric_exchanges(questions: Questions, scores: RunScores) -> list[MetricExchange]:
    """What exchanging the metric of one side does to the difference; none without runs."""
    rule = questions.mixed
    found = []
    for method, title in rule.methods.items():
        alike = scores.differences(method, rule.other, rule.other_metric)
        mixed = scores.differences(method, rule.other, rule.network_metric, rule.other_metric)
        if alike:
            printed = printed_differences(questions.table, method, rule.other)
            own = effect_of(list(alike.values())), effect_of(list(mixed.values()))
            beside = _effect_on(printed, alike), _effect_on(printed, printed)
            found.append(MetricExchange(title, *own, *beside))
    return found
