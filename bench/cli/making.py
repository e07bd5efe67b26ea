"""Making the runs that are missing: estimate, progress, what became of them, and how to end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from bench.cli.verb import Answer, How
from bench.errors import DataError, Incomplete, RunsFailed, UsageError
from bench.render.text import counted, duration

if TYPE_CHECKING:
    from bench.plan.job import Job
    from bench.run.execute import Outcome
    from bench.store.store import Store

LONG_SECONDS = 2 * 3600.0
"""Above so many estimated seconds a run needs --yes."""

INTERRUPTED = 130


class TooLong(UsageError):
    """It would take hours and nobody said yes; the message has the estimate."""


def make_missing(
    jobs: Sequence[Job], store: Store, how: How, *, keep_stages: bool = False
) -> Outcome:
    """Make those of the jobs that are missing, telling the user how far things are.

    Raises:
        TooLong: it would take hours and nobody said yes.
        UsageError: a device or a data folder that is not there.
        CannotWrite: results cannot be written.
    """
    from bench.datasets.source import Places
    from bench.run.environment import choose_device
    from bench.run.execute import Options, Outcome, run_jobs
    from bench.run.progress import Lines, reporter_for, stoppable

    missing = store.missing(jobs)
    if not missing:
        _say("the run is made" if len(jobs) == 1 else f"all {len(jobs)} runs are made", how)
        return Outcome()
    Places.from_environment()  # refuses a wrong BENCH_DATA before anything runs
    options = Options(choose_device(), how.workers, keep_stages=keep_stages)
    line = planned_line(jobs, missing, how.workers, options.device)
    if not how.yes and planned_seconds(missing, how.workers, options.device) > LONG_SECONDS:
        raise TooLong(f"{line}; add --yes to start, or choose less with -d, -m and --budget")
    _say(line, how)
    progress = Lines(None) if how.json else reporter_for(sys.stderr)
    with stoppable(progress.say) as stop:
        return run_jobs(missing, store, options, progress=progress, stop=stop)


def make_or_tell(name: str, jobs: Sequence[Job], store: Store, how: How) -> Outcome | None:
    """Run what is missing of a table, figure or bridge; None where nothing is to be run, or it
    would take hours nobody agreed to, which is told."""
    if how.no_run:
        return None
    try:
        return make_missing(jobs, store, how)
    except TooLong as error:
        typer.echo(f"{name}: {error}", err=True)
        return None


def ended(answer: Answer, outcome: Outcome | None, lacking: str, *, whole: bool) -> Answer:
    """An answer with what became of its runs.

    Args:
        answer: what is shown.
        outcome: of its runs; None where none were tried.
        lacking: what it lacks, and what makes that.
        whole: whether it lacks nothing.
    """
    if outcome is None:
        return replace(answer, error=None if whole else Incomplete(lacking))
    status = exit_status(outcome)
    answer = replace(answer, notes=outcome_lines(outcome), status=status)
    if status == INTERRUPTED or (whole and not status):
        return answer
    return replace(answer, error=unfinished(status)(lacking))


def unfinished(*statuses: int) -> type[RunsFailed | DataError | Incomplete]:
    """The error to end with where runs ended so, or something is not there."""
    kinds = (RunsFailed, DataError)
    return next((kind for kind in kinds if kind.exit_status in statuses), Incomplete)


def planned_line(
    jobs: Sequence[Job], missing: Sequence[Job], workers: int, device: str = ""
) -> str:
    """How many runs there are, how many are missing, and how long those take.

    Args:
        jobs, missing: the runs.
        workers: threads.
        device: where they would run; unless given, what is said without asking torch.
    """
    from bench.run.estimate import memory_line

    line = f"{counted(len(jobs), 'run')}, {len(missing)} missing"
    if not missing:
        return line
    device = device or usual_device()
    seconds = planned_seconds(missing, workers, device)
    held = memory_line(missing)
    return (
        f"{line}, about {duration(seconds)} on {device} with {counted(workers, 'thread')}"
        + f"; {held}" * bool(held)
    )


def planned_seconds(missing: Sequence[Job], workers: int, device: str) -> float:
    """Estimated seconds of these runs on a device."""
    from bench.folders import cache_folder
    from bench.run.estimate import estimate_seconds, read_pace

    return estimate_seconds(missing, read_pace(cache_folder(), device), workers)


def usual_device() -> str:
    """The device that the environment names, without asking torch what is there."""
    return os.environ.get("BENCH_DEVICE") or "cpu"


def exit_status(outcome: Outcome) -> int:
    """The exit status for what became of the runs: interrupted, failed, damaged, missing, or 0."""
    from bench.errors import DataMissing

    if outcome.interrupted:
        return INTERRUPTED
    if outcome.failed:
        return RunsFailed.exit_status
    if any(not isinstance(error, DataMissing) for error in outcome.missing_data.values()):
        return DataError.exit_status
    return Incomplete.exit_status if outcome.missing_data else 0


def outcome_lines(outcome: Outcome) -> tuple[str, ...]:
    """What was made, what was not and why; nothing where there was nothing to do."""
    from bench.errors import DataMissing

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
    stopped = "stopped; every finished run is kept: give the same command again to go on"
    made = (f"runs: {', '.join(parts)}",) if parts else ()
    return (*made, stopped) if outcome.interrupted else made


def _say(line: str, how: How) -> None:
    if not how.json:
        typer.echo(line, err=True)
