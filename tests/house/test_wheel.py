"""The wheel works outside the checkout."""

import os
import subprocess
import sys
import zipfile

import pytest

SHIPPED = (".py", ".toml", ".j2", ".css", ".js")
"""What packages hold: code, what is declared, and templates with their styles and scripts."""


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """The path of a wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, root],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder that holds the wheel's packages and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed, results, *arguments):
    environment = os.environ | {"PYTHONPATH": str(installed), "BENCH_RESULTS_DIR": str(results)}
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=results,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_the_wheel_holds_the_packages_and_their_data_and_nothing_else(wheel, root):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    for package in ("iunet", "baselines", "bench"):
        files = [p for p in (root / package).rglob("*") if p.suffix in SHIPPED]
        assert {str(path.relative_to(root)) for path in files} <= names
    tables = {str(path.relative_to(root)) for path in (root / "tables").rglob("*.*")}
    assert {f"bench/_{name}" for name in tables} <= names
    for folder in ("reference", "reference-bridge"):
        shipped = (root / "results" / folder).rglob("*.*")
        assert {f"bench/_{path.relative_to(root / 'results')}" for path in shipped} <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"iunet", "baselines", "bench", "iunet_bench-0.1.0.dist-info"}


def test_the_installed_package_does_not_look_into_the_checkout(installed, tmp_path):
    code = (
        "import bench, iunet, baselines; from bench.folders import tables_folder;"
        "print(bench.__file__, iunet.__file__, baselines.__file__, tables_folder())"
    )

    done = run(installed, tmp_path, "-c", code)

    assert done.returncode == 0, done.stderr
    assert all(place.startswith(str(installed)) for place in done.stdout.split())


def test_the_installed_package_finds_all_methods_and_criteria(installed, tmp_path):
    code = (
        "from baselines.registry import find_methods; from iunet.criteria import find_criterion;"
        "find_criterion('random'); print(*find_methods())"
    )

    done = run(installed, tmp_path, "-c", code)

    assert done.returncode == 0, done.stderr
    assert {"iunet", "dense", "tabnet"} <= set(done.stdout.split())


@pytest.mark.parametrize("table", ["controls", "table5"])
def test_the_installed_command_renders_a_table(table, installed, tmp_path):
    done = run(installed, tmp_path, "-m", "bench", table, "--no-run")

    assert done.returncode in (0, 4), done.stderr
    page = (tmp_path / "tables" / f"{table}.md").read_text(encoding="utf-8")
    assert "| IUNET" in page
    assert (tmp_path / "tables" / f"{table}.tex").is_file()
