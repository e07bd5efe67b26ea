"""Blessing an intended change: the new records go into the reference, and why beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.check.columns import measure_null, read_null, write_null
from bench.check.outcome import Report
from bench.check.sides import Sides, by_cell, read_side, successor, title_of
from bench.errors import UsageError
from bench.render.files import ANOTHER_FILE, finite, write_durable
from bench.store.arrays import Arrays
from bench.store.records import Record
from bench.store.reference import lines_of, write_reference

FILE = "accepted.jsonl"
"""One line an acceptance: what changed from what to what, why, when, at which commits."""


def accept(sides: Sides, report: Report, reason: str, drawings: Callable[[str], Arrays]) -> str:
    """Write the current records that differ into the reference, and one line that says why.

    They take the place of their own runs and of runs that they replace under other settings. Equal
    records stay as they are. A null that was stored is measured again.

    Args:
        sides, report: what was compared, and what was found.
        drawings: see bench.store.reference.write_reference.

    Returns:
        What was written, in a sentence.

    Raises:
        UsageError: no reason is given, or the reference is not a folder of .jsonl files.
        CannotWrite: full disk or read-only folder.
    """
    reference = sides.reference
    if not reason.strip():
        raise UsageError("--accept needs a reason; say in a sentence why the change is intended")
    if reference.lines is None:
        raise UsageError(
            f"--accept writes into a folder of .jsonl files, {reference.path} is none; "
            f"make one with `bench export --reference`"
        )
    equal = {one.run_id for one in report.matched}
    written = [record for run_id, record in sides.current.items() if run_id not in equal]
    newer = by_cell(sides.only_current)
    replaced = [record for record in sides.only_reference if successor(record, newer)]
    if not written:
        return "nothing to accept: every record is equal"
    null = read_null(reference.beside)
    write_reference(written, reference.lines, drawings)
    _drop({record.run_id for record in replaced}, reference.lines)
    path = reference.beside / FILE
    _append(path, _entry(report, written, replaced, reason))
    if null is not None:
        write_null(measure_null(read_side(reference.lines).records), reference.beside)
    return f"records written: {len(written)}, replaced: {len(replaced)}; see {path}"


def _drop(runs: Collection[str], folder: Path) -> None:
    """Take the lines of these runs out of the files."""
    for path in sorted(folder.glob("*.jsonl")) if runs else ():
        lines = lines_of(path)
        left = [line.content + b"\n" for line in lines if line.run_id not in runs]
        if not left:
            path.unlink()
        elif len(left) < len(lines):
            write_durable(path, b"".join(left), ANOTHER_FILE)


def _append(path: Path, content: dict[str, Any]) -> None:
    """Add a line to a file of JSON lines, without ever leaving it half written."""
    earlier = path.read_bytes() if path.is_file() else b""
    line = json.dumps(finite(content), ensure_ascii=False, allow_nan=False)
    write_durable(path, earlier + f"{line}\n".encode(), ANOTHER_FILE)


def _entry(
    report: Report, written: Sequence[Record], replaced: Sequence[Record], reason: str
) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "reason": " ".join(reason.split()),
        "commits": sorted({str(record.provenance.get("commit")) for record in written}),
        "fingerprints": [
            {"run": one.run_id, "title": one.title, "changes": [asdict(m) for m in one.mismatches]}
            for one in report.differs
        ],
        "columns": [
            {"title": one.title, "change": one.change, "reason": one.reason}
            for one in report.columns
        ],
        "written": {record.run_id: title_of(record) for record in written},
        "dropped": {record.run_id: title_of(record) for record in replaced},
    }
