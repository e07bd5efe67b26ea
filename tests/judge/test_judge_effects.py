"""Statistics against numbers worked out by hand, scipy, and published critical values."""

import numpy as np
import pytest
from scipy import stats

from bench.judge.effects import (
    critical_difference,
    effect_of,
    holm,
    p_below_zero,
    p_two_sided,
    ranks_of,
)

SPREAD = [1.2, -0.3, 2.4, 0.9, -0.1, 1.7, 3.1, -0.8, 0.4, 2.2]
EQUAL = [[-1, -1, -2, -2, 3], [-1, -1, -1, -1, 1, 1], [2, 2, 2, -1]]


def test_rank_biserial_weighs_wins_by_rank():
    # Ranks 1, 2, 3, 4 for sizes .1, .2, .3, .4: 1 + 3 + 4 won, 2 lost, of 10.
    assert effect_of([0.1, -0.2, 0.3, 0.4]).rank_biserial == pytest.approx((8 - 2) / 10)


def test_rank_biserial_leaves_ties_out_and_shares_equal_ranks():
    assert effect_of([0.0, 1.0, -1.0, 2.0]).rank_biserial == pytest.approx((1.5 + 3 - 1.5) / 6)
    assert effect_of([0.0, 0.0]).rank_biserial is None


def test_the_signed_rank_test_is_exact_for_few_pairs():
    # All six won: both tails of 1 in 2^6.
    assert effect_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).p == pytest.approx(2 / 2**6)
    assert effect_of(SPREAD).p == pytest.approx(stats.wilcoxon(SPREAD).pvalue)


def test_the_signed_rank_test_leaves_ties_out():
    assert effect_of([0.0, *SPREAD, 0.0]).p == effect_of(SPREAD).p
    assert effect_of([0.0, 0.0]).p is None


def test_the_interval_is_the_t_interval_over_the_pairs():
    expected = stats.ttest_1samp(SPREAD, 0).confidence_interval(0.95)

    assert effect_of(SPREAD).interval == pytest.approx((expected.low, expected.high))


def test_an_effect_counts_ties_on_the_printed_digits():
    effect = effect_of([0.0004, 1.0, -0.5, 2.0])

    assert (effect.wins, effect.ties, effect.losses, effect.n) == (2, 1, 1, 4)
    assert (effect.mean, effect.median) == pytest.approx((0.625, 0.5))


def test_too_few_pairs_have_no_interval():
    assert effect_of(SPREAD[:5]).interval is None
    assert effect_of(SPREAD[:6]).interval is not None


# Demsar 2006, Table 5(a): q.05 of the Nemenyi test for 2, 4 and 10 classifiers.
@pytest.mark.parametrize(("columns", "quantile"), [(2, 1.960), (4, 2.569), (10, 3.164)])
def test_the_critical_difference_is_nemenyis(columns, quantile):
    expected = quantile * (columns * (columns + 1) / (6 * 14)) ** 0.5

    assert critical_difference(columns, 14) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("columns", [3, 6, 12])
def test_its_quantile_is_that_of_scipys_studentized_range(columns):
    quantile = stats.studentized_range.ppf(0.95, columns, np.inf) / 2**0.5
    expected = quantile * (columns * (columns + 1) / (6 * 9)) ** 0.5

    assert critical_difference(columns, 9) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("columns", [3, 7])
def test_ranks_and_friedmans_test_are_those_of_scipy(columns):
    for rows in np.random.default_rng(columns).integers(0, 5, size=(9, 12, columns)).tolist():
        ranks = ranks_of([str(place) for place in range(columns)], rows)
        means = stats.rankdata(-np.asarray(rows), axis=1).mean(axis=0)

        expected = stats.friedmanchisquare(*zip(*rows, strict=True)).pvalue
        assert ranks.p == pytest.approx(expected, rel=1e-9)
        assert [ranks.average[str(place)] for place in range(columns)] == pytest.approx(means)


def test_ranks_are_averaged_and_ties_shared():
    rows = [(3.0, 2.0, 1.0), (3.0, 2.0, 2.0), (1.0, 3.0, 2.0)]

    ranks = ranks_of(["a", "b", "c"], rows)

    assert ranks.average == pytest.approx({"a": 5 / 3, "b": 5.5 / 3, "c": 7.5 / 3})
    assert ranks.p == pytest.approx(stats.friedmanchisquare(*zip(*rows, strict=True)).pvalue)


def test_columns_within_the_critical_difference_form_the_widest_groups():
    rows = [(4.0, 3.0, 2.0, 1.0)] * 10

    ranks = ranks_of(["a", "b", "c", "d"], rows)

    assert 1 < ranks.critical < 2
    assert ranks.groups == [("a", "b"), ("b", "c"), ("c", "d")]


def test_rows_of_ties_alone_have_no_friedman_test():
    assert ranks_of(["a", "b", "c"], [(1.0, 1.0, 1.0)] * 3).p is None


def test_where_friedmans_test_tells_none_apart_all_stand_together():
    ranks = ranks_of(["a", "b", "c"], [(1.0, 2.0, 3.0), (3.0, 2.0, 1.0)])

    assert not ranks.differ
    assert ranks.joined == [tuple(ranks.average)]


@pytest.mark.parametrize("pairs", [1, 6, 13, 40])
def test_the_signed_rank_test_agrees_with_scipy_where_no_two_sizes_are_equal(pairs):
    for differences in np.random.default_rng(pairs).normal(size=(9, pairs)):
        one_sided = stats.wilcoxon(differences, alternative="less").pvalue
        assert p_below_zero(differences) == pytest.approx(one_sided, rel=1e-9)
        assert p_two_sided(differences) == pytest.approx(
            stats.wilcoxon(differences).pvalue, rel=1e-9
        )


@pytest.mark.parametrize("differences", EQUAL)
def test_the_signed_rank_test_is_exact_where_sizes_are_equal(differences):
    signs = np.array(list(np.ndindex((2,) * len(differences))))
    ranks = stats.rankdata(np.abs(differences))
    sums, gains = signs @ ranks, ranks[np.array(differences) > 0].sum()

    smaller, larger = (sums <= gains).mean(), (sums >= gains).mean()
    assert p_below_zero(differences) == pytest.approx(smaller)
    assert p_two_sided(differences) == pytest.approx(min(1.0, 2 * min(smaller, larger)))


def test_pairs_without_a_difference_are_left_out():
    assert p_below_zero([0.0, -1.0, -2.0, 0.0]) == p_below_zero([-1.0, -2.0]) == 1 / 4
    assert p_below_zero([0.0, 0.0]) == p_two_sided([0.0, 0.0]) == 1.0


def test_holm_multiplies_the_smallest_by_all_and_never_falls_behind():
    # .01 x 3; .02 x 2; .03 x 1 is below .04 and is raised to it.
    assert holm([0.02, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
