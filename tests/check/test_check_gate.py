"""The statistical gate on simulated results, and its arithmetic."""

import numpy as np
import pytest
from scipy.stats import t

from bench.check.gate import LEAST, SMALLEST, fires, margins, p_values
from bench.docs.gate import fewest, power
from bench.judge.effects import p_below_zero

CHANGES, DATASETS, SEEDS = 1000, 40, 3


def simulated(drop, columns=1, datasets=DATASETS, changes=CHANGES, seed=2309):
    """Whether the gate fires, a change each: scores of two triples of seeds, std one point."""
    rng = np.random.default_rng([seed, round(10 * abs(drop)), columns])
    reference = rng.normal(80, 1, (changes, datasets, SEEDS))
    current = rng.normal(80 - drop, 1, (changes, datasets, SEEDS))
    seeds = np.full((changes, datasets), SEEDS)
    allowed = margins(reference.std(axis=-1, ddof=1), seeds, seeds, columns)
    return fires(current.mean(axis=-1) - reference.mean(axis=-1), allowed)


def test_harmless_changes_fire_in_under_two_percent():
    assert simulated(0.0).mean() < 0.02


def test_true_drops_of_half_a_point_fire_in_over_85_percent():
    assert simulated(0.5).mean() > 0.85


def test_gains_never_fire():
    assert not simulated(-0.5).any()


def test_a_check_of_many_columns_fires_no_more_often_than_of_one():
    harmless = simulated(0.0, columns=10, changes=10 * CHANGES).reshape(CHANGES, 10)

    assert harmless.any(axis=1).mean() < 0.02


def test_both_conditions_are_needed():
    one_fell = np.array([-12.0, 0.1, 0.2, 0.1, 0.3, 0.1])
    all_fell = np.full(6, -0.05) - np.arange(6) / 1000

    assert -one_fell.mean() > 0.2 and not fires(one_fell, 0.2)
    assert p_values(all_fell) < 0.05 and not fires(all_fell, 0.2)
    assert fires(all_fell - 1, 0.2)


def test_the_test_is_one_sided_and_leaves_out_what_did_not_move():
    fell = np.array([-1.0, -2.0, -3.0, -4.0, -5.0, -6.0])

    assert p_values(fell) == pytest.approx(1 / 2**6)
    assert p_values(-fell) == pytest.approx(1.0)
    assert p_values([*fell, 0.0]) == pytest.approx(1 / 2**6)
    assert p_values(np.zeros(8)) == 1.0


def test_six_is_the_first_number_of_datasets_that_can_say_something_beyond_one_exception():
    assert LEAST == 6
    assert p_values([-1.0, -2.0, -3.0, -4.0, 0.5]) > 0.05 > p_values([-2.0, -3, -4, -5, -6, 1])


def test_the_margin_of_equal_spreads_is_worked_out_by_hand():
    spread, seeds = np.full(40, 1.0), np.full(40, 3)

    expected = t.ppf(0.99, 80) * np.sqrt(2 / 3 / 40)

    assert margins(spread, seeds, seeds) == pytest.approx(expected)
    assert expected == pytest.approx(0.3065, abs=1e-4)


def test_more_columns_make_a_wider_margin_and_more_seeds_a_narrower_one():
    spread, three, nine = np.full(40, 1.0), np.full(40, 3), np.full(40, 9)

    assert margins(spread, three, three, 10) > margins(spread, three, three)
    assert margins(spread, nine, nine) < margins(spread, three, three)


def test_a_margin_is_never_below_the_last_printed_digit():
    assert margins(np.zeros(6), np.full(6, 3), np.full(6, 3)) == SMALLEST


def test_p_values_of_many_rows_are_those_of_each_row_also_with_ties():
    rows = np.random.default_rng(1).normal(size=(50, 9))
    rows[:25] = rows[:25].round()

    assert p_values(rows) == pytest.approx([p_below_zero(row) for row in rows])


@pytest.mark.parametrize(("drop", "columns"), [(0.5, 1), (0.5, 11), (0.25, 1)])
def test_power_is_the_share_of_simulated_changes_that_fire(drop, columns):
    by_seed = simulated(drop, columns).mean()

    assert power(np.ones(DATASETS), drop, columns=columns) == pytest.approx(by_seed, abs=0.06)


def test_spreads_are_repeated_over_more_datasets_and_seeds_make_power():
    spreads = np.array([0.0, 0.0, 1.0, 2.0, 3.0, 8.0])

    alone, twice = power(spreads, 2), power(spreads, 2, datasets=12)

    assert alone < twice == power(np.tile(spreads, 2), 2)
    assert alone < power(spreads, 2, seeds=6)
    assert power(spreads, 0) < 0.02


def test_the_fewest_that_are_enough_are_found():
    assert [fewest(lambda n, at=at: n >= at, 2, 50) for at in (1, 2, 17, 50, 99)] == [
        *(2, 2, 17, 50, 50)
    ]
