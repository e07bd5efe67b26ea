"""Which metric a column can be, by the scores a test part can give: plain and balanced accuracy on
tables, accuracy and means over batches of unequal size on pictures, and balanced accuracy with
truth and prediction exchanged.

What is known of the released code comes from reading it, not from the digits: it calls the metric
with the prediction in the place of the truth. Source: repository of the ICLR 2024 submission,
anonymous4papersubmissions/ReproducibilityCode, commit 059315d.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.audit.finding import Finding, chance_text
from bench.audit.lattice import (
    BALANCED,
    BATCH,
    BATCHES,
    DDOFS,
    PLAIN,
    RUNS,
    SHARP,
    Tally,
    runs_of,
    std_passing,
    swapped_trials,
    tally,
)
from bench.audit.odd_runs import exchanged_patterns, odd_runs
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import balanced_share
from bench.render.text import counted

FIFTH = "a stratified fifth of the rows, rounded up"
"""What the lattices of tables take for granted of the test part."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column put to balanced and plain accuracy, fewest runs first."""

    name: str
    cells: Sequence[Cell]
    tallies: Sequence[Tally]

    @property
    def fitting(self) -> Tally | None:
        """The first metric that no number contradicts and a sharp test speaks for."""
        return next((t for t in self.tallies if t.sharp and not t.failing), None)

    @cached_property
    def impossible(self) -> list[Cell]:
        """Numbers that no metric can give; those put to one metric only are not among them."""
        return [c for c in self.cells if all(c in tally.failing for tally in self.tallies)]


def put_to_metrics(table: PrintedTable) -> list[Column]:
    """The columns of scores on tables, put to plain and balanced accuracy."""
    columns = []
    for name, printed in table.columns.items() if table.kind == "scores" else ():
        cells = [cell for cell in printed if cell.facts and not cell.facts.pictures]
        tallies = [
            tally(cells, metric, runs) for runs in runs_of(cells) for metric in (BALANCED, PLAIN)
        ]
        if any(one.sharp for one in tallies):
            columns.append(Column(name, cells, tallies))
    return columns


def check_tables(table: PrintedTable) -> Iterator[Finding]:
    """One finding for impossible numbers, one for columns that are of no one metric, one for
    columns measured unlike."""
    columns = put_to_metrics(table)
    impossible = [column for column in columns if column.impossible]
    cells = [cell for column in impossible for cell in column.impossible]
    yield _unexplained(
        f"lattice/{table.key}/impossible",
        impossible,
        f"{counted(len(cells), 'number')} in {counted(len(impossible), 'column')} can be neither "
        "plain nor balanced accuracy",
        cells,
    )
    failing = {c: [tally.failing for tally in c.tallies] for c in columns if not c.impossible}
    torn = [column for column, each in failing.items() if all(each)]
    yield _unexplained(
        f"lattice/{table.key}/torn",
        torn,
        f"no one metric gives all of {_names(torn)}",
        [cell for column in torn for cell in min(failing[column], key=len)],
    )
    fitting = [(column, fit) for column in columns if (fit := column.fitting)]
    kinds = sorted({fit.metric.title for _, fit in fitting})
    if fitting and (impossible or len(kinds) > 1):
        fits = [column for column, _ in fitting]
        others = counted(len(impossible), "other column")
        yield Finding(
            f"lattice/{table.key}/unlike",
            f"If the test part is {FIFTH}, {_names(fits)} can be {' or '.join(kinds)}"
            f"{f', and {others} cannot' if impossible else ''}",
            " ".join(_passed(fitting)),
            [cell for column in fits for cell in column.cells],
            chance=max(fit.chance for _, fit in fitting),
            details=_lines(fits),
        )


def check_exchanged(table: PrintedTable) -> Iterator[Finding]:
    """One finding for columns that neither accuracy gives and the exchange can explain."""
    neither = [column for column in put_to_metrics(table) if column.impossible]
    cells = [cell for column in neither for cell in column.cells]
    plain = [cell for cell in cells if cell.one_class and not balanced_share(cell, cell.facts)]
    odd = [run for run in odd_runs(table) if run.cell in cells and exchanged_patterns(run)]
    impossible = sum(len(column.impossible) for column in neither)
    also = f", {len(plain)} are the share of the largest class" if plain else ""
    also += f", {len(odd)} have a third run that only the exchange gives" if odd else ""
    fitting = "".join(
        f", and {one.cell.row} {one.cell.text} fits as {chance_text(one.chance)} of all numbers do"
        for one in swapped_trials(cell for cell in cells if cell.std == 0 and not cell.one_class)
        if one.fits
    )
    if also:
        yield Finding(
            f"exchanged/{table.key}",
            f"If the released code printed them, {counted(len(neither), 'column')} are balanced "
            "accuracy with truth and prediction exchanged",
            f"Confirmed: that code exchanges them; of {len(cells)} numbers of {_names(neither)}, "
            f"{impossible} can be neither plain nor balanced accuracy under the condition of "
            f"lattice/{table.key}/impossible{also}. Inferred: that this code, which is anonymous, "
            "printed them. The other digits say little: nearly any mean of three runs fits the "
            f"exchange{fitting}.",
            cells,
        )


