"""Planning: distinct runs in order, budgets, and what is refused."""

import subprocess
import sys
from dataclasses import replace

import pytest
from planned import planned_jobs

from baselines.registry import find_methods
from bench.datasets.catalogue import tabular_datasets
from bench.datasets.preparation import training_rows
from bench.errors import UsageError
from bench.plan.budget import Budget, budgets, default_budget, find_budget
from bench.plan.identity import json_types
from bench.plan.plan import Place, plan_cells, usual_planner
from bench.plan.query import Query, conditions_of
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import default_protocol, find_protocol, shipped_protocols
from iunet.declare.sharing import batch_starts

PAPER_TABLES = tuple(key for key, entry in tabular_datasets().items() if entry.source == "openml")
OTHER = next(key for key in shipped_protocols() if key != default_protocol())
METHODS = tuple(("", key) for key in find_methods())


def planned(
    datasets=("vehicle",), columns=(("mlp-tab", "omp"),), budget="full", seeds=None, protocol=""
):
    return planned_jobs(datasets, columns, protocol, budget, seeds)


def test_jobs_come_in_the_order_asked_for_with_every_seed_of_the_protocol():
    jobs = planned(("car", "vehicle"), (("", "xgb"), ("mlp-tab", "omp")))
    seeds = find_protocol(default_protocol()).seeds
    assert [(job.dataset, job.method, job.seed) for job in jobs] == [
        (dataset, method, seed)
        for dataset in ("car", "vehicle")
        for method in ("xgb", "omp")
        for seed in seeds
    ]


def test_a_run_asked_for_twice_is_planned_once():
    jobs = planned(columns=(("mlp-tab", "omp"), ("", "omp"), ("", "dense"), ("mlp-tab", "omp")))
    assert len(jobs) == len({job.run_id for job in jobs}) == 6


def test_a_grid_has_a_run_for_each_point_and_a_small_budget_only_one():
    grid = find_protocol(default_protocol()).table.shrink.l1
    full = planned(columns=(("", "beta-lasso"),), seeds=(1,))
    quick = planned(columns=(("", "beta-lasso"),), seeds=(1,), budget="quick")
    assert [job.point for job in full] == [(("l1", l1),) for l1 in grid]
    assert [job.point for job in quick] == [(("l1", 1e-5),)]


def test_a_cell_with_a_part_of_the_grid_fixed_is_another_than_the_whole_grid():
    whole = Place("vehicle", "mlp-tab", "beta-lasso")
    fixed = Place("vehicle", "mlp-tab", "beta-lasso", (("l1", 5e-6),))

    cells = plan_cells([whole, fixed], conditions_of(Query()))

    assert (len(cells[whole]), len(cells[fixed])) == (15, 3)
    assert set(cells[fixed]) < set(cells[whole])


def test_cells_are_planned_once_and_apart_by_protocol_budget_seeds_and_search():
    planner, own = usual_planner(), conditions_of(Query())
    place = Place("vehicle", "mlp-tab", "iunet")
    same_key = replace(find_protocol(OTHER), key=own.protocol.key)
    others = [
        *(replace(own, seeds=(1,)), replace(own, budget=find_budget("quick"))),
        replace(own, protocol=same_key),
    ]

    first = plan_cells([place], own, planner=planner)[place]

    assert plan_cells([place], replace(own, name="table5"), planner=planner)[place] is first
    assert plan_cells([place], own, searched=True, planner=planner)[place] is not first
    for under in others:
        assert plan_cells([place], under, planner=planner) == plan_cells([place], under)
        assert plan_cells([place], under, planner=planner)[place] != first


def test_a_budget_caps_the_epochs_of_every_stage_and_never_raises_them():
    (job,) = planned(seeds=(1,), budget="quick")
    assert (job.work.pretrain.epochs, job.work.finetune.epochs) == (45, 45)
    (full,) = planned(seeds=(1,))
    generous = Budget(key="x", title="", embedded=False, epochs=10_000)
    assert generous.on_tables(full.work, rows=541) == full.work


