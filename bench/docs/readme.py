"""The tables of the README, rendered from the shipped records between markers.

A marker names a table and, where it is not the default one, a protocol: `<!-- table NAME -->` or
`<!-- table NAME PROTOCOL -->`, closed by `<!-- end -->`. `python -m bench.docs.readme README.md`
brings the file up to date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from bench.docs.shipped import shipped, shipped_store
from bench.errors import BenchError
from bench.show.render import markdown
from bench.show.view import sheet_of
from bench.store.store import Store

BLOCK = re.compile(r"(<!-- table (\S+)(?: (\S+))? -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """The text with the tables between its markers made anew.

    Raises:
        BenchError: there are no markers, or they name what there is not.
    """
    if not BLOCK.search(text):
        raise BenchError("the README has no <!-- table NAME --> followed by <!-- end -->")
    with shipped_store() as store:
        return BLOCK.sub(lambda found: _filled(store, found), text)


def _filled(store: Store, found: re.Match[str]) -> str:
    start, name, protocol, end = found.groups()
    table = shipped(store, name, protocol or "")
    body = markdown(sheet_of(table)).strip() if table else "No records are shipped yet."
    return f"{start}{body}\n{end}"


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
