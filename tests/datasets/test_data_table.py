"""The canonical form: equal content has one digest, whatever the source."""

import numpy as np
import pytest

from bench.datasets.table import build_table, categorical, numeric, spelled
from bench.errors import DataMismatch


def table(x=(1.0, 2.0, np.nan), codes=(0, 1, -1), spellings=("b", "a"), target=(1, 0, 1)):
    return build_table(
        [
            numeric("x", np.array(x)),
            categorical("c", np.array(codes, dtype=np.int32), spellings),
        ],
        categorical("target", np.array(target, dtype=np.int32), ["yes", "no"]),
    )


def test_categories_are_numbered_in_order_of_first_appearance():
    column = categorical("c", np.array([2, -1, 0, 2]), ["a", "never", "z"])
    assert column.spellings == ("z", "a")
    assert column.values.tolist() == [0, -1, 1, 0]


def test_classes_are_sorted_as_strings_and_rows_keep_their_class():
    target = categorical("target", np.array([0, 1, 2]), ["9", "10", "x"])
    made = build_table([], target)
    assert made.classes == ("10", "9", "x")
    assert made.y.tolist() == [1, 0, 2]


def test_digest_ignores_how_a_source_stores_the_same_content():
    declared_otherwise = table(codes=(1, 2, -1), spellings=("unused", "b", "a"))
    assert declared_otherwise.digest() == table().digest()


def test_digest_is_the_same_for_negative_zero_and_any_nan():
    odd_nan = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    assert table(x=(-0.0, 2.0, odd_nan)).digest() == table(x=(0.0, 2.0, np.nan)).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"x": (1.0, 2.0 + 1e-15, np.nan)},
        {"x": (1.0, 2.0, 0.0)},
        {"codes": (0, 1, 1)},
        {"spellings": ("b", "c")},
        {"target": (0, 1, 0)},
    ],
)
def test_digest_differs_when_one_value_does(change):
    assert table(**change).digest() != table().digest()


def test_numbers_read_as_categories_are_spelled_as_integers():
    column = spelled(numeric("c", np.array([3.0, np.nan, 1.0, 3.0])))
    assert column.spellings == ("3", "1")
    assert column.values.tolist() == [0, -1, 1, 0]


def test_true_and_false_have_one_case_and_other_words_keep_theirs():
    assert categorical("c", np.array([0, 1]), [False, True]).spellings == ("false", "true")
    assert categorical("c", np.array([0, 1]), ["FALSE", "True"]).spellings == ("false", "true")
    assert categorical("c", np.array([0, 1]), ["True", "Maybe"]).spellings == ("True", "Maybe")


def test_a_row_without_a_class_is_refused():
    target = categorical("target", np.array([0, -1, 0]), ["yes"])
    with pytest.raises(DataMismatch, match="1 of 3 rows have no class"):
        build_table([], target)


def test_infinite_values_are_refused():
    with pytest.raises(DataMismatch, match="infinite"):
        table(x=(1.0, np.inf, 0.0))
