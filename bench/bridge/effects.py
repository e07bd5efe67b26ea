"""From the runs to effects: what each step does to each column, or why that is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.bridge.plan import BridgePlan, Direction
from bench.judge.cell import EmptyCell, Measured, StoredRuns, cell_of
from bench.judge.effects import holm
from bench.judge.interval import ALPHA, Estimate, mean_of, weighted_sum
from bench.plan.budget import Budget
from bench.plan.plan import Place, kind_of
from bench.store.store import Store
from iunet.declare.protocol import Protocol

FEWEST = 3
"""Datasets below which there is no mean over them."""

What = Literal["base", "step", "own", "all", "sum", "rest"]
"""The base's mean, a step, a file of the user's, all steps, the sum of the single ones, and what
all together do beyond that sum."""

DERIVED = ("sum", "rest")
"""Computed from the other lines' runs, so that what is missing of them is said there."""

SeedRuns = Mapping[int, Measured]
"""A column's runs under one protocol by seed, at the chosen point of a grid."""

Terms = Sequence[tuple[float, Protocol]]
"""An effect as a sum: weights of means under protocols; empty where it is that of the base's own
runs."""


@dataclass(frozen=True)
class StepEffect:
    """One cell of a table, in points.

    Args:
        estimate: a mean, a difference, or a sum of differences; None where it is not known.
        paired: whether all its runs have the same seeds.
        shares: its conditions have different seeds and runs in common, so that it has no interval.
        runs: what it is computed from, each once.
        same: it is 0 because it has the base's runs.
        refusal: why it is not known.
        adjusted: p value of its t test, by Holm's method among all of the table; None where there
            is no test.
    """

    estimate: Estimate | None = None
    paired: bool = True
    shares: bool = False
    runs: tuple[Measured, ...] = ()
    same: bool = False
    refusal: EmptyCell | None = None
    adjusted: float | None = None

    @property
    def p(self) -> float | None:
        """Of its t test alone; None where there is none."""
        return self.estimate.p() if self.estimate else None

    @property
    def differs(self) -> bool:
        """Whether it differs from 0 by its test, adjusted for all of the table."""
        return self.adjusted is not None and self.adjusted < ALPHA


SAME = StepEffect(Estimate(0.0), same=True)
"""Of a step that does not reach a column."""


@dataclass(frozen=True)
class Line:
    """A row: what it is, and an effect for every column.

    Args:
        means: over the datasets, a column for each method; its interval is over the datasets.
    """

    what: What
    key: str
    title: str
    effects: Mapping[Place, StepEffect]
    means: Mapping[Place, StepEffect] = field(default_factory=dict)

    @property
    def cells(self) -> dict[Place, StepEffect]:
        """The effects, then their means."""
        return {**self.effects, **self.means}


@dataclass(frozen=True)
class EffectTable:
    """The effects in one direction under one metric."""

    direction: Direction
    budget: Budget
    metric: str
    lines: tuple[Line, ...]

    @property
    def intervals(self) -> list[Estimate]:
        """Of the single steps, as far as they have one."""
        steps = [line for line in self.lines if line.what in ("step", "own")]
        found = [effect.estimate for line in steps for effect in line.effects.values()]
        return [estimate for estimate in found if estimate is not None and estimate.half]

    @property
    def tested(self) -> list[StepEffect]:
        """Every effect that is tested, and so can be marked: of steps, totals and means."""
        found = [effect for line in self.lines for effect in line.cells.values()]
        return [effect for effect in found if effect.adjusted is not None]


def effect_tables(plan: BridgePlan, store: Store) -> list[EffectTable]:
    """Both directions under every metric, the metric that is shown first first."""
    stored = StoredRuns(store)
    measured = {
        (protocol.key, column): _measured(protocol, column, plan, stored)
        for protocol in plan.protocols
        for column in plan.columns
    }
    return [
        EffectTable(direction, plan.budget, metric, _lines(direction, metric, plan, measured))
        for metric in plan.metrics
        for direction in plan.directions
        if direction.changes
    ]


def unknown(tables: Sequence[EffectTable]) -> dict[tuple[Place, str], EmptyCell]:
    """What is not known of the base, of steps and of all steps, by column and key."""
    return {
        (column, line.key): effect.refusal
        for table in tables
        for line in table.lines
        if line.what not in DERIVED
        for column, effect in line.effects.items()
        if effect.refusal is not None
    }


