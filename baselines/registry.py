"""Every method by key: one `METHOD` a file, in our packages and in those that advertise theirs."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import EntryPoint
from types import ModuleType

from iunet.declare.contract import Learner
from iunet.declare.recipe import Recipe
from iunet.declare.tuned import Tuned
from iunet.walk import advertised, by_key, look_up, name_clash

Method = Recipe | Learner | Tuned
"""What a method file declares as METHOD."""

GROUP = "iunet_bench.methods"
PACKAGES = ("iunet.recipes", "baselines")


class BrokenMethod(Exception):
    """A method file that cannot be used; the message names the file."""


def find_methods() -> dict[str, Method]:
    """Every method by key, in the order found: own recipes, baselines, then other packages.

    Entry points of the group `iunet_bench.methods` name a package to walk, a module, or the method
    itself (`package.module:METHOD`).

    Raises:
        BrokenMethod: a file that cannot be imported or has no METHOD, or a key two files use.
    """
    methods = ((method.key, f"in {source}", method) for source, method in _declared())
    return by_key("methods", methods, BrokenMethod)


def find_method(key: str) -> Method:
    """The method with this key.

    Raises:
        UnknownKey: nobody declared it; the message lists the known ones.
    """
    return look_up("method", key, find_methods())


def walk_package(name: str) -> Iterator[tuple[str, Method]]:
    """(file, METHOD) of every module of a package, this one aside; not those of packages inside."""
    package = _imported(name)
    for module in sorted(pkgutil.iter_modules(package.__path__, f"{name}."), key=lambda m: m.name):
        if not module.ispkg and module.name != __name__:
            yield _method_of(_imported(module.name))


def _declared() -> Iterator[tuple[str, Method]]:
    for package in PACKAGES:
        try:
            yield from walk_package(package)
        except BrokenMethod as error:
            clash = name_clash(package)
            if not clash:
                raise
            raise BrokenMethod(f"{error}; {clash}") from error
    for entry in advertised(GROUP):
        yield from _advertised(entry)


def _advertised(entry: EntryPoint) -> Iterator[tuple[str, Method]]:
    module = _imported(entry.module)
    if entry.attr:
        yield _method_of(module, entry.attr)
    elif module.__spec__ and module.__spec__.submodule_search_locations is not None:
        yield from walk_package(entry.module)
    else:
        yield _method_of(module)


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        raise BrokenMethod(
            f"{_file_of(name)} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _file_of(name: str) -> str:
    """The file of a module that failed to import, as far as it can be told."""
    parent, _, leaf = name.rpartition(".")
    try:
        folders = list(import_module(parent).__path__) if parent else []
    except (ImportError, AttributeError):
        return name
    return f"{folders[0]}/{leaf}.py" if folders else name


def _method_of(module: ModuleType, attribute: str = "METHOD") -> tuple[str, Method]:
    source = str(module.__file__)
    method = getattr(module, attribute, None)
    if not isinstance(method, Method):
        raise BrokenMethod(f"{source} has no {attribute} that is a Recipe, a Learner or a Tuned")
    return source, method
