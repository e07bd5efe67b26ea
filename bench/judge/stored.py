"""Plan and store as collecting sees them; plans all cells of a table at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.errors import DataError
from bench.judge.runs import Measured
from bench.plan.job import Job
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.point import Point


class StoredRuns:
    """The runs of a table's cells, read from the store; each record is read once.

    Args:
        jobs: everything the table needs, by what is fixed of the grid.
        store: where results are.
    """

    def __init__(self, jobs: Mapping[Point, Iterable[Job]], store: Store) -> None:
        self._store = store
        self._cells: dict[tuple[str, str, str, Point], list[Job]] = {}
        self._refused: dict[str, str] = {}
        self._failed: dict[str, str] | None = None
        for at, fixed in jobs.items():
            for job in fixed:
                self._cells.setdefault((job.dataset, job.net, job.method, at), []).append(job)

    def planned(self, dataset: str, net: str, method: str, at: Point) -> Sequence[Job]:
        """Every run of a cell: the grid in declared order, as far as it is not fixed by `at`,
        every seed of each point."""
        return self._cells.get((dataset, net, method, at), ())

    def measured(self, run_id: str) -> Measured | None:
        """What the run measured; None where it is not made or its record is refused."""
        try:
            record = self._store.get(run_id)
        except DataError as error:
            self._refused[run_id] = str(error)
            return None
        return measured_of(record) if record else None

    def obstacle(self, run_id: str) -> str | None:
        """Why there is no result: the record was refused, or the run failed; else None."""
        if run_id in self._refused:
            return self._refused[run_id]
        if self._failed is None:
            self._failed = {failure.run_id: failure.reason for failure in self._store.failures()}
        return self._failed.get(run_id)


def measured_of(record: Record) -> Measured:
    """What a record says, finite numbers only."""
    metrics = _finite(record.result["metrics"])
    valid = {n.removeprefix("valid_"): v for n, v in metrics.items() if n.startswith("valid_")}
    test = {name: value for name, value in metrics.items() if not name.startswith("valid_")}
    return Measured(
        run_id=record.run_id,
        test=_finite(record.cost) | _finite(record.result["facts"]) | test,
        valid=valid,
        environment=record.environment,
        device=str(record.provenance.get("device", "unknown")),
        source="own" if record.own else "shipped",
        diverged=_diverged(record.result["facts"]),
        data_digest=record.data_digest,
    )


def _diverged(facts: Mapping[str, Any]) -> bool:
    """JSON has no word for a number that is not finite, so such a loss is kept as null."""
    return "last_loss" in facts and "last_loss" not in _finite(facts)


def _finite(numbers: Mapping[str, Any]) -> dict[str, float]:
    return {
        str(name): float(value)
        for name, value in numbers.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
