"""Fitting runs: those that search once their search has chosen, the others as they are.

A search draws configurations in batches, keeps its trials in the results folder and takes the best.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.datasets.load import Loaded
from bench.errors import CannotWrite
from bench.plan.identity import canonical, plain
from bench.plan.job import Job
from bench.render.files import write_durable
from bench.run.fit import Ended, FitOptions, Tools, fit_jobs
from bench.run.score import plain_fact, valid_metrics
from iunet.declare.contract import Fact, Fitted, Learner, MethodFailed
from iunet.declare.data import FitData
from iunet.declare.settings import Chain
from iunet.declare.space import Config, Parameter, Space, Value
from iunet.declare.tuned import Search
from iunet.train.progress import Interrupted

if TYPE_CHECKING:
    from optuna import Study
    from optuna import Trial as OptunaTrial
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

BATCH = 16
"""So many configurations are drawn at a time and train together."""

FitJobs = Callable[[Sequence[Job], FitOptions], Iterator[Ended]]
"""Fits jobs that search nothing; each comes as soon as it is finished."""

Scored = tuple[Config, float | None]
"""A finished trial as the sampler sees it: its score is None where it failed."""


@dataclass(frozen=True)
class Trial:
    """One configuration and what it was worth.

    Args:
        number: its place in the search, from 0.
        config: its values by name.
        scores: every validation metric; empty where it failed. There is no test score.
        seconds: of its training.
        failure: why it failed; empty where it did not.
        facts: measured on the way, by name.
        provenance: commit, environment and device it was made with.
    """

    number: int
    config: Mapping[str, Value]
    scores: Mapping[str, float]
    seconds: float
    failure: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """What a search ended with.

    Args:
        search: what was searched.
        trials: all of them, in order; at least one gave scores.
    """

    search: Search
    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The trial with the best score; of equal ones the first."""
        worked = [one for one in self.trials if not one.failure]
        return max(worked, key=lambda one: one.scores[self.search.score])

    @property
    def facts(self) -> dict[str, Fact]:
        """For the record of a run under the chosen configuration."""
        best, score = self.best, self.search.score
        config = {f"chosen_{name}": value for name, value in best.config.items()}
        return {
            "search_seed": self.search.seed,
            "trials": len(self.trials),
            "failed_trials": sum(bool(one.failure) for one in self.trials),
            "chosen_trial": best.number,
            f"chosen_valid_{score}": best.scores[score],
            "search_seconds": sum(one.seconds for one in self.trials),
            **config,
        }


def fit_all(
    loaded: Loaded, net: str, jobs: Sequence[Job], how: FitOptions, tools: Tools
) -> Iterator[Ended]:
    """Each job with what its fit gave or the error that ended it, as soon as it is known.

    A search runs once for all seeds; each seed is then fitted under the configuration it chose.

    Raises:
        Interrupted: asked to stop; what is unfinished was checkpointed where it can be.
        CannotWrite: no room for intermediate files.
    """
    groups: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        if isinstance(job.work, Search):
            same = job.method, canonical(job.work.settings(plain))
            groups.setdefault(same, []).append(job)

    def fit(some: Sequence[Job], within: FitOptions, on: Loaded = loaded) -> Iterator[Ended]:
        return fit_jobs(on, net, some, within, tools)

    yield from fit([job for job in jobs if isinstance(job.work, Chain)], how)
    for own in groups.values():
        search = own[0].work
        assert isinstance(search, Search)
        try:
            chosen = searched(loaded, own[0], search, how, fit)
        except (CannotWrite, Interrupted):
            raise
        except Exception as error:
            yield from ((job, error) for job in own)
            continue
        work = search.winner(chosen.best.config, chosen.best.facts)
        waiting = {job.run_id: job for job in own}
        on = _joined(loaded) if search.refit else loaded
        for job, got in fit([replace(job, work=work) for job in own], how, on):
            if isinstance(got, Fitted):
                got = replace(got, facts={**got.facts, **chosen.facts})
            yield waiting[job.run_id], got
    yield from fit([job for job in jobs if isinstance(job.work, Learner)], how)


def refitted(job: Job) -> bool:
    """Whether a job is fitted on the validation rows too, so that they cannot score it."""
    return isinstance(job.work, Search) and job.work.refit


def searched(loaded: Loaded, job: Job, search: Search, how: FitOptions, fit: FitJobs) -> Chosen:
    """Run a search up to its number of trials; those on disk count and are not trained again.

    Args:
        loaded: of its data a trial sees the training and validation rows.
        job: one of the runs that wait for the choice.
        fit: trains a batch of trials.

    Raises:
        MethodFailed: every trial failed.
        Interrupted, CannotWrite: finished trials are kept.
    """
    folder = how.results / "trials" / trials_id(search, {"data": loaded.data_id, "net": job.net})
    batches, tried = _Batches(loaded, job, search, how, fit, folder), list[Trial]()
    for start in range(0, search.trials, BATCH):
        scored = [(one.config, one.scores.get(search.score)) for one in tried]
        count = min(BATCH, search.trials - start)
        tried += batches.run(start, next_configs(search.method.space, search.seed, scored, count))
    if all(one.failure for one in tried):
        raise MethodFailed(f"all {len(tried)} trials failed; the first: {tried[0].failure}")
    return Chosen(search, tuple(tried))


