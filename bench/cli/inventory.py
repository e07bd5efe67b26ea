"""`bench list | doctor | data`: what can be named, what is installed, which data are at hand."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cli.verb import Answer, Option, dataset_keys, names, switch, text, verb, worker_count
from bench.declared.toml import titles
from bench.errors import DataError, UsageError
from bench.plan.budget import budgets
from bench.render.text import aligned, say
from iunet.declare.contract import closest_first
from iunet.declare.protocol import shipped_protocols
from iunet.declare.recipe import Recipe
from iunet.declare.tuned import Tuned

if TYPE_CHECKING:
    from baselines.registry import Method

NUMBERS = ("rows", "features", "classes", "largest %", "smallest %", "OpenML")
TITLES = ("dataset", *NUMBERS[:3], "where", *NUMBERS[3:], "checked by", "file")


def _positive_seconds(wanted: float | None) -> float | None:
    if wanted is not None and not 0 < wanted < float("inf"):
        raise UsageError(f"--deadline {wanted}: name a number of seconds above 0")
    return wanted


SERVER = "Another OpenML API; for pictures a folder with their archives."
IMPORTED = "A .parquet, .csv, .arff or .npz; for pictures a folder with manifest.json."
KEYS = names("", "KEY", "Dataset keys.", field="keys", known=dataset_keys)
KIND = "What to list."
KINDS = ("tables", "figures", "datasets", "methods", "criteria", "protocols", "budgets")


@verb(text("", "KIND", KIND, field="kind", default="tables", known=lambda: KINDS), "json")
def list_kind(kind: str) -> Answer:
    """List the names and titles of tables, datasets and more.

    KIND is one of tables, figures, datasets, methods, criteria, protocols and budgets.

    Example: bench list datasets
    """
    lists: dict[str, Callable[[], dict[str, str]]] = {
        "datasets": _datasets,
        "methods": _methods,
        "criteria": _criteria,
        "protocols": _protocols,
        "budgets": lambda: {key: budget.title for key, budget in budgets().items()},
        "tables": lambda: titles("table.toml"),
        "figures": lambda: titles("figure.toml"),
    }
    if kind not in lists:
        raise UsageError(f"nothing to list called {kind!r}; known: {closest_first(kind, lists)}")
    return _answer_of_texts(lists[kind]())


@verb("json")
def doctor() -> Answer:
    """Show environment, device, data and disk.

    Example: bench doctor
    """
    from bench.run.environment import examine

    return _answer_of_texts(examine(worker_count(None)))


def _answer_of_texts(texts: dict[str, str]) -> Answer:
    return Answer(lambda: aligned(list(texts.items())), lambda: texts)


@verb("json")
def list_data() -> Answer:
    """Show every dataset and where it would come from.

    Example: bench data list
    """
    from bench.datasets.at_hand import list_datasets
    from bench.datasets.source import Places

    datasets = list_datasets(Places.from_environment())
    return Answer(lambda: _data_lines(datasets), lambda: datasets)


@verb(
    KEYS,
    switch("--all", "All that can be downloaded.", field="everything"),
    switch("--force", "Again even if at hand."),
    Option(
        *("--deadline", "SECONDS", "For each; by its size if not given.", float | None),
        read=_positive_seconds,
    ),
    text("--server", "URL", SERVER, default=None),
)
def fetch(
    keys: tuple[str, ...], everything: bool, force: bool, deadline: float | None, server: str | None
) -> Answer:
    """Download tables from OpenML and pictures through torchvision.

    One at a time, checked, into the local store below BENCH_CACHE_DIR.

    Example: bench data fetch iris
    """
    from bench.datasets.fetch import fetch_unless_at_hand, select_downloads
    from bench.datasets.source import Places

    datasets, places = select_downloads(keys, everything), Places.from_environment()
    return answer_of_each(
        datasets,
        partial(fetch_unless_at_hand, places=places, force=force, server=server, deadline=deadline),
    )


@verb(KEYS)
def verify(keys: tuple[str, ...]) -> Answer:
    """Compare datasets with the catalogue.

    All at hand if none is named.

    Example: bench data verify iris
    """
    from bench.datasets.at_hand import datasets_at_hand, verify
    from bench.datasets.catalogue import damaged_own, find_dataset
    from bench.datasets.source import Places

    places = Places.from_environment()
    damaged = damaged_own()
    for key in keys:
        damaged.get(key) or find_dataset(key)
    return answer_of_each(keys or datasets_at_hand(places), partial(verify, places=places))


@verb(
    Option("", "FILE", IMPORTED, Path, default=..., field="file"),
    text(
        "--as",
        "KEY",
        "The dataset it is, or a new name for a table of yours.",
        field="key",
        default=...,
    ),
    text("--target", "COLUMN", 'The class; "target" or the last if not given.', default=None),
    Option("--categorical", "COLUMN", "Its numbers are categories; repeatable.", list[str] | None),
    Option("--drop", "COLUMN", "Not a feature; repeatable.", list[str] | None),
)
def import_file(
    file: Path,
    key: str,
    target: str | None,
    categorical: list[str] | None,
    drop: list[str] | None,
) -> Answer:
    """Check data you have and keep them in the local store.

    Example: bench data import my.csv --as my-data --target class
    """
    from bench.datasets.catalogue import find_dataset
    from bench.datasets.fetch import import_data, size_text
    from bench.datasets.read import Reading
    from bench.datasets.source import Places

    reading = Reading(target, tuple(categorical or ()), tuple(drop or ()))
    entry = import_data(file, key, Places.from_environment(), reading)
    line = "; ".join([f"{key}: kept {size_text(find_dataset(key), entry)}", *entry.notes])
    return Answer(lambda: [line])


DATA = {"list": list_data, "fetch": fetch, "verify": verify, "import": import_file}
"""The commands of `bench data`."""


def answer_of_each(keys: Sequence[str], act: Callable[[str], str]) -> Answer:
    """The answer of a command on several datasets: what it says of each is printed as it comes.

    Its error says what went wrong: the error itself where there is one dataset.
    """
    failed: dict[str, DataError] = {}
    for key in keys:
        try:
            say(f"{key}: {act(key)}")
        except DataError as error:
            if len(keys) == 1:
                return Answer(error=error)
            failed[key] = error
            say(str(error), err=True)
    if not failed:
        return Answer()
    are = "is" if len(failed) == 1 else "are"
    wrong = f"{len(failed)} of {len(keys)} datasets {are} not in order: {', '.join(failed)}"
    return Answer(error=DataError(wrong))


def _data_lines(datasets: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line each; on a terminal with titles, and without the last columns if they do not fit."""
    rows = [TITLES, *map(_cells, datasets)]
    right = [place for place, title in enumerate(TITLES) if title in NUMBERS]
    if not sys.stdout.isatty():
        return aligned(rows, right)[1:]
    for columns in range(len(TITLES), 0, -1):
        lines = aligned([cells[:columns] for cells in rows], right)
        if max(map(len, lines)) <= shutil.get_terminal_size().columns:
            break
    here = sum(line["place"] in ("store", "folder", "embedded") for line in datasets)
    return [*lines, f"{here} of {len(datasets)} at hand; `bench data fetch KEY` gets one"]


