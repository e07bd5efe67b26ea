"""Scores on tables that no plain and no balanced accuracy can give, and columns measured unlike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.audit.finding import Finding, counted, likely, sure_of
from bench.audit.fit import BALANCED, PLAIN, SHARP, Tally, runs_of, swapped_tally, tally
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import Facts

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
            found += [*_impossible(table, columns), *_torn(table, columns)]
            found += _unlike(table, columns, facts)
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


def _impossible(table: PrintedTable, columns: Sequence[Column]) -> list[Finding]:
    unfit = [column for column in columns if column.impossible]
    cells = [cell for column in unfit for cell in column.impossible]
    if not cells:
        return []
    return [
        Finding(
            id=f"{KEY}/{table.key}/impossible",
            check=KEY,
            headline=(
                f"{_condition(unfit)}, {counted(len(cells), 'number')} in "
                f"{counted(len(unfit), 'column')} can be neither plain nor balanced accuracy"
            ),
            arithmetic=_scores(unfit),
            sure="certain",
            cells=tuple(cell.place for cell in cells),
            details=_details(unfit),
        )
    ]


def _condition(columns: Sequence[Column]) -> str:
    """What the lattices take for granted."""
    alone = any(len(column.tallies) > 2 for column in columns)
    runs = "single runs or means of three" if alone else "means of three runs"
    return f"If scores are {runs} on a stratified fifth of the rows, rounded up"


def _scores(columns: Sequence[Column]) -> str:
    """How each column does in the sharp tests, as means of three runs."""
    said = "; ".join(
        f"{column.name} {balanced.score()} and {plain.score()}"
        for column in columns
        for balanced, plain in [column.tallies[-2:]]
    )
    return (
        f"Of the sharp tests, which at most {likely(SHARP)} of all numbers pass, these "
        f"columns pass as balanced and as plain accuracy of three runs: {said}."
    )


def _torn(table: PrintedTable, columns: Sequence[Column]) -> list[Finding]:
    torn = [column for column in columns if column.torn]
    if not torn:
        return []
    cells = [min((t.failing for t in column.tallies), key=len) for column in torn]
    return [
        Finding(
            id=f"{KEY}/{table.key}/torn",
            check=KEY,
            headline=(
                f"{_condition(torn)}, no one metric gives all of "
                f"{', '.join(column.name for column in torn)}"
            ),
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
    chance = max(fit.chance() for _, fit in fitting)
    beside = f", and {counted(len(others), 'other column')} cannot" if others else ""
    names = ", ".join(column.name for column, _ in fitting)
    return [
        Finding(
            id=f"{KEY}/{table.key}/unlike",
            check=KEY,
            headline=(
                "If the test part is a stratified fifth of the rows, rounded up, "
                f"{names} can be {' or '.join(kinds)}{beside}"
            ),
            arithmetic=" ".join([*_passed(fitting), *_exchanged(fitting, facts)]),
            sure=sure_of(chance),
            cells=tuple(cell.place for column, _ in fitting for cell in column.cells),
            chance=chance,
            details=_details([column for column, _ in fitting]),
        )
    ]


def _passed(fitting: Sequence[tuple[Column, Tally]]) -> Iterator[str]:
    """The sharp tests that columns pass as the metric they fit and as the other, by metric."""
    names = dict.fromkeys((fit.name, _other(column, fit).metric.title) for column, fit in fitting)
    for name, other in names:
        said = (
            f"{column.name} {fit.score()} (chance {likely(fit.chance())}) and "
            f"{_other(column, fit).score()}"
            for column, fit in fitting
            if fit.name == name
        )
        yield f"Sharp tests passed as {name} and as {other}: {'; '.join(said)}."


def _other(column: Column, fit: Tally) -> Tally:
    """The other metric with as many runs."""
    return next(t for t in column.tallies if t.runs == fit.runs and t.metric is not fit.metric)


def _exchanged(
    fitting: Sequence[tuple[Column, Tally]], facts: Mapping[str, Facts]
) -> Iterator[str]:
    """How many numbers of single runs truth and prediction exchanged cannot give."""
    tried = [(c.name, swapped_tally(c.cells, facts)) for c, fit in fitting if fit.runs == 1]
    said = [f"{name} {len(put.failing)} of {len(put.tested)}" for name, put in tried if put.tested]
    if said:
        yield f"Impossible with truth and prediction exchanged: {', '.join(said)}."


def _details(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(line for column in columns for part in column.tallies for line in part.lines())
