"""A method whose settings are searched, and one search with all that decides what it tries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from iunet.declare.contract import Fact, Learner
from iunet.declare.recipe import Recipe
from iunet.declare.settings import Chain, Score
from iunet.declare.space import Config, Space

Configure = Callable[[Chain, Config], Chain]


@dataclass(frozen=True)
class Tuned:
    """A method tuned on the validation rows of each dataset.

    Args:
        key: the name in tables and on the command line.
        of: what is tuned. The names of a learner's space are those of its settings.
        space: what can be chosen.
        configure: the settings of a network with a configuration; None for a learner.
        revision: raised when the computation changes.
    """

    key: str
    of: Recipe | Learner
    space: Space
    configure: Configure | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.of, Recipe) and self.configure is None:
            raise ValueError(f"method {self.key!r} tunes a network and does not say how")
        if isinstance(self.of, Learner):
            for parameter in self.space.parameters:
                if parameter.name not in self.of.settings:
                    known = ", ".join(self.of.settings)
                    raise ValueError(
                        f"space {self.space.key!r} names {parameter.name!r}; "
                        f"the settings of {self.of.key!r} are: {known}"
                    )


@dataclass(frozen=True)
class Search:
    """One search on one dataset.

    Args:
        method: what is tuned.
        base: the settings that the chosen configuration completes.
        tried: the same for trials, which may have fewer epochs.
        trials: how many configurations are tried.
        score: the validation score that chooses.
        seed: of the sequence of configurations and of the training of every trial.
        refit: whether what is chosen is fitted on training and validation rows together.
    """

    method: Tuned
    base: Chain | Learner
    tried: Chain | Learner
    trials: int
    score: Score
    seed: int
    refit: bool = False

    def trial(self, config: Config) -> Chain | Learner:
        """What is fitted to learn what a configuration is worth.

        Raises:
            ValueError: its values cannot be together.
        """
        return self._with(self.tried, config)

    def winner(self, config: Config, facts: Mapping[str, Fact]) -> Chain | Learner:
        """What is fitted under the chosen configuration.

        Args:
            facts: of the trial that was chosen. Without validation rows nothing stops a fit early,
                so a learner reads there when to stop.
        """
        chosen = self._with(self.base, config)
        if self.refit and isinstance(chosen, Learner) and chosen.refit is not None:
            return replace(chosen, settings={**chosen.settings, **chosen.refit(facts)})
        return chosen

    def _with(self, base: Chain | Learner, config: Config) -> Chain | Learner:
        if isinstance(base, Chain):
            assert self.method.configure is not None
            return self.method.configure(base, config)
        return replace(base, settings={**base.settings, **config})

    def settings(self, json_types: Callable[[Any], Any]) -> Mapping[str, Any]:
        """What decides the result, for the run id; `json_types` turns settings into JSON types."""
        found = self.trial_settings(json_types)
        search = {**found["search"], "trials": self.trials}
        if self.tried != self.base:
            search["base"] = found["base"]
        if self.refit:
            search["refit"] = True
        return {**found, "search": search, "base": _settings(self.base, json_types)}

    def trial_settings(self, json_types: Callable[[Any], Any]) -> Mapping[str, Any]:
        """What decides a trial's result; the number of trials and the refit do not."""
        return {
            "search": {
                "space": json_types(self.method.space.parameters),
                "score": self.score,
                "seed": self.seed,
            },
            "base": _settings(self.tried, json_types),
            "base_revision": self.method.of.revision,
        }


def _settings(base: Chain | Learner, json_types: Callable[[Any], Any]) -> Any:
    return json_types(base.settings if isinstance(base, Learner) else base)
