"""Below a table of costs: their sum over complete rows, its ratio to that of the first column, and
how many configurations are tried in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum

from bench.declared.spec import Column
from bench.judge.cell import Cell
from bench.judge.collect import Collected
from bench.judge.metrics import three_digits
from bench.render.sheet import SheetCell, SheetRow


def sum_lines(table: Collected, columns: Sequence[Column]) -> tuple[SheetRow, ...]:
    """Nothing where no row has every column that has any cell."""
    rows = [
        {entry.column: entry.own for entry in entries if isinstance(entry.own, Cell)}
        for _, entries in table.rows
    ]
    filled = [column for column in columns if any(column in row for row in rows)]
    complete = [row for row in rows if all(column in row for column in filled)]
    if not filled or not complete:
        return ()
    sums = {column: fsum(row[column].mean for row in complete) for column in filled}
    first = filled[0]
    over = "1 complete row" if len(complete) == 1 else f"{len(complete)} complete rows"
    lines = {
        f"Sum over {over}": {c: three_digits(total) for c, total in sums.items()},
        f"Relative to {first.title}": {c: three_digits(sums[c] / sums[first]) for c in filled},
        "Configurations": {c: _range(row[c].configurations for row in complete) for c in filled},
    }
    return tuple(
        SheetRow(title, tuple(SheetCell(own=texts.get(column, "")) for column in columns))
        for title, texts in lines.items()
    )


def _range(counts: Iterable[int]) -> str:
    """The smallest and the largest, once where they are the same."""
    found = sorted(counts)
    return "-".join(str(count) for count in dict.fromkeys((found[0], found[-1])))
