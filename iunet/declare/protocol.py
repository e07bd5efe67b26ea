"""Protocols: files of settings: the text's, the released code's, or a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from iunet.declare.contract import UnknownKey, closest_first
from iunet.declare.net import Kind
from iunet.declare.settings import Consistency, Contrast, Cut, Score, Training
from iunet.declare.shared import Imprint, ShrinkGrid
from iunet.declare.vision import VisionProtocol
from iunet.declare.wrong import LARGE, SEEDS, check_range, first_wrong, read_toml

FOLDER = Path(__file__).parent.parent / "protocols"


@dataclass(frozen=True)
class TableSplit:
    """Stratified: first the test share of all rows, then the validation share of the rest."""

    test: float
    valid_of_rest: float
    seed: int

    def __post_init__(self) -> None:
        check_range(0, SEEDS, seed=self.seed)
        if not (0 < self.test < 1 and 0 < self.valid_of_rest < 1):
            raise ValueError(
                f"test and valid_of_rest are shares between 0 and 1, not {self.test:g} and "
                f"{self.valid_of_rest:g}"
            )


@dataclass(frozen=True)
class TablePreprocessing:
    """Numeric columns are imputed and standardised, fitted on the training rows.

    `categories`: "codes" numbers the spellings in order of appearance from 1, unscaled, missing 0;
    "one-hot" has a column for each spelling seen in training and one for missing, unknown is all 0.
    """

    categories: Literal["codes", "one-hot"]
    numeric_missing: Literal["zero", "median"]


@dataclass(frozen=True)
class SearchRules:
    """What happens around the search of a tuned method.

    Args:
        each_seed: a search for each seed of the protocol; otherwise one, under the first seed,
            serves them all.
        refit: what is chosen is fitted on training and validation rows together.
    """

    each_seed: bool = False
    refit: bool = False


@dataclass(frozen=True)
class TableProtocol:
    """Settings of the tabular half."""

    split: TableSplit
    preprocessing: TablePreprocessing
    init: Literal["kaiming-normal", "torch-default"]
    encoder_layers: int
    single_stage: Literal["pretrain", "finetune"]
    shrink_stage: Literal["pretrain", "finetune"]
    imprint: Imprint
    pretrain: Training
    contrast: Contrast
    cut: Cut
    finetune: Training
    shrink: ShrinkGrid
    consistency: Consistency
    select: Score
    search: SearchRules = field(default_factory=SearchRules)

    def __post_init__(self) -> None:
        check_range(0, LARGE, encoder_layers=self.encoder_layers)


HalfProtocol = TableProtocol | VisionProtocol
"""The half of a protocol that a dataset falls under."""


@dataclass(frozen=True)
class Protocol:
    """One complete set of settings.

    Args:
        key: the file's name without its ending.
        title: one line for captions.
        default: the one used where the user names none.
        seeds: of the runs, set before the network is built.
        table: settings of the tabular half.
        vision: settings of the vision half; they never reach the id of a tabular run.
    """

    key: str
    title: str
    seeds: tuple[int, ...]
    table: TableProtocol
    vision: VisionProtocol
    default: bool = False

    def __post_init__(self) -> None:
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds are at least one and distinct, not {list(self.seeds)}")
        for seed in self.seeds:
            check_range(0, SEEDS, seed=seed)

    def half(self, kind: Kind) -> HalfProtocol:
        """The settings for data of this kind."""
        return self.table if kind == "table" else self.vision


@cache
def shipped_protocols() -> dict[str, Protocol]:
    """The protocols that come with the package, by key, the default first."""
    found = [read_protocol(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {p.key: p for p in sorted(found, key=lambda p: (not p.default, p.key))}


def default_protocol() -> str:
    """Key of the protocol used where none is named."""
    return next(key for key, protocol in shipped_protocols().items() if protocol.default)


def find_protocol(name: str) -> Protocol:
    """The shipped protocol of this key, or the one in the file of this name (ending in .toml).

    Raises:
        UnknownKey: neither; the message lists the shipped ones.
        ProtocolError: the file cannot be read, or holds unknown or wrong settings.
    """
    if name in shipped_protocols():
        return shipped_protocols()[name]
    if name.endswith(".toml"):
        if Path(name).stem in shipped_protocols():
            raise ProtocolError(f"{name} has the name of a shipped protocol; rename the file")
        return read_protocol(Path(name))
    known = closest_first(name, shipped_protocols())
    raise UnknownKey(f"no protocol called {name!r}; known: {known}, or the path of a .toml file")


class ProtocolError(Exception):
    """A protocol file that cannot be read; the message names file, setting and what is allowed."""


def read_protocol(path: Path) -> Protocol:
    """Read a protocol file; unknown settings are refused."""
    return _checked(path, _with_base(path))


@dataclass(frozen=True)
class Changes:
    """The lines of a protocol file, to be put on top of any protocol.

    Args:
        path: the file.
        base: the protocol it names as its own; empty where it names none.
        lines: settings by name, nested as in the file.
    """

    path: Path
    base: str
    lines: Mapping[str, Any]

    def on(self, base: Protocol) -> Protocol:
        """The base with these lines changed, called like the file.

        Raises:
            ProtocolError: an unknown or wrong setting, or one that cannot be together with the
                base's others.
        """
        key = self.path.stem
        start = asdict(base) | {"title": f"{base.key} with {key}"}
        own = {"key": key, "default": False}
        return _checked(self.path, _merged(start, self.lines) | own)


def read_changes(path: Path) -> Changes:
    """The lines of a file; whether they are settings is seen when they are put on a protocol.

    Raises:
        ProtocolError: the file cannot be read or is not TOML.
    """
    lines = _readable(path)
    return Changes(path, str(lines.pop("base", "")), lines)


def _checked(path: Path, settings: dict[str, Any]) -> Protocol:
    """The protocol of these settings; an error names the file they come from."""
    from pydantic import TypeAdapter, ValidationError

    try:
        raw = _forbid_unknown(Protocol, settings, f"{path}: ")
        return TypeAdapter(Protocol).validate_python(raw)
    except ValidationError as error:
        raise ProtocolError(f"{path}: {first_wrong(error)}") from error


def _readable(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except ValueError as error:
        raise ProtocolError(f"{path}: {error}") from error


def _with_base(path: Path) -> dict[str, Any]:
    raw = _readable(path)
    base = raw.pop("base", None)
    if base is None:
        return {"key": path.stem, **raw}
    known = sorted(file.stem for file in FOLDER.glob("*.toml"))
    if base not in known:
        raise ProtocolError(
            f"{path}: base = {str(base)[:60]!r} is unknown; "
            f"known: {closest_first(str(base), known)}"
        )
    start = _with_base(FOLDER / f"{base}.toml") | {"default": False, "title": f"{base}, changed"}
    return _merged(start, raw) | {"key": path.stem}


def _merged(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(out.get(name), dict)
        out[name] = _merged(out[name], value) if both else value
    return out


def _forbid_unknown(kind: type, raw: dict[str, Any], where: str) -> dict[str, Any]:
    """Refuse names no dataclass declares: the standard dataclasses would drop them silently."""
    from dataclasses import fields, is_dataclass
    from typing import get_args, get_type_hints

    hints = get_type_hints(kind)
    known = {f.name for f in fields(kind)}
    for name, value in raw.items():
        if name not in known:
            raise ProtocolError(
                f"{where}no setting called {name[:60]!r}; known: "
                f"{closest_first(name, sorted(known))}"
            )
        for option in (hints[name], *get_args(hints[name])):
            if is_dataclass(option) and isinstance(option, type) and isinstance(value, dict):
                _forbid_unknown(option, value, f"{where}{name}: ")
    return raw
