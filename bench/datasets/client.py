"""One dataset through openml or torchvision, in a process of its own and into a private folder.

Neither library has a timeout, and openml deletes its cache folder on some errors; here neither
matters. ARFF is requested from OpenML, not parquet, because it gives a checksum for ARFF alone.
torchvision reads the pickles of CIFAR's archives, whose MD5 it knows; what is handed on is an npz.
"""

from __future__ import annotations

import argparse
import errno
import http.client
import json
import logging
import os
import pickle
import resource
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets.catalogue import Dataset, TabularDataset
from bench.datasets.pictures import PictureSet, read_pictures
from bench.datasets.read import Reading, checksum, read_file
from bench.datasets.source import Content

CLIENT = (sys.executable, "-m", "bench.datasets.client")
"""The command that `main` is the end of."""

ANSWER = "answer.json"
"""File in the private folder with the answer: what was downloaded, or {"error": reason}."""

CELLS_PER_SECOND = 30_000
"""Slowest download of a table that is waited for, on top of two minutes."""

PICTURES_PER_SECOND = 40
"""Slowest download of pictures that is waited for, likewise; a picture has about 3 kB."""

BYTES_PER_CELL, BYTES_PER_PICTURE, ANY_DOWNLOAD = 200, 10 * 3072, 64 * 2**20
"""What a download may take, on disk and in memory, for each of what the catalogue counts, and
beside that: several times what any dataset of it needs."""

GRACE = 5.0
"""Seconds after its deadline in which a client is stopped by whoever started it."""

BROKEN_ARCHIVE = (
    *(OSError, http.client.HTTPException, RuntimeError, tarfile.TarError, zlib.error, EOFError),
    *(pickle.UnpicklingError, ValueError, KeyError, TypeError),
)
"""What a server, a network or an archive can do to torchvision; anything else is a bug."""


Archive = tuple[str, str, str]
"""Of a file that torchvision downloads: address, name, and MD5 as torchvision has it."""


class DownloadError(Exception):
    """Why a client downloaded nothing of use, in a few words."""


def download(
    dataset: Dataset,
    folder: Path,
    client: Sequence[str],
    options: Sequence[str],
    deadline: float | None,
) -> tuple[Content, str]:
    """A dataset's content as a client downloads it into an empty folder, and where it came from.

    Args:
        dataset: of the catalogue.
        folder: for the client alone.
        client: the command.
        options: of the command, see `main`.
        deadline: seconds until the download is given up; by the size of the dataset if None.

    Raises:
        DownloadError: no answer in time, an answer that says why there is nothing, another
            dataset, or other bytes than the server describes.
        DataDamaged: the file that came cannot be read.
    """
    if isinstance(dataset, TabularDataset):
        name, cells = str(dataset.dataset_id), dataset.rows * (dataset.features + 1)
        usual, most = 120 + cells / CELLS_PER_SECOND, ANY_DOWNLOAD + cells * BYTES_PER_CELL
    else:
        name, pictures = dataset.key, dataset.train + dataset.test
        usual = 120 + pictures / PICTURES_PER_SECOND
        most = ANY_DOWNLOAD + pictures * BYTES_PER_PICTURE
    seconds = usual if deadline is None else deadline
    watch = [f"--parent={os.getpid()}", f"--seconds={seconds + GRACE}", f"--most={most}"]
    command = [*client, dataset.source, name, str(folder), *options, *watch]
    answer = _run_client(command, folder, seconds)
    path = Path(answer["file"])
    if not isinstance(dataset, TabularDataset):
        return read_pictures(path), str(answer["origin"])
    if answer["dataset_id"] != dataset.dataset_id:
        raise DownloadError(
            f"dataset {dataset.dataset_id} was requested, {answer['dataset_id']} came"
        )
    check_md5(path, answer["md5"])
    reading = Reading(answer["target"], ignored=tuple(answer["drop"]))
    return read_file(path, reading), str(answer["origin"])


def check_md5(path: Path, expected: str | None) -> None:
    """Compare a file with the checksum the server gave, if it gave one: openml may not have looked.

    Raises:
        DownloadError: names both checksums.
    """
    md5 = checksum(path, "md5")
    if expected is not None and md5 != expected.lower():
        raise DownloadError(f"the file has MD5 {md5}, the server says {expected}")


