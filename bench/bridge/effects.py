"""From the runs to effects: what each step does to each column, or why that is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.bridge.direction import Change
from bench.bridge.plan import Arm, BridgePlan, PlannedRuns, moved
from bench.judge.cell import Cell, EmptyCell, Measured, StoredRuns, Wanted, cell_of
from bench.judge.effects import holm
from bench.judge.interval import ALPHA, Estimate, Scores, combined, mean_of
from bench.plan.plan import Place
from bench.store.store import Store

FEWEST = 3
"""Datasets below which there is no mean over them."""


What = Literal["base", "step", "own", "all", "sum", "rest"]
"""The base's mean, a step, a file of the user's, all steps, the sum of the single ones, and what
all together do beyond that sum."""


Made = Mapping[int, Measured]
"""A column's runs under one protocol by seed, at the chosen point of a grid."""

MadeCells = Mapping[tuple[str, Place], Made | EmptyCell]
"""The runs of an arm by protocol and column, or why a column has no number under a protocol."""


@dataclass(frozen=True)
class Effect:
    """One place of a table, in points.

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


@dataclass(frozen=True)
class Line:
    """A row: what it is, and an effect for every column.

    Args:
        means: over the datasets, a column for each method; its interval is over the datasets.
    """

    what: What
    key: str
    title: str
    effects: Mapping[Place, Effect]
    means: Mapping[Place, Effect] = field(default_factory=dict)


@dataclass(frozen=True)
class Bridged:
    """The effects in one direction under one metric."""

    arm: Arm
    metric: str
    lines: tuple[Line, ...]

    @property
    def intervals(self) -> list[Estimate]:
        """Of the single steps, as far as they have one."""
        steps = [line for line in self.lines if line.what in ("step", "own")]
        found = [effect.estimate for line in steps for effect in line.effects.values()]
        return [estimate for estimate in found if estimate is not None and estimate.half]

    @property
    def tested(self) -> list[Effect]:
        """Every effect that is tested, and so can be marked: of steps, totals and means."""
        found = [e for line in self.lines for e in (*line.effects.values(), *line.means.values())]
        return [effect for effect in found if effect.adjusted is not None]


def bridged(plan: BridgePlan, store: Store) -> list[Bridged]:
    """Both directions under every metric, the metric that is shown first first."""
    runs = StoredRuns(store)
    arms = [(arm, _made_cells(arm, plan, runs)) for arm in plan.arms if arm.changes]
    return [
        Bridged(arm, metric, tuple(_lines(arm, made, plan, metric)))
        for metric in plan.metrics
        for arm, made in arms
    ]


def unknown(found: Sequence[Bridged]) -> dict[tuple[Place, str], EmptyCell]:
    """What is not known of the base, of steps and of all steps, by column and key."""
    return {
        (column, line.key): effect.refusal
        for one in found
        for line in one.lines
        if line.what not in ("sum", "rest")
        for column, effect in line.effects.items()
        if effect.refusal is not None
    }


def adjusted_together(lines: Sequence[Line]) -> list[Line]:
    """The lines of a table with the p values of all its effects adjusted by Holm's method.

    Where no step changes anything, one of the effects is called different with a chance of at most
    ALPHA, however they depend on each other.
    """
    tested = [line for line in lines if line.what != "base"]
    found = [
        p
        for line in tested
        for effect in (*line.effects.values(), *line.means.values())
        if (p := effect.p) is not None
    ]
    each = iter(holm(found))
    return [line if line.what == "base" else _adjusted(line, each) for line in lines]


def _adjusted(line: Line, each: Iterator[float]) -> Line:
    """A line with the next of the adjusted p values for each of its tests."""
    effects, means = (
        {
            column: effect if effect.p is None else replace(effect, adjusted=next(each))
            for column, effect in found.items()
        }
        for found in (line.effects, line.means)
    )
    return replace(line, effects=effects, means=means)


def _lines(arm: Arm, made: MadeCells, plan: BridgePlan, metric: str) -> list[Line]:
    table = _Table(arm, made, plan, metric)
    lines = [table.line("base", arm.base.protocol.key, arm.base.protocol.title, (1.0, arm.base))]
    for change, planned in arm.changes:
        what: What = "own" if change.own else "step"
        lines.append(table.step(what, change, planned))
    lines.append(table.all(arm.other))
    if arm.whole:
        lines += table.totals(arm.other)
    return adjusted_together([replace(line, means=_means(line)) for line in lines])


def _means(line: Line) -> dict[Place, Effect]:
    """Over the datasets, where there are enough and all are known."""
    datasets = dict.fromkeys(column.dataset for column in line.effects)
    if len(datasets) < FEWEST:
        return {}
    methods = dict.fromkeys((column.net, column.method) for column in line.effects)
    title = f"mean of {len(datasets)} datasets"
    return {
        Place(title, net, method): _mean(
            [line.effects[Place(dataset, net, method)] for dataset in datasets], line.what
        )
        for net, method in methods
    }


def _mean(effects: Sequence[Effect], what: What) -> Effect:
    values = [effect.estimate.value for effect in effects if effect.estimate is not None]
    runs = tuple({run.run_id: run for effect in effects for run in effect.runs}.values())
    if len(values) < len(effects):
        absent = len(effects) - len(values)
        return Effect(runs=runs, refusal=EmptyCell(f"not known of {absent} of {len(effects)}"))
    found = mean_of(values)
    return Effect(
        Estimate(found.value) if what == "base" else found,
        runs=runs,
        same=all(effect.same for effect in effects),
    )


@dataclass(frozen=True)
class _Table:
    """Makes the lines of one way under one metric."""

    arm: Arm
    made: MadeCells
    plan: BridgePlan
    metric: str

    def line(self, what: What, key: str, title: str, *parts: tuple[float, PlannedRuns]) -> Line:
        columns = self.plan.columns
        return Line(what, key, title, {c: self.effect(c, list(parts)) for c in columns})

    def step(self, what: What, change: Change, planned: PlannedRuns) -> Line:
        """A step minus the base; the columns it does not reach are the base's."""
        effects = {
            column: self.effect(column, [(1.0, planned), (-1.0, self.arm.base)])
            if self.moves(column, planned)
            else Effect(Estimate(0.0), same=True)
            for column in self.plan.columns
        }
        return Line(what, change.key, change.title, effects)

    def all(self, other: PlannedRuns) -> Line:
        """The other protocol minus the base."""
        title = f"all steps: {other.protocol.title}"
        return self.line(
            "all", f"= {other.protocol.key}", title, (1.0, other), (-1.0, self.arm.base)
        )

    def totals(self, other: PlannedRuns) -> list[Line]:
        """The sum of the single steps, and what all together do beyond it."""
        base = self.arm.base
        sums, rests = {}, {}
        for column in self.plan.columns:
            steps = [c for s, c in self.arm.changes if not s.own and self.moves(column, c)]
            single = [(1.0, step) for step in steps]
            sums[column] = self.effect(column, [*single, (-float(len(steps)), base)])
            less = [(-1.0, step) for step in steps]
            rests[column] = self.effect(
                column, [(1.0, other), (float(len(steps) - 1), base), *less]
            )
        return [
            Line("sum", "sum of single steps", "sum of the single steps' effects", sums),
            Line("rest", "interactions", "all steps minus that sum", rests),
        ]

    def moves(self, column: Place, planned: PlannedRuns) -> bool:
        return moved(self.arm.base, planned, column, self.plan.kind)

    def effect(self, column: Place, parts: Sequence[tuple[float, PlannedRuns]]) -> Effect:
        found = [(weight, self.made[c.protocol.key, column]) for weight, c in parts if weight]
        refusals = [known for _, known in found if isinstance(known, EmptyCell)]
        if refusals:
            return Effect(refusal=max(refusals, key=lambda refusal: refusal.missing))
        known = [(weight, made) for weight, made in found if not isinstance(made, EmptyCell)]
        made = [part for _, part in known]
        if refused := _other_data(made, self.plan):
            return Effect(refusal=refused)
        estimate = combined([(weight, _scores(part, self.metric)) for weight, part in known])
        shares = _share_runs(made)
        runs = {run.run_id: run for part in made for run in part.values()}
        return Effect(
            Estimate(estimate.value) if shares else estimate,
            paired=len({frozenset(part) for part in made}) <= 1,
            shares=shares,
            runs=tuple(runs.values()),
        )


