"""Making what is missing from the command line: estimate, progress, and what to do next."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import UsageError
from bench.plan.job import Job
from bench.store.store import Store

if TYPE_CHECKING:
    from bench.run.execute import Outcome

LONG_SECONDS = 2 * 3600.0
"""Above so many estimated seconds a run needs --yes."""

INTERRUPTED = 130


@dataclass(frozen=True)
class Terms:
    """How to run, as the user said it.

    Args:
        workers: threads.
        yes: start even if it takes long.
        quiet: no progress; for --json.
        keep_stages: leave intermediate files of finished cohorts.
    """

    workers: int
    yes: bool = False
    quiet: bool = False
    keep_stages: bool = False


def make_missing(jobs: Sequence[Job], store: Store, terms: Terms) -> Outcome:
    """Make those of the jobs that are missing, telling the user how far things are.

    Raises:
        UsageError: it would take hours and nobody said yes; or a device that is not there.
        CannotWrite: results cannot be written.
    """
    from bench.run.execute import Options, Outcome, run_jobs
    from bench.run.progress import Silent, reporter_for
    from bench.run.stop import stoppable

    missing = store.missing(jobs)
    if not missing:
        _say(f"all {len(jobs)} runs are made", terms)
        return Outcome()
    options = Options(_device(), terms.workers, keep_stages=terms.keep_stages)
    _announce(jobs, missing, options.device, terms)
    progress = Silent() if terms.quiet else reporter_for(sys.stderr)
    with stoppable(progress.say) as stop:
        return run_jobs(missing, store, options, progress=progress, stop=stop)


def exit_status(outcome: Outcome) -> int:
    """The exit status for what became of the runs: interrupted, failed, damaged, missing, or 0."""
    from bench.datasets.errors import DataMissing
    from bench.errors import DataError, Incomplete, RunsFailed

    if outcome.interrupted:
        return INTERRUPTED
    if outcome.failed:
        return RunsFailed.exit_status
    damaged = [e for e in outcome.missing_data.values() if not isinstance(e, DataMissing)]
    if damaged:
        return DataError.exit_status
    return Incomplete.exit_status if outcome.missing_data else 0


def report(outcome: Outcome) -> None:
    """What was made, what was not and why, on stderr."""
    if outcome.interrupted:
        _line("stopped; every finished run is kept: give the same command again to go on")
    made = f"{len(outcome.done)} made"
    parts = [made] + [f"{len(outcome.elsewhere)} made by another process"] * bool(outcome.elsewhere)
    if outcome.failed:
        parts.append(f"{len(outcome.failed)} failed (`bench status --failures` shows why)")
    if outcome.missing_data:
        parts.append(f"no data for {', '.join(outcome.missing_data)}")
    _line("runs: " + ", ".join(parts))


def outcome_json(outcome: Outcome) -> str:
    """The same for programs."""
    content = {
        "done": [job.run_id for job in outcome.done],
        "elsewhere": [job.run_id for job in outcome.elsewhere],
        "failed": {failure.run_id: failure.reason for failure in outcome.failed},
        "missing_data": {key: str(error) for key, error in outcome.missing_data.items()},
        "interrupted": outcome.interrupted,
    }
    return json.dumps(content, indent=1)


def planned_seconds(jobs: Sequence[Job], workers: int) -> tuple[float, str]:
    """(estimated seconds, device) without asking torch which device there is."""
    import os

    from bench.run.estimate import estimate_seconds, read_pace
    from bench.store.folders import cache_folder

    device = os.environ.get("BENCH_DEVICE") or "cpu"
    return estimate_seconds(jobs, read_pace(cache_folder(), device), workers), device


def _device() -> str:
    from bench.run.device import choose_device

    return choose_device()


def _announce(jobs: Sequence[Job], missing: Sequence[Job], device: str, terms: Terms) -> None:
    from bench.run.estimate import estimate_seconds, read_pace
    from bench.run.progress import duration
    from bench.store.folders import cache_folder

    pace = read_pace(cache_folder(), device)
    seconds = estimate_seconds(missing, pace, terms.workers)
    line = f"{len(missing)} of {len(jobs)} runs to make, about {duration(seconds)} on {device}"
    if seconds > LONG_SECONDS and not terms.yes:
        raise UsageError(f"{line}; add --yes to start, or choose less with -d, -m and --budget")
    _say(f"{line} ({terms.workers} workers)", terms)


def _say(line: str, terms: Terms) -> None:
    if not terms.quiet:
        _line(line)


def _line(text: str) -> None:
    print(text, file=sys.stderr)
