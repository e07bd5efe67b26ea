"""What docs/pictures.md says of the shipped picture records is what they say."""

import re
from statistics import fmean

import pytest
from scipy import stats

from bench.declared.published import read_published
from bench.docs.markers import shipped_table
from bench.plan.query import Query, find_columns
from bench.store.store import shipped_store

PAGE = "docs/pictures.md"

ABLATIONS = ("NO_PRUNE", "NO_ILO", "NO_PIS")

CHANCE = 0.13
"""Ten classes; a network that has learned something is above."""


@pytest.fixture(scope="module")
def store():
    with shipped_store() as records:
        yield records


@pytest.fixture(scope="module")
def cell(store):
    """A cell of CIFAR-10, under the quick budget unless another one is named."""

    def of(table, column, row=0, budget="quick"):
        found = shipped_table(store, Query(table, budget=budget))
        (wanted,) = (c for c in find_columns(found.plan.spec, column) if c.part == "vision")
        entries = [entry for entry in found.rows[row] if entry.column == wanted]
        return entries[0].own

    return of


@pytest.fixture(scope="module")
def runs(store):
    return [record for record in store.records("cifar10") if record.budget == "quick"]


@pytest.fixture(scope="module")
def at_full_length(cell):
    """The scores of three seeds on CIFAR-10 in percent, under the narrow budget."""

    def of(name):
        key = {"the dense network": "dense"}.get(name, name.lower().replace("_", "-"))
        table = "table1" if key == "omp" else "table4"
        runs = cell(table, f"mlp-vis:{key}", budget="narrow").runs
        assert len(runs) == 3
        return [100 * run.test["batch_mean_accuracy"] for run in runs]

    return of


def printed(table, column):
    return read_published(table)["CIFAR10", column].mean


def test_at_full_length_iunet_is_above_omp_and_omp_above_dense_in_every_seed(at_full_length):
    dense, omp, iunet = map(at_full_length, ("the dense network", "OMP", "IUNET"))
    assert max(dense) < min(omp) and max(omp) < min(iunet)


def test_the_differences_of_the_page_are_those_of_the_records_and_of_print(at_full_length, root):
    rows = re.findall(r"\| (.*) minus (.*) \| (.*) \| (.*) \|", (root / PAGE).read_text("utf-8"))
    said = {"the dense network": printed("table1", "MLP_VIS")}
    said |= {key: printed("table1", f"{key}(MLP_VIS)") for key in ("IUNET", "OMP")}
    said |= {key: printed("table4", f"IUNET_{key}(MLP_VIS)") for key in ABLATIONS}

    assert len(rows) == 8
    for one, other, ours, theirs in rows:
        own = [fmean(at_full_length(name)) for name in (one, other)]
        assert ours == f"{own[0] - own[1]:+.1f}"
        assert theirs == f"{said[one] - said[other]:+.1f}"


def test_at_full_length_small_weights_are_what_lifts_iunet_above_omp(at_full_length, root):
    dense, omp, iunet = map(at_full_length, ("the dense network", "OMP", "IUNET"))
    no_prune, no_ilo, no_pis = map(at_full_length, ABLATIONS)
    gain = fmean(iunet) - fmean(no_ilo)
    low, high = stats.ttest_ind(iunet, no_ilo, equal_var=False).confidence_interval(0.95)

    assert max(omp) < min(no_ilo) and max(no_prune) < min(dense)
    assert abs(fmean(no_pis) - fmean(omp)) < 1
    assert all(mine > other for mine, other in zip(iunet, no_ilo, strict=True))
    assert f"{gain:+.1f} [{low:+.1f}, {high:+.1f}]" in (root / PAGE).read_text("utf-8")
    means = [fmean(points) for points in (no_prune, dense, no_pis, omp, no_ilo, iunet)]
    assert means == sorted(means)


def test_resnet_loses_less_in_short_runs(cell):
    lost = {
        net: 100 * (cell("table1", f"{net}:dense").mean - cell("table1", f"{net}:iunet").mean)
        for net in ("resnet", "mlp-vis")
    }
    assert {net: round(points, 1) for net, points in lost.items()} == {
        "resnet": 14.6,
        "mlp-vis": 24.3,
    }


