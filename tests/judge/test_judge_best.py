"""Counting how often a column is best."""

from bench.declared.published import read_published
from bench.declared.tables import read_table
from bench.judge.tally import best_of, shared_wins


def test_ties_are_decided_on_the_printed_digits_and_shared():
    assert best_of({"a": 84.5971, "b": 84.5969, "c": 84.59}) == {"a", "b"}
    assert best_of({"a": 84.5976, "b": 84.5969}) == {"a"}


def test_every_column_of_a_tie_gets_the_win():
    rows = [{"a": 1.0, "b": 1.0}, {"a": 2.0, "b": 3.0}]

    assert shared_wins(["a", "b"], rows) == {"a": 1, "b": 2}


def test_the_printed_digits_of_table_5_give_its_printed_wins():
    spec, published = read_table("table5"), read_published("table5")
    names = [column.printed_name for column in spec.columns]
    rows = [{name: published[row.printed_name, name].mean for name in names} for row in spec.rows]

    assert list(shared_wins(names, rows).values()) == [1, 4, 1, 13, 12, 0, 16]
    assert [published["#Best", name].mean for name in names] == [1, 4, 1, 13, 12, 0, 16]
