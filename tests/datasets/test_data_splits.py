"""Stratified splits equal scikit-learn's, and small classes are handled as documented."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from bench.datasets.load import split_rows
from bench.errors import DataMismatch
from iunet.declare.protocol import TableSplit

SPLIT = TableSplit(test=0.2, valid_of_rest=0.25, seed=11)


def labels(*counts):
    y = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(0).permutation(y)


def parts_of(y, split=SPLIT):
    return split_rows(y, split, [f"class{k}" for k in range(y.max() + 1)])


def test_splits_are_scikit_learns_on_the_class_names():
    y = labels(57, 31, 12)
    parts = parts_of(y)
    names = np.array(["apple", "box", "cat"])[y]
    rows = np.arange(len(y))
    rest, test = train_test_split(rows, test_size=0.2, random_state=11, stratify=names)
    train, valid = train_test_split(rest, test_size=0.25, random_state=11, stratify=names[rest])
    for own, theirs in zip(
        (parts.train, parts.valid, parts.test), (train, valid, test), strict=True
    ):
        np.testing.assert_array_equal(own, theirs)
    assert parts.notes == ()


@pytest.mark.parametrize(
    ("counts", "share", "sizes"),
    [((1783, 326), 0.2, (1349, 338, 422)), ((39922, 5289), 0.25, (27126, 9042, 9043))],
)
def test_sizes_are_rounded_up(counts, share, sizes):
    parts = parts_of(labels(*counts), TableSplit(0.2, share, 1))
    assert (len(parts.train), len(parts.valid), len(parts.test)) == sizes


def test_every_row_is_in_exactly_one_part():
    y = labels(40, 1, 30, 1, 2)
    parts = parts_of(y)
    together = np.concatenate([parts.train, parts.valid, parts.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(len(y)))


def test_a_class_of_one_row_stays_in_training_and_is_noted():
    y = labels(60, 39, 1)
    parts = parts_of(y)
    assert (y[parts.train] == 2).sum() == 1
    assert len(parts.test) == 20
    assert "test split: one row left of class class2, stays out of it" in parts.notes
    assert "no test row of class class2" in parts.notes


def test_several_classes_of_one_row_share_a_stratum():
    parts = parts_of(labels(60, 36, 1, 1, 1, 1))
    assert parts.notes[0] == (
        "test split: one row left of class class2, class3, class4, class5, share one stratum"
    )
    assert len(parts.test) == 20


def test_too_few_rows_to_stratify_is_one_clear_error():
    with pytest.raises(DataMismatch, match="6 rows are too few to split off 2, stratified by 3"):
        parts_of(labels(2, 2, 2))
