"""Ctrl-C and SIGTERM: the first asks to stop after the epoch or fit, the second stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable(say: Callable[[str], None]) -> Iterator[threading.Event]:
    """An event that the signals set; their usual handlers are back after the block.

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
