"""Choosing a grid point by validation scores alone."""

import pytest

from bench.judge.cell import select_point

LOW, MIDDLE, HIGH = ((("l1", value),) for value in (1e-6, 1e-5, 2e-5))


def test_the_highest_mean_over_the_seeds_wins():
    scores = {LOW: [0.9, 0.5, 0.6], MIDDLE: [0.7, 0.7, 0.7], HIGH: [0.1, 0.2, 1.0]}

    assert select_point([LOW, MIDDLE, HIGH], scores) == MIDDLE


def test_equal_means_go_to_the_first_declared_whatever_the_order_of_the_seeds():
    scores = {HIGH: [0.1, 0.2, 0.3], LOW: [0.3, 0.2, 0.1]}

    assert sum(scores[HIGH]) != sum(scores[LOW])
    assert select_point([LOW, HIGH], scores) == LOW
    assert select_point([HIGH, LOW], scores) == HIGH


@pytest.mark.parametrize("scores", [{LOW: [0.5, 0.5]}, {LOW: [0.5, 0.5], HIGH: [0.9]}])
def test_a_grid_with_missing_runs_has_no_winner(scores):
    with pytest.raises(ValueError, match="uneven grid"):
        select_point([LOW, HIGH], scores)
