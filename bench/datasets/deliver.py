"""Downloading in a process of its own, with a deadline, into a private folder of the store."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.datasets.errors import FetchFailed
from bench.datasets.places import Places
from bench.datasets.store import writing

ANSWER = "answer.json"
"""File in the private folder that holds what was delivered, or {"error": reason}."""


class Undelivered(Exception):
    """Why a client did not deliver, in a few words."""


def write_answer(folder: Path, answer: Mapping[str, Any]) -> None:
    """What a client says at its end; a file, so that nothing printed can be mistaken for it."""
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def private_folder(key: str, places: Places) -> tempfile.TemporaryDirectory[str]:
    """An empty folder in the store, which is removed when it is left.

    Raises:
        FetchFailed: nothing may be downloaded.
        StoreUnwritable: disk full, read-only or forbidden.
    """
    if places.offline:
        raise FetchFailed(
            f"{key}: BENCH_OFFLINE is set, nothing is downloaded; unset it and run "
            f"`bench data fetch {key}`"
        )
    with writing(places.store):
        places.store.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".incoming-", dir=places.store)


def run_client(
    command: Sequence[str],
    folder: Path,
    deadline: float,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run a client until it has written its answer.

    Args:
        command: of the client.
        folder: the private folder, where the answer is looked for.
        deadline: seconds until it is given up.
        environment: variables of its own.

    Raises:
        Undelivered: no answer in time, or an answer that says why there is nothing.
    """
    try:
        run = subprocess.run(
            command,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=deadline,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Undelivered(f"no complete answer within {deadline:.0f} s") from error
    answer = folder / ANSWER
    if run.returncode != 0 or not answer.is_file():
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        raise Undelivered(f"the client ended with status {run.returncode}: {last[0]}")
    said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in said:
        raise Undelivered(str(said["error"]))
    return said
