"""Searches: the same choice however often they are killed, and no sight of the test rows."""

import json
import random
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from planned import run_id
from toy_bench import SPACE, ToyLoaded, Toys, options, start

from bench.plan.identity import json_types
from bench.run.cohort import group
from bench.run.environment import Code
from bench.run.execute import run_jobs
from bench.run.fit import FitContext
from bench.run.search import BATCH, next_configs, searched
from bench.store.store import Store
from iunet.declare.contract import Learner, MethodFailed
from iunet.declare.recipe import Recipe
from iunet.declare.space import SpaceError, read_space
from iunet.declare.tuned import Tuned

TOY = Path(__file__).parent / "toy_bench.py"
SEARCHED = ("tuned",)


def under(job, work):
    """The run with another search."""
    identity = {**job.identity, "settings": json_types(work.settings(json_types))}
    return replace(job, work=work, identity=identity, run_id=run_id(identity))


def jobs_of(toys, trials=20, **changes):
    """Runs under as many trials; the budget has four."""
    jobs = toys.jobs(("one",), SEARCHED)
    return [under(job, replace(job.work, trials=trials, **changes)) for job in jobs]


def trials_in(folder):
    return {path.name: json.loads(path.read_text()) for path in folder.rglob("trials/*/*.json")}


def fits(toys):
    return toys.made.read_text().splitlines() if toys.made.exists() else []


def test_a_search_tries_its_configurations_once_and_fits_the_best_with_every_seed(
    toys, store, make, tmp_path
):
    jobs = jobs_of(toys)
    outcome = make(jobs)

    assert len(outcome.done) == 3 and not outcome.failed
    trials = trials_in(tmp_path / "results")
    worked = [one for one in trials.values() if not one["failure"]]
    best = max(worked, key=lambda one: (one["scores"]["swapped_balanced_accuracy"], -one["number"]))
    for job in jobs:
        facts = store.get(job.run_id).result["facts"]
        assert facts["chosen_trial"] == best["number"]
        assert facts["chosen_rate"] == best["config"]["rate"]
        assert facts["trials"] == len(trials) == 20
        assert facts["failed_trials"] == 20 - len(worked) > 0
    wrong = {one["failure"] for one in trials.values() if one["config"].get("depth") == 7}
    assert wrong == {"ZeroDivisionError: seven"}
    assert len(fits(toys)) == len(worked) + 3
    assert {line.split()[1] for line in fits(toys)[-3:]} == {str(job.seed) for job in jobs}
    assert make(jobs).done == [] and len(fits(toys)) == len(worked) + 3


def test_a_longer_search_takes_over_the_trials_of_a_shorter_one(toys, make):
    make(jobs_of(toys, trials=6))
    before = len(fits(toys))
    make(jobs_of(toys, trials=20))
    again = Toys(toys.made.with_name("again.txt"))

    run_jobs(
        jobs_of(again, trials=20),
        Store(toys.made.parent / "other"),
        options(toys.made.parent / "other-cache"),
        tools=again.tools,
    )

    assert set(fits(again)) <= set(fits(toys))
    assert before < len(fits(again)) <= len(fits(toys)) <= len(fits(again)) + 3


def test_another_space_score_or_seed_is_another_search(toys, make, tmp_path):
    make(jobs_of(toys))
    for changes in ({"score": "accuracy"}, {"seed": 7}):
        make(jobs_of(toys, trials=19, **changes))
    (job, *_) = jobs_of(toys)
    other = replace(job.work.method, space=replace(job.work.method.space, parameters=SHORTER))
    make([under(job, replace(job.work, method=other))])

    assert len([*(tmp_path / "results" / "trials").iterdir()]) == 4


SHORTER = read_space(SPACE).parameters[2:]


class TestRows:
    """Stand in for test rows: whoever touches them fails."""

    __test__ = False

    def __getattr__(self, name):
        raise AssertionError(f"a trial asked for {name} of the test rows")


def test_a_trial_cannot_reach_the_test_rows(toys, make, tmp_path):
    loaded = toys.load("one", None)
    touched = replace(toys.tools, load=lambda key, table: ToyLoaded(loaded.fit, TestRows()))

    outcome = make(jobs_of(toys), tools=touched)

    # Every trial is done and scored; the first thing that asks for test rows is the final run.
    assert len(trials_in(tmp_path / "results")) == 20
    assert [failure.reason for failure in outcome.failed] == [
        "AssertionError: a trial asked for y of the test rows"
    ] * 3 or all("test rows" in failure.reason for failure in outcome.failed)
    assert not any(
        "test" in name for one in trials_in(tmp_path / "results").values() for name in one
    )


