"""Standard deviations that are absent, zero, or too large for scores up to 100."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.audit.finding import Finding, likely
from bench.audit.lattice import BALANCED, PLAIN, RUNS, most_spread, swapped_trials, tally
from bench.audit.printed import Cell, PrintedTable
from bench.render.text import counted


def check_spread(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """Findings on spreads, table by table; numbers above 100 once for all tables."""
    scores = [table for table in tables if table.kind != "counts"]
    for check in (_missing, _zero, _too_large):
        yield from map(check, scores)
    yield _above([cell for table in scores for cell in table.cells])


def _missing(table: PrintedTable) -> Finding:
    without = [cell for cell in table.cells if cell.std is None]
    whole = [name for name, cells in table.columns.items() if all(c.std is None for c in cells)]
    return Finding(
        f"spread/{table.key}/missing",
        f"No spread is printed in {len(without)} of {counted(len(table.cells), 'cell')}"
        f"{'; whole columns without: ' + ', '.join(whole) if whole else ''}",
        "A cell without a spread does not say how many runs are behind it, and no difference to "
        "it can be judged.",
        without,
    )


def _zero(table: PrintedTable) -> Finding:
    """Spreads of zero, and what can make runs agree in every digit."""
    zero = [cell for cell in table.cells if cell.std == 0 and cell.decimals > 1]
    one_class = [cell for cell in zero if cell.one_class]
    full = [cell for cell in zero if cell.mean == 100]
    left = [cell for cell in zero if cell not in one_class and cell not in full]
    explained = (
        f"one surviving run can explain the {len(left)} that neither one class nor 100 explains"
        if left
        else "one class or 100 can explain each"
    )
    explanations = [
        ("Always one class can explain", one_class),
        ("Runs without an error can explain", full),
        ("Neither explains", left),
    ]
    sentences = [f"{verb} {_names(cells)}." for verb, cells in explanations if cells]
    sentences.append(
        "One surviving run can explain all: the released code silently leaves failed runs out of "
        "the mean, and a single run has a deviation of 0."
    )
    return Finding(
        f"spread/{table.key}/zero",
        f"A spread of zero is printed in {counted(len(zero), 'cell')}; {explained}",
        " ".join([*sentences, *_no_single_runs(left)]),
        zero,
    )


def _no_single_runs(cells: Iterable[Cell]) -> Iterator[str]:
    """Which of the numbers cannot be of one run."""
    for cell in cells:
        no_metric = [m.title for m in (PLAIN, BALANCED) if tally([cell], m, 1).failing]
        exchanged = "".join(
            f"; with truth and prediction exchanged it can be, as can {likely(one.chance)} of "
            "all numbers"
            for one in swapped_trials([cell])
            if one.fits
        )
        if no_metric:
            yield f"As one run, {_names([cell])} cannot be {' or '.join(no_metric)}{exchanged}."


def _too_large(table: PrintedTable) -> Finding:
    """Spreads no three scores can have by either convention, and means outside the scale."""
    most = {cell: most_spread(cell, 1) for cell in table.cells}
    wrong = [
        cell
        for cell in table.cells
        if cell.mean > 100 or (cell.std or 0.0) - cell.half > most[cell] + 1e-9
    ]
    examples = (f"{c.row}, {c.column} {c.text}, at most {most[c]:.3f}" for c in wrong[:5])
    return Finding(
        f"spread/{table.key}/impossible",
        f"If scores are of {RUNS} runs between 0 and 100, {counted(len(wrong), 'cell')} cannot be",
        f"Runs of 0 and 100 have the largest sample standard deviation: {'; '.join(examples)}.",
        wrong,
    )


def _above(cells: Sequence[Cell]) -> Finding:
    """Means plus spreads above 100, each meaning once."""
    found: dict[tuple[tuple[str, ...], float, float], Cell] = {}
    for cell in cells:
        if cell.std is not None and round(cell.mean + cell.std, 9) > 100:
            found.setdefault((cell.meaning, cell.mean, cell.std), cell)
    examples = (f"{c} {c.mean + (c.std or 0.0):.{c.decimals}f}" for c in found.values())
    numbers = {(meaning, mean) for meaning, mean, _ in found}
    return Finding(
        "spread/above-100",
        f"Mean plus spread is above 100 in {counted(len(found), 'distinct cell')}",
        f"{'; '.join(examples)}. Most runs behind such a cell are close to 100.",
        [cell for cell in cells if (cell.meaning, cell.mean) in numbers],
    )


def _names(cells: Iterable[Cell]) -> str:
    return ", ".join(f"{cell.row} {cell.column} {cell.mean_text}" for cell in cells)
