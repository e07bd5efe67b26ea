"""Every shipped cell that differs from the printed number, with what explains it.

`python -m bench.docs.differences docs/differences.md` brings the page up to date; an unexplained
difference is an error. The explanations are in differences.toml, the first that fits counts.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.docs.shipped import shipped, shipped_store
from bench.errors import BenchError
from bench.judge.ask import AS_PRINTED
from bench.judge.collect import Cell, Collected, Entry
from bench.judge.verdict import Outcome
from iunet.declare.protocol import shipped_protocols

START, END = "<!-- cells -->", "<!-- end of cells -->"
EXPLANATIONS = Path(__file__).with_suffix(".toml")
TABLES = {"table5": AS_PRINTED, "table4": "", "table3": ""}
"""Tables that are compared, and the metric asked for; empty for the table's own."""


@dataclass(frozen=True)
class Explanation:
    """Why cells differ; an empty list stands for all.

    Args:
        text: one or two sentences.
        protocols, tables, rows, columns: keys of protocols, tables, datasets and methods.
    """

    text: str
    protocols: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def fits(self, protocol: str, table: str, entry: Entry) -> bool:
        """Whether it is meant for this cell."""
        asked = (
            (self.protocols, protocol),
            (self.tables, table),
            (self.rows, entry.row.dataset),
            (self.columns, entry.column.method),
        )
        return all(not wanted or value in wanted for wanted, value in asked)


def read_explanations() -> list[Explanation]:
    """The explanations in the order they are tried."""
    raw = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))["explanation"]
    return [Explanation(one.pop("text"), **{k: tuple(v) for k, v in one.items()}) for one in raw]


def with_cells(text: str) -> str:
    """The page's text with the cells between its markers made anew.

    Raises:
        BenchError: the markers are missing, or a cell differs and nothing explains it.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise BenchError(f"the page has no {START} followed by {END}")
    return f"{before}{START}\n{cells_page()}\n{END}{after}"


def cells_page() -> str:
    """Counts and one row a differing cell, table by table and protocol by protocol."""
    explanations = read_explanations()
    parts = []
    with shipped_store() as store:
        for name, metric in TABLES.items():
            for protocol in shipped_protocols():
                table = shipped(store, name, protocol, metric)
                if table is not None:
                    parts.append(_part(table, protocol, explanations))
    return "\n\n".join(parts) if parts else "No records are shipped yet."


def _part(table: Collected, protocol: str, explanations: list[Explanation]) -> str:
    entries = [entry for entry in table.entries() if entry.verdict is not None]
    counts = {
        outcome: sum(e.verdict is not None and e.verdict.outcome is outcome for e in entries)
        for outcome in Outcome
    }
    said = ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items())
    title = f"### {table.spec.printed or table.spec.key}, protocol `{protocol}`: {said}"
    rows = list(_rows(table, protocol, explanations))
    if not rows:
        return title
    head = (
        "| row | column | ours | printed | difference | what explains it |\n" + "| --- " * 6 + "|"
    )
    return "\n".join([title, "", head, *rows])


def _rows(table: Collected, protocol: str, explanations: list[Explanation]) -> Iterator[str]:
    for entry in table.entries():
        own, printed, verdict = entry.own, entry.printed, entry.verdict
        if verdict is None or printed is None or not isinstance(own, Cell):
            continue
        if verdict.outcome is not Outcome.DIFFERS:
            continue
        fitting = [e for e in explanations if e.fits(protocol, table.spec.key, entry)]
        if not fitting:
            raise BenchError(
                f"{table.spec.key}, {entry.row.dataset}, {entry.column.method}, {protocol}: "
                f"differs from the printed number and {EXPLANATIONS.name} does not say why"
            )
        ours = f"{100 * own.mean:.2f} ± {100 * own.std:.2f}"
        theirs = f"{printed.mean:.2f}" + ("" if printed.std is None else f" ± {printed.std:.2f}")
        change = f"{100 * own.mean - printed.mean:+.2f}"
        names = f"{entry.row.title} | {entry.column.title}"
        yield f"| {names} | {ours} | {theirs} | {change} | {fitting[0].text} |"


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_cells(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
