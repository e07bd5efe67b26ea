"""Tables and cells made up for the audit, and the printed form of runs."""

from math import sqrt
from statistics import fmean

from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import all_facts


def table(key, numbers, *, kind="scores", wins=None, datasets=None):
    """A table of {(row, column): (mean, std)}; rows are datasets unless `datasets` says which."""
    facts = all_facts()
    cells = tuple(
        Cell(
            table=key,
            row=row,
            column=column,
            mean=mean,
            std=std,
            decimals=3,
            row_meaning=(row, "", ""),
            column_meaning=(column,),
            facts=facts.get((datasets or {}).get(row, row)),
        )
        for (row, column), (mean, std) in numbers.items()
    )
    return PrintedTable(key, kind, cells, wins or {})


def shown(scores):
    """Mean and population standard deviation as printed, of fractions."""
    points = [100 * score for score in scores]
    mean = fmean(points)
    spread = sqrt(fmean([(point - mean) ** 2 for point in points]))
    return round(mean, 3), round(spread, 3)


def changed(table, change):
    """The table with some numbers replaced: {(row, column): (mean, std)}."""
    cells = tuple(
        Cell(**(vars(cell) | dict(zip(("mean", "std"), new, strict=True)))) if new else cell
        for cell in table.cells
        for new in [change.get((cell.row, cell.column))]
    )
    return PrintedTable(table.key, table.kind, cells, table.wins)
