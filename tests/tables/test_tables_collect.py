"""From records to cells, through the real plan and store."""

import pytest

from bench.errors import UsageError
from bench.judge.cell import Cell, EmptyCell, mean_and_std
from bench.judge.verdict import Outcome
from bench.plan.query import Query
from bench.plan.selection import plan_table
from iunet.declare.contract import UnknownKey

VEHICLE = Query("table5", datasets=("vehicle",))
MFEAT = Query("table3", datasets=("mfeat-factors",))


def only(table):
    (entry,) = table.entries()
    return entry


def column(key, **changes):
    return Query("table5", datasets=("vehicle",), methods=(key,), **changes)


def test_mean_and_std_are_those_of_the_population():
    assert mean_and_std([0.2, 0.4, 0.9]) == pytest.approx((0.5, (0.26 / 3) ** 0.5))


def test_a_cell_has_the_mean_over_the_seeds_and_is_compared_with_the_printed_number(make, show):
    make(column("iunet"), lambda job: {42: 0.81, 1: 0.82, 2: 0.83}[job.seed])

    entry = only(show(column("iunet")))

    assert entry.own.mean == pytest.approx(0.82)
    assert entry.own.n == 3
    assert entry.verdict.outcome is Outcome.SAYS_NOTHING  # printed ± 2.065, so within 4.4 points


def test_a_grid_is_decided_by_validation_even_if_another_point_tests_better(make, show):
    def best_valid(job):
        return 0.9 if dict(job.point)["l1"] == 5e-6 else 0.5

    make(column("beta-lasso"), lambda job: 1 - best_valid(job), valid=best_valid)

    cell = only(show(column("beta-lasso"))).own

    assert (cell.point, cell.grid) == ((("l1", 5e-6),), 5)
    assert cell.mean == pytest.approx(0.1)


def test_a_cell_with_nothing_made_is_empty_and_names_the_command(show):
    table = show(column("omp"))

    assert only(table).own == EmptyCell("none of 3 runs made", 3, 3)
    assert [gap.command for gap in table.gaps] == ["bench table5 -d vehicle -m omp"]


def test_a_cell_with_one_run_missing_is_empty_even_in_a_grid_with_other_points(make, show, store):
    make(column("beta-lasso"), lambda job: 0.8)
    gone = plan_table(column("beta-lasso")).jobs[-1]
    next(store.results.glob(f"runs/*/*/*-{gone.run_id}.json")).unlink()
    store.refresh()

    assert only(show(column("beta-lasso"))).own.reason == "1 of 15 runs missing"


def test_the_command_of_an_empty_cell_repeats_what_is_not_usual(show):
    table = show(column("omp", budget="quick", seeds=(1,)))

    command = "bench table5 -d vehicle -m omp --budget quick -s 1"
    assert [gap.command for gap in table.gaps] == [command]


def test_a_failed_run_leaves_its_cell_empty_with_the_reason(show, store):
    from bench.store.records import failure_of

    job = plan_table(column("omp")).jobs[0]
    store.write_failure(job, failure_of(job, ValueError("loss is not finite")))

    reason = only(show(column("omp"))).own.reason
    assert reason == "1 of 3 runs without a result: ValueError: loss is not finite"


def test_a_record_of_other_data_leaves_its_cell_empty_with_the_reason(make, tmp_path, show):
    from bench.judge.cell import StoredRuns
    from bench.judge.collect import collect
    from bench.store.store import Store

    make(column("omp"), lambda job: 0.8)
    strict = Store(tmp_path / "results", contents={"vehicle": "another digest"})

    own = only(collect(plan_table(column("omp")), StoredRuns(strict))).own

    assert "3 of 3 runs without a result" in own.reason
    assert "another digest" in own.reason


def test_a_smaller_budget_is_never_compared_with_a_printed_number(make, show):
    make(column("iunet", budget="quick"), lambda job: 0.818)

    entry = only(show(column("iunet", budget="quick")))

    assert isinstance(entry.own, Cell)
    assert entry.verdict.outcome is Outcome.NOT_COMPARABLE
    assert "budget quick" in entry.verdict.reason


@pytest.mark.parametrize(
    ("key", "metric", "comparable"),
    [
        ("iunet", "swapped", True),
        ("iunet", "balanced-accuracy", False),
        ("xgb-tuned", "swapped", False),
        ("xgb-tuned", "balanced-accuracy", True),
        ("xgb-tuned", "accuracy", False),
        ("iunet", "as-printed", True),
        ("xgb-tuned", "as-printed", True),
    ],
)
def test_only_numbers_of_one_metric_are_compared(make, show, key, metric, comparable):
    make(column(key), lambda job: 0.8)

    verdict = only(show(column(key, metric=metric))).verdict

    assert (verdict.outcome is not Outcome.NOT_COMPARABLE) == comparable


def test_an_unknown_metric_lists_the_known():
    with pytest.raises(UsageError, match="known: swapped-balanced-accuracy, balanced-accuracy"):
        plan_table(column("iunet", metric="f1"))


def test_a_method_is_appended_as_a_column_without_a_printed_number(make, show):
    asked = column("iunet", appended=("random-mask",))
    make(asked, lambda job: 0.7)

    first, second = show(asked).entries()

    assert (second.column.title, second.printed, second.verdict) == ("RANDOM_MASK", None, None)
    assert second.own.mean == pytest.approx(0.7)
    assert first.printed is not None


def test_an_appended_method_whose_title_is_taken_has_its_key_beside_it(show):
    entries = show(column("xgb-tuned", appended=("xgb",))).entries()
    titles = [entry.column.title for entry in entries]

    assert titles == ["XGB", "XGB (xgb)"]


def test_an_appended_method_that_is_unknown_lists_the_known():
    with pytest.raises(UnknownKey, match="no method called 'magic'; known: .*random-mask"):
        plan_table(column("iunet", appended=("magic",)))


def test_a_fact_is_shown_like_a_score_and_marked_when_it_has_collapsed(make, show):
    facts = {"restart_consistency": 0.97, "restart_top_class_share": 0.99}
    make(MFEAT, lambda job: 0.5, facts=facts)

    cells = show(MFEAT).cells()

    assert [cell.mean for cell in cells] == pytest.approx([0.97, 0.97])
    assert all(cell.collapsed for cell in cells)


def test_runs_without_the_fact_leave_the_cell_empty_and_say_which(make, show):
    make(MFEAT, lambda job: 0.5)

    reasons = {entry.own.reason for entry in show(MFEAT).entries()}
    assert reasons == {"runs carry no restart_consistency"}


def test_a_consistency_that_cannot_be_checked_for_collapse_is_not_shown(make, show):
    make(MFEAT, lambda job: 0.5, facts={"restart_consistency": 0.97})

    reasons = {entry.own.reason for entry in show(MFEAT).entries()}
    assert reasons == {"runs carry no restart_top_class_share"}
