"""The reproducibility page: a checklist filled from the shipped records and what declares them.

Its prose is the template `tables/_templates/reproducibility.md.j2`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bench.check.check import read_lock
from bench.claims.compare import Outcome
from bench.claims.judge import ClaimVerdict, datasets_of, verdicts
from bench.claims.numbers import OwnNumbers, PrintedNumbers
from bench.declared.claims import Claim, read_claims
from bench.declared.published import printed_tables
from bench.declared.settings import shipped_settings
from bench.declared.tables import read_table
from bench.diff.diff import diffs
from bench.docs.records import (
    KINDS,
    Row,
    data_of,
    families_of,
    hours_of,
    no_version,
    spent_by_column,
)
from bench.errors import BenchError
from bench.judge.interval import LEVEL
from bench.judge.tally import tally_of, tally_sentences
from bench.judge.verdict import RULE
from bench.plan.budget import find_budget
from bench.plan.job import Job
from bench.plan.plan import kind_of
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.render.sheet import markdown_templates
from bench.report.provenance import environments_of
from bench.run.estimate import FIRST_PACE, estimate_seconds
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.protocol import shipped_protocols

if TYPE_CHECKING:
    from pandas import DataFrame

TEMPLATE = "reproducibility.md.j2"
PRINTED_DATA = "table8", "table1"
"""Tables whose rows are the datasets of the paper."""
SPLIT = ("split.", "preprocessing.", "vision.split.", "vision.normalise")
SEARCHED = ("shrink.l1", "select", "vision.grid.", "vision.shrink.l1", "vision.select")
"""How the names of settings begin that split and encode data, and that are searched."""


def reproducibility_page(store: Store) -> str:
    """The page as Markdown.

    Raises:
        BenchError: the store has no records.
    """
    records = list(store.records())
    if not records:
        raise BenchError("no records are shipped, so there is nothing to say of them")
    templates = markdown_templates()
    templates.filters |= {
        "code": lambda text: f"`{text}`",
        "decimals": lambda value, digits: f"{value:,.{digits}f}",
        "number": lambda value: f"{value:g}",
        "beside": lambda one, other: zip(one, other, strict=True),
    }
    facts = _of_protocols() | _of_records(records, store.frame)
    facts |= _of_results(store, facts["families"]) | _of_plan(store, records)
    return templates.get_template(TEMPLATE).render(facts)


def _of_protocols() -> Row:
    """Settings and seeds as declared, the version, and the rules numbers are judged by."""
    protocols, settings = shipped_protocols(), shipped_settings()
    return {
        "protocols": list(protocols),
        "seeds": [(key, one.seeds) for key, one in protocols.items()],
        "split": [one for one in settings if one.name.startswith(SPLIT)],
        "searched": [one for one in settings if one.name.startswith(SEARCHED)],
        "version": version("iunet-bench"),
        "locked": len(read_lock()),
        "rule": RULE,
        "level": f"{100 * LEVEL:g} %",
    }


def _of_records(records: Sequence[Record], frame: DataFrame) -> Row:
    """What was run, on what data, where and at what cost."""
    families = families_of(frame)
    budgets = dict.fromkeys(family["budget"] for family in families)
    commits = Counter(str(one.provenance.get("commit") or "unknown") for one in records)
    processors = [one.provenance.get("processor") for one in records]
    devices = [one.provenance.get("device") for one in records]
    return {
        "count": len(records),
        "families": families,
        "budgets": [(key, find_budget(key).title) for key in budgets],
        "data": data_of(records),
        "known": len({row.dataset for name in PRINTED_DATA for row in read_table(name).rows}),
        "commits": commits.most_common(),
        "environments": environments_of(records),
        "clean": sum(one.provenance.get("dirty") is False for one in records),
        "processors": _counted(filter(None, processors)),
        "no_processor": sum(not one for one in processors),
        "no_version": no_version(records),
        "devices": _counted(devices),
        "on_gpu": sum(str(one).startswith("cuda") for one in devices),
        "spent": spent_by_column(frame),
        "hours": f"{hours_of(records):.1f}",
        "energy": sum(any("energy" in name for name in one.cost) for one in records),
    }


def _of_results(store: Store, families: Sequence[Row]) -> Row:
    """What the records come to: every claim on the printed numbers and on the records of each
    family, and every printed table under each protocol that fills any of it.

    A family under a protocol that a table brings along tests no claim of the paper.
    """
    claims = read_claims()
    printed = verdicts(claims, PrintedNumbers())
    outcomes = {"printed": {one.claim.key: _outcome(one) for one in printed.claims}}
    for family in (one for one in families if one["protocol"] in shipped_protocols()):
        own = OwnNumbers(Query(protocol=family["protocol"], budget=family["budget"]), store)
        judged = verdicts(claims, own).claims
        about = [one for one in judged if datasets_of(one.claim) & {*family["datasets"]}]
        source = f"{family['protocol']}, {family['budget']}, {family['kind']}"
        outcomes[source] = {one.claim.key: _outcome(one) for one in about}
    compared, totals = _compared(store)
    return {
        "sources": list(outcomes),
        "claims": [
            {
                "says": claim.says,
                "source": claim.source,
                "tables": _tables(claim),
                "outcomes": [found.get(claim.key, "–") for found in outcomes.values()],
            }
            for claim in claims.claim
        ],
        "compared": [*compared, *totals],
        "totals": [(one, tally_sentences(one["tally"])) for one in totals],
    }


def _outcome(judged: ClaimVerdict) -> str:
    """The outcome, and on how many of the rows that have a number; a dash where none has."""
    if judged.outcome is Outcome.UNTESTED:
        return str(judged.outcome.value)
    found = judged.comparisons
    if not any(one.recorded for one in found):
        return "–"
    least = min(found, key=lambda one: len(one.pairs))
    of = f" of {least.recorded}" if len(least.pairs) < least.recorded else ""
    return f"{judged.outcome.value} (n = {len(least.pairs)}{of})"


def _tables(claim: Claim) -> list[str]:
    """The tables that a claim is tested on."""
    sides = [side for one in (claim, claim.on_own_runs) for side in (one.side, *one.against)]
    return list(dict.fromkeys(side.table for side in sides if side is not None))


def _compared(store: Store) -> tuple[list[Row], list[Row]]:
    """(tables, totals): every printed table under every protocol that has a number beside a
    printed one, and the distinct cells of all of them together, by protocol."""
    found, totals = [], []
    for protocol in shipped_protocols():
        tables = [diff.table for diff in diffs(Query(protocol=protocol), store)]
        filled = [(table, tally) for table in tables if (tally := tally_of([table])).compared]
        for table, tally in filled:
            title = table.spec.printed or table.spec.title
            found.append({"table": title, "protocol": protocol, "tally": tally})
        if filled:
            whole = {"table": "all, distinct cells", "tally": tally_of(tables)}
            totals.append({"protocol": protocol, **whole})
    return found, totals


def _of_plan(store: Store, records: Sequence[Record]) -> Row:
    """How much of every printed table is recorded, by protocol, and what the rest would take: each
    run once, in hours of as many threads as most records were made with."""
    count = Counter(int(one.provenance.get("threads", 1)) for one in records)
    ((threads, _),) = count.most_common(1)
    tables = printed_tables()
    planned = [{t: plan_table(Query(t, p)).jobs for t in tables} for p in shipped_protocols()]
    distinct = [{job.run_id: job for jobs in own.values() for job in jobs} for own in planned]
    left = [store.missing(own.values()) for own in distinct]
    return {
        "threads": threads,
        "planned": [
            {
                "table": table,
                "runs": [len(own[table]) for own in planned],
                "recorded": [len(own[table]) - len(store.missing(own[table])) for own in planned],
            }
            for table in tables
        ],
        "left": [_left(kind, left, threads) for kind in KINDS],
    }


def _left(kind: str, left: Iterable[Sequence[Job]], threads: int) -> Row:
    """The runs on one kind of data, and the hours that they take, by protocol."""
    own = [[job for job in jobs if kind_of(job.dataset) == kind] for jobs in left]
    hours = [estimate_seconds(jobs, FIRST_PACE["cpu"], threads) / 3600 for jobs in own]
    return {"kind": KINDS[kind], "runs": list(map(len, own)), "hours": hours}


def _counted(values: Iterable[Any]) -> str:
    """`cpu x86_64 (840 records)`, most frequent first; what is not recorded is unknown."""
    count = Counter("unknown" if value is None else str(value) for value in values)
    return ", ".join(f"{value} ({number} records)" for value, number in count.most_common())
