"""Pruning criteria, one `scores` function a file, found by key without importing the others."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from iunet.walk import by_key, look_up, walk

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
    name = look_up("criterion", key, criterion_modules())
    module = import_module(name)
    scores: Criterion | None = getattr(module, "scores", None)
    if scores is None:
        raise BrokenCriterion(f"{name} has no function called scores")
    if getattr(module, "KEY", key) != key:
        raise BrokenCriterion(f"{name} says KEY = {module.KEY!r}, its file name says {key!r}")
    return scores


def criterion_modules() -> dict[str, str]:
    """Module name by key of every criterion that can be found."""
    modules = walk(__name__, GROUP, BrokenCriterion)
    keyed = ((name.rpartition(".")[2].replace("_", "-"), name, name) for name in modules)
    return by_key("criteria", keyed, BrokenCriterion)
