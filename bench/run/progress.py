"""Progress of the runs: a bar on a terminal or plain lines; and stopping them by a signal."""

from __future__ import annotations

import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

from bench.render.text import duration, plain

LINE_SECONDS = 30.0
"""Plain lines come at most so often."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Reporter(ABC):
    """Tells a user how far the runs are, and about how long they still take.

    The time left follows the estimate at first, and the pace as soon as there is one.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._title = ""
        self.begin(1.0)

    def begin(self, total: float) -> None:
        """Work starts; `total` is its estimated seconds."""
        self._total, self._start = max(total, 1e-9), self._now()
        self._before = self._share = self._fraction = 0.0

    def cohort(self, title: str, share: float) -> None:
        """The last cohort is done and the next one starts; `share` is its estimated seconds."""
        with self._lock:
            self._before += self._share
            self._title, self._share, self._fraction = title, share, 0.0
            self._show("")

    def within(self, fraction: float, what: str) -> None:
        """So much of the cohort is done; called from any thread."""
        with self._lock:
            self._fraction = min(max(fraction, self._fraction), 1.0)
            self._show(what)

    @property
    def done(self) -> float:
        """Share of all work that is done, in [0, 1]."""
        return min((self._before + self._share * self._fraction) / self._total, 1.0)

    @property
    def left(self) -> float:
        """Estimated seconds until everything is done."""
        spent = self._now() - self._start
        if self.done < 0.02:
            return max(self._total * (1 - self.done) - spent, 0.0)
        return spent * (1 - self.done) / self.done

    @abstractmethod
    def say(self, line: str) -> None:
        """Something a user should read."""

    @abstractmethod
    def end(self) -> None:
        """Work is over."""

    @abstractmethod
    def _show(self, what: str) -> None:
        """What of the cohort runs; empty at its start."""


class LineReporter(Reporter):
    """Plain lines, for logs and pipes; none where there is no `out`."""

    def __init__(self, out: IO[str] | None, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(now)
        self._out = out
        self._last = 0.0

    def say(self, line: str) -> None:
        """A line."""
        if self._out is not None:
            self._out.write(f"{plain(line)}\n")
            self._out.flush()

    def end(self) -> None:
        """A line has nothing to take away."""

    def _show(self, what: str) -> None:
        if what and self._now() - self._last < LINE_SECONDS:
            return
        self._last = self._now()
        left = f"about {duration(self.left)} left in all"
        share = f"{self._fraction:.0%}"
        self.say(f"{self._title}: {share}, {what}; {left}" if what else f"{self._title} ({left})")


class BarReporter(Reporter):
    """One moving bar for everything, on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        super().__init__()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:.0f}%"),
            TextColumn("{task.fields[left]} left"),
        )
        console = Console(stderr=True, highlight=False)
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task("", total=1.0, left="?")

    def say(self, line: str) -> None:
        """A line above the bar."""
        self._bar.console.print(plain(line), markup=False)

    def end(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def _show(self, what: str) -> None:
        self._bar.start()  # does nothing where the bar is there already
        title = plain(f"{self._title} ({what})" if what else self._title)
        self._bar.update(
            self._task, description=title, completed=self.done, left=duration(self.left)
        )


def reporter_for(out: IO[str] | None) -> Reporter:
    """A bar where `out` is a terminal, plain lines elsewhere; nothing where there is no `out`."""
    return BarReporter() if out and out.isatty() else LineReporter(out)


@contextmanager
def stoppable(say: Callable[[str], None]) -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; their usual handlers are back after the block.

    The first signal asks to stop after the running epoch or fit, the second stops at once.

    Raises:
        KeyboardInterrupt: at the second signal.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        with suppress(RuntimeError):  # the signal came while a line was being written
            say("stopping when the running epoch or fit ends; once more to stop at once")

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
