"""Starts the command again and again, each time in a copy of a process that has everything loaded.

As a script it reads orders from its input, a line of JSON each: a list of processes to start at
once. It answers with a line of JSON: for each, how it ended, how many places it came by, and what
it said.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crash_points import Points

ANSWER = "answers: "


def load() -> None:
    """Make table networks small, and load what the command needs, by giving it once."""
    import torch
    from small_runs import build_tiny

    from bench.__main__ import run
    from iunet.architectures import find_nets
    from iunet.declare.net import Net

    torch.set_num_threads(1)
    find_nets()["mlp-tab"] = Net("mlp-tab", "table", build_tiny, usual=True)
    before = dict(os.environ)
    with TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
        os.environ |= {"BENCH_RESULTS_DIR": folder, "BENCH_CACHE_DIR": f"{folder}/cache"}
        assert run(["demo", "--fresh", "-d", "iris", "-m", "dense,xgb", "-j", "1"]) == 0
    os.environ.clear()
    os.environ |= before


@dataclass(frozen=True)
class Started:
    """A process that runs a command: what it says, and how many places it came by, can be read."""

    pid: int
    says: int
    places: int


def start(order: dict[str, Any]) -> Started:
    """Run the command of an order in a process of its own."""
    says, place = os.pipe(), os.pipe()
    pid = os.fork()
    if pid:
        os.close(says[1])
        os.close(place[1])
        return Started(pid, says[0], place[0])
    status = 1
    try:
        status = _command(order, says[1], place[1])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _command(order: dict[str, Any], says: int, places: int) -> int:
    folder = Path(order["folder"])
    os.dup2(says, 1)
    os.dup2(says, 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ |= order["environment"]
    sys.argv = ["bench", *order["words"]]
    points = Points(f"{folder}{os.sep}", order["at"], order["act"], order["size"])
    points.install()
    from bench.__main__ import main

    try:
        main()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    finally:
        os.write(places, str(points.count).encode())
    return 0


def wait(process: Started) -> tuple[int, int, str]:
    """How it ended, minus the signal where one ended it; how many places it told; what it said."""
    with os.fdopen(process.says, errors="replace") as says, os.fdopen(process.places) as places:
        said = says.read()
        _, ended = os.waitpid(process.pid, 0)
        return os.waitstatus_to_exitcode(ended), int(places.read() or 0), said


def serve(lines: Iterable[str]) -> None:
    """Answer every order."""
    for line in lines:
        started = [start(order) for order in json.loads(line)]
        answer = [wait(one) for one in started]
        print(f"{ANSWER}{json.dumps(answer)}", flush=True)


if __name__ == "__main__":
    load()
    serve(sys.stdin)
