"""A point of a grid; imports nothing, since tables are read without numpy."""

from __future__ import annotations

Point = tuple[tuple[str, float], ...]
"""One setting of a method's grid, e.g. (("l1", 1e-5),); empty where there is no grid."""
