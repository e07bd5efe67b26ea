"""Hostile files for the readers of datasets and declarations, drawn from a seed.

Each attack is a function of a folder for its files, a number of tries and a seed, and returns one
line for each try that ended badly: in a traceback, in a message that is not one line with the name
of the file, or in content or settings that no sound file holds.
"""

import json
import math
import os
import random
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from unittest.mock import patch

import numpy as np
from made_up_pictures import SheetFolder
from mutations import json_mutated, noise, toml_mutated

from bench.datasets.at_hand import data_not_at_hand, list_datasets
from bench.datasets.catalogue import OWN, TabularDataset, VisionDataset, find_dataset, write_own
from bench.datasets.fetch import import_data, write_stored
from bench.datasets.pictures import PictureSet
from bench.datasets.read import checksum, read_file
from bench.datasets.source import Places, read_dataset
from bench.datasets.table import build_table, categorical, numeric
from bench.declared.figures import parse_figure
from bench.declared.tables import parse_table
from bench.errors import BenchError
from bench.folders import tables_folder
from bench.plan.query import Query
from bench.plan.selection import plan_table
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import FOLDER, ProtocolError, read_protocol
from iunet.declare.space import SpaceError, read_space

DECLARED = (BenchError, ProtocolError, SpaceError, UnknownKey)
"""What may end a command in one line."""

LONGEST = 1000
"""Characters of a message that a person reads."""


def attack_manifests(folder, tries, seed):
    """Manifests of BENCH_DATA, of tables and of pictures, and entries of the store."""
    table, pictures = _table(), _pictures()
    mine, set_of_mine = _described(table), VisionDataset("cifar10", "C", 4, 2, 2)
    sound = {table.digest(), pictures.digest()}
    brought = folder / "brought"
    _bring_table(brought / "tabular", table)
    SheetFolder(brought / "vision", pictures)
    store = folder / "store"
    write_stored(store, "mine", table, "made up")
    write_stored(store, "cifar10", pictures, "made up")
    files = (
        (brought / "tabular/manifest.json", mine),
        (brought / "vision/manifest.json", set_of_mine),
        (store / "mine.json", mine),
        (store / "cifar10.json", set_of_mine),
    )
    bad = []
    for number, draw in _draws(tries, seed, "manifests"):
        path, dataset = draw.choice(files)
        before = path.read_bytes()
        path.write_bytes(json_mutated(json.loads(before), draw))
        places = Places(store if path.parent == store else folder / "none", brought)

        def reading(dataset=dataset, places=places):
            list_datasets(places)
            data_not_at_hand(["anneal", "cifar10"], places)
            if read_dataset(dataset, places)[1] not in sound:
                raise AssertionError("other content was read")

        bad += _outcome(f"manifests {number}", path, reading)
        path.write_bytes(before)
    return bad


def attack_own(folder, tries, seed):
    """Descriptions of tables of the user's own."""
    with _cache(folder):
        return _attack_own(folder, tries, seed)


def _attack_own(folder, tries, seed):
    table = _table()
    store = folder / "data"
    write_stored(store, "mine", table, "made up")
    write_own(store, _described(table))
    path = store / f"mine{OWN}"
    content = json.loads(path.read_text())
    bad = []
    for number, draw in _draws(tries, seed, "own"):
        path.write_bytes(json_mutated(content, draw))

        def reading():
            dataset = find_dataset("mine")
            list_datasets(Places(store))
            if read_dataset(dataset, Places(store))[1] != table.digest():
                raise AssertionError("other content was read")
            _refuse_odd(dataset)

        bad += _outcome(f"own {number}", path, reading)
    return bad


def attack_store(folder, tries, seed):
    """Files of the store, half of them with a checksum that is theirs."""
    contents = {"mine": _table(), "cifar10": _pictures()}
    datasets = {
        "mine": _described(contents["mine"]),
        "cifar10": VisionDataset("cifar10", "C", 4, 2, 2),
    }
    entries = {key: write_stored(folder, key, content, "") for key, content in contents.items()}
    bad = []
    for number, draw in _draws(tries, seed, "store"):
        key = draw.choice(sorted(contents))
        path = folder / entries[key].file
        before, manifest = path.read_bytes(), (folder / f"{key}.json").read_bytes()
        hostile = _npz(draw) if key == "cifar10" and draw.random() < 0.5 else noise(before, draw)
        path.write_bytes(hostile)
        if draw.random() < 0.7:
            forged = asdict(entries[key]) | {"sha256": checksum(path)}
            (folder / f"{key}.json").write_text(json.dumps(forged))

        def reading(key=key):
            if read_dataset(datasets[key], Places(folder))[1] != contents[key].digest():
                raise AssertionError("other content was read")

        bad += _outcome(f"store {number} {key}", path, reading)
        path.write_bytes(before)
        (folder / f"{key}.json").write_bytes(manifest)
    return bad


