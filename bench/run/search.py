"""One search: configurations in batches, their validation scores, and the best of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.plan.job import Job
from bench.run.sampler import BATCH, Told, next_configs
from bench.run.score import plain_fact, valid_metrics
from bench.run.tools import Loaded, Walk
from bench.run.trials import Trial, Trials
from iunet.declare.contract import Fact, Fitted, MethodFailed
from iunet.declare.space import Value
from iunet.declare.tuned import Search

FitJobs = Callable[[Sequence[Job], Walk], Iterator[tuple[Job, Fitted | Exception]]]
"""Fits jobs that search nothing; each comes as soon as it is finished."""


@dataclass(frozen=True)
class Chosen:
    """What a search ended with.

    Args:
        best: the trial with the best score; of equal ones the first.
        trials: all of them, in order.
    """

    best: Trial
    trials: tuple[Trial, ...]

    def facts(self, score: str) -> dict[str, Fact]:
        """For the record of a run under the chosen configuration."""
        config = {f"chosen_{name}": value for name, value in self.best.config.items()}
        return {
            "trials": len(self.trials),
            "failed_trials": sum(bool(one.failure) for one in self.trials),
            "chosen_trial": self.best.number,
            f"chosen_valid_{score}": self.best.scores[score],
            "search_seconds": sum(one.seconds for one in self.trials),
            **config,
        }


def searched(loaded: Loaded, job: Job, search: Search, walk: Walk, fit: FitJobs) -> Chosen:
    """Run a search up to its number of trials; those on disk count and are not trained again.

    Args:
        loaded: of its data a trial sees the training and validation rows.
        job: one of the runs that wait for the choice.
        fit: trains a batch of trials.

    Raises:
        MethodFailed: every trial failed.
        Interrupted, CannotWrite: finished trials are kept.
    """
    where = {"data": loaded.data_id, "net": job.net}
    known, tried = Trials(walk.trials, search, where), list[Trial]()
    for start in range(0, search.trials, BATCH):
        told = [Told(one.config, one.scores.get(search.score)) for one in tried]
        count = min(BATCH, search.trials - start)
        configs = next_configs(search.method.space, search.seed, told, count)
        tried += _batch(loaded, job, search, configs, start, known, walk, fit)
    worked = [one for one in tried if not one.failure]
    if not worked:
        raise MethodFailed(f"all {len(tried)} trials failed; the first: {tried[0].failure}")
    return Chosen(max(worked, key=lambda one: one.scores[search.score]), tuple(tried))


def _batch(
    loaded: Loaded,
    job: Job,
    search: Search,
    configs: Sequence[dict[str, Value]],
    start: int,
    known: Trials,
    walk: Walk,
    fit: FitJobs,
) -> list[Trial]:
    """The trials of some configurations, in their order; each is kept as soon as it is finished."""
    found: dict[int, Trial] = {}
    waiting: dict[str, int] = {}
    jobs: list[Job] = []
    for number, config in enumerate(configs, start):
        old = known.read(number, config)
        if old is not None:
            found[number] = old
            continue
        try:
            work = search.trial(config)
        except ValueError as error:
            found[number] = Trial(number, config, {}, 0.0, str(error))
            continue
        key = f"{known.id}-{number}"
        waiting[key] = number
        jobs.append(replace(job, run_id=key, work=work, seed=search.seed))
    within = _share_of(walk, start, len(configs), search.trials, walk.cache / known.id)
    for done, got in fit(jobs, within):
        number = waiting[done.run_id]
        trial = _trial(loaded, number, configs[number - start], got)
        found[number] = replace(trial, provenance=walk.provenance(done))
        known.write(found[number])
    shutil.rmtree(within.cache, ignore_errors=True)  # hundreds of networks would fill a disk
    return [found[number] for number in sorted(found)]


def _trial(loaded: Loaded, number: int, config: dict[str, Value], got: Fitted | Exception) -> Trial:
    if isinstance(got, Exception):
        kind = "" if isinstance(got, MethodFailed) else f"{type(got).__name__}: "
        return Trial(number, config, {}, 0.0, f"{kind}{got}")
    try:
        scores = valid_metrics(got, loaded.fit.valid, loaded.fit.n_classes)
    except MethodFailed as error:
        return Trial(number, config, {}, 0.0, str(error))
    facts = {name: plain_fact(fact) for name, fact in got.facts.items()}
    return Trial(number, config, scores, sum(got.seconds.values()), facts=facts)


def _share_of(walk: Walk, start: int, count: int, trials: int, cache: Path) -> Walk:
    """Tells what is done of the whole search, and keeps stages in a folder of its own."""

    def tell(share: float, what: str) -> None:
        walk.tell((start + share * count) / trials, f"search, {what}")

    return replace(walk, tell=tell, cache=cache)
