"""Where tables, results, the shipped reference and deletable intermediate files are."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from stat import S_ISDIR

from bench.errors import Incomplete, UsageError
from iunet.declare.contract import closest_first

PACKAGE = Path(__file__).resolve().parent
BRIDGE = "reference-bridge"
"""Below the results: the records that only `bench bridge` reads."""


def checkout_root() -> Path | None:
    """The clone this package runs from; None when it is installed."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "iunet").is_dir() else None


def tables_folder() -> Path:
    """The folder of table folders.

    Raises:
        Incomplete: neither place has it, so the installation is damaged.
    """
    for folder in (PACKAGE / "_tables", PACKAGE.parent / "tables"):
        if folder.is_dir():
            return folder
    raise Incomplete(f"no tables in {PACKAGE} or beside it; reinstall iunet-bench")


def table_names() -> tuple[str, ...]:
    """Names of the tables that can be made: the folders that hold a table.toml, sorted."""
    return _with_file(tables_folder(), "table.toml")


def figure_names() -> tuple[str, ...]:
    """Names of the figures: the folders that hold a figure.toml, sorted."""
    return _with_file(tables_folder(), "figure.toml")


def table_folder(name: str) -> Path:
    """The folder of one table.

    Raises:
        UsageError: it is a figure, or there is none; the message lists the known tables.
    """
    if name in figure_names():
        raise UsageError(f"{name!r} is a figure, not a table; `bench {name} --dry-run` plans it")
    if name not in table_names():
        raise UsageError(f"no table called {name!r}; known: {closest_first(name, table_names())}")
    return tables_folder() / name


@cache
def _with_file(root: Path, name: str) -> tuple[str, ...]:
    """The folders that hold such a file, sorted; looked for once in a process."""
    return tuple(sorted(path.parent.name for path in root.glob(f"*/{name}")))


def results_folder() -> Path:
    """`BENCH_RESULTS_DIR`, else results/ of the clone, else results/ where the command runs."""
    return named_by("BENCH_RESULTS_DIR") or (checkout_root() or Path.cwd()) / "results"


def cache_folder() -> Path:
    """`BENCH_CACHE_DIR`, else the user's cache folder; everything in it can be made again."""
    from platformdirs import user_cache_path

    folder = named_by("BENCH_CACHE_DIR") or user_cache_path("iunet-bench", appauthor=False)
    if str(folder).startswith("~"):
        raise UsageError("there is no home folder for the cache; name a folder in BENCH_CACHE_DIR")
    return folder


def named_by(variable: str) -> Path | None:
    """The folder that an environment variable names, which need not be there yet.

    Raises:
        UsageError: it can be none, or is something else, or cannot be read.
    """
    named = os.environ.get(variable)
    if not named:
        return None
    wrong = ""
    try:
        folder = Path(named).expanduser()
        if not S_ISDIR(folder.stat().st_mode):  # one look: another process may make it meanwhile
            wrong = "not a folder"
        elif not os.access(folder, os.R_OK | os.X_OK):
            wrong = "cannot be read"
    except RuntimeError as error:  # ~user of somebody who is not known
        wrong = str(error)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        wrong = str(error.strerror)
    if wrong:
        raise UsageError(f"{variable}={named}: {wrong}; name another folder")
    return folder


def reference_folder() -> Path | None:
    """The shipped records: results/reference of the clone, or the copy in the installed package."""
    return _shipped("reference")


def bridge_folder() -> Path | None:
    """The shipped records of the steps between protocols, which stand in no table."""
    return _shipped(BRIDGE)


def _shipped(name: str) -> Path | None:
    root = checkout_root()
    folder = root / "results" / name if root else PACKAGE / f"_{name}"
    return folder if folder.is_dir() else None
