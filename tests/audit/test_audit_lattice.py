"""Which numbers a metric can give, against going through all of them."""

from itertools import product
from statistics import fmean, pstdev, stdev

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import train_test_split

from bench.audit.lattice import (
    at_least,
    batches,
    largest_std,
    lattice,
    possible,
    std_passing,
    swapped_possible,
    three_runs_fit,
)
from bench.audit.odd_runs import pattern_scores
from bench.datasets.catalogue import tabular_datasets
from bench.judge.dataset_facts import class_sizes, stratified, table_facts


def marked(possible):
    places, decimals = np.flatnonzero(possible.marks), possible.decimals
    return {round(int(place) / 10**decimals, decimals) for place in places}


def as_printed(scores, decimals):
    return {round(100 * score, decimals) for score in scores}


def test_plain_accuracy_of_seven_rows_takes_eight_values():
    scores = possible((7,), 1, 3)

    assert marked(scores) == {0, 14.286, 28.571, 42.857, 57.143, 71.429, 85.714, 100}
    assert scores.share == 8 / 100_001


def test_the_mean_of_three_runs_moves_in_thirds_of_a_step():
    assert marked(possible((2,), 3, 3)) == {*(0, 16.667, 33.333, 50, 66.667, 83.333, 100)}


@pytest.mark.parametrize("sizes", [(3, 2), (4, 4, 4), (5, 3, 2)])
def test_balanced_accuracy_takes_the_values_of_all_hits(sizes):
    hits = product(*(range(size + 1) for size in sizes))
    every = {fmean(h / size for h, size in zip(hit, sizes, strict=True)) for hit in hits}

    assert marked(possible(sizes, 1, 3)) == as_printed(every, 3)


def test_the_last_batch_counts_like_a_full_one():
    # eleven pictures in batches of four: 4, 4 and 3
    every = {
        (first / 4 + second / 4 + last / 3) / 3
        for first, second, last in product(range(5), range(5), range(4))
    }

    assert marked(possible(batches(11, 4), 1, 3)) == as_printed(every, 3)


def test_batches_that_fill_up_give_plain_accuracy():
    assert lattice(batches(12, 4)) == lattice((12,))


def test_exchanged_balanced_accuracy_is_that_of_scikit_learn():
    truth = np.repeat([0, 1], (4, 3))
    every = set()
    for right, wrong in product(range(5), range(4)):
        predicted = np.repeat([0, 1, 0, 1], (right, 4 - right, wrong, 3 - wrong))
        hit = [np.mean(truth[predicted == c] == c) for c in (0, 1) if (predicted == c).any()]
        every.add(float(np.mean(hit)))
        if 0 < right + wrong < 7:
            assert np.isclose(np.mean(hit), balanced_accuracy_score(predicted, truth))

    assert marked(swapped_possible((4, 3), 3)) == as_printed(every, 3)


def test_a_value_halfway_between_two_printed_ones_may_be_either():
    scores = possible((16,), 1, 1)  # 1/16 is 6.25

    assert 6.2 in scores
    assert 6.3 in scores
    assert 6.4 not in scores


def test_a_number_above_100_is_never_possible():
    assert 100.001 not in possible((7,), 1, 3)
    assert 100.001 not in possible((4_000_000,), 1, 3)


@pytest.mark.parametrize(("ddof", "spread"), [(0, pstdev), (1, stdev)])
def test_three_runs_fit_exactly_the_means_and_spreads_they_have(ddof, spread):
    classes = (3, 2)
    runs = [100 * (a / 3 + b / 2) / 2 for a, b in product(range(4), range(3))]
    have = {
        (round(fmean(three), 1), round(spread(three), 1))
        for three in product(runs, repeat=3)
        if max(three) < 70
    }
    tried = [(mean, std) for mean in (30.6, 38.9, 50.0) for std in np.arange(0, 20, 0.1).round(1)]

    fits = {(m, float(s)) for m, s in tried if three_runs_fit(classes, m, s, ddof, 0.05)}

    near = {pair for pair in have if pair[0] in (30.6, 38.9, 50.0) and pair[1] < 9}
    assert near
    assert near <= fits
    every = {(round(fmean(t), 1), round(spread(t), 1)) for t in product(runs, repeat=3)}
    assert fits <= every


def test_the_share_of_spreads_that_fit_is_small_on_a_small_test_part():
    assert std_passing((50,), 2.0, 0, 3) < 0.02
    assert std_passing((20_000,), 2.0, 0, 3) > 0.95


@pytest.mark.parametrize(
    ("mean", "ddof", "largest"), [(90, 0, 14.142), (90, 1, 17.321), (50, 0, 40.825)]
)
def test_the_largest_spread_belongs_to_scores_at_the_ends(mean, ddof, largest):
    # 90: 100, 100, 70; 50: 100, 50, 0
    assert largest_std(mean, ddof) == pytest.approx(largest, abs=1e-3)


def test_chances_of_independent_tests_add_up():
    assert at_least(0, [0.5, 0.5]) == 1
    assert at_least(1, [0.5, 0.5]) == 0.75
    assert at_least(2, [0.1, 0.2]) == pytest.approx(0.02)


def test_scores_of_a_pattern_of_errors_are_those_of_scikit_learn():
    sizes, errors = (5, 3, 2), ((0, 1), (2, 0))
    truth = [0] * 5 + [1] * 3 + [2] * 2
    predicted = [1] + [0] * 4 + [1] * 3 + [0] + [2]

    assert pattern_scores(sizes, np.array([errors]))[0] == pytest.approx(
        (
            accuracy_score(truth, predicted),
            balanced_accuracy_score(truth, predicted),
            balanced_accuracy_score(predicted, truth),
        )
    )


@pytest.mark.parametrize("key", ["credit-g", "kc1", "phoneme", "car", "anneal", "segment"])
def test_test_rows_of_each_class_are_those_of_scikit_learn(key):
    entry = tabular_datasets()[key]
    sizes = class_sizes(entry)
    labels = np.repeat(np.arange(len(sizes)), sizes)

    _, test = train_test_split(
        labels, test_size=table_facts(entry).test, random_state=11, stratify=labels
    )

    assert stratified(sizes, len(test)) == tuple(np.bincount(test))


def test_class_sizes_are_given_only_where_the_shares_leave_one_possibility():
    assert class_sizes(tabular_datasets()["kc1"]) == (1783, 326)
    assert class_sizes(tabular_datasets()["segment"]) == (330,) * 7
    assert class_sizes(tabular_datasets()["adult"]) is None
    assert class_sizes(tabular_datasets()["vehicle"]) is None


@pytest.mark.parametrize("key", ["anneal", "car"])
def test_class_sizes_on_record_are_those_of_the_catalogue(key):
    entry = tabular_datasets()[key]
    sizes = class_sizes(entry)

    assert (sum(sizes), len(sizes)) == (entry.rows, entry.classes)
    assert round(max(sizes) / entry.rows, 4) == entry.majority
    assert round(min(sizes) / entry.rows, 4) == entry.minority
