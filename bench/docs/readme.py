"""The main table of the README, rendered from the shipped records between two markers.

`python -m bench.docs.readme README.md` brings the file up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.docs.shipped import shipped, shipped_store
from bench.errors import BenchError
from bench.show.render import markdown
from bench.show.view import sheet_of

START, END = "<!-- main table -->", "<!-- end of main table -->"
TABLE = "table5"


def with_main_table(text: str) -> str:
    """The README's text with the table between its markers made anew.

    Raises:
        BenchError: the markers are not there.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise BenchError(f"the README has no {START} followed by {END}")
    return f"{before}{START}\n{main_table()}\n{END}{after}"


def main_table() -> str:
    """The table's Markdown for the datasets that the shipped records cover, from them alone."""
    with shipped_store() as store:
        table = shipped(store, TABLE)
        return markdown(sheet_of(table)).strip() if table else "No records are shipped yet."


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_main_table(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
