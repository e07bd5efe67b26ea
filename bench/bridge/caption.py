"""What is said above a table of effects."""

from __future__ import annotations

from statistics import median

from bench.bridge.asked import Asked
from bench.bridge.effects import Bridged
from bench.judge.interval import ALPHA, LEVEL
from bench.judge.runs import machines, sources

SAME = "="
"""Instead of an effect of a step that has the base's runs."""


def caption_of(one: Bridged, asked: Asked) -> list[str]:
    """The conditions of a table, what its numbers are, and how many of them chance would show."""
    base = one.leg.base.protocol
    halves = sorted(estimate.half for estimate in one.intervals if estimate.half)
    phrases = [
        f"budget {asked.budget.key} ({asked.budget.title})",
        f"points; {base.key}: its mean; every step: its mean minus that, {SAME} where it has the "
        "same runs",
        f"± half of a {LEVEL:.0%} t interval over the seeds, none where the runs show no spread",
        *_means_said(one, base.key),
        *_origins(one),
    ]
    if not halves:
        return phrases
    clear = sum(estimate.clear for estimate in one.intervals)
    exclude = "excludes" if clear == 1 else "exclude"
    chance = (1 - LEVEL) * len(halves)
    ends = f"{halves[0]:.1f} to {halves[-1]:.1f} points, median {median(halves):.1f}"
    return [
        *phrases,
        f"the intervals of the steps reach {ends} to either side, so only effects larger than "
        "that show",
        f"{clear} of {len(halves)} intervals of single steps {exclude} 0; chance alone would make "
        f"about {chance:.1f} do so",
        _marks_said(one),
    ]


def _marks_said(one: Bridged) -> str:
    """What a mark means, and how many there are."""
    marked = sum(effect.differs for effect in one.tested)
    count = f"{marked} of them do" if marked > 1 else "one of them does" if marked else "none does"
    return (
        f"a mark says that the t test of an effect stays below {ALPHA} after Holm's adjustment "
        f"over all {len(one.tested)} tests of this table; {count}"
    )


def _means_said(one: Bridged, base: str) -> list[str]:
    if not one.lines[0].means:
        return []
    return [f"means over datasets: ± is over the datasets, that of {base} has none"]


def _origins(one: Bridged) -> list[str]:
    """Number of runs, where their records are from, devices and environments."""
    runs = {run.run_id: run for line in one.lines for e in line.effects.values() for run in e.runs}
    if not runs:
        return ["no runs"]
    used = {(run.device, run.environment) for run in runs.values()}
    return [f"{len(runs)} runs ({sources(runs.values())})", *machines(used)]
