"""Which metric a column can be, by the scores a test part can give: plain and balanced accuracy on
tables, accuracy and means over batches of unequal size on pictures, and balanced accuracy with
truth and prediction exchanged.

What is known of the released code comes from reading it, not from the digits: it calls the metric
with the prediction in the place of the truth. Source: repository of the ICLR 2024 submission,
anonymous4papersubmissions/ReproducibilityCode, commit 059315d.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.audit.finding import Finding, finding, likely
from bench.audit.lattice import (
    BALANCED,
    BATCH,
    BATCHES,
    DDOFS,
    PLAIN,
    POOLED,
    RUNS,
    SHARP,
    SWAPPED,
    Tally,
    Trial,
    runs_of,
    std_passing,
    swapped_tally,
    tally,
)
from bench.audit.odd_runs import exchanged_patterns, odd_runs
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import balanced_share
from bench.render.text import counted

FIFTH = "a stratified fifth of the rows, rounded up"
"""What the lattices of tables take for granted of the test part."""


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


def put_to_metrics(table: PrintedTable) -> list[Column]:
    """The columns of scores on tables, put to plain and balanced accuracy."""
    columns = []
    for name, printed in table.columns.items() if table.kind == "scores" else ():
        cells = tuple(cell for cell in printed if cell.facts and not cell.facts.pictures)
        tallies = tuple(
            tally(cells, metric, runs) for runs in runs_of(cells) for metric in (BALANCED, PLAIN)
        )
        if any(one.sharp() for one in tallies):
            columns.append(Column(name, cells, tallies))
    return columns


def check_tables(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding a table for impossible numbers, one for columns that are of no one metric, one
    for columns measured unlike."""
    for table in tables:
        columns = put_to_metrics(table)
        impossible = [column for column in columns if column.impossible]
        if impossible:
            cells = [cell for column in impossible for cell in column.impossible]
            yield finding(
                f"lattice/{table.key}/impossible",
                f"{_condition(impossible)}, {counted(len(cells), 'number')} in "
                f"{counted(len(impossible), 'column')} can be neither plain nor balanced accuracy",
                _scores(impossible),
                cells,
                details=_details(impossible),
            )
        torn = [column for column in columns if column.torn]
        if torn:
            fewest = [min((part.failing for part in column.tallies), key=len) for column in torn]
            yield finding(
                f"lattice/{table.key}/torn",
                f"{_condition(torn)}, no one metric gives all of "
                f"{', '.join(column.name for column in torn)}",
                _scores(torn),
                (cell for failing in fewest for cell in failing),
                details=_details(torn),
            )
        fitting = [(column, column.fitting) for column in columns if column.fitting]
        kinds = sorted({fit.metric.title for _, fit in fitting})
        if fitting and (impossible or len(kinds) > 1):
            yield _unlike(table.key, fitting, kinds, len(impossible))


