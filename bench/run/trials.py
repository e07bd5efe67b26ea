"""The trials of a search in a results folder: one file each, so a killed search goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.plan.identity import canonical, plain
from bench.store.write import write_whole
from iunet.declare.contract import Fact
from iunet.declare.space import Value
from iunet.declare.tuned import Search

FOLDER = "trials"


@dataclass(frozen=True)
class Trial:
    """One configuration and what it was worth.

    Args:
        number: its place in the search, from 0.
        config: its values by name.
        scores: every validation metric; empty where it failed. There is no test score.
        seconds: of its training.
        failure: why it failed; empty where it did not.
        facts: measured on the way, by name.
        provenance: commit, environment and device it was made with.
    """

    number: int
    config: Mapping[str, Value]
    scores: Mapping[str, float]
    seconds: float
    failure: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)


class Trials:
    """The finished trials of one search.

    Args:
        results: the results folder.
        search: what is searched, and by what.
        where: what else decides a trial: data and net.
    """

    def __init__(self, results: Path, search: Search, where: Mapping[str, Any]) -> None:
        method = {"method": search.method.key, "revision": search.method.revision}
        what = {**where, **method, **search.trial_settings(plain)}
        self.id = sha256(canonical(what).encode()).hexdigest()[:16]
        self._folder = results / FOLDER / self.id

    def read(self, number: int, config: Mapping[str, Value]) -> Trial | None:
        """The finished trial of this number; None where there is none, or none of this config.

        A file that cannot be read is made again.
        """
        try:
            found = Trial(**json.loads(self._path(number).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return found if found.config == plain(config) else None

    def write(self, trial: Trial) -> None:
        """Keep a finished trial.

        Raises:
            CannotWrite: the results folder takes no files.
        """
        text = json.dumps(plain(asdict(trial)), sort_keys=True)
        write_whole(self._path(trial.number), text.encode())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:04d}.json"
