"""What a figure is: its datasets, its series and how they are drawn, read from figure.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.declared.toml import read_declared, strict, wrong
from bench.errors import UsageError
from bench.folders import tables_folder
from iunet.declare.contract import closest_first

FILE = "figure.toml"


@strict
@dataclass(frozen=True)
class Series:
    """What is drawn once for every dataset.

    Args:
        title: as shown; with `kappas = "each"` the name before the value of kappa.
        method, net: what is run; the method's usual net where none is named.
        group: series of one group share a panel where panels hold several.
        kappas: the one the protocol chose for the dataset, or one by one each of its grid.
    """

    title: str
    method: str
    net: str = ""
    group: str = ""
    kappas: Literal["chosen", "each"] = "chosen"


@strict
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
    return parse_figure(name, _path(name))


def parse_figure(name: str, source: Path | str) -> FigureSpec:
    """The figure in this file or text.

    Raises:
        BenchError: not TOML, an unknown, missing or wrong key, or a series that is there twice.
    """
    spec = read_declared(FigureSpec, source, name)
    titles = [(series.group, series.title) for series in spec.series]
    for group, title in titles:
        if titles.count((group, title)) > 1:
            raise wrong(source, f"series: {title!r} is there twice in group {group!r}")
    return spec


def _path(name: str) -> Path:
    if name not in figure_names():
        raise UsageError(f"no figure called {name!r}; known: {closest_first(name, figure_names())}")
    return tables_folder() / name / FILE
