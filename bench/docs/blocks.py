"""Code blocks of a page that are run: fenced as `bash ci` or `python ci`, in order, in one folder.

A `text` block right below a block holds what it prints. Nothing of the user's own results is seen,
and nothing is written beside the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.errors import BenchError

BLOCK = re.compile(
    r"^```(?P<language>bash|python) ci\n(?P<code>.*?)^```\n(?P<shown>\n?^```text\n.*?^```\n)?",
    re.DOTALL | re.MULTILINE,
)
COMMANDS = {"bash": ("bash", "-euo", "pipefail", "-c"), "python": (sys.executable, "-c")}


def with_outputs(page: str) -> str:
    """The page with what its blocks print made anew, where it is shown.

    Raises:
        BenchError: a block fails; the message has its first line and what it said last.
    """
    with tempfile.TemporaryDirectory() as folder:
        return BLOCK.sub(lambda found: _run(found, Path(folder)), page)


def _run(found: re.Match[str], folder: Path) -> str:
    """A block, and below it its output if some was shown there."""
    language, code, shown = found.group("language", "code", "shown")
    command = [*COMMANDS[language], code]
    done = subprocess.run(
        command, cwd=folder, env=_environment(folder), capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing was said"]
        raise BenchError(f"the block that begins {code.splitlines()[0]!r} fails: {said[-1]}")
    start, _, _ = found.group().partition("```text\n")
    printed = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
    return f"{start}```text\n{printed}\n```\n" if shown else start


def _environment(folder: Path) -> dict[str, str]:
    """The commands of this Python, and results and cache of their own."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "BENCH_RESULTS_DIR": str(folder / "results"),
        "BENCH_CACHE_DIR": str(folder / "cache"),
    }
