"""Many processes write the same files while one reads them: what is read is whole, no write fails.

`attack(folder, writers, writes)` is the whole of it; tests call it with small numbers.
"""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, cycle, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.errors import BenchError
from bench.render.files import write_durable, write_results

RECORD = Path("runs", "iris", "mlp-omp", "42-0123456789abcdef.json")
TABLES = tuple(Path("tables", f"table5{ending}") for ending in (".md", ".tex", ".csv"))
FILES = (RECORD, *TABLES)

LINES = 20_000
"""Of each file: so many that a write takes several calls of the system."""


@dataclass(frozen=True)
class Counts:
    """What became of an attack.

    Args:
        writes: how many were tried.
        failed: the errors of those that failed.
        reads: how often a file was read meanwhile.
        mixed: how many reads gave something else than one write's content.
        left: files at the end that nobody asked for.
    """

    writes: int
    failed: tuple[str, ...]
    reads: int
    mixed: int
    left: tuple[str, ...]


def attack(folder: Path, writers: int = 4, writes: int = 25) -> Counts:
    """So many processes write so often each: in turn a record and the files of a table."""
    reads = mixed = 0
    spawn = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as ready, ProcessPoolExecutor(writers, spawn) as pool:
        pending = [
            pool.submit(write, folder, number, writers, writes, Path(ready))
            for number in range(writers)
        ]
        running = takewhile(lambda _: not all(one.done() for one in pending), cycle(FILES))
        for name in chain(running, FILES):
            if (folder / name).exists():
                reads += 1
                mixed += not whole_content((folder / name).read_bytes())
            time.sleep(0.0005)  # the writers are to have the processor
        failed = [error for one in pending for error in one.result()]
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    left = tuple(str(path) for path in sorted(found - set(FILES)))
    return Counts(writers * writes, tuple(failed), reads, mixed, left)


def write(folder: Path, writer: int, writers: int, writes: int, ready: Path) -> list[str]:
    """The writes of one process, which waits for all others to start; the errors of failed ones."""
    (ready / str(writer)).touch()
    while len(list(ready.iterdir())) < writers:
        time.sleep(0.001)
    failed = []
    for number, name in zip(range(writes), cycle(FILES), strict=False):
        content = content_of(f"{writer}.{number}")
        try:
            if name == RECORD:
                write_durable(folder / name, content)
            else:
                write_results(folder / name.parent, {name.name: content})
        except (BenchError, OSError) as error:
            failed.append(f"{type(error).__name__}: {error}")
    return failed


def content_of(write: str) -> bytes:
    """What one write puts into a file; how long it is depends on the write."""
    count = LINES + sum(map(ord, write)) % 7
    return f"{write} {count}\n".encode() * count


def whole_content(content: bytes) -> bool:
    """Whether this is what one write put there."""
    first = content.partition(b"\n")[0].decode()
    return bool(first) and content == content_of(first.split()[0])
