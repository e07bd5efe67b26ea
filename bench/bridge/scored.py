"""What the runs of a way measured, by protocol and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.bridge.asked import Asked
from bench.bridge.legs import Column, Condition, Leg, selecting
from bench.judge.cell import Cell, Refusal, Wanted, cell_of
from bench.judge.interval import Scores
from bench.judge.runs import Measured, StoredRuns

Made = Mapping[int, Measured]
"""A column's runs under one protocol by seed, at the chosen point of a grid."""


@dataclass(frozen=True)
class Scored:
    """Every run of a leg, read once; or why a column has no number under a protocol."""

    found: Mapping[tuple[str, Column], Made | Refusal]

    @classmethod
    def of(cls, leg: Leg, asked: Asked, runs: StoredRuns) -> Scored:
        """The runs under the base, the other protocol and every step."""
        conditions = [leg.base, leg.other, *(condition for _, condition in leg.stops)]
        return cls(
            {
                (condition.protocol.key, column): _made(condition, column, asked, runs)
                for condition in conditions
                for column in asked.columns
            }
        )

    def runs(self, condition: Condition, column: Column) -> Made | Refusal:
        """A column's runs under one protocol."""
        return self.found[condition.protocol.key, column]


def scores(made: Made, metric: str) -> Scores:
    """What the runs scored, in points."""
    return {seed: 100 * run.test[metric] for seed, run in made.items()}


def other_data(parts: Sequence[Made], asked: Asked) -> Refusal | None:
    """Why nothing is computed from these runs together: they were made from different data."""
    digests = {run.data_digest for made in parts for run in made.values()}
    if len(digests) < 2:
        return None
    reason = f"runs were made from different data (contents {', '.join(sorted(digests))})"
    if asked.fresh:
        apart = "make all of them from one in another folder, named with BENCH_RESULTS_DIR"
        return Refusal(f"{reason}; {apart}", asked.command)
    return Refusal(f"{reason}; the same command with --fresh", f"{asked.command} --fresh")


def share_runs(parts: Sequence[Made]) -> bool:
    """Whether conditions of different seeds have runs in common, and so are not independent."""
    groups: dict[frozenset[int], set[str]] = {}
    for made in parts:
        groups.setdefault(frozenset(made), set()).update(run.run_id for run in made.values())
    return sum(map(len, groups.values())) > len(set().union(*groups.values()))


def _made(condition: Condition, column: Column, asked: Asked, runs: StoredRuns) -> Made | Refusal:
    jobs, first = condition.jobs[column], asked.metrics[0]
    wanted = Wanted(
        metric=first,
        fact=first,
        select=selecting(condition.protocol, asked.kind),
        collapse=None,
        command=asked.command,
    )
    cell = cell_of(runs, jobs, wanted)
    if not isinstance(cell, Cell):
        return cell
    for metric in asked.metrics:
        if any(metric not in run.test for run in cell.runs):
            return Refusal(f"runs carry no {metric}", wanted.command)
    seeds = {job.run_id: job.seed for job in jobs}
    return {seeds[run.run_id]: run for run in cell.runs}
