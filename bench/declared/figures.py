"""What a figure is: its datasets, its series and how they are drawn, read from figure.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench.declared.tables import TableSpec, named_table
from bench.declared.toml import checked, read_toml, strict, wrong
from bench.errors import UsageError
from bench.folders import figure_names, tables_folder
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
            epochs of pre-training; first-layer |weights| themselves; the mean test score over the
            datasets by what it costs, a point a series; or own scores by the printed ones, a panel
            a metric.
        datasets: keys; a budget draws those it is for.
        series: in the order of legends or columns.
        table: whose judged cells are drawn; the file names it instead of datasets and series.
        metric: the validation score of `curves`, the test score of `costs`.
        printed: where it was printed; empty for figures of our own.
        notes: what a reader has to know, one sentence or two each.
        printed_notes: the same about the printed figure, where ours stands beside it.
    """

    key: str
    title: str
    kind: Literal["curves", "histograms", "weights", "costs", "agreement"]
    datasets: tuple[str, ...]
    series: tuple[Series, ...]
    table: str = ""
    metric: str = "accuracy"
    printed: str = ""
    notes: tuple[str, ...] = ()
    printed_notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.datasets or not self.series:
            raise ValueError(
                f"{len(self.datasets)} datasets and {len(self.series)} series; name some"
            )

    @property
    def arrays(self) -> tuple[str, ...]:
        """The arrays of a run that are drawn; none for a figure drawn from scores."""
        if self.kind == "histograms":
            return ("histogram", "histogram_edges")
        return ("first_layer",) if self.kind == "weights" else ()


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
        UsageError: cells of a table that is not there.
    """
    raw = {"key": name} | read_toml(source)
    if raw.get("table"):
        raw |= _of_table(named_table(str(raw["table"]), source))
    spec = checked(FigureSpec, raw, source)
    if bool(spec.table) != (spec.kind == "agreement"):
        raise wrong(source, "table: a figure of kind 'agreement' names a table, no other does")
    titles = [(series.group, series.title) for series in spec.series]
    for group, title in titles:
        if titles.count((group, title)) > 1:
            raise wrong(source, f"series: {title!r} is there twice in group {group!r}")
    return spec


def _of_table(table: TableSpec) -> dict[str, Any]:
    """Its datasets, and its columns as series, in groups of one printed metric."""
    return {
        "datasets": tuple(dict.fromkeys(row.dataset for row in table.rows)),
        "series": tuple(
            Series(column.title, column.method, column.net, column.printed_metric or "")
            for column in table.columns
        ),
    }


def _path(name: str) -> Path:
    if name not in figure_names():
        raise UsageError(f"no figure called {name!r}; known: {closest_first(name, figure_names())}")
    return tables_folder() / name / FILE
