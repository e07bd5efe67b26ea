"""The one rule that compares an own number with a printed one."""

import pytest

from bench.declared.published import Printed
from bench.judge.verdict import Outcome, judge, not_comparable


def outcome(*numbers, printed):
    return judge(*numbers, printed=printed).outcome


def test_within_one_point_agrees_however_small_the_spread():
    assert outcome(81.4, 0.0, 3, printed=Printed(80.427, 0.0)) is Outcome.AGREES


def test_exactly_one_point_agrees_although_floats_say_a_little_more():
    assert 2.2 - 1.2 > 1.0
    assert outcome(2.2, 0.0, 3, printed=Printed(1.2, 0.0)) is Outcome.AGREES
    assert outcome(2.201, 0.0, 3, printed=Printed(1.2, 0.0)) is Outcome.DIFFERS


def test_twice_the_joint_spread_is_allowed_where_that_is_more_than_a_point():
    # 2 * sqrt(0.9^2 + 1.2^2) = 3 points
    verdict = judge(60.0, 0.9, 3, Printed(63.0, 1.2))

    assert verdict.outcome is Outcome.AGREES
    assert verdict.allowed == pytest.approx(3.0)
    assert verdict.difference == pytest.approx(-3.0)
    assert outcome(59.9, 0.9, 3, printed=Printed(63.0, 1.2)) is Outcome.DIFFERS


def test_a_difference_within_a_tolerance_of_more_than_three_points_says_nothing():
    # 2 * sqrt(3^2 + 4^2) = 10 points
    verdict = judge(60.0, 3.0, 3, Printed(60.0, 4.0))

    assert verdict.outcome is Outcome.SAYS_NOTHING
    assert verdict.reason == "|+0.000| ≤ 10.000 points, wider than 3, n = 3"
    assert outcome(49.9, 3.0, 3, printed=Printed(60.0, 4.0)) is Outcome.DIFFERS


def test_our_own_spread_stands_in_for_one_that_was_not_printed():
    # 2 * sqrt(1^2 + 1^2)
    assert judge(70.0, 1.0, 3, Printed(70.0)).allowed == pytest.approx(8**0.5)
    assert outcome(70.0, 1.0, 3, printed=Printed(72.9)) is Outcome.DIFFERS


def test_numbers_are_equivalent_where_difference_and_tolerance_stay_within_two_points():
    assert judge(70.0, 0.0, 3, Printed(71.0, 0.0)).equivalent
    assert not judge(70.0, 0.0, 3, Printed(71.001, 0.0)).equivalent
    assert not judge(70.0, 1.0, 3, Printed(70.0, 1.0)).equivalent


def test_the_verdict_states_its_numbers_and_how_many_runs_there_were():
    assert judge(60.0, 0.0, 1, Printed(70.0)).reason == "|-10.000| > 1.000 points, n = 1"


def test_a_refused_comparison_has_a_reason_and_no_difference():
    verdict = not_comparable("another metric")

    assert verdict.outcome is Outcome.NOT_COMPARABLE
    assert (verdict.reason, verdict.difference) == ("another metric", None)
