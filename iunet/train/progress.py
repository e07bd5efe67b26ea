"""How training tells the outside where it stands, and how the outside stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from iunet.declare.settings import Training
from iunet.declare.sharing import batch_starts


class Interrupted(Exception):
    """Training was asked to stop; what was finished and the last checkpoint are kept."""


@dataclass(frozen=True)
class Progress:
    """Member-steps done and planned, and what runs now."""

    done: float
    total: float
    what: str


@dataclass
class Meter:
    """Counts member-steps over all stages of a cohort, from any thread."""

    total: float
    tell: Callable[[Progress], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    abandoned: threading.Event = field(default_factory=threading.Event)
    _done: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def stopping(self) -> bool:
        """Whether training should end: it was asked to, or nobody takes its results any more."""
        return self.stop.is_set() or self.abandoned.is_set()

    def add(self, steps: float, what: str) -> None:
        """Count finished member-steps and pass them on."""
        with self._lock:
            self._done += steps
            done = self._done
        if self.tell is not None:
            self.tell(Progress(done, self.total, what))

    def skip(self, training: Training, rows: int) -> None:
        """Count a whole stage that was found finished."""
        self.add(training.epochs * len(batch_starts(rows, training.batch)), "kept stage")
