"""Any JSON in any place of a file of the suite: it is read or refused."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from planned import run_id

from bench.datasets.source import StoreEntry, find_stored
from bench.errors import DataError
from bench.run.estimate import read_pace
from bench.store.frame import frame_of
from bench.store.records import (
    IDENTITY,
    Failure,
    read_failure,
    read_record,
    to_json,
)
from bench.store.reference import read_reference
from bench.store.store import run_file, shipped_store

EXAMPLES = 100
"""Of one seed."""

TEXT = st.text() | st.sampled_from(("", "..", "../../x", "/dev/null", "vehicle", "nan", "9" * 5000))
NUMBER = st.integers() | st.floats() | st.sampled_from((10**400, -1, 1e300, 2**63))
ANY = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(TEXT, part, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Kind:
    """One kind of file: a sound content, the file's name, and what reads the file."""

    content: Any
    name: str
    read: Callable[[Path], Any]


def damage(folder: Path, number: int) -> Iterator[str]:
    """Examples of one seed; the smallest that is bad, where one is."""
    tried: list[str] = []

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        report_multiple_bugs=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def example(data: st.DataObject) -> None:
        tried.append("")
        name = data.draw(st.sampled_from(sorted(kinds())), "kind")
        kind = kinds()[name]
        content = copy.deepcopy(kind.content)
        _put(data, content)
        if name in ("record", "shipped") and data.draw(st.booleans(), "with the id of its content"):
            _identify(content)
        with TemporaryDirectory(dir=folder) as place:
            path = Path(place, kind.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
            with suppress(DataError):
                kind.read(path)

    try:
        example()
    except Exception as error:
        told = "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
        yield " | ".join(told.splitlines())
    yield from tried[:EXAMPLES]


def _put(data: st.DataObject, content: Any) -> None:
    """Another value, one more or one less, in some place of the content."""
    while True:
        names = sorted(content) if isinstance(content, dict) else range(len(content))
        name = data.draw(st.sampled_from(names), "in")
        below = content[name]
        if not isinstance(below, dict | list) or not below or data.draw(st.booleans(), "here"):
            break
        content = below
    how = data.draw(st.sampled_from(("other", "none", "more")), "how")
    if how == "none":
        del content[name]
    elif how == "more" and isinstance(content, dict):
        content[data.draw(TEXT, "name")] = data.draw(ANY, "value")
    else:
        content[name] = data.draw(ANY, "value")


def _identify(content: dict[str, Any]) -> None:
    """Give a record the id of what it says."""
    with suppress(KeyError, TypeError, ValueError, AttributeError, RecursionError):
        content["run_id"] = run_id({name: content[name] for name in IDENTITY})


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of file, from a shipped record."""
    with shipped_store() as store:
        record = next(store.records("vehicle"))
    run = {
        "run_id": record.run_id,
        "dataset": record.dataset,
        "net": record.net,
        "method": record.method,
        "point": dict(record.point),
        "protocol": record.protocol,
        "budget": record.budget,
        "seed": record.seed,
    }
    failure = asdict(Failure(**run, reason="ValueError: no", traceback="Traceback: no"))
    entry = asdict(StoreEntry("iris-0123456789ab.npz", "0" * 64, "0" * 32, 150, 4, "a file", ()))
    whole = to_json(record)
    return {
        "record": Kind(whole, run_file(record).name, lambda path: _trusted(read_record(path))),
        "shipped": Kind(whole, "vehicle.jsonl", _read_shipped),
        "failure": Kind(failure, run_file(record).name, read_failure),
        "entry": Kind(entry, "iris.json", lambda path: find_stored(path.parent, "iris")),
        "pace": Kind({"cpu": 1.5}, "pace.json", lambda path: read_pace(path.parent, "cpu")),
    }


def _read_shipped(path: Path) -> None:
    for line in read_reference(path.parent)[0].values():
        _trusted(line.record)


def _trusted(record: Any) -> None:
    """A record that is read can be shown, and names no place outside of its folder."""
    for name in record.result["metrics"]:
        value = record.metric(name)
        most = math.inf if name.endswith("entropy") else 1.0
        assert math.isnan(value) or 0 <= value <= most, f"{name} is {value}"
    assert ".." not in PurePath(run_file(record)).parts and not run_file(record).is_absolute()
    frame_of([record])
