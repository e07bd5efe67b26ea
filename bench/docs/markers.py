"""What stands between the markers of a page, `<!-- NAME WORD... -->` and `<!-- end -->`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.declared.settings import counts_sentence
from bench.errors import BenchError
from bench.judge.cell import Cell, StoredRuns
from bench.judge.collect import JudgedTable, collect
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.render.outline import as_markdown
from bench.render.sheet import markdown
from bench.render.text import counted, duration
from bench.run.estimate import FIRST_PACE, estimate_seconds
from bench.store.store import Store, shipped_store
from bench.tables.sheet import sheet_of
from bench.verdict.outline import opening
from bench.verdict.verdict import verdict

NOTHING = "No records are shipped yet."
"""What stands where a table would."""

ESTIMATED = (
    Query("table5", datasets=("vehicle",), methods=("iunet",)),
    Query("table5", datasets=("vehicle",)),
    Query("table5", methods=("dense", "omp", "iunet")),
    Query("table5"),
    Query("table1", datasets=("cifar10",)),
)
"""Selections whose cost the README tells."""

CORES = 2

ATTACK = Path("docs/reliability.json")
"""What `tox -e attack` came to."""


def with_markers_filled(page: str, name: str, fill: Callable[[Sequence[str]], str]) -> str:
    """The page with everything between markers of this name made anew.

    Args:
        fill: what to write, from the words of a marker after its name.

    Raises:
        BenchError: the page has no such markers.
    """
    between = re.compile(rf"(<!-- {name}((?: \S+)*) -->\n).*?^(<!-- end -->)$", re.DOTALL | re.M)

    def anew(found: re.Match[str]) -> str:
        start, words, end = found.groups()
        return f"{start}{fill(words.split())}\n{end}"

    page, count = between.subn(anew, page)
    if not count:
        raise BenchError(f"the page has no <!-- {name} --> followed by <!-- end -->")
    return page


def with_tables(text: str) -> str:
    """A page with its tables made anew from the shipped records.

    A marker names a table and, where they are not the usual ones, a protocol and a budget:
    `<!-- table NAME [PROTOCOL [BUDGET]] -->`. `<!-- brief NAME -->` has its numbers and the notes
    that they are marked with, `<!-- answer -->` the headline of the overall answer,
    `<!-- estimates -->` what runs take, `<!-- counts -->` how the protocols differ, and
    `<!-- attack -->` what `tox -e attack` came to.

    Raises:
        BenchError: there are no markers, or they name what there is not.
    """
    with shipped_store() as store:
        fills: dict[str, Callable[[Sequence[str]], str]] = {
            "attack": lambda _: attack_table(ATTACK),
            "answer": lambda _: as_markdown(opening(verdict(store))).strip(),
            "estimates": lambda _: estimates(),
            "counts": lambda _: counts_sentence(),
            "brief": partial(_brief, store),
            "table": partial(_table, store),
        }
        there = [name for name in fills if f"<!-- {name}" in text]
        for name in there or ["table"]:
            text = with_markers_filled(text, name, fills[name])
        return text


def shipped_table(store: Store, query: Query) -> JudgedTable | None:
    """The rows of a table that have a number of ours; None where none has."""
    found = collect(plan_table(query), StoredRuns(store))
    rows = tuple(row for row in found.rows if any(isinstance(entry.own, Cell) for entry in row))
    return replace(found, rows=rows) if rows else None


def table_lines(header: Sequence[str], rules: str, rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; `rules`: the line below its header, which aligns the columns."""
    lines = (f"| {' | '.join(cells)} |" for cells in (header, *rows))
    return "\n".join([next(lines), rules, *lines])


def estimates() -> str:
    """What some commands take where nothing was made yet, by the pace assumed before any run."""
    lines = []
    for query in ESTIMATED:
        plan = plan_table(query)
        command = plan.conditions.command(query.datasets, query.methods)
        seconds = estimate_seconds(plan.jobs, FIRST_PACE["cpu"], CORES)
        lines.append((f"`{command}`", counted(len(plan.jobs), "run"), duration(seconds)))
    head = ("command", "what it trains", f"on {CORES} cores, about")
    return table_lines(head, "| --- | ---: | ---: |", lines)


def attack_table(path: Path) -> str:
    """What an attack tried and how much of it was bad, from the file that the attack wrote."""
    attack = json.loads(path.read_text(encoding="utf-8"))
    groups = attack["groups"]
    lines = [(one["group"], one["what"], f"{one['tried']:,}", f"{one['bad']:,}") for one in groups]
    head = ("group", "what is tried", "tried", "bad")
    table = table_lines(head, "| --- | --- | ---: | ---: |", lines)
    minutes, cores = counted(attack["minutes"], "minute"), counted(attack["cores"], "core")
    return f"{table}\n\nThis was the {attack['form']} form, and took {minutes} on {cores}."


def _brief(store: Store, words: Sequence[str]) -> str:
    """A table's numbers, and the notes that they are marked with."""
    (name,) = words
    table = shipped_table(store, Query(name))
    if table is None:
        return NOTHING
    sheet = sheet_of(table)
    blocks = tuple(replace(block, totals=()) for block in sheet.blocks)
    marked = tuple(note for note in sheet.notes if note.label)
    return markdown(replace(sheet, blocks=blocks, notes=marked)).strip()


def _table(store: Store, words: Sequence[str]) -> str:
    """One table in Markdown; `words`: its name, and a protocol and a budget if they are named."""
    if not 1 <= len(words) <= 3:
        raise BenchError(
            f"<!-- table {' '.join(words)} -->: a marker names a table, and then a protocol "
            f"and a budget if they are not the usual ones"
        )
    name, protocol, budget = (*words, "", "")[:3]
    table = shipped_table(store, Query(name, protocol, budget))
    return markdown(sheet_of(table)).strip() if table else NOTHING
