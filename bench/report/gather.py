"""Everything a report says, from a store; runs and loads nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.audit.audit import Audit, audit_folder
from bench.claims.judge import Verdicts
from bench.declared.settings import Setting, settings_of
from bench.declared.tables import read_table
from bench.folders import table_names, tables_folder
from bench.judge.cell import StoredRuns
from bench.judge.collect import joint_tally
from bench.judge.tally import counts_text
from bench.plan.budget import budgets
from bench.plan.query import is_step
from bench.render.text import counted
from bench.report.bridges import Bridges, bridges
from bench.report.claims import judged_claims
from bench.report.differences import Differences, differences
from bench.report.figures import Drawing, drawings
from bench.report.payload import payload
from bench.report.provenance import CostTable, Provenance, cost_tables, provenance_of
from bench.report.scope import Condition, Scope, own_records, places_of
from bench.report.views import TableViews, count_views, printed_scores, score_views
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
        claims: by source, the printed numbers first.
        unnamed: how many records there are of protocols that are not shown, by protocol.
        undeclared: how many of budgets that nobody declares any more, which are not shown, by
            budget.
        refused: one line for every record that cannot be trusted.
        payload: what the page's script shows.
    """

    scope: Scope
    records: tuple[Record, ...]
    tables: tuple[TableViews, ...]
    left_out: tuple[str, ...]
    verdict: Verdict
    drawings: tuple[Drawing, ...]
    claims: tuple[Verdicts, ...]
    audit: Audit
    bridges: Bridges
    differences: Differences
    provenance: Provenance
    costs: tuple[CostTable, ...]
    settings: tuple[Setting, ...]
    unnamed: Mapping[str, int]
    undeclared: Mapping[str, int]
    refused: tuple[str, ...]
    payload: dict[str, Any]


def gather(scope: Scope, store: Store) -> Report:
    """Everything a report says of a store.

    Raises:
        UsageError: a protocol names what cannot be planned.
    """
    readable = list(store.records())
    records = [record for record in readable if record.budget in budgets()]
    tables, left_out = shown_tables(scope, records, store)
    explained = differences()
    steps = bridges(scope, records, store)
    every = [*records, *steps.shipped]
    return Report(
        scope=scope,
        records=tuple(records),
        tables=tables,
        left_out=left_out,
        verdict=verdict(store, [named for named, _ in scope.protocols] if scope.chosen else ()),
        drawings=tuple(drawings(scope, records, store)),
        claims=tuple(judged_claims(scope, records, tables)),
        audit=audit_folder(tables_folder()),
        bridges=steps,
        differences=explained,
        provenance=provenance_of(every),
        costs=tuple(cost_tables(every, scope.keys)),
        settings=tuple(settings_of([protocol for _, protocol in scope.protocols])),
        unnamed=_unnamed(scope, records, tables),
        undeclared=_counts(one.budget for one in readable if one.budget not in budgets()),
        refused=(*store.refused, *steps.refused),
        payload=payload(tables, readable, store, explained),
    )


def shown_tables(
    scope: Scope, records: Sequence[Record], store: Store
) -> tuple[tuple[TableViews, ...], tuple[str, ...]]:
    """(every table there is something to say of, keys of the others)."""
    found, left_out, runs = [], [], StoredRuns(store)
    specs = [read_table(name) for name in table_names()]
    elsewhere = {place for spec in specs if spec.printed for place in places_of(spec)}
    for spec in specs:
        counts = spec.kind == "counts"
        if counts:
            table: TableViews | None = count_views(spec, scope)
        else:
            own = own_records(spec, records, set() if spec.printed else elsewhere)
            table = score_views(spec, scope, own, runs)
        if table is not None and _says_something(table):
            found.append(table)
        else:
            left_out.append(spec.key)
    printed_first = sorted(found, key=lambda table: not table.spec.printed)
    return tuple(printed_first), tuple(left_out)


def as_json(report: Report) -> dict[str, Any]:
    """Counts of cells by table and protocol, claims, findings, records: JSON types only."""
    return {
        "tables": [
            {
                "table": table.spec.key,
                **_condition_json(view.condition),
                **asdict(view.tally),
                "alone": view.alone,
            }
            for table in report.tables
            for view in table.by_condition
        ],
        "left_out": list(report.left_out),
        "figures": [
            {
                "figure": one.figure.key,
                **_condition_json(one.condition),
                "drawn": bool(one.picture),
            }
            for one in report.drawings
        ],
        "claims": [
            {"source": one.source, **Counter(judged.outcome.value for judged in one.claims)}
            for one in report.claims
        ],
        "bridges": [
            {"title": plan.title, "command": plan.command} for plan, _ in report.bridges.shown
        ],
        "findings": dict(Counter(finding.sure for finding in report.audit.findings)),
        "records": _records_json(report),
    }


def _records_json(report: Report) -> dict[str, Any]:
    provenance = report.provenance
    undeclared = {f"budget {key}": count for key, count in report.undeclared.items()}
    return {
        "own": provenance.own,
        "shipped": provenance.shipped,
        "newest": provenance.newest,
        "commits": [digits for digits, _, _ in provenance.commits],
        "refused": list(report.refused),
        "not_shown": {**report.unnamed, **undeclared},
    }


def summary(report: Report) -> str:
    """One line: how much of what is in the report, and which records are not."""
    scores = [table for condition, table in printed_scores(report.tables) if condition.plain]
    tables = counted(len(report.tables), "table")
    runs = counted(report.provenance.runs, "run", form=",")
    parts = [f"{tables}, {runs}", f"distinct cells: {counts_text(joint_tally(scores))}"]
    for key, count in report.undeclared.items():
        others = counted(count, "run", form=",")
        parts.append(f"{others} of budget {key}, which is not declared, left out")
    return "; ".join(parts)


def _condition_json(condition: Condition) -> dict[str, str]:
    return {"protocol": condition.protocol, "budget": condition.budget}


def _says_something(table: TableViews) -> bool:
    """Whether any cell has a number, ours or printed."""
    cells = (cell.shown for views in table.views for view in views for cell in view.cells)
    return any(shown.own or shown.printed for shown in cells)


def _unnamed(
    scope: Scope, records: Sequence[Record], tables: Sequence[TableViews]
) -> dict[str, int]:
    """Protocols of records that neither the scope nor a table of a protocol of its own shows."""
    own = {view.condition.protocol for table in tables for view in table.by_condition}
    keys = (one.protocol for one in records if one.protocol not in {*scope.keys, *own})
    return _counts(key for key in keys if not is_step(key))


def _counts(keys: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(keys).items()))
