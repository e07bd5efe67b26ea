"""Means and spreads that give away three runs: two at a known score, and which convention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.finding import Finding, counted, likely, sure_of
from bench.audit.fit import at_least
from bench.audit.lattice import accuracy_parts, allows, balanced_parts, possible
from bench.audit.odd_runs import OddRun, chances, odd_patterns, odd_runs
from bench.audit.printed import PrintedTable
from bench.judge.dataset_facts import Facts

KEY = "runs"

NAMES = {0: "population", 1: "sample"}
"""Standard deviations by ddof."""

ERRORS = 3
"""Errors of the odd run, at most, that are gone through one by one."""


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """Collapsed rows, the convention of each table, the odd runs' metric, tables that disagree.

    A table that only repeats what an earlier one prints has no finding of its own.
    """
    runs = {table.key: odd_runs(table, facts) for table in tables}
    told: set[tuple[object, ...]] = set()
    found: list[Finding] = []
    by_table = {}
    for table in (table for table in tables if runs[table.key]):
        likelihood = chances(table, facts)
        chance = by_table[table.key] = at_least(len(runs[table.key]), likelihood)
        fresh = {(*run.cell.meaning, run.cell.text) for run in runs[table.key]}
        if not fresh <= told:
            show = _collapse if table.kind == "agreement" else _convention
            found.append(show(table, runs[table.key], chance, sum(likelihood)))
            found += [one for run in runs[table.key] for one in _metric(run, facts)]
        told |= fresh
    return [*found, *_conventions(runs, by_table)]


def _collapse(
    table: PrintedTable, runs: Sequence[OddRun], chance: float, by_chance: float
) -> Finding:
    """Two of three networks that agree with themselves whatever they see."""
    said = "; ".join(
        f"{run.cell.place.row} {run.cell.text} = (100, 100, {run.odd:.2f})" for run in runs
    )
    ratios = ", ".join(f"{(run.cell.std or 0.0) / (100 - run.cell.mean):.4f}" for run in runs)
    return Finding(
        id=f"{KEY}/{table.key}/collapse",
        check=KEY,
        headline=(
            f"If each is of three runs, {counted(len(runs), 'cell')} can be (100, 100, x): two of "
            "the networks agree with themselves on everything"
        ),
        arithmetic=(
            f"Two runs at 100 and one below have a spread of √3 = 1.7321 (sample) or √2 = 1.4142 "
            f"(population) times the mean's distance from 100; here it is {ratios} times: {said}. "
            f"A network that always answers one class agrees so. Chance makes {by_chance:.2g} such "
            "cells."
        ),
        sure=sure_of(chance),
        cells=tuple(run.cell.place for run in runs),
        chance=chance,
        details=_details(runs),
    )


def _convention(
    table: PrintedTable, runs: Sequence[OddRun], chance: float, by_chance: float
) -> Finding:
    """Which standard deviation a table prints, by its odd runs."""
    kinds = {NAMES[run.ddof]: [r for r in runs if r.ddof == run.ddof] for run in runs}
    shown = (f"{kind} standard deviations ({counted(len(r), 'cell')})" for kind, r in kinds.items())
    said = "; ".join(
        f"{run.cell.place.row} {run.cell.place.column} {run.cell.text} = ({run.level:.3f}, "
        f"{run.level:.3f}, {run.odd:.3f})"
        for run in runs
    )
    return Finding(
        id=f"{KEY}/{table.key}/convention",
        check=KEY,
        headline=f"If two of three runs are equal, spreads are {' and '.join(shown)}",
        arithmetic=(
            "Two equal runs, at 100 or at the score of one class, and one apart have a spread of "
            f"√2 (population) or √3 (sample) times the mean's distance from the two: {said}. "
            f"Chance makes {by_chance:.2g} such cells."
        ),
        sure=sure_of(chance),
        cells=tuple(run.cell.place for run in runs),
        chance=chance,
        details=_details(runs),
    )


def _details(runs: Sequence[OddRun]) -> tuple[str, ...]:
    return tuple(
        f"{run.cell.place} {run.cell.text}: odd run {run.odd:.4f} ± {run.off:.4f}, chance "
        f"{likely(run.chance)}{', too large for a population' if run.forced else ''}"
        for run in runs
    )


def exchanged_patterns(run: OddRun, facts: Mapping[str, Facts]) -> int:
    """How many patterns of few errors give an odd run beside two of 100 with truth and prediction
    exchanged, where no errors give it as plain or balanced accuracy; else 0."""
    known = facts.get(run.cell.dataset)
    if known is None or known.test_sizes is None or run.level != 100:
        return 0
    plain, balanced, exchanged = odd_patterns(known.test_sizes, run, ERRORS)
    return 0 if plain or balanced or _reachable(known.test_sizes, run) else exchanged


def _metric(run: OddRun, facts: Mapping[str, Facts]) -> list[Finding]:
    """An odd run that no accuracy gives, plain or balanced, but one with the arguments swapped."""
    patterns = exchanged_patterns(run, facts)
    sizes = facts[run.cell.dataset].test_sizes if patterns else None
    if sizes is None:
        return []
    place = run.cell.place
    return [
        Finding(
            id=f"{KEY}/{place.table}/{place.row}/{place.column}",
            check=KEY,
            headline=(
                f"If two of three runs are 100, the third of {place.row} {place.column}, "
                f"{run.odd:.3f}, is neither plain nor balanced accuracy"
            ),
            arithmetic=(
                f"{run.cell.text} fits (100, 100, {run.odd:.3f}). No number of errors on test "
                f"classes of {', '.join(map(str, sizes))} rows gives that run as plain or balanced "
                f"accuracy; with truth and prediction exchanged, {patterns} patterns of at most "
                f"{ERRORS} errors do."
            ),
            sure=sure_of(run.chance),
            cells=(place,),
            chance=run.chance,
        )
    ]


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
) -> list[Finding]:
    """Tables that print spreads by different conventions."""
    every = [run for some in runs.values() for run in some]
    tables = {d: [t for t, some in runs.items() if {r.ddof for r in some} == {d}] for d in NAMES}
    if not tables[0] or not tables[1]:
        return []
    forced = list(dict.fromkeys(run.cell.text for run in every if run.forced))
    also = f"; no population spread is as large as in {', '.join(forced)}" if forced else ""
    chance = max(chance_of[table] for table in (*tables[0], *tables[1]))
    return [
        Finding(
            id=f"{KEY}/conventions",
            check=KEY,
            headline=(
                "If two of three runs are equal, population standard deviations are in "
                f"{', '.join(tables[0])} and sample ones in {', '.join(tables[1])}"
            ),
            arithmetic=(
                f"{sum(run.ddof == 0 for run in every)} cells have the ratio √2 and "
                f"{sum(run.ddof == 1 for run in every)} the ratio √3{also}."
            ),
            sure=sure_of(chance),
            cells=tuple(run.cell.place for run in every),
            chance=chance,
        )
    ]