def check_pictures(table: PrintedTable) -> Iterator[Finding]:
    """One finding for numbers no plain accuracy gives, one if batch means explain all."""
    cells = table.cells if table.kind == "scores" else ()
    pictures = [cell for cell in cells if cell.facts and cell.facts.pictures]
    plain, batches = (tally(pictures, metric, RUNS) for metric in (PLAIN, BATCHES))
    examples = "; ".join(f"{c.row} {c.column} {c.text}" for c in plain.failing[:3])
    sizes = sorted({cell.facts.test for cell in pictures if cell.facts})
    steps = (f"{100 / (RUNS * rows):.5f} points for {rows:,} pictures" for rows in sizes)
    yield Finding(
        f"batches/{table.key}/impossible",
        f"If scores are means of three runs on all test pictures, {len(plain.failing)} of "
        f"{counted(len(plain.tested), 'number')} cannot be plain accuracy",
        f"Means of three runs move in steps of {', '.join(steps)}. Between the steps lie "
        f"{examples}{'; …' if len(plain.failing) > 3 else ''}.",
        plain.failing,
        details=plain.lines,
    )
    if plain.failing and batches.sharp and not batches.failing:
        rests = sorted({one.cell.facts.test % BATCH for one in batches.sharp if one.cell.facts})
        yield Finding(
            f"batches/{table.key}/explained",
            f"{batches.score} numbers can be means over batches, of which the last, of "
            f"{' or '.join(map(str, rests))} pictures, counts like one of {BATCH}",
            _passes(batches),
            [one.cell for one in batches.sharp],
            chance=batches.chance,
            details=batches.lines,
        )


def _names(columns: Iterable[Column]) -> str:
    return ", ".join(column.name for column in columns)


def _unexplained(id: str, columns: Sequence[Column], claim: str, cells: Sequence[Cell]) -> Finding:
    """What columns cannot be, and how each does in the sharp tests, as means of three runs."""
    alone = any(len(column.tallies) > 2 for column in columns)
    runs = "single runs or means of three" if alone else "means of three runs"
    scores = (
        f"{column.name} {' and '.join(tally.score for tally in column.tallies[-2:])}"
        for column in columns
    )
    return Finding(
        id,
        f"If scores are {runs} on {FIFTH}, {claim}",
        f"Of the sharp tests, which at most {chance_text(SHARP)} of all numbers pass, these "
        f"columns pass as balanced and as plain accuracy of three runs: {'; '.join(scores)}.",
        cells,
        details=_lines(columns),
    )


def _lines(columns: Iterable[Column]) -> list[str]:
    return [line for column in columns for tally in column.tallies for line in tally.lines]


def _passed(fitting: Sequence[tuple[Column, Tally]]) -> Iterator[str]:
    """The sharp tests that columns pass as the metric they fit and as the other, by metric; and
    what the exchange says of columns of one run."""
    scores = defaultdict[tuple[str, str], list[str]](list)
    swapped = []
    for column, fit in fitting:
        for other in column.tallies:
            if other.runs == fit.runs and other.metric is not fit.metric:
                scores[fit.name, other.metric.title].append(
                    f"{column.name} {fit.score} (chance {chance_text(fit.chance)}) and "
                    f"{other.score}"
                )
        trials = swapped_trials(column.cells) if fit.runs == 1 else []
        if trials:
            failing = sum(not trial.fits for trial in trials)
            swapped.append(f"{column.name} {failing} of {len(trials)}")
    for (kind, other_kind), texts in scores.items():
        yield f"Sharp tests passed as {kind} and as {other_kind}: {'; '.join(texts)}."
    if swapped:
        yield f"Impossible with truth and prediction exchanged: {', '.join(swapped)}."


def _passes(batches: Tally) -> str:
    """How sharp the test is, what the spreads say, and where it says nothing."""
    sharp = batches.sharp
    rows = ", ".join(dict.fromkeys(t.cell.row for t in batches.tested if t not in sharp))
    weak = f" On {rows} the test says nothing, since nearly every number passes." if rows else ""
    return (
        f"By chance a number passes a test with {chance_text(max(one.chance for one in sharp))}, "
        f"and all {len(sharp)} pass with {chance_text(batches.chance)}. With their spread, "
        f"{' and '.join(_spreads(batches))}.{weak}"
    )


def _spreads(batches: Tally) -> Iterator[str]:
    """How many fit with their spread by either convention, and how many would by chance."""
    for ddof, name in DDOFS.items():
        fits = sum(one.std_fits[ddof] for one in batches.sharp if one.std_fits)
        by_chance = sum(
            std_passing(BATCHES.groups(one.cell.facts), one.cell.std, ddof, one.cell.decimals)
            for one in batches.sharp
            if one.cell.std and one.cell.facts
        )
        yield f"{fits} fit as {name} standard deviation ({by_chance:.1f} by chance)"
