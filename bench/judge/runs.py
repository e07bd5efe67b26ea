"""What finished runs measured, read from the store."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from bench.errors import DataError
from bench.store.records import Failure, Record
from bench.store.store import Store


@dataclass(frozen=True)
class Measured:
    """What one finished run measured, as fractions.

    Args:
        run_id: its identity.
        test: test metrics, numeric facts and costs by name.
        valid: validation metrics by name.
        environment: digest of the environment it was made in.
        device: "cpu", "cuda", ...
        source: where the record was read: "own" or "shipped".
        diverged: whether its loss was not finite in the end.
        data_digest: of the data it was made from.
    """

    run_id: str
    test: Mapping[str, float]
    valid: Mapping[str, float]
    environment: str
    device: str
    source: str
    diverged: bool = False
    data_digest: str = ""

    @property
    def one_class(self) -> bool:
        """Whether it predicts a single class for every test row."""
        return self.test.get("top_class_share") == 1.0


class StoredRuns:
    """Runs as far as they are in a store; each record is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._refused: dict[str, str] = {}
        self._failed: dict[str, Failure] | None = None
        self._measured: dict[str, Measured | None] = {}

    def measured(self, run_id: str) -> Measured | None:
        """What the run measured; None where it is not made or its record is refused."""
        if run_id not in self._measured:
            self._measured[run_id] = self._read(run_id)
        return self._measured[run_id]

    def obstacle(self, run_id: str) -> str | None:
        """Why there is no result: the record was refused, or the run failed; else None."""
        if run_id in self._refused:
            return self._refused[run_id]
        if self._failed is None:
            self._failed = self._store.failures()
        return self._failed[run_id].reason if run_id in self._failed else None

    def _read(self, run_id: str) -> Measured | None:
        try:
            record = self._store.get(run_id)
        except DataError as error:
            self._refused[run_id] = str(error)
            return None
        return measured_of(record) if record else None


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


def sources(runs: Iterable[Measured]) -> str:
    """How many records are the user's own and how many shipped."""
    found = [run.source for run in runs]
    return ", ".join(f"{found.count(name)} {name} records" for name in sorted({*found}))


def machines(used: Set[tuple[str, str]]) -> list[str]:
    """Devices, each with its environment, or how many where there are several: networks and other
    methods import different libraries."""
    environments: dict[str, list[str]] = {}
    for device, digest in sorted(used):
        environments.setdefault(device, []).append(digest)
    return [
        f"device {device}, "
        + (f"environment {found[0]}" if len(found) == 1 else f"{len(found)} environments")
        for device, found in environments.items()
    ]


def not_finite(diverged: int, runs: int) -> list[str]:
    """What to say where the loss of so many of so many runs was not finite; nothing for none."""
    if not diverged:
        return []
    return [
        f"The loss of {diverged} of {runs} runs was not finite; "
        f"their best epoch before that counts."
    ]