def check_exchanged(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding a table for columns that neither accuracy gives and the exchange can explain."""
    for table in tables:
        neither = [column for column in put_to_metrics(table) if column.impossible]
        cells = [cell for column in neither for cell in column.cells]
        plain = [cell for cell in cells if cell.one_class and not balanced_share(cell, cell.facts)]
        odd = [run for run in odd_runs(table) if run.cell in cells and exchanged_patterns(run)]
        if not plain and not odd:
            continue
        names = ", ".join(column.name for column in neither)
        impossible = sum(len(column.impossible) for column in neither)
        also = f", {len(plain)} are the share of the largest class" if plain else ""
        also += f", {len(odd)} have a third run that only the exchange gives" if odd else ""
        fitting = "".join(
            f", and {one.cell.row} {one.cell.text} fits as {likely(one.chance)} of all numbers do"
            for one in swapped_tally(c for c in cells if c.std == 0 and not c.one_class).tested
            if one.fits
        )
        yield finding(
            f"exchanged/{table.key}",
            f"If the released code printed them, {counted(len(neither), 'column')} are "
            f"{SWAPPED.title}",
            f"Confirmed: that code exchanges them; of {len(cells)} numbers of {names}, "
            f"{impossible} can be neither plain nor balanced accuracy under the condition of "
            f"lattice/{table.key}/impossible{also}. Inferred: that this code, which is anonymous, "
            "printed them. The other digits say little: nearly any mean of three runs fits the "
            f"exchange{fitting}.",
            cells,
        )


def check_pictures(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """One finding a table for numbers no plain accuracy gives, one if batch means explain all."""
    for table in tables:
        cells = table.cells if table.kind == "scores" else ()
        pictures = [cell for cell in cells if cell.facts and cell.facts.pictures]
        plain, batches = (tally(pictures, metric, RUNS) for metric in (PLAIN, BATCHES))
        if not plain.failing:
            continue
        examples = "; ".join(f"{c.row} {c.column} {c.text}" for c in plain.failing[:3])
        yield finding(
            f"batches/{table.key}/impossible",
            f"If scores are means of three runs on all test pictures, {len(plain.failing)} of "
            f"{counted(len(plain.tested), 'number')} cannot be plain accuracy",
            f"Means of three runs move in steps of {_steps(plain)}. Between the steps lie "
            f"{examples}{'; …' if len(plain.failing) > 3 else ''}.",
            plain.failing,
            details=plain.lines(),
        )
        sharp = batches.sharp(POOLED)
        if sharp and not batches.failing:
            rests = sorted({one.cell.facts.test % BATCH for one in sharp if one.cell.facts})
            yield finding(
                f"batches/{table.key}/explained",
                f"{batches.score(POOLED)} numbers can be means over batches, of which the last, of "
                f"{' or '.join(map(str, rests))} pictures, counts like one of {BATCH}",
                _passes(batches),
                (one.cell for one in sharp),
                chance=batches.chance(POOLED),
                details=batches.lines(),
            )


def _condition(columns: Sequence[Column]) -> str:
    """What the lattices take for granted."""
    alone = any(len(column.tallies) > 2 for column in columns)
    runs = "single runs or means of three" if alone else "means of three runs"
    return f"If scores are {runs} on {FIFTH}"


def _scores(columns: Sequence[Column]) -> str:
    """How each column does in the sharp tests, as means of three runs."""
    scores = "; ".join(
        f"{column.name} {balanced.score()} and {plain.score()}"
        for column in columns
        for balanced, plain in [column.tallies[-2:]]
    )
    return (
        f"Of the sharp tests, which at most {likely(SHARP)} of all numbers pass, these "
        f"columns pass as balanced and as plain accuracy of three runs: {scores}."
    )


def _details(columns: Iterable[Column]) -> Iterator[str]:
    return (line for column in columns for part in column.tallies for line in part.lines())


def _unlike(
    table: str, fitting: Sequence[tuple[Column, Tally]], kinds: Sequence[str], others: int
) -> Finding:
    """Columns that a metric of these kinds fits, beside others that fit another one or none."""
    beside = f", and {counted(others, 'other column')} cannot" if others else ""
    tried = [(c.name, swapped_tally(c.cells)) for c, fit in fitting if fit.runs == 1]
    swapped = [f"{name} {len(t.failing)} of {len(t.tested)}" for name, t in tried if t.tested]
    exchanged = f" Impossible with truth and prediction exchanged: {', '.join(swapped)}."
    return finding(
        f"lattice/{table}/unlike",
        f"If the test part is {FIFTH}, {', '.join(column.name for column, _ in fitting)} can be "
        f"{' or '.join(kinds)}{beside}",
        " ".join(_passed(fitting)) + (exchanged if swapped else ""),
        (cell for column, _ in fitting for cell in column.cells),
        chance=max(fit.chance() for _, fit in fitting),
        details=_details(column for column, _ in fitting),
    )


def _passed(fitting: Sequence[tuple[Column, Tally]]) -> Iterator[str]:
    """The sharp tests that columns pass as the metric they fit and as the other, by metric."""
    both = [
        (column.name, fit, other)
        for column, fit in fitting
        for other in column.tallies
        if other.runs == fit.runs and other.metric is not fit.metric
    ]
    for kind, other_kind in dict.fromkeys((fit.name, other.metric.title) for _, fit, other in both):
        scores = (
            f"{name} {fit.score()} (chance {likely(fit.chance())}) and {other.score()}"
            for name, fit, other in both
            if fit.name == kind
        )
        yield f"Sharp tests passed as {kind} and as {other_kind}: {'; '.join(scores)}."


def _steps(plain: Tally) -> str:
    sizes = sorted({one.cell.facts.test for one in plain.tested if one.cell.facts})
    return ", ".join(f"{100 / (RUNS * rows):.5f} points for {rows:,} pictures" for rows in sizes)


def _passes(batches: Tally) -> str:
    """How sharp the test is, what the spreads say, and where it says nothing."""
    sharp = batches.sharp(POOLED)
    rows = ", ".join(dict.fromkeys(t.cell.row for t in batches.tested if t not in sharp))
    weak = f" On {rows} the test says nothing, since nearly every number passes." if rows else ""
    return (
        f"By chance a number passes a test with {likely(max(one.chance for one in sharp))}, and "
        f"all {len(sharp)} pass with {likely(batches.chance(POOLED))}. With their spread, "
        f"{_spreads(sharp)}."
        f"{weak}"
    )


def _spreads(sharp: Sequence[Trial]) -> str:
    """How many fit with their spread by either convention, and how many would by chance."""
    kinds = []
    for ddof, name in zip(DDOFS, ("population", "sample"), strict=True):
        fits = sum(one.std_fits[ddof] for one in sharp if one.std_fits)
        chances = [
            std_passing(parts, one.cell.std, ddof, one.cell.decimals)
            for one in sharp
            if one.cell.std and one.cell.facts and (parts := BATCHES.parts(one.cell.facts))
        ]
        kinds.append(f"{fits} fit as {name} standard deviation ({sum(chances):.1f} by chance)")
    return " and ".join(kinds)
