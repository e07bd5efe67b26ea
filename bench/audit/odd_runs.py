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
from itertools import combinations_with_replacement, permutations

from bench.audit.finding import Finding, finding, likely
from bench.audit.lattice import (
    DDOFS,
    RUNS,
    Ddof,
    accuracy_parts,
    allows,
    at_least,
    balanced_parts,
    most_spread,
    possible,
)
from bench.audit.printed import Cell, PrintedTable
from bench.render.text import counted

NAMES: Mapping[Ddof, str] = {0: "population", 1: "sample"}
"""Standard deviations by ddof."""

RATIOS: Mapping[Ddof, float] = {0: math.sqrt(2), 1: math.sqrt(3)}
"""Spread over the distance of the mean from the level, by ddof."""

ERRORS = 3
"""Errors of the odd run, at most, that are gone through one by one."""

NARROW = 0.02
"""The widest range of ratios, relative to them, that can tell the two conventions apart."""

Level = tuple[float, float]
"""Lowest and highest value of a score that two runs may share, in points."""

CEILING: Level = (100.0, 100.0)

Errors = tuple[tuple[int, int], ...]
"""(truth, prediction) of every error."""


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
        return (self.cell.std or 0.0) - self.cell.half > most_spread(self.cell, 0) + 1e-9


def odd_runs(table: PrintedTable) -> list[OddRun]:
    """The table's cells that look like two runs at 100, or at the score of one class, and one off.

    Scores of networks against themselves have no score of one class.
    """
    return [run for cell, level in _levels(table) for run in _fitting(cell, level)]


def exchanged_patterns(run: OddRun) -> int:
    """How many patterns of few errors give an odd run beside two of 100 with truth and prediction
    exchanged, where no errors give it as plain or balanced accuracy; else 0."""
    sizes = run.cell.facts.test_sizes if run.cell.facts else None
    if sizes is None or run.level != 100:
        return 0
    plain, balanced, exchanged = odd_patterns(sizes, run, ERRORS)
    return 0 if plain or balanced or _reachable(sizes, run) else exchanged


def odd_patterns(sizes: Sequence[int], run: OddRun, errors: int) -> tuple[int, int, int]:
    """How many ways to err at most so often give the odd run, by metric.

    Args:
        sizes: test rows of each class.

    Returns:
        Patterns of errors (truth, prediction) whose plain accuracy, balanced accuracy, and balanced
        accuracy with truth and prediction exchanged is the odd run's score.
    """
    kinds = list(permutations(range(len(sizes)), 2))
    found = [0, 0, 0]
    for number in range(errors + 1):
        for pattern in combinations_with_replacement(kinds, number):
            for place, score in enumerate(pattern_scores(sizes, pattern)):
                found[place] += abs(100 * score - run.odd) <= run.off + 1e-9
    return found[0], found[1], found[2]


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


def check_runs(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """Collapsed rows, the convention of each table, the odd runs' metric, tables that disagree.

    A table that only repeats what an earlier one prints has no finding of its own.
    """
    runs = {table.key: found for table in tables if (found := odd_runs(table))}
    reported: set[tuple[object, ...]] = set()
    chance_of: dict[str, float] = {}
    for table in (table for table in tables if table.key in runs):
        chances = [chance for cell, level in _levels(table) if (chance := _chance(cell, level))]
        chance_of[table.key] = at_least(len(runs[table.key]), chances)
        numbers = {(*run.cell.meaning, run.cell.text) for run in runs[table.key]}
        if not numbers <= reported:
            yield _of_table(table, runs[table.key], chance_of[table.key], sum(chances))
            for run in runs[table.key]:
                yield from _metric(run)
        reported |= numbers
    yield from _conventions(runs, chance_of)


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
    low, high = (cell.std - cell.half) / far, (cell.std + 2 * cell.half) / near
    for ddof, ratio in RATIOS.items():
        if low <= ratio <= high:
            off = 2 * RUNS * cell.half + (level[1] - level[0])
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
    width = sum(ratio * (far - near) + 3 * cell.half for ratio in RATIOS.values())
    return min(1.0, width / (RATIOS[1] * far))


def _of_table(
    table: PrintedTable, runs: Sequence[OddRun], chance: float, by_chance: float
) -> Finding:
    """What the odd runs of a table say; `by_chance` is how many such cells chance makes."""
    what, headline, arithmetic = (_collapse if table.kind == "agreement" else _convention)(runs)
    return finding(
        f"runs/{table.key}/{what}",
        headline,
        f"{arithmetic} Chance makes {by_chance:.2g} such cells.",
        (run.cell for run in runs),
        chance=chance,
        details=(
            f"{run.cell.place} {run.cell.text}: odd run {run.odd:.4f} ± {run.off:.4f}, chance "
            f"{likely(run.chance)}{', too large for a population' if run.forced else ''}"
            for run in runs
        ),
    )


def _collapse(runs: Sequence[OddRun]) -> tuple[str, str, str]:
    """Two of three networks that agree with themselves whatever they see."""
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
    """Which standard deviation a table prints."""
    count = Counter(NAMES[run.ddof] for run in runs)
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
    patterns, place = exchanged_patterns(run), run.cell.place
    sizes = run.cell.facts.test_sizes if run.cell.facts else None
    if patterns and sizes:
        yield finding(
            f"runs/{place.table}/{place.row}/{place.column}",
            f"If two of three runs are 100, the third of {place.row} {place.column}, "
            f"{run.odd:.3f}, is neither plain nor balanced accuracy",
            f"{run.cell.text} fits (100, 100, {run.odd:.3f}). No number of errors on test "
            f"classes of {', '.join(map(str, sizes))} rows gives that run as plain or balanced "
            f"accuracy; with truth and prediction exchanged, {patterns} patterns of at most "
            f"{ERRORS} errors do.",
            [run.cell],
            chance=run.chance,
        )


def _reachable(sizes: tuple[int, ...], run: OddRun) -> bool:
    """Whether any number of errors gives the odd run as plain or balanced accuracy."""
    decimals = run.cell.decimals
    reach = round(run.off * 10**decimals)
    near = [run.odd + place / 10**decimals for place in range(-reach, reach + 1)]
    lattices = (accuracy_parts(sum(sizes)), balanced_parts(sizes))
    marks = [possible(parts, 1, decimals) for parts in lattices]
    return any(allows(one, value, decimals) for one in marks for value in near)


def _conventions(
    runs: Mapping[str, Sequence[OddRun]], chance_of: Mapping[str, float]
) -> Iterator[Finding]:
    """Tables that print spreads by different conventions."""
    every = [run for some in runs.values() for run in some]
    tables = {d: [t for t, some in runs.items() if {r.ddof for r in some} == {d}] for d in DDOFS}
    if tables[0] and tables[1]:
        forced = ", ".join(dict.fromkeys(run.cell.text for run in every if run.forced))
        also = f"; no population spread is as large as in {forced}" if forced else ""
        yield finding(
            "runs/conventions",
            "If two of three runs are equal, population standard deviations are in "
            f"{', '.join(tables[0])} and sample ones in {', '.join(tables[1])}",
            f"{sum(run.ddof == 0 for run in every)} cells have the ratio √2 and "
            f"{sum(run.ddof == 1 for run in every)} the ratio √3{also}.",
            (run.cell for run in every),
            chance=max(chance_of[table] for table in (*tables[0], *tables[1])),
        )
