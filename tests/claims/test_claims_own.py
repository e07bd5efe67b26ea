"""The claims on own runs: one metric, nothing imputed."""

import pytest

from bench.claims.rule import Outcome
from bench.show.asked import Selection

ROWS = ("credit-g", "anneal", "arrhythmia", "vehicle", "kc1", "australian")
SIX = Selection("table5", datasets=ROWS, methods=("iunet", "dense", "xgb", "tabnet"))


def ahead(job):
    """IUNET a little better everywhere, by another amount in each dataset."""
    return 0.7 + (0.01 + 0.001 * ROWS.index(job.dataset)) * (job.method == "iunet")


def test_a_lead_on_every_one_of_six_tables_supports(make, on_own):
    make(SIX, ahead)

    judged = on_own("pruned-above-dense-tables", ROWS)

    (decided,) = judged.decided
    assert judged.outcome is Outcome.SUPPORTED
    assert decided.comparison.metric == "balanced accuracy"
    assert decided.adjusted == pytest.approx(2 / 2**6)
    assert decided.comparison.effect.mean == pytest.approx(1.25)


def test_a_lag_on_every_one_of_six_tables_contradicts(make, on_own):
    make(SIX, lambda job: 1 - ahead(job))

    assert on_own("pruned-above-dense-tables", ROWS).outcome is Outcome.CONTRADICTED


def test_what_was_printed_in_two_metrics_is_tested_in_one_on_own_runs(make, on_own):
    make(SIX, ahead)

    judged = on_own("above-trees-and-tabnet", ROWS)

    # Two tests of p = 1/32 each: Holm doubles both.
    assert [one.adjusted for one in judged.decided] == pytest.approx([2 / 32, 2 / 32])
    assert judged.outcome is Outcome.UNDECIDED


def test_missing_cells_are_counted_and_never_filled_in(make, on_own):
    make(SIX, ahead)

    judged = on_own("pruned-above-dense-tables")

    (decided,) = judged.decided
    assert judged.outcome is Outcome.UNDECIDED
    assert decided.comparison.refusal == "68 of 80 cells missing"
    assert decided.adjusted is None
    assert decided.comparison.effect.n == 6


def test_another_metric_is_used_where_the_table_has_it(make, on_own):
    make(SIX, ahead)

    (decided,) = on_own("pruned-above-dense-tables", ROWS, metric="swapped").decided

    assert decided.comparison.metric == "swapped balanced accuracy"


def test_columns_shown_as_printed_are_not_compared_across_metrics(make, on_own):
    make(SIX, ahead)

    judged = on_own("above-trees-and-tabnet", ROWS, metric="as-printed")

    assert judged.outcome is Outcome.NOT_COMPARABLE


@pytest.mark.parametrize(("top", "outcome"), [(0.5, Outcome.SUPPORTED), (0.95, Outcome.UNDECIDED)])
def test_agreement_of_networks_that_give_one_class_decides_nothing(make, on_own, top, outcome):
    for method, share in (("dense", 0.5), ("iunet", 0.9)):
        facts = {"restart_consistency": share, "restart_top_class_share": top}
        make(
            Selection("table3", datasets=("mfeat-factors",), methods=(f"mlp-tab:{method}",)),
            lambda job: 0.5,
            facts=facts,
        )

    assert on_own("consistency-tables").outcome is outcome
