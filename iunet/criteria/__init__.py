"""Pruning criteria, one `scores` function a file, found by key without importing the others."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from iunet.declare.contract import UnknownKey
from iunet.walk import walk

if TYPE_CHECKING:
    from iunet.prune.candidates import Criterion

GROUP = "iunet_bench.criteria"


class BrokenCriterion(Exception):
    """A criterion that is advertised but cannot be used; the message names the module."""


def find_criterion(key: str) -> Criterion:
    """The `scores` function of the criterion with this key; `some_name.py` holds `some-name`.

    Looks into this package and whatever is advertised under the entry point group
    `iunet_bench.criteria`: a package to walk, or a single module.

    Raises:
        UnknownKey: nobody declared it; the message lists the known ones.
        BrokenCriterion: two modules with one key, one without a `scores` function, or one whose
            KEY is not its file's name.
    """
    modules = criterion_modules()
    if key not in modules:
        raise UnknownKey(f"no criterion called {key!r}; known: {', '.join(sorted(modules))}")
    module = import_module(modules[key])
    scores: Criterion | None = getattr(module, "scores", None)
    if scores is None:
        raise BrokenCriterion(f"{modules[key]} has no function called scores")
    if getattr(module, "KEY", key) != key:
        raise BrokenCriterion(
            f"{modules[key]} says KEY = {module.KEY!r}, its file name says {key!r}"
        )
    return scores


def criterion_modules() -> dict[str, str]:
    """Module name by key of every criterion that can be found."""
    found: dict[str, str] = {}
    for module in walk(__name__, GROUP, BrokenCriterion):
        key = module.rpartition(".")[2].replace("_", "-")
        if key in found:
            raise BrokenCriterion(f"two criteria are called {key!r}: {found[key]} and {module}")
        found[key] = module
    return found
