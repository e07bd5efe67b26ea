"""Mutated records, failure notes, predictions and shipped lines, and what every reader makes of
them: no traceback, no number that was not measured, nothing that a reader waits for."""

import contextlib
import copy
import io
import json
import os
import random
import shutil
from pathlib import Path

import numpy as np

from bench.__main__ import run
from bench.errors import BenchError
from bench.plan.query import Query
from bench.plan.selection import plan_selection
from bench.store.arrays import Predictions, Split
from bench.store.records import failure_of
from bench.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("record", "record", "record", "note", "npz", "line")
COMMANDS = (
    ("table5", "--no-run", "--json", "-d", "vehicle,car"),
    ("why", "table5", "vehicle", "iunet", "--json"),
    ("status", "table5", "-d", "vehicle,car", "--failures"),
    ("export", "--fresh", "--csv", "runs.csv", "--reference"),
    ("check", "--against", "reference"),
)
NASTY = (
    *(None, True, -1, 7.5, 10**400, 2**64, -0.0, 1e300, "", "x", "../../x", "\x1b[31m", "a\nb"),
    *("\ud800", "9" * 5000, [], {}, [[]], {"a": {}}, [1, "x"], [[1, 2], [3]], "NaN"),
)


def attack_records(tries, seed, folder):
    """Mutate so many files, a hundred at a time, and read them in every way.

    Args:
        tries: how many mutations.
        seed: of the generator.
        folder: where to work; made and emptied.

    Returns:
        A line for every fault.
    """
    rng, bad = random.Random(seed), []
    made = _made(folder / "made")
    whole = _shown(folder, made)
    for start in range(0, tries, 100):
        copied = folder / "mutated"
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(made, copied)
        files = _files(copied)
        touched = set()
        for _ in range(min(100, tries - start)):
            path = rng.choice(files[rng.choice(KINDS)])
            if path not in touched:
                touched.add(path)
                _mutate(path, rng)
        where = f"seed {seed}, tries {start} to {start + 100}"
        bad += [f"{where}: {fault}" for fault in _faults(copied, made, folder, whole)]
    return bad


def _made(folder):
    """A results folder with shipped runs as own ones, with predictions of them, and failures."""
    shutil.rmtree(folder, ignore_errors=True)
    shipped = Store(folder / "none", ROOT / "results" / "reference")
    store = Store(folder)
    (folder / "reference").mkdir(parents=True)
    for dataset in ("vehicle", "car"):
        shutil.copy(ROOT / "results" / "reference" / f"{dataset}.jsonl", folder / "reference")
    jobs = [
        *plan_selection(Query(tables=("table5",), datasets=("vehicle", "car"))),
        *plan_selection(Query(tables=("table5",), datasets=("kc1",))),
    ]
    for job in jobs:
        record = shipped.get(job.run_id) if job.dataset != "kc1" else None
        if record:
            confusion = np.array(record.result["confusion"])
            truth, predicted = (
                np.repeat(i.ravel(), confusion.ravel()) for i in np.indices(confusion.shape)
            )
            split = Split(truth, predicted, np.zeros((len(truth), len(confusion)), np.float32))
            store.write(
                record, Predictions(split, split, {"first_layer": np.eye(4, dtype=np.uint8)})
            )
        else:
            store.write_failure(job, failure_of(job, ValueError("loss is nan")))
    return folder


def _files(folder):
    """The files of each kind."""
    return {
        "record": sorted(folder.glob("runs/*/*/*.json")),
        "npz": sorted(folder.glob("runs/*/*/*.npz")),
        "note": sorted(folder.glob("failures/*/*/*.json")),
        "line": sorted(folder.glob("reference/*.jsonl")),
    }


def _mutate(path, rng):
    """Put something else in the place of a file, or change its bytes or its JSON."""
    content, kind = path.read_bytes(), rng.random()
    if kind < 0.08:
        _replace(path, rng)
    elif kind < 0.35 or path.suffix == ".npz":
        path.write_bytes(_bytes(content, rng))
    elif path.suffix == ".jsonl":
        lines = content.splitlines(keepends=True)
        place = rng.randrange(len(lines))
        lines[place] = _json(lines[place], rng) + b"\n"
        path.write_bytes(b"".join(lines))
    else:
        path.write_bytes(_json(content, rng))


