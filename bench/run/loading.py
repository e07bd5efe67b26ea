"""Loading the data of a cohort, and refusing it where records were made from other data."""

from __future__ import annotations

from typing import Any

from bench.run.cohort import Cohort
from bench.run.tools import Load, Loaded
from bench.store.errors import OtherData
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
        revision = cohort.jobs[0].identity["data_revision"]
        for record in self._store.records(cohort.dataset):
            if record.identity["data_revision"] == revision and record.data_digest != digest:
                raise OtherData(
                    f"{cohort.dataset}: the data at hand has content {digest}, but {record.where} "
                    f"was made from {record.data_digest}; mend the data with `bench data fetch "
                    f"{cohort.dataset} --force`, or keep new records apart with BENCH_RESULTS_DIR "
                    f"and --fresh"
                )
