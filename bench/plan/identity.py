"""The run id: a digest of everything that decides a result, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

ADDED: Mapping[str, Any] = {
    "settings.start.alpha": None,
    "settings.start.structure": None,
    "settings.pretrain.augment": None,
    "settings.finetune.augment": None,
    "settings.pretrain.contrast.passes_through": "network",
    "settings.pretrain.ensemble.validation": "with-snapshot",
    "settings.finetune.ensemble.validation": "with-snapshot",
    "settings.pretrain.report.top5": "pictures",
    "settings.finetune.report.top5": "pictures",
    "settings.consistency.donors": "train",
    "settings.pretrain.cocktail": None,
    "settings.finetune.cocktail": None,
}
"""Fields added after records existed: dotted path -> the value that those records had."""


def json_types(value: Any) -> Any:
    """The value in JSON types, the way it reads back from a file; whole floats become integers.

    Raises:
        TypeError: a value JSON has no word for.
    """
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, (list, tuple)):
        return [json_types(part) for part in value]
    if isinstance(value, (dict, Mapping)):
        return {str(name): json_types(part) for name, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: json_types(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot be part of a run's settings")


def canonical(value: Any) -> str:
    """One text for equal content: sorted names, no spaces, 8.0 written as 8.

    Raises:
        ValueError: a number that is not finite.
    """
    return _text(json_types(value))


def short_digest(value: Any) -> str:
    """16 hexadecimal digits of a value's canonical text."""
    return sha256(canonical(value).encode()).hexdigest()[:16]


def ids_by_seed(content: dict[str, Any], added: Mapping[str, Any] = ADDED) -> Callable[[int], str]:
    """The ids of runs that only their seeds tell apart; all else is written as text once.

    Args:
        content: what decides their results, by name, as `json_types` gives it: protocol, budget and
            titles act only through the settings, and a seed in it counts for nothing.
        added: fields that are left out where they have the value of old records.
    """
    for path, old in added.items():
        content = _without(content, path.split("."), json_types(old))
    before = _text({name: part for name, part in content.items() if name < "seed"})
    after = _text({name: part for name, part in content.items() if name > "seed"})

    def run_id_of(seed: int) -> str:
        text = f'{before[:-1]},"seed":{json_types(seed)},{after[1:]}'
        return sha256(text.encode()).hexdigest()[:16]

    return run_id_of


def _text(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _without(content: dict[str, Any], path: Sequence[str], old: Any) -> dict[str, Any]:
    """The content without the field at this path where it holds its old value."""
    name, *rest = path
    if name not in content:
        return content
    inner = content[name]
    if rest:
        kept = _without(inner, rest, old) if isinstance(inner, dict) else inner
        return content if kept is inner else {**content, name: kept}
    return content if inner != old else {k: v for k, v in content.items() if k != name}
