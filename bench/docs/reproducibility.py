"""The reproducibility page: a checklist filled from the shipped records and what declares them.

Its prose is the template `tables/_templates/reproducibility.md.j2`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from itertools import chain
from typing import Any

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
from bench.judge.collect import joint_tally
from bench.judge.interval import LEVEL
from bench.judge.tally import tally_sentences
from bench.judge.verdict import RULE
from bench.plan.budget import budgets
from bench.plan.job import Job
from bench.plan.plan import each_once, kind_of
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.render.sheet import markdown_templates
from bench.report.provenance import UNKNOWN, environments_of
from bench.run.estimate import FIRST_PACE, estimate_seconds
from bench.store.frame import frame_of
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.protocol import shipped_protocols

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
        "decimals": lambda value, digits: f"{value:,.{digits}f}",
        "number": lambda value: f"{value:g}",
    }
    families = families_of(records)
    facts = _of_protocols() | _of_records(records) | _of_claims(store, families)
    facts |= _of_results(store) | _of_plan(store, records)
    facts |= {"families": families, "spent": spent_by_column(frame_of(records))}
    return templates.get_template(TEMPLATE).render(facts)


def _of_protocols() -> Row:
    """Settings, seeds and budgets as declared, the version, and the rules numbers are judged by."""
    protocols, settings = shipped_protocols(), shipped_settings()
    return {
        "protocols": list(protocols),
        "seeds": [(key, one.seeds) for key, one in protocols.items()],
        "budgets": budgets(),
        "split": [one for one in settings if one.name.startswith(SPLIT)],
        "searched": [one for one in settings if one.name.startswith(SEARCHED)],
        "known": len({row.dataset for name in PRINTED_DATA for row in read_table(name).rows}),
        "version": version("iunet-bench"),
        "locked": len(read_lock()),
        "rule": RULE,
        "level": f"{100 * LEVEL:g} %",
    }


def _of_records(records: Sequence[Record]) -> Row:
    """What was run, on what data, where and at what cost."""
    origins = [one.provenance for one in records]
    processors = [origin.get("processor") for origin in origins]
    devices = [origin.get("device") for origin in origins]
    return {
        "count": len(records),
        "data": data_of(records),
        "commits": Counter(str(one.get("commit") or UNKNOWN) for one in origins).most_common(),
        "environments": environments_of(records),
        "clean": sum(origin.get("dirty") is False for origin in origins),
        "processors": _counted(filter(None, processors)),
        "no_processor": sum(not one for one in processors),
        "no_version": no_version(records),
        "devices": _counted(devices),
        "on_gpu": sum(str(one).startswith("cuda") for one in devices),
        "hours": f"{hours_of(records):.1f}",
        "energy": sum(any("energy" in name for name in one.cost) for one in records),
    }


def _counted(values: Iterable[Any]) -> str:
    """`cpu x86_64 (840 records)`, most frequent first; what is not recorded is unknown."""
    count = Counter(UNKNOWN if value is None else str(value) for value in values)
    return ", ".join(f"{value} ({number} records)" for value, number in count.most_common())


def _of_claims(store: Store, families: Iterable[Row]) -> Row:
    """Every claim on the printed numbers and on the records of each family.

    A family under a protocol that a table brings along tests no claim of the paper.
    """
    declared = read_claims()
    printed = verdicts(declared, PrintedNumbers())
    outcomes = {"printed": {one.claim.key: _outcome(one) for one in printed.claims}}
    for family in (one for one in families if one["protocol"] in shipped_protocols()):
        own = OwnNumbers(Query(protocol=family["protocol"], budget=family["budget"]), store)
        outcomes[f"{family['protocol']}, {family['budget']}, {family['kind']}"] = {
            one.claim.key: _outcome(one)
            for one in verdicts(declared, own).claims
            if datasets_of(one.claim) & family["datasets"]
        }
    return {
        "sources": list(outcomes),
        "claims": [
            (claim, _tables(claim), [found.get(claim.key, "–") for found in outcomes.values()])
            for claim in declared.claim
        ],
    }


def _outcome(judged: ClaimVerdict) -> str:
    """The outcome, and on how many of the rows that have a number; a dash where none has."""
    if judged.outcome is Outcome.UNTESTED:
        return str(judged.outcome.value)
    found = judged.comparisons
    if not any(one.cells.recorded for one in found):
        return "–"
    least = min(found, key=lambda one: len(one.pairs))
    of = f" of {least.cells.recorded}" if len(least.pairs) < least.cells.recorded else ""
    return f"{judged.outcome.value} (n = {len(least.pairs)}{of})"


def _tables(claim: Claim) -> list[str]:
    """The tables that a claim is tested on."""
    sides = [side for one in (claim, claim.on_own_runs) for side in (one.side, *one.against)]
    return list(dict.fromkeys(side.table for side in sides if side is not None))


def _of_results(store: Store) -> Row:
    """Every printed table under every protocol that has a number beside a printed one, and the
    distinct cells of all of them together, by protocol."""
    compared, totals = [], []
    for protocol in shipped_protocols():
        tables = [diff.table for diff in diffs(Query(protocol=protocol), store)]
        filled = [(one.plan.spec, one.tally) for one in tables if one.tally.compared]
        compared += [(spec.printed or spec.title, protocol, tally) for spec, tally in filled]
        if filled:
            totals.append(("all, distinct cells", protocol, joint_tally(tables)))
    return {
        "compared": [*compared, *totals],
        "totals": [(protocol, tally, tally_sentences(tally)) for _, protocol, tally in totals],
    }


def _of_plan(store: Store, records: Sequence[Record]) -> Row:
    """How much of every printed table is recorded, by protocol, and what the rest would take: each
    run once, in hours of as many threads as most records were made with."""
    count = Counter(int(one.provenance.get("threads", 1)) for one in records)
    ((threads, _),) = count.most_common(1)
    recorded, missing = defaultdict[str, list[tuple[int, int]]](list), {}
    for protocol in shipped_protocols():
        planned = {name: plan_table(Query(name, protocol)).jobs for name in printed_tables()}
        for name, jobs in planned.items():
            recorded[name].append((len(jobs) - len(store.missing(jobs)), len(jobs)))
        missing[protocol] = store.missing(each_once(chain.from_iterable(planned.values())))
    left = {title: _left(missing, kind, threads) for kind, title in KINDS.items()}
    return {"threads": threads, "recorded": recorded, "left": left}


def _left(
    missing: Mapping[str, list[Job]], kind: str, threads: int
) -> list[tuple[str, int, float]]:
    """(protocol, runs, hours that they take) of missing runs on one kind of data."""
    left = []
    for protocol, jobs in missing.items():
        own = [job for job in jobs if kind_of(job.dataset) == kind]
        left.append((protocol, len(own), estimate_seconds(own, FIRST_PACE["cpu"], threads) / 3600))
    return left
