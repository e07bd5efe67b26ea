"""Standard deviations that are absent, zero, or too large for scores up to 100."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.audit.finding import Finding, counted, likely
from bench.audit.fit import BALANCED, PLAIN, swapped_tally, tally
from bench.audit.printed import Cell, PrintedTable
from bench.audit.spreads import RUNS, largest_std
from bench.judge.dataset_facts import Facts, one_class_share

KEY = "spread"


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """Findings on spreads, table by table; numbers above 100 once for all tables."""
    shown = [table for table in tables if table.kind != "counts"]
    return [
        *(finding for table in shown for finding in _missing(table)),
        *(finding for table in shown for finding in _zero(table, facts)),
        *(finding for table in shown for finding in _too_large(table)),
        *_above(shown),
    ]


def above_hundred(tables: Sequence[PrintedTable]) -> list[Cell]:
    """Cells whose mean plus spread is above 100, each meaning once."""
    found: dict[tuple[tuple[str, ...], float, float], Cell] = {}
    for cell in (cell for table in tables for cell in table.cells if cell.std is not None):
        if round(cell.mean + (cell.std or 0.0), 9) > 100:
            found.setdefault((cell.meaning, cell.mean, cell.std or 0.0), cell)
    return list(found.values())


def _missing(table: PrintedTable) -> list[Finding]:
    without = [cell for cell in table.cells if cell.std is None]
    if not without:
        return []
    columns = [
        name for name, cells in table.columns.items() if all(cell.std is None for cell in cells)
    ]
    whole = f"; whole columns without: {', '.join(columns)}" if columns else ""
    return [
        Finding(
            id=f"{KEY}/{table.key}/missing",
            check=KEY,
            headline=(
                f"No spread is printed in {len(without)} of "
                f"{counted(len(table.cells), 'cell')}{whole}"
            ),
            arithmetic=(
                "A cell without a spread does not say how many runs are behind it, and no "
                "difference to it can be judged."
            ),
            sure="certain",
            cells=tuple(cell.place for cell in without),
        )
    ]


def _zero(table: PrintedTable, facts: Mapping[str, Facts]) -> list[Finding]:
    zero = [cell for cell in table.cells if cell.std == 0 and cell.decimals > 1]
    if not zero:
        return []
    one_class = [cell for cell in zero if one_class_share(cell, facts.get(cell.dataset))]
    full = [cell for cell in zero if cell.mean == 100]
    left = [cell for cell in zero if cell not in one_class and cell not in full]
    explained = (
        f"one surviving run can explain the {len(left)} that neither one class nor 100 explains"
        if left
        else "one class or 100 can explain each"
    )
    return [
        Finding(
            id=f"{KEY}/{table.key}/zero",
            check=KEY,
            headline=f"A spread of zero is printed in {counted(len(zero), 'cell')}; {explained}",
            arithmetic=" ".join(_explanations(table, facts, one_class, full, left)),
            sure="certain",
            cells=tuple(cell.place for cell in zero),
        )
    ]


def _explanations(
    table: PrintedTable,
    facts: Mapping[str, Facts],
    one_class: Sequence[Cell],
    full: Sequence[Cell],
    left: Sequence[Cell],
) -> Iterator[str]:
    """What can make runs agree in every digit, and for which cells."""
    if one_class:
        yield f"Always one class can explain {_names(one_class)}."
    if full:
        yield f"Runs without an error can explain {_names(full)}."
    if left:
        yield f"Neither explains {_names(left)}."
    yield (
        "One surviving run can explain all: the released code silently leaves failed runs out of "
        "the mean, and a single run has a deviation of 0."
    )
    for cell in left:
        yield from _as_one_run(cell, facts)


def _as_one_run(cell: Cell, facts: Mapping[str, Facts]) -> Iterator[str]:
    """The metrics that cannot, or can, give a number as a single run."""
    metrics = [m.title for m in (PLAIN, BALANCED) if tally([cell], facts, m, 1).failing]
    if metrics:
        exchanged = [one for one in swapped_tally([cell], facts).tested if one.fits]
        also = [
            f"; with truth and prediction exchanged it can be, as can {likely(one.chance)} of "
            "all numbers"
            for one in exchanged
        ]
        yield f"As one run, {_names([cell])} cannot be {' or '.join(metrics)}{''.join(also)}."


def _too_large(table: PrintedTable) -> list[Finding]:
    """Spreads no three scores can have by either convention, and means outside the scale."""
    wrong = [
        cell
        for cell in table.cells
        if cell.mean > 100 or (cell.std or 0.0) - cell.half > _most(cell) + 1e-9
    ]
    if not wrong:
        return []
    said = "; ".join(
        f"{cell.place.row}, {cell.place.column} {cell.text}, at most {_most(cell):.3f}"
        for cell in wrong[:5]
    )
    return [
        Finding(
            id=f"{KEY}/{table.key}/impossible",
            check=KEY,
            headline=(
                f"If scores are of {RUNS} runs between 0 and 100, "
                f"{counted(len(wrong), 'cell')} cannot be"
            ),
            arithmetic=f"Runs of 0 and 100 have the largest sample standard deviation: {said}.",
            sure="certain",
            cells=tuple(cell.place for cell in wrong),
        )
    ]


def _most(cell: Cell) -> float:
    """The largest sample standard deviation of runs with this printed mean."""
    return max(largest_std(end, 1) for end in (cell.mean - cell.half, cell.mean + cell.half))


def _above(tables: Sequence[PrintedTable]) -> list[Finding]:
    cells = above_hundred(tables)
    if not cells:
        return []
    said = "; ".join(
        f"{cell.place} {cell.mean + (cell.std or 0.0):.{cell.decimals}f}" for cell in cells
    )
    places = {(cell.meaning, cell.mean) for cell in cells}
    every = [c for t in tables for c in t.cells if (c.meaning, c.mean) in places]
    return [
        Finding(
            id=f"{KEY}/above-100",
            check=KEY,
            headline=f"Mean plus spread is above 100 in {counted(len(cells), 'distinct cell')}",
            arithmetic=f"{said}. Most runs behind such a cell are close to 100.",
            sure="certain",
            cells=tuple(cell.place for cell in every),
        )
    ]


def _names(cells: Sequence[Cell]) -> str:
    return ", ".join(f"{cell.place.row} {cell.place.column} {cell.mean_text}" for cell in cells)
