"""Making what is missing from the command line: estimate, progress, and what to do next."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.cli.places import data_places
from bench.errors import UsageError
from bench.plan.job import Job
from bench.store.store import Store

if TYPE_CHECKING:
    from bench.run.execute import Outcome

LONG_SECONDS = 2 * 3600.0
"""Above so many estimated seconds a run needs --yes."""

INTERRUPTED = 130


class TooLong(UsageError):
    """It would take hours and nobody said yes; the message has the estimate."""


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
        TooLong: it would take hours and nobody said yes.
        UsageError: a device or a data folder that is not there.
        CannotWrite: results cannot be written.
    """
    from bench.run.device import choose_device
    from bench.run.execute import Options, Outcome, run_jobs
    from bench.run.progress import Silent, reporter_for
    from bench.run.stop import stoppable

    missing = store.missing(jobs)
    if not missing:
        _say(f"all {len(jobs)} runs are made", terms)
        return Outcome()
    data_places()
    options = Options(choose_device(), terms.workers, keep_stages=terms.keep_stages)
    line = planned_line(jobs, missing, terms.workers, options.device)
    if not terms.yes and planned_seconds(missing, terms.workers, options.device) > LONG_SECONDS:
        raise TooLong(f"{line}; add --yes to start, or choose less with -d, -m and --budget")
    _say(line, terms)
    progress = Silent() if terms.quiet else reporter_for(sys.stderr)
    with stoppable(progress.say) as stop:
        return run_jobs(missing, store, options, progress=progress, stop=stop)


def planned_line(
    jobs: Sequence[Job], missing: Sequence[Job], workers: int, device: str = ""
) -> str:
    """How many runs there are, how many are missing, and how long those take.

    Args:
        device: where they would run; unless given, what is said without asking torch.
    """
    from bench.render.text import duration
    from bench.run.room import memory_line

    line = f"{len(jobs)} runs, {len(missing)} missing"
    if not missing:
        return line
    device = device or os.environ.get("BENCH_DEVICE") or "cpu"
    seconds = planned_seconds(missing, workers, device)
    threads = "1 thread" if workers == 1 else f"{workers} threads"
    held = memory_line(missing)
    rest = f"; {held}" if held else ""
    return f"{line}, about {duration(seconds)} on {device} with {threads}{rest}"


def planned_seconds(missing: Sequence[Job], workers: int, device: str) -> float:
    """Estimated seconds of these runs on a device."""
    from bench.folders import cache_folder
    from bench.run.estimate import estimate_seconds, read_pace

    return estimate_seconds(missing, read_pace(cache_folder(), device), workers)


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
    """What was made, what was not and why, on stderr; nothing where there was nothing to do."""
    from bench.datasets.errors import DataMissing

    parts = [f"{len(outcome.done)} made"] * bool(outcome.done)
    parts += [f"{len(outcome.elsewhere)} made by another process"] * bool(outcome.elsewhere)
    if outcome.failed:
        parts.append(f"{len(outcome.failed)} failed (`bench status --failures` shows why)")
    absent = [key for key, why in outcome.missing_data.items() if isinstance(why, DataMissing)]
    wrong = [key for key in outcome.missing_data if key not in absent]
    if absent:
        parts.append(f"no data for {', '.join(absent)} (`bench data fetch {' '.join(absent)}`)")
    if wrong:
        parts.append(f"damaged data of {', '.join(wrong)} (`bench data verify {' '.join(wrong)}`)")
    if parts:
        _line(f"runs: {', '.join(parts)}")
    if outcome.interrupted:
        _line("stopped; every finished run is kept: give the same command again to go on")


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


def _say(line: str, terms: Terms) -> None:
    if not terms.quiet:
        _line(line)


def _line(text: str) -> None:
    print(text, file=sys.stderr)