def test_killed_at_random_moments_it_ends_with_the_same_choice_and_trials(tmp_path):
    assert start(tmp_path / "whole", 0, "one", "tuned", stdout=subprocess.DEVNULL).wait(60) == 0
    moments = random.Random(3)
    for _ in range(10):
        process = start(tmp_path / "killed", 0.15, "one", "tuned", stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 1.2))
        process.kill()
        process.wait()
    assert start(tmp_path / "killed", 0, "one", "tuned", stdout=subprocess.DEVNULL).wait(60) == 0

    def found(name):
        records = Store(tmp_path / name / "results").records()
        return {r.run_id: r.result["facts"] | {"search_seconds": 0} for r in records}

    assert found("killed") == found("whole") and len(found("whole")) == 3
    whole, killed = (trials_in(tmp_path / name) for name in ("whole", "killed"))
    assert killed == whole and len(whole) == 4


def test_where_every_trial_fails_the_runs_do_and_the_trials_are_kept(toys, make, tmp_path):
    high = replace(SHORTER[0], low=0.6, high=1.0)
    (job, *_) = jobs_of(toys)
    space = replace(job.work.method.space, parameters=(high,))
    search = replace(job.work, method=replace(job.work.method, space=space))

    outcome = make([under(job, search)])

    (failure,) = outcome.failed
    assert "all 20 trials failed; the first: the rate 0." in failure.reason
    assert len(trials_in(tmp_path / "results")) == 20


def test_stages_of_trials_do_not_pile_up(toys, tmp_path):
    (job, *_), (network, *_) = jobs_of(toys), toys.jobs(("one",), ("net-a",))
    tuned = Tuned("nets", Recipe(key="net-a"), job.work.method.space, lambda chain, config: chain)
    search = replace(job.work, method=tuned, base=network.work, tried=network.work)
    stages, seen = tmp_path / "stages", []

    def fit(jobs, context):
        seen.append(sum(path.is_file() for path in stages.rglob("*")))
        for one in jobs:
            context.stages.mkdir(parents=True, exist_ok=True)
            (context.stages / one.run_id).write_bytes(b"weights")
            yield one.run_id, toys.fitted(one.seed, one.run_id)

    context = FitContext(
        cohort=group([network])[0],
        loaded=toys.load("one", None),
        options=options(tmp_path),
        fit_networks=fit,
        stages=stages,
        results=tmp_path / "results",
        tell=lambda *_: None,
        stop=threading.Event(),
        code=Code(None, None, ""),
    )

    chosen = searched(network, search, context)

    assert len(chosen.trials) == 20 and seen == [0, 0]
    assert not [path for path in stages.rglob("*") if path.is_file()]


def test_a_trial_says_what_it_measured_and_where(toys, make, tmp_path):
    make(jobs_of(toys))

    for trial in trials_in(tmp_path / "results").values():
        assert {"commit", "environment", "device", "threads"} <= trial["provenance"].keys()
        assert trial["failure"] or trial["facts"]["first_loss"] == 1.5


def test_what_is_chosen_can_be_fitted_on_training_and_validation_rows(toys, make, store):
    """The fit then stops where the trial did, and no score is told of rows that it has seen."""
    seen = []

    def fit(data, settings, seed, device):
        seen.append((len(data.train.y), settings.get("rounds")))
        return replace(toys.fit_bush(data, settings, seed, device), facts={"best": 7})

    tuned = toys.methods["tuned"]
    again = replace(tuned.of, fit=fit, refit=lambda facts: {"rounds": facts["best"] + 1})
    jobs = [
        under(job, replace(job.work, refit=True, base=again, tried=again)) for job in jobs_of(toys)
    ]

    make(jobs)

    assert set(seen[:-3]) == {(20, None)} and seen[-3:] == [(40, 8)] * 3
    for job in jobs:
        metrics = store.get(job.run_id).result["metrics"]
        assert "accuracy" in metrics and not [name for name in metrics if "valid" in name]
    assert not {job.run_id for job in jobs} & {job.run_id for job in jobs_of(toys)}


def test_each_seed_can_have_a_search_of_its_own(toys, make, store, tmp_path):
    jobs = [under(job, replace(job.work, seed=job.seed)) for job in jobs_of(toys, trials=4)]

    make(jobs)

    assert len([*(tmp_path / "results" / "trials").iterdir()]) == 3
    choices = {store.get(job.run_id).result["facts"]["chosen_rate"] for job in jobs}
    assert len(choices) > 1