@pytest.mark.parametrize(("dataset", "batch"), [("iris", 32), ("wine", 38), ("breast-cancer", 122)])
def test_small_data_get_their_steps_by_smaller_batches(dataset, batch):
    steps = find_budget("demo").least_steps
    (job,) = planned((dataset,), budget="demo", seeds=(1,))
    entry = tabular_datasets()[dataset]
    rows = training_rows(job.preparation, entry.rows)
    assert job.work.pretrain.batch == job.work.finetune.batch == batch
    assert len(batch_starts(rows, batch)) == steps == 3


def test_least_steps_never_enlarge_a_batch_nor_leave_one_row_in_it():
    (full,) = planned(seeds=(1,))
    budget = Budget(key="x", title="", embedded=True, least_steps=4)
    assert budget.on_tables(full.work, rows=10_000) == full.work
    assert budget.on_tables(full.work, rows=5).pretrain.batch == 2


def test_a_grid_without_the_chosen_value_keeps_the_nearest_point():
    budget = Budget(key="x", title="", embedded=False, chosen={"l1": 1e-5})
    assert budget.points([(("l1", 5e-5),), (("l1", 2e-5),)], {}) == ((("l1", 2e-5),),)
    assert budget.points([()], {}) == ((),)


def test_seeds_select_among_those_of_the_protocol():
    assert [job.seed for job in planned(seeds=(2, 42))] == [42, 2]
    with pytest.raises(UsageError, match="has no seed 7; it has: 42, 1, 2"):
        planned(seeds=(7,))


@pytest.mark.parametrize(
    ("dataset", "budget"), [("vehicle", "demo"), ("iris", "full"), ("iris", "quick")]
)
def test_a_dataset_of_another_budget_is_refused(dataset, budget):
    with pytest.raises(UsageError, match=f"dataset '{dataset}' is not for budget '{budget}'"):
        planned((dataset,), budget=budget)


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="no dataset called 'vehicel'; known: vehicle"):
        planned(("vehicel",))
    with pytest.raises(UnknownKey, match="no method called 'opm'; known: .*omp"):
        planned(columns=(("", "opm"),))
    with pytest.raises(
        UsageError,
        match="no budget called 'huge'; known: full, published-search, narrow, quick, demo",
    ):
        planned(budget="huge")
    with pytest.raises(UsageError, match="method 'xgb' does not run on net 'mlp-tab'"):
        planned(columns=(("mlp-tab", "xgb"),))


def test_the_default_budget_is_the_whole_protocol():
    budget = find_budget(default_budget())
    assert budget.epochs is None and not budget.chosen
    assert list(budgets())[0] == default_budget()


def test_pictures_search_kappa_and_ratio_together_and_ablations_take_the_chosen_kappa():
    def points(method, budget="full", at=()):
        jobs = planned_jobs(("cifar10",), (("", method),), "", budget, (1,), at)
        return [dict(job.point) for job in jobs]

    assert len(points("iunet")) == 16
    assert points("iunet")[1] == {"kappa": 0.0625, "ratio": 4}
    assert [p["ratio"] for p in points("omp")] == [2, 4, 8, 16]
    assert {p["kappa"] for p in points("no-ilo")} == {0.0625}
    assert points("no-prune") == [{"kappa": 0.0625}]
    assert points("dense") == [{}]
    assert points("iunet", "quick") == [{"kappa": 0.0625, "ratio": 4}]
    assert points("iunet", "quick", (("ratio", 16),)) == [{"kappa": 0.0625, "ratio": 16}]
    assert len(points("iunet", at=(("ratio", 16),))) == 4
    with pytest.raises(UsageError, match="ratio = 3 is not in the grid of 'omp'"):
        points("omp", at=(("ratio", 3),))


def test_a_searched_grid_is_whole_for_ablations_and_small_budgets_too():
    def points(method, budget, at=()):
        columns = (("", method),)
        jobs = planned_jobs(("cifar10",), columns, "", budget, (1,), at, searched=True)
        return [dict(job.point) for job in jobs]

    assert points("no-ilo", "quick") == points("iunet", "full")
    assert len(points("no-ilo", "full")) == 16
    assert points("no-ilo", "quick", (("kappa", 0.25), ("ratio", 8))) == [
        {"kappa": 0.25, "ratio": 8}
    ]


