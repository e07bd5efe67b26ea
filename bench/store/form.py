"""What the parts of a record's file have to be, and the first that is not."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from iunet.measure.metrics import is_confusion

LONGEST, DEEPEST, MOST = 1000, 16, 2**63 - 1
"""Characters of a text in a record, levels of its settings, and its largest number."""

COUNTS = ("total_weights", "kept_weights")
FILE_NAME = re.compile(r"[^./\\][^/\\]{0,99}")

Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Form:
    """What the parts of an object have to be.

    Args:
        required, optional: a test of a part, or its form, by name.
        others: a test of all other parts; None where there may be none.
    """

    required: Mapping[str, Test | Form] = field(default_factory=dict)
    optional: Mapping[str, Test | Form] = field(default_factory=dict)
    others: Test | None = None


def misfit(value: Any, form: Test | Form) -> str | None:
    """The first part of a value that is not of this form, by its dotted name, and what it is."""
    if not isinstance(form, Form):
        return None if form(value) else f" is {reprlib.repr(value)}"
    if not isinstance(value, dict):
        return f" is {reprlib.repr(value)}, not an object"
    named = {**form.required, **form.optional}
    for name, inner in named.items():
        if name not in value and name in form.required:
            return f".{name} is missing"
        if name in value and (wrong := misfit(value[name], inner)):
            return f".{name}{wrong}"
    others = {name: part for name, part in value.items() if name not in named}
    return _misfit_of_others(others, form.others)


def _misfit_of_others(parts: Mapping[Any, Any], test: Test | None) -> str | None:
    if not parts or (test and _are_names(tuple(parts)) and all(map(test, parts.values()))):
        return None
    for name, part in parts.items():
        known = reprlib.repr(name)[1:-1]
        if not (test and _is_text(name)):
            return f".{known} is no name"
        if not test(part):
            return f".{known} is {reprlib.repr(part)}"
    return None


def _is_whole(value: Any) -> bool:
    return type(value) is int and -MOST <= value <= MOST


def _is_number(value: Any) -> bool:
    return math.isfinite(value) if type(value) is float else _is_whole(value)


def _is_cost(value: Any) -> bool:
    return value is None or (_is_number(value) and value >= 0)


def _is_text(value: Any) -> bool:
    return type(value) is str and len(value) <= LONGEST and value.isprintable()


@lru_cache(maxsize=1024)
def _are_names(names: tuple[object, ...]) -> bool:
    """Whether parts may be called so; most records have the same names."""
    return all(map(_is_text, names))


def _is_file_name(value: Any) -> bool:
    return _is_text(value) and FILE_NAME.fullmatch(value) is not None


def _is_scalar(value: Any) -> bool:
    if type(value) is float:  # as most are
        return math.isfinite(value)
    return value is None or type(value) is bool or _is_number(value) or _is_text(value)


def _is_nested(value: Any, levels: int = DEEPEST) -> bool:
    """Whether this is a scalar, or an object or a list of such, at most so many levels deep."""
    kind = type(value)
    if kind is dict:
        return all(map(_is_text, value)) and _is_nested([*value.values()], levels)
    if kind is not list:
        return _is_scalar(value)
    return levels > 0 and all(_is_nested(part, levels - 1) for part in value)


RUN_FORM: Mapping[str, Test | Form] = {
    **dict.fromkeys(("dataset", "net", "method"), _is_file_name),
    **dict.fromkeys(("protocol", "budget", "run_id"), _is_text),
    "point": Form(others=_is_number),
    "seed": _is_whole,
}
RESULT = Form(
    required={
        "metrics": Form(others=lambda value: value is None or _is_number(value)),
        "facts": Form(optional=dict.fromkeys(COUNTS, _is_cost), others=_is_scalar),
        "fingerprints": Form(others=_is_scalar),
    },
    optional={"trace": lambda value: isinstance(value, list), "confusion": is_confusion},
    others=_is_nested,
)
PROVENANCE = Form(
    required=dict.fromkeys(("data_digest", "environment"), _is_text),
    optional={
        "versions": Form(others=_is_text),
        "data_notes": lambda value: isinstance(value, list) and all(map(_is_text, value)),
        "threads": _is_whole,
    },
    others=_is_nested,
)
RECORD = Form(
    {
        **RUN_FORM,
        **dict.fromkeys(("version", "data_revision", "revision"), _is_whole),
        **dict.fromkeys(("data", "settings"), lambda value: isinstance(value, dict)),
        "result": RESULT,
        "cost": Form(optional={"seconds": Form(others=_is_cost)}, others=_is_cost),
        "provenance": PROVENANCE,
    }
)
WORK = Form(dict.fromkeys(("data", "settings"), Form(others=_is_nested)), others=_is_scalar)
"""An identity, the seed aside."""
FAILURE = Form(
    {
        **RUN_FORM,
        "reason": lambda value: isinstance(value, str) and len(value.splitlines()) < 2,
        "traceback": lambda value: isinstance(value, str),
    }
)
