"""What the shipped records say of themselves: which runs, of what data, at what cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import fsum
from typing import TYPE_CHECKING, Any

from bench.datasets.catalogue import TabularDataset, find_dataset
from bench.plan.budget import budgets
from bench.plan.identity import canonical
from bench.plan.job import NO_NET
from bench.plan.plan import kind_of
from bench.plan.query import MethodName
from bench.store.records import Record
from iunet.declare.protocol import shipped_protocols

if TYPE_CHECKING:
    from pandas import DataFrame

PRETRAIN = "pretrain"
"""The stage that runs may share, and the name of its settings."""
KINDS = {"table": "tables", "pictures": "pictures"}
OPENML = "https://www.openml.org/d/"
QUOTED = re.compile(r"([^']*)'([^']*)'([^']*)")

Row = dict[str, Any]
"""A row of a table of the page, by the names that its template uses."""


def families_of(frame: DataFrame) -> list[Row]:
    """The runs of one kind of data under one protocol and budget; tables come before pictures,
    protocols and budgets in declared order.

    `searched` has the values of a grid by name, as far as more than one was run.
    """
    from pandas import Categorical

    declared: dict[str, Iterable[str]] = {
        "kind": KINDS,
        "protocol": shipped_protocols(),
        "budget": budgets(),
    }
    frame = frame.assign(kind=frame["dataset"].map(kind_of))
    for column, known in declared.items():
        in_order = [*known, *frame[column]]
        frame[column] = Categorical(frame[column], list(dict.fromkeys(in_order)))
    return [_family(rows) for _, rows in frame.groupby(list(declared), observed=True)]


def data_of(records: Sequence[Record]) -> list[Row]:
    """Every dataset that runs are of: where it comes from, its size in words, digests of its
    content, what was noted when it was split and encoded, and how many runs are of it."""
    from pandas import DataFrame

    columns = {
        "dataset": [one.dataset for one in records],
        "digest": [one.data_digest for one in records],
        "note": [one.provenance.get("data_notes", ()) for one in records],
    }
    return [_data(str(key), rows) for key, rows in DataFrame(columns).groupby("dataset")]


def spent_by_column(frame: DataFrame) -> list[Row]:
    """By budget, net and method: seconds of a run, mean and most, hours of all, and the most memory
    that the process of one held."""
    spent = frame.groupby(["budget", "net", "method"]).agg(
        runs=("run_id", "size"),
        seconds=("fit_seconds", "mean"),
        longest=("fit_seconds", "max"),
        hours=("fit_seconds", lambda seconds: seconds.sum() / 3600),
        gibibytes=("peak_memory_bytes", lambda memory: memory.max() / 2**30),
    )
    return [{str(k): v for k, v in row.items()} for row in spent.reset_index().to_dict("records")]


def no_version(records: Iterable[Record]) -> list[str]:
    """Libraries that a record names without a version."""
    pairs = {pair for one in records for pair in one.provenance.get("versions", {}).items()}
    return sorted(name for name, version in pairs if version == "unknown")


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


def _family(rows: DataFrame) -> Row:
    kind, protocol, budget = rows[["kind", "protocol", "budget"]].iloc[0]
    columns = rows[["net", "method"]].drop_duplicates()
    one_net = len({*columns["net"]} - {NO_NET}) == 1
    methods = {
        str(MethodName(method, "" if net == NO_NET or one_net else net))
        for net, method in columns.itertuples(index=False)
    }
    points = rows.filter(regex="^point_")
    return {
        "protocol": protocol,
        "budget": budget,
        "kind": KINDS[kind],
        "datasets": sorted({*rows["dataset"]}),
        "methods": sorted(methods),
        "seeds": sorted({*rows["seed"]}),
        "runs": len(rows),
        "searched": {
            str(name).removeprefix("point_"): sorted({*values.dropna()})
            for name, values in points.items()
            if values.nunique() > 1
        },
    }


def _data(key: str, rows: DataFrame) -> Row:
    entry = find_dataset(key)
    if isinstance(entry, TabularDataset):
        where = entry.dataset_id
        source = f"[OpenML {where}]({OPENML}{where})" if where else "scikit-learn"
        size = f"{entry.rows:,} rows, {entry.features} features, {entry.classes or '?'} classes"
    else:
        source = "torchvision" if entry.source == "torchvision" else "scikit-learn"
        size = f"{entry.train + entry.test:,} pictures, {entry.classes} classes"
    notes = sorted({*rows["note"].explode().dropna()})
    digests = sorted({*rows["digest"]})
    names = ("key", "source", "size", "digests", "notes", "runs")
    return dict(zip(names, (key, source, size, digests, _together(notes), len(rows)), strict=True))


def _together(notes: Iterable[str]) -> list[str]:
    """Notes that differ in nothing but one quoted name as one note with all names."""
    names: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        found = QUOTED.fullmatch(note)
        before, name, after = found.groups() if found else (note, "", "")
        names.setdefault((before, after), []).append(name)
    return [f"{before}{', '.join(own)}{after}" for (before, after), own in names.items()]
