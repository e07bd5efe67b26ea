"""The claims on own runs: one metric, nothing imputed."""

from dataclasses import replace

import pytest
from made_up import write_table

from bench.claims.compare import Outcome
from bench.claims.judge import rank
from bench.claims.numbers import OwnNumbers
from bench.claims.outline import comparison_text, verdict_text
from bench.declared.claims import read_claims
from bench.plan.query import Query
from iunet.declare.protocol import default_protocol, find_protocol

ROWS = ("credit-g", "anneal", "arrhythmia", "vehicle", "kc1", "australian")
SIX = Query("table5", datasets=ROWS, methods=("iunet", "dense", "xgb-tuned", "tabnet-tuned"))


def ahead(job):
    """IUNET a little better everywhere, by another amount in each dataset."""
    return 0.7 + (0.01 + 0.001 * ROWS.index(job.dataset)) * (job.method == "iunet")


def test_a_lead_on_every_one_of_six_tables_supports(make, on_own):
    make(SIX, ahead)

    verdict = on_own("pruned-above-dense-tables", ROWS)

    (comparison,) = verdict.comparisons
    assert verdict.outcome is Outcome.SUPPORTED
    assert comparison.cells.metric == "balanced accuracy"
    assert comparison.adjusted == pytest.approx(2 / 2**6)
    assert comparison.effect.mean == pytest.approx(1.25)


def test_a_lag_on_every_one_of_six_tables_contradicts(make, on_own):
    make(SIX, lambda job: 1 - ahead(job))

    assert on_own("pruned-above-dense-tables", ROWS).outcome is Outcome.CONTRADICTED


def test_what_was_printed_in_two_metrics_is_tested_in_one_on_own_runs(make, on_own):
    make(SIX, ahead)

    verdict = on_own("above-trees-and-tabnet", ROWS)

    # Two tests of p = 1/32 each: Holm doubles both.
    assert [one.adjusted for one in verdict.comparisons] == pytest.approx([2 / 32, 2 / 32])
    assert verdict.outcome is Outcome.UNDECIDED


def test_a_test_over_datasets_takes_those_that_have_runs_of_both_sides(make, on_own):
    make(SIX, ahead)
    make(Query("table5", datasets=("car",), methods=("dense",)), lambda job: 0.5)

    verdict = on_own("pruned-above-dense-tables")

    (one,) = verdict.comparisons
    assert verdict.outcome is Outcome.SUPPORTED
    assert (one.effect.n, one.cells.recorded, len(one.cells.rows), one.cells.missing) == (
        6,
        7,
        40,
        67,
    )
    assert "n = 6 of 40, 7 with a number of either side" in comparison_text(one)


def test_fewer_datasets_than_a_test_needs_decide_nothing(make, on_own):
    few = replace(SIX, datasets=ROWS[:5], methods=("iunet", "dense"))
    make(few, ahead)

    (comparison,) = on_own("pruned-above-dense-tables").comparisons

    assert comparison.refusal == "5 datasets are fewer than 6"
    assert comparison.adjusted is None


def test_a_claim_on_every_row_needs_all_of_them(make, on_own):
    make(Query("table1", datasets=("cifar10",), methods=("mlp-vis:iunet",)), lambda job: 0.5)

    verdict = on_own("pruned-above-dense-pictures")

    assert verdict.comparisons[0].refusal == "5 of 6 cells missing"


def test_an_ablation_is_tested_on_every_table_that_has_the_runs(make, on_own):
    make(Query("controls", datasets=ROWS, methods=("iunet", "no-prune")), ahead)

    verdict = on_own("pruning-needed-tables")

    (comparison,) = verdict.comparisons
    assert verdict.claim.side.table == "table4"
    assert {side.table for side in comparison.cells.sides} == {"controls"}
    assert comparison.effect.n == 6
    assert verdict.outcome is Outcome.SUPPORTED


def test_runs_under_a_smaller_budget_are_shown_and_decide_nothing(make, on_own):
    make(replace(SIX, budget="quick"), lambda job: 1 - ahead(job))

    verdict = on_own("pruned-above-dense-tables", ROWS, budget="quick")

    (comparison,) = verdict.comparisons
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict_text(verdict) == "undecided: budget quick does less than the paper's experiments"
    assert comparison.effect.losses == 6
    assert comparison.evidence is None


