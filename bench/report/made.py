"""Where the records come from and what they cost: dates, commits, environments, time, memory."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from bench.bridge.way import is_step
from bench.docs.recorded import Made, made_in
from bench.folders import checkout_root
from bench.plan.job import NO_NET
from bench.report.origin import commit_of
from bench.store.records import Record

UNKNOWN = "unknown"
STEPS = "Steps between protocols"


@dataclass(frozen=True)
class Commit:
    """A state of the code: nine digits, its date where git knows it, and how many runs it made."""

    digits: str
    date: str
    runs: int


@dataclass(frozen=True)
class Origin:
    """Where all records come from.

    Args:
        own, shipped: numbers of records.
        changed: how many were made with uncommitted changes in the code.
        newest: the date of the newest, and what says so; empty where nothing does.
        commits, environments: most runs first.
    """

    own: int
    shipped: int
    changed: int
    newest: str
    commits: tuple[Commit, ...]
    environments: tuple[Made, ...]


@dataclass(frozen=True)
class Cost:
    """What runs of one method on one dataset cost.

    Args:
        runs: how many.
        seconds: mean training time of a run; None where no record says.
        memory: the most any held, in MiB; None likewise.
    """

    runs: int
    seconds: float | None
    memory: float | None


@dataclass(frozen=True)
class CostTable:
    """Costs under one protocol and budget: datasets by methods.

    Args:
        methods: net, empty for a method that is not a network of ours, and method.
        hours: of all runs together.
        energy: what records say of energy, summed, by its name in the records.
    """

    title: str
    methods: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[Cost | None, ...]], ...]
    runs: int
    hours: float
    energy: tuple[tuple[str, float], ...]


def origin_of(records: Sequence[Record]) -> Origin:
    """Where these records come from."""
    own = [record for record in records if record.own]
    commits = _commits(records)
    return Origin(
        own=len(own),
        shipped=len(records) - len(own),
        changed=sum(bool(record.provenance.get("dirty")) for record in records),
        newest=_newest(own, commits),
        commits=commits,
        environments=tuple(made_in(records)),
    )


def cost_tables(records: Sequence[Record], protocols: Sequence[str]) -> list[CostTable]:
    """Costs by protocol and budget, in the order of these protocols; of others after them, of all
    steps of a bridge together last."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        made_under = STEPS if is_step(record.protocol) else f"Protocol {record.protocol}"
        groups.setdefault((made_under, record.budget), []).append(record)
    first = [f"Protocol {key}" for key in protocols]
    others = sorted({made_under for made_under, _ in groups} - {*first, STEPS})
    order = [*first, *others, STEPS]
    ordered = sorted(groups, key=lambda pair: (order.index(pair[0]), pair[1]))
    return [_cost_table(f"{u}, budget {b}", groups[u, b]) for u, b in ordered]


def commit_dates(digits: Sequence[str], root: Path | None) -> dict[str, str]:
    """The dates of commits, by their digits, as far as git knows them here."""
    if root is None or not (root / ".git").exists() or not digits:
        return {}
    words = ["log", "--no-walk", "--ignore-missing", "--format=%H %cs", *digits]
    try:
        command = ["git", "-C", str(root), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = [line.split() for line in done.stdout.splitlines()]
    return {one: date for one in digits for whole, date in lines if whole.startswith(one)}


def _commits(records: Iterable[Record]) -> tuple[Commit, ...]:
    count = Counter(commit_of(record) for record in records)
    dates = commit_dates([digits for digits in count if digits != UNKNOWN], checkout_root())
    return tuple(Commit(digits, dates.get(digits, ""), n) for digits, n in count.most_common())


def _newest(own: Sequence[Record], commits: Sequence[Commit]) -> str:
    """When the newest own record was written; of shipped ones only the commit has a date."""
    written = [path.stat().st_mtime for one in own if (path := one.path) and path.exists()]
    if written:
        day = datetime.fromtimestamp(max(written), tz=UTC).date().isoformat()
        return f"{day} (when its file was written)"
    dates = [commit.date for commit in commits if commit.date]
    return f"{max(dates)} (date of its commit)" if dates else ""


def _cost_table(title: str, records: Sequence[Record]) -> CostTable:
    cells: dict[tuple[str, tuple[str, str]], list[Record]] = {}
    for record in records:
        cells.setdefault((record.dataset, _method(record)), []).append(record)
    datasets = sorted({dataset for dataset, _ in cells})
    methods = sorted({method for _, method in cells}, key=lambda pair: (not pair[0], pair))
    rows = [
        (dataset, tuple(_cost(cells.get((dataset, method), ())) for method in methods))
        for dataset in datasets
    ]
    seconds = [value for record in records if (value := _number(record, "fit_seconds")) is not None]
    return CostTable(
        title=title,
        methods=tuple(methods),
        rows=tuple(rows),
        runs=len(records),
        hours=sum(seconds) / 3600,
        energy=_energy(records),
    )


def _method(record: Record) -> tuple[str, str]:
    return "" if record.net == NO_NET else record.net, record.method


def _cost(records: Sequence[Record]) -> Cost | None:
    if not records:
        return None
    seconds = [v for record in records if (v := _number(record, "fit_seconds")) is not None]
    memory = [v for record in records if (v := _number(record, "peak_memory_bytes")) is not None]
    return Cost(
        runs=len(records),
        seconds=fmean(seconds) if seconds else None,
        memory=max(memory) / 2**20 if memory else None,
    )


def _energy(records: Iterable[Record]) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    for record in records:
        for name in record.cost:
            value = _number(record, name) if "energy" in name else None
            if value is not None:
                found[name] = found.get(name, 0.0) + value
    return tuple(sorted(found.items()))


def _number(record: Record, name: str) -> float | None:
    value = record.cost.get(name)
    return float(value) if isinstance(value, int | float) else None
