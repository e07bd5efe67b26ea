"""The power of the gate in docs/gate.md, simulated from the null that is shipped."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import ArrayLike

from bench.check.columns import Key, read_null, runs_by_column
from bench.check.gate import LEAST, fires, margins
from bench.check.sides import read_side
from bench.docs.markers import table_lines, with_markers_filled
from bench.errors import BenchError
from bench.folders import reference_folder
from bench.render.text import counted

GATED = "balanced_accuracy"
METRICS = (GATED, "swapped_balanced_accuracy")

DROPS = (1, 2, 5, 10)
"""True drops of every dataset, in points."""

FOUND = 0.8
"""Share of drops of one point that added seeds or datasets should find."""

DATASETS = (10, 20, 40)
"""Numbers of datasets that seeds are added to; Table 5 has the last one."""

MOST_SEEDS = 10_000
"""With so many any column finds one point."""

CHANGES = 1000
"""Changes simulated for each power."""

SEED = 2309

LEAST_STD = 1e-6
"""Points; a smaller spread is taken as this one, so that no two differences are equal."""

LARGE = 5
"""The drop that the page opens with, in points."""

Spreads = Mapping[Key, Mapping[str, float]]
"""Sample std over the seeds in points, by column and dataset."""


def with_power(text: str) -> str:
    """The page's text with what is between its markers made anew.

    Raises:
        BenchError: the markers are missing, or one names no part.
    """
    spreads = {metric: shipped_spreads(reference_folder(), metric) for metric in METRICS}
    return with_markers_filled(text, "power", partial(part, spreads))


def part(spreads: Mapping[str, Spreads], words: Sequence[str]) -> str:
    """What stands between the markers that name this part.

    Raises:
        BenchError: there is no such part.
    """
    name = " ".join(words)
    if name not in PARTS:
        raise BenchError(f"<!-- power {name} -->: no such part; known: {', '.join(PARTS)}")
    return PARTS[name](spreads) if all(spreads.values()) else "No spreads are shipped yet."


def shipped_spreads(shipped: Path | None, metric: str) -> Spreads:
    """The shipped columns that the gate can judge, by protocol and title."""
    if shipped is None:
        return {}
    reference = read_side(shipped)
    null = read_null(reference.beside)
    if null is None:
        return {}
    keys = sorted(
        runs_by_column(reference.records, metric), key=lambda key: (key.protocol, key.title)
    )
    found = ((key, null.of(key)) for key in keys)
    return {
        key: {dataset: cell.std for dataset, cell in cells.items()}
        for key, cells in found
        if len(cells) >= LEAST
    }


def power(
    spreads: ArrayLike, drop: float, *, seeds: int = 3, datasets: int = 0, columns: int = 1
) -> float:
    """The share of changes that the gate finds when every dataset's true score falls by a drop.

    Scores are taken as normal over the seeds. The margin is estimated anew from the spread that
    each simulated reference shows.

    Args:
        spreads: true std over the seeds of one column's datasets, in points, [D].
        drop: in points.
        seeds: on each side.
        datasets: how many there are, with these spreads in turn; 0 means one for each spread.
        columns: how many one check judges.
    """
    std = np.resize(np.maximum(spreads, LEAST_STD), datasets or np.size(spreads))
    draws = np.random.default_rng(SEED)
    shape = (CHANGES, len(std))
    noise = draws.normal(size=shape) * std * np.sqrt(2 / seeds)
    estimated = std * np.sqrt(draws.chisquare(seeds - 1, shape) / (seeds - 1))
    runs = np.full(shape, seeds)
    return float(fires(noise - drop, margins(estimated, runs, runs, columns)).mean())


def fewest(reached: Callable[[int], bool], least: int, most: int) -> int:
    """The smallest number from `least` to `most` that reaches something; `most` where none does."""
    return least + bisect_left(range(least, most), True, key=reached)


def _result(spreads: Mapping[str, Spreads]) -> str:
    """What a check of one column and one of all columns find, in words."""
    columns = spreads[GATED]
    sizes = [len(cells) for cells in columns.values()]
    harmless = max(_shares(columns, 0))

    def found(drop: float, checked: int = 1) -> str:
        """`92 % (51 to 100) under `paper` and 74 % (20 to 96) under `released``."""
        by_protocol = {key: _range(_shares(columns, drop, key, checked)) for key in _keys(columns)}
        return " and ".join(
            f"{shares.replace(' ', ' % ', 1)} under `{key}`" for key, shares in by_protocol.items()
        )

    return (
        f"Of changes that lower every dataset's true balanced accuracy by {LARGE} points, a check "
        f"of one column finds {found(LARGE)}, and a check of all {len(columns)} columns "
        f"finds {found(LARGE, len(columns))}. Of changes by one point, a check of one "
        f"column finds {found(1)}. Each percentage is the median over the methods, with "
        "the lowest and highest of them in brackets. The false-alarm rate of a check of one column "
        f"is at most {harmless:.1f} %. All this is simulated with the seed standard deviations of "
        f"the shipped records, three seeds in both sets of runs and {min(sizes)} to {max(sizes)} "
        "datasets."
    )


def _spread(spreads: Mapping[str, Spreads]) -> str:
    """The cell whose seeds lie furthest apart, by metric."""
    largest = []
    for metric, columns in spreads.items():
        std, key, dataset = max(
            ((std, key, name) for key, cells in columns.items() for name, std in cells.items()),
            key=lambda cell: cell[0],
        )
        largest.append(
            f"{std:.1f} points in {_named(metric)} ({key.method} on {dataset}, `{key.protocol}`)"
        )
    return (
        "In the shipped records the largest sample standard deviation of a cell is "
        f"{' and '.join(largest)}."
    )


def _summary(spreads: Mapping[str, Spreads]) -> str:
    """Power by protocol and metric, for a check of one column and for one of all."""
    rows = [
        (
            f"`{key}`",
            _named(metric),
            "one" if checked == 1 else f"all {checked}",
            *(_range(_shares(columns, drop, key, checked)) for drop in DROPS),
        )
        for key in _keys(spreads[GATED])
        for metric, columns in spreads.items()
        for checked in (1, len(columns))
    ]
    drops = (counted(drop, "point") for drop in DROPS)
    return _table(("protocol", "metric", "columns checked", *drops), rows)


def _seeds(spreads: Mapping[str, Spreads]) -> str:
    """How many seeds find enough drops of one point, and what three seeds find, by datasets."""
    columns, rows, medians = spreads[GATED], [], []
    wanted = f"{100 * FOUND:.0f} % of changes"
    for key in _keys(columns):
        needed = {n: [_seeds_needed(stds, n) for stds in _stds(columns, key)] for n in DATASETS}
        for n, seeds in needed.items():
            shares = _range(_shares(columns, 1, key, datasets=n))
            rows.append((f"`{key}`", str(n), _range(seeds), shares))
        ends = (f"{median(needed[n]):.0f} on {n} datasets" for n in (DATASETS[0], DATASETS[-1]))
        medians.append(f"{' or '.join(ends)} under `{key}`")
    header = ("protocol", "datasets", f"seeds in each set for {wanted}")
    return (
        f"The median method needs this many seeds in each set to find a fall of one point in "
        f"{wanted}: {', and '.join(medians)}.\n\n"
        f"{_table((*header, 'found with three seeds, in %'), rows)}"
    )


def _seeds_needed(stds: Sequence[float], datasets: int) -> int:
    return fewest(
        lambda seeds: power(stds, 1, seeds=seeds, datasets=datasets) >= FOUND, 2, MOST_SEEDS
    )


def _methods(spreads: Mapping[str, Spreads]) -> str:
    rows = []
    for key, cells in spreads[GATED].items():
        stds = [*cells.values()]
        found = (f"{100 * power(stds, drop):.0f}" for drop in DROPS)
        spread = f"{median(stds):.2f}", f"{max(stds):.2f}"
        rows.append((f"`{key.protocol}`", key.method, str(len(stds)), *spread, *found))
    spread = "median std", "largest std"
    return _table(("protocol", "method", "datasets", *spread, *map(str, DROPS)), rows)


def _keys(columns: Spreads) -> list[str]:
    """Of the protocols."""
    return list(dict.fromkeys(key.protocol for key in columns))


def _stds(columns: Spreads, protocol: str = "") -> list[list[float]]:
    """The spreads of every column of a protocol, or of all."""
    return [[*cells.values()] for key, cells in columns.items() if protocol in ("", key.protocol)]


def _shares(
    columns: Spreads, drop: float, protocol: str = "", checked: int = 1, datasets: int = 0
) -> list[float]:
    """The power of every column of a protocol, or of all, in percent; see `power`."""
    return [
        100 * power(stds, drop, datasets=datasets, columns=checked)
        for stds in _stds(columns, protocol)
    ]


def _named(metric: str) -> str:
    return metric.replace("_", " ")


def _range(values: Iterable[float]) -> str:
    """`12 (4 to 35)`: median, smallest and largest."""
    ascending = sorted(values)
    return f"{median(ascending):.0f} ({ascending[0]:.0f} to {ascending[-1]:.0f})"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return table_lines(header, "|---" * len(header) + "|", rows)


PARTS: Mapping[str, Callable[[Mapping[str, Spreads]], str]] = {
    "result": _result,
    "spread": _spread,
    "summary": _summary,
    "seeds": _seeds,
    "methods": _methods,
}
"""What a marker can name."""
