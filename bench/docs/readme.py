"""The tables of the README or another page, rendered from the shipped records between markers.

A marker names a table and, where they are not the usual ones, a protocol and a budget:
`<!-- table NAME [PROTOCOL [BUDGET]] -->`, closed by `<!-- end -->`. `<!-- verdict -->` holds the
headline of the overall answer, `<!-- counts -->` how the protocols differ. `python -m
bench.docs.readme PAGE` brings the file up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.docs.markers import filled
from bench.docs.settings import counts_sentence
from bench.docs.shipped import shipped, shipped_store
from bench.errors import BenchError
from bench.render.outline import as_markdown
from bench.render.sheet import markdown
from bench.store.store import Store
from bench.tables.sheet import sheet_of
from bench.verdict.outline import opening
from bench.verdict.verdict import verdict


def with_tables(text: str) -> str:
    """The text with the tables between its markers made anew.

    Raises:
        BenchError: there are no markers, or they name what there is not.
    """
    with shipped_store() as store:
        if "<!-- verdict -->" in text:
            text = filled(text, "verdict", lambda _: as_markdown(opening(verdict(store))).strip())
        if "<!-- counts -->" in text:
            text = filled(text, "counts", lambda _: counts_sentence())
        return filled(text, "table", partial(_table, store))


def _table(store: Store, words: Sequence[str]) -> str:
    """One table in Markdown; `words`: its name, and a protocol and a budget if they are named."""
    if not 1 <= len(words) <= 3:
        raise BenchError(
            f"<!-- table {' '.join(words)} -->: a marker names a table, and then a protocol "
            f"and a budget if they are not the usual ones"
        )
    name, protocol, budget = (*words, "", "")[:3]
    table = shipped(store, name, protocol=protocol, budget=budget)
    return markdown(sheet_of(table)).strip() if table else "No records are shipped yet."


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
