"""Progress of the runs: a bar on a terminal or plain lines; and stopping them by a signal."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

from bench.render.text import duration

LINE_SECONDS = 30.0
"""Plain lines come at most so often."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Clock:
    """Seconds left, from the estimate at first and from the pace as soon as there is one."""

    def __init__(self, total: float, now: Callable[[], float] = time.monotonic) -> None:
        self.total = max(total, 1e-9)
        self._now = now
        self._start = now()
        self._before = 0.0
        self._share = 0.0
        self._fraction = 0.0

    def next_cohort(self, share: float) -> None:
        """The last cohort is done; this one has `share` estimated seconds."""
        self._before += self._share
        self._share, self._fraction = share, 0.0

    def within(self, fraction: float) -> None:
        """So much of the cohort is done."""
        self._fraction = min(max(fraction, self._fraction), 1.0)

    @property
    def done(self) -> float:
        """Share of all work that is done, in [0, 1]."""
        return min((self._before + self._share * self._fraction) / self.total, 1.0)

    def left(self) -> float:
        """Estimated seconds until everything is done."""
        spent = self._now() - self._start
        if self.done < 0.02:
            return max(self.total * (1 - self.done) - spent, 0.0)
        return spent * (1 - self.done) / self.done


class Lines:
    """Plain lines, for logs and pipes; none where there is no `out`."""

    def __init__(self, out: IO[str] | None, every: float = LINE_SECONDS) -> None:
        self._out = out
        self._every = every
        self._clock = Clock(1.0)
        self._title = ""
        self._last = 0.0
        self._lock = threading.Lock()

    def begin(self, total: float) -> None:
        """Work starts; `total` is its estimated seconds."""
        self._clock = Clock(total)

    def cohort(self, title: str, share: float) -> None:
        """A cohort starts; `share` is its estimated seconds."""
        self._clock.next_cohort(share)
        self._title = title
        self._last = time.monotonic()
        self.say(f"{title} (about {duration(self._clock.left())} left in all)")

    def within(self, fraction: float, what: str) -> None:
        """So much of the cohort is done; called from any thread."""
        with self._lock:
            self._clock.within(fraction)
            if time.monotonic() - self._last < self._every:
                return
            self._last = time.monotonic()
        left = duration(self._clock.left())
        self.say(f"{self._title}: {fraction:.0%}, {what}; about {left} left in all")

    def say(self, line: str) -> None:
        """Something a user should read."""
        if self._out is not None:
            self._out.write(f"{line}\n")
            self._out.flush()

    def end(self) -> None:
        """Work is over; a line has nothing to take away."""


class Bar:
    """One moving bar for everything, on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:.0f}%"),
            TextColumn("{task.fields[left]} left"),
        )
        console = Console(stderr=True, highlight=False)
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task("", total=1.0, left="?")
        self._clock = Clock(1.0)
        self._title = ""

    def begin(self, total: float) -> None:
        """Show the bar."""
        self._clock = Clock(total)
        self._bar.start()

    def cohort(self, title: str, share: float) -> None:
        """Put the cohort's name before the bar."""
        self._clock.next_cohort(share)
        self._title = title
        self._show("")

    def within(self, fraction: float, what: str) -> None:
        """Move the bar."""
        self._clock.within(fraction)
        self._show(what)

    def say(self, line: str) -> None:
        """A line above the bar."""
        self._bar.console.print(line, markup=False)

    def end(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def _show(self, what: str) -> None:
        left = duration(self._clock.left())
        title = f"{self._title} ({what})" if what else self._title
        self._bar.update(self._task, description=title, completed=self._clock.done, left=left)


Reporter = Lines | Bar
"""What the executor tells how far the runs are."""


def reporter_for(out: IO[str]) -> Reporter:
    """A bar where `out` is a terminal, plain lines elsewhere."""
    return Bar() if out.isatty() else Lines(out)


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