def attack_declarations(folder, tries, seed):
    """Protocols, tables, figures and search spaces that a user writes."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = sorted(tables_folder().glob("*/table.toml"))
    figures = sorted(tables_folder().glob("*/figure.toml"))
    spaces = sorted((FOLDER.parent / "recipes").glob("*.toml"))
    path = folder / "attacked.toml"
    bad = []
    for number, draw in _draws(tries, seed, "declarations"):
        kind = draw.choice(("protocol", "protocol", "own protocol", "table", "figure", "space"))
        source = {"table": tables, "figure": figures, "space": spaces}.get(
            kind, sorted(FOLDER.glob("*.toml"))
        )
        text = draw.choice(source).read_text(encoding="utf-8").replace("default = true", "")
        if kind == "own protocol":
            text = OWN_PROTOCOL
        path.write_bytes(toml_mutated(text, draw))

        def reading(kind=kind):
            read = {"table": parse_table, "figure": parse_figure}.get(kind)
            if read is not None:
                _refuse_odd(read("attacked", path))
            elif kind == "space":
                _refuse_odd(read_space(path))
            else:
                _refuse_odd(read_protocol(path))
                query = Query("table5", datasets=("vehicle",), protocol=str(path))
                if not plan_table(query).jobs:
                    raise AssertionError("a plan of 0 runs")

        bad += _outcome(f"declarations {number} {kind}", path, reading)
    return bad


OWN_PROTOCOL = """base = "released"
title = "mine"
seeds = [1, 2, 3]
[table.split]
test = 0.2
valid_of_rest = 0.25
seed = 11
[table.shrink]
l1 = [1e-5, 2e-5]
beta = 50
[table.pretrain]
epochs = 10
batch = 64
optimiser = { kind = "adamw", learning_rate = 1e-3, weight_decay = 1e-2 }
[vision.grid]
kappas = [0.1, 0.2]
ratios = [2, 4]
"""


def attack_imports(folder, tries, seed):
    """Files of tables that a user imports under a name of their own."""
    with _cache(folder):
        return _attack_imports(folder, tries, seed)


def _cache(folder):
    return patch.dict(os.environ, {"BENCH_CACHE_DIR": str(folder)})


def _attack_imports(folder, tries, seed):
    folder.mkdir(parents=True, exist_ok=True)
    places = Places(folder / "data")
    rows = [["id", "number", "colour", "answer"]]
    rows += [[i, i % 7, "red" if i % 3 else "blue", "yes" if i % 2 else "no"] for i in range(40)]
    bad = []
    for number, draw in _draws(tries, seed, "imports"):
        kind = draw.choice(("csv", "csv", "arff", "npz", "parquet"))
        path = folder / f"hostile.{kind}"
        path.write_bytes(_hostile(kind, rows, folder, draw))

        def reading(path=path):
            import_data(path, "mine", places)
            table = read_file(path)
            if not all(
                np.isfinite(column.values[~column.missing]).all() for column in table.columns
            ):
                raise AssertionError("a value that is not finite was imported")
            if table.digest() != read_dataset(find_dataset("mine"), places)[1]:
                raise AssertionError("other content was kept")

        bad += _outcome(f"imports {number} {kind}", path, reading)
    return bad


def _hostile(kind, rows, folder, draw):
    if kind == "npz":
        return _npz(draw, ("X", "target", "target_names"))
    if kind == "parquet":
        sound = folder / "sound.parquet"
        _table().write(sound)
        return noise(sound.read_bytes(), draw)
    cells = [list(map(str, row)) for row in rows]
    for _ in range(draw.choice((0, 1, 1, 3))):
        row = draw.choice(cells)
        row[draw.randrange(len(row))] = draw.choice(CELLS)
    if draw.random() < 0.2:
        del draw.choice(cells)[0]
    text = "\n".join(",".join(row) for row in cells[kind == "arff" :])
    if kind == "arff":
        head = ["@relation a", "@attribute id REAL", "@attribute number REAL"]
        head += ["@attribute colour {red,blue}", "@attribute answer {yes,no}", "@data", ""]
        if draw.random() < 0.3:
            at = draw.randrange(len(head))
            head[at] = draw.choice(("", head[at][: len(head[at]) // 2], "@attribute x {", "@foo"))
        text = "\n".join(head) + text
    content = text.encode("utf-8", "surrogatepass")
    return noise(content, draw) if draw.random() < 0.3 else content


CELLS = (
    *(
        "",
        "?",
        "nan",
        "inf",
        "-inf",
        "1e300",
        "-1e300",
        "1e999",
        "1e39",
        "9" * 5000,
        "\0",
        '"',
        "'",
    ),
    *(
        "'a",
        "{0 1}",
        "\ud800",
        "a" * 100_000,
        "x,y",
        "id",
        "answer",
        "%",
        "1_0",
        "0x10",
        "\t",
        "-0",
    ),
)
"""Cells of a table."""


def _npz(draw, names=("train_x", "train_y", "test_x", "test_y")):
    """An npz of arrays under these names, of which at least one is wrong."""
    import io

    def wrong():
        shape = draw.choice(((), (0,), (4,), (4, 1), (4, 3, 32, 32), (2, 3, 32), (0, 3, 32, 32)))
        kind = draw.choice(("u1", "f8", "i8", "U3", "O", "M8[s]", "c16", "V4", "?"))
        return np.zeros(shape, dtype=kind)

    x = np.zeros((4, 3, 32, 32), dtype=np.uint8)
    y = np.array([0, 1, 0, 1])
    arrays = dict(zip(names, (x.reshape(4, -1), y, np.array(["a", "b"])), strict=False))
    if len(names) == 4:
        arrays = dict(zip(names, (x, y, x[:2], y[:2]), strict=True))
    for name in draw.sample(sorted(arrays), draw.choice((1, 1, 2))):
        if draw.random() < 0.2:
            del arrays[name]
        else:
            arrays[name] = wrong() if draw.random() < 0.7 else arrays[name][:-1]
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue() if draw.random() < 0.8 else noise(out.getvalue(), draw)


def _outcome(what, path, act):
    """Nothing if an act ends well or in one line, else the line that says how it ended."""
    try:
        act()
    except DECLARED as error:
        said = str(error)
        if "\n" in said or len(said) > LONGEST:
            return [f"{what}: a message of {len(said)} characters: {said[:100]!r}"]
        if not any(name in said for name in (path.name, str(path.parent), "mine", "cifar10")):
            return [f"{what}: does not name {path.name}: {said[:200]!r}"]
    except Exception as error:
        return [f"{what}: {type(error).__name__}: {str(error)[:200]!r}"]
    return []


def _refuse_odd(value, where=""):
    """Numbers that no sound declaration has: infinite ones, and grids without a point."""
    if isinstance(value, float) and not math.isfinite(value):
        raise AssertionError(f"{where} is {value}")
    if is_dataclass(value):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        for name, part in value.items():
            _refuse_odd(part, f"{where}.{name}")
    elif isinstance(value, tuple):
        for part in value:
            _refuse_odd(part, where)


def _draws(tries, seed, group):
    for number in range(tries):
        yield number, random.Random(f"{group} {seed} {number}")


def _table():
    number = numeric("number", np.arange(40) % 7.0)
    colour = categorical("colour", np.arange(40, dtype=np.int32) % 3, ("red", "green", "blue"))
    answer = categorical("target", np.arange(40, dtype=np.int32) % 2, ("no", "yes"))
    return build_table([number, colour], answer)


def _pictures():
    x = np.random.default_rng(0).integers(0, 256, (6, 3, 32, 32), dtype=np.uint8)
    y = np.array([0, 1, 0, 1, 0, 1])
    return PictureSet(x[:4], y[:4], x[4:], y[4:])


def _described(table):
    digest = table.digest()
    counts = {"rows": 40, "features": 2, "classes": 2, "majority": 0.5, "minority": 0.5}
    return TabularDataset("mine", "mine", None, None, **counts, content=digest, source="file")


def _bring_table(folder, table):
    file = folder / "mine.parquet"
    file.parent.mkdir(parents=True)
    table.write(file)
    entry = {"name": "mine", "file": file.name, "sha256": checksum(file)}
    (folder / "manifest.json").write_text(json.dumps([entry | {"categorical_columns": ["colour"]}]))


ATTACKS = {
    "manifests": attack_manifests,
    "own data": attack_own,
    "store of datasets": attack_store,
    "declarations": attack_declarations,
    "imports": attack_imports,
}
"""By the name of the group."""
