"""A finished run as a record: result, cost and origin; one without a result as a failure."""

from __future__ import annotations

import json
import math
import re
import reprlib
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pydantic_core

from bench.errors import DataError
from bench.plan.identity import ids_by_seed, json_types
from bench.plan.job import Job
from bench.render.files import finite, read_bounded, strict_json
from bench.store.form import FAILURE, RECORD, WORK, misfit
from iunet.declare.point import Point
from iunet.measure.metrics import wrong_metric

Work = str | Callable[[int], str]
"""What is wrong with an identity, the seed aside, else the ids of its runs by seed."""

VERSION = 1
IDENTITY = ("dataset", "data_revision", "net", "method", "revision", "data", "settings", "seed")
RUN = ("dataset", "net", "method", "protocol", "budget", "point", "seed", "run_id")
"""What is said of a run, in results and failures: attributes of a job and of its record."""

WORK_PARTS = {*IDENTITY} - {"seed"}
"""What runs of other seeds share."""

REST = ("protocol", "budget", "point", "result", "cost", "provenance")
"""What a record's file holds after its identity: attributes of the record."""

LARGEST = 2**25
"""Bytes of a record."""

HEAD = re.compile(rb'\{\n?"version": ?%d,\n?"run_id": ?"([0-9a-f]{16})",' % VERSION)
"""How a record's content begins."""
SEAL = b', "checksum": "'
"""Comes last in a record's file; the digest of all before it follows."""
SEALED_JSON = partial(pydantic_core.from_json, allow_inf_nan=False)
"""Reads JSON that has no name twice in one object, in a fifth of the time."""


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
    """The record of a job just finished.

    Raises:
        DamagedRecord: the method measured something that a record cannot hold.
    """
    measured = map(finite, (result, cost, provenance))
    record = Record(job.run_id, job.identity, job.protocol, job.budget, job.point, *measured)
    for fault in _faults(to_json(record)):
        raise DamagedRecord(f"{job.title} cannot be recorded: {fault}")
    return record


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


def record_text(record: Record) -> bytes:
    """The content of a record's file: JSON with a line for each part, and a checksum at the end."""
    content = to_json(record).items()
    parts = [f'"{name}": {json.dumps(part, allow_nan=False)}' for name, part in content]
    return _sealed(("{\n" + ",\n".join(parts)).encode().removesuffix(b"}"))  # of the provenance


def from_json(raw: object, work: Work | None = None, *, path: Path, own: bool) -> Record:
    """The record in this content, every part of which is checked.

    Args:
        raw, work: see parsed_run.

    Raises:
        DamagedRecord: a missing, unknown or wrong part, a metric that the confusion counts do not
            have, or an id that does not fit the content.
    """
    for fault in _faults(raw, work):
        raise damaged(path, fault, own)
    assert isinstance(raw, dict)
    identity = {name: raw[name] for name in IDENTITY}
    point = tuple((name, float(value)) for name, value in raw["point"].items())
    rest = {name: raw[name] for name in REST} | {"point": point}
    return Record(raw["run_id"], identity, **rest, path=path, own=own)


def read_record(path: Path, content: bytes | None = None) -> Record:
    """The record in this file, or in the content that it is to have.

    Raises:
        DamagedRecord: see from_json; or the file cannot be read, is not JSON, or was changed since
            it was written.
    """
    content = _content(path) if content is None else content
    whole = content == _sealed(content.rpartition(SEAL)[0])
    raw, work = parsed_run(content, path, own=True, sealed=whole)
    origin = raw.get("provenance") if isinstance(raw, dict) else None
    sealed = isinstance(origin, dict) and origin.pop("checksum", None) is not None
    record = from_json(raw, work, path=path, own=True)
    if sealed and not whole:
        raise damaged(path, "changed since it was written", own=True)
    if path.name != f"{record.seed}-{record.run_id}.json":
        raise damaged(path, f"holds run {record.run_id} seed {record.seed}", own=True)
    return record


def read_failure(path: Path) -> Failure:
    """The failure in this file.

    Raises:
        DamagedRecord: the file cannot be read or is not the failure of its run.
    """
    raw = parsed(_content(path), path, own=True)
    if wrong := misfit(raw, FAILURE):
        raise damaged(path, f"not a failure: {wrong.lstrip('. ')}", own=True)
    if path.name != f"{raw['seed']}-{raw['run_id']}.json":
        raise damaged(path, f"holds run {raw['run_id']} seed {raw['seed']}", own=True)
    return Failure(**raw)


