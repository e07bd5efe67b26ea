"""The signed-rank test against scipy where scipy is exact, and against every choice of signs."""

import numpy as np
import pytest
from scipy.stats import rankdata, wilcoxon

from bench.judge.signed_rank import apart, below

EQUAL = [[-1, -1, -2, -2, 3], [-1, -1, -1, -1, 1, 1], [2, 2, 2, -1]]


@pytest.mark.parametrize("pairs", [1, 6, 13, 40])
def test_it_agrees_with_scipy_where_no_two_sizes_are_equal(pairs):
    for differences in np.random.default_rng(pairs).normal(size=(9, pairs)):
        one_sided = wilcoxon(differences, alternative="less").pvalue
        assert below(differences) == pytest.approx(one_sided, rel=1e-9)
        assert apart(differences) == pytest.approx(wilcoxon(differences).pvalue, rel=1e-9)


@pytest.mark.parametrize("differences", EQUAL)
def test_it_is_exact_where_sizes_are_equal(differences):
    signs = np.array(list(np.ndindex((2,) * len(differences))))
    ranks = rankdata(np.abs(differences))
    sums, gains = signs @ ranks, ranks[np.array(differences) > 0].sum()

    smaller, larger = (sums <= gains).mean(), (sums >= gains).mean()
    assert below(differences) == pytest.approx(smaller)
    assert apart(differences) == pytest.approx(min(1.0, 2 * min(smaller, larger)))


def test_pairs_without_a_difference_are_left_out():
    assert below([0.0, -1.0, -2.0, 0.0]) == below([-1.0, -2.0]) == 1 / 4
    assert below([0.0, 0.0]) == apart([0.0, 0.0]) == 1.0
