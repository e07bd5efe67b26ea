"""Starts the command again and again, each time in a copy of a process that has everything loaded.

As a script it reads orders from its input, a line of JSON each: a list of processes to start at
once. It answers with a line of JSON: for each, how it ended, its output and
its errors, and how many places it came by.
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

LONGEST_SECONDS, MOST_BYTES = 300, 4 << 30
"""A process that waits for ever, or takes ever more memory, comes to an end."""


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
    """A process that runs a command, and pipes: its output, its errors, and its count of places."""

    pid: int
    pipes: tuple[int, int, int]


def start(order: dict[str, Any]) -> Started:
    """Run the command of an order in a process of its own."""
    pipes = os.pipe(), os.pipe(), os.pipe()
    pid = os.fork()
    if pid:
        for _, writes in pipes:
            os.close(writes)
        return Started(pid, tuple(reads for reads, _ in pipes))
    status = 1
    try:
        status = _command(order, *(writes for _, writes in pipes))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _command(order: dict[str, Any], output: int, errors: int, places: int) -> int:
    folder = Path(order["folder"])
    os.dup2(output, 1)
    os.dup2(errors, 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.alarm(LONGEST_SECONDS)
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


def wait(process: Started) -> tuple[int, str, str, int]:
    """How it ended, minus the signal where one ended it; its output, its errors and its places."""
    output, errors, places = (_text(pipe) for pipe in process.pipes)
    _, ended = os.waitpid(process.pid, 0)
    return os.waitstatus_to_exitcode(ended), output, errors, int(places or 0)


def _text(pipe: int) -> str:
    with os.fdopen(pipe, errors="replace") as file:
        return file.read()


def serve(lines: Iterable[str]) -> None:
    """Answer every order."""
    for line in lines:
        started = [start(order) for order in json.loads(line)]
        answer = [wait(one) for one in started]
        print(f"{ANSWER}{json.dumps(answer)}", flush=True)


if __name__ == "__main__":
    load()
    serve(sys.stdin)
