"""The steps between two protocols: which settings change together, each in one step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.declared.toml import read_declared, strict
from bench.errors import BenchError
from iunet.declare.net import Kind

FILE = Path(__file__).with_name("steps.toml")

VISION = "vision."
"""Begins the names of settings of the vision half; those of the tabular half have no prefix."""


@strict
@dataclass(frozen=True)
class Step:
    """Settings that change together.

    Args:
        key: its name on the command line and in tables.
        title: what changes, in a few words.
        fields: names of settings without their half; a name stands for everything below it.
        scored: False where no score depends on them, so that there is nothing to run.
    """

    key: str
    title: str
    fields: tuple[str, ...]
    scored: bool = True

    def has(self, setting: str) -> bool:
        """Whether a setting, named with its half, is in this step."""
        name = setting.removeprefix(VISION)
        return any(name == field or name.startswith(f"{field}.") for field in self.fields)


@strict
@dataclass(frozen=True)
class DeclaredSteps:
    """Everything the file says.

    Args:
        datasets, methods: what is bridged where nobody says.
        metrics: what effects are measured by, by what a dataset has; the first is shown first.
        step: the steps in the order of the tables.
    """

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    metrics: dict[Kind, tuple[str, ...]]
    step: tuple[Step, ...]

    def step_of(self, setting: str) -> Step:
        """The step a setting, named with its half, is in.

        Raises:
            BenchError: it is in none, or in several.
        """
        found = [step for step in self.step if step.has(setting)]
        if len(found) != 1:
            where = f"steps {' and '.join(step.key for step in found)}" if found else "no step"
            raise BenchError(
                f"{setting} is in {where} of the bridge; put it into exactly one in {FILE.name}"
            )
        return found[0]

    def sorted(self, settings: Iterable[str]) -> dict[Step, tuple[str, ...]]:
        """The settings by step, both in declared order.

        Raises:
            BenchError: a setting that is not in exactly one step.
        """
        owner = {setting: self.step_of(setting) for setting in settings}
        steps = [step for step in self.step if step in owner.values()]
        return {step: tuple(s for s, own in owner.items() if own is step) for step in steps}


def read_steps(path: Path = FILE) -> DeclaredSteps:
    """The steps of a file; those that come along unless one is named.

    Raises:
        BenchError: the file is not what it should be.
    """
    return read_declared(DeclaredSteps, path)