@pytest.mark.parametrize("net", ["mlp-vis", "resnet"])
def test_omp_is_above_dense_and_iunet_far_below_both(cell, net):
    dense, omp, iunet = (cell("table1", f"{net}:{key}") for key in ("dense", "omp", "iunet"))
    assert iunet.mean + 0.1 < dense.mean < omp.mean


@pytest.mark.parametrize("net", ["mlp-vis", "resnet"])
def test_three_seeds_do_not_establish_omp_above_dense(cell, net):
    dense, omp = (
        [run.test["batch_mean_accuracy"] for run in cell("table1", f"{net}:{key}").runs]
        for key in ("dense", "omp")
    )
    low, high = stats.ttest_ind(omp, dense, equal_var=False).confidence_interval(0.95)
    assert low < 0 < fmean(omp) - fmean(dense) < high


def test_the_cnn_is_above_iunet_and_below_the_dense_perceptron(cell):
    assert (
        cell("table2", "iunet").mean
        < cell("table2", "dense").mean
        < cell("table1", "mlp-vis:dense").mean
    )
    for kappa in (0.125, 0.25, 0.5):
        other = cell("vision-controls", f"iunet@kappa={kappa}")
        assert other.mean > cell("table2", "dense").mean


def test_of_the_ablations_only_the_one_without_small_weights_learns(cell):
    keys = ("no-ilo", "no-prune", "iunet", "no-pis")
    no_ilo, no_prune, iunet, no_pis = (cell("table4", key).mean for key in keys)
    assert no_ilo < no_prune < iunet < CHANCE < no_pis
    assert abs(no_pis - cell("table4", "dense").mean) < 0.01


def test_the_score_grows_with_kappa_up_to_that_of_the_dense_network(cell):
    kappas = (0.0625, 0.125, 0.25, 0.5)
    cells = [cell("vision-controls", f"iunet@kappa={kappa}") for kappa in kappas]
    means = [own.mean for own in cells]
    assert means == sorted(means)
    assert abs(means[-1] - cell("vision-controls", "dense").mean) < cells[-1].std
    assert means[-1] < cell("vision-controls", "omp@ratio=4").mean


def test_validation_would_choose_the_largest_kappa(runs):
    scores = {}
    for record in runs:
        if (record.net, record.method) == ("mlp-vis", "iunet") and ("ratio", 4.0) in record.point:
            kappa = dict(record.point)["kappa"]
            scores.setdefault(kappa, []).append(record.metric("valid_batch_mean_accuracy"))
    assert max(scores, key=lambda kappa: sum(scores[kappa])) == 0.5


@pytest.mark.parametrize("row", range(4))
def test_at_ratio_16_iunet_and_omp_give_one_class_and_a_random_mask_does_not(cell, row):
    iunet, omp, random = (cell("table6", key, row) for key in ("iunet", "omp", "random-mask"))
    assert iunet.mean == omp.mean == 1 and iunet.collapsed and omp.collapsed
    assert not random.collapsed
    assert random.mean < cell("table6", "dense", row).mean


def test_at_ratio_16_omp_has_an_empty_layer_and_neither_iunet_nor_a_random_mask(runs):
    emptied = {
        method: {
            record.fact("emptied_layers")
            for record in runs
            if (record.net, record.method) == ("mlp-vis", method) and ("ratio", 16) in record.point
        }
        for method in ("omp", "iunet", "random-mask")
    }
    assert emptied == {"omp": {1}, "iunet": {0}, "random-mask": {0}}


@pytest.mark.parametrize("ratio", [2, 4, 8, 16])
def test_a_random_mask_finetunes_to_the_dense_score_at_every_ratio(cell, ratio):
    random = cell("vision-controls", f"random-mask@ratio={ratio}")
    assert abs(random.mean - cell("vision-controls", "dense").mean) < 0.01


def test_omp_at_ratio_16_stays_at_chance(cell):
    assert cell("vision-controls", "omp@ratio=16").mean < CHANCE
