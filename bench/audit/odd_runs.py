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

import numpy as np
from numpy.typing import NDArray

from bench.audit.finding import Finding, chance_text
from bench.audit.lattice import DDOFS, RUNS, at_least, most_spread, possible
from bench.audit.printed import Cell, PrintedTable
from bench.render.text import counted

RATIOS = (math.sqrt(2), math.sqrt(3))
"""Spread over the distance of the mean from the level, by ddof."""

ERRORS = 3
"""Errors of the odd run, at most, that are gone through one by one."""

NARROW = 0.02
"""The widest range of ratios, relative to them, that can tell the two conventions apart."""


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
    return [run for _, run in _candidates(table) if run]


def exchanged_patterns(run: OddRun) -> int:
    """How many patterns of few errors give an odd run beside two of 100 with truth and prediction
    exchanged, where no errors give it as plain or balanced accuracy; else 0."""
    sizes = run.cell.test_sizes
    if not sizes or run.level != 100 or _reachable(sizes, run):
        return 0
    return odd_patterns(sizes, run)[2]


def odd_patterns(sizes: Sequence[int], run: OddRun) -> list[int]:
    """How many ways to err once, twice, up to ERRORS times give the odd run, by metric.

    Args:
        sizes: test rows of each class.
        run: the odd run.

    Returns:
        Patterns of errors (truth, prediction) whose plain accuracy, balanced accuracy, and balanced
        accuracy with truth and prediction exchanged is the odd run's score.
    """
    kinds = list(permutations(range(len(sizes)), 2))
    found = np.zeros(3, np.int64)
    for number in range(1, ERRORS + 1):
        errors = np.array(list(combinations_with_replacement(kinds, number)))
        distances = np.abs(100 * pattern_scores(sizes, errors) - run.odd)
        found += (distances <= run.off + 1e-9).sum(axis=0)
    return [int(count) for count in found]


def pattern_scores(sizes: Sequence[int], errors: NDArray[np.int64]) -> NDArray[np.float64]:
    """Plain, balanced, and swapped balanced accuracy when errors are made; fractions.

    Args:
        sizes: test rows of each class.
        errors: (truth, prediction) of each error of each pattern, [patterns, errors, 2].

    Returns:
        The three scores of each pattern, [patterns, 3].
    """
    rows = np.array(sizes)
    lost_and_gained = np.eye(len(rows), dtype=np.int64)[errors].sum(axis=1)
    right = rows - lost_and_gained[:, 0]
    predicted = right + lost_and_gained[:, 1]
    precisions = right / np.where(predicted == 0, np.nan, predicted)
    plain, balanced = right.sum(axis=1) / rows.sum(), (right / rows).mean(axis=1)
    return np.stack([plain, balanced, np.nanmean(precisions, axis=1)], axis=1)


