"""The shipped records: one .jsonl a dataset, without traces and predictions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from bench.store.records import Record, damaged, from_json, to_json
from bench.store.write import write_whole


def read_reference(folder: Path) -> dict[str, tuple[Path, Any]]:
    """(file, content) by run id, in the order of the files; content is checked when asked for.

    Raises:
        DamagedRecord: a line that is not a record, or two of one run.
    """
    found: dict[str, tuple[Path, Any]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for raw in _lines(path):
            if raw["run_id"] in found:
                raise damaged(path, f"run {raw['run_id']} is there twice", own=False)
            found[raw["run_id"]] = (path, raw)
    return found


def write_reference(records: Iterable[Record], folder: Path) -> list[Path]:
    """Write one file a dataset, in an order that depends on the records alone.

    Records that the files hold already are kept unless the same run is written again.

    Returns:
        The files written.

    Raises:
        CannotWrite: full disk or read-only folder.
    """
    written = []
    for dataset, group in groupby(sorted(records, key=_order), key=lambda record: record.dataset):
        path = folder / f"{dataset}.jsonl"
        found = {record.run_id: record for record in (*_kept(path), *group)}
        lines = [_line(record) for record in sorted(found.values(), key=_order)]
        write_whole(path, _filler(lines))
        written.append(path)
    return written


def _kept(path: Path) -> list[Record]:
    """The records a file holds already."""
    return [from_json(raw, path=path, own=False) for raw in _lines(path)] if path.exists() else []


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise damaged(path, f"line {number}: {error}", own=False) from error
        if not isinstance(raw, dict) or not isinstance(raw.get("run_id"), str):
            raise damaged(path, f"line {number}: not a record", own=False)
        yield raw


def _filler(lines: list[str]) -> Callable[[IO[bytes]], None]:
    def fill(file: IO[bytes]) -> None:
        file.writelines(f"{line}\n".encode() for line in lines)

    return fill


def _line(record: Record) -> str:
    return json.dumps(to_json(record, trace=False), separators=(",", ":"), allow_nan=False)


def _order(record: Record) -> tuple[Any, ...]:
    return (
        record.dataset,
        record.protocol,
        record.budget,
        record.net,
        record.method,
        record.point,
        record.seed,
        record.run_id,
    )
