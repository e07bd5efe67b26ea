"""Runs in a process of its own: one dataset through openml or torchvision into a private folder.

Neither library has a timeout, and openml deletes its cache folder on some errors; here neither
matters. ARFF is requested from OpenML, not parquet, because it gives a checksum for ARFF alone.
torchvision reads the pickles of CIFAR's archives, whose MD5 it knows; what is handed on is an npz.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import logging
import pickle
import sys
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets.pictures import PictureSet
from iunet.declare.data import Bytes, Labels

ANSWER = "answer.json"
"""File in the private folder with the answer: what was downloaded, or {"error": reason}."""

BROKEN_ARCHIVE = (
    *(OSError, http.client.HTTPException, RuntimeError, tarfile.TarError, zlib.error, EOFError),
    *(pickle.UnpicklingError, ValueError, KeyError, TypeError),
)
"""What a server, a network or an archive can do to torchvision; anything else is a bug."""


Archive = tuple[str, str, str]
"""Of a file that torchvision downloads: address, name, and MD5 as torchvision has it."""


def main(arguments: Sequence[str]) -> int:
    """Download one dataset; the answer is a file, so that nothing printed can be taken for it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=("openml", "torchvision"))
    parser.add_argument("dataset", help="an OpenML number, or cifar10, cifar100 or svhn")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server")
    parser.add_argument("--attempts", type=int, default=1)
    options = parser.parse_args(arguments)
    download = _download_table if options.library == "openml" else _download_pictures
    write_answer(options.folder, download(options))
    return 0


def write_answer(folder: Path, answer: Mapping[str, Any]) -> None:
    """What a client says at its end."""
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def _download_table(options: argparse.Namespace) -> dict[str, Any]:
    """The answer of `_openml_file`, or why there is none.

    The reason has the last status line, such as: http://host:80 "GET /data/2 HTTP/1.1" 503 None;
    the library drops it when it cannot read the answer.
    """
    from xml.parsers.expat import ExpatError

    import requests
    from openml.exceptions import PyOpenMLError

    network = (PyOpenMLError, requests.RequestException, ExpatError, OSError)
    broken_description = (KeyError, TypeError, ValueError)
    log = options.folder / "connections.log"
    connections = logging.getLogger("urllib3.connectionpool")
    connections.setLevel(logging.DEBUG)
    connections.propagate = False
    connections.addHandler(logging.FileHandler(log, encoding="utf-8"))
    try:
        return _openml_file(options)
    except (*network, *broken_description) as error:  # anything else is a bug and a traceback
        answers = [
            line for line in log.read_text(encoding="utf-8").splitlines() if " HTTP/" in line
        ]
        return {"error": f"{_one_line(error)}; last answer: {(answers or ['none'])[-1]}"}


def _openml_file(options: argparse.Namespace) -> dict[str, Any]:
    """The path of an ARFF file and how the server describes it.

    Returns:
        `file`, `md5` (None if the server gives none), `dataset_id`, `origin`, `target` (the class
        column) and `drop` (row ids and columns to ignore).
    """
    import openml

    openml.config.set_root_cache_directory(options.folder)
    openml.config.set_retry_policy("human", n_retries=options.attempts)
    if options.server is not None:
        openml.config.server = options.server
    dataset = openml.datasets.get_dataset(int(options.dataset), download_data=True)
    if dataset.data_file is None or dataset.default_target_attribute is None:
        raise ValueError(f"dataset {options.dataset} has no ARFF file or no target")
    number, version = int(dataset.dataset_id or -1), int(dataset.version or -1)
    return {
        "file": str(dataset.data_file),
        "md5": dataset.md5_checksum,
        "dataset_id": number,
        "origin": f"OpenML {number} ({dataset.name}, version {version})",
        "target": str(dataset.default_target_attribute),
        "drop": _names(dataset.row_id_attribute) + _names(dataset.ignore_attribute),
    }


def _names(names: str | list[str] | None) -> list[str]:
    """Attribute names, which the server gives as a list or joined by commas."""
    parts = [names] if isinstance(names, str) else names or []
    return [name.strip() for part in parts for name in str(part).split(",")]


def _download_pictures(options: argparse.Namespace) -> dict[str, Any]:
    """The answer with the path of an npz, `file`, and its `origin`."""
    import torchvision

    archives = _archives(options.dataset, options.server)
    file = options.folder / "pictures.npz"
    try:
        _torchvision_pictures(options.dataset, options.folder, archives).write(file)
    except BROKEN_ARCHIVE as error:
        corrupted = isinstance(error, RuntimeError)
        wrong = _wrong_archive(options.folder, archives) if corrupted else None
        return {"error": wrong or _one_line(error)}
    library = f"torchvision {torchvision.__version__.partition('+')[0]}"
    names = ", ".join(name for _, name, _ in archives)
    return {"file": str(file), "origin": f"{library}: {names}"}


def _archives(key: str, server: str | None) -> list[Archive]:
    """The files of a set; `server` is a folder that has them, torchvision's addresses if None."""
    from torchvision import datasets

    if key == "svhn":
        files = [datasets.SVHN.split_list[split] for split in ("train", "test")]
    else:
        base = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[key]
        files = [(base.url, base.filename, base.tgz_md5)]
    return [(f"{server.rstrip('/')}/{f[1]}" if server else f[0], f[1], f[2]) for f in files]


def _torchvision_pictures(key: str, folder: Path, archives: Sequence[Archive]) -> PictureSet:
    from torchvision import datasets

    if key == "svhn":
        splits = dict(zip(("train", "test"), archives, strict=True))
        from_there = type("SVHN", (datasets.SVHN,), {"split_list": splits})
        parts = [from_there(folder, split=split, download=True) for split in splits]
        (train_x, test_x) = (np.ascontiguousarray(part.data) for part in parts)
        return PictureSet(train_x, parts[0].labels, test_x, parts[1].labels)
    base = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[key]
    from_there = type(base.__name__, (base,), {"url": archives[0][0]})
    train = from_there(folder, train=True, download=True)
    return PictureSet(*_planar(train), *_planar(from_there(folder, train=False)))


def _planar(part: Any) -> tuple[Bytes, Labels]:
    """CIFAR's pictures, which torchvision holds channels last."""
    x = np.ascontiguousarray(part.data.transpose(0, 3, 1, 2))
    return x, np.asarray(part.targets, dtype=np.int64)


def _wrong_archive(folder: Path, archives: Sequence[Archive]) -> str | None:
    """Both checksums of the first file that is another one, which torchvision calls corrupted."""
    for _, name, expected in archives:
        path = folder / name
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
            if digest.hexdigest() != expected:
                return (
                    f"{name} came with {path.stat().st_size:,} bytes and MD5 "
                    f"{digest.hexdigest()}, torchvision expects {expected}"
                )
    return None


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