def main(arguments: Sequence[str]) -> int:
    """Download one dataset; the answer is a file, so that nothing printed can be taken for it.

    Where it is told its parent, it ends with it, after so many seconds, or where it takes more
    bytes than the catalogue's counts need.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=("openml", "torchvision"))
    parser.add_argument("dataset", help="an OpenML number, or cifar10, cifar100 or svhn")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server")
    parser.add_argument("--attempts", type=int, default=1)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--most", type=int)
    options = parser.parse_args(arguments)
    if options.parent is not None:
        _start_watch(options)
    download = _download_table if options.library == "openml" else _download_pictures
    write_answer(options.folder, download(options))
    return 0


def write_answer(folder: Path, answer: Mapping[str, Any]) -> None:
    """What a client says at its end."""
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def _start_watch(options: argparse.Namespace) -> None:
    """End this process when it has to, whatever the library is doing.

    A file of its may have `most` bytes; so many more memory than its libraries it may take.
    """
    __import__(options.library)
    resource.setrlimit(resource.RLIMIT_FSIZE, (options.most, options.most))
    threading.Thread(target=_watch, args=(options, _memory_peak()), daemon=True).start()


def _watch(options: argparse.Namespace, libraries: int) -> None:
    end = time.monotonic() + options.seconds
    while os.getppid() == options.parent and time.monotonic() < end:
        if _memory_peak() - libraries > options.most:
            write_answer(options.folder, {"error": _too_much(options.most)})
            os._exit(0)
        time.sleep(0.05)
    shutil.rmtree(options.folder, ignore_errors=True)
    os._exit(1)


def _memory_peak() -> int:
    """Bytes; of this unit on macOS, elsewhere of kilobytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _too_much(most: int) -> str:
    return f"more than {most:,} bytes came, and the catalogue's counts need fewer"


def _run_client(command: Sequence[str], folder: Path, deadline: float) -> dict[str, Any]:
    """The client's answer, which it writes into the private folder.

    Raises:
        DownloadError: no answer within so many seconds, or one that says why there is nothing.
    """
    private = {
        "OPENML_SKIP_PARQUET": "true",
        "OPENML_CACHE_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    env = os.environ | private
    try:
        run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=deadline)
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"no complete answer within {deadline:.0f} s") from error
    file = folder / ANSWER
    if run.returncode != 0 or not file.is_file():
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        raise DownloadError(f"the client ended with status {run.returncode}: {last[0]}")
    answer: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if "error" in answer:
        raise DownloadError(str(answer["error"]))
    return answer


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
        answers = [line for line in log.read_text("utf-8").splitlines() if " HTTP/" in line]
        why = _reason(error, options)
        return {"error": f"{why}; last answer: {(answers or ['none'])[-1][:200]}"}


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

    kind, archives = _served_from(options.server, options.dataset)
    file = options.folder / "pictures.npz"
    try:
        _torchvision_pictures(kind, options.folder).write(file)
    except BROKEN_ARCHIVE as error:
        corrupted = isinstance(error, RuntimeError)
        wrong = _wrong_archive(options.folder, archives) if corrupted else None
        return {"error": wrong or _reason(error, options)}
    library = f"torchvision {torchvision.__version__.partition('+')[0]}"
    names = ", ".join(name for _, name, _ in archives)
    return {"file": str(file), "origin": f"{library}: {names}"}


def _served_from(server: str | None, key: str) -> tuple[Any, list[Archive]]:
    """torchvision's class of a set with its files at another address, and these files.

    `server` is a folder that has them; None leaves torchvision's own addresses.
    """
    from torchvision import datasets

    def moved(address: str, name: str, md5: str) -> Archive:
        return f"{server.rstrip('/')}/{name}" if server else address, name, md5

    if key == "svhn":
        splits = {split: moved(*datasets.SVHN.split_list[split]) for split in ("train", "test")}
        return type("SVHN", (datasets.SVHN,), {"split_list": splits}), list(splits.values())
    base = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[key]
    archive = moved(base.url, base.filename, base.tgz_md5)
    return type(base.__name__, (base,), {"url": archive[0]}), [archive]


def _torchvision_pictures(kind: Any, folder: Path) -> PictureSet:
    if kind.__name__ == "SVHN":
        parts = [kind(folder, split=split, download=True) for split in ("train", "test")]
        x, y = [part.data for part in parts], [part.labels for part in parts]
    else:  # holds pictures channels last
        parts = [kind(folder, train=True, download=True), kind(folder, train=False)]
        x = [part.data.transpose(0, 3, 1, 2) for part in parts]
        y = [np.asarray(part.targets, dtype=np.int64) for part in parts]
    train_x, test_x = map(np.ascontiguousarray, x)
    return PictureSet(train_x, y[0], test_x, y[1])


def _wrong_archive(folder: Path, archives: Sequence[Archive]) -> str | None:
    """Both checksums of the first file that is another one, which torchvision calls corrupted."""
    for _, name, expected in archives:
        path = folder / name
        if path.is_file() and (md5 := checksum(path, "md5")) != expected:
            return (
                f"{name} came with {path.stat().st_size:,} bytes and MD5 {md5}, torchvision "
                f"expects {expected}"
            )
    return None


def _reason(error: Exception, options: argparse.Namespace) -> str:
    """In one line; a file that became too large is told in words."""
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return _too_much(options.most)
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
