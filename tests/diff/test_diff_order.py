"""Summaries and the order of rows and columns, against numbers worked out by hand and scipy."""

import pytest
from scipy import stats

from bench.diff.diff import compared_numbers, order_of
from bench.plan.query import Query

ROWS = ("credit-g", "anneal", "vehicle", "car")


def test_order_counts_pairs_and_gives_the_coefficients_of_the_textbook():
    # Own order 1 2 3 4 against 1 3 2 4: one of six pairs is the other way round.
    order = order_of([(1.0, 10.0), (2.0, 30.0), (3.0, 20.0), (4.0, 40.0)])

    assert (order.n, order.pairs, order.same, order.opposite, order.tied) == (4, 6, 5, 1, 0)
    assert order.kendall == pytest.approx((5 - 1) / 6)
    assert order.spearman == pytest.approx(1 - 6 * 2 / (4 * 15))


def test_ties_are_those_of_the_printed_digits():
    order = order_of([(1.00001, 1.0), (1.00002, 2.0), (2.0, 3.0)])

    assert (order.same, order.tied) == (2, 1)
    assert order.kendall == pytest.approx(stats.kendalltau([1, 1, 2], [1, 2, 3]).statistic)


@pytest.mark.parametrize("numbers", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 3.0)]])
def test_order_of_too_few_or_equal_numbers_is_undefined(numbers):
    order = order_of(numbers)

    assert (order.kendall, order.spearman) == (None, None)


def test_records_equal_to_the_printed_numbers_agree_everywhere_in_the_same_order(
    make, diff, printed_score
):
    make(Query("table5", datasets=ROWS), printed_score)

    table = diff(datasets=ROWS)

    summary = table.summary
    assert summary.tally.compared == summary.tally.close == 4 * 7
    assert (summary.tally.differ, summary.tally.not_comparable) == (0, 0)
    assert (summary.mean, summary.median, summary.absolute) == pytest.approx((0, 0, 0))
    assert all(one.order.opposite == 0 for one in table.rows)


def test_a_column_sums_up_its_differences(make, diff, printed_score):
    off = {"credit-g": 0.02, "anneal": -0.01, "vehicle": -0.06, "car": 0.0}
    selected = {"datasets": ROWS, "methods": ("iunet",)}
    make(Query("table5", **selected), lambda job: printed_score(job) + off[job.dataset])

    (column,) = diff(**selected).columns

    assert column.summary.mean == pytest.approx(-1.25)
    assert column.summary.median == pytest.approx(-0.5)
    assert column.summary.absolute == pytest.approx(2.25)
    numbers = compared_numbers(column.entries)
    assert column.order.kendall == pytest.approx(
        stats.kendalltau(*zip(*numbers, strict=True)).statistic
    )


def test_columns_printed_in_different_metrics_are_never_ordered_together(make, diff, printed_score):
    make(Query("table5", datasets=("vehicle",)), printed_score)

    orders = {one.metric: one.order.n for one in diff(datasets=("vehicle",)).rows}

    assert orders == {"swapped_balanced_accuracy": 4, "balanced_accuracy": 3}
