"""Preprocessing, fitted on the training rows only."""

import numpy as np
import pytest

from bench.datasets.encode import BLOCK, fit_encoder
from bench.datasets.table import build_table, categorical, numeric
from bench.errors import DataMismatch
from iunet.declare.protocol import TablePreprocessing

CODES = TablePreprocessing(categories="codes", numeric_missing="zero")
ONE_HOT = TablePreprocessing(categories="one-hot", numeric_missing="median")
TRAIN = np.arange(4)
NAN = np.nan


def table(*columns):
    n = len(columns[0].values)
    return build_table(columns, categorical("target", np.arange(n) % 2, ["no", "yes"]))


def words(name, *values):
    known = sorted({value for value in values if value is not None})
    codes = [-1 if value is None else known.index(value) for value in values]
    return categorical(name, np.array(codes), known)


def numbers(name, *values):
    return numeric(name, np.array(values))


def encoded(settings, *columns):
    made = table(*columns)
    encoder = fit_encoder(made, TRAIN, settings)
    return encoder, encoder(np.arange(made.rows))


def test_missing_numbers_become_zero_before_standardising():
    _, x = encoded(CODES, numbers("n", 2.0, NAN, 4.0, 6.0, 100.0))
    train = np.array([2.0, 0.0, 4.0, 6.0])
    expected = (np.array([2.0, 0.0, 4.0, 6.0, 100.0]) - train.mean()) / train.std()
    np.testing.assert_allclose(x[:, 0], expected, rtol=1e-6)


def test_missing_numbers_become_the_training_median():
    _, x = encoded(ONE_HOT, numbers("n", 2.0, NAN, 4.0, 12.0, 100.0))
    train = np.array([2.0, 4.0, 4.0, 12.0])
    expected = (np.array([2.0, 4.0, 4.0, 12.0, 100.0]) - train.mean()) / train.std()
    np.testing.assert_allclose(x[:, 0], expected, rtol=1e-6)


def test_codes_count_from_one_in_order_of_appearance_and_are_not_scaled():
    encoder, x = encoded(CODES, words("w", "z", None, "a", "z", "first seen in test"))
    assert x[:, 0].tolist() == [1.0, 0.0, 2.0, 1.0, 3.0]
    assert encoder.categorical.tolist() == [True]


def test_one_hot_has_a_column_for_missing_and_nothing_for_the_unknown():
    encoder, x = encoded(ONE_HOT, words("w", "z", None, "a", "z", "unknown"))
    assert x.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert encoder.groups.tolist() == [0, 0, 0]


def test_one_hot_has_no_column_for_missing_that_training_never_saw():
    _, x = encoded(ONE_HOT, words("w", "z", "a", "a", "z", None))
    assert x.tolist() == [[1, 0], [0, 1], [0, 1], [1, 0], [0, 0]]


def test_codes_keep_the_order_of_the_file():
    columns = (words("w", *"abab"), numbers("n", 1.0, 2.0, 3.0, 4.0), words("v", *"ccdd"))
    encoder, x = encoded(CODES, *columns)
    assert encoder.categorical.tolist() == [True, False, True]
    assert encoder.groups.tolist() == [0, 1, 2]
    assert x[:, 2].tolist() == [1, 1, 2, 2]


def test_numbers_come_before_one_hot_categories_and_groups_hold_a_feature_together():
    columns = (words("w", *"abab"), numbers("n", 1.0, 2.0, 3.0, 4.0), words("v", *"cdee"))
    encoder, x = encoded(ONE_HOT, *columns)
    assert encoder.categorical.tolist() == [False] + [True] * 5
    assert encoder.groups.tolist() == [0, 1, 1, 2, 2, 2]
    assert x[:, 1].tolist() == [1, 0, 1, 0]


def test_a_column_missing_throughout_is_zero_or_dropped_with_a_note():
    columns = (
        numbers("n", *[NAN] * 5),
        words("w", *[None] * 5),
        numbers("k", 1.0, 2.0, 3.0, 4.0, 5.0),
    )
    _, x = encoded(CODES, *columns)
    assert x[:, :2].tolist() == [[0, 0]] * 5
    encoder, x = encoded(ONE_HOT, *columns)
    assert x.shape == (5, 1)
    assert encoder.notes == (
        "column 'n' has no value in the training rows, dropped",
        "column 'w' has no value in the training rows, dropped",
    )


@pytest.mark.parametrize("settings", [CODES, ONE_HOT])
def test_a_constant_column_is_zero(settings):
    _, x = encoded(settings, numbers("n", 7.0, 7.0, 7.0, 7.0, 9.0))
    assert x[:, 0].tolist() == [0, 0, 0, 0, 2]


@pytest.mark.parametrize("settings", [CODES, ONE_HOT])
def test_rows_outside_training_do_not_move_the_encoding(settings):
    start = (1.0, NAN, 3.0, 5.0)
    _, one = encoded(settings, numbers("n", *start, 8.0), words("w", *"abab", "a"))
    _, other = encoded(settings, numbers("n", *start, -1e6), words("w", *"abab", "new"))
    np.testing.assert_array_equal(one[:4], other[:4])


@pytest.mark.parametrize("settings", [CODES, ONE_HOT])
def test_many_columns_are_encoded_as_each_alone(settings):
    rng = np.random.default_rng(0)
    columns = [numbers(f"n{j}", *rng.normal(size=6)) for j in range(BLOCK + 3)]
    _, together = encoded(settings, *columns)
    alone = np.hstack([encoded(settings, column)[1] for column in columns])
    np.testing.assert_array_equal(together, alone)
    assert together.dtype == np.float32


def test_a_table_without_a_training_value_is_refused():
    with pytest.raises(DataMismatch, match="no column has a value in the training rows"):
        encoded(ONE_HOT, numbers("n", NAN, NAN, NAN, NAN, 1.0))
