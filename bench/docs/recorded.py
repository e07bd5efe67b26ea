"""What shipped records say of themselves: which runs, of what data, at what cost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import fsum
from statistics import fmean

from bench.datasets.catalogue import TabularDataset, find_entry
from bench.plan.budget import budgets
from bench.plan.identity import canonical
from bench.plan.job import NO_NET
from bench.plan.names import MethodName
from bench.plan.plan import kind_of
from bench.store.records import Record
from iunet.declare.protocol import shipped_protocols

PRETRAIN = "pretrain"
"""The stage that runs may share, and the name of its settings."""
KINDS = {"table": "tables", "pictures": "pictures"}
OPENML = "https://www.openml.org/d/"
UNKNOWN = "unknown"
"""What a record has where a library does not say its version."""
QUOTED = re.compile(r"([^']*)'([^']*)'([^']*)")


@dataclass(frozen=True)
class Family:
    """The runs of one kind of data under one protocol and budget.

    Args:
        datasets, methods: keys; a network as net:method where several nets are run.
        seeds: those that were run.
        runs: how many.
        searched: values of a grid by name, as far as more than one was run.
    """

    protocol: str
    budget: str
    kind: str
    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: tuple[int, ...]
    runs: int
    searched: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Data:
    """One dataset: where it comes from, its size in words, digest of its content, what was noted
    when it was split and encoded, and how many runs are of it."""

    key: str
    source: str
    size: str
    digests: tuple[str, ...]
    notes: tuple[str, ...]
    runs: int


@dataclass(frozen=True)
class Spent:
    """What the runs of one column cost under one budget.

    Args:
        seconds, longest: of a run, mean and most.
        hours: of all.
        gibibytes: the most that the process of one held.
    """

    budget: str
    net: str
    method: str
    runs: int
    seconds: float
    longest: float
    hours: float
    gibibytes: float


@dataclass(frozen=True)
class Made:
    """Where runs were made: the digest of the environment and what it is of, and how many runs."""

    environment: str
    libraries: str
    python: str
    device: str
    threads: str
    runs: int


def families_of(records: Iterable[Record]) -> list[Family]:
    """Protocols and budgets in declared order, tables before pictures."""
    groups: dict[tuple[int, int, str], list[Record]] = {}
    protocols, known = _places(shipped_protocols()), _places(budgets())
    for one in records:
        place = protocols.get(one.protocol, len(protocols)), known.get(one.budget, len(known))
        groups.setdefault((*place, KINDS[kind_of(one.dataset)]), []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (item[0][2] != KINDS["table"], item[0]))
    return [_family(kind, group) for (_, _, kind), group in ordered]


def data_of(records: Iterable[Record]) -> list[Data]:
    """Every dataset that runs are of, by key."""
    groups: dict[str, list[Record]] = {}
    for one in records:
        groups.setdefault(one.dataset, []).append(one)
    return [_data(key, groups[key]) for key in sorted(groups)]


def made_in(records: Iterable[Record]) -> list[Made]:
    """By environment and number of threads, the one of most runs first."""
    count = Counter(_made(one) for one in records)
    return [replace(made, runs=runs) for made, runs in count.most_common()]


def no_version(records: Iterable[Record]) -> list[str]:
    """Libraries that a record names without a version."""
    pairs = {pair for one in records for pair in one.provenance.get("versions", {}).items()}
    return sorted(name for name, version in pairs if version == UNKNOWN)


def commits_of(records: Iterable[Record]) -> list[tuple[str, int]]:
    """(commit, runs), that of most runs first."""
    return Counter(str(one.provenance.get("commit") or "unknown") for one in records).most_common()


def spent_by_column(records: Iterable[Record]) -> list[Spent]:
    """By budget, net and method."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for one in records:
        groups.setdefault((one.budget, one.net, one.method), []).append(one)
    return [_spent(*key, groups[key]) for key in sorted(groups)]


