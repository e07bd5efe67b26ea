"""The runs that answer the questions: of every dataset and method, those of the chosen point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.declared.questions import Questions
from bench.declared.spec import read_table
from bench.judge.cell import Cell, Wanted, cell_of
from bench.judge.runs import Measured, StoredRuns
from bench.plan.budget import default_budget
from bench.plan.job import NO_NET, Job
from bench.plan.names import MethodName
from bench.plan.plan import Request, plan_jobs
from bench.store.store import Store
from iunet.declare.protocol import Protocol

Runs = Mapping[tuple[str, str], tuple[Measured, ...]]
"""By dataset and net:method, one run a seed in the order of the protocol's seeds."""


@dataclass(frozen=True)
class Scores:
    """What the runs under one protocol and the usual budget measured.

    Args:
        runs: of the cells that are complete.
        datasets: those with any, in the order of the table.
    """

    protocol: Protocol
    runs: Runs
    datasets: tuple[str, ...]

    def points(self, dataset: str, method: str, metric: str, without: int = -1) -> float | None:
        """The mean over the seeds, in points; None where the cell is not complete.

        Args:
            without: the place of a seed to leave out; none where it is negative.
        """
        runs = self.runs.get((dataset, method), ())
        kept = [run.test[metric] for place, run in enumerate(runs) if place != without]
        return 100 * fmean(kept) if kept else None

    def complete(self, methods: Sequence[str]) -> tuple[str, ...]:
        """The datasets on which every one of these methods has a cell."""
        return tuple(
            d for d in self.datasets if all((d, method) in self.runs for method in methods)
        )


def read_scores(questions: Questions, protocol: Protocol, store: Store) -> Scores:
    """The cells of every method on every dataset of the table, as far as the store has them.

    Raises:
        UnknownKey, UsageError: a question names a method that nobody declares.
        DamagedRecord: a record of the store cannot be trusted.
    """
    rows = tuple(row.dataset for row in read_table(questions.table).rows)
    first = _jobs(rows, [questions.method], protocol)
    begun = {job.dataset for job in first if store.has(job.run_id)}
    datasets = tuple(dataset for dataset in rows if dataset in begun)
    stored = StoredRuns({(): _jobs(datasets, methods_of(questions), protocol)}, store)
    metric = questions.metrics[0]
    wanted = Wanted(metric, metric, protocol.table.select, None, "")
    found: dict[tuple[str, str], tuple[Measured, ...]] = {}
    for dataset in datasets:
        for method in methods_of(questions):
            net, key = method.split(":")
            cell = cell_of(stored, stored.planned(dataset, net, key, ()), wanted)
            if isinstance(cell, Cell):
                found[dataset, method] = cell.runs
    return Scores(protocol, found, datasets)


def methods_of(questions: Questions) -> tuple[str, ...]:
    """Every method that a question or a ranking needs, net:method, each once."""
    others = [one.other for one in questions.question]
    columns = [str(MethodName(c.method, c.net)) for c in read_table(questions.table).columns]
    named = [questions.method, *others, *questions.networks, questions.mixed.other, *columns]
    return tuple(dict.fromkeys(named))


def _jobs(datasets: tuple[str, ...], methods: Sequence[str], protocol: Protocol) -> list[Job]:
    pairs = [method.split(":") for method in methods]
    columns = tuple(("" if net == NO_NET else net, key) for net, key in pairs)
    return plan_jobs([Request(datasets, columns, protocol, default_budget())])
