"""A finished run as a record: result, cost and origin; one without a result as a failure."""

from __future__ import annotations

import json
import math
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import DataError
from bench.plan.identity import run_id
from bench.plan.job import NO_NET, Job
from iunet.declare.point import Point

VERSION = 1
IDENTITY = ("dataset", "data_revision", "net", "method", "revision", "data", "settings", "seed")
RUN = ("dataset", "net", "method", "protocol", "budget", "point", "seed", "run_id")
"""What is said of a run, in results and failures: attributes of a job and of its record."""

REST = ("protocol", "budget", "point", "result", "cost", "provenance")
"""What a record's file holds after its identity: attributes of the record."""


class DamagedRecord(DataError):
    """A record that cannot be read or does not match its id."""


class OtherData(DataError):
    """A record made from other data than is asked for; it is refused, never retrained silently."""


@dataclass(frozen=True)
class Record:
    """One finished run.

    Args:
        run_id, identity: see bench.plan.identity.
        protocol, budget, point: what it was first planned under; not part of the id.
        result: metrics, facts, trace, confusion, fingerprints. Two runs are equal iff it is equal.
        cost: seconds by stage, fit_seconds, peak_memory_bytes.
        provenance: commit, environment, device, data digest, cohort.
        path: the file it was read from.
        own: False for a shipped reference record.
    """

    run_id: str
    identity: Mapping[str, Any]
    protocol: str
    budget: str
    point: Point
    result: Mapping[str, Any]
    cost: Mapping[str, Any]
    provenance: Mapping[str, Any]
    path: Path | None = None
    own: bool = True

    @property
    def dataset(self) -> str:
        """Key of the dataset."""
        return str(self.identity["dataset"])

    @property
    def net(self) -> str:
        """Key of the net, "-" for a method that is not a network of ours."""
        return str(self.identity["net"])

    @property
    def method(self) -> str:
        """Key of the method."""
        return str(self.identity["method"])

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.identity["seed"])

    @property
    def settings(self) -> Mapping[str, Any]:
        """The resolved settings of the run."""
        settings: Mapping[str, Any] = self.identity["settings"]
        return settings

    @property
    def data_digest(self) -> str:
        """Digest of the data it was made from."""
        return str(self.provenance["data_digest"])

    @property
    def environment(self) -> str:
        """Digest of the environment it was made in."""
        return str(self.provenance["environment"])

    def metric(self, name: str) -> float:
        """A test metric by name, or `valid_<name>` for validation: a fraction, NaN where undefined.

        Raises:
            DamagedRecord: the record has no such metric; the message lists those it has.
        """
        metrics = self.result["metrics"]
        if name not in metrics:
            raise DamagedRecord(
                f"{self.where} has no metric {name!r}; it has: {', '.join(metrics)}"
            )
        value = metrics[name]
        return math.nan if value is None else float(value)

    def fact(self, name: str) -> float | int | str | None:
        """A fact measured on the way, or a cost; None where this run has none of that name."""
        fact: float | int | str | None = self.result["facts"].get(name, self.cost.get(name))
        return fact

    @property
    def where(self) -> str:
        """For messages: the file, or the id."""
        return str(self.path) if self.path else f"run {self.run_id}"


@dataclass(frozen=True)
class Failure:
    """One run that ended without a result; kept apart, so that it never counts as done.

    Args:
        run_id, dataset, net, method, point, protocol, budget, seed: of the job.
        reason: one line.
        traceback: where it happened.
    """

    run_id: str
    dataset: str
    net: str
    method: str
    point: dict[str, float]
    protocol: str
    budget: str
    seed: int
    reason: str
    traceback: str

    @property
    def title(self) -> str:
        """For messages."""
        return f"{self.dataset} {self.method} seed {self.seed}: {self.reason}"


def new_record(
    job: Job, result: Mapping[str, Any], cost: Mapping[str, Any], provenance: Mapping[str, Any]
) -> Record:
    """The record of a job just finished."""
    measured = map(finite, (result, cost, provenance))
    return Record(job.run_id, job.identity, job.protocol, job.budget, job.point, *measured)


