"""A command is killed, or its disk fails, at any place where it writes; it is given again."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from crash_points import ERRORS, LIMITS, SIGNALS
from crash_server import ANSWER

from bench.store.store import Store

TESTS = Path(__file__).resolve().parents[1]
DEMO = ("demo", "--fresh", "-d", "iris", "-s", "42", "-m", "dense,omp,xgb", "-j", "1")
"""Two networks that share a stage, a learner, and the files of a table."""

OWN = "own.csv"
IMPORT = ("data", "import", OWN, "--as", "mine")
"""Data of one's own, kept in the store of datasets."""

COMMANDS = (DEMO, DEMO, IMPORT)

OTHERS = ("tables", "data")
"""Folders whose files are written again or not."""

KILLS = ("kill", "torn")
FAULTS = tuple(act for act in (*SIGNALS, *ERRORS, *LIMITS) if act not in KILLS)
ENDS = {
    **dict.fromkeys(SIGNALS, (0, 130)),
    **dict.fromkeys((*ERRORS, *LIMITS), (0, 3, 4, 5)),
    "kill": (0, -9),
    "term": (0, 130, 143),
    "torn": (0, -25),
}
"""How a command may end; with 0 where it came by fewer places, or what failed was not needed."""

MEASURED = "pace.json"
"""Is written where runs took long enough."""


@dataclass(frozen=True)
class Act:
    """What happens to a process, and at which place; see crash_points."""

    name: str = ""
    at: int = 0
    size: int = 0


NOTHING = Act()
SIZES = (0, 1, 50, 300, 1000)
"""Bytes of the largest file, where a write is to end in the middle."""


@dataclass(frozen=True)
class Made:
    """What a folder holds.

    Args:
        results: by run.
        records: their files.
        others: files of tables and of the store of datasets, which are written again or not.
        names: of all files.
        refused: records that cannot be read, and why.
    """

    results: Mapping[str, Any]
    records: Mapping[str, bytes]
    others: Mapping[str, bytes]
    names: frozenset[str]
    refused: Sequence[str]


@dataclass(frozen=True)
class Ended:
    """How a command ended, its output and its errors, and how many places it came by."""

    status: int
    output: str
    said: str
    places: int


@dataclass(frozen=True)
class Server:
    """Gives commands in processes that a process with everything loaded starts."""

    process: subprocess.Popen[str]
    log: Path

    def run(self, words: Sequence[str], folder: Path, *acts: Act) -> list[Ended]:
        """Give a command once for each act, all at the same time, in this folder."""
        places = {"BENCH_RESULTS_DIR": "results", "BENCH_CACHE_DIR": "cache"}
        order = {
            "folder": str(folder),
            "words": words,
            "environment": {name: str(folder / part) for name, part in places.items()},
        }
        orders = [order | {"act": act.name, "at": act.at, "size": act.size} for act in acts]
        assert self.process.stdin and self.process.stdout
        print(json.dumps(orders), file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith(ANSWER):
                return [Ended(*one) for one in json.loads(line.removeprefix(ANSWER))]
        raise RuntimeError(f"the server ended: {self.log.read_text()}")

    def stop(self) -> None:
        """The process ends with its input."""
        self.process.communicate()


@dataclass(frozen=True)
class Command:
    """A command, where it was given undisturbed, what is there, and how many places it comes by."""

    words: Sequence[str]
    server: Server
    folder: Path
    whole: Made
    places: int

    def run(self, folder: Path, *acts: Act) -> list[Ended]:
        """See Server."""
        return self.server.run(self.words, folder, *acts)


@cache
def server(folder: Path) -> Server:
    """A process with everything loaded, which works in this folder."""
    paths = [TESTS.parent, TESTS, TESTS / "attack", TESTS / "iunet"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BENCH_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "OMP_NUM_THREADS": "1",
        "BENCH_OFFLINE": "1",
        "BENCH_DEVICE": "cpu",
    }
    rows = (f"{i},{i % 7},{i % 3}" for i in range(60))
    (folder / OWN).write_text("\n".join(["a,b,target", *rows, ""]))
    log = folder / "server.txt"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, str(TESTS / "attack" / "crash_server.py")],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    started = Server(process, log)
    atexit.register(started.stop)
    return started


