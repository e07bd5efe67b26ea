"""Cohorts: missing runs that share data and net; one process at a time works on one."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from bench.datasets.preparation import Preparation
from bench.errors import CannotWrite
from bench.plan.identity import short_digest
from bench.plan.job import NO_NET, Job
from bench.render.files import CACHE, locked, write_durable
from bench.render.text import counted
from bench.store.records import OtherData, Record
from bench.store.store import Store

LEFT_ALONE_SECONDS = 7 * 24 * 3600.0
"""Intermediate files that name no cohort are dropped once nothing was written there for so long."""


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
    def name(self) -> str:
        """For messages."""
        return f"{self.dataset}, {'other methods' if self.net == NO_NET else self.net}"

    @property
    def title(self) -> str:
        """The name, and how many jobs."""
        return f"{self.name}: {counted(len(self.jobs), 'run')}"


def group(jobs: Iterable[Job]) -> list[Cohort]:
    """The cohorts of these jobs, in the order of their first jobs."""
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(_key(job.dataset, job.net, job.preparation), []).append(job)
    return [
        Cohort(key, own[0].dataset, own[0].net, own[0].preparation, tuple(own))
        for key, own in groups.items()
    ]


def claimed(results: Path, key: str) -> AbstractContextManager[bool]:
    """Try to claim a cohort of a results folder, see `locked`."""
    return locked(_claim(results, key))


def in_hand(results: Path, jobs: Iterable[Job]) -> list[Cohort]:
    """The cohorts of these jobs that some process has claimed at this moment."""
    found = []
    for cohort in group(jobs):
        if _claim(results, cohort.key).exists():
            with claimed(results, cohort.key) as mine:
                found += [] if mine else [cohort]
    return found


def stages_folder(cache: Path, results: Path, cohort: Cohort) -> Path:
    """Where a cohort's intermediate files are, apart from those of another results folder."""
    return cache / "stages" / _folder_name(results.resolve(), cohort.key)


@dataclass(frozen=True)
class Owner:
    """Whose intermediate files a folder has.

    Args:
        results: the results folder of the runs.
        cohort: its key.
        runs: ids of those that were begun with this folder.
        keep: the user wants it to stay when they are made.
    """

    results: Path
    cohort: str
    runs: tuple[str, ...]
    keep: bool


def own_stages(folder: Path, results: Path, cohort: Cohort, *, keep: bool) -> Owner:
    """Note beside the stages folder of a claimed cohort whose it is, before anything is in it.

    Runs of an earlier command that was interrupted stay noted.

    Raises:
        CannotWrite: the cache folder takes no files.
    """
    earlier = _owner(folder)
    begun = dict.fromkeys((*(earlier.runs if earlier else ()), *(j.run_id for j in cohort.jobs)))
    owner = Owner(results.resolve(), cohort.key, tuple(begun), keep)
    content = {"results": str(owner.results), "cohort": owner.cohort, "runs": owner.runs}
    if not _note(folder).is_file():
        _delete(_note(folder))
    write_durable(_note(folder), json.dumps(content | {"keep": keep}).encode(), CACHE)
    return owner


def drop_needless_stages(cache: Path) -> None:
    """Delete what killed commands left: stages whose runs are made or whose results are gone.

    What another process has claimed stays, and so does what an interrupted command needs to go on.
    """
    for folder in {entry.with_suffix("") for entry in (cache / "stages").glob("*")}:
        with suppress(CannotWrite, OSError):  # what cannot be looked at stays
            owner = _owner(folder)
            if owner is None:
                if time.time() - folder.lstat().st_mtime > LEFT_ALONE_SECONDS:
                    drop_stages(folder)
            elif not owner.results.exists():
                drop_stages(folder)
            else:
                with claimed(owner.results, owner.cohort) as mine:
                    if mine and is_needless(owner, Store(owner.results)):
                        drop_stages(folder)


def is_needless(owner: Owner, store: Store) -> bool:
    """Whether every run that was begun with a folder has a record of the user's own."""
    return not owner.keep and store.own_ids().issuperset(owner.runs)


def drop_stages(folder: Path) -> None:
    """Delete the folder of a cohort, then the note of whose it was, so that a kill leaves both."""
    _delete(folder)
    if not os.path.lexists(folder):
        _delete(_note(folder))


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


def _claim(results: Path, key: str) -> Path:
    return results / "locks" / f"{key}.lock"


def _folder_name(results: Path, key: str) -> str:
    return sha256(os.fsencode(f"{results}\n{key}")).hexdigest()[:16]


def _note(folder: Path) -> Path:
    return folder.with_suffix(".json")


def _owner(folder: Path) -> Owner | None:
    """Whose a folder is; None where that is not noted, or the note is not of this folder."""
    note = _note(folder)
    try:
        raw = json.loads(note.read_bytes() if note.is_file() else b"")
        results, cohort, runs = Path(raw["results"]), str(raw["cohort"]), map(str, raw["runs"])
        owner = Owner(results, cohort, tuple(runs), bool(raw["keep"]))
        return owner if folder.name == _folder_name(results, cohort) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _delete(path: Path) -> None:
    """A folder or whatever is in its place, as far as that can be done."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


@cache
def _key(dataset: str, net: str, preparation: Preparation) -> str:
    """Of a cohort's jobs; worked out once, since so many jobs have the same."""
    return short_digest({"dataset": dataset, "data": preparation, "net": net})


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
