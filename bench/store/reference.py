"""The shipped records: one .jsonl a dataset, with what figures draw, without other arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from bench.render.files import write_durable
from bench.store.arrays import Arrays, arrays_from_json, arrays_to_json
from bench.store.records import Record, damaged, from_json, to_json

DRAWINGS = "drawings"
"""The name of a line's arrays; a line without any has no such name."""

ORDER = attrgetter("dataset", "protocol", "budget", "net", "method", "point", "seed", "run_id")
"""Of the records of a file."""


@dataclass(frozen=True)
class Shipped:
    """One line of a shipped file: the content of a record, and arrays for figures as JSON."""

    path: Path
    raw: dict[str, Any]
    inline: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def record(self) -> Record:
        """The record, read from the line once.

        Raises:
            DamagedRecord: see bench.store.records.from_json.
        """
        return from_json(self.raw, path=self.path, own=False)

    def drawings(self) -> Arrays:
        """The arrays by name.

        Raises:
            DamagedRecord: the line holds something else.
        """
        try:
            return arrays_from_json(self.inline)
        except ValueError as error:
            raise damaged(self.path, f"run {self.raw['run_id']}: {error}", own=False) from error


def read_reference(source: Path) -> dict[str, Shipped]:
    """The lines by run id, in the order of the files; their content is checked when asked for.

    Args:
        source: a folder of .jsonl files, or one file.

    Raises:
        DamagedRecord: a line that is not a record, or two of one run.
    """
    found: dict[str, Shipped] = {}
    for path in sorted(source.glob("*.jsonl")) if source.is_dir() else [source]:
        for line in _lines(path):
            run = line.raw["run_id"]
            if run in found:
                raise damaged(path, f"run {run} is there twice", own=False)
            found[run] = line
    return found


def write_reference(
    records: Iterable[Record], folder: Path, drawings: Callable[[str], Arrays] | None = None
) -> list[Path]:
    """Write one file a dataset, in an order that depends on the records alone.

    Records that the files hold already are kept unless the same run is written again.

    Args:
        drawings: the arrays to ship with a run, by run id; none unless given.

    Returns:
        The files written.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    written = []
    for dataset, group in groupby(sorted(records, key=ORDER), key=attrgetter("dataset")):
        path = folder / f"{dataset}.jsonl"
        before = _lines(path) if path.exists() else ()
        found = {line.raw["run_id"]: (line.record, line.inline) for line in before}
        for record in group:
            inline = arrays_to_json(drawings(record.run_id)) if drawings else {}
            found[record.run_id] = (record, inline)
        lines = [_line(*line) for line in sorted(found.values(), key=lambda line: ORDER(line[0]))]
        write_durable(path, "".join(lines).encode())
        written.append(path)
    return written


def _lines(path: Path) -> Iterator[Shipped]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise damaged(path, f"line {number}: {error}", own=False) from error
        if not isinstance(raw, dict) or not isinstance(raw.get("run_id"), str):
            raise damaged(path, f"line {number}: not a record", own=False)
        inline = raw.pop(DRAWINGS, {})
        yield Shipped(path, raw, inline)


def _line(record: Record, inline: dict[str, Any]) -> str:
    content = to_json(record, trace=False) | ({DRAWINGS: inline} if inline else {})
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"
