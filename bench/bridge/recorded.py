"""Which bridges records are of: what to ask for so that each of them is seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from baselines.registry import find_method
from bench.bridge.asked import Asked, Selection, ends, prepare
from bench.bridge.steps import read_steps
from bench.bridge.way import JOIN, way
from bench.plan.plan import kind_of, usual_net
from bench.store.records import Record


def recorded(steps: Iterable[Record]) -> list[Asked]:
    """A bridge between the two usual protocols for each budget and kind of data, and for datasets
    of the same columns and steps; those of most steps first.

    Args:
        steps: records of single steps; those between other protocols are in none.

    Raises:
        UnknownKey, UsageError: a record is of a method or of data that nobody declares.
    """
    keys = _keys()
    columns: dict[tuple[str, str], set[str]] = {}
    taken: dict[tuple[str, str], set[str]] = {}
    for record in steps:
        if record.protocol in keys:
            column = (record.budget, record.dataset)
            columns.setdefault(column, set()).add(_method(record))
            taken.setdefault(column, set()).add(keys[record.protocol])
    parts: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (budget, dataset), methods in sorted(columns.items()):
        own = [key for key in dict.fromkeys(keys.values()) if key in taken[budget, dataset]]
        named = tuple(step for key in own for step in key.split(JOIN))
        part = (budget, kind_of(dataset), tuple(sorted(methods, key=_place)), named)
        parts.setdefault(part, []).append(dataset)
    found = [
        _asked(Selection(datasets=tuple(datasets), methods=methods, budget=budget, steps=named))
        for (budget, _, methods, named), datasets in parts.items()
    ]
    return sorted(found, key=lambda asked: -len(asked.conditions))


def _asked(selection: Selection) -> Asked:
    """Without the names of the steps where they are all there are."""
    asked = prepare(selection)
    whole = all(leg.whole for leg in asked.legs)
    return prepare(replace(selection, steps=())) if whole else asked


def _keys() -> dict[str, str]:
    """The step of each protocol that lies between the usual two."""
    start, end = ends(Selection())
    declared = read_steps()
    stops = (*way(start, end, declared).stops, *way(end, start, declared).stops)
    return {stop.protocol.key: stop.key for stop in stops}


def _method(record: Record) -> str:
    usual = usual_net(find_method(record.method), kind_of(record.dataset))
    return record.method if record.net == usual else f"{record.net}:{record.method}"


def _place(method: str) -> tuple[int, str]:
    """As the steps list them, then the others by name."""
    usual = read_steps().methods
    return usual.index(method) if method in usual else len(usual), method
