"""Counts the places at which a process writes below a folder, and lets it fail or die at one."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHANGES = frozenset(
    ["os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"]
)
"""Audit events, named by Python, that change a folder besides opening a file for writing."""

GROWS = frozenset(["open", "os.mkdir", "os.fsync", "os.link", "os.symlink"])
"""What needs room on the disk."""

SIGNALS = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "interrupt": signal.SIGINT}

ERRORS = {
    "full": (errno.ENOSPC, True),
    "failing": (errno.EIO, False),
    "denied": (errno.EACCES, True),
}
"""What the system says from a place on, and whether it goes on saying so."""

LIMITS = {"torn": signal.SIG_DFL, "limited": signal.SIG_IGN}
"""What becomes of a process that writes past its largest file: it dies within the write, or the
write is refused after a part was written."""

ACTS = (*SIGNALS, *ERRORS, *LIMITS)


@dataclass
class Points:
    """The places of one process; a place is where something below a folder is about to change.

    Args:
        folder: changes elsewhere do not count.
        at: the place, counted from 1, at which `act` happens; 0 only counts.
        act: one of ACTS.
        size: bytes that a file may have after a place of LIMITS.
    """

    folder: str
    at: int
    act: str
    size: int = 0
    count: int = 0

    def install(self) -> None:
        """From now on every change is a place, for the rest of this process."""
        sys.addaudithook(self._audit)
        if self.act in LIMITS:
            signal.signal(signal.SIGXFSZ, LIMITS[self.act])
        os.fsync = self._before("os.fsync", os.fsync)
        fcntl.flock = self._before("fcntl.flock", fcntl.flock)

    def _before(self, event: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(handle: Any, *rest: Any) -> Any:
            number = handle if isinstance(handle, int) else handle.fileno()
            path = Path(f"/proc/self/fd/{number}").readlink()
            if str(path).startswith(self.folder):
                self._place(event)
            return function(handle, *rest)

        return wrapped

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" and event not in CHANGES:
            return
        path = arguments[0]
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE):
            return
        within = event in ("os.remove", "os.rmdir") and arguments[1] != -1  # of a tree
        if within or (not isinstance(path, int) and os.fsdecode(path).startswith(self.folder)):
            self._place(event)

    def _place(self, event: str) -> None:
        self.count += 1
        if not self.at or self.count < self.at:
            return
        if self.act in ERRORS:
            number, lasting = ERRORS[self.act]
            if (lasting or self.count == self.at) and (self.act != "full" or event in GROWS):
                raise OSError(number, os.strerror(number))
        elif self.count > self.at:
            return
        elif self.act in SIGNALS:
            os.kill(os.getpid(), SIGNALS[self.act])
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, resource.RLIM_INFINITY))
