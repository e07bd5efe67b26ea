"""Fitting runs: those that search once their search has chosen, the others as they are.

A search draws configurations in batches, keeps its trials in the results folder and takes the best.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import CannotWrite
from bench.plan.identity import canonical, json_types, short_digest
from bench.plan.job import Job
from bench.render.files import write_durable
from bench.run.fit import Ended, FitContext, fit_jobs
from bench.run.score import plain_facts, provenance_of, scored
from iunet.declare.contract import Fact, Fitted, MethodFailed
from iunet.declare.data import FitData
from iunet.declare.space import Config, Parameter, Space, Value
from iunet.declare.tuned import Search
from iunet.train.progress import Interrupted

if TYPE_CHECKING:
    from optuna import Trial as OptunaTrial
    from optuna.distributions import BaseDistribution

BATCH = 16
"""So many configurations are drawn at a time and train together."""

Scored = tuple[Config, float | None]
"""A finished trial as the sampler sees it: its score is None where it failed."""


@dataclass(frozen=True)
class Trial:
    """One configuration and what it was worth.

    Args:
        number: its place in the search, from 0.
        config: its values by name.
        failure: why it failed; empty where it did not.
        scores: every validation metric; empty where it failed. There is no test score.
        seconds: of its training.
        facts: measured on the way, by name.
        provenance: commit, environment and device it was made with.
    """

    number: int
    config: Config
    failure: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
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
        worked = [trial for trial in self.trials if not trial.failure]
        return max(worked, key=lambda trial: trial.scores[self.search.score])

    @property
    def facts(self) -> dict[str, Fact]:
        """For the record of a run under the chosen configuration."""
        best, score = self.best, self.search.score
        return {
            "search_seed": self.search.seed,
            "trials": len(self.trials),
            "failed_trials": sum(bool(trial.failure) for trial in self.trials),
            "chosen_trial": best.number,
            f"chosen_valid_{score}": best.scores[score],
            "search_seconds": sum(trial.seconds for trial in self.trials),
            **{f"chosen_{name}": value for name, value in best.config.items()},
        }


def fit_all(jobs: Sequence[Job], context: FitContext) -> Iterator[Ended]:
    """Each job with what its fit gave or the error that ended it, as soon as it is known.

    Raises:
        Interrupted: asked to stop; what is unfinished was checkpointed where it can be.
        CannotWrite: no room for intermediate files.
    """
    yield from fit_jobs(jobs, context)
    searches: dict[tuple[str, str], tuple[Search, list[Job]]] = {}
    for job in jobs:
        if isinstance(job.work, Search):
            key = job.method, canonical(job.work.settings(json_types))
            searches.setdefault(key, (job.work, []))[1].append(job)
    for search, own in searches.values():
        yield from _fit_chosen(search, own, context)


def _fit_chosen(search: Search, jobs: Sequence[Job], context: FitContext) -> Iterator[Ended]:
    """Search once for all seeds, and fit each seed under the configuration that was chosen."""
    try:
        chosen = searched(jobs[0], search, context)
    except (CannotWrite, Interrupted):
        raise
    except Exception as error:
        yield from ((job, error) for job in jobs)
        return
    if search.refit:
        loaded = context.loaded
        assert isinstance(loaded.fit, FitData)
        joined = replace(loaded, fit=loaded.fit.joined(), data_id=f"{loaded.data_id}-joined")
        context = replace(context, loaded=joined)
    work = search.winner(chosen.best.config, chosen.best.facts)
    waiting = {job.run_id: job for job in jobs}
    for job, got in fit_jobs([replace(job, work=work) for job in jobs], context):
        if isinstance(got, Fitted):
            got = replace(got, facts={**got.facts, **chosen.facts})
        yield waiting[job.run_id], got


def searched(job: Job, search: Search, context: FitContext) -> Chosen:
    """Run a search up to its number of trials; those on disk count and are not trained again.

    Args:
        job: one of the runs that wait for the choice.

    Raises:
        MethodFailed: every trial failed.
        Interrupted, CannotWrite: finished trials are kept.
    """
    folder = context.results / "trials" / trials_id(search, context.loaded.data_id, job.net)
    tried: list[Trial] = []
    while len(tried) < search.trials:
        before = [(trial.config, trial.scores.get(search.score)) for trial in tried]
        count = min(BATCH, search.trials - len(tried))
        configs = next_configs(search.method.space, search.seed, before, count)
        batch = dict(enumerate(configs, start=len(tried)))
        tried += _batch(batch, replace(job, seed=search.seed), search, folder, context)
    if all(trial.failure for trial in tried):
        raise MethodFailed(f"all {len(tried)} trials failed; the first: {tried[0].failure}")
    return Chosen(search, tuple(tried))


def trials_id(search: Search, data: str, net: str) -> str:
    """16 hex digits of all that decides a trial but its configuration."""
    method = {"method": search.method.key, "revision": search.method.revision}
    content = {"data": data, "net": net, **method, **search.trial_settings(json_types)}
    return short_digest(content)


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
    import optuna
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    digest = sha256(f"{seed}/{len(tried)}".encode()).digest()
    sampler = optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4], "big"))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    known = {parameter.name: _distribution(parameter) for parameter in space.parameters}
    for config, score in tried:
        study.add_trial(
            create_trial(
                state=TrialState.FAIL if score is None else TrialState.COMPLETE,
                params=dict(config),
                distributions={name: known[name] for name in config},
                value=score,
            )
        )
    return [space.drawn(partial(_drawn, study.ask())) for _ in range(count)]


def _batch(
    configs: Mapping[int, Config], job: Job, search: Search, folder: Path, context: FitContext
) -> list[Trial]:
    """The trials of some configurations by number; each has a file once it is finished."""
    found: dict[int, Trial] = {}
    jobs: list[Job] = []
    for number, config in configs.items():
        if earlier := _read(_file(folder, number), config):
            found[number] = earlier
            continue
        try:
            work = search.trial(config)
        except ValueError as error:
            found[number] = Trial(number, config, str(error))
        else:
            jobs.append(replace(job, run_id=f"{folder.name}-{number}", work=work))

    def tell(share: float, what: str) -> None:
        part = (min(configs) + share * len(configs)) / search.trials
        context.tell(part, f"search, {what}")

    within = replace(context, tell=tell, stages=context.stages / folder.name)
    for done, got in fit_jobs(jobs, within):
        number = int(done.run_id.removeprefix(f"{folder.name}-"))
        trial = _trial(number, configs[number], got, context)
        found[number] = replace(trial, provenance=provenance_of(done, context))
        content = json.dumps(json_types(asdict(found[number])), sort_keys=True)
        write_durable(_file(folder, number), content.encode())
    shutil.rmtree(within.stages, ignore_errors=True)  # hundreds of networks would fill a disk
    return [found[number] for number in sorted(found)]


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:04d}.json"


def _read(path: Path, config: Config) -> Trial | None:
    """The finished trial of a file; None where there is none, or one of another configuration.

    A file that cannot be read is made again.
    """
    try:
        found = Trial(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.config == json_types(config) else None


def _trial(number: int, config: Config, got: Fitted | Exception, context: FitContext) -> Trial:
    if isinstance(got, Exception):
        kind = "" if isinstance(got, MethodFailed) else f"{type(got).__name__}: "
        return Trial(number, config, f"{kind}{got}")
    data = context.loaded.fit
    try:
        _, scores = scored(got, data.valid, data.n_classes)
    except MethodFailed as error:
        return Trial(number, config, str(error))
    seconds = sum(got.seconds.values())
    return Trial(number, config, "", scores, seconds, plain_facts(got.facts))


def _drawn(trial: OptunaTrial, parameter: Parameter) -> Value:
    """A value for a parameter; of values to choose from the one itself, not an equal one."""
    name, low, high, log = parameter.name, parameter.low, parameter.high, parameter.log
    if parameter.values:
        chosen = trial.suggest_categorical(name, parameter.values)
        return next(value for value in parameter.values if value == chosen)
    if parameter.integer:
        return trial.suggest_int(name, int(low), int(high), log=log)
    return trial.suggest_float(name, low, high, log=log)


def _distribution(parameter: Parameter) -> BaseDistribution:
    from optuna import distributions

    if parameter.values:
        return distributions.CategoricalDistribution(parameter.values)
    if parameter.integer:
        return distributions.IntDistribution(int(parameter.low), int(parameter.high), parameter.log)
    return distributions.FloatDistribution(parameter.low, parameter.high, parameter.log)
