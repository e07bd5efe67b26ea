"""`bench verdict | audit | diff | claims | report`: what the records say as a page; none runs
anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.verb import Answer, How, file, names, saying, switch, text, verb
from bench.errors import BenchError, DataError, Incomplete, UsageError
from bench.plan.query import Query
from bench.render.files import write_named

if TYPE_CHECKING:
    from bench.claims.judge import Verdicts
    from bench.claims.numbers import OwnNumbers
    from bench.declared.claims import Claims
    from bench.diff.diff import TableDiff
    from bench.report.gather import Report


class Reference(Enum):
    """What own numbers can be compared with."""

    paper = auto()


@verb(saying("protocols", "Only these protocols, or FILE.toml."), "markdown fresh json")
def verdict(query: Query, how: How, protocols: tuple[str, ...]) -> Answer:
    """Say what all runs together say about the paper.

    Whether IUNET beats the dense network, other masks, its own ablations and trees, with effects,
    intervals and tests over datasets, on own runs and on the printed numbers; what the answers
    hang on, and what would change them. Runs nothing.
    """
    from bench.store.store import open_store
    from bench.verdict.outline import as_json, outline
    from bench.verdict.verdict import verdict
    from iunet.declare.contract import UnknownKey

    try:
        found = verdict(open_store(fresh=query.fresh), protocols)
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    return Answer(
        text=lambda: outline(found),
        json=lambda: as_json(found),
    )


@verb(
    saying("tables", "Only findings on these tables."),
    switch("-v --verbose", "Show every cell and number behind it."),
    "markdown json",
)
def audit(query: Query, how: How, tables: tuple[str, ...], verbose: bool) -> Answer:
    """Say what the printed numbers show about themselves.

    Recomputes wins, repeats, the scores a test part can give, one-class scores, spreads and counts
    from the printed tables alone. Findings are no errors: the exit status is 0.
    """
    from bench.audit.audit import as_json, audit_folder, outline, summary
    from bench.folders import tables_folder

    found = audit_folder(tables_folder(), tables)
    return Answer(
        text=lambda: outline(found, cells=verbose or bool(how.markdown), details=verbose),
        json=lambda: as_json(found),
        summary=lambda: summary(found),
    )


@verb(
    saying("tables", "All printed ones if not given."),
    text("--against", "REF", "What to compare with.", default=Reference.paper.name),
    "protocol budget metric datasets methods seeds fresh json markdown csv",
)
def diff(query: Query, how: How, tables: tuple[str, ...], against: str) -> Answer:
    """Compare own numbers with the printed ones; runs nothing.

    Each cell with its verdict, each column with its differences and the order of its rows. Numbers
    that differ are no error; the exit status is 4 where cells are missing.
    """
    from bench.diff.diff import diffs
    from bench.diff.outline import as_json, csv, outline
    from bench.store.store import open_store

    references = [reference.name for reference in Reference]
    if against not in references:
        known = ", ".join(references)
        raise UsageError(f"nothing to compare with called {against!r}; known: {known}")
    found = diffs(tables, query, open_store(fresh=query.fresh))
    return Answer(
        text=lambda: outline(found),
        json=lambda: as_json(found),
        csv=lambda: csv(found),
        error=_missing_cells(found),
    )


@verb(
    names("", "CLAIM", "All if not given.", field="claims"),
    "protocol budget metric datasets fresh",
    switch("--printed", "Judge the printed numbers alone."),
    "json markdown",
    file("--diagram", "Draw the ranks as .pdf or .png."),
)
def claims(
    query: Query, how: How, claims: tuple[str, ...], printed: bool, diagram: Path | None
) -> Answer:
    """Say which of the paper's claims its numbers and own runs support.

    Runs nothing. A claim that is contradicted is no error; the exit status is 4 where own runs are
    missing.
    """
    from bench.claims.judge import verdicts
    from bench.claims.numbers import OwnNumbers, PrintedNumbers
    from bench.claims.outline import as_json, outline, summary
    from bench.declared.claims import read_claims, selected
    from bench.store.store import open_store

    declared, rows = read_claims(), query.datasets
    _known_metric(query.metric, selected(declared, claims))
    found = [verdicts(declared, PrintedNumbers(), rows, claims)]
    conditions, error = {}, None
    if not printed:
        every = replace(query, datasets=())
        own = OwnNumbers(every, open_store(fresh=query.fresh))
        found.append(verdicts(declared, own, rows, claims))
        conditions = {"own protocol": own.protocol, "own budget": own.budget}
        error = _missing_runs(found[-1], own, rows)
    conditions |= {"only": ", ".join(rows)} if rows else {}
    if diagram is not None:
        _draw(found, diagram)
    under = "; ".join(f"{what}: {key}" for what, key in conditions.items())
    return Answer(
        text=lambda: outline(found, under),
        json=lambda: as_json(found, conditions),
        summary=lambda: summary(found),
        error=error,
    )


@verb(
    "protocols budgets",
    file("--out", "Where to; report/report.html of the results."),
    switch("--pdf", "Compile tables and figures to a PDF beside it, too."),
    "fresh json",
)
def report(
    query: Query,
    how: How,
    protocols: tuple[str, ...],
    budgets: tuple[str, ...],
    out: Path | None,
    pdf: bool,
) -> Answer:
    """Write everything that the records say as one HTML page.

    Tables with their printed numbers, figures, claims, audit, bridge, differences, cost and
    settings, under every protocol and budget there are records of. Runs nothing. The exit status
    is 4 where cells are empty, 5 where a record is damaged; the page is written all the same.
    """
    from bench.folders import results_folder
    from bench.render.files import NAMED, RESULTS, write_durable
    from bench.report.gather import as_json, gather, summary
    from bench.report.page import html, write_pdf
    from bench.report.scope import scope_of
    from bench.store.store import open_store

    store = open_store(fresh=query.fresh)
    found = gather(scope_of(protocols, budgets), store)
    path = out or results_folder() / "report" / "report.html"
    write_durable(path, html(found).encode(), NAMED if out else RESULTS)
    files = [str(path)]
    if pdf:
        write_pdf(found, store, path.with_suffix(".pdf"))
        files.append(str(path.with_suffix(".pdf")))
    return Answer(
        text=lambda: "\n".join([f"{path}: {summary(found)}", *files[1:]]),
        json=lambda: {"files": files, **as_json(found)},
        error=_left_out(found),
    )


def _missing_cells(found: Sequence[TableDiff]) -> BenchError | None:
    missing = [entry for diff in found for entry in diff.entries if entry.outcome is None]
    if not missing:
        return None
    tables = dict.fromkeys(diff.table.spec.key for diff in found if diff.table.missing())
    total = sum(len(diff.entries) for diff in found)
    options = " ".join(["", *found[0].table.conditions.options])
    commands = "; ".join(f"bench {name}{options}" for name in tables)
    return Incomplete(
        f"{len(missing)} of {total} cells are missing; these commands make them: {commands}"
    )


def _known_metric(metric: str, claims: Claims) -> None:
    """Refuse a metric, where one is named, that none of the tables has."""
    from bench.claims.numbers import has_metric
    from bench.declared.spec import read_table

    tables = dict.fromkeys(one.side.table for one in claims.claim if one.side)
    specs = [read_table(name) for name in tables]
    if metric and not any(has_metric(spec, metric) for spec in specs):
        known = dict.fromkeys(name for spec in specs for name in spec.metrics or (spec.metric,))
        listed = ", ".join(name.replace("_", "-") for name in known)
        raise UsageError(f"no claim can be tested by {metric!r}; known: {listed}")


def _missing_runs(found: Verdicts, own: OwnNumbers, datasets: Sequence[str]) -> BenchError | None:
    if not found.incomplete:
        return None
    commands = "; ".join(own.commands(found.incomplete, datasets))
    how = f"these commands make them: {commands}" if commands else "nothing makes them yet"
    return Incomplete(f"some claims lack own runs; {how}")


def _draw(found: Sequence[Verdicts], path: Path) -> None:
    from bench.claims.diagram import diagram, drawable
    from bench.render.drawing import DPI

    if path.suffix not in DPI:
        raise UsageError(f"--diagram {path}: the file has to end in {' or '.join(DPI)}")
    if not drawable(found):
        raise UsageError(f"--diagram {path}: nothing asked for is ranked; name a ranking, or none")
    write_named(path, diagram(found, path.suffix))


def _left_out(report: Report) -> BenchError | None:
    """What the report is written without."""
    if report.refused:
        more = f"; {len(report.refused) - 1} more like it" if len(report.refused) > 1 else ""
        return DataError(f"{report.refused[0]}{more}; the report was written without")
    tables = [one.table for one in report.tallies if one.table is not None]
    empty = sum(len(table.missing()) for table in tables)
    if not empty:
        return None
    cells = sum(len(table.entries()) for table in tables)
    return Incomplete(
        f"{empty} of {cells} cells are empty; the report says which commands make them"
    )
