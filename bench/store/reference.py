"""The shipped records: one .jsonl a dataset, with what figures draw, without other arrays."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from bench.render.files import read_bounded, write_durable
from bench.store.arrays import Arrays, arrays_from_json, arrays_to_json
from bench.store.records import (
    DamagedRecord,
    Record,
    Work,
    damaged,
    from_json,
    parsed_run,
    to_json,
)

DRAWINGS = "drawings"
"""The name of a line's arrays; a line without any has no such name."""

ORDER = attrgetter("dataset", "protocol", "budget", "net", "method", "point", "seed", "run_id")
"""Of the records of a file."""

HEAD = re.compile(rb'\{"version":1,"run_id":"([0-9a-f]{16})","dataset":"([ !#-[\]-~]+)",')
"""How a line of ours begins; all else of it is read when it is asked for."""

LARGEST_FILE = 2**30
"""Bytes of a file of lines."""


@dataclass(frozen=True)
class Shipped:
    """One line of a shipped file: the content of a record, and arrays for figures.

    Args:
        path, number, content: of the line.
        run_id, dataset: as it begins; empty where it is no record.
    """

    path: Path
    number: int
    content: bytes
    run_id: str
    dataset: str

    @cached_property
    def record(self) -> Record:
        """The record, read from the line once.

        Raises:
            DamagedRecord: the line is no JSON object, or see bench.store.records.from_json.
        """
        raw, work, _ = self._parts
        return from_json(raw, work, path=self.path, own=False)

    @property
    def inline(self) -> Any:
        """The arrays as JSON; see `drawings`."""
        return self._parts[2]

    def drawings(self) -> Arrays:
        """The arrays by name.

        Raises:
            DamagedRecord: the line is no JSON object, or holds something else than arrays.
        """
        try:
            return arrays_from_json(self.inline)
        except ValueError as error:
            raise damaged(self.path, f"run {self.run_id}: {error}", own=False) from error

    @cached_property
    def _parts(self) -> tuple[dict[str, Any], Work | None, Any]:
        where = f"line {self.number}: "
        raw, work = parsed_run(self.content, self.path, own=False, where=where)
        if not isinstance(raw, dict):
            raise damaged(self.path, f"{where}not a record", own=False)
        return raw, work, raw.pop(DRAWINGS, {})


def read_reference(source: Path) -> tuple[dict[str, Shipped], list[DamagedRecord]]:
    """The lines by run id, in the order of the files, whose content is checked when asked for; and
    what is wrong with lines that begin as no record, are there twice, or whose file is damaged.

    Args:
        source: a folder of .jsonl files, or one file.
    """
    found, refused = dict[str, Shipped](), list[DamagedRecord]()
    for path in sorted(source.glob("*.jsonl")) if source.is_dir() else [source]:
        try:
            lines = lines_of(path)
        except DamagedRecord as error:
            refused.append(error)
            continue
        for line in lines:
            if not line.run_id:
                refused.append(damaged(path, f"line {line.number}: not a record", own=False))
            elif line.run_id in found:
                refused.append(damaged(path, f"run {line.run_id} is there twice", own=False))
            else:
                found[line.run_id] = line
    return found, refused


def lines_of(path: Path) -> list[Shipped]:
    """Every line of a file, not yet checked.

    Raises:
        DamagedRecord: the file cannot be read.
    """
    try:
        lines = read_bounded(path, LARGEST_FILE).splitlines()
    except OSError as error:
        raise damaged(path, f"cannot be read: {error.strerror}", own=False) from error
    return [_shipped(path, number, line) for number, line in enumerate(lines, start=1)]


def write_reference(
    records: Iterable[Record], folder: Path, drawings: Callable[[str], Arrays] | None = None
) -> list[Path]:
    """Write one file a dataset, in an order that depends on the records alone.

    Records that the files hold already are kept unless the same run is written again; so are, at
    the end, lines that cannot be read.

    Args:
        drawings: the arrays to ship with a run, by run id; none unless given.

    Returns:
        The files written.

    Raises:
        DamagedRecord: a file that is there cannot be read.
        CannotWrite: full disk or read-only folder.
    """
    written = []
    for dataset, group in groupby(sorted(records, key=ORDER), key=attrgetter("dataset")):
        path = folder / f"{dataset}.jsonl"
        found, damaged_lines = dict[str, tuple[Record, Any]](), list[bytes]()
        for line in lines_of(path) if os.path.lexists(path) else ():
            try:
                found.setdefault(line.run_id, (line.record, line.inline))
            except DamagedRecord:
                damaged_lines.append(line.content + b"\n")  # named when it was read
        for record in group:
            inline = arrays_to_json(drawings(record.run_id)) if drawings else {}
            found[record.run_id] = (record, inline)
        lines = [_line(*line) for line in sorted(found.values(), key=lambda line: ORDER(line[0]))]
        write_durable(path, "".join(lines).encode() + b"".join(damaged_lines))
        written.append(path)
    return written


def _shipped(path: Path, number: int, content: bytes) -> Shipped:
    """A line, whose run is known from its beginning; else it is parsed."""
    line = Shipped(path, number, content, "", "")
    if head := HEAD.match(content):
        return replace(line, run_id=head[1].decode(), dataset=head[2].decode())
    try:
        raw = line.record
    except DamagedRecord:
        return line
    return replace(line, run_id=raw.run_id, dataset=raw.dataset)


def _line(record: Record, inline: dict[str, Any]) -> str:
    content = to_json(record, trace=False) | ({DRAWINGS: inline} if inline else {})
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"
