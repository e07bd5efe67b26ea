"""The store: what exists is done. The user's own records first, then the shipped reference."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.errors import BenchError, CannotWrite, DataError
from bench.folders import reference_folder, results_folder
from bench.plan.job import NO_NET, Job
from bench.render.files import RESULTS, unwritable, write_durable
from bench.render.text import say
from bench.store.arrays import (
    Arrays,
    Predictions,
    read_drawings,
    read_predictions,
    write_predictions,
)
from bench.store.records import (
    DamagedRecord,
    Failure,
    OtherData,
    Record,
    read_failure,
    read_record,
    record_text,
)
from bench.store.reference import Shipped, read_reference

if TYPE_CHECKING:
    from bench.plan.plan import Planner

RUN_FILE = re.compile(r"-?\d+-([0-9a-f]{16})\.json")


@dataclass(eq=False)
class Store:
    """Records by run id.

    Args:
        results: the user's folder; made when first written to.
        reference: folder of shipped records, read-only; None does without.
        contents: digests of data by dataset, where known; a record of other data is refused.
        beside: a further folder of shipped records.
        refused: why what is there cannot be used, a line for each file, as they are met.
    """

    results: Path
    reference: Path | None = None
    contents: Mapping[str, str] = field(default_factory=dict)
    beside: Path | None = None
    refused: dict[str, None] = field(default_factory=dict)

    def with_beside(self, folder: Path | None) -> Store:
        """The same with a further folder of shipped records, where it reads shipped ones at all."""
        return replace(self, beside=folder if self.reference else None)

    @cached_property
    def planner(self) -> Planner:
        """Plans each cell once for all who read this store."""
        from bench.plan.plan import usual_planner

        return usual_planner()

    def has(self, run_id: str) -> bool:
        """Whether a record of this run exists."""
        return run_id in self._own or run_id in self._shipped

    def get(self, run_id: str) -> Record | None:
        """The record of this run, None where there is none.

        Raises:
            DamagedRecord: it is there but cannot be trusted.
            OtherData: it was made from other data than is known for its dataset.
        """
        try:
            return self._get(run_id)
        except DataError as error:
            self.refuse(error)
            raise

    def refuse(self, error: DataError) -> None:
        """Remember why something that is there cannot be used."""
        self.refused[str(error)] = None

    def missing(self, jobs: Iterable[Job]) -> list[Job]:
        """Those jobs that no record exists of, in order."""
        return [job for job in jobs if not self.has(job.run_id)]

    def records(self, *datasets: str) -> Iterator[Record]:
        """Every record that can be trusted, or those of these datasets, read one by one: the user's
        own first, each run once; `refused` says why others cannot."""
        return self.records_of(self._ids(datasets))

    def records_of(self, ids: Iterable[str]) -> Iterator[Record]:
        """The records of these runs that can be trusted; see `records`."""
        for run_id in ids:
            record = None
            with suppress(DataError):  # `get` remembers it
                record = self.get(run_id)
            if record:
                yield record

    def own_ids(self) -> frozenset[str]:
        """Ids of the user's own records."""
        return frozenset(self._own)

    def reference_ids(self) -> frozenset[str]:
        """Ids of the shipped records."""
        return frozenset(self._shipped)

    def predictions(self, run_id: str) -> Predictions | None:
        """The predictions of a run; None where they are not kept, as for shipped records.

        Raises:
            DamagedRecord: they cannot be read, or are not those of the record.
        """
        path = self._own.get(run_id)
        file = path.with_suffix(".npz") if path else None
        if not file or not os.path.lexists(file):
            return None
        record = self.get(run_id)
        return read_predictions(file, record.result["confusion"] if record else None)

    def drawings(self, run_id: str) -> Arrays | None:
        """What a run kept for figures, by name; None where there is no such run.

        Raises:
            DamagedRecord: the file or the shipped line cannot be read.
        """
        path, shipped = self._own.get(run_id), self._shipped.get(run_id)
        try:
            if path:
                return read_drawings(path.with_suffix(".npz"))
            return shipped.drawings() if shipped else None
        except DataError as error:
            self.refuse(error)
            raise

    def write(self, record: Record, predictions: Predictions) -> Path:
        """Keep a finished run: predictions first, since a run is done once its record exists.

        What killed writers left beside them is removed by `run_jobs`, once.

        Raises:
            CannotWrite: full disk or read-only folder.
        """
        path = self.results / "runs" / run_file(record)
        write_predictions(_no_folder(path.with_suffix(".npz")), predictions)
        write_durable(path, record_text(record), swept=True)
        self._made(record, path)
        return path

    def write_contents(self, job: Job, record: bytes, predictions: bytes) -> None:
        """Keep a finished run by the contents of its files, as another store has them.

        Raises:
            DamagedRecord: that is no record of this run.
            CannotWrite: full disk or read-only folder.
        """
        path = self.results / "runs" / run_file(job)
        made = read_record(path, record)
        write_durable(_no_folder(path.with_suffix(".npz")), predictions, swept=True)
        write_durable(path, record, swept=True)
        self._made(made, path)

    def write_failure(self, job: Job, failure: Failure) -> None:
        """Keep why a run ended without a result, in place of an earlier reason; it stays missing.

        Raises:
            DamagedRecord: there is a folder of its name.
            CannotWrite: full disk or read-only folder.
        """
        content = json.dumps(asdict(failure), indent=1).encode()
        write_durable(_no_folder(self.results / "failures" / run_file(job)), content, swept=True)
        self._forget("_failed")

    def failures(self) -> dict[str, Failure]:
        """Every kept failure that can be read, by run id; `refused` says why others cannot."""
        found = {run_id: self.failure(run_id) for run_id in self._failed}
        return {run_id: failure for run_id, failure in found.items() if failure}

    def failure(self, run_id: str) -> Failure | None:
        """The kept failure of a run, None where there is none that can be read."""
        path = self._failed.get(run_id)
        try:
            return read_failure(path) if path else None
        except DamagedRecord as error:
            if path and os.path.lexists(path):  # else another process has made the run by now
                self.refuse(error)
            return None

    def failed_at(self, run_id: str) -> int | None:
        """When the kept failure of a run was written, in nanoseconds; None where there is none."""
        with suppress(KeyError, OSError):  # another process may have made the run by now
            return self._failed[run_id].stat().st_mtime_ns
        return None

    def refresh(self, dataset: str = "") -> None:
        """Look at the files of a dataset again, or at all: another process may have written."""
        for name, part in (("_own", "runs"), ("_failed", "failures")):
            known: dict[str, Path] = self.__dict__.get(name, {})
            others = {run: path for run, path in known.items() if path.parts[-3] != dataset}
            if known and dataset:
                self.__dict__[name] = others | _by_run(self.results / part, dataset)
            else:
                self._forget(name)

    def _ids(self, datasets: Collection[str]) -> Iterable[str]:
        """Of every run, or those of these datasets: the user's own first, each once."""
        own, lines = self._own.items(), self._shipped.items()
        return dict.fromkeys(
            [
                *(i for i, path in own if not datasets or path.parts[-3] in datasets),
                *(i for i, line in lines if not datasets or line.dataset in datasets),
            ]
        )

    def _get(self, run_id: str) -> Record | None:
        path, shipped = self._own.get(run_id), self._shipped.get(run_id)
        record = read_record(path) if path else shipped.record if shipped else None
        known = self.contents.get(record.dataset) if record else None
        if record and known and record.data_digest != known:
            raise OtherData(
                f"{record.where} was made from {record.dataset} with content {record.data_digest}, "
                f"the catalogue has {known}; delete the record to run it again"
            )
        return record

    def _made(self, run: Record, path: Path) -> None:
        """A run's record is in this file now."""
        self._own[run.run_id] = path
        note = self.results / "failures" / run_file(run)
        if not note.is_dir():
            with unwritable(note, CannotWrite, RESULTS, verb="delete"):
                note.unlink(missing_ok=True)
        self._forget("_failed")

    def _forget(self, *cached: str) -> None:
        """Read these properties anew when they are next asked for."""
        for name in cached:
            self.__dict__.pop(name, None)

    @cached_property
    def _own(self) -> dict[str, Path]:
        return _by_run(self.results / "runs")

    @cached_property
    def _failed(self) -> dict[str, Path]:
        return _by_run(self.results / "failures")

    @cached_property
    def _shipped(self) -> dict[str, Shipped]:
        lines = dict[str, Shipped]()
        for folder in filter(None, (self.beside, self.reference)):
            found, refused = read_reference(folder)
            lines |= found
            for error in refused:
                self.refuse(error)
        return lines


