"""A real SLURM on this machine alone: its own files, ports and keys; nothing of the system's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel", "scontrol")
CONF = """\
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
JobRequeue=1
SchedulerParameters=sched_interval=1,sched_min_interval=100000,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=200000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """Why it cannot be started here; empty where it can."""
    absent = [name for name in PROGRAMS if not _found(name)]
    if os.geteuid() != 0:
        return "SLURM is started by root alone"
    return f"SLURM is not installed: {', '.join(absent)}" if absent else ""


@contextmanager
def one_slurm(folder: Path) -> Iterator[dict[str, str]]:
    """Start it; yields what commands need in their environment.

    The node says it has more memory than there is, so that small machines take jobs too.
    """
    for name in ("munge", "state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    host, cores = socket.gethostname().split(".")[0], os.cpu_count()
    conf = folder / "slurm.conf"
    conf.write_text(CONF.format(folder=folder, ports=_free_ports(2), host=host, cores=cores))
    env = os.environ | {"SLURM_CONF": str(conf)}
    at = {name: f"--{name}={folder}/munge/{name}" for name in ("socket", "log-file", "pid-file")}
    started = [
        _start(["munged", "--force", "--foreground", f"--key-file={key}",
                f"--seed-file={folder}/munge/seed", *at.values()], env),
        _start(["slurmctld", "-D", "-c", "-i"], env),
        _start(["slurmd", "-D", "-N", host], env),
    ]  # fmt: skip
    try:
        _until_idle(env)
        yield {"SLURM_CONF": str(conf)}
    finally:
        subprocess.run(["scancel", "--me", "--signal=KILL"], env=env, check=False)
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _found(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _start(words: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [_found(words[0]) or words[0], *words[1:]],
        env=env,
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,
    )


def _until_idle(env: dict[str, str]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        done = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"], env=env, capture_output=True, text=True
        )
        if done.stdout.strip() == "idle":
            return
        time.sleep(0.2)
    raise RuntimeError(f"SLURM did not start: {done.stdout}{done.stderr}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