def check_runs(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """Collapsed rows, the convention of each table, the odd runs' metric, tables that disagree.

    A table that only repeats what an earlier one prints has no finding of its own.
    """
    reported: set[tuple[object, ...]] = set()
    found: dict[str, tuple[list[OddRun], float]] = {}
    for table in tables:
        candidates = list(_candidates(table))
        runs = [run for _, run in candidates if run]
        if not runs:
            continue
        chances = [chance for chance, _ in candidates]
        found[table.key] = runs, at_least(len(runs), chances)
        numbers = {(*run.cell.meaning, run.cell.text) for run in runs}
        if not numbers <= reported:
            describe = _collapse if table.kind == "agreement" else _convention
            what, headline, arithmetic = describe(runs)
            yield Finding(
                f"runs/{table.key}/{what}",
                headline,
                f"{arithmetic} Chance makes {sum(chances):.2g} such cells.",
                [run.cell for run in runs],
                chance=found[table.key][1],
                details=[
                    f"{run.cell} {run.cell.text}: odd run {run.odd:.4f} ± {run.off:.4f}, chance "
                    f"{chance_text(run.chance)}"
                    f"{', too large for a population' if run.forced else ''}"
                    for run in runs
                ],
            )
            yield from map(_metric, runs)
        reported |= numbers
    yield from _conventions(found)


def _candidates(table: PrintedTable) -> Iterator[tuple[float, OddRun | None]]:
    """The chance that a cell looks like two runs at a level and one off, and the runs if it does.

    Cells whose digits are too few to tell are left out. The true mean is up to half a unit below
    the printed one, or up to a whole one above: printed digits may have been cut off instead of
    rounded.
    """
    for cell, (low, high) in _levels(table):
        half, std = cell.half, cell.std
        least, most = cell.mean - half, cell.mean + 2 * half
        near, far = (low - most, high - least) if most < low else (least - high, most - low)
        if not std or near <= 0 or far / near - 1 > NARROW or 3 * half / std > NARROW:
            continue
        width = sum(ratio * (far - near) + 3 * half for ratio in RATIOS)
        chance = min(1.0, width / (RATIOS[1] * far))
        level, off = (low + high) / 2, 2 * RUNS * half + (high - low)
        odd = RUNS * cell.mean - 2 * level
        ratios = (std - half) / far, (std + 2 * half) / near
        fits = [ddof for ddof in DDOFS if ratios[0] <= RATIOS[ddof] <= ratios[1]]
        fitting = fits and 0 <= odd <= 100
        yield chance, OddRun(cell, level, fits[0], odd, off, chance) if fitting else None


def _levels(table: PrintedTable) -> Iterator[tuple[Cell, tuple[float, float]]]:
    """Every cell with the lowest and highest value, in points, of each level of two of its runs."""
    for cell in table.cells if table.kind != "counts" else ():
        yield cell, (100.0, 100.0)
        if table.kind == "scores" and cell.facts and cell.facts.one_class:
            hits = filter(None, (other.one_class for other in table.rows[cell.row]))
            shares = [100 * most / rows for most, rows in hits]
            yield cell, (min(shares), max(shares)) if shares else cell.facts.one_class


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


def _metric(run: OddRun) -> Finding:
    """An odd run that no accuracy gives, plain or balanced, but one with the arguments swapped."""
    patterns, cell = exchanged_patterns(run), run.cell
    return Finding(
        f"runs/{cell.table}/{cell.row}/{cell.column}",
        f"If two of three runs are 100, the third of {cell.row} {cell.column}, {run.odd:.3f}, is "
        "neither plain nor balanced accuracy",
        f"{cell.text} fits (100, 100, {run.odd:.3f}). No number of errors on test classes of "
        f"{', '.join(map(str, cell.test_sizes))} rows gives that run as plain or balanced "
        f"accuracy; with truth and prediction exchanged, {patterns} patterns of at most {ERRORS} "
        "errors do.",
        [cell] if patterns else [],
        chance=run.chance,
    )


def _reachable(sizes: tuple[int, ...], run: OddRun) -> bool:
    """Whether any number of errors gives the odd run as plain or balanced accuracy."""
    decimals = run.cell.decimals
    reach = round(run.off * 10**decimals)
    near = [run.odd + place / 10**decimals for place in range(-reach, reach + 1)]
    scores = (possible(groups, 1, decimals) for groups in ((sum(sizes),), sizes))
    return any(value in score for score in scores for value in near)


def _conventions(found: Mapping[str, tuple[list[OddRun], float]]) -> Iterator[Finding]:
    """Tables that print spreads by different conventions; the odd runs and chance of each table."""
    every = [run for runs, _ in found.values() for run in runs]
    ddofs = {table: {run.ddof for run in runs} for table, (runs, _) in found.items()}
    population, sample = ([t for t, fitting in ddofs.items() if fitting == {d}] for d in DDOFS)
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
            chance=max(found[table][1] for table in (*population, *sample)),
        )
