"""Everything a report says, from a store; runs and loads nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.audit.audit import Audit, audit_folder
from bench.declared.settings import Setting, settings_of
from bench.declared.tables import read_table
from bench.folders import table_names, tables_folder
from bench.judge.tally import counts_text
from bench.plan.budget import budgets
from bench.plan.query import is_step
from bench.render.text import counted
from bench.report.bridges import Bridges, bridges
from bench.report.claims import Judgement, judgement
from bench.report.differences import (
    Differences,
    TableTally,
    differences,
    printed_scores,
    tallies,
)
from bench.report.figures import Figure, figures
from bench.report.payload import payload
from bench.report.provenance import (
    CostTable,
    Provenance,
    cost_tables,
    provenance_of,
    readable_records,
)
from bench.report.scope import Scope
from bench.report.views import TableViews, count_views, score_views
from bench.store.records import Record
from bench.store.store import Store
from bench.verdict.verdict import Verdict, verdict


@dataclass(frozen=True)
class Report:
    """Everything a report says.

    Args:
        records: all that can be trusted, of any protocol.
        tables: printed ones first.
        left_out: keys of tables that nothing was printed of and nothing run for.
        verdict: the overall answer.
        tallies: of every table under every condition.
        unnamed: protocols of records that are not shown, each with how many there are.
        undeclared: budgets of records that are not shown, since nobody declares them any more, each
            with how many there are.
        refused: one line for every record that cannot be trusted.
        protocols: keys and titles of those shown, in the order of the settings' values.
        payload: what the page's script shows.
    """

    scope: Scope
    records: tuple[Record, ...]
    tables: tuple[TableViews, ...]
    left_out: tuple[str, ...]
    verdict: Verdict
    tallies: tuple[TableTally, ...]
    figures: tuple[Figure, ...]
    judgement: Judgement
    audit: Audit
    bridges: Bridges
    differences: Differences
    provenance: Provenance
    costs: tuple[CostTable, ...]
    settings: tuple[Setting, ...]
    unnamed: tuple[tuple[str, int], ...]
    undeclared: tuple[tuple[str, int], ...]
    refused: tuple[str, ...]
    payload: dict[str, Any]


def gather(scope: Scope, store: Store) -> Report:
    """Everything a report says of a store.

    Raises:
        UsageError: a protocol names what cannot be planned.
        DamagedRecord: a shipped file holds a line that is no record.
    """
    readable, refused = readable_records(store)
    records = [record for record in readable if record.budget in budgets()]
    undeclared = Counter(record.budget for record in readable if record.budget not in budgets())
    tables, left_out = shown_tables(scope, records, store)
    differing = differences(tables)
    steps = bridges(scope, records, store)
    return Report(
        scope=scope,
        records=tuple(records),
        tables=tables,
        left_out=left_out,
        verdict=verdict(store, [named for named, _ in scope.protocols] if scope.chosen else ()),
        tallies=tuple(tallies(tables)),
        figures=tuple(figures(scope, records, store)),
        judgement=judgement(scope, records, tables),
        audit=audit_folder(tables_folder()),
        bridges=steps,
        differences=differing,
        provenance=provenance_of([*records, *steps.shipped]),
        costs=tuple(cost_tables([*records, *steps.shipped], scope.keys)),
        settings=tuple(settings_of([protocol for _, protocol in scope.protocols])),
        unnamed=_unnamed(scope, records, tables),
        undeclared=tuple(sorted(undeclared.items())),
        refused=(*refused, *steps.refused),
        payload=payload(tables, readable, store, differing.explanations),
    )


def shown_tables(
    scope: Scope, records: Sequence[Record], store: Store
) -> tuple[tuple[TableViews, ...], tuple[str, ...]]:
    """(every table there is something to say of, keys of the others)."""
    found, left_out = [], []
    for name in table_names():
        spec = read_table(name)
        counts = spec.kind == "counts"
        table = count_views(spec, scope) if counts else score_views(spec, scope, records, store)
        if table is not None and _says_something(table):
            found.append(table)
        else:
            left_out.append(name)
    printed_first = sorted(found, key=lambda table: not table.spec.printed)
    return tuple(printed_first), tuple(left_out)


def as_json(report: Report) -> dict[str, Any]:
    """Counts of cells by table and protocol, claims, findings, records: JSON types only."""
    return {
        "tables": [
            {
                "table": one.key,
                "protocol": one.condition.protocol,
                "budget": one.condition.budget,
                **asdict(one.tally),
                "alone": one.alone,
            }
            for one in report.tallies
        ],
        "left_out": list(report.left_out),
        "figures": [
            {
                "figure": figure.key,
                "protocol": one.condition.protocol,
                "budget": one.condition.budget,
                "drawn": bool(one.picture),
            }
            for figure in report.figures
            for one in figure.drawings
        ],
        "claims": [
            {"source": one.source, **Counter(judged.outcome.value for judged in one.claims)}
            for one in report.judgement.found
        ],
        "bridges": [{"title": one.title, "command": one.command} for one in report.bridges.shown],
        "findings": dict(Counter(finding.sure for finding in report.audit.findings)),
        "records": _records_json(report),
    }


def _records_json(report: Report) -> dict[str, Any]:
    provenance = report.provenance
    undeclared = {f"budget {key}": count for key, count in report.undeclared}
    return {
        "own": provenance.own,
        "shipped": provenance.shipped,
        "newest": provenance.newest,
        "commits": [commit.digits for commit in provenance.commits],
        "refused": list(report.refused),
        "not_shown": {**dict(report.unnamed), **undeclared},
    }


def summary(report: Report) -> str:
    """One line: how much of what is in the report, and which records are not."""
    undeclared = [
        f"{counted(count, 'run', form=',')} of budget {key}, which is not declared, left out"
        for key, count in report.undeclared
    ]
    usual = [one for one in report.tallies if one.condition.plain]
    scores = printed_scores(usual)
    runs = counted(report.provenance.own + report.provenance.shipped, "run", form=",")
    tables = counted(len(report.tables), "table")
    return "; ".join([f"{tables}, {runs}", f"distinct cells: {counts_text(scores)}", *undeclared])


def _says_something(table: TableViews) -> bool:
    """Whether any cell has a number, ours or printed."""
    views = (view for several in table.views for view in several)
    return any(cell.shown.own or cell.shown.printed for view in views for cell in view.cells())


def _unnamed(
    scope: Scope, records: Sequence[Record], tables: Sequence[TableViews]
) -> tuple[tuple[str, int], ...]:
    """Protocols of records that neither the scope nor a table of a protocol of its own shows."""
    shown = {*scope.keys, *(one.protocol for table in tables for one in table.conditions)}
    count = Counter(record.protocol for record in records)
    return tuple(
        sorted((key, n) for key, n in count.items() if key not in shown and not is_step(key))
    )
