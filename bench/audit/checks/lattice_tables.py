"""Scores on tables that no plain and no balanced accuracy can give, and columns measured unlike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.audit.facts import Facts
from bench.audit.finding import Finding, counted, likely, sure_of
from bench.audit.fit import BALANCED, PLAIN, SHARP, Tally, runs_of, swapped_tally, tally
from bench.audit.printed import Cell, PrintedTable

KEY = "lattice"


@dataclass(frozen=True)
class Column:
    """One column put to every metric, fewest runs first."""

    name: str
    cells: tuple[Cell, ...]
    tallies: tuple[Tally, ...]

    @property
    def fitting(self) -> Tally | None:
        """The first metric that no number contradicts and a sharp test speaks for."""
        return next((t for t in self.tallies if t.sharp() and not t.failing), None)

    @property
    def impossible(self) -> tuple[Cell, ...]:
        """Numbers that no metric can give; those put to one metric only are not among them."""
        failing = [{cell.place for cell in part.failing} for part in self.tallies]
        return tuple(c for c in self.cells if all(c.place in places for places in failing))

    @property
    def torn(self) -> bool:
        """Whether every number fits some metric but no metric fits all numbers."""
        return not self.impossible and all(part.failing for part in self.tallies)


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding a table for impossible numbers, one for columns that are of no one metric, one
    for columns measured unlike."""
    found = []
    for table in tables:
        if table.kind == "scores":
            columns = put_to_metrics(table, facts)
            found += _impossible(table, columns, facts)
            found += [*_torn(table, columns), *_unlike(table, columns, facts)]
    return found


def put_to_metrics(table: PrintedTable, facts: Mapping[str, Facts]) -> list[Column]:
    """Every column's numbers on tables, put to plain and balanced accuracy."""
    columns = []
    for name, printed in table.columns.items():
        cells = tuple(c for c in printed if c.dataset in facts and not facts[c.dataset].pictures)
        tallies = tuple(
            tally(cells, facts, metric, runs)
            for runs in runs_of(cells)
            for metric in (BALANCED, PLAIN)
        )
        if any(one.sharp() for one in tallies):
            columns.append(Column(name, cells, tallies))
    return columns


def _impossible(
    table: PrintedTable, columns: Sequence[Column], facts: Mapping[str, Facts]
) -> list[Finding]:
    unfit = [column for column in columns if column.impossible]
    cells = [cell for column in unfit for cell in column.impossible]
    if not cells:
        return []
    runs = "one or three runs" if any(len(c.tallies) > 2 for c in unfit) else "three runs"
    return [
        Finding(
            id=f"{KEY}/{table.key}/impossible",
            check=KEY,
            headline=(
                f"{counted(len(cells), 'number')} in {counted(len(unfit), 'column')} that neither "
                f"plain nor balanced accuracy of {runs} can give"
            ),
            arithmetic=" ".join([_scores(unfit), *_swapped(cells, facts)]),
            sure="certain",
            cells=tuple(cell.place for cell in cells),
            details=_details(unfit),
        )
    ]


def _scores(columns: Sequence[Column]) -> str:
    """How each column does in the sharp tests, as means of three runs."""
    said = "; ".join(
        f"{column.name} {balanced.score()} and {plain.score()}"
        for column in columns
        for balanced, plain in [column.tallies[-2:]]
    )
    return (
        "On a stratified fifth of the rows, rounded up: sharp tests, which at most "
        f"{likely(SHARP)} of all numbers pass, are passed as balanced and as plain accuracy of "
        f"three runs by {said}. Wider tests say little of a number that passes."
    )


def _swapped(cells: Sequence[Cell], facts: Mapping[str, Facts]) -> list[str]:
    agreeing = swapped_tally([cell for cell in cells if cell.std == 0], facts)
    return [
        f"With truth and prediction exchanged, {one.cell.place.row} {one.cell.text} "
        f"({one.cell.place.column}) {'fits' if one.fits else 'does not fit either'}, as would "
        f"{likely(one.chance)} of all numbers; of three runs that differ nearly any number does."
        for one in agreeing.tested
    ]


def _torn(table: PrintedTable, columns: Sequence[Column]) -> list[Finding]:
    torn = [column for column in columns if column.torn]
    if not torn:
        return []
    cells = [min((t.failing for t in column.tallies), key=len) for column in torn]
    return [
        Finding(
            id=f"{KEY}/{table.key}/torn",
            check=KEY,
            headline=f"No one metric gives all of {', '.join(column.name for column in torn)}",
            arithmetic=_scores(torn),
            sure="certain",
            cells=tuple(cell.place for some in cells for cell in some),
            details=_details(torn),
        )
    ]


def _unlike(
    table: PrintedTable, columns: Sequence[Column], facts: Mapping[str, Facts]
) -> list[Finding]:
    fitting = [(column, column.fitting) for column in columns if column.fitting]
    others = [column for column in columns if column.impossible]
    kinds = sorted({fit.metric.title for _, fit in fitting})
    if not fitting or (not others and len(kinds) == 1):
        return []
    said = [
        f"{column.name} fits {fit.name} in {fit.score()} sharp tests (chance "
        f"{likely(fit.chance())}), {_others(column, fit, facts)}"
        for column, fit in fitting
    ]
    chance = max(fit.chance() for _, fit in fitting)
    beside = f", beside {counted(len(others), 'column')} that cannot be either" if others else ""
    names = ", ".join(column.name for column, _ in fitting)
    return [
        Finding(
            id=f"{KEY}/{table.key}/unlike",
            check=KEY,
            headline=f"{names}: {' or '.join(kinds)}{beside}",
            arithmetic=f"{'; '.join(said)}.",
            sure=sure_of(chance),
            cells=tuple(cell.place for column, _ in fitting for cell in column.cells),
            chance=chance,
            details=_details([column for column, _ in fitting]),
        )
    ]


def _others(column: Column, fit: Tally, facts: Mapping[str, Facts]) -> str:
    """How the other metrics do with as many runs."""
    other = next(t for t in column.tallies if t.runs == fit.runs and t.metric is not fit.metric)
    said = f"{other.metric.title} in {other.score()}"
    swapped = swapped_tally(column.cells, facts)
    if fit.runs == 1 and swapped.tested:
        said += f", and with truth and prediction exchanged {len(swapped.failing)} of "
        said += f"{len(swapped.tested)} cannot be"
    return said


def _details(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(line for column in columns for part in column.tallies for line in part.lines())
