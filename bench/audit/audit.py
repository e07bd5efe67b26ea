"""Every check, in the order they are shown, and what they find together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.audit.checks.digits import check_copies, check_repeats
from bench.audit.checks.metrics import check_exchanged, check_pictures, check_tables
from bench.audit.checks.odd_runs import check_runs
from bench.audit.checks.one_class import check_one_class
from bench.audit.checks.sizes import check_sizes
from bench.audit.checks.spread import check_spread
from bench.audit.checks.wins import check_ablation, check_wins
from bench.audit.finding import Check, Finding
from bench.audit.printed import PrintedTable, read_tables, selected

CHECKS: tuple[tuple[str, str, Check], ...] = (
    ("best", "Counted wins", check_wins),
    ("ablation", "Ablations", check_ablation),
    ("repeats", "Numbers printed twice", check_repeats),
    ("copies", "Equal digits, another meaning", check_copies),
    ("lattice", "Scores a test part can give: tables", check_tables),
    ("exchanged", "Truth and prediction exchanged", check_exchanged),
    ("batches", "Scores a test part can give: pictures", check_pictures),
    ("one-class", "Scores of a single class", check_one_class),
    ("runs", "Two runs alike and one apart", check_runs),
    ("spread", "Spreads", check_spread),
    ("sizes", "Counts of data", check_sizes),
)
"""Key, title and function of each check; the key begins the ids of what it finds."""


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
    return tuple(one for _, _, check in CHECKS for one in check(tables))
