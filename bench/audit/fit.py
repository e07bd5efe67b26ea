"""Whether printed scores can be what a metric gives on so many test rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.audit.finding import likely
from bench.audit.lattice import (
    Parts,
    accuracy_parts,
    allows,
    balanced_parts,
    batch_mean_parts,
    passing,
    possible,
    swapped_possible,
)
from bench.audit.printed import Cell
from bench.audit.spreads import DDOFS, RUNS, three_runs_fit
from bench.judge.dataset_facts import Facts

SHARP = 0.05
"""A test that lets more numbers than this share pass says little about a single number."""

POOLED = 1 / 3
"""The same for tests of one lattice that many numbers are put to together."""

BATCH = 128
"""Pictures a batch, as the text has it."""


@dataclass(frozen=True)
class Metric:
    """A way to score: its name, and the lattice it has on a dataset, None where that is open."""

    title: str
    parts: Callable[[Facts], Parts | None]


PLAIN = Metric("plain accuracy", lambda facts: accuracy_parts(facts.test))
BALANCED = Metric(
    "balanced accuracy",
    lambda facts: balanced_parts(facts.test_sizes) if facts.test_sizes else None,
)
SWAPPED = Metric("balanced accuracy with truth and prediction exchanged", lambda facts: None)
BATCHES = Metric("mean of batch accuracies", lambda facts: batch_mean_parts(facts.test, BATCH))


@dataclass(frozen=True)
class Trial:
    """One number put to the test.

    Args:
        cell: the number.
        chance: that a number drawn at random passes by its mean.
        mean_fits: whether the mean is one the metric can give.
        std_fits: whether it is together with the spread, as population and as sample one; None
            where no spread was printed.
    """

    cell: Cell
    chance: float
    mean_fits: bool
    std_fits: tuple[bool, bool] | None

    @property
    def fits(self) -> bool:
        """Whether nothing printed contradicts the metric."""
        return self.mean_fits and (self.std_fits is None or any(self.std_fits))


@dataclass(frozen=True)
class Tally:
    """Numbers put to one metric, with so many runs behind each."""

    metric: Metric
    runs: int
    tested: tuple[Trial, ...]

    @property
    def name(self) -> str:
        """`balanced accuracy of one run`."""
        return f"{self.metric.title} of {'one run' if self.runs == 1 else 'three runs'}"

    @property
    def failing(self) -> tuple[Cell, ...]:
        """The numbers the metric cannot give, by tests of any sharpness."""
        return tuple(one.cell for one in self.tested if not one.fits)

    def sharp(self, limit: float = SHARP) -> tuple[Trial, ...]:
        """The tests that let at most this share of all numbers pass."""
        return tuple(one for one in self.tested if one.chance <= limit)

    def passed(self, limit: float = SHARP) -> int:
        """How many of the sharp tests are passed by the mean."""
        return sum(one.mean_fits for one in self.sharp(limit))

    def chance(self, limit: float = SHARP) -> float:
        """The chance that numbers drawn at random pass at least as many of the sharp tests."""
        return at_least(self.passed(limit), [one.chance for one in self.sharp(limit)])

    def score(self, limit: float = SHARP) -> str:
        """`7 of 7`, or `5 of 17 (3 with the spread)`."""
        whole = sum(one.fits for one in self.sharp(limit))
        spread = "" if whole == self.passed(limit) else f" ({whole} with the spread)"
        return f"{self.passed(limit)} of {len(self.sharp(limit))}{spread}"

    def lines(self) -> tuple[str, ...]:
        """Every trial in words."""
        return tuple(
            f"{one.cell.place} {one.cell.text}: {'can' if one.fits else 'cannot'} be {self.name}; "
            f"{likely(one.chance)} of all means could"
            for one in self.tested
        )


def tally(cells: Iterable[Cell], facts: Mapping[str, Facts], metric: Metric, runs: int) -> Tally:
    """Put numbers to a metric; those of datasets that nothing is known of are left out."""
    tested = []
    for cell in cells:
        known = facts.get(cell.dataset)
        parts = metric.parts(known) if known else None
        if parts is not None:
            tested.append(_tested(cell, parts, runs))
    return Tally(metric, runs, tuple(tested))


def runs_of(cells: Iterable[Cell]) -> tuple[int, ...]:
    """How many runs can be behind the numbers of a column: three where a spread is printed."""
    return (RUNS,) if any(cell.std is not None for cell in cells) else (1, RUNS)


def at_least(passed: int, chances: list[float]) -> float:
    """The chance that so many or more of independent tests are passed, each with its chance."""
    odds = [1.0]
    for chance in chances:
        stay = [odd * (1 - chance) for odd in [*odds, 0.0]]
        rise = [odd * chance for odd in [0.0, *odds]]
        odds = [one + other for one, other in zip(stay, rise, strict=True)]
    return math.fsum(odds[passed:])


def swapped_tally(cells: Iterable[Cell], facts: Mapping[str, Facts]) -> Tally:
    """Numbers put to balanced accuracy with truth and prediction exchanged, as of one run.

    Three runs that differ can mean nearly anything, so only numbers without a spread, or of runs
    that all agree, are tested, and only on two classes of known sizes.
    """
    tested = []
    for cell in cells:
        known = facts.get(cell.dataset)
        sizes = known.test_sizes if known else None
        if sizes is not None and len(sizes) == 2 and not cell.std:
            marks = swapped_possible((sizes[0], sizes[1]), cell.decimals)
            fits = allows(marks, cell.mean, cell.decimals)
            tested.append(Trial(cell, passing(marks), fits, None))
    return Tally(SWAPPED, 1, tuple(tested))


def _tested(cell: Cell, parts: Parts, runs: int) -> Trial:
    marks = possible(parts, runs, cell.decimals)
    chance, fits = passing(marks), allows(marks, cell.mean, cell.decimals)
    if cell.std is None or runs != RUNS:
        return Trial(cell, chance, fits, None)
    if not fits or chance > POOLED:
        return Trial(cell, chance, fits, (fits, fits))
    population, sample = (
        three_runs_fit(parts, cell.mean, cell.std, ddof, cell.half) for ddof in DDOFS
    )
    return Trial(cell, chance, fits, (population, sample))
