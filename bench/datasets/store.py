"""The local store: one file per dataset and a manifest entry with its SHA-256 beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.datasets.errors import DataDamaged, StoreUnwritable
from bench.datasets.read import Reading, read_file
from bench.datasets.table import MISSING, Column, Table

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Entry:
    """What the manifest says of one dataset.

    Args:
        file: name of the file; it carries the start of its own SHA-256.
        sha256: of the file's bytes.
        content: digest of the canonical content, pinned when it was kept.
        rows, features: of the content; of pictures their number and the values of each.
        origin: where it came from, in words.
        notes: what is special about this copy.
    """

    file: str
    sha256: str
    content: str
    rows: int
    features: int
    origin: str
    notes: tuple[str, ...] = ()


def find_entry(store: Path, key: str) -> Entry | None:
    """The manifest entry of a dataset, None if the store does not have it.

    Raises:
        DataDamaged: the entry cannot be read.
    """
    path = store / f"{key}.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Entry(**(said | {"notes": tuple(said.get("notes", ()))}))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DataDamaged(f"{path}: not a manifest entry ({error}). {mend(key)}") from error


def load_entry(store: Path, key: str, entry: Entry) -> Table:
    """Read a table of the store; its bytes and its content must be the recorded ones.

    Raises:
        DataDamaged: the message names both checksums.
    """
    path = store / entry.file
    check_bytes(path, entry.sha256, mend(key))
    return read_file(path, Reading(target="target"))


def check_bytes(path: Path, sha256: str, next_step: str) -> None:
    """Compare a file's SHA-256 with the recorded one.

    Raises:
        DataDamaged: it is another one, or the file is gone.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataDamaged(f"{path}: {error.strerror}. {next_step}") from error
    if found != sha256:
        raise DataDamaged(
            f"{path}: SHA-256 {found[:12]}, recorded is {sha256[:12]}; the file is damaged. "
            f"{next_step}"
        )


def keep(store: Path, key: str, table: Table, origin: str) -> Entry:
    """Write a table into the store; a reader sees the old state or the new one, nothing between.

    Raises:
        StoreUnwritable: disk full, read-only or forbidden; the store is as it was.
    """
    from pyarrow import parquet

    arrow = _to_arrow(table)

    def describe(name: str, sha256: str) -> Entry:
        return Entry(name, sha256, table.digest(), table.rows, len(table.columns), origin)

    def write(path: Path) -> None:
        parquet.write_table(arrow, path, compression="zstd")

    return keep_file(store, key, ".parquet", write, describe)


def keep_file(
    store: Path,
    key: str,
    suffix: str,
    write: Callable[[Path], None],
    describe: Callable[[str, str], Entry],
) -> Entry:
    """Write a dataset's file, then its manifest entry, then forget the file before it.

    Args:
        store: the folder; made if need be.
        key: of the dataset.
        suffix: of the file, such as ".parquet".
        write: writes the file to the path it is given, which has this suffix.
        describe: the entry, from the file's name and SHA-256.

    Raises:
        StoreUnwritable: disk full, read-only or forbidden; the store is as it was.
    """
    incoming = store / f".{key}.{os.getpid()}{suffix}"
    try:
        with writing(store):
            store.mkdir(parents=True, exist_ok=True)
            write(incoming)
            sha256 = _synced_sha256(incoming)
            name = f"{key}-{sha256[:12]}{suffix}"
            incoming.replace(store / name)
            entry = describe(name, sha256)
            _write_text(store / f"{key}.json", json.dumps(asdict(entry), indent=1) + "\n")
    finally:
        with suppress(OSError):
            incoming.unlink(missing_ok=True)
    _forget_older(store, key, entry)
    return entry


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Around what writes into the store: an OSError becomes one clear line."""
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(
            f"cannot write to {store}: {error.strerror or error}. Free some space there or name "
            f"another folder with BENCH_CACHE_DIR; what was in the store is unchanged"
        ) from error


def mend(key: str) -> str:
    """The next step for a damaged file of the store."""
    return f"Run `bench data fetch {key} --force`, or import it again"


def _write_text(path: Path, text: str) -> None:
    """Write a small file through a temporary one and a rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _synced_sha256(path: Path) -> str:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_older(store: Path, key: str, entry: Entry) -> None:
    """Remove files of this dataset the manifest no longer names; that it fails does no harm."""
    ending = Path(entry.file).suffix
    length = len(f"{key}-") + 12 + len(ending)
    for path in store.glob(f"{key}-*{ending}"):
        if len(path.name) == length and path.name != entry.file:
            with suppress(OSError):
                path.unlink()


def _to_arrow(table: Table) -> pyarrow.Table:
    import pyarrow

    target = Column("target", table.y.astype("int32"), table.classes)
    columns = (*table.columns, target)
    return pyarrow.Table.from_arrays(
        [_arrow_column(column) for column in columns], names=[column.name for column in columns]
    )


def _arrow_column(column: Column) -> pyarrow.Array:
    import pyarrow

    if column.spellings is None:
        return pyarrow.array(column.values)
    spellings = pyarrow.array(column.spellings, type=pyarrow.string())
    codes = pyarrow.array(column.values, mask=column.values == MISSING)
    return pyarrow.DictionaryArray.from_arrays(codes, spellings)
