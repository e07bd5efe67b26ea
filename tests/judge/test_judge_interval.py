"""Intervals against scipy's and against numbers worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from bench.judge.interval import Sample, mean_of, weighted_sum, welch

STEP = {0: 75.1, 1: 78.4, 2: 76.0}
BASE = {0: 74.0, 1: 75.5, 2: 75.9}
OTHER = {42: 80.0, 1: 79.0, 2: 83.0, 7: 81.5}


def ends(estimate):
    return estimate.value - estimate.half, estimate.value + estimate.half


def test_conditions_of_the_same_seeds_are_paired():
    found = weighted_sum([(1.0, STEP), (-1.0, BASE)])
    expected = stats.ttest_rel([*STEP.values()], [*BASE.values()]).confidence_interval(0.95)

    assert ends(found) == pytest.approx((expected.low, expected.high))


def test_conditions_of_different_seeds_are_compared_as_welch_does():
    found = weighted_sum([(1.0, OTHER), (-1.0, BASE)])
    test = stats.ttest_ind([*OTHER.values()], [*BASE.values()], equal_var=False)
    expected = test.confidence_interval(0.95)

    assert ends(found) == pytest.approx((expected.low, expected.high))


def test_a_mean_alone_has_the_usual_t_interval():
    found = weighted_sum([(1.0, BASE)])
    mean, error = np.mean([*BASE.values()]), stats.sem([*BASE.values()])

    assert ends(found) == pytest.approx(stats.t.interval(0.95, 2, mean, error))


def test_worked_by_hand():
    """Differences 1, 2, 3: mean 2, standard error 1/sqrt 3, t of 2 degrees 4.3027."""
    found = weighted_sum([(1.0, {0: 1.0, 1: 3.0, 2: 5.0}), (-1.0, {0: 0.0, 1: 1.0, 2: 2.0})])

    assert found.value == pytest.approx(2.0)
    assert found.half == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert not found.clear


def test_a_sum_of_steps_lets_what_a_seed_does_to_all_cancel():
    """Every condition is the base plus a constant: the sum is known exactly, so has no spread."""
    shifted = [{seed: score + shift for seed, score in BASE.items()} for shift in (1.0, 2.0)]

    found = weighted_sum([(1.0, shifted[0]), (1.0, shifted[1]), (-2.0, BASE)])

    assert found.value == pytest.approx(3.0)
    assert found.half is None


def test_an_interval_that_leaves_out_zero_is_clear():
    assert weighted_sum([(1.0, {0: 5.0, 1: 5.1}), (-1.0, {0: 1.0, 1: 1.0})]).clear


def test_runs_that_all_score_the_same_have_no_interval_and_are_not_clear():
    found = weighted_sum([(1.0, {0: 50.0, 1: 50.0}), (-1.0, {0: 84.0, 1: 84.0})])

    assert (found.value, found.half, found.clear) == (-34.0, None, False)


def test_a_single_run_has_no_interval():
    assert weighted_sum([(1.0, {0: 50.0}), (-1.0, {1: 40.0, 2: 41.0})]).half is None


def test_p_is_that_of_the_paired_and_of_welchs_test():
    paired = weighted_sum([(1.0, STEP), (-1.0, BASE)]).p()
    apart = weighted_sum([(1.0, OTHER), (-1.0, BASE)]).p()

    one, other, base = ([*scores.values()] for scores in (STEP, OTHER, BASE))
    assert paired == pytest.approx(stats.ttest_rel(one, base).pvalue)
    assert apart == pytest.approx(stats.ttest_ind(other, base, equal_var=False).pvalue)


def test_a_mean_is_tested_against_a_bound():
    values = [*OTHER.values()]

    assert mean_of(values).p(79.5) == pytest.approx(stats.ttest_1samp(values, 79.5).pvalue)
    assert mean_of(values).interval == pytest.approx(
        stats.ttest_1samp(values, 0).confidence_interval(0.95), rel=1e-9
    )


def test_printed_means_and_spreads_give_welchs_test_of_the_values_behind_them():
    values = [*OTHER.values()], [*BASE.values()]
    printed = (Sample.of_population(float(np.mean(v)), float(np.std(v)), len(v)) for v in values)

    found = welch(*printed)
    test = stats.ttest_ind(*values, equal_var=False)

    assert found.p() == pytest.approx(test.pvalue)
    assert found.interval == pytest.approx(test.confidence_interval(0.95), rel=1e-9)


def test_means_without_a_spread_have_no_test():
    found = welch(Sample(50.0, 0.0, 3), Sample(84.0, 0.0, 3))

    assert (found.value, found.half, found.interval, found.p()) == (-34.0, None, None, None)


@pytest.mark.parametrize("same_seeds", [True, False], ids=["paired", "Welch"])
def test_of_many_intervals_one_in_twenty_misses(same_seeds):
    draw = np.random.default_rng(1)
    missed = 0
    for _ in range(2000):
        scores = draw.normal(70.0, 1.0, size=(2, 3))
        seeds = [(0, 1, 2), (0, 1, 2) if same_seeds else (42, 1, 2)]
        step, base = (dict(zip(s, row, strict=True)) for s, row in zip(seeds, scores, strict=True))
        missed += weighted_sum([(1.0, step), (-1.0, base)]).clear

    assert 0.02 < missed / 2000 < 0.065
