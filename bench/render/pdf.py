"""The document of rendered tables and figures as one PDF."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bench.errors import Incomplete
from bench.render.files import DOCUMENT

PASSES = 2
"""longtable finds its widths on the second."""


def compile_document(folder: Path) -> Path:
    """Compile the document that the tables of a folder were rendered into, see bench.render.files.

    Returns:
        The PDF, in the same folder.

    Raises:
        Incomplete: pdflatex is not installed or fails; the message says where to look.
    """
    source = folder / DOCUMENT
    if not shutil.which("pdflatex"):
        raise Incomplete(f"pdflatex is not installed; compile {source}")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", DOCUMENT]
    for _ in range(PASSES):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise Incomplete(f"pdflatex failed; see {source.with_suffix('.log')}")
    return source.with_suffix(".pdf")
