"""One new file is a new column: in the clone, or in a package of its own."""

import os
import re
import shutil
import subprocess
import sys

import pytest

ENTRY_POINTS = """\
[iunet_bench.methods]
mine = my_package.methods
[iunet_bench.criteria]
mine = my_package.criteria
"""


@pytest.fixture
def example(root):
    """Name and text of the README's Python block of this kind."""
    readme = (root / "README.md").read_text(encoding="utf-8")

    def read(kind):
        found = re.search(rf"^```python {kind} (\w+)\n(.*?)^```$", readme, re.M | re.S)
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
    done = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=path,
        env=kept | {f"BENCH_{k}": str(v) for k, v in places.items()} | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def shows_a_trained_column(tmp_path, path, method):
    """Train it beside OMP on a demo table, and ask Table 5 for it."""
    tables = tmp_path / "results" / "tables"

    status, said = bench(tmp_path, path, *f"demo -d iris -m omp -s 42 --with {method}".split())
    bench(tmp_path, path, *f"table5 --no-run -d vehicle --with {method}".split())

    assert status == 0, said
    demo, table5 = (next(tables.glob(f"{t}-with-*.md")).read_text() for t in ("demo", "table5"))
    row = next(line for line in demo.splitlines() if line.startswith("| iris"))
    assert len(re.findall(r"\d+\.\d+", row)) == 2, "OMP and the new method"
    assert f"| OMP | {method.upper()} |" in demo
    assert f"| MLP_TAB+C | {method.upper()} |" in table5


def test_a_method_and_a_criterion_are_one_new_file_each_in_the_clone(tmp_path, clone, example):
    (method, method_text), (criterion, criterion_text) = example("method"), example("criterion")
    (clone / "baselines" / f"{method}.py").write_text(method_text)
    (clone / "baselines" / "criteria" / f"{criterion}.py").write_text(criterion_text)

    shows_a_trained_column(tmp_path, clone, method)


def test_or_in_a_package_outside_of_it(tmp_path, example):
    (method, method_text), (criterion, criterion_text) = example("method"), example("criterion")
    outside = tmp_path / "outside"
    files = {
        "my_package/__init__.py": "",
        "my_package/methods/__init__.py": "",
        f"my_package/methods/{method}.py": method_text,
        "my_package/criteria/__init__.py": "",
        f"my_package/criteria/{criterion}.py": criterion_text,
        "mine-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n",
        "mine-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
    }
    for name, text in files.items():
        (outside / name).parent.mkdir(parents=True, exist_ok=True)
        (outside / name).write_text(text)

    shows_a_trained_column(tmp_path, outside, method)