def adjusted_together(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines of a table with the p values of all its effects adjusted by Holm's method.

    Where no step changes anything, one of the effects is called different with a chance of at most
    ALPHA, however they depend on each other.
    """
    tested = [line for line in lines if line.what != "base"]
    chances = [effect.p for line in tested for effect in line.cells.values()]
    adjusted = iter(holm([p for p in chances if p is not None]))

    def with_adjusted(effects: Mapping[Place, StepEffect]) -> dict[Place, StepEffect]:
        return {
            column: effect if effect.p is None else replace(effect, adjusted=next(adjusted))
            for column, effect in effects.items()
        }

    return tuple(
        replace(line, effects=with_adjusted(line.effects), means=with_adjusted(line.means))
        if line.what != "base"
        else line
        for line in lines
    )


def _lines(
    direction: Direction,
    metric: str,
    plan: BridgePlan,
    measured: Mapping[tuple[str, Place], SeedRuns | EmptyCell],
) -> tuple[Line, ...]:
    lines = []
    for what, key, title, terms in _rows(direction, plan.columns):
        effects = {}
        for column, summands in zip(plan.columns, terms, strict=True):
            parts = [(w, measured[protocol.key, column]) for w, protocol in summands if w]
            effects[column] = _effect(parts, metric, plan) if summands else SAME
        lines.append(Line(what, key, title, effects, _means(effects, what)))
    return adjusted_together(lines)


def _rows(
    direction: Direction, columns: Sequence[Place]
) -> Iterator[tuple[What, str, str, list[Terms]]]:
    """What each line is, its key and title, and the terms of its effect in every column.

    A step minus the base; the other protocol minus the base; the sum of the single steps, and what
    all together do beyond it.
    """
    base, other = direction.base, direction.other
    yield "base", base.key, base.title, [[(1, base)] for _ in columns]
    for change in direction.changes:
        step: list[Terms] = [
            [(1, change.protocol), (-1, base)] if column in change.columns else []
            for column in columns
        ]
        yield "own" if change.own else "step", change.key, change.title, step
    together: list[Terms] = [[(1, other), (-1, base)] for _ in columns]
    yield "all", f"= {other.key}", f"all steps: {other.title}", together
    if not direction.whole:
        return
    declared = [change for change in direction.changes if not change.own]
    single = [[c.protocol for c in declared if column in c.columns] for column in columns]
    sums: list[Terms] = [[*((1, step) for step in steps), (-len(steps), base)] for steps in single]
    yield "sum", "sum of single steps", "sum of the single steps' effects", sums
    rests: list[Terms] = [
        [(1, other), (len(steps) - 1, base), *((-1, step) for step in steps)] for steps in single
    ]
    yield "rest", "interactions", "all steps minus that sum", rests


def _effect(
    parts: Sequence[tuple[float, SeedRuns | EmptyCell]], metric: str, plan: BridgePlan
) -> StepEffect:
    """The weighted sum of the means of these runs."""
    refusals = [found for _, found in parts if isinstance(found, EmptyCell)]
    if refusals:
        return StepEffect(refusal=max(refusals, key=lambda refusal: refusal.missing))
    known = [(weight, found) for weight, found in parts if not isinstance(found, EmptyCell)]
    runs = {run.run_id: run for _, by_seed in known for run in by_seed.values()}
    if other_data := _other_data({run.data_digest for run in runs.values()}, plan):
        return StepEffect(refusal=other_data)
    scores = [
        (weight, {seed: 100 * run.test[metric] for seed, run in by_seed.items()})
        for weight, by_seed in known
    ]
    estimate = weighted_sum(scores)
    ids: dict[frozenset[int], set[str]] = {}
    for _, by_seed in known:
        ids.setdefault(frozenset(by_seed), set()).update(run.run_id for run in by_seed.values())
    shares = sum(map(len, ids.values())) > len(runs)
    return StepEffect(
        Estimate(estimate.value) if shares else estimate,
        paired=len(ids) <= 1,
        shares=shares,
        runs=tuple(runs.values()),
    )


def _other_data(digests: Set[str], plan: BridgePlan) -> EmptyCell | None:
    """Why nothing is computed from these runs together: they were made from different data."""
    if len(digests) < 2:
        return None
    reason = f"runs were made from different data (contents {', '.join(sorted(digests))})"
    if plan.fresh:
        apart = "make all of them from one in another folder, named with BENCH_RESULTS_DIR"
        return EmptyCell(f"{reason}; {apart}", command=plan.command)
    return EmptyCell(f"{reason}; the same command with --fresh", command=f"{plan.command} --fresh")


def _means(effects: Mapping[Place, StepEffect], what: What) -> dict[Place, StepEffect]:
    """Over the datasets, where there are enough and all are known."""
    count = len({column.dataset for column in effects})
    by_method: dict[Place, list[StepEffect]] = {}
    for column, effect in effects.items():
        mean = Place(f"mean of {count} datasets", column.net, column.method)
        by_method.setdefault(mean, []).append(effect)
    return {mean: _mean(own, what) for mean, own in by_method.items()} if count >= FEWEST else {}


def _mean(effects: Sequence[StepEffect], what: What) -> StepEffect:
    values = [effect.estimate.value for effect in effects if effect.estimate is not None]
    runs = tuple({run.run_id: run for effect in effects for run in effect.runs}.values())
    if len(values) < len(effects):
        absent = len(effects) - len(values)
        return StepEffect(runs=runs, refusal=EmptyCell(f"not known of {absent} of {len(effects)}"))
    found = mean_of(values)
    estimate = Estimate(found.value) if what == "base" else found
    return StepEffect(estimate, runs=runs, same=all(effect.same for effect in effects))


def _measured(
    protocol: Protocol, column: Place, plan: BridgePlan, stored: StoredRuns
) -> SeedRuns | EmptyCell:
    """A column's runs under a protocol, or why there are not all of them with every metric."""
    jobs, first = plan.runs[protocol.key][column], plan.metrics[0]
    cell = cell_of(stored, jobs, first, protocol.half(kind_of(column.dataset)).select)
    if isinstance(cell, EmptyCell):
        return cell if cell.final else replace(cell, command=plan.command)
    for metric in plan.metrics:
        if any(metric not in run.test for run in cell.runs):
            return EmptyCell(f"runs carry no {metric}", command=plan.command)
    seeds = {job.run_id: job.seed for job in jobs}
    return {seeds[run.run_id]: run for run in cell.runs}
