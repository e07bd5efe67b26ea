"""Which arrays of which runs the figures draw, so that these are shipped with their records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bench.declared.figures import figure_names, read_figure
from bench.figures.asked import Asked, prepare
from bench.plan.budget import budgets
from bench.plan.query import Query
from bench.store.arrays import Arrays
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.protocol import shipped_protocols


def drawings_of(records: Iterable[Record], store: Store) -> Callable[[str], Arrays]:
    """From a run id to those arrays of the run that a figure draws, as far as they are stored."""
    drawn = drawn_arrays(records)

    def drawings(run_id: str) -> Arrays:
        arrays = store.drawings(run_id) if run_id in drawn else None
        return {name: array for name, array in (arrays or {}).items() if name in drawn[run_id]}

    return drawings


def drawn_arrays(records: Iterable[Record]) -> dict[str, frozenset[str]]:
    """Names of arrays by run id, of every run that a figure draws an array of.

    Asked under the protocols and budgets of these records; a protocol of the user's own, which is a
    file and no key, is not.
    """
    found: dict[str, frozenset[str]] = {}
    under = dict.fromkeys((record.protocol, record.budget) for record in records)
    for protocol, budget in under:
        if protocol in shipped_protocols() and budget in budgets():
            for asked in _figures(protocol, budget):
                for job in asked.jobs:
                    arrays = found.get(job.run_id, frozenset())
                    found[job.run_id] = arrays | set(asked.spec.arrays)
    return found


def _figures(protocol: str, budget: str) -> Iterator[Asked]:
    for name in figure_names():
        if read_figure(name).arrays:
            yield prepare(Query(name, protocol, budget))
