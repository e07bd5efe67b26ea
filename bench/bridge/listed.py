"""Effects in long form for CSV and --json: one line a row, column and metric, in points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.bridge.asked import Asked
from bench.bridge.effects import Bridged, unknown
from bench.bridge.fields import Pair, value_text
from bench.bridge.legs import Column
from bench.bridge.lines import Effect, Line
from bench.render.files import Long


def rows_of(found: Sequence[Bridged]) -> list[Long]:
    """Every effect."""
    return [
        row
        for one in found
        for line in one.lines
        for row in (
            *(_row(one, line, *pair) for pair in line.effects.items()),
            *(_mean_row(one, line, *pair) for pair in line.means.items()),
        )
    ]


def as_json(found: Sequence[Bridged], asked: Asked) -> dict[str, Any]:
    """Everything, with the settings each step changes and what is missing."""
    there, back = asked.legs
    return {
        "from": there.base.protocol.key,
        "to": back.base.protocol.key,
        "budget": asked.budget.key,
        "steps": [
            {
                "from": leg.base.protocol.key,
                "step": stop.key,
                "title": stop.title,
                "settings": {name: _values(pair) for name, pair in stop.changes.items()},
                "note": stop.note,
            }
            for leg in asked.legs
            for stop, _ in leg.stops
        ],
        "effects": rows_of(found),
        "missing": [
            {"column": column.title, "row": key, "why": why.reason, "command": why.command}
            for (column, key), why in unknown(found).items()
        ],
    }


def _digits(p: float | None) -> float | None:
    return None if p is None else float(f"{p:.6g}")


def _values(pair: Pair) -> list[str]:
    return [value_text(value) for value in pair]


def _mean_row(one: Bridged, line: Line, column: Column, effect: Effect) -> Long:
    """A mean over datasets: of none of them, and not paired by seeds."""
    row = _row(one, line, column, effect)
    return {**row, "dataset": "", "interval_over": "datasets", "paired": None}


def _row(one: Bridged, line: Line, column: Column, effect: Effect) -> Long:
    estimate = effect.estimate
    half = estimate.half if estimate else None
    return {
        "from": one.leg.base.protocol.key,
        "towards": one.leg.towards.key,
        "what": line.what,
        "row": line.key,
        "dataset": column.dataset,
        "method": column.method_key,
        "metric": one.metric,
        "interval_over": "seeds",
        "value": round(estimate.value, 6) if estimate else None,
        "low": round(estimate.value - half, 6) if estimate and half is not None else None,
        "high": round(estimate.value + half, 6) if estimate and half is not None else None,
        "p": _digits(effect.p if line.what != "base" else None),
        "p_holm": _digits(effect.adjusted),
        "leaves_out_0": int(estimate.clear) if estimate and line.what != "base" else None,
        "paired": int(effect.paired) if estimate else None,
        "same_runs": int(effect.same),
        "shares_runs": int(effect.shares),
        "runs": len(effect.runs),
        "not_finite": sum(run.diverged for run in effect.runs),
        "devices": " ".join(sorted({run.device for run in effect.runs})),
        "environments": " ".join(sorted({run.environment for run in effect.runs})),
        "reason": effect.refusal.reason if effect.refusal else "",
    }
