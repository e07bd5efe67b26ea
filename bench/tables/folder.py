"""Where the table folders are: beside the packages in a checkout, inside `bench` in a wheel."""

from __future__ import annotations

from pathlib import Path

from bench.errors import BenchError, UsageError


def tables_folder() -> Path:
    """The folder of table folders.

    Raises:
        BenchError: neither place has it, so the installation is damaged.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_tables", package.parent / "tables"):
        if folder.is_dir():
            return folder
    raise BenchError(f"no tables in {package} or beside it; reinstall iunet-bench")


def table_names() -> tuple[str, ...]:
    """Names of the tables that can be made: the folders that hold a table.toml, sorted."""
    return tuple(sorted(path.parent.name for path in tables_folder().glob("*/table.toml")))


def table_folder(name: str) -> Path:
    """The folder of one table.

    Raises:
        UsageError: it is a figure, or there is none; the message lists the known tables.
    """
    if (tables_folder() / name / "figure.toml").exists():
        raise UsageError(f"{name!r} is a figure, not a table; `bench {name} --dry-run` plans it")
    if name not in table_names():
        raise UsageError(f"no table called {name!r}; known: {', '.join(table_names())}")
    return tables_folder() / name
