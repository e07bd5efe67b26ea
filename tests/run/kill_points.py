"""Kills a small cohort of networks before each change of a file, and gives its command again.

As a script: `kill_points.py FOLDER EVERY` prints what went wrong as JSON. It forks a process for
each kill, so torch is loaded once; where the processes end is counted, not timed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

OF_FILES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "fcntl.flock"}
METHODS = ("net-a", "net-b")


def attack_kills(folder: Path, every: int = 1) -> dict[str, Any]:
    """Kill at every so manieth point, and at each of the last ones, in a process of its own.

    Args:
        folder: an empty one.

    Returns:
        `points`, how many there are; `tried`; and `bad`, a list of point and what was wrong.
    """
    here = Path(__file__)
    paths = os.pathsep.join([str(here.parent.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(here), str(folder), str(every)],
        env=os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def _main(folder: Path, every: int) -> dict[str, Any]:
    _prepare()
    _run(folder / "whole", 0)  # loads what is loaded late, so that every process counts the same
    expected = _results(folder / "whole")
    points = _forked(folder / "counted", 0)
    chosen = sorted({*range(1, points + 1, every), *range(max(1, points - 9), points + 1)})
    bad = [(at, why) for at in chosen if (why := _killed(folder / "killed", at, expected))]
    return {"points": points, "tried": len(chosen), "bad": bad}


def _killed(folder: Path, at: int, expected: dict[str, str]) -> str:
    """What is wrong after a kill at a point and the same command again; empty where nothing is."""
    shutil.rmtree(folder, ignore_errors=True)
    if _forked(folder, at) != -signal.SIGKILL:
        return "it was not killed"
    begun = _results(folder)
    status = _forked(folder, 0)
    if status < 0:
        return f"the command given again ended with {-status}"
    if any(begun[run] != expected.get(run) for run in begun) or _results(folder) != expected:
        return "a result is missing or another"
    stages = folder / "cache" / "stages"
    left = sorted(str(path.relative_to(folder)) for path in stages.rglob("*"))
    return f"left: {left}" if left else ""


def _forked(folder: Path, kill_at: int) -> int:
    """How many points a process passed; less than 0, the signal or status, if it did not end."""
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(tell, str(_run(folder, kill_at)).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(tell)
    _, status = os.waitpid(child, 0)
    with os.fdopen(told, "rb") as pipe:
        passed = pipe.read()
    return int(passed) if status == 0 else os.waitstatus_to_exitcode(status) or -1


_counted = {"folder": "", "passed": 0, "kill_at": 0}


def _run(folder: Path, kill_at: int) -> int:
    """Make every run of the plan; the number of points passed."""
    from toy_bench import Toys, options

    from bench.run.execute import run_jobs
    from bench.run.fit import fit_networks
    from bench.store.store import Store

    folder.mkdir(parents=True, exist_ok=True)
    toys = Toys(folder / "made.txt")
    jobs = toys.jobs(("one",), METHODS, seeds=(1,))
    _counted.update(folder=str(folder), passed=0, kill_at=kill_at)
    tools = type(toys.tools)(toys.load, fit_networks, toys.tools.rows_of)
    outcome = run_jobs(jobs, Store(folder / "results"), options(folder / "cache"), tools=tools)
    assert not outcome.failed and not outcome.missing_data
    return _counted["passed"]


def _prepare() -> None:
    """A net of a few units, a checkpoint after every epoch, and a hook that counts and kills."""
    import torch

    from iunet.architectures import find_nets
    from iunet.declare.net import Net
    from iunet.nets.mlp import Mlp
    from iunet.train import cohort

    torch.set_num_threads(1)
    find_nets()["mlp-tab"] = Net(
        "mlp-tab", "table", lambda d, k, start: Mlp(d, (32,) * 9, k, start.encoder_layers)
    )
    cohort.fit_cohort = partial(cohort.fit_cohort, checkpoint_seconds=-1.0)
    sys.addaudithook(_count)


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    folder = _counted["folder"]
    if event in OF_FILES or (event == "open" and folder and folder in str(arguments[0])):
        _counted["passed"] += 1
        if _counted["passed"] == _counted["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)


def _results(folder: Path) -> dict[str, str]:
    """The bytes of the result part of every record, by run."""
    from bench.store.store import Store

    records = Store(folder / "results").records()
    return {record.run_id: json.dumps(record.result, sort_keys=True) for record in records}


if __name__ == "__main__":
    print(json.dumps(_main(Path(sys.argv[1]), int(sys.argv[2]))))
