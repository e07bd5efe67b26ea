"""Standard deviations that are absent, zero, or too large; scores that answering one class gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.audit.finding import Finding, chance_text
from bench.audit.lattice import (
    BALANCED,
    PLAIN,
    RUNS,
    at_least,
    most_spread,
    swapped_trials,
    tally,
)
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import balanced_share
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
            f"; with truth and prediction exchanged it can be, as can {chance_text(one.chance)} of "
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


def check_one_class(table: PrintedTable) -> Iterator[Finding]:
    """One finding for each row that holds such numbers."""
    for row, cells in table.rows.items() if table.kind == "scores" else ():
        hits = [cell for cell in cells if cell.one_class]
        hits = hits or [cell for cell in cells if balanced_share(cell, cell.facts)]
        classes = cells[0].facts.classes if cells[0].facts else None
        if not hits or not classes:
            continue
        chance = _chance(cells, hits[0])
        low, high = (end(cells, key=lambda cell: cell.mean).mean_text for end in (min, max))
        more = f", and {len(hits)} of them more rarely" if len(hits) > 1 else ""
        yield Finding(
            f"one-class/{table.key}/{row}",
            f"{row} {hits[0].mean_text} is the score of always answering one class: "
            f"{', '.join(cell.column for cell in hits)}",
            f"{_worth(hits[0], classes)} If scores were uniform over the range of their row, {low} "
            f"to {high}, one of {len(cells)} would be such a number in {chance_text(chance)} of "
            f"rows{more}.",
            hits,
            chance=chance,
        )


def _chance(cells: Sequence[Cell], hit: Cell) -> float:
    """The chance that any score of a row is that of one class: all uniform over the row's range.

    That several are, or agree in every run, makes it rarer and is not counted, since scores of one
    row need not be independent.
    """
    low, high = (hit.facts.most if hit.facts and hit.one_class else None) or (0, 0)
    width = max(cell.mean for cell in cells) - min(cell.mean for cell in cells)
    single = min(1.0, (high - low + 1) * 2 * hit.half / max(width, 2 * hit.half))
    return at_least(1, [single] * len(cells))


def _worth(hit: Cell, classes: int) -> str:
    """What always answering one class is worth under each metric."""
    if hit.one_class is None:
        return f"Always answering one of {classes} classes scores {100 / classes:.3f} balanced."
    most, rows = hit.one_class
    return (
        f"It is the share of the largest class, {most:,} of {rows:,} test rows, and would be "
        f"{100 / classes:.3f} in balanced accuracy."
    )
