"""Which printed numbers a score can take at all: a share of right answers moves in steps.

Every score here is the mean over groups of rows (classes, batches, or all rows as one group) of the
share of right answers.
Source: the GRIM and GRIMMER tests of Brown and Heathers (2017) and Anaya (2016), for class means
and three runs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from bench.audit.finding import chance_text
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

Groups = tuple[int, ...]
"""Rows of each group over which the share of right answers is averaged."""

DDOFS = {0: "population", 1: "sample"}
"""Standard deviations by what is taken from the number of runs that the squares are divided by."""


@dataclass(frozen=True, eq=False)
class Possible:
    """The printed numbers that a score can take.

    Args:
        marks: whether each number from 0 to 100 that can be printed is one of them.
        decimals: how many digits are printed behind the point.
    """

    marks: NDArray[np.bool_]
    decimals: int

    @cached_property
    def share(self) -> float:
        """The chance that a number printed at random from 0 to 100 is possible."""
        return float(self.marks.mean())

    def __contains__(self, value: float) -> bool:
        place = round(value * 10**self.decimals)
        return 0 <= place < len(self.marks) and bool(self.marks[place])

    def spacing(self, value: float) -> float:
        """The mean distance between the numbers within half a point of a value, in points."""
        scale = 10.0**self.decimals
        middle, half = round(value * scale), round(scale / 2)
        near = self.marks[max(middle - half, 0) : middle + half + 1]
        return len(near) / max(int(near.sum()), 1) / scale


@dataclass(frozen=True)
class Metric:
    """A way to score.

    Args:
        title: its name.
        groups: the groups it averages over on a dataset; none where they are not known.
        limit: the largest share of all numbers that a sharp test of it lets pass.
    """

    title: str
    groups: Callable[[DatasetFacts], Groups]
    limit: float = SHARP


PLAIN = Metric("plain accuracy", lambda facts: (facts.test,))
BALANCED = Metric("balanced accuracy", lambda facts: facts.test_sizes or ())
BATCHES = Metric("mean of batch accuracies", lambda facts: batches(facts.test, BATCH), POOLED)


@dataclass(frozen=True)
class Trial:
    """One number put to the test.

    Args:
        cell: the number.
        possible: the numbers that the metric can give.
        std_fits: whether it can give mean and spread together, by ddof; None where that says no
            more than the mean.
    """

    cell: Cell
    possible: Possible
    std_fits: tuple[bool, ...] | None = None

    @property
    def chance(self) -> float:
        """That a number drawn at random passes by its mean."""
        return self.possible.share

    @property
    def mean_fits(self) -> bool:
        """Whether the mean is one the metric can give."""
        return self.cell.mean in self.possible

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

    @property
    def sharp(self) -> tuple[Trial, ...]:
        """The tests that let at most the metric's limit of all numbers pass."""
        return tuple(one for one in self.tested if one.chance <= self.metric.limit)

    @property
    def passed(self) -> int:
        """How many of the sharp tests are passed by the mean."""
        return sum(one.mean_fits for one in self.sharp)

    @property
    def chance(self) -> float:
        """The chance that numbers drawn at random pass at least as many of the sharp tests."""
        return at_least(self.passed, [one.chance for one in self.sharp])

    @property
    def score(self) -> str:
        """`7 of 7`, or `5 of 17 (3 with the spread)`."""
        whole = sum(one.fits for one in self.sharp)
        spread = "" if whole == self.passed else f" ({whole} with the spread)"
        return f"{self.passed} of {len(self.sharp)}{spread}"

    @property
    def lines(self) -> list[str]:
        """Every trial in words."""
        return [
            f"{one.cell} {one.cell.text}: {'can' if one.fits else 'cannot'} be {self.name}; "
            f"{chance_text(one.chance)} of all means could"
            for one in self.tested
        ]


def tally(cells: Iterable[Cell], metric: Metric, runs: int) -> Tally:
    """Put numbers to a metric; those of datasets whose groups are not known are left out."""
    known = [
        (cell, groups) for cell in cells if cell.facts and (groups := metric.groups(cell.facts))
    ]
    return Tally(metric, runs, tuple(_trial(cell, groups, runs) for cell, groups in known))


