"""The networks by key: what they take, and which of them have a width factor. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal["table", "pictures"]

NETS: Mapping[Kind, tuple[str, ...]] = {
    "table": ("mlp-tab",),
    "pictures": ("mlp-vis", "cnn", "resnet"),
}
"""Keys by what a net takes; the first is the one recipes run on unless another is named."""

SCALED = frozenset({"mlp-vis", "cnn"})
"""Nets whose layers widen with alpha."""
