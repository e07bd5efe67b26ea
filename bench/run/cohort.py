"""Cohorts: missing runs that share data and net; one process at a time works on one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from bench.datasets.preparation import Preparation
from bench.plan.identity import canonical
from bench.plan.job import NO_NET, Job
from bench.render.files import locked
from bench.render.text import counted
from bench.store.records import OtherData, Record
from bench.store.store import Store


@dataclass(frozen=True)
class Cohort:
    """Jobs of one dataset, one preparation of it, and one net; networks among them train together.

    Args:
        key: 16 hex digits, the same for any selection of the cohort's jobs.
        dataset, net: keys.
        preparation: how its data is split and encoded.
        jobs: at least one.
    """

    key: str
    dataset: str
    net: str
    preparation: Preparation
    jobs: tuple[Job, ...]

    @property
    def title(self) -> str:
        """For messages."""
        what = "other methods" if self.net == NO_NET else self.net
        return f"{self.dataset}, {what}: {counted(len(self.jobs), 'run')}"


def group(jobs: Iterable[Job]) -> list[Cohort]:
    """The cohorts of these jobs, in the order of their first jobs."""
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(_key(job), []).append(job)
    return [
        Cohort(key, own[0].dataset, own[0].net, own[0].preparation, tuple(own))
        for key, own in groups.items()
    ]


def claimed(folder: Path, key: str) -> AbstractContextManager[bool]:
    """Try to claim a cohort of a results folder, see `locked`."""
    return locked(folder / f"{key}.lock")


def stages_folder(cache: Path, results: Path, cohort: Cohort) -> Path:
    """Where a cohort's intermediate files are, apart from those of another results folder."""
    where = f"{results.resolve()}\n{cohort.key}"
    return cache / "stages" / sha256(where.encode()).hexdigest()[:16]


def refuse_other_data(cohort: Cohort, digest: str, store: Store) -> None:
    """Refuse to run a cohort beside records that were made from other data than is at hand.

    Shipped records of other protocols or budgets are no obstacle: no cell mixes them. Nor is a
    record that cannot be read.

    Raises:
        OtherData: there is such a record; the message says what to do.
    """
    revision = cohort.jobs[0].identity["data_revision"]
    conditions = {(job.protocol, job.budget) for job in cohort.jobs}
    everything = replace(store, contents={})  # else it leaves out what is looked for here
    for record in everything.records(cohort.dataset):
        if record.identity["data_revision"] != revision or record.data_digest == digest:
            continue
        if record.own or (record.protocol, record.budget) in conditions:
            raise OtherData(_other(record, digest))


def _key(job: Job) -> str:
    content = canonical({"dataset": job.dataset, "data": job.data, "net": job.net})
    return sha256(content.encode()).hexdigest()[:16]


def _other(record: Record, digest: str) -> str:
    """What to do about records of other data."""
    key = record.dataset
    step = (
        f"mend the data with `bench data fetch {key} --force`, or keep new records apart with "
        f"BENCH_RESULTS_DIR and --fresh"
        if record.own
        else f"make all of them anew from it: the same command with --fresh -d {key}"
    )
    made = "was made" if record.own else "was shipped, made"
    return (
        f"{key}: the data at hand has content {digest}, but {record.where} {made} from "
        f"{record.data_digest}; {step}"
    )