def _trial(cell: Cell, groups: Groups, runs: int) -> Trial:
    trial = Trial(cell, possible(groups, runs, cell.decimals))
    if cell.std is None or runs != RUNS or not trial.mean_fits or trial.chance > POOLED:
        return trial
    fits = (three_runs_fit(groups, cell.mean, cell.std, ddof, cell.half) for ddof in DDOFS)
    return replace(trial, std_fits=tuple(fits))


def swapped_trials(cells: Iterable[Cell]) -> list[Trial]:
    """Numbers put to balanced accuracy with truth and prediction exchanged, as of one run.

    Three runs that differ can mean nearly anything, so only numbers without a spread, or of runs
    that all agree, are tested, and only on two classes of known sizes.
    """
    return [
        Trial(cell, swapped_possible(cell.test_sizes, cell.decimals))
        for cell in cells
        if len(cell.test_sizes) == 2 and not cell.std
    ]


def runs_of(cells: Iterable[Cell]) -> tuple[int, ...]:
    """How many runs can be behind the numbers of a column: three where a spread is printed."""
    return (RUNS,) if any(cell.std is not None for cell in cells) else (1, RUNS)


def at_least(passed: int, chances: Iterable[float]) -> float:
    """The chance that so many or more of independent tests are passed, each with its chance."""
    odds = np.ones(1)
    for chance in chances:
        odds = np.append(odds * (1 - chance), 0.0) + np.append(0.0, odds * chance)
    return math.fsum(odds[passed:])


def batches(rows: int, batch: int) -> Groups:
    """Rows of each batch; the last may be smaller."""
    full, last = divmod(rows, batch)
    return (batch,) * full + (last,) * (last > 0)