def hours_of(records: Sequence[Record]) -> float:
    """Training time in all; a stage that several runs go on from, or a search, counts once."""
    stages = {
        _stage(one, name): float(seconds)
        for one in records
        for name, seconds in one.cost["seconds"].items()
    }
    searches = {
        _search(one): float(one.result["facts"]["search_seconds"])
        for one in records
        if "search" in one.settings
    }
    return fsum([*stages.values(), *searches.values()]) / 3600


def _search(record: Record) -> tuple[object, ...]:
    """Runs of one search share it."""
    where = canonical({"data": record.identity["data"], "search": record.settings["search"]})
    return record.dataset, record.net, record.method, where


def _stage(record: Record, name: str) -> tuple[object, ...]:
    """Runs of equal pre-training share it; every other stage is a run's own."""
    if name != PRETRAIN or "search" in record.settings:
        return record.run_id, name
    settings = {part: record.settings[part] for part in ("start", PRETRAIN)}
    shared = canonical({"data": record.identity["data"], **settings})
    return record.dataset, record.net, record.seed, shared


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _family(kind: str, records: Sequence[Record]) -> Family:
    nets = {one.net for one in records} - {NO_NET}
    named = {
        str(MethodName(one.method, "" if one.net == NO_NET or len(nets) == 1 else one.net))
        for one in records
    }
    values: dict[str, set[float]] = {}
    for one in records:
        for name, value in one.point:
            values.setdefault(name, set()).add(value)
    return Family(
        protocol=records[0].protocol,
        budget=records[0].budget,
        kind=kind,
        datasets=tuple(sorted({one.dataset for one in records})),
        methods=tuple(sorted(named)),
        seeds=tuple(sorted({one.seed for one in records})),
        runs=len(records),
        searched={name: tuple(sorted(own)) for name, own in values.items() if len(own) > 1},
    )


def _data(key: str, records: Sequence[Record]) -> Data:
    entry = find_entry(key)
    notes = {str(note) for one in records for note in one.provenance.get("data_notes", ())}
    if isinstance(entry, TabularDataset):
        where = entry.dataset_id
        source = f"[OpenML {where}]({OPENML}{where})" if where else "scikit-learn"
        size = f"{entry.rows:,} rows, {entry.features} features, {entry.classes or '?'} classes"
    else:
        source = "torchvision" if entry.source == "torchvision" else "scikit-learn"
        size = f"{entry.train + entry.test:,} pictures, {entry.classes} classes"
    digests = tuple(sorted({one.data_digest for one in records}))
    return Data(key, source, size, digests, tuple(_together(sorted(notes))), len(records))


def _together(notes: Iterable[str]) -> list[str]:
    """Notes that differ in nothing but one quoted name as one note with all names."""
    names: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        found = QUOTED.fullmatch(note)
        before, name, after = found.groups() if found else (note, "", "")
        names.setdefault((before, after), []).append(name)
    return [f"{before}{', '.join(own)}{after}" for (before, after), own in names.items()]


def _made(record: Record) -> Made:
    origin = record.provenance
    versions = origin.get("versions", {})
    return Made(
        environment=record.environment,
        libraries=", ".join(
            name if version == UNKNOWN else f"{name} {version}"
            for name, version in versions.items()
        ),
        python=str(origin.get("python", "unknown")),
        device=str(origin.get("device", "unknown")),
        threads=str(origin.get("threads", "unknown")),
        runs=1,
    )


def _spent(budget: str, net: str, method: str, records: Sequence[Record]) -> Spent:
    seconds = [float(one.cost["fit_seconds"]) for one in records]
    memory = max(int(one.cost["peak_memory_bytes"]) for one in records)
    return Spent(
        budget=budget,
        net=net,
        method=method,
        runs=len(records),
        seconds=fmean(seconds),
        longest=max(seconds),
        hours=sum(seconds) / 3600,
        gibibytes=memory / 2**30,
    )
