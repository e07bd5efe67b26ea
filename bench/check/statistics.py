"""Runs made in another environment than the reference: judged by column, never by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum

from bench.check.columns import Key, cells_of, defined, grouped
from bench.check.gate import LEAST, LEVEL, fires, margins, p_values
from bench.check.null import Null, Spread, null_key
from bench.check.outcome import Cell, Column, Outcome
from bench.check.pairing import Pair

MEASURE = "measure it with `bench check --measure-null`"


def judge_columns(
    pairs: Iterable[Pair], null: Null | None, records: str, metric: str = ""
) -> tuple[Column, ...]:
    """Every column of these pairs, judged.

    Args:
        null: of the reference.
        records: digest of the reference's records; a null of others is not used.
        metric: what is compared; empty means bench.check.columns.GATED.
    """
    found = grouped(pairs, metric)
    columns = {key: cells_of(datasets, key.metric) for key, datasets in found.items()}
    spreads = {
        key: null.spreads.get(null_key(key.title, key.metric), {}) if null else {}
        for key in columns
    }
    why = {key: _obstacle(columns[key], null, records, spreads[key]) for key in columns}
    tested = sum(not obstacle for obstacle in why.values())
    return tuple(
        _untested(key, cells, why[key]) if why[key] else _tested(key, cells, spreads[key], tested)
        for key, cells in columns.items()
    )


def _untested(key: Key, cells: tuple[Cell, ...], why: str) -> Column:
    return Column(key.title, key.metric, cells, Outcome.NOT_COMPARABLE, why, _change(cells))


def _change(cells: Sequence[Cell]) -> float:
    """Macro mean of the differences, in points."""
    return fsum(cell.difference for cell in cells) / len(cells)


def _obstacle(
    cells: Sequence[Cell], null: Null | None, records: str, spreads: Mapping[str, Spread]
) -> str:
    """Why a column cannot be judged; empty where it can."""
    undefined = [cell.dataset for cell in cells if not defined(cell)]
    if undefined:
        return f"undefined on {', '.join(undefined)}"
    if len(cells) < LEAST:
        return f"made in another environment on {len(cells)} datasets; statistics need {LEAST}"
    if null is None:
        return f"no null is stored beside the reference; {MEASURE}"
    if null.records != records:
        return f"the stored null was measured from other records; {MEASURE} again"
    unknown = [cell.dataset for cell in cells if cell.dataset not in spreads]
    if unknown:
        return f"the stored null has no spread over seeds of {', '.join(unknown)}"
    return ""


def _tested(
    key: Key, cells: tuple[Cell, ...], spreads: Mapping[str, Spread], columns: int
) -> Column:
    """`columns`: how many this check tests."""
    change = _change(cells)
    differences = [cell.difference for cell in cells]
    known = [spreads[cell.dataset] for cell in cells]
    margin = float(
        margins([s.std for s in known], [s.runs for s in known], [c.runs for c in cells], columns)
    )
    p = float(p_values(differences))
    fell = bool(fires(differences, margin))
    allowed = "more than" if -change > margin else "within"
    return Column(
        title=key.title,
        metric=key.metric,
        cells=cells,
        outcome=Outcome.REGRESSION if fell else Outcome.PASS,
        reason=f"macro mean {change:+.2f} points, {allowed} the margin of {margin:.2f}; "
        f"p {'<' if p < LEVEL else '≥'} {LEVEL:g} ({p:.2g}) over {len(cells)} datasets",
        change=change,
        margin=margin,
        p=p,
    )