def parsed(content: bytes, path: Path, *, own: bool, where: str = "") -> Any:
    """The JSON in the content of a file, or of a line of it.

    Raises:
        DamagedRecord: it is no JSON, or has a name twice in one object, a number that is not finite
            or too many digits or levels.
    """
    try:
        return strict_json(content)
    except ValueError as error:
        raise damaged(path, f"{where}not JSON: {error}", own) from error


def parsed_run(
    content: bytes, path: Path, *, own: bool, sealed: bool = False, where: str = ""
) -> tuple[Any, Work | None]:
    """The JSON in the content of a record, and what its identity says where that is known.

    Args:
        sealed: whether a checksum says that it is as it was written, so that no name in it can be
            there twice.

    Raises:
        DamagedRecord: see `parsed`.
    """
    with suppress(ValueError):  # written in another order, or no JSON: `parsed` says why
        return _by_halves(content, SEALED_JSON if sealed else strict_json)
    return parsed(content, path, own=own, where=where), None


def damaged(path: Path, why: str, own: bool) -> DamagedRecord:
    """The one line for the user."""
    step = "delete it and run `bench run` again" if own else "restore it from the repository"
    return DamagedRecord(f"{path}: damaged record ({why}); {step}")


def _content(path: Path) -> bytes:
    try:
        return read_bounded(path, LARGEST)
    except OSError as error:
        raise damaged(path, f"cannot be read: {error.strerror}", own=True) from error


def _by_halves(content: bytes, read: Callable[[bytes], Any]) -> tuple[dict[str, Any], Work]:
    """The JSON of a record as it is written: version, id, all that decides its result but the seed,
    the seed, and the rest. What runs of other seeds share is read once for those that come one
    after the other. Two halves with different names that are both JSON are JSON as a whole.

    Raises:
        ValueError: it is in another order, or no JSON.
    """
    head = HEAD.match(content)
    seed = content.rfind(b'"seed":', 0, content.find(b'"protocol":'))
    shared = content[head.end() : seed].rstrip(b" \n") if head else b""
    if not head or not shared.endswith(b","):
        raise ValueError("another order")
    identity, work = _identified(shared[:-1])
    if identity.keys() != WORK_PARTS:
        raise ValueError("another order")
    first = {"version": VERSION, "run_id": head[1].decode()}
    rest = read(b"{" + content[seed:])
    found = first | identity | rest
    if len(found) < len(first) + len(identity) + len(rest):
        raise ValueError("a name is there twice")
    return found, work


def _sealed(text: bytes) -> bytes:
    """The content of a file up to a part of its provenance, with the digest of all that behind."""
    return text + SEAL + sha256(text).hexdigest()[:16].encode() + b'"}\n}\n'


def _faults(raw: Any, work: Work | None = None) -> Iterator[str]:
    """What is wrong with a record's content. Nothing is asked for after the first fault."""
    if not isinstance(raw, dict):
        yield "not an object"
    if names := sorted(RECORD.required.keys() ^ raw.keys()):
        yield f"missing or unknown: {', '.join(reprlib.repr(name)[1:-1] for name in names[:3])}"
    if raw["version"] != VERSION:
        yield f"version {reprlib.repr(raw['version'])}, this program reads {VERSION}"
    try:
        ids = work or _work({name: raw[name] for name in IDENTITY if name != "seed"})
    except RecursionError:
        ids = ".settings has too many levels"
    if wrong := ids if isinstance(ids, str) else misfit(raw, RECORD):
        yield wrong.removeprefix(".")
    assert not isinstance(ids, str)
    if metric := wrong_metric(raw["result"]["metrics"], raw["result"].get("confusion") or ()):
        yield metric
    if (found := ids(raw["seed"])) != raw["run_id"]:
        yield f"says run {reprlib.repr(raw['run_id'])} but its content is run {found}"


@lru_cache(maxsize=16)
def _identified(identity: bytes) -> tuple[dict[str, Any], Work]:
    """The parts of an identity without braces, and what they say.

    Raises:
        ValueError: it is no JSON.
    """
    raw = strict_json(b"{%b}" % identity)
    return raw, _work(raw)


def _work(identity: Mapping[str, Any]) -> Work:
    """What is wrong with an identity, the seed aside, else the ids of its runs by seed."""
    return misfit(identity, WORK) or ids_by_seed(json_types(identity))
