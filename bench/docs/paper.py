"""All tables and figures in one go: fetch what is missing, run, render, compile one PDF.

`python -m bench.docs.paper [OPTION]...`; the options go to the command of every table and figure.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.declared.figures import figure_names
from bench.errors import Incomplete, RunsFailed, UsageError
from bench.folders import results_folder, table_names, tables_folder
from bench.render.tex import compile_document

INTERRUPTED = 130


def make_paper(options: Sequence[str]) -> int:
    """Make every table and figure that was printed; what cannot be made is named at the end.

    Returns:
        3 where runs failed, 130 where it was interrupted, 4 as long as something is absent, else 0.
    """
    if _bench("data", "fetch", "--all") == INTERRUPTED:
        return INTERRUPTED
    absent: list[str] = []
    failed = False
    for name in (*printed_tables(), *figure_names()):
        if name not in (*table_names(), *figure_names()):
            absent.append(f"{name} (not built yet)")
            continue
        status = _bench(name, "--yes", *options)
        if status == INTERRUPTED:
            return INTERRUPTED
        if status:
            absent.append(_absent(name, status))
            failed = failed or status == RunsFailed.exit_status
    absent += _compile(results_folder() / "tables")
    if absent:
        print(f"absent: {', '.join(absent)}", file=sys.stderr)
    if failed:
        return RunsFailed.exit_status
    return Incomplete.exit_status if absent else 0


def _absent(name: str, status: int) -> str:
    """What a table or figure lacks."""
    if status == UsageError.exit_status:
        return f"{name} (does not take these options)"
    part = "parts" if name in figure_names() else "cells"
    return f"{part} of {name} (see its notes)"


def printed_tables() -> list[str]:
    """Names of the tables whose printed numbers are known, built or not."""
    return sorted(path.parent.name for path in tables_folder().glob("*/published.csv"))


def _bench(*arguments: str) -> int:
    try:
        return subprocess.run([sys.executable, "-m", "bench", *arguments]).returncode
    except KeyboardInterrupt:
        return INTERRUPTED


def _compile(folder: Path) -> list[str]:
    """Compile the document the tables were rendered into; what is absent because of it."""
    try:
        print(f"written: {compile_document(folder)}")
    except Incomplete as error:
        return [f"PDF ({error})"]
    return []


if __name__ == "__main__":
    sys.exit(make_paper(sys.argv[1:]))