@lru_cache(maxsize=512)
def lattice(groups: Groups) -> tuple[tuple[int, int], ...]:
    """Answers of one worth, and that worth in the smallest whole numbers, for each worth."""
    whole = math.lcm(*groups)
    totals: Counter[int] = Counter()
    for rows in groups:
        totals[whole // rows] += rows
    common = math.gcd(*totals)
    return tuple((count, worth // common) for worth, count in sorted(totals.items()))


def steps(groups: Groups, runs: int = 1) -> int:
    """Steps from 0 to 100 of the mean over runs."""
    return runs * sum(count * worth for count, worth in lattice(groups))


@lru_cache(maxsize=64)
def reachable(groups: Groups, runs: int = 1) -> NDArray[np.bool_]:
    """Whether the mean over runs can be each number of steps from 0 to 100."""
    bits = 1
    for count, worth in lattice(groups):
        done = 0
        while done < runs * count:
            shift = min(done + 1, runs * count - done)
            bits |= bits << (shift * worth)
            done += shift
    raw = np.frombuffer(bits.to_bytes(steps(groups, runs) // 8 + 1, "little"), np.uint8)
    return np.unpackbits(raw, bitorder="little").view(np.bool_)


@lru_cache(maxsize=512)
def possible(groups: Groups, runs: int, decimals: int) -> Possible:
    """The printed numbers that the mean over runs can take; beyond FINEST steps, all.

    A value halfway between two printed numbers marks both.
    """
    top = steps(groups, runs)
    if top > FINEST:
        return Possible(np.ones(100 * 10**decimals + 1, np.bool_), decimals)
    return _rounded(100 * np.flatnonzero(reachable(groups, runs)) / top, decimals)


@lru_cache(maxsize=64)
def swapped_possible(sizes: tuple[int, ...], decimals: int) -> Possible:
    """As `possible`, for one run of two classes scored with truth and prediction exchanged.

    That is the mean, over the classes predicted at all, of the share of their predictions that is
    right.

    Args:
        sizes: test rows of the two classes.
        decimals: see Possible.
    """
    right = np.arange(sizes[0] + 1)[:, None]  # of the first class, predicted so
    wrong = np.arange(sizes[1] + 1)[None, :]  # of the second class, predicted as the first
    first = right + wrong
    second = sum(sizes) - first
    precision = right / np.maximum(first, 1), (sizes[1] - wrong) / np.maximum(second, 1)
    predicted = (first > 0).astype(np.int64) + (second > 0)
    return _rounded((100 * (precision[0] + precision[1]) / predicted).ravel(), decimals)


def _rounded(values: NDArray[np.float64], decimals: int) -> Possible:
    """The printed numbers these values, in points, can be rounded to."""
    scale = 10**decimals
    marks = np.zeros(100 * scale + 1, np.bool_)
    for slack in (-1e-7, 1e-7):
        marks[np.floor(values * scale + 0.5 + slack).astype(np.int64)] = True
    return Possible(marks, decimals)


def largest_std(mean: float, ddof: int) -> float:
    """The largest standard deviation of three scores between 0 and 100 with this mean, in points.

    It belongs to as many scores of 100 as fit, one between, and the others 0.
    """
    scores = np.clip(RUNS * mean - 100.0 * np.arange(RUNS), 0.0, 100.0)
    return math.sqrt(((scores - mean) ** 2).sum() / (RUNS - ddof))


def most_spread(cell: Cell, ddof: int) -> float:
    """The largest standard deviation of three runs with this printed mean."""
    return max(largest_std(end, ddof) for end in (cell.mean - cell.half, cell.mean + cell.half))


def three_runs_fit(groups: Groups, mean: float, std: float, ddof: int, half: float) -> bool:
    """Whether three scores on the lattice have this printed mean and standard deviation.

    Args:
        groups: see Groups.
        mean, std: in points.
        ddof: see DDOFS.
        half: half a unit of the last printed digit, in points.
    """
    unit = 100 / steps(groups)
    slack = 1e-9 / unit
    low = math.ceil((mean - half) * RUNS / unit - slack)
    high = math.floor((mean + half) * RUNS / unit + slack)
    middle = (low + high) // (2 * RUNS)
    near = int(math.sqrt(2 * (RUNS - ddof) / RUNS) * (std + half) / unit) + 2
    first = max(middle - near, 0)
    runs = first + np.flatnonzero(reachable(groups)[first : middle + near + 1])
    if low <= high and len(runs) ** 2 > MOST_PAIRS:
        return True
    bounds = ((std - half) / unit - slack, (std + half) / unit + slack)
    return any(_some_triple(runs, total, bounds, ddof) for total in range(low, high + 1))


def _some_triple(
    runs: NDArray[np.int64], total: int, bounds: tuple[float, float], ddof: int
) -> bool:
    """Whether three of the runs have this sum and a standard deviation within the bounds."""
    first, second = runs[:, None], runs[None, :]
    third = total - first - second
    middle = total / RUNS
    squares = (first - middle) ** 2 + (second - middle) ** 2 + (third - middle) ** 2
    std = np.sqrt(squares / (RUNS - ddof))
    near = (std >= bounds[0]) & (std <= bounds[1])
    return bool(np.isin(third[near], runs).any())


def std_passing(groups: Groups, std: float, ddof: int, decimals: int) -> float:
    """The share of the standard deviations around this one that three runs can have.

    Taken over those that can be printed up to a quarter, or .05 points, away, as if every step of
    the lattice could be reached.
    """
    unit, scale = 100 / steps(groups), 10.0**decimals
    low, high = max(0.0, std - max(std / 4, 0.05)), std + max(std / 4, 0.05)
    reach = int(math.sqrt(1.5 * (RUNS - ddof)) * high / unit) + 2
    if reach**2 > MOST_PAIRS:
        return 1.0
    one, two = np.meshgrid(np.arange(reach), np.arange(reach))
    stds = np.sqrt((one**2 + one * two + two**2) * 2 / (RUNS * (RUNS - ddof))) * unit
    places = np.rint(stds * scale)
    first, last = math.floor(low * scale), math.ceil(high * scale)
    inside = (places >= first) & (places <= last)
    found = (places[inside & ((one - two) % RUNS == rest)] for rest in range(RUNS))
    return sum(len(np.unique(each)) for each in found) / (RUNS * (last - first + 1))