def _replace(path, rng):
    path.unlink()
    kind = rng.randrange(6)
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        path.mkdir()
    elif kind < 4:
        path.symlink_to((path, "/dev/zero", "gone")[rng.randrange(3)])
    elif kind == 4:
        path.write_bytes(b"")


def _bytes(content, rng):
    place = rng.randrange(len(content))
    kind = rng.randrange(4)
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + rng.randbytes(rng.randrange(9)) + content[place:]
    changed = bytearray(content)
    for _ in range(kind):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _json(content, rng):
    """The content with one part replaced, deleted, renamed or nested."""
    raw = json.loads(content)
    parts = list(_parts(raw))
    holder, name = rng.choice(parts)
    kind = rng.randrange(10)
    value = copy.deepcopy(rng.choice(NASTY))
    if kind == 0:
        del holder[name]
    elif kind == 1:
        text = json.dumps(raw)
        return text[:-1].encode() + b', "' + str(name).encode() + b'": 1}'
    elif kind == 2:
        holder[name] = "HERE"
        deep = rng.choice(
            ("[" * 5000 + "]" * 5000, "NaN", "1e999", "9" * 5000, '{"a":' * 50 + "1" + "}" * 50)
        )
        return json.dumps(raw).replace('"HERE"', deep).encode()
    elif kind == 3 and isinstance(holder, dict):
        holder[rng.choice(("x\x07", "z" * 3000, "../x"))] = value
    elif kind == 4 and isinstance(holder[name], int | float):
        holder[name] = holder[name] * rng.choice((-1, 2, 100)) + rng.choice((0, 1, 0.5))
    else:
        holder[name] = value
    return json.dumps(raw).encode()


def _parts(value):
    """Every place in a tree: what holds it, and its name or number there."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in items:
        yield value, name
        if isinstance(part, dict | list) and part:
            yield from _parts(part)


def _faults(results, made, folder, whole):
    """What readers made of a mutated folder that they should not have."""
    before = Store(made)
    store = Store(results, results / "reference")
    for run_id in sorted(store.own_ids() | store.reference_ids()):
        for read in (store.get, store.predictions, store.drawings, store.failure):
            with contextlib.suppress(BenchError):
                try:
                    found = read(run_id)
                except Exception as error:
                    if isinstance(error, BenchError):
                        raise
                    yield f"{read.__name__} of {run_id}: {error!r}"
                    continue
                own = read == store.get and found and found.own
                if own and found.result != before.get(run_id).result:
                    yield f"the record of {run_id} was changed and is read"
    for fault, cells in _ran(results, folder):
        if fault:
            yield fault
        for cell in cells:
            key = cell["row"], cell["column"]
            if cell["own_mean"] is not None and cell["own_mean"] != whole[key]:
                yield f"{key} shows {cell['mean']}, not {whole[key]}"


def _shown(folder, made):
    """What each cell shows of the whole records."""
    found = {}
    for fault, cells in _ran(made, folder):
        assert not fault, fault
        found |= {(cell["row"], cell["column"]): cell["own_mean"] for cell in cells}
    assert sum(mean is not None for mean in found.values()) > 5
    return found


def _ran(results, folder):
    """(fault, cells) of every command."""
    places = {"BENCH_RESULTS_DIR": results, "BENCH_CACHE_DIR": folder / "cache"}
    earlier = {name: os.environ.get(name) for name in places}
    os.environ.update({name: str(place) for name, place in places.items()})
    try:
        for words in COMMANDS:
            paths = {"runs.csv": folder / "runs.csv", "reference": results / "reference"}
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    status = run([str(paths.get(word, word)) for word in words])
                except Exception as error:
                    yield f"{' '.join(words)}: {error!r}", []
                    continue
            said = err.getvalue()
            fault = ""
            if status not in (0, 1, 4, 5, 6) or "Traceback" in said:
                fault = f"{' '.join(words)}: status {status}: {said[-300:]}"
            cells = json.loads(out.getvalue())["cells"] if words[0] == "table5" else []
            yield fault, cells
    finally:
        for name, value in earlier.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
