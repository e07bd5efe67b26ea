"""A method whose settings are searched, and one search with all that decides what it tries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from iunet.declare.contract import Learner
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
        base: its settings before a configuration is chosen.
        trials: how many configurations are tried.
        score: the validation score that chooses.
        seed: of the sequence of configurations and of the training of every trial.
    """

    method: Tuned
    base: Chain | Learner
    trials: int
    score: Score
    seed: int

    def configured(self, config: Config) -> Chain | Learner:
        """What is fitted under a configuration.

        Raises:
            ValueError: its values cannot be together.
        """
        if isinstance(self.base, Chain):
            assert self.method.configure is not None
            return self.method.configure(self.base, config)
        return replace(self.base, settings={**self.base.settings, **config})

    def settings(self, plain: Callable[[Any], Any]) -> Mapping[str, Any]:
        """What decides the result, for the run id; `plain` turns settings into JSON types."""
        return {
            "search": {
                "space": plain(self.method.space.parameters),
                "trials": self.trials,
                "score": self.score,
                "seed": self.seed,
            },
            "base": plain(self.base.settings if isinstance(self.base, Learner) else self.base),
            "base_revision": self.method.of.revision,
        }
