"""Three runs of which two have the same known score: what the third is, and how its spread was
computed.

Two runs at a level and one a distance d away have a mean d/3 from the level. Their standard
deviation is √2·d/3 as population and √3·d/3 as sample one, so it is √2 or √3 times the distance of
the mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations

from bench.audit.printed import Cell, PrintedTable
from bench.audit.spreads import DDOFS, RUNS, Ddof, largest_std
from bench.judge.dataset_facts import Facts, one_class_share

Level = tuple[float, float]
"""Lowest and highest value of a score that two runs may share, in points."""

CEILING: Level = (100.0, 100.0)

NARROW = 0.02
"""The widest range of ratios, relative to them, that can tell the two conventions apart."""


@dataclass(frozen=True)
class OddRun:
    """Two runs at a level, one elsewhere.

    Args:
        level: score of the two, in points; the middle where it is known to a row.
        ddof: which standard deviation fits.
        odd: score of the third run.
        off: how far that may be off.
        chance: that a spread between 0 and the largest one of this kind fits either way.
    """

    cell: Cell
    level: float
    ddof: Ddof
    odd: float
    off: float
    chance: float

    @property
    def forced(self) -> bool:
        """Whether only the sample standard deviation can be so large, whatever the runs."""
        half = self.cell.half
        ends = (self.cell.mean - half, self.cell.mean + half)
        return (self.cell.std or 0.0) - half > max(largest_std(end, 0) for end in ends) + 1e-9


def odd_runs(table: PrintedTable, facts: Mapping[str, Facts]) -> list[OddRun]:
    """The table's cells that look like two runs at 100, or at the score of one class, and one off.

    Scores of networks against themselves have no score of one class.
    """
    return [
        run
        for cell in table.cells
        for level in _levels(cell, table, facts)
        for run in _fitting(cell, level)
    ]


def chances(table: PrintedTable, facts: Mapping[str, Facts]) -> list[float]:
    """For every cell that could look so, the chance that a spread drawn at random does."""
    found = [_chance(cell, lv) for cell in table.cells for lv in _levels(cell, table, facts)]
    return [chance for chance in found if chance]


def _levels(cell: Cell, table: PrintedTable, facts: Mapping[str, Facts]) -> list[Level]:
    known = facts.get(cell.dataset)
    if table.kind == "counts":
        return []
    if table.kind == "agreement" or known is None or known.one_class is None:
        return [CEILING]
    printed = [one_class_share(other, known) for other in table.rows[cell.place.row]]
    shares = {100 * share[0] / share[1] for share in printed if share}
    return [CEILING, (min(shares), max(shares)) if shares else known.one_class]


def _fitting(cell: Cell, level: Level) -> Iterator[OddRun]:
    if not cell.std or _chance(cell, level) == 0.0:
        return
    near, far = _distances(cell, level)
    low, high = (cell.std - cell.half) / far, (cell.std + 2 * cell.half) / near
    for ddof in DDOFS:
        middle = sum(level) / 2
        odd = RUNS * cell.mean - 2 * middle
        if low <= _ratio(ddof) <= high and 0 <= odd <= 100:
            off = 2 * RUNS * cell.half + (level[1] - level[0])
            yield OddRun(cell, middle, ddof, odd, off, _chance(cell, level))


def _ratio(ddof: Ddof) -> float:
    """Spread over distance of the mean from the level."""
    return math.sqrt(2 if ddof == 0 else 3)


def _distances(cell: Cell, level: Level) -> tuple[float, float]:
    """Smallest and largest distance of the true mean from the level.

    The true mean is up to half a unit below the printed one, or up to a whole one above: printed
    digits may have been cut off instead of rounded.
    """
    low, high = cell.mean - cell.half, cell.mean + 2 * cell.half
    if high < level[0]:
        return level[0] - high, level[1] - low
    return low - level[1], high - level[0]


def _chance(cell: Cell, level: Level) -> float:
    """Zero where the digits are too few to tell."""
    near, far = _distances(cell, level)
    if not cell.std or near <= 0 or far / near - 1 > NARROW:
        return 0.0
    if 3 * cell.half / cell.std > NARROW:
        return 0.0
    width = sum(_ratio(ddof) * (far - near) + 3 * cell.half for ddof in DDOFS)
    return min(1.0, width / (_ratio(1) * far))


def odd_patterns(sizes: Sequence[int], run: OddRun, errors: int) -> tuple[int, int, int]:
    """How many ways to err at most so often give the odd run, by metric.

    Args:
        sizes: test rows of each class.

    Returns:
        Patterns of errors (truth, prediction) whose plain accuracy, balanced accuracy, and balanced
        accuracy with truth and prediction exchanged is the odd run's score.
    """
    found = [0, 0, 0]
    for pattern in _patterns(len(sizes), errors):
        for place, score in enumerate(pattern_scores(sizes, pattern)):
            found[place] += abs(100 * score - run.odd) <= run.off + 1e-9
    return found[0], found[1], found[2]


Errors = tuple[tuple[int, int], ...]
"""(truth, prediction) of every error."""


def pattern_scores(sizes: Sequence[int], errors: Errors) -> tuple[float, float, float]:
    """Plain, balanced, and swapped balanced accuracy when these errors are made; fractions."""
    right, predicted = list(sizes), list(sizes)
    for truth, prediction in errors:
        right[truth] -= 1
        predicted[truth] -= 1
        predicted[prediction] += 1
    recalls = [hits / size for hits, size in zip(right, sizes, strict=True)]
    precisions = [h / size for h, size in zip(right, predicted, strict=True) if size]
    return (
        sum(right) / sum(sizes),
        sum(recalls) / len(recalls),
        sum(precisions) / len(precisions),
    )


def _patterns(classes: int, errors: int) -> Iterator[Errors]:
    kinds = list(permutations(range(classes), 2))
    for number in range(errors + 1):
        yield from combinations_with_replacement(kinds, number)
