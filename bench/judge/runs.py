"""What collecting needs to know of plan and store: the runs of a cell, and what each measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from iunet.declare.point import Point


class Planned(Protocol):
    """One run a cell is made of."""

    @property
    def point(self) -> Point:
        """Its point of the grid."""

    @property
    def seed(self) -> int:
        """Its seed."""

    @property
    def run_id(self) -> str:
        """Its identity."""


@dataclass(frozen=True)
class Measured:
    """What one finished run measured, as fractions.

    Args:
        run_id: its identity.
        test: test metrics, numeric facts and costs by name.
        valid: validation metrics by name.
        environment: digest of the environment it was made in.
        device: "cpu", "cuda", ...
        source: where the record was read: "own" or "shipped".
        diverged: whether its loss was not finite in the end.
        data_digest: of the data it was made from.
    """

    run_id: str
    test: Mapping[str, float]
    valid: Mapping[str, float]
    environment: str
    device: str
    source: str
    diverged: bool = False
    data_digest: str = ""

    @property
    def one_class(self) -> bool:
        """Whether it predicts a single class for every test row."""
        return self.test.get("top_class_share") == 1.0


class Runs(Protocol):
    """Plan and store as collecting sees them."""

    def planned(self, dataset: str, net: str, method: str, at: Point) -> Sequence[Planned]:
        """Every run of a cell: the grid in declared order, as far as it is not fixed by `at`,
        every seed of each point."""

    def measured(self, run_id: str) -> Measured | None:
        """What the run measured, or None where it is not made yet."""

    def obstacle(self, run_id: str) -> str | None:
        """Why there is no result, in one line: it failed or its record is refused; else None."""
