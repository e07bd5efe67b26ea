"""From intervals and chances to verdicts."""

import pytest

from bench.claims.rule import Outcome, by_interval, by_rows, by_signed_rank, together
from bench.claims.statistics import effect_of

SUPPORTED, CONTRADICTED, UNDECIDED = Outcome.SUPPORTED, Outcome.CONTRADICTED, Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("interval", "relation", "margin", "outcome"),
    [
        ((0.1, 2.0), "above", 0.0, SUPPORTED),
        ((-0.1, 2.0), "above", 0.0, UNDECIDED),
        ((-2.0, -0.1), "above", 0.0, CONTRADICTED),
        ((0.0, 0.0), "above", 0.0, UNDECIDED),
        ((-0.9, 2.0), "not below", 1.0, SUPPORTED),
        ((-1.1, 2.0), "not below", 1.0, UNDECIDED),
        ((-3.0, -1.1), "not below", 1.0, CONTRADICTED),
        ((-2.0, 0.9), "not above", 1.0, SUPPORTED),
        ((0.5, 1.1), "not above", 1.0, UNDECIDED),
        ((1.1, 3.0), "not above", 1.0, CONTRADICTED),
    ],
)
def test_an_interval_decides_where_all_of_it_lies_on_one_side(interval, relation, margin, outcome):
    assert by_interval(interval, relation, margin) is outcome


def test_every_row_has_to_hold_and_one_that_fails_contradicts():
    holds, fails, open_ = (1.0, 2.0), (-2.0, -1.0), (-1.0, 1.0)

    assert by_rows([holds, holds], "above", 0.0) is SUPPORTED
    assert by_rows([holds, open_], "above", 0.0) is UNDECIDED
    assert by_rows([holds, open_, fails], "above", 0.0) is CONTRADICTED


@pytest.mark.parametrize(
    ("sign", "adjusted", "outcome"),
    [(1, 0.04, SUPPORTED), (-1, 0.04, CONTRADICTED), (1, 0.05, UNDECIDED), (1, None, UNDECIDED)],
)
def test_the_signed_rank_test_decides_below_alpha_in_the_direction_of_the_ranks(
    sign, adjusted, outcome
):
    effect = effect_of([sign * one for one in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)])

    assert by_signed_rank(effect, adjusted) is outcome


def test_a_claim_stands_only_if_all_its_comparisons_do():
    assert together([SUPPORTED, SUPPORTED]) is SUPPORTED
    assert together([SUPPORTED, UNDECIDED]) is UNDECIDED
    assert together([SUPPORTED, UNDECIDED, CONTRADICTED]) is CONTRADICTED
    assert together([SUPPORTED, Outcome.NOT_COMPARABLE]) is Outcome.NOT_COMPARABLE
