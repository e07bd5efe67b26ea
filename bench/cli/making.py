"""Making the runs that are missing: estimate, progress, what became of them, and how to end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench.cli.verb import Answer, Mode
from bench.errors import BenchError, DataError, DataMissing, Incomplete, RunsFailed, UsageError
from bench.render.text import counted, duration, say

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
    jobs: Sequence[Job], store: Store, mode: Mode, *, keep_stages: bool = False
) -> Outcome:
    """Make those of the jobs that are missing, telling the user how far things are.

    Raises:
        TooLong: it would take hours and nobody said yes.
        UsageError: a device or a data folder that is not there.
        CannotWrite: results cannot be written.
    """
    from bench.datasets.at_hand import data_not_at_hand
    from bench.datasets.source import Places
    from bench.run.engine import find_engine
    from bench.run.environment import choose_device
    from bench.run.execute import run_jobs
    from bench.run.fit import Options
    from bench.run.progress import reporter_for, stoppable

    def note(line: str) -> None:
        if not mode.json:
            say(line, err=True)

    missing = store.missing(jobs)
    if not missing:
        note("the run is made" if len(jobs) == 1 else f"all {len(jobs)} runs are made")
        return run_jobs((), store)
    absent = data_not_at_hand((job.dataset for job in missing), Places.from_environment())
    at_hand = [job for job in missing if job.dataset not in absent]
    engine = find_engine(mode.on)
    options = Options(choose_device(), mode.workers, keep_stages=keep_stages)
    line = planned_line(jobs, missing, mode.workers, options.device, at_hand)
    if not mode.yes and planned_seconds(at_hand, mode.workers, options.device) > LONG_SECONDS:
        raise TooLong(f"{line}; add --yes to start, or choose less with -d, -m and --budget")
    for told in (line, *map(str, absent.values())):
        note(told)
    progress = reporter_for(None if mode.json else sys.stderr)
    with stoppable(progress.say) as stop:
        outcome = run_jobs(at_hand, store, options, progress=progress, stop=stop, engine=engine)
    return replace(outcome, missing_data={**absent, **outcome.missing_data})


def make_or_tell(name: str, jobs: Sequence[Job], store: Store, mode: Mode) -> Outcome:
    """Run what is missing of a table, figure or bridge; nothing if that is not wanted, or would
    take hours nobody agreed to, which is told."""
    from bench.run.execute import Outcome

    try:
        return Outcome() if mode.no_run else make_missing(jobs, store, mode)
    except TooLong as error:
        say(f"{name}: {error}", err=True)
        return Outcome()


def ended(answer: Answer, outcome: Outcome, mode: Mode, lacking: str = "") -> Answer:
    """An answer with what became of its runs.

    Args:
        answer: what is shown.
        outcome: of its runs.
        mode: where nothing was to be made, what is lacking is an error only if that is strict.
        lacking: what it lacks, and what makes that; empty if it lacks nothing.
    """
    status = exit_status(outcome)
    told = replace(answer, notes=(*answer.notes, *outcome_lines(outcome)), status=status)
    if not lacking or status == INTERRUPTED:
        return told
    return with_gaps(told, unfinished(status)(lacking), strict=mode.strict or not mode.no_run)


def with_gaps(answer: Answer, gaps: BenchError | None, *, strict: bool) -> Answer:
    """An answer that says what is absent: as its error if that is strict, else as a note."""
    if gaps is None:
        return answer
    if strict:
        return replace(answer, error=gaps)
    return replace(answer, notes=(*answer.notes, str(gaps)))


def unfinished(*statuses: int) -> type[BenchError]:
    """The error to end with where runs ended so, or something is not there."""
    kinds = (RunsFailed, DataError)
    return next((kind for kind in kinds if kind.exit_status in statuses), Incomplete)


def planned_line(
    jobs: Sequence[Job],
    missing: Sequence[Job],
    workers: int,
    device: str = "",
    at_hand: Sequence[Job] | None = None,
) -> str:
    """How many runs there are, how many are missing, and how long those take.

    Args:
        jobs, missing: the runs.
        workers: threads.
        device: where they would run; unless given, what is said without asking torch.
        at_hand: the missing ones whose data are there; all unless given. Only these take time.
    """
    from bench.run.estimate import memory_line

    line = f"{counted(len(jobs), 'run')}, {len(missing)} missing"
    possible = missing if at_hand is None else at_hand
    if len(possible) < len(missing):
        line += f", {len(missing) - len(possible)} of them without data at hand"
    if not possible:
        return line
    device = device or usual_device()
    time = duration(planned_seconds(possible, workers, device))
    line += f", about {time} on {device} with {counted(workers, 'thread')}"
    return "; ".join(filter(None, (line, memory_line(possible))))


def runs_json(jobs: Sequence[Job], missing: Sequence[Job]) -> list[dict[str, Any]]:
    """Every run and whether it is made, for --json."""
    names = ("dataset", "net", "method", "point", "protocol", "budget", "seed", "run_id")
    absent = {job.run_id for job in missing}
    return [
        {name: getattr(job, name) for name in names}
        | {"point": dict(job.point), "made": job.run_id not in absent}
        for job in jobs
    ]


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
    if outcome.interrupted:
        return INTERRUPTED
    if outcome.failed:
        return RunsFailed.exit_status
    if any(not isinstance(error, DataMissing) for error in outcome.missing_data.values()):
        return DataError.exit_status
    return Incomplete.exit_status if outcome.missing_data else 0


def outcome_lines(outcome: Outcome) -> tuple[str, ...]:
    """What was made, what was not and why; nothing where there was nothing to do."""
    absent = [key for key, why in outcome.missing_data.items() if isinstance(why, DataMissing)]
    damaged = [key for key in outcome.missing_data if key not in absent]
    counts = (
        (outcome.done, "made"),
        (outcome.elsewhere, "made by another process"),
        (outcome.failed, "failed (`bench status --failures` shows why)"),
    )
    parts = [f"{len(runs)} {ending}" for runs, ending in counts if runs]
    for keys, what, step in (
        (absent, "no data for", "fetch"),
        (damaged, "damaged data of", "verify"),
    ):
        if keys:
            parts.append(f"{what} {', '.join(keys)} (`bench data {step} {' '.join(keys)}`)")
    lines = [f"runs: {', '.join(parts)}"] if parts else []
    if outcome.interrupted:
        lines.append("stopped; every finished run is kept: give the same command again to go on")
    return tuple(lines)
