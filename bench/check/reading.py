"""Reading the two sides of a check, and keeping what is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import NotComparable, UsageError
from bench.plan.names import MethodName
from bench.store.records import Record, damaged, from_json
from bench.store.reference import DRAWINGS, read_reference
from bench.store.store import Store

BESIDE = "check"
"""Folder beside the records that holds the null and what was accepted."""


@dataclass(frozen=True)
class Reference:
    """What is checked against.

    Args:
        path: as named.
        records: all of them.
        lines: the folder of .jsonl files they were read from; None for runs or a single file.
        beside: where the null and what was accepted are.
    """

    path: Path
    records: tuple[Record, ...]
    lines: Path | None
    beside: Path


@dataclass(frozen=True)
class Chosen:
    """What is compared; empty means everything."""

    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()

    def has(self, record: Record) -> bool:
        """Whether a record is."""
        return (
            (not self.datasets or record.dataset in self.datasets)
            and (not self.methods or bool({record.method, _pair(record)} & {*self.methods}))
            and (not self.protocols or record.protocol in self.protocols)
            and (not self.budgets or record.budget in self.budgets)
        )


def read_side(path: Path) -> Reference:
    """The records of a results folder, of a folder of .jsonl files, or of one such file.

    Raises:
        UsageError: no such place, or nothing that holds records.
        DamagedRecord: a record that cannot be trusted.
        NotComparable: it holds no records.
    """
    if path.is_file():
        found = Reference(path, _of_file(path), None, path.parent / BESIDE)
    elif (path / "runs").is_dir():
        found = Reference(path, tuple(Store(path).records()), None, path / BESIDE)
    else:
        found = _of_folder(path)
    if not found.records:
        raise NotComparable(f"{path} holds no records, so there is nothing to check against")
    return found


def chosen(records: Sequence[Record], which: Chosen, known: Sequence[Record]) -> tuple[Record, ...]:
    """The records asked for.

    Raises:
        UsageError: a name that no known record has; the message lists those that some have.
    """
    _known("dataset", which.datasets, lambda one: {one.dataset}, known)
    _known("method", which.methods, lambda one: {one.method, _pair(one)}, known)
    _known("protocol", which.protocols, lambda one: {one.protocol}, known)
    _known("budget", which.budgets, lambda one: {one.budget}, known)
    return tuple(record for record in records if which.has(record))


def _of_folder(path: Path) -> Reference:
    for folder in (path, path / "reference"):
        if folder.is_dir() and any(folder.glob("*.jsonl")):
            lines = read_reference(folder).values()
            return Reference(path, tuple(one.record() for one in lines), folder, folder / BESIDE)
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder; name a results folder or .jsonl files")
    raise NotComparable(f"{path} holds neither runs/ nor .jsonl files, so no records")


def _of_file(path: Path) -> tuple[Record, ...]:
    found: dict[str, Record] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise damaged(path, f"line {number}: {error}", own=False) from error
        if isinstance(raw, dict):
            raw.pop(DRAWINGS, None)
        record = from_json(raw, path=path, own=False)
        if record.run_id in found:
            raise damaged(path, f"run {record.run_id} is there twice", own=False)
        found[record.run_id] = record
    return tuple(found.values())


def _pair(record: Record) -> str:
    return str(MethodName(record.method, record.net))


def _known(
    kind: str,
    names: Sequence[str],
    of: Callable[[Record], set[str]],
    known: Sequence[Record],
) -> None:
    if not names:
        return
    there = set[str]().union(*(of(record) for record in known))
    for name in names:
        if name not in there:
            listed = ", ".join(sorted(one for one in there if ":" not in one)) or "none"
            raise UsageError(f"no record of {kind} {name!r}; there are records of: {listed}")
