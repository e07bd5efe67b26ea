"""Scores against scikit-learn, SciPy and numbers worked out by hand."""

import warnings

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn import metrics

from iunet.measure.metrics import (
    batch_mean_top5,
    confusion_counts,
    metrics_of,
    top5_accuracy,
)


def predictions(kind, n=311, classes=4):
    draw = np.random.default_rng(5)
    truth = draw.integers(classes, size=n)
    if kind == "one class":
        return truth, np.full(n, 2)
    if kind == "perfect":
        return truth, truth.copy()
    if kind == "a class never predicted":
        return truth, np.where(truth == 3, 0, truth)
    if kind == "a class absent from the truth":
        return np.minimum(truth, 2), truth
    return truth, draw.integers(classes, size=n)


KINDS = pytest.mark.parametrize(
    "kind",
    ["random", "perfect", "one class", "a class never predicted", "a class absent from the truth"],
)


@KINDS
def test_scores_equal_those_of_scikit_learn(kind):
    truth, predicted = predictions(kind)

    found = metrics_of(truth, predicted, 4)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that one side lacks, which we leave out too
        assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted))
        assert found["balanced_accuracy"] == pytest.approx(
            metrics.balanced_accuracy_score(truth, predicted)
        )
        assert found["swapped_balanced_accuracy"] == pytest.approx(
            metrics.balanced_accuracy_score(predicted, truth)
        )
        assert found["cohen_kappa"] == pytest.approx(metrics.cohen_kappa_score(truth, predicted))


@KINDS
def test_confusion_counts_equal_those_of_scikit_learn(kind):
    truth, predicted = predictions(kind)

    expected = metrics.confusion_matrix(truth, predicted, labels=range(4))
    assert (confusion_counts(truth, predicted, 4) == expected).all()


@KINDS
def test_entropy_and_top_share_are_those_of_the_predicted_classes(kind):
    truth, predicted = predictions(kind)

    found = metrics_of(truth, predicted, 4)

    shares = np.bincount(predicted, minlength=4) / len(predicted)
    assert found["predicted_class_entropy"] == pytest.approx(entropy(shares), abs=1e-12)
    assert found["top_class_share"] == shares.max()


def test_predicting_the_majority_alone_gives_the_known_values():
    truth = np.array([0] * 70 + [1] * 30)

    found = metrics_of(truth, np.zeros(100, dtype=np.int64), 2)

    assert found["balanced_accuracy"] == 0.5
    assert found["swapped_balanced_accuracy"] == 0.7
    assert found["cohen_kappa"] == 0
    assert found["predicted_class_entropy"] == 0


def test_agreement_of_two_constant_predictions_is_no_agreement_beyond_chance():
    constant = np.ones(10, dtype=np.int64)

    assert metrics_of(constant, constant, 3)["cohen_kappa"] == 0


def test_a_last_batch_of_16_rows_counts_like_one_of_128():
    truth = np.zeros(128 + 16, dtype=np.int64)
    predicted = np.concatenate([np.zeros(64), np.ones(64), np.zeros(16)]).astype(np.int64)

    found = metrics_of(truth, predicted, 2)

    assert found["batch_mean_accuracy"] == pytest.approx((0.5 + 1.0) / 2)
    assert found["accuracy"] == pytest.approx(80 / 144)


def test_top5_accuracy_equals_that_of_scikit_learn():
    draw = np.random.default_rng(0)
    truth, scores = draw.integers(20, size=300), draw.normal(size=(300, 20))

    expected = metrics.top_k_accuracy_score(truth, scores, k=5, labels=range(20))
    assert top5_accuracy(truth, scores) == pytest.approx(expected)
    assert 0.1 < expected < 0.9


def test_of_equal_scores_the_first_five_classes_count():
    level = np.zeros((8, 8), dtype=np.float32)

    assert top5_accuracy(np.arange(8), level) == 5 / 8
    level[:, 7] = 1
    assert top5_accuracy(np.arange(8), level) == 5 / 8  # now the last and the first four
    assert top5_accuracy(np.array([4, 7]), level[:2]) == 1 / 2


@pytest.mark.parametrize("classes", [2, 5])
def test_with_five_classes_or_fewer_every_row_is_right(classes):
    truth = np.arange(10) % classes

    assert top5_accuracy(truth, np.random.default_rng(1).normal(size=(10, classes))) == 1


def test_scores_that_are_no_numbers_count_against_their_row():
    scores = np.full((2, 6), np.nan)
    scores[1, :5] = 0.0

    assert top5_accuracy(np.array([0, 5]), scores) == 0


def test_the_mean_of_batches_counts_a_short_last_batch_like_a_full_one():
    # Six classes: the true one is first or last by score, so within the first five or not.
    hits = np.array([True, True, True, False, False])
    scores = np.tile(np.arange(6, 0, -1.0), (5, 1)).astype(np.float32)
    truth = np.where(hits, 0, 5)

    assert top5_accuracy(truth, scores) == pytest.approx(3 / 5)
    assert batch_mean_top5(truth, scores, batch=4) == pytest.approx((3 / 4 + 0) / 2)
