"""From the runs to effects: what each step does to each column, or why that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.bridge.asked import Asked
from bench.bridge.legs import Column, Condition, Leg, moved
from bench.bridge.lines import Effect, Line, What, adjusted_together
from bench.bridge.scored import Scored, other_data, scores, share_runs
from bench.bridge.way import Stop
from bench.judge.cell import Refusal
from bench.judge.interval import Estimate, combined, mean_of
from bench.judge.runs import StoredRuns
from bench.store.store import Store

FEWEST = 3
"""Datasets below which there is no mean over them."""


@dataclass(frozen=True)
class Bridged:
    """The effects on one way under one metric."""

    leg: Leg
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


def bridged(asked: Asked, store: Store) -> list[Bridged]:
    """Both ways under every metric, the metric that is shown first first."""
    runs = StoredRuns(store)
    legs = [(leg, Scored.of(leg, asked, runs)) for leg in asked.legs if leg.stops]
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


def _lines(leg: Leg, scored: Scored, asked: Asked, metric: str) -> list[Line]:
    table = _Table(leg, scored, asked, metric)
    lines = [table.line("base", leg.base.protocol.key, leg.base.protocol.title, (1.0, leg.base))]
    for stop, condition in leg.stops:
        what: What = "own" if stop.own else "step"
        lines.append(table.step(what, stop, condition))
    lines.append(table.all(leg.other))
    if leg.whole:
        lines += table.totals(leg.other)
    return adjusted_together([replace(line, means=_means(line)) for line in lines])


def _means(line: Line) -> dict[Column, Effect]:
    """Over the datasets, where there are enough and all are known."""
    datasets = dict.fromkeys(column.dataset for column in line.effects)
    if len(datasets) < FEWEST:
        return {}
    methods = dict.fromkeys((column.net, column.method) for column in line.effects)
    title = f"mean of {len(datasets)} datasets"
    return {
        Column(title, net, method): _mean(
            [line.effects[Column(dataset, net, method)] for dataset in datasets], line.what
        )
        for net, method in methods
    }


def _mean(effects: Sequence[Effect], what: What) -> Effect:
    values = [effect.estimate.value for effect in effects if effect.estimate is not None]
    runs = tuple({run.run_id: run for effect in effects for run in effect.runs}.values())
    if len(values) < len(effects):
        absent = len(effects) - len(values)
        return Effect(runs=runs, refusal=Refusal(f"not known of {absent} of {len(effects)}"))
    found = mean_of(values)
    return Effect(
        Estimate(found.value) if what == "base" else found,
        runs=runs,
        same=all(effect.same for effect in effects),
    )


@dataclass(frozen=True)
class _Table:
    """Makes the lines of one way under one metric."""

    leg: Leg
    scored: Scored
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
            else Effect(Estimate(0.0), same=True)
            for column in self.asked.columns
        }
        return Line(what, stop.key, stop.title, effects)

    def all(self, other: Condition) -> Line:
        """The other protocol minus the base."""
        title = f"all steps: {other.protocol.title}"
        return self.line(
            "all", f"= {other.protocol.key}", title, (1.0, other), (-1.0, self.leg.base)
        )

    def totals(self, other: Condition) -> list[Line]:
        """The sum of the single steps, and what all together do beyond it."""
        base = self.leg.base
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
            Line("sum", "sum of single steps", "sum of the single steps' effects", sums),
            Line("rest", "interactions", "all steps minus that sum", rests),
        ]

    def moves(self, column: Column, condition: Condition) -> bool:
        return moved(self.leg.base, condition, column, self.asked.kind)

    def effect(self, column: Column, parts: Sequence[tuple[float, Condition]]) -> Effect:
        found = [(weight, self.scored.runs(c, column)) for weight, c in parts if weight]
        refusals = [known for _, known in found if isinstance(known, Refusal)]
        if refusals:
            return Effect(refusal=max(refusals, key=lambda refusal: refusal.missing))
        known = [(weight, made) for weight, made in found if not isinstance(made, Refusal)]
        made = [part for _, part in known]
        if refused := other_data(made, self.asked):
            return Effect(refusal=refused)
        estimate = combined([(weight, scores(part, self.metric)) for weight, part in known])
        shares = share_runs(made)
        runs = {run.run_id: run for part in made for run in part.values()}
        return Effect(
            Estimate(estimate.value) if shares else estimate,
            paired=len({frozenset(part) for part in made}) <= 1,
            shares=shares,
            runs=tuple(runs.values()),
        )
