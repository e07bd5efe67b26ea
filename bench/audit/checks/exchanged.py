"""Columns that are no accuracy, plain or balanced: whether truth and prediction were exchanged.

What is known of the released code comes from reading it, not from the digits: it calls the metric
with the prediction in the place of the truth. Source: repository of the ICLR 2024 submission,
anonymous4papersubmissions/ReproducibilityCode, commit 059315d.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.checks.lattice_tables import put_to_metrics
from bench.audit.checks.odd_runs import exchanged_patterns
from bench.audit.finding import Finding, counted, likely
from bench.audit.fit import SWAPPED, swapped_tally
from bench.audit.odd_runs import odd_runs
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import Facts, balanced_share, one_class_share

KEY = "exchanged"


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding a table for columns that neither accuracy gives and the exchange can explain."""
    found = []
    for table in tables:
        columns = put_to_metrics(table, facts) if table.kind == "scores" else []
        neither = [column for column in columns if column.impossible]
        cells = [cell for column in neither for cell in column.cells]
        impossible = sum(len(column.impossible) for column in neither)
        found += _finding(table, [column.name for column in neither], cells, impossible, facts)
    return found


def _finding(
    table: PrintedTable,
    names: Sequence[str],
    cells: Sequence[Cell],
    impossible: int,
    facts: Mapping[str, Facts],
) -> list[Finding]:
    one_class = [cell for cell in cells if _only_plain(cell, facts[cell.dataset])]
    odd = [run for run in odd_runs(table, facts) if run.cell in cells]
    odd = [run for run in odd if exchanged_patterns(run, facts)]
    if not one_class and not odd:
        return []
    also = f", {len(one_class)} are the share of the largest class" if one_class else ""
    also += f", {len(odd)} have a third run that only the exchange gives" if odd else ""
    return [
        Finding(
            id=f"{KEY}/{table.key}",
            check=KEY,
            headline=(
                f"If the released code printed them, {counted(len(names), 'column')} are "
                f"{SWAPPED.title}"
            ),
            arithmetic=" ".join(
                [
                    f"Confirmed: that code exchanges them; of {len(cells)} numbers of "
                    f"{', '.join(names)}, {impossible} can be neither plain nor balanced accuracy "
                    f"under the condition of lattice/{table.key}/impossible{also}.",
                    "Inferred: that this code, which is anonymous, printed them.",
                    _open(cells, facts),
                ]
            ),
            sure="certain",
            cells=tuple(cell.place for cell in cells),
        )
    ]


def _only_plain(cell: Cell, facts: Facts) -> bool:
    """Whether a number is the share of the largest class and not one over the classes."""
    return one_class_share(cell, facts) is not None and balanced_share(cell, facts) is None


def _open(cells: Sequence[Cell], facts: Mapping[str, Facts]) -> str:
    """What the digits say of the exchange itself."""
    alike = [c for c in cells if c.std == 0 and not one_class_share(c, facts[c.dataset])]
    said = "".join(
        f", and {one.cell.place.row} {one.cell.text} fits as {likely(one.chance)} of all numbers do"
        for one in swapped_tally(alike, facts).tested
        if one.fits
    )
    return f"The other digits say little: nearly any mean of three runs fits the exchange{said}."
