"""Two pieces of work timed in turn, so that a noisy machine meets both alike."""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple


class Medians(NamedTuple):
    """Milliseconds of each."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """Below 1 where ours is faster."""
        return self.ours / self.theirs


def milliseconds_of(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - began)


def medians_in_turn(
    benchmark, ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> Medians:
    """Medians over the rounds, one round more warming up."""
    taken: list[tuple[float, float]] = []

    def turn() -> None:
        taken.append((milliseconds_of(ours), milliseconds_of(theirs)))

    benchmark.pedantic(turn, rounds=rounds, warmup_rounds=1)
    found = Medians(*(median(column) for column in zip(*taken[1:], strict=True)))
    benchmark.extra_info |= {"ours_ms": found.ours, "theirs_ms": found.theirs}
    return found
