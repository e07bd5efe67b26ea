"""From the runs to effects: what each step does to each column, or why that is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.bridge.asked import Asked
from bench.bridge.interval import Estimate, Scores, combined
from bench.bridge.legs import Column, Condition, Leg, moved, selecting
from bench.bridge.way import Stop
from bench.judge.cell import Cell, Refusal, Wanted, cell_of
from bench.judge.stored import StoredRuns
from bench.store.store import Store

What = Literal["base", "step", "own", "all", "sum", "rest"]
"""The base's mean, a step, a file of the user's, all steps, the sum of the single ones, and what
all together do beyond that sum."""


@dataclass(frozen=True)
class Effect:
    """One place of a table, in points.

    Args:
        estimate: a mean, a difference, or a sum of differences; None where it is not known.
        paired: whether all its runs have the same seeds.
        runs: how many it is computed from.
        same: it is 0 because it has the base's runs.
        refusal: why it is not known.
    """

    estimate: Estimate | None = None
    paired: bool = True
    runs: int = 0
    same: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Line:
    """A row: what it is, and an effect for every column."""

    what: What
    key: str
    title: str
    effects: Mapping[Column, Effect]


@dataclass(frozen=True)
class Bridged:
    """The effects on one way under one metric."""

    leg: Leg
    metric: str
    lines: tuple[Line, ...]

    @property
    def intervals(self) -> list[Estimate]:
        """Of the single steps, as far as they have one."""
        effects = [e for line in self.lines if line.what in ("step", "own") for e in _all(line)]
        return [e.estimate for e in effects if e.estimate is not None and e.estimate.half]


def bridged(asked: Asked, store: Store) -> list[Bridged]:
    """Both ways under every metric, the metric that is shown first first."""
    runs = StoredRuns({}, store)
    legs = [(leg, _Scored.of(leg, asked, runs)) for leg in asked.legs if leg.stops]
    return [
        Bridged(leg, metric, tuple(_lines(leg, scored, asked, metric)))
        for metric in asked.metrics
        for leg, scored in legs
    ]


def unknown(found: Sequence[Bridged]) -> dict[tuple[Column, str], Refusal]:
    """What is not known of the base, of steps and of all steps, by column and key."""
    return {
        (column, line.key): effect.refusal
        for one in found
        for line in one.lines
        if line.what not in ("sum", "rest")
        for column, effect in line.effects.items()
        if effect.refusal is not None
    }


def _all(line: Line) -> list[Effect]:
    return list(line.effects.values())


Known = Mapping[str, Scores] | Refusal
"""By metric the scores of a column's runs under one protocol, in points; or why there are none."""


@dataclass(frozen=True)
class _Scored:
    """What the runs of a leg scored, by protocol and column."""

    scores: Mapping[tuple[str, Column], Known]

    @classmethod
    def of(cls, leg: Leg, asked: Asked, runs: StoredRuns) -> _Scored:
        """Every run of the leg, read once."""
        conditions = [leg.base, *([leg.other] if leg.other else []), *(c for _, c in leg.stops)]
        return cls(
            {
                (condition.protocol.key, column): _known(condition, column, asked, runs)
                for condition in conditions
                for column in asked.columns
            }
        )

    def of_metric(self, condition: Condition, column: Column, metric: str) -> Scores | Refusal:
        known = self.scores[condition.protocol.key, column]
        return known if isinstance(known, Refusal) else known[metric]


def _known(condition: Condition, column: Column, asked: Asked, runs: StoredRuns) -> Known:
    jobs, first = condition.jobs[column], asked.metrics[0]
    wanted = Wanted(
        metric=first,
        fact=first,
        select=selecting(condition.protocol, asked.kind),
        collapse=None,
        command=asked.command,
    )
    cell = cell_of(runs, jobs, wanted)
    if not isinstance(cell, Cell):
        return cell
    seeds = {job.run_id: job.seed for job in jobs}
    for metric in asked.metrics:
        if any(metric not in run.test for run in cell.runs):
            return Refusal(f"runs carry no {metric}", wanted.command)
    return {
        metric: {seeds[run.run_id]: 100 * run.test[metric] for run in cell.runs}
        for metric in asked.metrics
    }


def _lines(leg: Leg, scored: _Scored, asked: Asked, metric: str) -> list[Line]:
    table = _Table(leg, scored, asked, metric)
    lines = [table.line("base", leg.base.protocol.key, leg.base.protocol.title, (1.0, leg.base))]
    for stop, condition in leg.stops:
        what: What = "own" if stop.own else "step"
        lines.append(table.step(what, stop, condition))
    if leg.other is not None:
        lines += table.totals(leg.other)
    return lines


@dataclass(frozen=True)
class _Table:
    """Makes the lines of one way under one metric."""

    leg: Leg
    scored: _Scored
    asked: Asked
    metric: str

    def line(self, what: What, key: str, title: str, *parts: tuple[float, Condition]) -> Line:
        columns = self.asked.columns
        return Line(what, key, title, {c: self.effect(c, list(parts)) for c in columns})

    def step(self, what: What, stop: Stop, condition: Condition) -> Line:
        """A step minus the base; the columns it does not reach are the base's."""
        effects = {
            column: self.effect(column, [(1.0, condition), (-1.0, self.leg.base)])
            if self.moves(column, condition)
            else Effect(Estimate(0.0, None), same=True)
            for column in self.asked.columns
        }
        return Line(what, stop.key, stop.title, effects)

    def totals(self, other: Condition) -> list[Line]:
        """All steps, the sum of the single ones, and the rest."""
        base, title = self.leg.base, f"all steps: {other.protocol.title}"
        every = self.line("all", f"= {other.protocol.key}", title, (1.0, other), (-1.0, base))
        sums, rests = {}, {}
        for column in self.asked.columns:
            steps = [c for s, c in self.leg.stops if not s.own and self.moves(column, c)]
            single = [(1.0, step) for step in steps]
            sums[column] = self.effect(column, [*single, (-float(len(steps)), base)])
            less = [(-1.0, step) for step in steps]
            rests[column] = self.effect(
                column, [(1.0, other), (float(len(steps) - 1), base), *less]
            )
        return [
            every,
            Line("sum", "sum of single steps", "sum of the single steps' effects", sums),
            Line("rest", "interactions", "all steps minus that sum", rests),
        ]

    def moves(self, column: Column, condition: Condition) -> bool:
        return moved(self.leg.base, condition, column, self.asked.kind)

    def effect(self, column: Column, parts: Sequence[tuple[float, Condition]]) -> Effect:
        scores = [(w, self.scored.of_metric(c, column, self.metric)) for w, c in parts if w]
        refusals = [known for _, known in scores if isinstance(known, Refusal)]
        if refusals:
            return Effect(refusal=max(refusals, key=lambda refusal: refusal.missing))
        known = [(w, found) for w, found in scores if not isinstance(found, Refusal)]
        seeds = {frozenset(found) for _, found in known}
        runs = {job.run_id for weight, c in parts if weight for job in c.jobs[column]}
        return Effect(combined(known), paired=len(seeds) <= 1, runs=len(runs))
