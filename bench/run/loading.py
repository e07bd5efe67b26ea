"""Loading the data of a cohort, and refusing it where records were made from other data."""

from __future__ import annotations

from typing import Any

from bench.run.cohort import Cohort
from bench.run.tools import Load, Loaded
from bench.store.records import OtherData, Record
from bench.store.store import Store


class Loader:
    """Keeps the data last loaded, since networks and other methods ask for it in turn."""

    def __init__(self, load: Load, store: Store) -> None:
        self._load = load
        self._store = store
        self._last: tuple[Any, Loaded] | None = None

    def load(self, cohort: Cohort) -> Loaded:
        """The cohort's data, split and encoded.

        Raises:
            DataError: it is not at hand, damaged, or not what existing records were made from.
        """
        key = (cohort.dataset, cohort.preparation)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        self._last = None
        loaded = self._load(cohort.dataset, cohort.preparation)
        self._refuse_other(cohort, loaded.digest)
        self._last = (key, loaded)
        return loaded

    def _refuse_other(self, cohort: Cohort, digest: str) -> None:
        """Shipped records of other runs than these are no obstacle: no cell mixes them."""
        revision = cohort.jobs[0].identity["data_revision"]
        asked = {(job.protocol, job.budget) for job in cohort.jobs}
        for record in self._store.records(cohort.dataset):
            if record.identity["data_revision"] != revision or record.data_digest == digest:
                continue
            if record.own or (record.protocol, record.budget) in asked:
                raise OtherData(_other(record, digest))


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
