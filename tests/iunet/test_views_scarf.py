"""SCARF views: how much is replaced, by what, and from which draws."""

import pytest
import torch
from scipy.stats import ks_2samp

from iunet.declare.settings import Views
from iunet.streams import stream
from iunet.views.scarf import corrupted

ROWS, COLUMNS = 40, 10
GROUPS = torch.tensor([0, 1, 2, 2, 2, 3, 3, 4, 5, 5])


@pytest.fixture
def pool():
    """Training rows whose values tell where they come from: row + column / 100."""
    rows = torch.arange(1, 31, dtype=torch.float64).unsqueeze(1)
    return rows + torch.arange(COLUMNS, dtype=torch.float64) / 100


@pytest.fixture
def x():
    """Rows no value of which occurs in the pool."""
    return -torch.arange(ROWS * COLUMNS, dtype=torch.float64).view(ROWS, COLUMNS) - 1


def view_of(x, pool, rate=0.5, donor="one-row", unit="column", seed=0):
    return corrupted(x, pool, GROUPS, Views(rate, donor, unit), stream(seed, "views"))


@pytest.mark.parametrize("donor", ["one-row", "per-feature"])
@pytest.mark.parametrize(("rate", "count"), [(0.5, 5), (0.59, 5), (0.6, 6), (0.05, 0), (1.0, 10)])
def test_exactly_the_floor_of_the_share_of_columns_is_replaced(x, pool, donor, rate, count):
    view = view_of(x, pool, rate, donor)

    assert ((view != x).sum(dim=1) == count).all()


@pytest.mark.parametrize("donor", ["one-row", "per-feature"])
def test_a_raw_feature_is_replaced_with_all_its_columns_and_from_one_row(x, pool, donor):
    view = view_of(x, pool, 0.6, donor, "feature")

    hit = view != x
    for row, changed in zip(view, hit, strict=True):
        assert len(GROUPS[changed].unique()) == 3  # floor(.6 * 6)
        for group in range(6):
            columns = group == GROUPS
            assert changed[columns].all() or not changed[columns].any()
            if changed[columns].all():
                assert len(row[columns].floor().unique()) == 1


def test_new_values_stay_in_their_column(x, pool):
    view = view_of(x, pool, 0.6, "per-feature")

    rows, columns = (view != x).nonzero(as_tuple=True)
    assert torch.equal(((view[rows, columns] % 1) * 100).round().long(), columns)


def test_one_donor_row_gives_all_new_values_of_a_row_and_others_give_those_of_other_rows(x, pool):
    view = view_of(x, pool, 0.5, "one-row")

    donors = [row[row != old].floor().unique() for row, old in zip(view, x, strict=True)]
    assert all(len(rows) == 1 for rows in donors)
    assert len(torch.cat(donors).unique()) > 10


def test_donors_drawn_per_feature_differ_within_a_row(x, pool):
    view = view_of(x, pool, 0.5, "per-feature")

    donors = [row[row != old].floor().unique() for row, old in zip(view, x, strict=True)]
    assert all(len(rows) > 1 for rows in donors)


def test_the_columns_that_are_replaced_differ_between_rows_and_are_hit_alike(pool):
    x = torch.full((4000, COLUMNS), -1.0, dtype=torch.float64)

    hit = (view_of(x, pool) != x).double()

    assert len(hit.unique(dim=0)) == 252  # all ways to choose 5 of 10
    assert (hit.mean(dim=0) - 0.5).abs().max() < 0.04


@pytest.mark.parametrize("donor", ["one-row", "per-feature"])
def test_replaced_values_follow_the_distribution_of_their_training_column(donor):
    draw = torch.Generator().manual_seed(0)
    pool = torch.randn(500, COLUMNS, generator=draw).exp() * torch.arange(1, COLUMNS + 1)
    x = torch.full((5000, COLUMNS), -1.0)

    view = view_of(x, pool, donor=donor)

    for column in range(COLUMNS):
        new = view[:, column][view[:, column] >= 0]
        assert ks_2samp(new.numpy(), pool[:, column].numpy()).pvalue > 1e-3


def test_equal_rows_get_different_views(pool):
    x = torch.full((8, COLUMNS), -1.0, dtype=torch.float64)

    assert len(view_of(x, pool).unique(dim=0)) == 8


def test_the_same_draws_give_the_same_views_and_others_do_not(x, pool):
    assert torch.equal(view_of(x, pool, seed=3), view_of(x, pool, seed=3))
    assert not torch.equal(view_of(x, pool, seed=3), view_of(x, pool, seed=4))


def test_the_rows_themselves_stay_as_they_were(x, pool):
    before = x.clone()

    for rate in (0.0, 0.5):
        view_of(x, pool, rate).zero_()

    assert torch.equal(x, before)