@cache
def undisturbed(folder: Path, words: Sequence[str]) -> Command:
    """A command that nothing happened to."""
    place = Path(mkdtemp(dir=folder))
    (ended,) = server(folder).run(words, place, NOTHING)
    assert ended.status == 0, ended.said
    return Command(words, server(folder), place, made(place), ended.places)


def kill(folder: Path, seed: int) -> Iterator[str]:
    """Up to three kills of one command, then the same command to the end."""
    draw = Random(seed)
    own = undisturbed(folder, draw.choice(COMMANDS))
    acts = [_act(draw, KILLS, own) for _ in range(draw.randint(1, 3))]
    yield from _disturbed(folder, own, acts)


def fail(folder: Path, seed: int) -> Iterator[str]:
    """A signal that asks to stop, or a fault of the disk, then the same command to the end."""
    draw = Random(seed)
    own = undisturbed(folder, draw.choice(COMMANDS))
    yield from _disturbed(folder, own, [_act(draw, FAULTS, own)])


def kill_one_of_two(folder: Path, seed: int) -> Iterator[str]:
    """Two commands on one folder, one of which is killed; the other one makes everything."""
    draw = Random(seed)
    own = undisturbed(folder, draw.choice(COMMANDS))
    act = _act(draw, KILLS, own)
    with TemporaryDirectory(dir=folder) as name:
        both = Path(name)
        killed, other = own.run(both, act, NOTHING)
        faults = _faults(own, both, act, killed)
        if other.status:
            faults.append(f"the other one ended with {other.status}: {_line(other.said)}")
        yield _told(own, act, [*faults, *_end(own, both, made(both))])


def _act(draw: Random, names: Sequence[str], own: Command) -> Act:
    return Act(draw.choice(names), draw.randint(1, own.places), draw.choice(SIZES))


def _disturbed(where: Path, own: Command, acts: Sequence[Act]) -> Iterator[str]:
    """What was wrong after each act that did happen, and at the end."""
    with TemporaryDirectory(dir=where) as name:
        folder = Path(name)
        for act in acts:
            (ended,) = own.run(folder, act)
            faults = _faults(own, folder, act, ended)
            if act is acts[-1]:
                faults += _end(own, folder, made(folder))
            if faults or ended.status or act.name not in KILLS:
                yield _told(own, act, faults)


def _told(own: Command, act: Act, faults: Sequence[str]) -> str:
    what = f"{own.words[0]} {own.words[1]}, {act.name} at place {act.at} with {act.size} bytes"
    return f"{what}: {'; '.join(faults)}" if faults else ""


def _faults(own: Command, folder: Path, act: Act, ended: Ended) -> list[str]:
    """What is wrong right after an act."""
    there = made(folder)
    faults = [f"read as damaged: {line}" for line in there.refused]
    if wrong := [one for one in there.results if there.results[one] != own.whole.results.get(one)]:
        faults.append(f"other results of {', '.join(wrong)}")
    if ended.status not in ENDS[act.name] or "Traceback" in ended.said:
        faults.append(f"it ended with {ended.status}: {_line(ended.said)}")
    return faults


def _end(own: Command, folder: Path, before: Made) -> list[str]:
    """What is wrong after the same command was given once more, undisturbed."""
    (ended,) = own.run(folder, NOTHING)
    after = made(folder)
    faults = (
        [f"given again it ended with {ended.status}: {_line(ended.said)}"] if ended.status else []
    )
    if lost := [name for name, text in before.records.items() if after.records.get(name) != text]:
        faults.append(f"finished runs were lost or made again: {', '.join(lost)}")
    if after.results != own.whole.results:
        faults.append("the results are other ones than undisturbed")
    if after.others != own.whole.others:
        faults.append("files are other ones than undisturbed")
    if left := after.names - own.whole.names:
        faults.append(f"left behind: {', '.join(sorted(left))}")
    return faults


def made(folder: Path) -> Made:
    """What is in the folder."""
    store = Store(folder / "results")
    records = list(store.records())
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != MEASURED]
    others = [path for path in files if path.parent.name in OTHERS and path.name[0] != "."]
    return Made(
        {record.run_id: record.result for record in records},
        {record.path.name: record.path.read_bytes() for record in records if record.path},
        {path.name: path.read_bytes() for path in others},
        frozenset(str(path.relative_to(folder)) for path in files),
        [str(error) for error in store.refused],
    )


def _line(said: str) -> str:
    return " | ".join(said.splitlines())[-1500:]
