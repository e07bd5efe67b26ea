"""The power of the gate in docs/gate.md, simulated from the null that is shipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import ArrayLike

from bench.check.columns import Key, grouped, read_null
from bench.check.gate import LEAST, fires, margins
from bench.check.sides import read_side
from bench.docs.markers import filled
from bench.errors import BenchError
from bench.folders import reference_folder

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
    return filled(text, "power", partial(part, spreads))


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
    keys = grouped(reference.records, metric)
    found = {key: null.of(key) for key in sorted(keys, key=lambda key: (key.protocol, key.title))}
    return {
        key: {dataset: cell.std for dataset, cell in cells.items()}
        for key, cells in found.items()
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
    low, high = least - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _result(spreads: Mapping[str, Spreads]) -> str:
    """What a check of one column and one of all columns find, in words."""
    columns = spreads[GATED]
    sizes = sorted({len(cells) for cells in columns.values()})
    harmless = 100 * max(power(stds, 0) for stds in _of(columns))
    return (
        f"Of changes that lower every dataset's true balanced accuracy by {LARGE} points, a check "
        f"of one column finds {_found(columns, LARGE)}, and a check of all {len(columns)} columns "
        f"finds {_found(columns, LARGE, len(columns))}. Of changes by one point, a check of one "
        f"column finds {_found(columns, 1)}. Each percentage is the median over the methods, with "
        "the lowest and highest of them in brackets. The false-alarm rate of a check of one column "
        f"is at most {harmless:.1f} %. All this is simulated with the seed standard deviations of "
        f"the shipped records, three seeds in both sets of runs and {sizes[0]} to {sizes[-1]} "
        "datasets."
    )


def _found(columns: Spreads, drop: float, checked: int = 1) -> str:
    """`92 % (51 to 100) under `paper` and 74 % (20 to 96) under `released``."""
    shares = {
        protocol: [100 * power(stds, drop, columns=checked) for stds in _of(columns, protocol)]
        for protocol in _protocols(columns)
    }
    return " and ".join(
        f"{_range(found).replace(' ', ' % ', 1)} under `{protocol}`"
        for protocol, found in shares.items()
    )


def _spread(spreads: Mapping[str, Spreads]) -> str:
    """The cell whose seeds lie furthest apart, by metric."""
    said = []
    for metric, columns in spreads.items():
        cells = {(key, name): std for key, row in columns.items() for name, std in row.items()}
        key, dataset = max(cells, key=lambda place: cells[place])
        said.append(
            f"{cells[key, dataset]:.1f} points in {_named(metric)} ({key.method} on {dataset}, "
            f"`{key.protocol}`)"
        )
    return (
        "In the shipped records the largest sample standard deviation of a cell is "
        f"{' and '.join(said)}."
    )


def _summary(spreads: Mapping[str, Spreads]) -> str:
    """Power by protocol and metric, for a check of one column and for one of all."""
    rows = []
    for protocol in _protocols(spreads[GATED]):
        for metric, columns in spreads.items():
            for checked in (1, len(columns)):
                shares = [
                    _range([100 * power(s, drop, columns=checked) for s in _of(columns, protocol)])
                    for drop in DROPS
                ]
                named = f"`{protocol}` | {_named(metric)}"
                rows.append([f"{named} | {'one' if checked == 1 else f'all {checked}'}", *shares])
    drops = " | ".join(f"{drop} {'point' if drop == 1 else 'points'}" for drop in DROPS)
    return _table(f"protocol | metric | columns checked | {drops}", rows)


def _seeds(spreads: Mapping[str, Spreads]) -> str:
    """How many seeds find enough drops of one point, and what three seeds find, by datasets."""
    columns, rows, said = spreads[GATED], [], []
    wanted = f"{100 * FOUND:.0f} % of changes"
    for protocol in _protocols(columns):
        stds = _of(columns, protocol)
        needed = {n: [_seeds_needed(one, n) for one in stds] for n in DATASETS}
        for datasets, seeds in needed.items():
            shares = [100 * power(one, 1, datasets=datasets) for one in stds]
            rows.append([f"`{protocol}` | {datasets}", _range(seeds), _range(shares)])
        ends = (f"{median(needed[n]):.0f} on {n} datasets" for n in (DATASETS[0], DATASETS[-1]))
        said.append(f"{' or '.join(ends)} under `{protocol}`")
    head = f"protocol | datasets | seeds in each set for {wanted} | found with three seeds, in %"
    return (
        f"The median method needs this many seeds in each set to find a fall of one point in "
        f"{wanted}: {', and '.join(said)}.\n\n{_table(head, rows)}"
    )


def _seeds_needed(stds: Sequence[float], datasets: int) -> int:
    def enough(seeds: int) -> bool:
        return power(stds, 1, seeds=seeds, datasets=datasets) >= FOUND

    return fewest(enough, 2, MOST_SEEDS)


def _methods(spreads: Mapping[str, Spreads]) -> str:
    rows = []
    for key, cells in spreads[GATED].items():
        stds = [*cells.values()]
        found = [f"{100 * power(stds, drop):.0f}" for drop in DROPS]
        spread = (f"{median(stds):.2f}", f"{max(stds):.2f}")
        rows.append([f"`{key.protocol}`", key.method, f"{len(stds)}", *spread, *found])
    drops = " | ".join(f"{drop}" for drop in DROPS)
    return _table(f"protocol | method | datasets | median std | largest std | {drops}", rows)


def _protocols(columns: Spreads) -> list[str]:
    return list(dict.fromkeys(key.protocol for key in columns))


def _of(columns: Spreads, protocol: str = "") -> list[list[float]]:
    """The spreads of every column of a protocol, or of all."""
    return [[*cells.values()] for key, cells in columns.items() if protocol in ("", key.protocol)]


def _named(metric: str) -> str:
    return metric.replace("_", " ")


def _range(values: Iterable[float]) -> str:
    """`12 (4 to 35)`: median, smallest and largest."""
    ascending = sorted(values)
    return f"{median(ascending):.0f} ({ascending[0]:.0f} to {ascending[-1]:.0f})"


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    rule = "|".join("---" for _ in head.split(" | "))
    lines = [f"| {head} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


PARTS: Mapping[str, Callable[[Mapping[str, Spreads]], str]] = {
    "result": _result,
    "spread": _spread,
    "summary": _summary,
    "seeds": _seeds,
    "methods": _methods,
}
"""What a marker can name."""
