"""Which configurations a search tries next: a function of space, seed, number and scores so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from iunet.declare.space import Config, Parameter, Space, Value

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

BATCH = 16
"""So many configurations are drawn at a time and train together."""


@dataclass(frozen=True)
class Told:
    """A finished trial as the sampler sees it: its score is None where it failed."""

    config: Config
    score: float | None


def next_configs(
    space: Space, seed: int, told: Sequence[Told], count: int
) -> list[dict[str, Value]]:
    """The configurations of the trials that follow those told.

    A study is made anew for each call, with a seed of its own, so a search that was killed goes on
    with the same configurations as one that was not.

    Args:
        told: all trials before, in order.
        count: how many are drawn, none of which sees the scores of the others.

    Source: the tree-structured Parzen estimator (Bergstra et al. 2011) of Optuna.
    """
    study, known = _study(seed, len(told)), {p.name: _distribution(p) for p in space.parameters}
    for one in told:
        study.add_trial(_finished(known, one))
    return [space.drawn(_Drawn(study.ask())) for _ in range(count)]


@dataclass(frozen=True)
class _Drawn:
    trial: Trial

    def choice(self, name: str, values: tuple[Value, ...]) -> Value:
        chosen = self.trial.suggest_categorical(name, values)
        return next(value for value in values if value == chosen)

    def real(self, name: str, low: float, high: float, *, log: bool) -> float:
        return self.trial.suggest_float(name, low, high, log=log)

    def integer(self, name: str, low: int, high: int, *, log: bool) -> int:
        return self.trial.suggest_int(name, low, high, log=log)


def _study(seed: int, number: int) -> Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    digest = sha256(f"{seed}/{number}".encode()).digest()
    sampler = optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4], "big"))
    return optuna.create_study(direction="maximize", sampler=sampler)


def _finished(known: Mapping[str, BaseDistribution], one: Told) -> FrozenTrial:
    from optuna.trial import TrialState, create_trial

    found = {name: known[name] for name in one.config}
    state = TrialState.FAIL if one.score is None else TrialState.COMPLETE
    return create_trial(state=state, params=dict(one.config), distributions=found, value=one.score)


def _distribution(parameter: Parameter) -> BaseDistribution:
    from optuna import distributions

    if parameter.values:
        return distributions.CategoricalDistribution(parameter.values)
    if parameter.integer:
        return distributions.IntDistribution(int(parameter.low), int(parameter.high), parameter.log)
    return distributions.FloatDistribution(parameter.low, parameter.high, parameter.log)
