"""Failures: kept apart from results, so that a failed run never counts as done."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.plan.job import NO_NET, Job
from bench.store.write import write_whole


@dataclass(frozen=True)
class Failure:
    """One run that ended without a result.

    Args:
        run_id, dataset, net, method, point, protocol, budget, seed: of the job.
        reason: one line.
        traceback: where it happened.
    """

    run_id: str
    dataset: str
    net: str
    method: str
    point: dict[str, float]
    protocol: str
    budget: str
    seed: int
    reason: str
    traceback: str

    @property
    def title(self) -> str:
        """For messages."""
        return f"{self.dataset} {self.method} seed {self.seed}: {self.reason}"


def failure_of(job: Job, error: BaseException) -> Failure:
    """What is kept of an error."""
    return Failure(
        run_id=job.run_id,
        dataset=job.dataset,
        net=job.net,
        method=job.method,
        point=dict(job.point),
        protocol=job.protocol,
        budget=job.budget,
        seed=job.seed,
        reason=f"{type(error).__name__}: {error}".splitlines()[0],
        traceback="".join(traceback.format_exception(error)),
    )


def run_folder(dataset: str, net: str, method: str) -> Path:
    """<dataset>/<net>-<method>, without the net where there is none."""
    return Path(dataset) / (method if net == NO_NET else f"{net}-{method}")


def failure_path(root: Path, job: Job) -> Path:
    """Where the failure of a job is kept."""
    folder = root / run_folder(job.dataset, job.net, job.method)
    return folder / f"{job.seed}-{job.run_id}.json"


def write_failure(root: Path, job: Job, failure: Failure) -> None:
    """Keep a failure, in place of an earlier one of the same run."""
    write_whole(failure_path(root, job), json.dumps(asdict(failure), indent=1).encode())


def read_failures(root: Path) -> Iterator[Failure]:
    """Every kept failure, in the order of their names; a half-readable one is told as such."""
    for path in sorted(root.glob("*/*/[!.]*.json")):
        yield read_failure(path)


def read_failure(path: Path) -> Failure:
    """The failure in this file.

    Raises:
        DamagedRecord: the file is not a failure.
    """
    from bench.store.records import damaged

    try:
        return Failure(**json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise damaged(path, f"not a failure: {error}", own=True) from error
