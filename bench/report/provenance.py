"""The readable records: where they come from and what they cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from bench.folders import checkout_root
from bench.plan.job import NO_NET
from bench.plan.query import is_step
from bench.run.environment import git
from bench.store.records import Record
from bench.store.store import Store

Item = TypeVar("Item")
Key = TypeVar("Key")

UNKNOWN = "unknown"
STEPS = "Steps between protocols"


@dataclass(frozen=True)
class Environment:
    """Where runs were made: the digest of the environment and what it is of."""

    digest: str
    libraries: str
    python: str
    device: str
    threads: str


@dataclass(frozen=True)
class Provenance:
    """Where all records come from.

    Args:
        own, shipped: numbers of records.
        changed: how many were made with uncommitted changes in the code.
        newest: the date of the newest, and what says so; empty where nothing does.
        commits: nine digits, the date where git knows it, and how many runs; most runs first.
        environments: each with how many runs, likewise.
    """

    own: int
    shipped: int
    changed: int
    newest: str
    commits: tuple[tuple[str, str, int], ...]
    environments: tuple[tuple[Environment, int], ...]

    @property
    def runs(self) -> int:
        """How many records there are."""
        return self.own + self.shipped


Cost = tuple[float | None, float | None]
"""Mean training time of a run in seconds, and the most memory any held in MiB; None where no record
says."""


@dataclass(frozen=True)
class CostTable:
    """Costs under one protocol and budget: datasets by methods.

    Args:
        methods: net, empty for a method that is not a network of ours, and method.
        rows: of each dataset the cost of every method; None where it has no run.
        hours: of all runs together.
        energy: what records say of energy, summed, by its name in the records.
    """

    title: str
    methods: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[Cost | None, ...]], ...]
    runs: int
    hours: float
    energy: tuple[tuple[str, float], ...]


def file_of(record: Record, store: Store) -> str:
    """The file of a record, as seen from its own folder: no report names a place on a machine."""
    path = record.path
    if path is None:
        return ""
    root = store.results if record.own else (store.reference or Path()).parent
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def provenance_of(records: Sequence[Record]) -> Provenance:
    """Where these records come from."""
    own = [record for record in records if record.own]
    count = Counter(map(commit_of, records))
    dates = commit_dates([digits for digits in count if digits != UNKNOWN], checkout_root())
    return Provenance(
        own=len(own),
        shipped=len(records) - len(own),
        changed=sum(bool(record.provenance.get("dirty")) for record in records),
        newest=_newest(own, dates.values()),
        commits=tuple((one, dates.get(one, ""), runs) for one, runs in count.most_common()),
        environments=tuple(environments_of(records)),
    )


def environments_of(records: Iterable[Record]) -> list[tuple[Environment, int]]:
    """Each with how many runs were made in it with as many threads, most runs first."""
    return Counter(map(_environment, records)).most_common()


def cost_tables(records: Iterable[Record], protocols: Sequence[str]) -> list[CostTable]:
    """Costs by protocol and budget, in the order of these protocols; of others after them, of all
    steps of a bridge together last."""

    def place(record: Record) -> tuple[int, str, str]:
        if is_step(record.protocol):
            return len(protocols) + 1, STEPS, record.budget
        known = record.protocol in protocols
        order = protocols.index(record.protocol) if known else len(protocols)
        return order, f"Protocol {record.protocol}", record.budget

    return [
        _cost_table(f"{title}, budget {budget}", own)
        for (_, title, budget), own in sorted(grouped(records, place).items())
    ]


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """The items by what this function says of each; keys and items in order of appearance."""
    groups = defaultdict[Key, list[Item]](list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def commit_of(record: Record) -> str:
    """The commit a run was made at, in nine digits."""
    return str(record.provenance.get("commit") or UNKNOWN)[:9]


def commit_dates(digits: Sequence[str], root: Path | None) -> dict[str, str]:
    """The dates of commits, by their digits, as far as git knows them here."""
    if root is None or not (root / ".git").exists() or not digits:
        return {}
    said = git(root, "log", "--no-walk", "--ignore-missing", "--format=%H %cs", *digits)
    lines = [line.split() for line in (said or "").splitlines()]
    return {one: date for one in digits for whole, date in lines if whole.startswith(one)}


def _newest(own: Iterable[Record], dates: Iterable[str]) -> str:
    """When the newest own record was written; of shipped ones only the commit has a date."""
    written = [path.stat().st_mtime for one in own if (path := one.path) and path.exists()]
    if written:
        day = datetime.fromtimestamp(max(written), tz=UTC).date().isoformat()
        return f"{day} (when its file was written)"
    newest = max(dates, default="")
    return newest and f"{newest} (date of its commit)"


def _environment(record: Record) -> Environment:
    """That of one run; a library that does not say its version is named alone."""
    origin = record.provenance
    versions = origin.get("versions", {}).items()
    libraries = [name if version == UNKNOWN else f"{name} {version}" for name, version in versions]
    python, device, threads = (str(origin.get(n, UNKNOWN)) for n in ("python", "device", "threads"))
    return Environment(record.environment, ", ".join(libraries), python, device, threads)


def _cost_table(title: str, records: Sequence[Record]) -> CostTable:
    cells = grouped(records, lambda one: (one.dataset, _method(one)))
    methods = sorted({method for _, method in cells}, key=lambda pair: (not pair[0], pair))
    energies = sorted({name for record in records for name in record.cost if "energy" in name})
    return CostTable(
        title=title,
        methods=tuple(methods),
        rows=tuple(
            (dataset, tuple(_cost(cells.get((dataset, method), ())) for method in methods))
            for dataset in sorted({dataset for dataset, _ in cells})
        ),
        runs=len(records),
        hours=sum(_numbers(records, "fit_seconds")) / 3600,
        energy=tuple((name, sum(_numbers(records, name))) for name in energies),
    )


def _method(record: Record) -> tuple[str, str]:
    return "" if record.net == NO_NET else record.net, record.method


def _cost(records: Sequence[Record]) -> Cost | None:
    if not records:
        return None
    seconds, memory = (_numbers(records, name) for name in ("fit_seconds", "peak_memory_bytes"))
    return fmean(seconds) if seconds else None, max(memory) / 2**20 if memory else None


def _numbers(records: Iterable[Record], name: str) -> list[float]:
    """This cost of the records that have it as a number."""
    values = (record.cost.get(name) for record in records)
    return [float(value) for value in values if isinstance(value, int | float)]
