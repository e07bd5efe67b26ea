"""The page of the overall answer, from the shipped records.

`python -m bench.docs.verdict docs/verdict.md` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.docs.shipped import shipped_store
from bench.render.outline import as_markdown
from bench.verdict.outline import outline
from bench.verdict.verdict import verdict

NOTE = """\
Written by `python -m bench.docs.verdict docs/verdict.md` from the shipped records; `bench verdict`
says the same of all records at hand. The questions are declared in `tables/verdict.toml`.
"""


def verdict_page() -> str:
    """The page as Markdown."""
    with shipped_store() as store:
        heading, rest = as_markdown(outline(verdict(store))).split("\n", 1)
    return f"{heading}\n\n{NOTE}{rest}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(verdict_page(), encoding="utf-8")
