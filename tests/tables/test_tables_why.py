"""One cell explained."""

import json

import pytest

from bench.errors import UsageError
from bench.plan.query import Query
from bench.tables.why import explained, why_lines

TABLE = Query("table5")


def test_a_filled_cell_tells_runs_settings_printed_value_verdict_rule_and_command(make, store):
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8)

    text = "\n".join(why_lines(explained(TABLE, "vehicle", "iunet", store)))

    for part in (
        "ours     80.000 ± 0.000  n = 3",
        "printed  81.805 ± 2.065",
        "verdict  says nothing: |-1.805| ≤ 4.130 points, wider than 3",
        "rule     a cell differs when |own − printed| exceeds its tolerance, max(1 point",
        "* seed 42",
        "    in " + str(store.results / "runs" / "vehicle" / "mlp-tab-iunet"),
        "start.kappa = 0.25",
        "again    bench table5 -d vehicle -m iunet",
    ):
        assert part in text


def test_a_grid_tells_every_point_and_marks_the_chosen_one(make, store):
    make(
        Query("table5", datasets=("vehicle",), methods=("beta-lasso",)),
        lambda job: 0.8,
        valid=lambda job: dict(job.point)["l1"],
    )

    why = explained(TABLE, "vehicle", "beta-lasso", store)

    assert len(why["runs"]) == 15
    assert {run["point"] for run in why["runs"] if run["chosen"]} == {"l1 = 2e-05"}
    assert why["settings"]["pretrain.shrink.l1"] == 2e-5


def test_a_search_tells_its_space_and_what_it_chose(make, store):
    facts = {"trials": 40, "failed_trials": 0, "chosen_trial": 7, "chosen_weight_decay": 5.1851e-05}
    selection = Query("table5", datasets=("vehicle",), methods=("mlp-tab-c",))
    make(selection, lambda job: 0.8, facts=facts)

    lines = [*why_lines(explained(TABLE, "vehicle", "mlp-tab-c", store))]

    assert "  chosen   trial = 7, weight_decay = 5.185e-05" in lines
    for said in (
        "norm = False, True",
        "lookahead_steps = 5 to 10 (integer), where lookahead = True",
        "weight_decay = 1e-05 to 0.1 (log), where decay = True",
    ):
        assert f"    search.space.{said}" in lines


def test_an_empty_cell_tells_why_and_which_runs_it_needs(store):
    why = explained(TABLE, "vehicle", "omp", store)

    assert why["own"] == {"reason": "none of 3 runs made"}
    assert [run["made"] for run in why["runs"]] == [False] * 3


def test_a_method_that_is_no_column_is_explained_with_the_command_that_appends_it(store):
    why = explained(TABLE, "vehicle", "random-mask", store)

    assert why["command"] == "bench table5 -d vehicle --with random-mask"
    assert {run["run"] for run in why["runs"]} and why["printed"] is None


def test_an_explanation_is_json(make, store):
    make(Query("table5", datasets=("vehicle",), methods=("omp",)), lambda job: 0.8)

    json.dumps(explained(TABLE, "vehicle", "omp", store), allow_nan=False)


def test_an_unknown_column_lists_the_known(store):
    with pytest.raises(UsageError, match="no column 'magic'; known: .*dense"):
        explained(TABLE, "vehicle", "magic", store)
