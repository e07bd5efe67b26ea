"""What shipped records come to: claims, printed numbers, and what is not recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.claims.compare import Outcome
from bench.claims.judge import Judged, datasets_of, verdicts
from bench.claims.numbers import OwnNumbers, PrintedNumbers
from bench.declared.claims import Claim, read_claims
from bench.declared.published import printed_tables
from bench.diff.diff import diffs
from bench.docs.recorded import KINDS, Family
from bench.judge.tally import Tally, tally_of
from bench.plan.job import Job
from bench.plan.plan import kind_of
from bench.plan.query import Query
from bench.run.estimate import FIRST_PACE, estimate_seconds
from bench.store.store import Store
from bench.tables.asked import prepare
from iunet.declare.protocol import shipped_protocols

HOURS_ON = "cpu"


@dataclass(frozen=True)
class CheckedClaim:
    """A claim, where it is made, the tables it is tested on, and what each source says of it."""

    says: str
    source: str
    tables: tuple[str, ...]
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """The cells of a printed table, or the distinct ones of all of them, under one protocol."""

    table: str
    protocol: str
    tally: Tally


@dataclass(frozen=True)
class Planned:
    """The runs of a printed table, in all and recorded, by protocol."""

    table: str
    runs: tuple[int, ...]
    recorded: tuple[int, ...]


@dataclass(frozen=True)
class Left:
    """The runs of all printed tables on one kind of data that are not recorded, by protocol;
    `hours` is what they would take."""

    kind: str
    runs: tuple[int, ...]
    hours: tuple[float, ...]


def checked_claims(
    store: Store, families: Sequence[Family]
) -> tuple[list[str], list[CheckedClaim]]:
    """(sources, claims): every claim on the printed numbers and on the records of each family.

    A family under a protocol that a table brings along tests no claim of the paper.
    """
    claims = read_claims()
    printed = verdicts(claims, PrintedNumbers())
    said = [("printed", {one.claim.key: _said(one) for one in printed.judged})]
    for family in (one for one in families if one.protocol in shipped_protocols()):
        own = OwnNumbers(Query("", protocol=family.protocol, budget=family.budget), store)
        judged = verdicts(claims, own).judged
        about = [one for one in judged if datasets_of(one.claim) & {*family.datasets}]
        title = f"{family.protocol}, {family.budget}, {family.kind}"
        said.append((title, {one.claim.key: _said(one) for one in about}))
    rows = [
        CheckedClaim(
            says=claim.says,
            source=claim.source,
            tables=_tables(claim),
            outcomes=tuple(outcomes.get(claim.key, "–") for _, outcomes in said),
        )
        for claim in claims.claim
    ]
    return [title for title, _ in said], rows


def compared(store: Store) -> tuple[list[Compared], list[Compared]]:
    """(tables, totals): every printed table under every protocol that has a number beside a
    printed one, and all of them together, by protocol."""
    found, totals = [], []
    for protocol in shipped_protocols():
        tables = [diff.table for diff in diffs((), Query("", protocol=protocol), store)]
        filled = [table for table in tables if tally_of([table]).compared]
        found += [
            Compared(table.spec.printed or table.spec.title, protocol, tally_of([table]))
            for table in filled
        ]
        if filled:
            totals.append(Compared("all, distinct cells", protocol, tally_of(tables)))
    return found, totals


def planned(store: Store) -> list[Planned]:
    """How much of every printed table is recorded."""
    found = []
    for name in printed_tables():
        jobs = [_jobs(name, protocol) for protocol in shipped_protocols()]
        recorded = tuple(len(own) - len(store.missing(own)) for own in jobs)
        found.append(Planned(name, tuple(map(len, jobs)), recorded))
    return found


def left(store: Store, threads: int) -> list[Left]:
    """What is not recorded of all of them, each run once; hours of so many threads."""
    missing = []
    for protocol in shipped_protocols():
        jobs = {job.run_id: job for name in printed_tables() for job in _jobs(name, protocol)}
        missing.append(store.missing(jobs.values()))
    found = []
    for kind, title in KINDS.items():
        own = [[job for job in jobs if kind_of(job.dataset) == kind] for jobs in missing]
        pace = FIRST_PACE[HOURS_ON]
        hours = tuple(estimate_seconds(jobs, pace, threads) / 3600 for jobs in own)
        found.append(Left(title, tuple(map(len, own)), hours))
    return found


def _jobs(table: str, protocol: str) -> list[Job]:
    return prepare(Query(table, protocol=protocol)).jobs


def _said(judged: Judged) -> str:
    """The outcome, and on how many of the rows that have a number; a dash where none has."""
    if judged.outcome is Outcome.UNTESTED:
        return str(judged.outcome.value)
    found = [one.comparison for one in judged.decided]
    if not any(one.recorded for one in found):
        return "–"
    least = min(found, key=lambda one: len(one.pairs))
    of = f" of {least.recorded}" if len(least.pairs) < least.recorded else ""
    return f"{judged.outcome.value} (n = {len(least.pairs)}{of})"


def _tables(claim: Claim) -> tuple[str, ...]:
    asked = (claim, claim.on_own_runs)
    sides = [side for one in asked for side in (one.side, *one.against)]
    return tuple(dict.fromkeys(side.table for side in sides if side is not None))