def test_a_trial_that_cannot_be_read_is_made_again(toys, make, tmp_path):
    make(jobs_of(toys))
    (path,) = (tmp_path / "results").rglob("trials/*/0003.json")
    kept, before = path.read_text(), len(fits(toys))
    path.write_text(kept[:40])

    make([under(job, replace(job.work, trials=19)) for job in jobs_of(toys)])

    assert path.read_text() == kept
    assert before + 3 <= len(fits(toys)) <= before + 4


def test_what_is_tried_next_depends_on_the_scores_before():
    space = read_space(SPACE)
    first = next_configs(space, 1, [], BATCH)
    told = [(config, number / BATCH) for number, config in enumerate(first)]

    again = next_configs(space, 1, told, BATCH)

    assert first == next_configs(space, 1, [], BATCH) != next_configs(space, 2, [], BATCH)
    assert again == next_configs(space, 1, told, BATCH)
    assert again[:5] == next_configs(space, 1, told, 5)
    assert again != next_configs(space, 1, [(config, 0.5) for config, _ in told], BATCH)
    assert again != next_configs(space, 1, [(config, None) for config, _ in told], BATCH)


def test_configurations_have_what_is_active_and_stay_in_their_ranges():
    space = read_space(SPACE)

    for config in next_configs(space, 1, [], 200):
        assert ("depth" in config) == (config["kind"] == "oak")
        assert 0.001 <= config["rate"] <= 1
        assert config.get("depth", 1) in range(1, 10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trials = 0", "trials is how many configurations are tried, at least 1, not 0"),
        ("trials = 5", "no parameters; there is nothing to search"),
        ("trials = 5\ntrails = 6", "a space has no 'trails'; known: title, trials, parameters"),
        ("trials = 5\n[parameters]\na = 3", "a is a table with `values`, or with `low` and `high`"),
        ("trials = 5\n[parameters]\na = { low = 1 }", "low and high are numbers, low below high"),
        ("trials = 5\n[parameters]\na = { low = 2, high = 1 }", "low below high, not 2 and 1"),
        (
            "trials = 5\n[parameters]\na = { low = 0.5, high = 2, integer = true }",
            "low and high are whole numbers",
        ),
        (
            "trials = 5\n[parameters]\na = { low = 0, high = 1, log = true }",
            "a: the logarithm needs low above 0, not 0",
        ),
        (
            "trials = 5\n[parameters]\na = { values = [1, 1] }",
            "values are at least one and distinct",
        ),
        (
            "trials = 5\n[parameters]\na = { values = [1], low = 2 }",
            "`values` or a range, not both",
        ),
        (
            "trials = 5\n[parameters]\na = { valeus = [1] }",
            "a has no 'valeus'; known: values, when",
        ),
        (
            "trials = 5\n[parameters]\na = { values = [1], when = { b = 2 } }",
            "a depends on 'b', which is not declared before it",
        ),
        (
            "trials = 5\n[parameters.b]\nvalues = [1]\n[parameters.a]\nvalues = [1]\nwhen.b = 2",
            "a depends on b = 2; it has: 1",
        ),
        ("trials = ", "not TOML"),
    ],
)
def test_an_impossible_space_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(text)

    with pytest.raises(SpaceError) as error:
        read_space(path)

    assert said in str(error.value) and str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_space_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SpaceError, match="cannot be read: No such file"):
        read_space(tmp_path / "none.toml")


def test_a_method_is_not_tuned_by_what_it_does_not_have():
    space = read_space(SPACE)
    learner = Learner(key="tree", fit=lambda *_: None, settings={"depth": 3})
    with pytest.raises(ValueError, match="names 'kind'; the settings of 'tree' are: depth"):
        Tuned(key="t", of=learner, space=space)
    with pytest.raises(ValueError, match="tunes a network and does not say how"):
        Tuned(key="t", of=Recipe(key="net"), space=space)


def test_fits_run_side_by_side_only_where_their_library_can(toys, tmp_path):
    """Two that wait for each other come through together and one after another do not."""
    for in_threads in (True, False):
        meet = threading.Barrier(2)

        def fit(data, settings, seed, device, meet=meet):
            try:
                meet.wait(0.5)
            except threading.BrokenBarrierError:
                raise MethodFailed("alone") from None
            return toys.fitted(seed, "met")

        learner = Learner("pair", fit=fit, settings={}, in_threads=in_threads)
        jobs = [replace(job, work=learner) for job in toys.jobs(("one",), ("tree",))[:2]]
        outcome = run_jobs(
            jobs,
            Store(tmp_path / str(in_threads)),
            options(tmp_path / "cache", workers=2),
            tools=toys.tools,
        )
        assert (len(outcome.done), len(outcome.failed)) == ((2, 0) if in_threads else (0, 2))