def test_the_grid_point_the_net_and_the_budget_reach_the_settings_of_pictures():
    columns = (("mlp-vis", "iunet"), ("resnet", "iunet"), ("cnn", "dense"))
    vis, resnet, cnn = planned_jobs(("cifar10",), columns, "", "quick", (1,))
    assert (vis.work.start.kappa, vis.work.cut.ratio, vis.work.start.alpha) == (0.0625, 4, 2)
    assert (resnet.work.start.alpha, cnn.work.start.alpha) == (None, 2)
    assert vis.work.pretrain.epochs == vis.work.finetune.epochs == 10
    assert vis.identity["data"]["pictures"] == 4000


def test_a_narrow_budget_differs_from_the_full_one_on_pictures_in_the_width_alone():
    (narrow,) = planned_jobs(("cifar10",), (("mlp-vis", "iunet"),), "", "narrow", (1,))
    full = next(
        job
        for job in planned_jobs(("cifar10",), (("mlp-vis", "iunet"),), "", "full", (1,))
        if job.point == narrow.point
    )
    assert (narrow.work.start.alpha, full.work.start.alpha) == (1, 8)
    assert replace(narrow.work, start=replace(narrow.work.start, alpha=8)) == full.work
    assert narrow.identity["data"] == full.identity["data"]


def test_pictures_refuse_methods_and_nets_for_tables():
    with pytest.raises(UsageError, match="method 'xgb' runs on tables only"):
        planned(("cifar10",), columns=(("", "xgb"),))
    with pytest.raises(UsageError, match="net 'mlp-tab'; for pictures: 'mlp-vis', 'cnn', 'resnet'"):
        planned(("cifar10",), columns=(("mlp-tab", "omp"),))


def test_settings_of_a_job_read_back_from_json_unchanged():
    from bench.plan.identity import json_types

    for job in planned(columns=METHODS, seeds=(1,)):
        assert json_types(job.identity) == job.identity


def test_the_whole_plan_of_the_paper_is_thousands_of_distinct_runs():
    jobs = [job for key in shipped_protocols() for job in planned_jobs(PAPER_TABLES, METHODS, key)]
    assert len(jobs) == len({job.run_id for job in jobs}) >= 40 * 11 * 3 * 2


def test_planning_imports_no_library_that_trains():
    code = (
        "import sys; from bench.plan.plan import *; from bench.plan.query import *;"
        "places = [Place('vehicle', '', method) for method in ('iunet', 'xgb')];"
        "plan_cells(places, conditions_of(Query()));"
        "print([m for m in ('torch', 'openml', 'xgboost', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_budgets_that_try_the_same_share_their_trials_and_not_their_runs():
    """A full search tries what a quick one tries, and trains what it chooses for every epoch."""
    full, quick, published = (
        planned(columns=(("", "mlp-tab-c"),), budget=budget)[0]
        for budget in ("full", "quick", "published-search")
    )

    trials = [json_types(job.work.trial_settings(json_types)) for job in (full, quick, published)]
    assert trials[0] == trials[1] != trials[2]
    assert len({full.run_id, quick.run_id, published.run_id}) == 3
    assert [job.work.trials for job in (full, quick, published)] == [40, 40, 840]
    epochs = [
        (job.work.tried.pretrain.epochs, job.work.base.pretrain.epochs)
        for job in (full, quick, published)
    ]
    assert epochs == [(45, 106), (45, 45), (106, 106)]


def test_a_protocol_says_what_happens_around_a_search(tmp_path):
    path = tmp_path / "refitted.toml"
    path.write_text('base = "paper"\n[table.search]\neach_seed = true\nrefit = true\n')

    jobs = planned(columns=(("", "xgb-tuned"),), protocol=str(path))

    assert [job.work.seed for job in jobs] == [0, 1, 2]
    assert all(job.work.refit and job.settings["search"]["refit"] for job in jobs)
    usual = planned(columns=(("", "xgb-tuned"),), protocol="paper")
    assert [job.work.seed for job in usual] == [0, 0, 0]
    assert not {job.run_id for job in jobs} & {job.run_id for job in usual}
