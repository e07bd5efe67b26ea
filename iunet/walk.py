"""Which modules declare something: those of a package of ours, and what others advertise."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec


def walk(package: str, group: str, broken: type[Exception]) -> Iterator[str]:
    """Names of the modules of a package, then of those advertised under an entry point group, each
    a package to walk or a single module. None of them is imported.

    Raises:
        broken: something is advertised that cannot be found.
    """
    others = {entry.value for entry in advertised(group)} - {package}
    for name in (package, *sorted(others)):
        spec = find_spec(name)
        if spec is None:
            raise broken(f"{name} is advertised under {group} and cannot be found")
        if spec.submodule_search_locations is None:
            yield name
        else:
            inside = pkgutil.iter_modules(spec.submodule_search_locations, f"{name}.")
            yield from (module.name for module in inside if not module.ispkg)


def advertised(group: str) -> list[EntryPoint]:
    """What installed packages advertise under an entry point group."""
    return _entries(group, tuple(sys.path))


@cache
def _entries(group: str, path: tuple[str, ...]) -> list[EntryPoint]:
    """Those on this search path, which takes a while to read."""
    return sorted(set(entry_points(group=group)), key=lambda e: (e.value, e.name))