def _cells(line: Mapping[str, Any]) -> tuple[str, ...]:
    """In the order of the titles; what matters least comes last."""
    return (
        line["key"],
        "?" if line["rows"] is None else f"{line['rows']:,}",
        "?" if line["features"] is None else f"{line['features']:,}",
        str(line["classes"] or "?"),
        line["place"],
        "-" if line["majority"] is None else f"{100 * line['majority']:.2f}",
        "-" if line["minority"] is None else f"{100 * line['minority']:.2f}",
        str(line["dataset_id"] or "-"),
        line["checked_by"],
        "" if line["place"] == "absent" else line["where"],
    )


def _datasets() -> dict[str, str]:
    from bench.datasets.catalogue import TabularDataset, all_datasets

    return {
        key: f"{e.rows:>9,} rows {e.features:>5} features  {e.source}: {e.title}"
        if isinstance(e, TabularDataset)
        else f"{e.train + e.test:>9,} pictures {e.classes:>5} classes  {e.source}: {e.title}"
        for key, e in all_datasets().items()
    }


def _methods() -> dict[str, str]:
    from baselines.registry import find_methods

    return {key: _method(method) for key, method in find_methods().items()}


def _method(method: Method) -> str:
    if isinstance(method, Tuned):
        count = len(method.space.parameters)
        return f"{count} settings searched for each dataset: {method.space.title}"
    if not isinstance(method, Recipe):
        return "not a network of ours, no grid"
    parts = ["PIS"] * method.imprint + ["ILO"] * method.invariance
    parts += ["l1 pull and cut, grid of l1"] * method.shrink
    by = (method.prune and method.prune.criterion) or "the protocol's criterion"
    parts.append(f"pruned by {by}" if method.prune else "not pruned")
    return f"network: {', '.join(parts)}"


def _criteria() -> dict[str, str]:
    """What their files say first, read without importing torch."""
    import pydoc
    from importlib.util import find_spec

    from iunet.criteria import criterion_modules

    specs = {key: find_spec(module) for key, module in criterion_modules().items()}
    return {
        key: (pydoc.synopsis(spec.origin) if spec and spec.origin else None) or ""
        for key, spec in specs.items()
    }


def _protocols() -> dict[str, str]:
    return {
        key: f"{p.title}, seeds {', '.join(map(str, p.seeds))}" + " (default)" * p.default
        for key, p in shipped_protocols().items()
    }
