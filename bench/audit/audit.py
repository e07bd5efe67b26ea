"""Every check, in the order they are shown, what they find together, and its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bench.audit.digits import check_copies, check_repeats
from bench.audit.finding import STRONG, SURE, Check, Finding, chance_text
from bench.audit.metrics import check_exchanged, check_pictures, check_tables
from bench.audit.odd_runs import check_runs
from bench.audit.printed import PrintedTable, read_tables, selected
from bench.audit.sizes import check_sizes
from bench.audit.spread import check_one_class, check_spread
from bench.audit.wins import check_ablation, check_wins
from bench.render.outline import Item, Outline, Section
from bench.render.text import counted


def _each(check: Callable[[PrintedTable], Iterable[Finding]]) -> Check:
    """The check of one table, put to every table."""
    return lambda tables: chain.from_iterable(map(check, tables))


CHECKS: tuple[tuple[str, str, Check], ...] = (
    ("best", "Counted wins", _each(check_wins)),
    ("ablation", "Ablations", _each(check_ablation)),
    ("repeats", "Numbers printed twice", check_repeats),
    ("copies", "Equal digits, another meaning", check_copies),
    ("lattice", "Scores a test part can give: tables", _each(check_tables)),
    ("exchanged", "Truth and prediction exchanged", _each(check_exchanged)),
    ("batches", "Scores a test part can give: pictures", _each(check_pictures)),
    ("one-class", "Scores of a single class", _each(check_one_class)),
    ("runs", "Two runs alike and one apart", check_runs),
    ("spread", "Spreads", check_spread),
    ("sizes", "Counts of data", check_sizes),
)
"""Key, title and function of each check; the key begins the ids of what it finds."""

LEGEND = (
    "certain: follows from the digits or the released code, under the condition in the headline; "
    f"strong: chance does the same in at most {chance_text(STRONG)}; weak: chance does so more "
    "often"
)


@dataclass(frozen=True)
class Audit:
    """What was looked at, and what was found.

    Args:
        tables: keys of the tables asked for.
        numbers: how many printed numbers they hold.
        findings: those that touch them, in the order of CHECKS.
    """

    tables: tuple[str, ...]
    numbers: int
    findings: tuple[Finding, ...]


def audit_folder(folder: Path, keys: tuple[str, ...] = ()) -> Audit:
    """Audit the printed tables of a folder; all are read, findings that touch `keys` are kept.

    Raises:
        UsageError: nothing was printed of one of the keys.
        DataError: a published.csv is damaged.
    """
    tables = read_tables(folder)
    wanted = selected(tables, keys)
    findings = audit_tables(tables)
    return Audit(
        tables=wanted,
        numbers=sum(len(t.cells) + len(t.wins) for t in tables if t.key in wanted),
        findings=tuple(one for one in findings if set(one.tables) & set(wanted)),
    )


def audit_tables(tables: Sequence[PrintedTable]) -> tuple[Finding, ...]:
    """Everything the checks find in these tables."""
    return tuple(one for _, _, check in CHECKS for one in check(tables) if one.cells)


def by_check(audit: Audit) -> list[tuple[str, list[Finding]]]:
    """Findings by the title of their check; checks that found nothing are left out."""
    found = [(title, [f for f in audit.findings if f.check == key]) for key, title, _ in CHECKS]
    return [(title, findings) for title, findings in found if findings]


def outline(audit: Audit, *, cells: bool = False, details: bool = False) -> Outline:
    """The page of findings by check.

    Args:
        audit: what was found.
        cells: whether every cell is named.
        details: whether every number behind a finding is given.
    """
    sections = [
        Section(title, tuple(_entry(finding, cells, details) for finding in findings))
        for title, findings in by_check(audit)
    ]
    more = () if cells else ("--verbose adds every cell and the numbers behind each finding",)
    last = (LEGEND, *more) if sections else ()
    return Outline("Audit of the printed numbers", (summary(audit), *sections, *last))


def as_json(audit: Audit) -> dict[str, Any]:
    """Tables, how many numbers, and every finding whole."""
    findings = [_finding_as_json(finding) for finding in audit.findings]
    return {"tables": audit.tables, "numbers": audit.numbers, "findings": findings}


def summary(audit: Audit) -> str:
    """One line: how much was looked at and found."""
    count = Counter(finding.sure for finding in audit.findings)
    kinds = ", ".join(f"{count[sure]} {sure}" for sure in SURE if count[sure])
    return (
        f"{counted(len(audit.tables), 'table')}, {audit.numbers} printed numbers, "
        f"{counted(len(audit.findings), 'finding')}{f' ({kinds})' if kinds else ''}"
    )


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    keys = ["id", "check", "headline", "arithmetic", "sure", "cells", "chance", "details", "tables"]
    cells = [{"table": one.table, "row": one.row, "column": one.column} for one in finding.cells]
    return {key: getattr(finding, key) for key in keys} | {"cells": cells}


def _entry(finding: Finding, cells: bool, details: bool) -> Item:
    """A finding behind how sure it is and its tables, `table3 +2` where they are more than two."""
    tables = finding.tables
    where = ", ".join(tables) if len(tables) < 3 else f"{tables[0]} +{len(tables) - 1}"
    below = [finding.arithmetic]
    if cells:
        chance = f", chance {chance_text(finding.chance)}" if finding.chance else ""
        below += [f"{finding.id}{chance}", f"cells: {'; '.join(map(str, finding.cells))}"]
    if details:
        below += finding.details
    return Item(finding.headline, label=f"{finding.sure:<7}  {where}", below=tuple(below))
