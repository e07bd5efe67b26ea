"""What a figure is: its datasets, its series and how they are drawn, read from figure.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from bench.declared.spec import SpecError, read_spec
from bench.errors import BenchError, UsageError
from bench.folders import tables_folder

_STRICT = {"extra": "forbid"}

FILE = "figure.toml"


@dataclass(frozen=True)
class Series:
    """What is drawn once for every dataset.

    Args:
        title: as shown; with `kappas = "each"` the name before the value of kappa.
        method, net: what is run; the method's usual net where none is named.
        group: series of one group share a panel where panels hold several.
        kappas: the one the protocol chose for the dataset, or one by one each of its grid.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    title: str
    method: str
    net: str = ""
    group: str = ""
    kappas: Literal["chosen", "each"] = "chosen"


@dataclass(frozen=True)
class FigureSpec:
    """One figure.

    Args:
        key: the name of its folder and command.
        title: ours, for the caption.
        kind: validation scores by compression ratio; histograms of first-layer |weights| over the
            epochs of pre-training; first-layer |weights| themselves; or the mean test score over
            the datasets by what it costs, a point a series.
        datasets: keys; a budget draws those it is for.
        series: in the order of legends or columns.
        metric: the validation score of `curves`, the test score of `costs`.
        printed: where it was printed; empty for figures of our own.
        notes: what a reader has to know, one sentence or two each.
        printed_notes: the same about the printed figure, where ours stands beside it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    key: str
    title: str
    kind: Literal["curves", "histograms", "weights", "costs"]
    datasets: tuple[str, ...]
    series: tuple[Series, ...]
    metric: str = "accuracy"
    printed: str = ""
    notes: tuple[str, ...] = ()
    printed_notes: tuple[str, ...] = ()

    @property
    def arrays(self) -> tuple[str, ...]:
        """The arrays of a run that are drawn; none for a figure drawn from scores."""
        if self.kind == "histograms":
            return ("histogram", "histogram_edges")
        return ("first_layer",) if self.kind == "weights" else ()


def figure_names() -> tuple[str, ...]:
    """Names of the figures: the folders that hold a figure.toml, sorted."""
    return tuple(sorted(path.parent.name for path in tables_folder().glob(f"*/{FILE}")))


def read_figure(name: str) -> FigureSpec:
    """The figure of this name.

    Raises:
        UsageError: no such figure; the message lists the known.
        BenchError: its file is not TOML, or names a key no figure has, or misses one.
    """
    path = _path(name)
    try:
        return parse_figure(name, path.read_text(encoding="utf-8"))
    except SpecError as error:
        raise BenchError(f"{path}: {error}") from error


def parse_figure(name: str, text: str) -> FigureSpec:
    """The figure in this text.

    Raises:
        SpecError: not TOML, an unknown, missing or wrong key, or a series that is there twice.
    """
    from pydantic import TypeAdapter

    spec = read_spec(TypeAdapter(FigureSpec), name, text)
    titles = [(series.group, series.title) for series in spec.series]
    for group, title in titles:
        if titles.count((group, title)) > 1:
            raise SpecError(f"series: {title!r} is there twice in group {group!r}")
    return spec


def figure_title(name: str) -> str:
    """The figure's title alone, without checking the rest; quick enough for a command's help."""
    path = _path(name)
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8")).get("title", name))
    except tomllib.TOMLDecodeError as error:
        raise BenchError(f"{path}: not TOML: {error}") from error


def _path(name: str) -> Path:
    if name not in figure_names():
        raise UsageError(f"no figure called {name!r}; known: {', '.join(figure_names())}")
    return tables_folder() / name / FILE
