"""Which package may import which, and what a command that only declares leaves unloaded."""

import ast
import graphlib
import os
import subprocess
import sys

import pytest

FORBIDDEN = {
    "iunet": {"baselines", "bench", "tests"},
    "baselines": {"bench", "tests"},
    "bench": {"tests"},
}
WITHIN_BENCH = (
    *("errors", "folders", "render", "declared", "datasets", "plan"),
    *("store", "run", "judge", "audit", "tables", "check"),
    *("figures", "diff", "claims", "verdict", "bridge", "report", "docs", "cli"),
)
"""From left to right; __main__ comes last."""
HEAVY = ("torch", "openml", "xgboost", "pytorch_tabnet", "sklearn")
LISTS_LOADED = """
import sys
from bench.__main__ import run
status = run(sys.argv[2:])
loaded = sorted(set(sys.argv[1].split(",")) & set(sys.modules))
print("LOADED", status, *loaded)
"""


def imported_names(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield str(node.module)


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_imports_only_packages_to_its_left(package, root):
    files = sorted((root / package).rglob("*.py"))
    assert files

    wrong = [
        f"{path.relative_to(root)} imports {name}"
        for path in files
        for name in imported_names(path)
        if name.partition(".")[0] in FORBIDDEN[package]
    ]

    assert wrong == []


def test_a_part_of_bench_imports_only_parts_to_its_left(root):
    files = sorted((root / "bench").rglob("*.py"))
    parts = {path.relative_to(root / "bench").parts[0].removesuffix(".py") for path in files}
    assert parts == {"__init__", "__main__", *WITHIN_BENCH}

    wrong = [
        f"{path.relative_to(root)} imports {name}"
        for place, part in enumerate(WITHIN_BENCH)
        for path in files
        if path.relative_to(root / "bench").parts[0].removesuffix(".py") == part
        for name in imported_names(path)
        if name.startswith("bench.") and name.split(".")[1] in WITHIN_BENCH[place + 1 :]
    ]

    assert wrong == []


def test_no_files_import_each_other_in_a_circle(root):
    files = [path for package in FORBIDDEN for path in (root / package).rglob("*.py")]
    names = {".".join(path.relative_to(root).with_suffix("").parts): path for path in files}
    graph = {
        name: {other for other in imported_names(path) if other in names and other != name}
        for name, path in names.items()
    }
    assert sum(map(len, graph.values())) > 100

    graphlib.TopologicalSorter(graph).prepare()


def test_tables_hold_no_python(root):
    assert (root / "tables" / "table5" / "table.toml").is_file()
    assert list((root / "tables").rglob("*.py")) == []


@pytest.mark.parametrize(
    ("command", "light"),
    [
        (["--help"], (*HEAVY, "pandas", "scipy", "numpy.random")),
        (["plan"], HEAVY),
        (["plan", "--budget", "demo"], HEAVY),
        (["table5", "--no-run"], HEAVY),
        (["why", "table5", "vehicle", "iunet"], HEAVY),
        (["tables"], HEAVY),
        (["audit"], (*HEAVY, "pandas", "scipy")),
        (["bridge", "--dry-run"], (*HEAVY, "pandas", "scipy")),
    ],
    ids=" ".join,
)
def test_a_command_that_only_declares_imports_no_heavy_library(command, light, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LISTS_LOADED, ",".join(light), *command],
        capture_output=True,
        text=True,
        env=os.environ | {"BENCH_RESULTS_DIR": str(tmp_path), "BENCH_CACHE_DIR": str(tmp_path)},
    )

    last = done.stdout.splitlines()[-1] if done.stdout else done.stderr
    word, status, *loaded = last.split()
    assert word == "LOADED", done.stderr
    assert status in ("0", "4"), done.stderr
    assert loaded == []
