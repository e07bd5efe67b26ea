"""Which printed numbers a score can take at all: a share of right answers moves in steps.

Every score here is a weighted count of right answers. In whole numbers: group g holds `count`
answers worth `step` each, and the score is the sum over the sum of everything.
Source: the GRIM and GRIMMER tests of Brown and Heathers (2017) and Anaya (2016), for class means
and three runs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.audit.finding import likely
from bench.audit.printed import Cell
from bench.judge.dataset_facts import DatasetFacts

RUNS = 3
"""Runs behind a mean, as the tables say."""

BATCH = 128
"""Pictures a batch, as the text has it."""

SHARP = 0.05
"""A test that lets more numbers than this share pass says little about a single number."""

POOLED = 1 / 3
"""The same for tests of one lattice that many numbers are put to together."""

FINEST = 3_000_000
"""Steps from 0 to 100 beyond which every printed number is taken as possible."""

MOST_PAIRS = 1_000_000
"""Pairs of runs looked at; where there would be more, some three runs are sure to fit."""

Parts = tuple[tuple[int, int], ...]
"""A lattice: (answers, worth of one) of each group."""

Marks = NDArray[np.bool_]
"""Whether each number from 0 to 100 that can be printed is one the score can take."""

Ddof = Literal[0, 1]
"""0: population, the sum of squares over n; 1: sample, over n - 1."""

DDOFS: tuple[Ddof, Ddof] = (0, 1)


@dataclass(frozen=True)
class Metric:
    """A way to score: its name, and the lattice it has on a dataset, None where that is open."""

    title: str
    parts: Callable[[DatasetFacts], Parts | None]


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
    std_fits: tuple[bool, bool] | None = None

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


def tally(cells: Iterable[Cell], metric: Metric, runs: int) -> Tally:
    """Put numbers to a metric; those of datasets whose lattice is not known are left out."""
    tested = []
    for cell in cells:
        parts = metric.parts(cell.facts) if cell.facts else None
        if parts is not None:
            tested.append(_trial(cell, parts, runs))
    return Tally(metric, runs, tuple(tested))


def _trial(cell: Cell, parts: Parts, runs: int) -> Trial:
    marks = possible(parts, runs, cell.decimals)
    chance, fits = passing(marks), allows(marks, cell.mean, cell.decimals)
    if cell.std is None or runs != RUNS:
        return Trial(cell, chance, fits)
    if not fits or chance > POOLED:
        return Trial(cell, chance, fits, (fits, fits))
    population, sample = (
        three_runs_fit(parts, cell.mean, cell.std, ddof, cell.half) for ddof in DDOFS
    )
    return Trial(cell, chance, fits, (population, sample))


def swapped_tally(cells: Iterable[Cell]) -> Tally:
    """Numbers put to balanced accuracy with truth and prediction exchanged, as of one run.

    Three runs that differ can mean nearly anything, so only numbers without a spread, or of runs
    that all agree, are tested, and only on two classes of known sizes.
    """
    tested = []
    for cell in cells:
        sizes = cell.facts.test_sizes if cell.facts else None
        if sizes is not None and len(sizes) == 2 and not cell.std:
            marks = swapped_possible((sizes[0], sizes[1]), cell.decimals)
            tested.append(Trial(cell, passing(marks), allows(marks, cell.mean, cell.decimals)))
    return Tally(SWAPPED, 1, tuple(tested))


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


def accuracy_parts(rows: int) -> Parts:
    """Share of right answers."""
    return ((rows, 1),)


def balanced_parts(sizes: tuple[int, ...]) -> Parts:
    """Mean over classes of the share of right answers, by the classes' test rows."""
    whole = math.lcm(*sizes)
    return _merged([(size, whole // size) for size in sizes])


def batch_mean_parts(rows: int, batch: int) -> Parts:
    """Mean over batches of the share of right answers; the last batch may be smaller."""
    full, last = divmod(rows, batch)
    if not last or not full:
        return accuracy_parts(rows)
    whole = math.lcm(batch, last)
    return _merged([(full * batch, whole // batch), (last, whole // last)])


def _merged(parts: list[tuple[int, int]]) -> Parts:
    """Answers of one worth together, in the smallest whole numbers."""
    totals: Counter[int] = Counter()
    for count, worth in parts:
        totals[worth] += count
    common = math.gcd(*totals)
    return tuple((count, worth // common) for worth, count in sorted(totals.items()))


def steps(parts: Parts, runs: int = 1) -> int:
    """Steps from 0 to 100 of the mean over runs."""
    return runs * sum(count * worth for count, worth in parts)


@lru_cache(maxsize=64)
def reachable(parts: Parts, runs: int = 1) -> int:
    """Bit k is set where the mean over runs can be k steps."""
    bits = 1
    for count, worth in parts:
        done = 0
        while done < runs * count:
            shift = min(done + 1, runs * count - done)
            bits |= bits << (shift * worth)
            done += shift
    return bits


@lru_cache(maxsize=512)
def possible(parts: Parts, runs: int, decimals: int) -> Marks | None:
    """The printed numbers that the mean over runs can take; None where that is all of them.

    A value halfway between two printed numbers marks both.
    """
    top = steps(parts, runs)
    if top > FINEST:
        return None
    raw = np.frombuffer(reachable(parts, runs).to_bytes(top // 8 + 1, "little"), np.uint8)
    found = np.flatnonzero(np.unpackbits(raw, bitorder="little")).astype(np.float64)
    return _marks_of(100 * found / top, decimals)


@lru_cache(maxsize=64)
def swapped_possible(sizes: tuple[int, int], decimals: int) -> Marks:
    """As `possible`, for one run of two classes scored with truth and prediction exchanged.

    That is the mean, over the classes predicted at all, of the share of their predictions that is
    right.

    Args:
        sizes: test rows of the two classes.
    """
    right = np.arange(sizes[0] + 1)[:, None]  # of the first class, predicted so
    wrong = np.arange(sizes[1] + 1)[None, :]  # of the second class, predicted as the first
    first = right + wrong
    second = sum(sizes) - first
    precision = right / np.maximum(first, 1), (sizes[1] - wrong) / np.maximum(second, 1)
    predicted = (first > 0).astype(np.int64) + (second > 0)
    return _marks_of((100 * (precision[0] + precision[1]) / predicted).ravel(), decimals)


def _marks_of(values: NDArray[np.float64], decimals: int) -> Marks:
    """Marks of the printed numbers these values, in points, can be rounded to."""
    scale = 10**decimals
    marks = np.zeros(100 * scale + 1, np.bool_)
    for slack in (-1e-7, 1e-7):
        marks[np.floor(values * scale + 0.5 + slack).astype(np.int64)] = True
    return marks


def allows(marks: Marks | None, value: float, decimals: int) -> bool:
    """Whether a printed number is among the possible ones."""
    place = round(value * 10**decimals)
    return marks is None or (0 <= place < len(marks) and bool(marks[place]))


def passing(marks: Marks | None) -> float:
    """The chance that a number printed at random from 0 to 100 is possible."""
    return 1.0 if marks is None else float(marks.mean())


def largest_std(mean: float, ddof: Ddof) -> float:
    """The largest standard deviation of three scores between 0 and 100 with this mean, in points.

    It belongs to as many scores of 100 as fit, one between, and the others 0.
    """
    total = min(max(RUNS * mean, 0.0), 100.0 * RUNS)
    full = min(int(total // 100), RUNS - 1)
    scores = [100.0] * full + [total - 100 * full] + [0.0] * (RUNS - 1 - full)
    return math.sqrt(sum((score - mean) ** 2 for score in scores) / (RUNS - ddof))


def most_spread(cell: Cell, ddof: Ddof) -> float:
    """The largest standard deviation of three runs with this printed mean."""
    return max(largest_std(end, ddof) for end in (cell.mean - cell.half, cell.mean + cell.half))


def three_runs_fit(parts: Parts, mean: float, std: float, ddof: Ddof, half: float) -> bool:
    """Whether three scores on the lattice have this printed mean and standard deviation.

    Args:
        parts: the lattice of one run.
        mean, std: in points.
        half: half a unit of the last printed digit, in points.
    """
    unit = 100 / steps(parts)
    slack = 1e-9 / unit
    low = math.ceil((mean - half) * RUNS / unit - slack)
    high = math.floor((mean + half) * RUNS / unit + slack)
    near = int(math.sqrt(2 * (RUNS - ddof) / RUNS) * (std + half) / unit) + 2
    runs = _runs_near(parts, (low + high) // (2 * RUNS), near)
    if low <= high and len(runs) ** 2 > MOST_PAIRS:
        return True
    bounds = ((std - half) / unit - slack, (std + half) / unit + slack)
    return any(_some_triple(runs, total, bounds, ddof) for total in range(low, high + 1))


def _runs_near(parts: Parts, middle: int, near: int) -> NDArray[np.int64]:
    """The scores one run can have, in steps, not further than `near` from the middle."""
    first = max(middle - near, 0)
    window = (reachable(parts) >> first) & ((1 << (middle + near + 1 - first)) - 1)
    found = [first + place for place, bit in enumerate(reversed(f"{window:b}")) if bit == "1"]
    return np.array(found, np.int64)


def _some_triple(
    runs: NDArray[np.int64], total: int, bounds: tuple[float, float], ddof: Ddof
) -> bool:
    """Whether three of the runs have this sum and a standard deviation within the bounds."""
    first, second = runs[:, None], runs[None, :]
    third = total - first - second
    middle = total / RUNS
    squares = (first - middle) ** 2 + (second - middle) ** 2 + (third - middle) ** 2
    std = np.sqrt(squares / (RUNS - ddof))
    near = (std >= bounds[0]) & (std <= bounds[1])
    return bool(np.isin(third[near], runs).any())


def std_passing(parts: Parts, std: float, ddof: Ddof, decimals: int) -> float:
    """The share of the standard deviations around this one that three runs can have.

    Taken over those that can be printed up to a quarter, or .05 points, away, as if every step of
    the lattice could be reached.
    """
    unit, scale = 100 / steps(parts), 10**decimals
    low, high = max(0.0, std - max(std / 4, 0.05)), std + max(std / 4, 0.05)
    reach = int(math.sqrt(1.5 * (RUNS - ddof)) * high / unit) + 2
    if reach**2 > MOST_PAIRS:
        return 1.0
    one, two = np.meshgrid(np.arange(reach), np.arange(reach))
    stds = np.sqrt((one**2 + one * two + two**2) * 2 / (RUNS * (RUNS - ddof))) * unit
    places = np.rint(stds * scale)
    first, last = math.floor(low * scale), math.ceil(high * scale)
    inside = (places >= first) & (places <= last)
    shares = [
        len(np.unique(places[inside & ((one - two) % RUNS == rest)])) / (last - first + 1)
        for rest in range(RUNS)
    ]
    return float(sum(shares) / RUNS)
