"""Which printed numbers a score can take at all: a share of right answers moves in steps.

Every score here is a weighted count of right answers. In whole numbers: group g holds `count`
answers worth `step` each, and the score is the sum over the sum of everything.
Source: the GRIM and GRIMMER tests of Brown and Heathers (2017) and Anaya (2016), for class means
and three runs.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Parts = tuple[tuple[int, int], ...]
"""(answers, worth of one) of each group."""

Marks = NDArray[np.bool_]
"""Whether each number from 0 to 100 that can be printed is one the score can take."""

FINEST = 3_000_000
"""Steps from 0 to 100 beyond which every printed number is taken as possible."""


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


def steps(parts: Parts, runs: int = 1) -> int:
    """Steps from 0 to 100 of the mean over runs."""
    return runs * sum(count * worth for count, worth in parts)


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
    bits = reachable(parts, runs)
    raw = np.frombuffer(bits.to_bytes(top // 8 + 1, "little"), np.uint8)
    found = np.flatnonzero(np.unpackbits(raw, bitorder="little")).astype(np.float64)
    return printed(100 * found / top, decimals)


def printed(values: NDArray[np.float64], decimals: int) -> Marks:
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


def spacing(marks: Marks | None, value: float, decimals: int) -> float:
    """The mean distance between possible numbers within half a point of a value, in points."""
    scale = 10.0**decimals
    if marks is None:
        return 1 / scale
    middle, half = round(value * scale), round(scale / 2)
    near = marks[max(middle - half, 0) : middle + half + 1]
    return len(near) / scale / max(int(near.sum()), 1)


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
    return printed((100 * (precision[0] + precision[1]) / predicted).ravel(), decimals)


def _merged(parts: list[tuple[int, int]]) -> Parts:
    """Answers of one worth together, in the smallest whole numbers."""
    totals: Counter[int] = Counter()
    for count, worth in parts:
        totals[worth] += count
    common = math.gcd(*totals)
    return tuple((count, worth // common) for worth, count in sorted(totals.items()))
