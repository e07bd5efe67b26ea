"""Every check, in the order they are shown, and what they find together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.audit.checks import (
    ablation,
    best,
    copies,
    exchanged,
    lattice_pictures,
    lattice_tables,
    odd_runs,
    one_class,
    repeats,
    sizes,
    spread,
)
from bench.audit.finding import Check, Finding
from bench.audit.printed import PrintedTable, read_tables, selected
from bench.judge.dataset_facts import Facts, all_facts

CHECKS: tuple[tuple[str, str, Check], ...] = (
    (best.KEY, "Counted wins", best.check),
    (ablation.KEY, "Ablations", ablation.check),
    (repeats.KEY, "Numbers printed twice", repeats.check),
    (copies.KEY, "Equal digits, another meaning", copies.check),
    (lattice_tables.KEY, "Scores a test part can give: tables", lattice_tables.check),
    (exchanged.KEY, "Truth and prediction exchanged", exchanged.check),
    (lattice_pictures.KEY, "Scores a test part can give: pictures", lattice_pictures.check),
    (one_class.KEY, "Scores of a single class", one_class.check),
    (odd_runs.KEY, "Two runs alike and one apart", odd_runs.check),
    (spread.KEY, "Spreads", spread.check),
    (sizes.KEY, "Counts of data", sizes.check),
)
"""Key, title and function of each check."""


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
    findings = audit_tables(tables, all_facts())
    return Audit(
        tables=wanted,
        numbers=sum(len(t.cells) + len(t.wins) for t in tables if t.key in wanted),
        findings=tuple(one for one in findings if set(one.tables) & set(wanted)),
    )


def audit_tables(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> tuple[Finding, ...]:
    """Everything the checks find in these tables."""
    return tuple(one for _, _, check in CHECKS for one in check(tables, facts))
