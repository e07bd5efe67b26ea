"""Standard deviations that are absent, zero, or too large for scores up to 100."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.audit.finding import Finding, finding, likely
from bench.audit.lattice import BALANCED, PLAIN, RUNS, most_spread, swapped_tally, tally
from bench.audit.printed import Cell, PrintedTable
from bench.render.text import counted


def check_spread(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """Findings on spreads, table by table; numbers above 100 once for all tables."""
    scores = [table for table in tables if table.kind != "counts"]
    for each in (_missing, _zero, _too_large):
        for table in scores:
            yield from each(table)
    yield from _above([cell for table in scores for cell in table.cells])


def _missing(table: PrintedTable) -> Iterator[Finding]:
    without = [cell for cell in table.cells if cell.std is None]
    whole = [name for name, cells in table.columns.items() if all(c.std is None for c in cells)]
    if without:
        yield finding(
            f"spread/{table.key}/missing",
            f"No spread is printed in {len(without)} of {counted(len(table.cells), 'cell')}"
            f"{'; whole columns without: ' + ', '.join(whole) if whole else ''}",
            "A cell without a spread does not say how many runs are behind it, and no "
            "difference to it can be judged.",
            without,
        )


def _zero(table: PrintedTable) -> Iterator[Finding]:
    zero = [cell for cell in table.cells if cell.std == 0 and cell.decimals > 1]
    one_class = [cell for cell in zero if cell.one_class]
    full = [cell for cell in zero if cell.mean == 100]
    left = [cell for cell in zero if cell not in one_class and cell not in full]
    explained = (
        f"one surviving run can explain the {len(left)} that neither one class nor 100 explains"
        if left
        else "one class or 100 can explain each"
    )
    if zero:
        yield finding(
            f"spread/{table.key}/zero",
            f"A spread of zero is printed in {counted(len(zero), 'cell')}; {explained}",
            " ".join(_explanations(one_class, full, left)),
            zero,
        )


def _explanations(
    one_class: Sequence[Cell], full: Sequence[Cell], left: Sequence[Cell]
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
        no_metric = [m.title for m in (PLAIN, BALANCED) if tally([cell], m, 1).failing]
        exchanged = "".join(
            f"; with truth and prediction exchanged it can be, as can {likely(one.chance)} of "
            "all numbers"
            for one in swapped_tally([cell]).tested
            if one.fits
        )
        if no_metric:
            yield f"As one run, {_names([cell])} cannot be {' or '.join(no_metric)}{exchanged}."


def _too_large(table: PrintedTable) -> Iterator[Finding]:
    """Spreads no three scores can have by either convention, and means outside the scale."""
    wrong = [
        (cell, most)
        for cell in table.cells
        for most in [most_spread(cell, 1)]
        if cell.mean > 100 or (cell.std or 0.0) - cell.half > most + 1e-9
    ]
    examples = (f"{c.row}, {c.column} {c.text}, at most {most:.3f}" for c, most in wrong[:5])
    if wrong:
        yield finding(
            f"spread/{table.key}/impossible",
            f"If scores are of {RUNS} runs between 0 and 100, {counted(len(wrong), 'cell')} "
            "cannot be",
            f"Runs of 0 and 100 have the largest sample standard deviation: {'; '.join(examples)}.",
            (cell for cell, _ in wrong),
        )


def _above(cells: Sequence[Cell]) -> Iterator[Finding]:
    """Means plus spreads above 100, each meaning once."""
    found: dict[tuple[tuple[str, ...], float, float], Cell] = {}
    for cell in cells:
        if cell.std is not None and round(cell.mean + cell.std, 9) > 100:
            found.setdefault((cell.meaning, cell.mean, cell.std), cell)
    examples = (f"{c.place} {c.mean + (c.std or 0.0):.{c.decimals}f}" for c in found.values())
    numbers = {(meaning, mean) for meaning, mean, _ in found}
    if found:
        yield finding(
            "spread/above-100",
            f"Mean plus spread is above 100 in {counted(len(found), 'distinct cell')}",
            f"{'; '.join(examples)}. Most runs behind such a cell are close to 100.",
            (cell for cell in cells if (cell.meaning, cell.mean) in numbers),
        )


def _names(cells: Iterable[Cell]) -> str:
    return ", ".join(f"{cell.row} {cell.column} {cell.mean_text}" for cell in cells)