def test_runs_under_a_smaller_budget_rank_nothing(store, make):
    (networks, _) = read_claims().ranking
    methods = ("dense", "omp", "beta-lasso", "iunet")
    make(replace(SIX, methods=methods, budget="quick"), ahead)

    ranked = rank(networks, OwnNumbers(Query("", budget="quick"), store), ROWS)

    assert ranked.cells.missing == 0 and ranked.ranks is None
    assert ranked.refusal == "budget quick does less than the paper's experiments"


def test_another_metric_is_used_where_the_table_has_it(make, on_own):
    make(SIX, ahead)

    (comparison,) = on_own("pruned-above-dense-tables", ROWS, metric="swapped").comparisons

    assert comparison.cells.metric == "swapped balanced accuracy"


def test_columns_shown_as_printed_are_not_compared_across_metrics(make, on_own):
    make(SIX, ahead)

    verdict = on_own("above-trees-and-tabnet", ROWS, metric="as-printed")

    assert verdict.outcome is Outcome.NOT_COMPARABLE


@pytest.mark.parametrize(("top", "outcome"), [(0.5, Outcome.SUPPORTED), (0.95, Outcome.UNDECIDED)])
def test_agreement_of_networks_that_give_one_class_decides_nothing(make, on_own, top, outcome):
    for seed in find_protocol(default_protocol()).seeds:
        for method, share in (("dense", 0.5), ("iunet", 0.9)):
            shares = {"restart_consistency": share + seed / 1000, "restart_top_class_share": top}
            network = Query(
                "table3", datasets=("mfeat-factors",), methods=(f"mlp-tab:{method}",), seeds=(seed,)
            )
            make(network, lambda job: 0.5, facts=shares)

    assert on_own("consistency-tables").outcome is outcome


def spend(store, seconds):
    """Runs of IUNET and of the tuned perceptron; `seconds` of a job, and of its search if any."""
    selection = Query("cost", datasets=ROWS, methods=("iunet", "mlp-tab-c"))
    searched = {"trials": 40, "search_seconds": 0.0}
    write_table(
        store,
        selection,
        lambda job: 0.7,
        facts=lambda job: searched if job.method == "mlp-tab-c" else None,
        cost=lambda job: {"fit_seconds": seconds(job)},
    )


def factor(job):
    """What a run of IUNET costs, from a fifth of the other to a tenth."""
    return 1.0 if job.method == "mlp-tab-c" else 1 / (5 + ROWS.index(job.dataset))


@pytest.mark.parametrize(("power", "outcome"), [(1, Outcome.SUPPORTED), (-1, Outcome.CONTRADICTED)])
def test_a_claim_that_something_costs_less_can_hold_and_fail(store, on_own, power, outcome):
    spend(store, lambda job: factor(job) ** power)

    verdict = on_own("cheaper-than-tuned-perceptron", ROWS)

    (comparison,) = verdict.comparisons
    assert verdict.outcome is outcome
    assert comparison.adjusted == pytest.approx(2 / 2**6)


def test_costs_are_shown_as_a_ratio(store, on_own):
    def seconds(job):
        return 10 ** (0.1 if ROWS.index(job.dataset) % 2 else -0.1) if job.method == "iunet" else 10

    spend(store, seconds)

    (comparison,) = on_own("cheaper-than-tuned-perceptron", ROWS).comparisons

    # Logarithms differ by -0.9 and -1.1, three times each: -1 ± 2.571 x 0.1095 / sqrt(6) = ± 0.115.
    text = comparison_text(comparison)
    assert text.startswith("IUNET over MLP_TAB+C (cost): 0.100 [0.0767, 0.130] times, 0-6-0, r -1")
    assert "asked: below; supported" in text


def test_what_a_search_costs_is_undecided_as_long_as_nothing_is_recorded_of_it(store, on_own):
    spend(store, factor)

    verdict = on_own("cheaper-than-tuned-trees-and-tabnet", ROWS)

    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict_text(verdict) == "undecided: 6 of 12 cells missing"
