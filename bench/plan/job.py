"""A job: one run that a table or a selection asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.datasets.preparation import Preparation
from iunet.declare.contract import Learner
from iunet.declare.point import Point
from iunet.declare.settings import Chain
from iunet.declare.tuned import Search

Work = Chain | Learner | Search
"""What a job executes."""

NO_NET = "-"
"""The net of a method that is not a network of ours."""


@dataclass(frozen=True)
class Job:
    """One run, fully resolved. Two jobs with one run id are the same run.

    Args:
        dataset, net, method: keys; net is "-" for a method that is not a network of ours.
        point: setting of the method's grid, empty where there is none.
        protocol, budget: the names it was planned under; not part of the id.
        seed: of every random stream of the run.
        run_id: see bench.plan.identity.
        identity: what the id is made of, JSON types only.
        work: what is executed, settings of a network run, a learner, or a search for either.
        preparation: how its data is split and encoded.
    """

    dataset: str
    net: str
    method: str
    point: Point
    protocol: str
    budget: str
    seed: int
    run_id: str
    identity: Mapping[str, Any] = field(repr=False, compare=False)
    work: Work = field(repr=False, compare=False)
    preparation: Preparation = field(repr=False, compare=False)

    @property
    def base(self) -> Chain | Learner:
        """What is fitted; of a search, before it has chosen."""
        return self.work.base if isinstance(self.work, Search) else self.work

    @property
    def settings(self) -> Mapping[str, Any]:
        """The resolved settings of the stages this run has."""
        settings: Mapping[str, Any] = self.identity["settings"]
        return settings

    @property
    def data(self) -> Mapping[str, Any]:
        """How the data is split and encoded, as it enters the id."""
        data: Mapping[str, Any] = self.identity["data"]
        return data

    @property
    def title(self) -> str:
        """For messages: vehicle mlp-tab beta-lasso l1=1e-05 seed 42."""
        point = [f"{name}={value:g}" for name, value in self.point]
        net = [] if self.net == NO_NET else [self.net]
        return " ".join([self.dataset, *net, self.method, *point, f"seed {self.seed}"])
