"""The store: what exists is done. The user's own records first, then the shipped reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.errors import DataError
from bench.folders import reference_folder, results_folder
from bench.plan.job import Job
from bench.render.files import write_durable
from bench.store.arrays import (
    Arrays,
    Predictions,
    read_drawings,
    read_predictions,
    write_predictions,
)
from bench.store.records import (
    Failure,
    OtherData,
    Record,
    read_failure,
    read_record,
    run_file,
    to_json,
)
from bench.store.reference import Shipped, read_reference

RUN_FILE = re.compile(r"-?\d+-([0-9a-f]{16})\.json")


@dataclass(eq=False)
class Store:
    """Records by run id.

    Args:
        results: the user's folder; made when first written to.
        reference: folder of shipped records, read-only; None does without.
        contents: digests of data by dataset, where known; a record of other data is refused.
        beside: a further folder of shipped records.
    """

    results: Path
    reference: Path | None = None
    contents: Mapping[str, str] = field(default_factory=dict)
    beside: Path | None = None

    def with_beside(self, folder: Path | None) -> Store:
        """The same with a further folder of shipped records, where it reads shipped ones at all."""
        return replace(self, beside=folder if self.reference else None)

    def has(self, run_id: str) -> bool:
        """Whether a record of this run exists."""
        return run_id in self._own or run_id in self._shipped

    def get(self, run_id: str) -> Record | None:
        """The record of this run, None where there is none.

        Raises:
            DamagedRecord: it is there but cannot be trusted.
            OtherData: it was made from other data than is known for its dataset.
        """
        path, shipped = self._own.get(run_id), self._shipped.get(run_id)
        record = read_record(path) if path else shipped.record if shipped else None
        known = self.contents.get(record.dataset) if record else None
        if record and known and record.data_digest != known:
            raise OtherData(
                f"{record.where} was made from {record.dataset} with content {record.data_digest}, "
                f"the catalogue has {known}; delete the record to run it again"
            )
        return record

    def missing(self, jobs: Iterable[Job]) -> list[Job]:
        """Those jobs that no record exists of, in order."""
        return [job for job in jobs if not self.has(job.run_id)]

    def records(self, dataset: str | None = None) -> Iterator[Record]:
        """Every record, or those of one dataset: the user's own first, each run once.

        Raises:
            DamagedRecord, OtherData: see `get`.
        """
        for run_id in self._ids(dataset):
            if record := self.get(run_id):
                yield record

    def readable_records(self, ids: Iterable[str] | None = None) -> tuple[list[Record], list[str]]:
        """Every record that can be trusted, in the order of `records`, and why others cannot.

        Args:
            ids: only these runs.

        Raises:
            DamagedRecord: a shipped file holds a line that is no record.
        """
        found, refused = list[Record](), list[str]()
        for run_id in self._ids() if ids is None else ids:
            try:
                found += filter(None, [self.get(run_id)])
            except DataError as error:
                refused.append(str(error))
        return found, refused

    def own_ids(self) -> frozenset[str]:
        """Ids of the user's own records."""
        return frozenset(self._own)

    def reference_ids(self) -> frozenset[str]:
        """Ids of the shipped records."""
        return frozenset(self._shipped)

    def predictions(self, run_id: str) -> Predictions | None:
        """The predictions of a run; None where they are not kept, as for shipped records."""
        path = self._own.get(run_id)
        file = path.with_suffix(".npz") if path else None
        return read_predictions(file) if file and file.exists() else None

    def drawings(self, run_id: str) -> Arrays | None:
        """What a run kept for figures, by name; None where there is no such run.

        Raises:
            DamagedRecord: the file or the shipped line cannot be read.
        """
        path, shipped = self._own.get(run_id), self._shipped.get(run_id)
        if path:
            return read_drawings(path.with_suffix(".npz"))
        return shipped.drawings() if shipped else None

    def write(self, record: Record, predictions: Predictions) -> Path:
        """Keep a finished run: predictions first, since a run is done once its record exists.

        Raises:
            CannotWrite: full disk or read-only folder.
        """
        path = self.results / "runs" / run_file(record)
        write_predictions(path.with_suffix(".npz"), predictions)
        write_durable(path, _text(record))
        self._own[record.run_id] = path
        (self.results / "failures" / run_file(record)).unlink(missing_ok=True)
        self._forget("_failed")
        return path

    def write_failure(self, job: Job, failure: Failure) -> None:
        """Keep why a run ended without a result, in place of an earlier reason; it stays missing.

        Raises:
            CannotWrite: full disk or read-only folder.
        """
        content = json.dumps(asdict(failure), indent=1).encode()
        write_durable(self.results / "failures" / run_file(job), content)
        self._forget("_failed")

    def failures(self) -> dict[str, Failure]:
        """Every kept failure by run id."""
        return {run_id: read_failure(path) for run_id, path in self._failed.items()}

    def failure(self, run_id: str) -> Failure | None:
        """The kept failure of a run, None where there is none."""
        path = self._failed.get(run_id)
        return read_failure(path) if path else None

    def failed_at(self, run_id: str) -> int | None:
        """When the kept failure of a run was written, in nanoseconds; None where there is none."""
        with suppress(KeyError, FileNotFoundError):  # another process may have made the run by now
            return self._failed[run_id].stat().st_mtime_ns
        return None

    def refresh(self) -> None:
        """Look at the folder again: another process may have written there."""
        self._forget("_own", "_failed")

    def _ids(self, dataset: str | None = None) -> Iterable[str]:
        """Of every run, or those of one dataset: the user's own first, each once."""
        own = [i for i, path in self._own.items() if dataset in (None, path.parent.parent.name)]
        lines = self._shipped.items()
        shipped = [i for i, line in lines if dataset in (None, line.raw.get("dataset"))]
        return dict.fromkeys([*own, *shipped])

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
        folders = [folder for folder in (self.beside, self.reference) if folder]
        return {run: line for one in folders for run, line in read_reference(one).items()}


def open_store(*, fresh: bool = False) -> Store:
    """The store of this user; `fresh` does without the shipped records."""
    from bench.datasets.catalogue import tabular_datasets

    contents = {key: entry.content for key, entry in tabular_datasets().items() if entry.content}
    return Store(results_folder(), None if fresh else reference_folder(), contents)


@contextmanager
def shipped_store() -> Iterator[Store]:
    """The shipped records without any of the user's."""
    with TemporaryDirectory() as nothing:
        yield Store(Path(nothing), reference_folder())


def _text(record: Record) -> bytes:
    """JSON with a line for each part: short enough to read, quick to parse."""
    content = to_json(record).items()
    parts = [f'"{name}": {json.dumps(part, allow_nan=False)}' for name, part in content]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _by_run(root: Path) -> dict[str, Path]:
    """The files of runs below a folder, by run id, in the order of their names."""
    found = sorted(root.glob("*/*/*.json"))
    return {match[1]: path for path in found if (match := RUN_FILE.fullmatch(path.name))}
