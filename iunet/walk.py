"""Which modules declare something: those of a package of ours, and what others advertise."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from iunet.declare.contract import UnknownKey, closest_first

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Declared = TypeVar("Declared")


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


def by_key(
    what: str, declared: Iterable[tuple[str, str, Declared]], broken: type[Exception]
) -> dict[str, Declared]:
    """What is declared, by its key.

    Args:
        what: their name in the plural.
        declared: the key, where it is declared, and the thing itself.
        broken: raised where two have one key; the message names both places.
    """
    found: dict[str, Declared] = {}
    places: dict[str, str] = {}
    for key, place, thing in declared:
        if key in found:
            raise broken(f"two {what} are called {key!r}: {places[key]} and {place}")
        found[key], places[key] = thing, place
    return found


def look_up(what: str, key: str, found: Mapping[str, Declared]) -> Declared:
    """The thing with this key.

    Raises:
        UnknownKey: nobody declared it; the message lists the known ones.
    """
    if key not in found:
        raise UnknownKey(f"no {what} called {key!r}; known: {closest_first(key, sorted(found))}")
    return found[key]


def advertised(group: str) -> list[EntryPoint]:
    """What installed packages advertise under an entry point group."""
    return _entries(group, tuple(sys.path))


def other_owners(package: str) -> list[str]:
    """Other installed distributions with a top-level package of this name: their files and ours lie
    in one folder, and where both have a file the last installed one is there."""
    from importlib.metadata import packages_distributions

    owners = packages_distributions().get(package, ())
    return sorted({name for name in owners if name != "iunet-bench"})


def name_clash(package: str) -> str:
    """What to do where other distributions have a package of this name; empty where none has."""
    others = other_owners(package)
    if not others:
        return ""
    return (
        f"{', '.join(others)} has a package called {package!r} too, so give iunet-bench an "
        f"environment of its own"
    )


@cache
def _entries(group: str, path: tuple[str, ...]) -> list[EntryPoint]:
    """Those on this search path, which takes a while to read."""
    from importlib.metadata import entry_points

    return sorted(set(entry_points(group=group)), key=lambda e: (e.value, e.name))
