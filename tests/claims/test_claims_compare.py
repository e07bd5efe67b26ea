"""From tests of differences, rows and ranks to verdicts."""

import pytest

from bench.claims.compare import (
    Evidence,
    Outcome,
    by_difference,
    by_rows,
    by_signed_rank,
    joint_outcome,
    outcomes_of,
)
from bench.judge.effects import effect_of
from bench.judge.interval import Estimate, mean_of

SUPPORTED, CONTRADICTED, UNDECIDED = Outcome.SUPPORTED, Outcome.CONTRADICTED, Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("difference", "relation", "margin", "shows"),
    [
        (1.0, "above", 0.0, SUPPORTED),
        (-1.0, "above", 0.0, CONTRADICTED),
        (-0.5, "not below", 1.0, SUPPORTED),
        (-1.5, "not below", 1.0, CONTRADICTED),
        (0.5, "not above", 1.0, SUPPORTED),
        (1.5, "not above", 1.0, CONTRADICTED),
    ],
)
def test_a_difference_is_tested_against_the_margin(difference, relation, margin, shows):
    bound = margin if relation == "not above" else -margin
    estimate = mean_of([difference - 0.1, difference, difference + 0.1])

    tested = by_difference(estimate, relation, margin)

    assert tested == Evidence(estimate.p(bound), shows)


def test_a_difference_without_a_standard_error_shows_nothing():
    assert by_difference(Estimate(30.0), "above", 0.0) == Evidence(1.0, UNDECIDED)


@pytest.mark.parametrize(
    ("holding", "failing", "open_", "shows"),
    [
        (3, 0, 0, SUPPORTED),
        (2, 0, 1, UNDECIDED),
        (11, 1, 0, UNDECIDED),
        (0, 1, 11, UNDECIDED),
        (6, 6, 0, UNDECIDED),
        (5, 7, 0, CONTRADICTED),
        (0, 2, 1, CONTRADICTED),
        (0, 1, 0, CONTRADICTED),
    ],
)
def test_every_row_has_to_hold_and_more_than_half_have_to_fail(holding, failing, open_, shows):
    rows = [Evidence(0.001, SUPPORTED)] * holding + [Evidence(0.001, CONTRADICTED)] * failing
    rows += [Evidence(0.5, SUPPORTED)] * open_

    tested = by_rows(rows)

    assert tested.shows is shows
    assert tested.p == pytest.approx(0.001 * len(rows))


def test_rows_are_adjusted_over_the_rows():
    rows = [Evidence(0.02, SUPPORTED), Evidence(0.03, SUPPORTED), Evidence(0.001, CONTRADICTED)]

    # .001 x 3; .02 x 2; .03 x 1 is raised to .04.
    assert outcomes_of(rows) == [SUPPORTED, SUPPORTED, CONTRADICTED]
    assert outcomes_of([Evidence(0.026, SUPPORTED), *rows[1:]])[:2] == [UNDECIDED, UNDECIDED]


@pytest.mark.parametrize(
    ("sign", "adjusted", "outcome"),
    [(1, 0.04, SUPPORTED), (-1, 0.04, CONTRADICTED), (1, 0.05, UNDECIDED)],
)
def test_the_signed_rank_test_decides_below_alpha_in_the_direction_of_the_ranks(
    sign, adjusted, outcome
):
    tested = by_signed_rank(effect_of([sign * one for one in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)]))

    assert tested.p == pytest.approx(2 / 2**6)
    assert tested.outcome(adjusted) is outcome


def test_what_should_lie_below_is_supported_by_low_numbers():
    lower = effect_of([-1.0, -2.0, -3.0, -4.0, -5.0, -6.0])

    assert by_signed_rank(lower, "below").shows is SUPPORTED
    assert by_signed_rank(lower, "above").shows is CONTRADICTED
    assert by_difference(mean_of([-1.1, -1.0, -0.9]), "below", 0.0).shows is SUPPORTED


def test_pairs_that_are_all_tied_show_nothing():
    assert by_signed_rank(effect_of([0.0] * 6)) == Evidence(1.0, UNDECIDED)


def test_a_claim_stands_only_if_all_its_comparisons_do():
    assert joint_outcome([SUPPORTED, SUPPORTED]) is SUPPORTED
    assert joint_outcome([SUPPORTED, UNDECIDED]) is UNDECIDED
    assert joint_outcome([SUPPORTED, UNDECIDED, CONTRADICTED]) is CONTRADICTED
    assert joint_outcome([SUPPORTED, Outcome.NOT_COMPARABLE]) is Outcome.NOT_COMPARABLE