def trials_id(search: Search, where: Mapping[str, Any]) -> str:
    """16 hex digits of all that decides a trial but its configuration.

    Args:
        where: data and net.
    """
    method = {"method": search.method.key, "revision": search.method.revision}
    what = {**where, **method, **search.trial_settings(plain)}
    return sha256(canonical(what).encode()).hexdigest()[:16]


def next_configs(
    space: Space, seed: int, tried: Sequence[Scored], count: int
) -> list[dict[str, Value]]:
    """The configurations of the trials that follow those tried.

    An Optuna study is made anew for each call, with a seed of its own, so a search that was killed
    goes on with the same configurations as one that was not.

    Args:
        tried: all trials before, in order.
        count: how many are drawn, none of which sees the scores of the others.

    Source: the tree-structured Parzen estimator (Bergstra et al. 2011) of Optuna.
    """
    study, known = _study(seed, len(tried)), {p.name: _distribution(p) for p in space.parameters}
    for one in tried:
        study.add_trial(_finished(known, one))
    return [space.drawn(_Drawn(study.ask())) for _ in range(count)]


def _joined(loaded: Loaded) -> Loaded:
    """The same data for a fit on training and validation rows."""
    assert isinstance(loaded.fit, FitData)
    return replace(loaded, fit=loaded.fit.joined(), data_id=f"{loaded.data_id}-joined")


@dataclass(frozen=True)
class _Batches:
    """The trials of one search, batch by batch; each has a file once it is finished."""

    loaded: Loaded
    job: Job
    search: Search
    how: FitOptions
    fit: FitJobs
    folder: Path

    def run(self, start: int, configs: Sequence[dict[str, Value]]) -> list[Trial]:
        """The trials of some configurations, in their order; `start` is the first one's number."""
        found: dict[int, Trial] = {}
        waiting: dict[str, int] = {}
        jobs: list[Job] = []
        for number, config in enumerate(configs, start):
            if known := self._read(number, config):
                found[number] = known
                continue
            try:
                work = self.search.trial(config)
            except ValueError as error:
                found[number] = Trial(number, config, {}, 0.0, str(error))
                continue
            key = f"{self.folder.name}-{number}"
            waiting[key] = number
            jobs.append(replace(self.job, run_id=key, work=work, seed=self.search.seed))
        stages = self.how.cache / self.folder.name
        for done, got in self.fit(jobs, self._part(start, len(configs), stages)):
            number = waiting[done.run_id]
            trial = _trial(self.loaded, number, configs[number - start], got)
            found[number] = replace(trial, provenance=self.how.provenance(done))
            self._write(found[number])
        shutil.rmtree(stages, ignore_errors=True)  # hundreds of networks would fill a disk
        return [found[number] for number in sorted(found)]

    def _part(self, start: int, count: int, stages: Path) -> FitOptions:
        """Tells what is done of the whole search, and keeps stages in a folder of its own."""

        def tell(share: float, what: str) -> None:
            self.how.tell((start + share * count) / self.search.trials, f"search, {what}")

        return replace(self.how, tell=tell, cache=stages)

    def _read(self, number: int, config: Mapping[str, Value]) -> Trial | None:
        """The finished trial of this number; None where there is none, or none of this config.

        A file that cannot be read is made again.
        """
        try:
            found = Trial(**json.loads(self._path(number).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return found if found.config == plain(config) else None

    def _write(self, trial: Trial) -> None:
        write_durable(
            self._path(trial.number), json.dumps(plain(asdict(trial)), sort_keys=True).encode()
        )

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04d}.json"


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


@dataclass(frozen=True)
class _Drawn:
    trial: OptunaTrial

    def choice(self, name: str, values: tuple[Value, ...]) -> Value:
        chosen = self.trial.suggest_categorical(name, values)
        return next(value for value in values if value == chosen)

    def real(self, name: str, low: float, high: float, *, log: bool) -> float:
        return self.trial.suggest_float(name, low, high, log=log)

    def integer(self, name: str, low: int, high: int, *, log: bool) -> int:
        return self.trial.suggest_int(name, low, high, log=log)


def _study(seed: int, number: int) -> Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    digest = sha256(f"{seed}/{number}".encode()).digest()
    sampler = optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4], "big"))
    return optuna.create_study(direction="maximize", sampler=sampler)


def _finished(known: Mapping[str, BaseDistribution], one: Scored) -> FrozenTrial:
    from optuna.trial import TrialState, create_trial

    config, score = one
    found = {name: known[name] for name in config}
    state = TrialState.FAIL if score is None else TrialState.COMPLETE
    return create_trial(state=state, params=dict(config), distributions=found, value=score)


def _distribution(parameter: Parameter) -> BaseDistribution:
    from optuna import distributions

    if parameter.values:
        return distributions.CategoricalDistribution(parameter.values)
    if parameter.integer:
        return distributions.IntDistribution(int(parameter.low), int(parameter.high), parameter.log)
    return distributions.FloatDistribution(parameter.low, parameter.high, parameter.log)
