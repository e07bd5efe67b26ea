"""Means and spreads that give away three runs: two at a known score, and which convention.

Two runs at a level and one a distance d away have a mean d/3 from the level. Their standard
deviation is √2·d/3 as population and √3·d/3 as sample one, so it is √2 or √3 times the distance of
the mean.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations_with_replacement, permutations

import numpy as np

from bench.audit.finding import Finding, likely
from bench.audit.lattice import DDOFS, RUNS, at_least, most_spread, possible
from bench.audit.printed import Cell, PrintedTable
from bench.render.text import counted

RATIOS = (math.sqrt(2), math.sqrt(3))
"""Spread over the distance of the mean from the level, by ddof."""

ERRORS = 3
"""Errors of the odd run, at most, that are gone through one by one."""

NARROW = 0.02
"""The widest range of ratios, relative to them, that can tell the two conventions apart."""

Level = tuple[float, float]
"""Lowest and highest value of a score that two runs may share, in points."""

CEILING: Level = (100.0, 100.0)


@dataclass(frozen=True)
class OddRun:
    """Two runs at a level, one elsewhere.

    Args:
        cell: the number of the three.
        level: score of the two, in points; the middle where it is known to a row.
        ddof: which standard deviation fits.
        odd: score of the third run.
        off: how far that may be off.
        chance: that a spread between 0 and the largest one of this kind fits either way.
    """

    cell: Cell
    level: float
    ddof: int
    odd: float
    off: float
    chance: float

    @property
    def forced(self) -> bool:
        """Whether only the sample standard deviation can be so large, whatever the runs."""
        return (self.cell.std or 0.0) - self.cell.half > most_spread(self.cell, 0) + 1e-9


def odd_runs(table: PrintedTable) -> list[OddRun]:
    """The table's cells that look like two runs at 100, or at the score of one class, and one off.

    Scores of networks against themselves have no score of one class.
    """
    return [run for cell, level in _levels(table) for run in _fitting(cell, level)]


def exchanged_patterns(run: OddRun) -> int:
    """How many patterns of few errors give an odd run beside two of 100 with truth and prediction
    exchanged, where no errors give it as plain or balanced accuracy; else 0."""
    sizes = run.cell.test_sizes
    if not sizes or run.level != 100 or _reachable(sizes, run):
        return 0
    return odd_patterns(sizes, run)[2]


def odd_patterns(sizes: Sequence[int], run: OddRun) -> list[int]:
    """How many ways to err at most ERRORS times give the odd run, by metric.

    Args:
        sizes: test rows of each class.
        run: the odd run.

    Returns:
        Patterns of errors (truth, prediction) whose plain accuracy, balanced accuracy, and balanced
        accuracy with truth and prediction exchanged is the odd run's score.
    """
    kinds = list(permutations(range(len(sizes)), 2))
    numbers = range(ERRORS + 1)
    patterns = chain.from_iterable(combinations_with_replacement(kinds, n) for n in numbers)
    scores = np.array([pattern_scores(sizes, pattern) for pattern in patterns])
    found: list[int] = (np.abs(100 * scores - run.odd) <= run.off + 1e-9).sum(axis=0).tolist()
    return found


def pattern_scores(
    sizes: Sequence[int], errors: Sequence[tuple[int, int]]
) -> tuple[float, float, float]:
    """Plain, balanced, and swapped balanced accuracy when these errors (truth,
    prediction) are made; fractions."""
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


def check_runs(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """Collapsed rows, the convention of each table, the odd runs' metric, tables that disagree.

    A table that only repeats what an earlier one prints has no finding of its own.
    """
    runs_of = {table.key: runs for table in tables if (runs := odd_runs(table))}
    reported: set[tuple[object, ...]] = set()
    chance_of: dict[str, float] = {}
    for table in (table for table in tables if table.key in runs_of):
        runs = runs_of[table.key]
        chances = [chance for cell, level in _levels(table) if (chance := _chance(cell, level))]
        chance_of[table.key] = at_least(len(runs), chances)
        numbers = {(*run.cell.meaning, run.cell.text) for run in runs}
        if not numbers <= reported:
            what = _collapse(runs) if table.kind == "agreement" else _convention(runs)
            yield Finding(
                f"runs/{table.key}/{what[0]}",
                what[1],
                f"{what[2]} Chance makes {sum(chances):.2g} such cells.",
                [run.cell for run in runs],
                chance=chance_of[table.key],
                details=[
                    f"{run.cell} {run.cell.text}: odd run {run.odd:.4f} ± {run.off:.4f}, chance "
                    f"{likely(run.chance)}{', too large for a population' if run.forced else ''}"
                    for run in runs
                ],
            )
            yield from chain.from_iterable(map(_metric, runs))
        reported |= numbers
    yield from _conventions(runs_of, chance_of)


def _levels(table: PrintedTable) -> Iterator[tuple[Cell, Level]]:
    """Every cell of the table with each level that two of its runs may be at."""
    for cell in table.cells if table.kind != "counts" else ():
        yield cell, CEILING
        if table.kind == "scores" and cell.facts and cell.facts.one_class:
            hits = filter(None, (other.one_class for other in table.rows[cell.row]))
            shares = [100 * most / rows for most, rows in hits]
            yield cell, (min(shares), max(shares)) if shares else cell.facts.one_class


def _fitting(cell: Cell, level: Level) -> Iterator[OddRun]:
    chance, middle = _chance(cell, level), sum(level) / 2
    odd = RUNS * cell.mean - 2 * middle
    if not cell.std or not chance or not 0 <= odd <= 100:
        return
    near, far = _distances(cell, level)
    off = 2 * RUNS * cell.half + (level[1] - level[0])
    for ddof, ratio in enumerate(RATIOS):
        if (cell.std - cell.half) / far <= ratio <= (cell.std + 2 * cell.half) / near:
            yield OddRun(cell, middle, ddof, odd, off, chance)


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
    """That a spread drawn at random looks so; zero where the digits are too few to tell."""
    near, far = _distances(cell, level)
    if not cell.std or near <= 0 or far / near - 1 > NARROW or 3 * cell.half / cell.std > NARROW:
        return 0.0
    width = sum(ratio * (far - near) + 3 * cell.half for ratio in RATIOS)
    return min(1.0, width / (RATIOS[1] * far))


def _collapse(runs: Sequence[OddRun]) -> tuple[str, str, str]:
    """Name, headline and arithmetic of networks, two of three, that agree whatever they see."""
    ratios = (f"{(run.cell.std or 0.0) / (100 - run.cell.mean):.4f}" for run in runs)
    examples = (f"{run.cell.row} {run.cell.text} = (100, 100, {run.odd:.2f})" for run in runs)
    return (
        "collapse",
        f"If each is of three runs, {counted(len(runs), 'cell')} can be (100, 100, x): two of "
        "the networks agree with themselves on everything",
        f"Two runs at 100 and one below have a spread of √3 = 1.7321 (sample) or √2 = 1.4142 "
        f"(population) times the mean's distance from 100; here it is {', '.join(ratios)} times: "
        f"{'; '.join(examples)}. A network that always answers one class agrees so.",
    )


def _convention(runs: Sequence[OddRun]) -> tuple[str, str, str]:
    """Name, headline and arithmetic of which standard deviation a table prints."""
    count = Counter(DDOFS[run.ddof] for run in runs)
    kinds = (f"{kind} standard deviations ({counted(n, 'cell')})" for kind, n in count.items())
    examples = (
        f"{run.cell.row} {run.cell.column} {run.cell.text} = ({run.level:.3f}, {run.level:.3f}, "
        f"{run.odd:.3f})"
        for run in runs
    )
    return (
        "convention",
        f"If two of three runs are equal, spreads are {' and '.join(kinds)}",
        "Two equal runs, at 100 or at the score of one class, and one apart have a spread of "
        "√2 (population) or √3 (sample) times the mean's distance from the two: "
        f"{'; '.join(examples)}.",
    )


def _metric(run: OddRun) -> Iterator[Finding]:
    """An odd run that no accuracy gives, plain or balanced, but one with the arguments swapped."""
    patterns, cell = exchanged_patterns(run), run.cell
    if patterns:
        yield Finding(
            f"runs/{cell.table}/{cell.row}/{cell.column}",
            f"If two of three runs are 100, the third of {cell.row} {cell.column}, "
            f"{run.odd:.3f}, is neither plain nor balanced accuracy",
            f"{cell.text} fits (100, 100, {run.odd:.3f}). No number of errors on test "
            f"classes of {', '.join(map(str, cell.test_sizes))} rows gives that run as plain or "
            f"balanced accuracy; with truth and prediction exchanged, {patterns} patterns of at "
            f"most {ERRORS} errors do.",
            [cell],
            chance=run.chance,
        )


def _reachable(sizes: tuple[int, ...], run: OddRun) -> bool:
    """Whether any number of errors gives the odd run as plain or balanced accuracy."""
    decimals = run.cell.decimals
    reach = round(run.off * 10**decimals)
    near = [run.odd + place / 10**decimals for place in range(-reach, reach + 1)]
    scores = (possible(groups, 1, decimals) for groups in ((sum(sizes),), sizes))
    return any(value in score for score in scores for value in near)


def _conventions(
    runs_of: Mapping[str, Sequence[OddRun]], chance_of: Mapping[str, float]
) -> Iterator[Finding]:
    """Tables that print spreads by different conventions."""
    every = [run for runs in runs_of.values() for run in runs]
    ddofs = {table: {run.ddof for run in runs} for table, runs in runs_of.items()}
    population, sample = ([t for t, found in ddofs.items() if found == {d}] for d in DDOFS)
    forced = ", ".join(dict.fromkeys(run.cell.text for run in every if run.forced))
    also = f"; no population spread is as large as in {forced}" if forced else ""
    if population and sample:
        yield Finding(
            "runs/conventions",
            "If two of three runs are equal, population standard deviations are in "
            f"{', '.join(population)} and sample ones in {', '.join(sample)}",
            f"{sum(run.ddof == 0 for run in every)} cells have the ratio √2 and "
            f"{sum(run.ddof == 1 for run in every)} the ratio √3{also}.",
            [run.cell for run in every],
            chance=max(chance_of[table] for table in (*population, *sample)),
        )