def _scores(made: Made, metric: str) -> Scores:
    """What the runs scored, in points."""
    return {seed: 100 * run.test[metric] for seed, run in made.items()}


def _other_data(parts: Sequence[Made], plan: BridgePlan) -> EmptyCell | None:
    """Why nothing is computed from these runs together: they were made from different data."""
    digests = {run.data_digest for made in parts for run in made.values()}
    if len(digests) < 2:
        return None
    reason = f"runs were made from different data (contents {', '.join(sorted(digests))})"
    if plan.fresh:
        apart = "make all of them from one in another folder, named with BENCH_RESULTS_DIR"
        return EmptyCell(f"{reason}; {apart}", plan.command)
    return EmptyCell(f"{reason}; the same command with --fresh", f"{plan.command} --fresh")


def _share_runs(parts: Sequence[Made]) -> bool:
    """Whether conditions of different seeds have runs in common, and so are not independent."""
    groups: dict[frozenset[int], set[str]] = {}
    for made in parts:
        groups.setdefault(frozenset(made), set()).update(run.run_id for run in made.values())
    return sum(map(len, groups.values())) > len(set().union(*groups.values()))


def _made_cells(arm: Arm, plan: BridgePlan, runs: StoredRuns) -> MadeCells:
    """The runs under the base, the other protocol and every change, each read once."""
    every = [arm.base, arm.other, *(planned for _, planned in arm.changes)]
    return {
        (planned.protocol.key, column): _made(planned, column, plan, runs)
        for planned in every
        for column in plan.columns
    }


def _made(
    planned: PlannedRuns, column: Place, plan: BridgePlan, runs: StoredRuns
) -> Made | EmptyCell:
    jobs, first = planned.cells[column], plan.metrics[0]
    select = planned.conditions.half(plan.kind).select
    cell = cell_of(runs, jobs, Wanted(first, first, select, None, plan.command))
    if not isinstance(cell, Cell):
        return cell
    for metric in plan.metrics:
        if any(metric not in run.test for run in cell.runs):
            return EmptyCell(f"runs carry no {metric}", plan.command)
    seeds = {job.run_id: job.seed for job in jobs}
    return {seeds[run.run_id]: run for run in cell.runs}