def open_store(*, fresh: bool = False) -> Store:
    """The store of this user; `fresh` does without the shipped records."""
    from bench.datasets.catalogue import tabular_datasets

    contents = {key: entry.content for key, entry in tabular_datasets().items() if entry.content}
    return Store(results_folder(), None if fresh else reference_folder(), contents)


@contextmanager
def refusals_told(store: Store) -> Iterator[None]:
    """Name on stderr in the end what the store could not use, unless an error names it already."""
    said = ""
    try:
        yield
    except BenchError as error:
        said = str(error)
        raise
    finally:
        for line in store.refused:
            if line not in said:
                say(f"bench: {line}", err=True)


@contextmanager
def shipped_store() -> Iterator[Store]:
    """The shipped records without any of the user's."""
    with TemporaryDirectory() as nothing:
        yield Store(Path(nothing), reference_folder())


def run_file(run: Job | Record) -> Path:
    """<dataset>/<net>-<method>/<seed>-<run id>.json, without the net where there is none."""
    method = run.method if run.net == NO_NET else f"{run.net}-{run.method}"
    return Path(run.dataset) / method / f"{run.seed}-{run.run_id}.json"


def _no_folder(path: Path) -> Path:
    """The path of a file to be written.

    Raises:
        DamagedRecord: there is a folder of its name.
    """
    if path.is_dir() and not path.is_symlink():
        raise DamagedRecord(f"{path} is a folder where a file belongs; remove it and run again")
    return path


def _by_run(root: Path, dataset: str = "*") -> dict[str, Path]:
    """The files of runs below a folder, by run id, in the order of their names."""
    found = sorted(root.glob(f"{dataset}/*/*.json"))
    return {match[1]: path for path in found if (match := RUN_FILE.fullmatch(path.name))}
