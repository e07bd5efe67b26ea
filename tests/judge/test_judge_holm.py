"""Holm's adjustment against numbers worked out by hand."""

import pytest

from bench.judge.holm import holm


def test_holm_multiplies_the_smallest_by_all_and_never_falls_behind():
    # .01 x 3; .02 x 2; .03 x 1 is below .04 and is raised to it.
    assert holm([0.02, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
