"""Rows of a table of effects, with the p values of all effects of a table adjusted together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.judge.cell import Refusal
from bench.judge.effects import holm
from bench.judge.interval import ALPHA, Estimate
from bench.judge.runs import Measured
from bench.plan.plan import Place

What = Literal["base", "step", "own", "all", "sum", "rest"]
"""The base's mean, a step, a file of the user's, all steps, the sum of the single ones, and what
all together do beyond that sum."""


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
    refusal: Refusal | None = None
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
