"""`bench verdict | audit | check | diff | claims`: what records and printed numbers say; none runs
anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.verb import (
    Answer,
    Mode,
    Option,
    file,
    json_text,
    names,
    present,
    switch,
    text,
    verb,
    with_help,
)
from bench.errors import DataError, NotComparable, UsageError, exclude
from bench.plan.query import Query
from bench.render.files import write_named
from bench.render.text import say
from iunet.declare.contract import closest_first

if TYPE_CHECKING:
    from bench.check.outcome import Report
    from bench.check.sides import Sides
    from bench.claims.judge import Verdicts
    from bench.store.store import Store

AGAINST = "Records: a results folder, .jsonl files, or one file."


class Published(Enum):
    """What own numbers can be compared with."""

    paper = auto()


@verb(
    with_help("protocols", "Only these protocols, or FILE.toml.", usual="all"),
    "markdown fresh json",
)
def verdict(query: Query, store: Store) -> Answer:
    """Say what all runs together say about the paper.

    Whether IUNET beats the dense network, other masks, its own ablations and trees, with effects,
    intervals and tests over datasets, on own runs and on the printed numbers; what the answers
    hang on, and what would change them. Runs nothing.

    Example: bench verdict --protocol released
    """
    from bench.verdict.outline import as_json, outline
    from bench.verdict.verdict import verdict

    found = verdict(store, query.protocols)
    return Answer(page=lambda: outline(found), json=lambda: as_json(found))


@verb(
    with_help("tables", "Only findings on these tables."),
    switch("-v --verbose", "Show every cell and number behind it."),
    "markdown json",
)
def audit(query: Query, mode: Mode, verbose: bool) -> Answer:
    """Say what the printed numbers show about themselves.

    Recomputes wins, repeats, the scores a test part can give, one-class scores, spreads and counts
    from the printed tables alone. Findings are no errors: the exit status is 0.

    Example: bench audit table5 -v
    """
    from bench.audit.audit import as_json, audit_folder, outline, summary
    from bench.folders import tables_folder

    found = audit_folder(tables_folder(), query.tables)
    return Answer(
        page=lambda: outline(found, cells=verbose or bool(mode.markdown), details=verbose),
        json=lambda: as_json(found),
        summary=lambda: summary(found),
    )


@verb(
    Option("--against", "REF", AGAINST, Path, default=...),
    "datasets methods",
    with_help("protocols", "Only these settings.", usual="all"),
    "budgets",
    with_help("metric", "Of the statistics.", usual="balanced accuracy, of pictures accuracy"),
    switch("--upgrade", "Judge other library versions by statistics too."),
    switch("--measure-null", "Store the spreads over the seeds of REF, and stop."),
    text("--accept", "REASON", "Write what changed into the reference.", default=None),
    with_help("markdown", "Write a Markdown summary.", field="summary"),
    file("--junit", "Write JUnit XML."),
    file("--benchmark", "Write scores for benchmark tracking."),
    "json",
)
def check(
    query: Query,
    mode: Mode,
    store: Store,
    against: Path,
    upgrade: bool,
    measure_null: bool,
    accept: str | None,
    summary: Path | None,
    junit: Path | None,
    benchmark: Path | None,
) -> Answer:
    """Say whether a change broke anything.

    Compares your runs with a reference: fingerprints where the environment is the same, statistics
    over datasets where it is another of the same lock. Exit status 0: nothing did; 1: something is
    worse or other than it was; 5: a record is damaged; 6: not all could be compared.

    Example: bench check --against results/reference -d vehicle
    """
    from bench.check import page
    from bench.check.check import check
    from bench.check.outcome import STATUS
    from bench.check.sides import read_side, sides_of
    from bench.render.outline import as_markdown

    if measure_null:
        flags = {"--accept": accept is not None, "--upgrade": upgrade, "--json": mode.json}
        return _measure(against, query, store, flags, summary or junit or benchmark)
    sides = sides_of(read_side(against, store), query, store)
    report = check(sides, query.metric, upgrade=upgrade)
    if summary is not None:
        write_named(summary, as_markdown(page.outline(report), 2))
    if junit is not None:
        write_named(junit, page.junit(report))
    if benchmark is not None:
        write_named(benchmark, f"{json_text(page.benchmark(report))}\n")
    answer = Answer(
        page=lambda: page.outline(report),
        json=lambda: page.as_json(report),
        status=STATUS[report.outcome] or DataError.exit_status * bool(store.refused),
    )
    if accept is None:
        return answer
    present(answer, mode)
    say(_accept(sides, report, accept, store), err=mode.json)
    return Answer()


@verb(
    with_help("tables", "All printed ones if not given."),
    text("--against", "REF", "What to compare with.", default=Published.paper.name),
    "protocol budget metric datasets methods seeds fresh json markdown csv",
)
def diff(query: Query, store: Store, against: str) -> Answer:
    """Compare own numbers with the printed ones; runs nothing.

    Each cell with its verdict, each column with its differences and the order of its rows. Numbers
    that differ are no error; the exit status is 4 where cells are missing.

    Example: bench diff table5 -d vehicle
    """
    from bench.diff.diff import diffs, missing_cells
    from bench.diff.outline import as_json, csv, outline

    if against not in Published.__members__:
        known = closest_first(against, Published.__members__)
        raise UsageError(f"nothing to compare with called {against!r}; known: {known}")
    found = diffs(query, store)
    return Answer(
        page=lambda: outline(found),
        json=lambda: as_json(found),
        csv=lambda: csv(found),
        error=missing_cells(found),
    )


@verb(
    names("", "CLAIM", "All if not given.", field="claims"),
    "protocol budget metric datasets fresh",
    switch("--printed", "Judge the printed numbers alone."),
    "json markdown",
    file("--diagram", "Draw the ranks as .pdf or .png."),
)
def claims(
    query: Query, store: Store, claims: tuple[str, ...], printed: bool, diagram: Path | None
) -> Answer:
    """Say which claims of the paper the numbers support.

    The printed numbers and those of own runs. Runs nothing. A claim that is contradicted is no
    error; the exit status is 4 where own runs are missing.

    Example: bench claims --printed
    """
    from bench.claims.judge import check_metric, missing_runs, verdicts
    from bench.claims.numbers import OwnNumbers, PrintedNumbers
    from bench.claims.outline import as_json, outline, summary
    from bench.declared.claims import read_claims, selected

    if printed:
        own_runs = {"--protocol": query.protocol, "--budget": query.budget, "--fresh": query.fresh}
        exclude("--printed", own_runs)
    declared, rows = read_claims(), query.datasets
    check_metric(query.metric, selected(declared, claims))
    found = [verdicts(declared, PrintedNumbers(), rows, claims)]
    conditions, error = {}, None
    if not printed:
        every = replace(query, datasets=())
        own = OwnNumbers(every, store)
        found.append(verdicts(declared, own, rows, claims))
        conditions = {"own protocol": own.protocol, "own budget": own.budget}
        error = missing_runs(found[-1], own, rows)
    conditions |= {"only": ", ".join(rows)} if rows else {}
    if diagram is not None:
        _draw(found, diagram)
    under = "; ".join(f"{what}: {key}" for what, key in conditions.items())
    return Answer(
        page=lambda: outline(found, under),
        json=lambda: as_json(found, conditions),
        summary=lambda: summary(found),
        error=error,
    )


def _measure(
    against: Path, query: Query, store: Store, flags: dict[str, bool], file: Path | None
) -> Answer:
    from bench.check.columns import MEASURED, measure_null, write_null
    from bench.check.sides import read_side

    selecting = {"-d": query.datasets, "-m": query.methods, "--protocol": query.protocols}
    exclude("--measure-null", flags)
    exclude("--measure-null", selecting | {"--budget": query.budgets})
    exclude("--measure-null", {f"a report ({file})": file})
    reference = read_side(against, store)
    null = measure_null(reference.records, (query.metric,) if query.metric else MEASURED)
    if not null.spreads:
        raise NotComparable(f"{reference.path} has one seed a cell; a null needs two or more")
    path = write_null(null, reference.beside)
    cells = sum(len(cells) for cells in null.spreads.values())
    line = f"{path}: the spread over seeds of {cells} cells in {len(null.spreads)} columns"
    return Answer(lambda: [line])


def _accept(sides: Sides, report: Report, reason: str, store: Store) -> str:
    """Write what changed into the reference.

    Returns:
        What was written, in a sentence.
    """
    from bench.check.accept import accept
    from bench.figures.plan import drawings_of

    drawings = drawings_of(sides.current.values(), replace(store, reference=None))
    return accept(sides, report, reason, drawings)


def _draw(found: Sequence[Verdicts], path: Path) -> None:
    from bench.claims.diagram import diagram, drawable_rankings
    from bench.render.drawing import DPI

    if path.suffix not in DPI:
        raise UsageError(f"--diagram {path}: the file has to end in {' or '.join(DPI)}")
    if not drawable_rankings(found):
        raise UsageError(f"--diagram {path}: nothing asked for is ranked; name a ranking, or none")
    write_named(path, diagram(found, path.suffix))