def failure_of(job: Job, error: BaseException) -> Failure:
    """What is kept of an error."""
    run = {name: getattr(job, name) for name in RUN} | {"point": dict(job.point)}
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return Failure(**run, reason=reason, traceback="".join(traceback.format_exception(error)))


def to_json(record: Record, *, trace: bool = True) -> dict[str, Any]:
    """The content of a record's file; without its per-epoch trace when it is to be shipped."""
    content = {name: getattr(record, name) for name in REST} | {"point": dict(record.point)}
    if not trace:
        content["result"] = {**record.result, "trace": []}
    identity = {name: record.identity[name] for name in IDENTITY}
    return {"version": VERSION, "run_id": record.run_id, **identity, **content}


def from_json(raw: object, *, path: Path, own: bool) -> Record:
    """The record in this content, checked against its own id.

    Raises:
        DamagedRecord: a missing, unknown or wrong part, or an id that does not fit the content.
    """
    for fault in _faults(raw):
        raise damaged(path, fault, own)
    assert isinstance(raw, dict)
    identity = {name: raw[name] for name in IDENTITY}
    point = tuple((str(name), float(value)) for name, value in raw["point"].items())
    rest = {name: raw[name] for name in REST} | {"point": point}
    return Record(raw["run_id"], identity, **rest, path=path, own=own)


def read_record(path: Path) -> Record:
    """The record in this file.

    Raises:
        DamagedRecord: see from_json; or the file is not JSON.
    """
    try:
        raw = json.loads(path.read_bytes())
    except ValueError as error:
        raise damaged(path, f"not JSON: {error}", own=True) from error
    record = from_json(raw, path=path, own=True)
    if path.name != run_file(record).name:
        raise damaged(path, f"holds run {record.run_id} seed {record.seed}", own=True)
    return record


def read_failure(path: Path) -> Failure:
    """The failure in this file.

    Raises:
        DamagedRecord: the file is not a failure.
    """
    try:
        return Failure(**json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise damaged(path, f"not a failure: {error}", own=True) from error


def run_file(run: Job | Record) -> Path:
    """<dataset>/<net>-<method>/<seed>-<run id>.json, without the net where there is none."""
    method = run.method if run.net == NO_NET else f"{run.net}-{run.method}"
    return Path(run.dataset) / method / f"{run.seed}-{run.run_id}.json"


def damaged(path: Path, why: str, own: bool) -> DamagedRecord:
    """The one line for the user."""
    mend = "delete it and run `bench run` again" if own else "restore it from the repository"
    return DamagedRecord(f"{path}: damaged record ({why}); {mend}")


def finite(value: Any) -> Any:
    """The same content with null for every number that is not finite, which JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(name): finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return value


def _faults(raw: Any) -> Iterator[str]:
    """What is wrong with a record's content. Nothing is asked for after the first fault."""
    if not isinstance(raw, dict):
        yield "not an object"
    if wrong := sorted({"version", "run_id", *IDENTITY, *REST}.symmetric_difference(raw)):
        yield f"missing or unknown: {', '.join(wrong)}"
    if raw["version"] != VERSION:
        yield f"version {raw['version']}, this program reads {VERSION}"
    for name in ("data", "settings", "point", "result", "cost", "provenance"):
        if not isinstance(raw[name], dict):
            yield f"{name} is not an object"
    for name in ("metrics", "facts", "fingerprints"):
        if not isinstance(raw["result"].get(name), dict):
            yield f"result.{name} is not an object"
    for name, value in raw["result"]["metrics"].items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield f"metric {name} is {value!r}, not a number"
    for name in ("data_digest", "environment"):
        if not isinstance(raw["provenance"].get(name), str):
            yield f"provenance.{name} is not a text"
    found = run_id({name: raw[name] for name in IDENTITY})
    if found != raw["run_id"]:
        yield f"says run {raw['run_id']} but its content is run {found}"
