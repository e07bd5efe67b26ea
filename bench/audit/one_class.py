"""Scores that a predictor of one single class gets."""

from __future__ import annotations

from bench.audit.facts import Facts
from bench.audit.printed import Cell
from bench.declared.published import Printed


def one_class_share(cell: Cell | Printed, facts: Facts | None) -> tuple[int, int] | None:
    """Test rows of the largest class and of all, where their share is the printed number."""
    if facts is None or facts.most is None:
        return None
    for most in range(facts.most[0], facts.most[1] + 1):
        if abs(100 * most / facts.test - cell.mean) <= cell.half + 1e-9:
            return most, facts.test
    return None


def balanced_share(cell: Cell | Printed, facts: Facts | None) -> int | None:
    """The number of classes, where one over it is the printed number."""
    if facts is None or facts.pictures or not facts.classes:
        return None
    return facts.classes if abs(100 / facts.classes - cell.mean) <= cell.half + 1e-9 else None
