"""Pieces of work timed in turn, so that a noisy machine meets all alike."""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple


class Times(NamedTuple):
    """Milliseconds of a call on the clock, and of all processors together."""

    passed: float
    used: float

    def over(self, other: "Times") -> str:
        """The ratio on the clock, and that of processor time in brackets."""
        return f"{self.passed / other.passed:.2f} ({self.used / other.used:.2f})"


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


def times_in_turn(benchmark, works: dict[str, Callable[[], object]], rounds: int) -> list[Times]:
    """Medians of each over the rounds, one round more warming up."""
    taken: list[list[Times]] = []

    def turn() -> None:
        taken.append([_times_of(work) for work in works.values()])

    benchmark.pedantic(turn, rounds=rounds, warmup_rounds=1)
    columns = zip(*taken[1:], strict=True)
    found = [Times(*(median(part) for part in zip(*column, strict=True))) for column in columns]
    for name, times in zip(works, found, strict=True):
        benchmark.extra_info |= {f"{name}_ms": times.passed, f"{name}_processor_ms": times.used}
    return found


def medians_in_turn(
    benchmark, ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> Medians:
    """Medians of two, on the clock."""
    found = times_in_turn(benchmark, {"ours": ours, "theirs": theirs}, rounds)
    return Medians(*(times.passed for times in found))


def _times_of(work: Callable[[], object]) -> Times:
    used = time.process_time()
    passed = milliseconds_of(work)
    return Times(passed, 1e3 * (time.process_time() - used))
