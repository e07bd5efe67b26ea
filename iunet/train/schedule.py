"""The learning rate as a closed form of the epoch, and the epochs at which a cycle ends."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sqrt

from iunet.declare.settings import Optimiser, Schedule, Training


@dataclass(frozen=True)
class Phase:
    """Where an epoch stands: ticks into its cycle, and that cycle's length in ticks."""

    position: int
    length: int

    @property
    def factor(self) -> float:
        """(1 + cos(pi * position / length)) / 2, in [0, 1]."""
        return (1 + cos(pi * self.position / self.length)) / 2


def phase(schedule: Schedule, tick: int) -> Phase:
    """The cycle that a tick falls into."""
    length = schedule.first_cycle
    while tick >= length:
        tick -= length
        length *= schedule.multiplier
    return Phase(tick, length)


def learning_rate(training: Training, epoch: int) -> float:
    """The rate of an epoch, counted from 0."""
    if training.schedule.kind == "constant":
        return training.optimiser.learning_rate
    return training.optimiser.learning_rate * _phase_of(training.schedule, epoch).factor


def decay_rate(
    optimiser: Optimiser, schedule: Schedule, epoch: int, batch: int, batches: int
) -> float:
    """The weight decay of an epoch, still to be multiplied by the learning rate.

    Normalised: decay * factor * sqrt(batch / (batches * cycle length in ticks)), so it restarts
    with the rate and falls with the length of the cycle (Loshchilov and Hutter 2019, appendix B).
    """
    if optimiser.decay == "decoupled" or schedule.kind == "constant":
        return optimiser.weight_decay
    now = _phase_of(schedule, epoch)
    return optimiser.weight_decay * now.factor * sqrt(batch / (batches * now.length))


def ends_cycle(schedule: Schedule, epoch: int) -> bool:
    """Whether a cycle ends during this epoch, where a snapshot is taken."""
    if schedule.kind == "constant":
        return False
    first = epoch * schedule.ticks_per_epoch + schedule.offset
    ticks = range(first + 1, first + schedule.ticks_per_epoch + 1)
    return any(phase(schedule, tick).position == 0 for tick in ticks)


def _phase_of(schedule: Schedule, epoch: int) -> Phase:
    return phase(schedule, epoch * schedule.ticks_per_epoch + schedule.offset)
