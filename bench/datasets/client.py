"""Runs inside a process of its own: one dataset through the openml library into a private folder.

The library has no timeout, and deletes its cache folder on some errors; here neither matters.
ARFF is asked for, not parquet, because OpenML gives a checksum for ARFF alone.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.datasets.deliver import write_answer


@dataclass(frozen=True)
class Delivered:
    """What came, as the server describes it.

    Args:
        file: the ARFF file.
        md5: of its bytes, as the server says; None if it does not.
        dataset_id, name, version: of the dataset.
        target: name of the class column.
        drop: row ids and columns to ignore.
    """

    file: str
    md5: str | None
    dataset_id: int
    name: str
    version: int
    target: str
    drop: tuple[str, ...]


def main(arguments: Sequence[str]) -> int:
    """Fetch one dataset; the answer is a file, so that nothing printed can be mistaken for it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset_id", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server")
    parser.add_argument("--attempts", type=int, default=1)
    options = parser.parse_args(arguments)
    answers = LastAnswer()
    try:
        delivered = asdict(
            _fetch(options.dataset_id, options.folder, options.server, options.attempts)
        )
    except _expected() as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        delivered = {"error": f"{text[:300]}; last answer: {answers.text}"}
    write_answer(options.folder, delivered)
    return 0


class LastAnswer(logging.Handler):
    """Remembers the last status line, which the library drops when it cannot read the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.text = "none"
        connections = logging.getLogger("urllib3.connectionpool")
        connections.setLevel(logging.DEBUG)
        connections.propagate = False
        connections.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep lines such as: http://host:80 "GET /data/2 HTTP/1.1" 503 None."""
        if " HTTP/" in record.getMessage():
            self.text = record.getMessage()


def _expected() -> tuple[type[Exception], ...]:
    """What a server or a network can do to the library; anything else is a bug and a traceback."""
    from xml.parsers.expat import ExpatError

    import requests
    from openml.exceptions import PyOpenMLError

    broken_description = (KeyError, TypeError, ValueError)
    return (PyOpenMLError, requests.RequestException, ExpatError, OSError, *broken_description)


def _fetch(dataset_id: int, folder: Path, server: str | None, attempts: int) -> Delivered:
    import openml

    openml.config.set_root_cache_directory(folder)
    openml.config.set_retry_policy("human", n_retries=attempts)
    if server is not None:
        openml.config.server = server
    dataset = openml.datasets.get_dataset(dataset_id, download_data=True)
    drop = [*_listed(dataset.row_id_attribute), *_listed(dataset.ignore_attribute)]
    if dataset.data_file is None or dataset.default_target_attribute is None:
        raise ValueError(f"dataset {dataset_id} has no ARFF file or no target")
    return Delivered(
        file=str(dataset.data_file),
        md5=dataset.md5_checksum,
        dataset_id=int(dataset.dataset_id or -1),
        name=str(dataset.name),
        version=int(dataset.version or -1),
        target=str(dataset.default_target_attribute),
        drop=tuple(drop),
    )


def _listed(names: str | list[str] | None) -> list[str]:
    """Attribute names, which the server gives as a list or joined by commas."""
    parts = [names] if isinstance(names, str) else names or []
    return [name.strip() for part in parts for name in str(part).split(",")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
