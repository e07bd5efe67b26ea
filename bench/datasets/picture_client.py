"""Runs inside a process of its own: one set of pictures through torchvision into a private folder.

torchvision has no timeout; here it does not matter. It reads the pickles of CIFAR's archives, whose
MD5 it knows; what is handed on is an npz.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import pickle
import sys
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets.deliver import write_answer
from bench.datasets.picture_set import PictureSet, write_pictures
from iunet.declare.data import Bytes, Labels

DELIVERED = "pictures.npz"
"""File in the private folder that holds the pictures."""

EXPECTED = (
    *(OSError, http.client.HTTPException, RuntimeError, tarfile.TarError, zlib.error, EOFError),
    *(pickle.UnpicklingError, ValueError, KeyError, TypeError),
)
"""What a server, a network or an archive can do to torchvision; anything else is a bug."""


@dataclass(frozen=True)
class Archive:
    """A file torchvision downloads, its MD5 as torchvision knows it, and from where."""

    name: str
    md5: str
    url: str


def main(arguments: Sequence[str]) -> int:
    """Fetch one set; the answer is a file in the folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("key", choices=("cifar10", "cifar100", "svhn"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server")
    options = parser.parse_args(arguments)
    import torchvision

    try:
        write_pictures(options.folder / DELIVERED, _fetch(options))
    except EXPECTED as error:
        write_answer(options.folder, {"error": _reason(error, options)})
        return 0
    names = ", ".join(archive.name for archive in archives(options.key, options.server))
    library = f"torchvision {torchvision.__version__.partition('+')[0]}"
    write_answer(options.folder, {"origin": f"{library}: {names}"})
    return 0


def archives(key: str, server: str | None) -> tuple[Archive, ...]:
    """The files of a set.

    Args:
        key: "cifar10", "cifar100" or "svhn".
        server: address of a folder that has them; torchvision's own addresses if None.
    """
    from torchvision import datasets

    if key == "svhn":
        known = [datasets.SVHN.split_list[split] for split in ("train", "test")]
    else:
        base = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[key]
        known = [(base.url, base.filename, base.tgz_md5)]
    return tuple(
        Archive(name, md5, url if server is None else f"{server.rstrip('/')}/{name}")
        for url, name, md5 in known
    )


def _fetch(options: argparse.Namespace) -> PictureSet:
    from torchvision import datasets

    files = archives(options.key, options.server)
    if options.key == "svhn":
        return _svhn(options.folder, files)
    base = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[options.key]
    from_there = type(base.__name__, (base,), {"url": files[0].url})
    train = from_there(options.folder, train=True, download=True)
    test = from_there(options.folder, train=False)
    return PictureSet(*_planar(train), *_planar(test))


def _planar(part: Any) -> tuple[Bytes, Labels]:
    """CIFAR's pictures, which torchvision holds channels last."""
    x = np.ascontiguousarray(part.data.transpose(0, 3, 1, 2))
    return x, np.asarray(part.targets, dtype=np.int64)


def _svhn(folder: Path, files: Sequence[Archive]) -> PictureSet:
    from torchvision import datasets

    known = {
        split: [file.url, file.name, file.md5]
        for split, file in zip(("train", "test"), files, strict=True)
    }
    from_there = type("SVHN", (datasets.SVHN,), {"split_list": known})
    train, test = (from_there(folder, split=split, download=True) for split in known)
    x = [np.ascontiguousarray(part.data) for part in (train, test)]
    return PictureSet(x[0], train.labels, x[1], test.labels)


def _reason(error: Exception, options: argparse.Namespace) -> str:
    """Both checksums where a file is another one, which torchvision calls corrupted; else it."""
    for archive in archives(options.key, options.server):
        path = options.folder / archive.name
        if isinstance(error, RuntimeError) and path.is_file():
            with path.open("rb") as file:
                found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
            if found.hexdigest() != archive.md5:
                return (
                    f"{archive.name} came with {path.stat().st_size:,} bytes and MD5 "
                    f"{found.hexdigest()}, torchvision expects {archive.md5}"
                )
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
