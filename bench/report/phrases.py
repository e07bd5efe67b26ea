"""How numbers and names are written on the page: the filters of its templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from bench.audit.finding import likely
from bench.render.sheet import MARKS, Sheet, legend_of
from bench.render.text import counted, measured_duration
from bench.report.drawn import Figure
from bench.report.markdown import inline_html
from bench.report.payload import caption
from bench.report.tally import name_of
from bench.report.views import with_minus

GIB = 1024


def css(state: str) -> str:
    """A state as the name of a class."""
    return state.replace(" ", "-")


def share(percent: float) -> str:
    """A width in percent."""
    return f"{percent:.2f}%"


def hours(value: float) -> str:
    """Hours, or minutes where there are few."""
    return f"{value:,.1f} hours" if value >= 1 else f"{60 * value:.1f} minutes"


def memory(mib: float | None) -> str:
    """`640 MiB`, `1.2 GiB`; a dash where nothing is known."""
    if mib is None:
        return "–"
    return f"{mib:.0f} MiB" if mib < GIB else f"{mib / GIB:.1f} GiB"


def count(value: float) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,.0f}"


def called_figure(figure: Figure) -> str:
    """What a reader calls a figure: Figure 2."""
    return re.sub(r"^figure(\d)", r"Figure \1", figure.key)


def first_up(text: str) -> str:
    """A phrase as it begins a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


def legend(sheet: Sheet) -> str:
    """What the marks of a table mean."""
    return legend_of(sheet, MARKS)


def filters() -> Mapping[str, Callable[..., object]]:
    """All of them by name."""
    return {
        "called": name_of,
        "called_figure": called_figure,
        "caption": caption,
        "count": count,
        "css": css,
        "duration": measured_duration,
        "first_up": first_up,
        "hours": hours,
        "inline": inline_html,
        "legend": legend,
        "likely": likely,
        "memory": memory,
        "minus": with_minus,
        "plural": partial(counted, form=","),
        "share": share,
        "zip": lambda one, other: list(zip(one, other, strict=True)),
    }
