"""Every shipped cell that differs from the printed number, with what goes with it.

`python -m bench.docs.differences docs/differences.md` brings the page up to date; an unexplained
difference is an error. The explanations are in the file beside it, docs/differences.toml.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.docs.markers import filled
from bench.docs.shipped import shipped, shipped_store
from bench.errors import BenchError
from bench.judge.cell import Cell
from bench.judge.collect import Collected, Entry
from bench.judge.tally import counts_text, tally_of
from bench.judge.verdict import Outcome
from iunet.declare.protocol import shipped_protocols

TABLES = (
    *("table5", "table4", "table3", "table1", "table2"),
    *("table6", "table6-random", "table6-trained"),
)
"""Tables that are compared."""

EARLIER = "table5-kadra"
"""The table that is made as the earlier benchmark made its columns."""

FAR = 3.0
"""A difference of so many points there is explained."""

HEAD = """\
| row | column | ours | printed | difference | why |
| --- | --- | ---: | ---: | ---: | :---: |"""


@dataclass(frozen=True)
class Explanation:
    """Why cells differ; an empty list stands for all.

    Args:
        text: one or two sentences.
        protocols, tables, rows, columns: keys of protocols, tables, datasets and methods.
        ours: "above" or "below" the printed number.
    """

    text: str
    protocols: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()

    def fits(self, protocol: str, table: str, entry: Entry) -> bool:
        """Whether it is meant for this cell."""
        asked = (
            (self.protocols, protocol),
            (self.tables, table),
            (self.rows, entry.row.dataset),
            (self.columns, entry.column.method),
            (self.ours, _side(entry)),
        )
        return all(not wanted or value in wanted for wanted, value in asked)


def _side(entry: Entry) -> str:
    """Where our mean lies; empty where it or the printed number is missing."""
    if entry.target is None or not isinstance(entry.own, Cell):
        return ""
    return "above" if 100 * entry.own.mean > entry.target.mean else "below"


def read_explanations(path: Path) -> list[Explanation]:
    """The explanations of a file in the order they are tried."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))["explanation"]
    return [Explanation(one.pop("text"), **{k: tuple(v) for k, v in one.items()}) for one in raw]


def with_cells(text: str, explanations: list[Explanation]) -> str:
    """The page's text with the cells between its markers made anew.

    Raises:
        BenchError: the markers are missing, or a cell differs and nothing explains it.
    """
    earlier = [one for one in explanations if EARLIER in one.tables]
    others = [one for one in explanations if EARLIER not in one.tables]
    text = filled(text, "earlier", lambda _: earlier_page(earlier))
    return filled(text, "cells", lambda _: cells_page(others))


def cells_page(explanations: list[Explanation]) -> str:
    """Counts and one row a differing cell, table by table and protocol by protocol."""
    parts = []
    with shipped_store() as store:
        for name in TABLES:
            for protocol in shipped_protocols():
                table = shipped(store, name, protocol=protocol)
                if table is not None and any(entry.verdict for entry in table.entries()):
                    parts.append(_part(table, protocol, explanations))
    if not parts:
        return "No records are shipped yet."
    listed = [f"{number}. {e.text}" for number, e in enumerate(explanations, 1)]
    return "\n\n".join([*parts, "### What goes with them", "\n".join(listed)])


def earlier_page(explanations: list[Explanation]) -> str:
    """The table that does as the earlier benchmark did, cell by cell beside the printed numbers.

    Raises:
        BenchError: a cell lies further from the printed number than FAR, and nothing explains it.
    """
    with shipped_store() as store:
        table = shipped(store, EARLIER)
    if table is None:
        return "No records are shipped yet."
    rows, near = [], 0
    for entry in table.entries():
        if isinstance(entry.own, Cell) and entry.target is not None:
            difference = 100 * entry.own.mean - entry.target.mean
            far = abs(difference) > FAR
            near += not far
            why = _number(explanations, table.ask.protocol, EARLIER, entry) if far else ""
            ours, printed = f"{100 * entry.own.mean:.2f}", f"{entry.target.mean:.2f}"
            names = f"{entry.row.title} | {entry.column.title}"
            rows.append(f"| {names} | {ours} | {printed} | {difference:+.2f} | {why} |")
    listed = [f"{number}. {one.text}" for number, one in enumerate(explanations, 1)]
    said = f"{near} of {len(rows)} cells lie within {FAR:g} points of the printed number."
    return "\n".join([said, "", HEAD, *rows, "", *listed])


def _part(table: Collected, protocol: str, explanations: list[Explanation]) -> str:
    name = table.spec.printed or table.spec.key
    title = f"### {name}, protocol `{protocol}`: {counts_text(tally_of([table]))}"
    rows = list(_rows(table, protocol, explanations))
    if not rows:
        return title
    return "\n".join([title, "", HEAD, *rows])


def _rows(table: Collected, protocol: str, explanations: list[Explanation]) -> Iterator[str]:
    for entry in table.entries():
        own, printed, verdict = entry.own, entry.target, entry.verdict
        if verdict is None or printed is None or not isinstance(own, Cell):
            continue
        if verdict.outcome is not Outcome.DIFFERS:
            continue
        why = _number(explanations, protocol, table.spec.key, entry)
        ours = f"{100 * own.mean:.2f} ± {100 * own.std:.2f}"
        theirs = f"{printed.mean:.2f}" + ("" if printed.std is None else f" ± {printed.std:.2f}")
        change = f"{100 * own.mean - printed.mean:+.2f}"
        names = f"{entry.row.title} | {entry.column.title}"
        yield f"| {names} | {ours} | {theirs} | {change} | {why} |"


def _number(explanations: list[Explanation], protocol: str, table: str, entry: Entry) -> int:
    """Which explanation is the first that fits, counted from 1."""
    for number, explanation in enumerate(explanations, 1):
        if explanation.fits(protocol, table, entry):
            return number
    raise BenchError(
        f"{table}, {entry.row.dataset}, {entry.column.method}, {protocol}: differs from the "
        "printed number and no explanation fits"
    )


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    explanations = read_explanations(page.with_suffix(".toml"))
    page.write_text(with_cells(page.read_text(encoding="utf-8"), explanations), encoding="utf-8")


if __name__ == "__main__":
    main()
