"""What is planned, what is computed from records, and what is refused."""

import pytest
from planned import planned_jobs

from bench.bridge.effects import effect_tables, unknown
from bench.declared.settings import values_of
from bench.plan.query import is_step

DATASETS = ("iris", "wine", "breast-cancer")


def noise(job):
    """A little of each seed, the same under every protocol."""
    return 0.001 * (job.seed % 7)


def shift(job, **by_step):
    """0.5, and what the steps of these names add or take."""
    steps = (value for step, value in by_step.items() if f"+ {step} of" in job.protocol)
    return 0.5 + noise(job) + sum(steps)


def test_the_effect_of_a_step_is_its_mean_minus_the_bases(ask, make, effects):
    asked = ask()
    make(asked, lambda job: shift(job, ticket=0.03 + noise(job), split=-0.01))

    there, _ = effects(asked)

    assert there["split"].estimate.value == pytest.approx(-1.0)
    assert there["ticket"].estimate.value == pytest.approx(3.1)
    assert there["ticket"].paired
    assert there["ticket"].estimate.half == pytest.approx(4.302653 * 0.1 / 3**0.5, rel=1e-5)


def test_a_step_that_does_not_reach_a_method_has_the_bases_runs_and_costs_nothing(ask):
    asked = ask(methods=("dense",))
    keys = [change.key for direction in asked.directions for change in direction.changes]

    assert "ticket" not in keys and "views" not in keys
    assert "ticket" in [change.key for change in asked.directions[0].idle]


def test_such_a_step_is_shown_as_the_same_beside_a_method_that_it_reaches(ask, make, effects):
    asked = ask(methods=("dense", "omp"))
    make(asked, shift)

    there, _ = effects(asked)

    assert there["ticket"].same
    assert there["ticket"].estimate.value == 0
    assert not there["split"].same


def test_shared_runs_are_planned_once_and_keep_the_protocols_own_name(ask, ends):
    asked = ask(methods=("dense", "omp"))
    ids = [job.run_id for job in asked.jobs]
    usual = {
        job.run_id: job.protocol
        for end in ends
        for method in ("dense", "omp")
        for job in planned_jobs(("iris",), (("", method),), end.key, "demo")
    }

    assert len(ids) == len(set(ids))
    assert {j.run_id: j.protocol for j in asked.jobs if not is_step(j.protocol)} == usual


def test_all_steps_are_the_other_protocol_and_the_rest_is_what_the_sum_leaves(ask, make, effects):
    asked = ask()
    base, other = (direction.base.key for direction in asked.directions)
    means = {base: 0.5, other: 0.6}
    make(asked, lambda j: means.get(j.protocol, shift(j, split=0.02, init=0.03)) + noise(j))

    there, _ = effects(asked)
    single = sum(e.estimate.value for key, e in there.items() if key in stops(asked))
    total = there[f"= {other}"].estimate.value

    assert there["sum of single steps"].estimate.value == pytest.approx(single)
    assert there["interactions"].estimate.value == pytest.approx(total - single)
    assert not there[f"= {other}"].paired


def stops(asked):
    return {change.key for change in asked.directions[0].changes}


def test_other_seeds_are_not_paired(ask, make, effects):
    asked = ask()
    make(asked, shift)

    there, back = effects(asked)

    assert not there["seeds"].paired
    assert not there[f"= {asked.directions[1].base.key}"].paired
    assert all(effect.paired for key, effect in back.items() if key in stops(asked) - {"seeds"})


def test_a_step_that_shares_runs_with_the_base_under_other_seeds_has_no_interval(
    ask, make, effects, store
):
    asked = ask()
    make(asked, lambda job: shift(job, ticket=0.01 * (job.seed % 3)) + 0.1 * (job.seed == 42))

    there, _ = effects(asked)

    assert there["seeds"].shares
    assert there["seeds"].estimate.value != 0
    assert there["seeds"].estimate.half is None
    assert there["sum of single steps"].estimate.half is None
    assert there["ticket"].estimate.half is not None
    assert there["ticket"].estimate in effect_tables(asked, store)[0].intervals
    assert there["seeds"].estimate not in effect_tables(asked, store)[0].intervals


