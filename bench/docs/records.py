"""What the shipped records say of themselves: which runs, of what data, at what cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import fsum
from typing import TYPE_CHECKING, Any

from bench.datasets.catalogue import TabularDataset, find_dataset
from bench.plan.budget import budgets
from bench.plan.identity import canonical
from bench.plan.job import NO_NET
from bench.plan.plan import kind_of
from bench.plan.query import MethodName
from bench.report.provenance import UNKNOWN, grouped
from bench.store.records import Record
from iunet.declare.protocol import shipped_protocols

if TYPE_CHECKING:
    from pandas import DataFrame

PRETRAIN = "pretrain"
"""The stage that runs may share, and the name of its settings."""
KINDS = {"table": "tables", "pictures": "pictures"}
OPENML = "https://www.openml.org/d/"

Row = dict[str, Any]
"""A row of a table of the page, by the names that its template uses."""


def families_of(records: Iterable[Record]) -> list[Row]:
    """The runs of one kind of data under one protocol and budget; tables come before pictures,
    protocols and budgets in declared order, others as they appear.

    `searched` has the values of a grid by name, as far as more than one was run.
    """
    families = grouped(records, lambda one: (kind_of(one.dataset), one.protocol, one.budget))
    orders = [
        [*KINDS],
        [*shipped_protocols(), *(protocol for _, protocol, _ in families)],
        [*budgets(), *(budget for _, _, budget in families)],
    ]
    ordered = sorted(families, key=lambda place: [*map(list.index, orders, place)])
    return [
        {"kind": KINDS[kind], "protocol": protocol, "budget": budget}
        | _family(families[kind, protocol, budget])
        for kind, protocol, budget in ordered
    ]


def data_of(records: Iterable[Record]) -> list[Row]:
    """Every dataset that runs are of: where it comes from, its size in words, digests of its
    content, what was noted when it was split and encoded, and how many runs are of it."""
    return [_data(key, own) for key, own in sorted(grouped(records, lambda r: r.dataset).items())]


def spent_by_column(frame: DataFrame) -> list[Any]:
    """By budget, net and method: seconds of a run, mean and most, hours of all, and the most memory
    that the process of one held."""
    spent = frame.groupby(["budget", "net", "method"]).agg(
        runs=("run_id", "size"),
        seconds=("fit_seconds", "mean"),
        longest=("fit_seconds", "max"),
        hours=("fit_seconds", lambda seconds: seconds.sum() / 3600),
        gibibytes=("peak_memory_bytes", lambda memory: memory.max() / 2**30),
    )
    return list(spent.reset_index().itertuples())


def no_version(records: Iterable[Record]) -> list[str]:
    """Libraries that a record names without a version."""
    pairs = {pair for one in records for pair in one.provenance.get("versions", {}).items()}
    return sorted(name for name, version in pairs if version == UNKNOWN)


def hours_of(records: Sequence[Record]) -> float:
    """Training time in all; a stage that several runs go on from, or a search, counts once."""
    stages = {
        _stage(one, name): float(seconds)
        for one in records
        for name, seconds in one.cost.get("seconds", {}).items()
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


def _family(records: Sequence[Record]) -> Row:
    columns = {(one.net, one.method) for one in records}
    one_net = len({net for net, _ in columns} - {NO_NET}) == 1
    points = {pair for one in records for pair in one.point}
    values = grouped(sorted(points), lambda pair: pair[0])
    return {
        "datasets": {one.dataset for one in records},
        "methods": sorted(
            {
                str(MethodName(method, "" if net == NO_NET or one_net else net))
                for net, method in columns
            }
        ),
        "seeds": sorted({one.seed for one in records}),
        "runs": len(records),
        "searched": {
            name: [value for _, value in pairs] for name, pairs in values.items() if len(pairs) > 1
        },
    }


def _data(key: str, records: Sequence[Record]) -> Row:
    entry = find_dataset(key)
    if isinstance(entry, TabularDataset):
        where = entry.dataset_id
        source = f"[OpenML {where}]({OPENML}{where})" if where else "scikit-learn"
        size = f"{entry.rows:,} rows, {entry.features} features, {entry.classes or '?'} classes"
    else:
        source = "torchvision" if entry.source == "torchvision" else "scikit-learn"
        size = f"{entry.train + entry.test:,} pictures, {entry.classes} classes"
    notes = {note for one in records for note in one.provenance.get("data_notes", ())}
    return {
        "key": key,
        "source": source,
        "size": size,
        "digests": sorted({one.data_digest for one in records}),
        "notes": _together(sorted(notes)),
        "runs": len(records),
    }


def _together(notes: Iterable[str]) -> list[str]:
    """Notes that differ in nothing but one quoted name as one note with all names."""
    names = defaultdict[tuple[str, str], list[str]](list)
    for note in notes:
        before, name, after = note.split("'") if note.count("'") == 2 else (note, "", "")
        names[before, after].append(name)
    return [f"{before}{', '.join(own)}{after}" for (before, after), own in names.items()]
