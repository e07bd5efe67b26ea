"""One file of a results folder is damaged; commands show, export and make everything else."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from kills import DEMO, NOTHING, Command, Ended, undisturbed
from mutations import json_mutated, noise
from planned import run_id

from bench.store.records import IDENTITY, Failure

SHOW = (*DEMO, "--no-run", "--json")
COMMANDS = (
    (*DEMO, "--no-run"),
    ("export", "--csv", "all.csv", "--fresh"),
    ("status", "demo", "-d", "iris", "--failures", "--fresh"),
    ("status", "demo", "-d", "iris", "--fresh", "--json"),
    ("why", "demo", "iris", "omp", "--fresh", "-s", "42"),
    ("run", "demo", "-d", "iris", "-m", "xgb,dense", "--fresh", "--dry-run"),
    ("verdict", "--fresh"),
    ("check", "--against", "@", "-d", "iris", "--budget", "demo"),
)
"""Given after a file was damaged; @ is the folder of sound records."""

STATUSES = (0, 1, 3, 4, 5, 6)
"""How they may end; 1 where `check` finds a record worse."""

NOTE = "failures/iris/mlp-tab-dense/7-0123456789abcdef.json"


def damage(folder: Path, seed: int) -> Iterator[str]:
    """One file, drawn by the seed, and what three commands make of it."""
    draw = Random(seed)
    own = undisturbed(folder, DEMO)
    with TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        shutil.copytree(own.folder, place, dirs_exist_ok=True)
        results = place / "results"
        write_note(own, results)
        path = draw.choice(sorted(path for path in results.rglob("*.*") if is_kept(path)))
        how = _damaged(path, draw)
        faults = list(_shown(own, place, path))
        sound = str(own.folder / "results")
        for words in (draw.choice(COMMANDS), draw.choice(COMMANDS)):
            (ended,) = own.server.run([sound if w == "@" else w for w in words], place, NOTHING)
            faults += _ended(words, ended)
        if draw.random() < 0.3:
            faults += _made(own, place, path)
        yield f"{path.relative_to(results)}, {how}: {'; '.join(faults)}" if faults else ""


def is_kept(path: Path) -> bool:
    """Whether a file holds something of a run."""
    return path.suffix in (".json", ".npz")


def write_note(own: Command, results: Path) -> None:
    """A failure note of another seed."""
    record = json.loads(next((own.folder / "results").rglob("*dense/*.json")).read_text())
    names = ("dataset", "net", "method", "point", "protocol", "budget")
    run = {name: record[name] for name in names}
    note = Failure("0123456789abcdef", **run, seed=7, reason="ValueError: no", traceback="no")
    path = results / NOTE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(asdict(note), indent=1))


def _shown(own: Command, place: Path, path: Path) -> Iterator[str]:
    """The table: every cell has its number, but that of the damaged file may have none."""
    (ended,) = own.server.run(SHOW, place, NOTHING)
    yield from _ended(SHOW, ended)
    with suppress(ValueError):
        for method, mean in _cells(ended).items():
            whole = sound_cells(own)[method]
            lost = mean is None and method in path.parent.name
            if mean != whole and not lost:
                yield f"{method} is {mean}, not {whole}"
        return
    yield f"no table is shown: {ended.said[-500:]}"


def _cells(ended: Ended) -> Mapping[str, Any]:
    return {cell["method"]: cell["own_mean"] for cell in json.loads(ended.output)["cells"]}


@cache
def _sound(folder: Path) -> Mapping[str, Any]:
    own = undisturbed(folder, DEMO)
    (ended,) = own.server.run(SHOW, own.folder, NOTHING)
    return _cells(ended)


def sound_cells(own: Command) -> Mapping[str, Any]:
    """The cells of the table by method."""
    return _sound(own.folder.parent)


def _made(own: Command, place: Path, path: Path) -> Iterator[str]:
    """The table is made; what was finished and sound before stays as it is."""
    others = {p: p.read_bytes() for p in (place / "results" / "runs").rglob("*.json") if p != path}
    for record in list(others)[:1]:
        record.unlink()
        others.pop(record)
    (ended,) = own.run(place, NOTHING)
    yield from _ended(own.words, ended)
    if any(other.read_bytes() != content for other, content in others.items()):
        yield "a finished run was made again"


def _ended(words: tuple[str, ...], ended: Ended) -> Iterator[str]:
    """What is wrong with how a command ended."""
    said = " | ".join(ended.said.splitlines())[-1000:]
    if ended.status not in STATUSES or "Traceback" in ended.said:
        yield f"`{' '.join(words)}` ended with {ended.status}: {said}"


def _damaged(path: Path, draw: Random) -> str:
    """Damage a file; how."""
    kinds: dict[str, Callable[[], object]] = {
        "noise": lambda: path.write_bytes(noise(path.read_bytes(), draw)),
        "nothing": lambda: path.write_bytes(b""),
        "a folder": lambda: path.mkdir(),
        "a full folder": lambda: (path / "x").mkdir(parents=True),
        "a pipe": lambda: os.mkfifo(path),
        "a link to itself": lambda: path.symlink_to(path),
        "a link to nothing": lambda: path.symlink_to("/nowhere/at/all"),
        "a link to a device": lambda: path.symlink_to("/dev/zero"),
    }
    how = draw.choice(list(kinds)) if draw.random() < 0.3 else "other content"
    if how == "other content":
        if path.suffix == ".npz":
            path.write_bytes(_npz(path, draw))
            return how
        content = json.loads(path.read_text())
        path.write_bytes(json_mutated(content, draw))
        if draw.random() < 0.5:
            with suppress(Exception):
                _identify(path)
                return "other content with its id"
        return how
    if how not in ("noise", "nothing"):
        path.unlink()
    kinds[how]()
    return how


def _identify(path: Path) -> None:
    """Give a record the id of what it says."""
    content = json.loads(path.read_text())
    content["run_id"] = run_id({name: content[name] for name in IDENTITY})
    path.unlink()
    path.with_name(f"{content['seed']}-{content['run_id']}.json").write_text(json.dumps(content))


def _npz(path: Path, draw: Random) -> bytes:
    """The arrays of a file, one of which is another one, is gone, or is one more."""
    with np.load(path) as file:
        arrays = dict(file)
    name = draw.choice(sorted(arrays))
    array = arrays.pop(name)
    others = (
        {},
        {f"{name}x": array},
        {name: array[:-1]},
        {name: array[..., None]},
        {name: array.astype(np.float16) * np.nan},
        {name: array.astype(str)},
        {name: np.zeros(0)},
        {name: np.array(7)},
        {name: array, "drawing_x": np.zeros((2, 0, 3))},
    )
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **(arrays | draw.choice(others)))
    return out.getvalue()