def test_runs_of_different_seeds_and_settings_share_none(ask, make, effects):
    asked = ask()
    make(asked, lambda job: shift(job) + 0.01 * (job.seed == 2))

    there, _ = effects(asked)
    total = there[f"= {asked.directions[1].base.key}"]

    assert not total.shares
    assert total.estimate.half is not None


def test_runs_of_different_data_are_never_subtracted(ask, make, effects):
    asked = ask()

    def origin(job):
        return {"data_digest": "other" if "+ ticket" in job.protocol else "same"}

    make(asked, lambda job: 0.5, origin=origin)

    there, _ = effects(asked)

    for key in ("ticket", "sum of single steps", "interactions"):
        assert there[key].estimate is None
        assert there[key].refusal.reason == (
            "runs were made from different data (contents other, same); "
            "the same command with --fresh"
        )
        assert there[key].refusal.command == f"{asked.command} --fresh"
    assert there["split"].estimate is not None


def test_no_number_comes_from_incomplete_runs(ask, make, effects, store):
    asked = ask()
    make(asked, lambda job: None if "+ ticket" in job.protocol and job.seed == 2 else 0.5)

    there, _ = effects(asked)

    assert there["ticket"].estimate is None
    assert there["ticket"].refusal.reason == "1 of 3 runs missing"
    assert there["sum of single steps"].estimate is None
    assert there["interactions"].estimate is None
    assert there["split"].estimate is not None
    keys = {key for _, key in unknown(effect_tables(asked, store))}
    assert keys == {"ticket"}


def test_without_the_base_no_effect_is_known(ask, make, effects):
    asked = ask()
    base = asked.directions[0].base.key
    make(asked, lambda job: None if job.protocol == base else 0.5)

    there, back = effects(asked)

    assert all(e.estimate is None for e in there.values() if not e.same)
    assert back["split"].estimate is not None
    assert back[f"= {base}"].estimate is None


def test_a_grid_point_is_chosen_under_each_protocol_before_it_is_compared(ask, make, effects, ends):
    asked = ask(methods=("beta-lasso",))
    best = {
        direction.base.key: asked.runs[direction.base.key][asked.columns[0]][0].point
        for direction in asked.directions
    }
    make(asked, shift, valid=lambda job: 0.9 if job.point == best[ends[0].key] else 0.1)

    there, _ = effects(asked)

    assert there["beta-lasso"].estimate.value == pytest.approx(0.0)


def test_every_metric_is_tabulated(ask, make, store):
    asked = ask()
    make(asked, shift)

    metrics = {one.metric for one in effect_tables(asked, store)}

    assert metrics == {"balanced_accuracy", "swapped_balanced_accuracy", "accuracy"}


def test_steps_that_no_score_depends_on_are_not_run(ask):
    asked = ask()

    assert [
        s.key for direction in asked.directions for s in direction.changes if not s.scored
    ] == []
    assert "consistency" in [change.key for change in asked.directions[0].idle]


def test_only_the_steps_named_are_planned_and_shown_beside_all_without_a_sum(ask, make, effects):
    asked = ask(steps=("ticket",))
    make(asked, shift)

    there, back = effects(asked)

    base, other = (direction.base.key for direction in asked.directions)
    assert list(there) == [base, "ticket", f"= {other}"]
    assert list(back) == [other, "ticket", f"= {base}"]
    assert len(asked.jobs) == 4 * 3


def test_all_steps_named_are_as_good_as_none_named(ask):
    named = tuple(
        dict.fromkeys(change.key for direction in ask().directions for change in direction.changes)
    )

    asked = ask(steps=named)

    assert all(direction.whole for direction in asked.directions)
    assert not any(direction.whole for direction in ask(steps=named[1:]).directions)


