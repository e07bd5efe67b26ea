"""One new file, line or entry is a new method, criterion, net, dataset, table or metric."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iunet.declare.protocol import default_protocol

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = """\
[iunet_bench.methods]
mine = my_package.methods
[iunet_bench.criteria]
mine = my_package.criteria
[iunet_bench.nets]
mine = my_package.nets
"""
SHORT = f"""\
base = "{default_protocol()}"
[table.pretrain]
epochs = 2
[table.finetune]
epochs = 2
"""
TABLE = """\
title   = "Mine"
metric  = "macro_recall"
budget  = "demo"
columns = [{ title = "OMP", method = "omp", net = "mlp-tab" }]
rows    = [{ dataset = "iris", title = "Iris" }]
"""


@pytest.fixture
def example(root):
    """Name and text of the Python block of this kind in docs/extending.md."""
    page = (root / "docs" / "extending.md").read_text(encoding="utf-8")

    def read(kind, language="python"):
        found = re.search(rf"^```{language} {kind} ([\w-]+)\n(.*?)^```$", page, re.M | re.S)
        return found.groups()

    return read


@pytest.fixture
def clone(root, tmp_path):
    """A copy of the packages and tables, without git or results."""
    folder = tmp_path / "clone"
    for name in ("iunet", "baselines", "bench", "tables"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", folder)
    return folder


def bench(tmp_path, path, *words):
    """Run `bench` with this on the path before everything else; its exit status and output."""
    kept = {name: value for name, value in os.environ.items() if name[:6] != "BENCH_"}
    places = {"RESULTS_DIR": tmp_path / "results", "CACHE_DIR": tmp_path / "cache", "DEVICE": "cpu"}
    found = f"{path}{os.pathsep}{ROOT}"
    done = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=path,
        env=kept | {f"BENCH_{k}": str(v) for k, v in places.items()} | {"PYTHONPATH": found},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def short(tmp_path):
    """The words that train OMP on a demo table for a moment."""
    path = tmp_path / "short.toml"
    path.write_text(SHORT)
    return f"demo -d iris -m omp -s 42 --protocol {path}"


def shows_a_trained_column(tmp_path, path, method, short):
    """Train it beside OMP on a demo table, and ask Table 5 for it."""
    tables = tmp_path / "results" / "tables"

    status, said = bench(tmp_path, path, *f"{short} --with {method}".split())
    bench(tmp_path, path, *f"table5 --no-run -d vehicle --with {method}".split())

    assert status == 0, said
    demo = next(tables.glob("demo-*with-*.md")).read_text()
    table5 = next(tables.glob("table5-with-*.csv")).read_text()
    row = next(line for line in demo.splitlines() if line.startswith("| iris"))
    assert len(re.findall(r"\d+\.\d+", row)) == 2, "OMP and the new method"
    assert f"| OMP | {method.upper()} |" in demo
    assert f",{method}," in table5


def test_a_method_and_a_criterion_are_one_new_file_each_in_the_clone(
    tmp_path, clone, example, short
):
    (method, method_text), (criterion, criterion_text) = example("method"), example("criterion")
    (clone / "baselines" / f"{method}.py").write_text(method_text)
    (clone / "baselines" / "criteria" / f"{criterion}.py").write_text(criterion_text)

    shows_a_trained_column(tmp_path, clone, method, short)


def test_a_search_is_a_new_file_and_its_space(tmp_path, clone, example):
    for suffix, block in ((".py", example("search")), (".toml", example("search", "toml"))):
        (clone / "baselines" / f"{block[0]}{suffix}").write_text(block[1])

    words = "run -d iris -m my-trees-tuned --budget demo --json"
    status, said = bench(tmp_path, clone, *words.split())

    assert status == 0, said
    assert len(json.loads(said)["done"]) == 3


def test_a_net_is_one_new_file_with_its_size_rule_in_the_clone(tmp_path, clone, example, short):
    net, text = example("net")
    (clone / "iunet" / "architectures" / f"{net}.py").write_text(text)

    status, said = bench(tmp_path, clone, *f"{short} --with {net}:omp".split())
    _, planned = bench(tmp_path, clone, *f"table5 --no-run -d vehicle --with {net}:omp".split())

    assert status == 0, said
    pages = {page.name.partition("-")[0]: page.read_text() for page in tables_of(tmp_path, "csv")}
    assert all(f",{net},omp," in pages[table] for table in ("demo", "table5")), planned


def test_a_dataset_is_one_new_line(tmp_path, clone):
    with (clone / "bench" / "datasets" / "tables.csv").open("a") as file:
        file.write("my-data,My data,openml,999999,999998,500,5,2,0.6000,0.4000,1,\n")

    _, listed = bench(tmp_path, clone, *["data", "list"])
    status, planned = bench(
        tmp_path, clone, *["run", "--dry-run", "-d", "my-data", "-m", "omp,xgb"]
    )

    assert "my-data" in listed
    assert status == 0 and "6 runs" in planned, planned


def test_a_table_is_one_new_folder_and_a_metric_one_new_entry(tmp_path, clone, short):
    (clone / "tables" / "mine").mkdir()
    (clone / "tables" / "mine" / "table.toml").write_text(TABLE)
    metrics = clone / "iunet" / "measure" / "metrics.py"
    entry = '        "balanced_accuracy": _mean_share(right, rows),\n'
    text = metrics.read_text()
    assert entry in text
    metrics.write_text(
        text.replace(entry, entry + entry.replace("balanced_accuracy", "macro_recall"))
    )

    _, listed = bench(tmp_path, clone, "tables")
    status, said = bench(tmp_path, clone, *short.replace("demo", "mine", 1).split())

    assert "Mine" in listed
    assert status == 0, said
    (page,) = (page.read_text() for page in tables_of(tmp_path))
    assert "macro recall, percent" in page
    assert re.search(r"^\| Iris .*\d+\.\d{3}", page, re.M)


def tables_of(tmp_path, suffix="md"):
    return (tmp_path / "results" / "tables").glob(f"*.{suffix}")


def test_or_in_a_package_outside_of_it(tmp_path, example, short):
    (method, method_text), (criterion, criterion_text) = example("method"), example("criterion")
    net, net_text = example("net")
    outside = tmp_path / "outside"
    files = {
        "my_package/__init__.py": "",
        "my_package/methods/__init__.py": "",
        f"my_package/methods/{method}.py": method_text,
        "my_package/criteria/__init__.py": "",
        f"my_package/criteria/{criterion}.py": criterion_text,
        "my_package/nets/__init__.py": "",
        f"my_package/nets/{net}.py": net_text,
        "mine-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n",
        "mine-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
    }
    for name, text in files.items():
        (outside / name).parent.mkdir(parents=True, exist_ok=True)
        (outside / name).write_text(text)

    shows_a_trained_column(tmp_path, outside, method, short)
    assert bench(tmp_path, outside, *f"demo --dry-run -d iris --with {net}:omp".split())[0] == 0
