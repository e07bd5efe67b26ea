"""The contract between a method and the harness: what fitting takes and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from iunet.declare.data import FitData, Floats

Fact = float | int | str


class MethodFailed(Exception):
    """A run that ended without a usable result, such as a loss that is not finite."""


class UnknownKey(Exception):
    """A name nobody declared; the message lists the known ones."""


def closest_first(name: str, known: Iterable[str], close: int = 3) -> str:
    """The known names in one text; those that a mistyped name is closest to come first."""
    from difflib import SequenceMatcher

    def likeness(key: str) -> float:
        ends = (key, key[: len(name) + 1]) if len(name) > 2 else (key,)
        return max(SequenceMatcher(None, name.lower(), end.lower()).ratio() for end in ends)

    every = list(dict.fromkeys(known))
    ranked = sorted((key for key in every if likeness(key) > 0.6), key=likeness, reverse=True)
    return ", ".join(dict.fromkeys([*ranked[:close], *every]))


class Predictor(Protocol):
    """A fitted method."""

    def scores(self, x: Floats) -> Floats:
        """Class scores [N, K] of encoded rows x [N, D]; the predicted class is the argmax."""
        ...


@dataclass(frozen=True)
class Fitted:
    """What a fit gives back.

    Args:
        predictor: predicts as the protocol reports it (epoch and ensemble already chosen).
        facts: measured on the way, by name: kept_weights, total_weights, first_loss, mask_hash, ...
        trace: one row per epoch of the reported stage.
        seconds: wall time by stage name.
        drawings: small arrays for figures, by name: `first_layer` uint8 [U, D], |weights| of units
            of the first layer in 255ths of the largest; `histogram` [E + 1, 32], how many |weights|
            of that layer fall into each bin before training and after each epoch of pre-training,
            and its `histogram_edges` [33].
    """

    predictor: Predictor
    facts: Mapping[str, Fact] = field(default_factory=dict)
    trace: Sequence[Mapping[str, float]] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    drawings: Mapping[str, NDArray[Any]] = field(default_factory=dict)


FitFunction = Callable[["FitData", Mapping[str, Any], int, str], Fitted]


@dataclass(frozen=True)
class Learner:
    """A method that is not a network of ours, such as gradient-boosted trees.

    Args:
        key: the name in tables and on the command line.
        fit: (data, settings, seed, device) -> Fitted; imports its library inside.
        settings: fixed and documented, JSON values only; part of the run id.
        revision: raised when the computation changes.
        libraries: import names whose versions move the scores, for provenance.
        refit: settings of a fit on training and validation rows, without early stopping, from the
            facts of the fit that the validation rows stopped; None where nothing stops early.
        in_threads: whether fits can run side by side in one process, each in a thread of its own.
    """

    key: str
    fit: FitFunction
    settings: Mapping[str, Any]
    revision: int = 1
    libraries: tuple[str, ...] = ()
    refit: Callable[[Mapping[str, Fact]], Mapping[str, Any]] | None = None
    in_threads: bool = False
