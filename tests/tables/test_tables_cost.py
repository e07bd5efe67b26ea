"""What a cell costs: every seed of every grid point, and the search once."""

import csv
import io

import pytest

from bench.declared.tables import three_digits
from bench.judge.cell import EmptyCell
from bench.plan.query import Query
from bench.render.files import csv_text
from bench.tables.sheet import collected_rows, sheet_of

SEEDS = {42: 10.0, 1: 20.0, 2: 30.5}
SEARCHED = {"trials": 12, "failed_trials": 2, "search_seconds": 40.0}


def cost(*methods, datasets=("vehicle",)):
    return Query("cost", datasets=datasets, methods=methods)


@pytest.fixture
def spend(make):
    """Write a record of every run of a selection, with what it cost."""

    def write(selection, seconds, facts=None, device="cpu x86_64"):
        make(
            selection,
            lambda job: 0.8,
            facts=facts,
            cost=lambda job: {"fit_seconds": seconds(job)} if seconds(job) else {},
            origin=lambda job: {"device": device},
        )

    return write


def only(table):
    (entry,) = table.entries()
    return entry.own


def test_a_cell_is_the_sum_over_the_seeds(spend, show):
    spend(cost("iunet"), lambda job: SEEDS[job.seed])

    cell = only(show(cost("iunet")))

    assert (cell.mean, cell.n, cell.configurations) == (10 + 20 + 30.5, 3, 1)


def test_every_search_counts_where_each_seed_has_one(spend, show):
    spend(
        cost("mlp-tab-c"),
        lambda job: SEEDS[job.seed],
        lambda job: {**SEARCHED, "search_seed": job.seed, "search_seconds": 100 * SEEDS[job.seed]},
    )

    assert only(show(cost("mlp-tab-c"))).mean == pytest.approx(101 * sum(SEEDS.values()))


def test_every_point_of_a_grid_counts_and_not_the_chosen_one_alone(spend, show):
    spend(cost("beta-lasso"), lambda job: 1e6 * dict(job.point)["l1"])

    cell = only(show(cost("beta-lasso")))

    # l1 of 1, 2, 5, 10 and 20 millionths, three seeds each.
    assert cell.mean == pytest.approx(3 * (1 + 2 + 5 + 10 + 20))
    assert (cell.n, cell.configurations, cell.point) == (15, 5, ())


def test_the_search_that_all_seeds_share_counts_once(spend, show):
    spend(cost("xgb-tuned"), lambda job: SEEDS[job.seed], SEARCHED)

    cell = only(show(cost("xgb-tuned")))

    assert (cell.mean, cell.configurations) == (40 + 10 + 20 + 30.5, 12)


def test_a_cell_with_a_run_missing_is_empty_and_names_the_command(spend, show, store):
    spend(cost("iunet"), lambda job: 1.0)
    next(store.results.glob("runs/vehicle/mlp-tab-iunet/*.json")).unlink()
    store.refresh()

    table = show(cost("iunet"))

    assert only(table) == EmptyCell("1 of 3 runs missing", 1, 3)
    assert [gap.command for gap in table.gaps] == ["bench cost -d vehicle -m iunet"]


def test_runs_that_do_not_say_their_seconds_leave_the_cell_empty(spend, show):
    spend(cost("iunet"), lambda job: None if job.seed == 1 else 5.0)

    assert only(show(cost("iunet"))).reason == "runs carry no fit_seconds"


def test_seconds_that_runs_of_a_gpu_share_are_refused(spend, show):
    spend(cost("iunet"), lambda job: 1.0, device="cuda H100")

    own = only(show(cost("iunet")))

    assert own == EmptyCell("made on cuda H100, where runs share their seconds", final=True)


def test_below_the_rows_stand_sum_ratio_and_configurations(spend, show):
    both = ("vehicle", "car")
    spend(cost("dense", datasets=both), lambda job: 4.0 if job.dataset == "car" else 2.0)
    spend(cost("beta-lasso", datasets=both), lambda job: 1.0)
    spend(cost("xgb-tuned"), lambda job: 0.5, SEARCHED)

    asked = cost("dense", "beta-lasso", "iunet", "xgb-tuned", datasets=both)
    sheet = sheet_of(show(asked))

    totals = {line.title: [cell.own for cell in line.cells] for line in sheet.blocks[0].totals}
    # Vehicle alone has every column that is not empty: 3 x 2, 15 x 1, nothing, 40 + 3 x 0.5.
    assert totals == {
        "Sum over 1 complete row": ["6.00", "15.0", "", "41.5"],
        "Relative to MLP_TAB": ["1.00", "2.50", "", "6.92"],
        "Configurations": ["1", "5", "", "12"],
    }
    assert [cell.own for cell in sheet.blocks[0].lines[1].cells] == ["12.0", "15.0", "", ""]


def test_a_cost_has_neither_spread_nor_verdict_nor_best(spend, show):
    spend(cost("iunet"), lambda job: SEEDS[job.seed])

    sheet = sheet_of(show(cost("iunet")))
    (line,) = sheet.blocks[0].lines
    (cell,) = line.cells

    assert (cell.own, cell.own_spread, cell.mark, cell.best) == ("60.5", "", "", False)
    assert not any("±" in phrase for phrase in sheet.caption)
    assert not sheet.compared
    assert any("Energy was not measured" in note.text for note in sheet.notes)


def test_the_csv_has_seconds_and_configurations(spend, show):
    spend(cost("xgb-tuned"), lambda job: 0.5, SEARCHED)

    text = csv_text(collected_rows(show(cost("iunet", "xgb-tuned"))))
    empty, tuned = csv.DictReader(io.StringIO(text))

    assert (tuned["metric"], tuned["own_mean"], tuned["own_std"]) == ("thread_seconds", "41.5", "")
    assert (tuned["n"], tuned["configurations"]) == ("3", "12")
    assert (empty["own_mean"], empty["configurations"]) == ("", "")


def test_why_names_the_seconds_of_every_run(spend, bench):
    spend(cost("xgb-tuned"), lambda job: SEEDS[job.seed], SEARCHED)

    status, out, _ = bench("why", "cost", "vehicle", "xgb-tuned", "--fresh")

    assert status == 0
    assert "ours     100  n = 3\n" in out  # 100.5 rounds to even
    assert "search   12 configurations, 40.0 s" in out
    assert "took    30.5" in out
    assert "recorded as fit_seconds" in out


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(12345.6, "12300"), (999.6, "1000"), (98, "98.0"), (0.2314, "0.231"), (0, "0")],
)
def test_costs_have_three_significant_digits(seconds, shown):
    assert three_digits(seconds) == shown
