"""Blessing an intended change: the new records go into the reference, and why beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.check.columns import measure_null, read_null, write_null
from bench.check.outcome import Report
from bench.check.sides import Sides, by_place, pair, read_side, successor, title_of
from bench.errors import UsageError
from bench.render.files import NAMED, write_durable
from bench.store.arrays import Arrays
from bench.store.records import Record, finite
from bench.store.reference import write_reference

FILE = "accepted.jsonl"
"""One line an acceptance: what changed from what to what, why, when, at which commits."""


@dataclass(frozen=True)
class Accepted:
    """What an acceptance wrote.

    Args:
        written: records put in place of others or added.
        dropped: records of the reference that a run with other settings replaces.
        path: of the file that says why; None where there was nothing to accept.
    """

    written: tuple[Record, ...]
    dropped: tuple[Record, ...]
    path: Path | None


def accept(
    sides: Sides, report: Report, reason: str, drawings: Callable[[str], Arrays] | None = None
) -> Accepted:
    """Write the current records that differ into the reference, and one line that says why.

    Equal records stay as they are. A null that was stored is measured again.

    Args:
        sides, report: what was compared, and what was found.
        drawings: see bench.store.reference.write_reference.

    Raises:
        UsageError: no reason is given, or the reference is not a folder of .jsonl files.
        CannotWrite: full disk or read-only folder.
    """
    reference, current = sides.reference, sides.current
    if not reason.strip():
        raise UsageError("--accept needs a reason; say in a sentence why the change is intended")
    if reference.lines is None:
        raise UsageError(
            f"--accept writes into a folder of .jsonl files, {reference.path} is none; "
            f"make one with `bench export --reference`"
        )
    equal = {one.run_id for one in report.matched}
    written = tuple(record for record in current if record.run_id not in equal)
    dropped = _replaced(sides.old, current)
    if not written and not dropped:
        return Accepted((), (), None)
    null = read_null(reference.beside)
    write_reference(written, reference.lines, drawings)
    _drop({record.run_id for record in dropped}, reference.lines)
    path = reference.beside / FILE
    _append(path, _line(report, written, dropped, reason))
    if null is not None:
        write_null(measure_null(read_side(reference.lines).records), reference.beside)
    return Accepted(written, dropped, path)


def _replaced(old: Sequence[Record], current: Sequence[Record]) -> tuple[Record, ...]:
    """Records in whose place a run with other settings now stands."""
    pairing = pair(old, current)
    places = by_place(pairing.only_current)
    return tuple(one for one in pairing.only_reference if successor(one, places) is not None)


def _drop(runs: set[str], folder: Path) -> None:
    """Take lines out of the files."""
    for path in sorted(folder.glob("*.jsonl")) if runs else ():
        lines = path.read_bytes().splitlines(keepends=True)
        left = [line for line in lines if json.loads(line)["run_id"] not in runs]
        if not left:
            path.unlink()
        elif len(left) < len(lines):
            write_durable(path, b"".join(left), NAMED)


def _append(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line to a file of JSON lines, without ever leaving it half written."""
    earlier = path.read_bytes() if path.is_file() else b""
    new = json.dumps(finite(line), ensure_ascii=False, allow_nan=False)
    write_durable(path, earlier + f"{new}\n".encode(), NAMED)


def _line(
    report: Report, written: Sequence[Record], dropped: Sequence[Record], reason: str
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
        "dropped": {record.run_id: title_of(record) for record in dropped},
    }