def test_a_new_seed_makes_no_other_step_run_again(ask, ends, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{ends[0].key}"\nseeds = [0, 1, 2, 3]\n[table.cut]\nratio = 4\n')
    asked = ask(start=ends[0].key, end=str(path))

    assert {key: len(cells[asked.columns[0]]) for key, cells in cells_of(asked).items()} == {
        "seeds": 4,
        "ratio": 3,
    }
    assert len(asked.jobs) == 4 + 4


def cells_of(asked):
    return {each.key: asked.runs[each.protocol.key] for each in asked.directions[0].changes}


def test_a_protocol_of_ones_own_may_differ_in_any_setting(ask, ends, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{ends[1].key}"\n[table.imprint]\nkappa = 0.5\n')

    asked = ask(start=str(path), end=ends[1].key, methods=("iunet",))

    assert [change.key for direction in asked.directions for change in direction.changes] == [
        "kappa",
        "kappa",
    ]
    assert [direction.base.key for direction in asked.directions] == ["mine", ends[1].key]


def test_a_file_of_lines_stands_beside_the_steps_and_outside_their_sum(
    ask, make, effects, tmp_path
):
    path = tmp_path / "loose.toml"
    path.write_text("[table.cut]\nratio = 4\n")
    asked = ask(own=(str(path),))
    make(asked, lambda job: 0.6 if job.protocol.endswith("+ loose") else 0.5)

    there, back = effects(asked)

    assert there["loose"].estimate.value == pytest.approx(10.0)
    assert there["sum of single steps"].estimate.value == pytest.approx(0.0)
    assert back["loose"].estimate.value == pytest.approx(10.0)


def test_a_file_that_names_a_base_is_a_step_from_there_alone(ask, ends, tmp_path):
    path = tmp_path / "loose.toml"
    path.write_text(f'base = "{ends[1].key}"\n[table.cut]\nratio = 4\n')

    asked = ask(own=(str(path),))

    own = [
        [change.key for change in direction.changes if change.own] for direction in asked.directions
    ]
    assert own == [[], ["loose"]]


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("named", ["start", "end"])
def test_one_end_alone_is_bridged_with_the_other_shipped_protocol(ask, ends, named, end):
    asked = ask(**{named: ends[end].key})
    found = [direction.base.key for direction in asked.directions]

    assert sorted(found) == sorted(one.key for one in ends)
    assert found[named == "end"] == ends[end].key


def test_pictures_have_steps_of_their_own(ask):
    asked = ask(datasets=("digits",), methods=("cnn:iunet",))
    keys = [change.key for change in asked.directions[0].changes]

    assert "precision" in keys
    assert "encoding" not in keys
    assert asked.metrics[0] == "accuracy"


def test_a_derived_protocol_is_complete_and_never_a_default(ask):
    asked = ask()
    for direction in asked.directions:
        for change in direction.changes:
            assert values_of(change.protocol).keys() == values_of(direction.base).keys()
            assert not change.protocol.default
            cells = asked.runs[change.protocol.key].values()
            assert {job.protocol for own in cells for job in own} == {change.protocol.key}


def test_over_three_datasets_there_is_a_mean_with_an_interval_over_the_datasets(ask, make, store):
    asked = ask(datasets=DATASETS, steps=("ticket",))
    gains = dict(zip(DATASETS, (0.01, 0.02, 0.06), strict=True))
    make(asked, lambda job: shift(job, ticket=gains[job.dataset]))

    base, ticket, _ = effect_tables(asked, store)[0].lines

    ((column, effect),) = ticket.means.items()
    assert column.title == "mean of 3 datasets omp"
    assert effect.estimate.value == pytest.approx(3.0)
    spread = 7**0.5  # of 1, 2, 6 points: ((2² + 1² + 3²) / 2)^½
    assert effect.estimate.half == pytest.approx(4.302653 * spread / 3**0.5, rel=1e-5)
    (effect,) = base.means.values()
    assert effect.estimate.half is None
    assert effect.estimate.value == pytest.approx(50 + 100 * sum(map(noise, asked.jobs[:3])) / 3)


def test_a_mean_over_datasets_is_of_all_of_them_or_not_known(ask, make, store):
    asked = ask(datasets=DATASETS, steps=("ticket",))
    make(asked, lambda job: None if job.dataset == "wine" and "+" in job.protocol else 0.5)

    _, ticket, _ = effect_tables(asked, store)[0].lines

    assert [effect.estimate for effect in ticket.means.values()] == [None]


def test_two_datasets_have_no_mean(ask, make, store):
    asked = ask(datasets=DATASETS[:2], steps=("ticket",))
    make(asked, shift)

    assert all(line.means == {} for line in effect_tables(asked, store)[0].lines)
