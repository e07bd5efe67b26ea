"""From the options of the command line to requests."""

import pytest

from bench.cli.selection import requests_for
from bench.declared.spec import read_table
from bench.errors import UsageError
from bench.folders import table_names
from bench.plan.plan import plan_jobs


def asked(*tables, **options):
    """(dataset, columns, what is fixed) of every request."""
    return [(r.datasets[0], r.columns, r.at) for r in requests_for(tables, **options)]


def test_what_a_table_fixes_of_a_grid_reaches_its_requests():
    free, fixed = asked("table6", datasets=["svhn"])

    pruned = (("mlp-vis", "iunet"), ("mlp-vis", "omp"), ("mlp-vis", "random-mask"))
    assert free == ("svhn", (("mlp-vis", "dense"),), ())
    assert fixed == ("svhn", pruned, (("ratio", 16),))


def test_rows_of_one_dataset_ask_for_its_runs_once():
    datasets = [dataset for dataset, _, _ in asked("table6", methods=["dense"])]

    assert datasets == ["cifar10", "cifar100", "svhn"]


def test_a_method_means_all_its_nets_and_a_net_with_it_one():
    ((_, both, _),) = asked("table1", datasets=["svhn"], methods=["omp"])
    ((_, one, _),) = asked("table1", datasets=["svhn"], methods=["resnet:omp"])

    assert both == (("mlp-vis", "omp"), ("resnet", "omp"))
    assert one == (("resnet", "omp"),)


def test_a_net_that_a_method_does_not_have_here_is_refused_with_what_there_is():
    with pytest.raises(UsageError, match="'cnn:omp' is not a column here; known: dense, omp, beta"):
        asked("table1", methods=["cnn:omp"])


def test_two_tables_that_show_the_same_runs_plan_them_once():
    jobs = plan_jobs(requests_for(["table1", "table2"], methods=["mlp-vis:iunet"]))

    assert len(jobs) == 3 * 16 * 3
    assert plan_jobs(requests_for(["table1"], methods=["mlp-vis:iunet"])) == jobs


def test_a_column_may_be_named_by_what_it_fixes_of_a_grid():
    jobs = plan_jobs(requests_for(["vision-controls"], ["svhn"], ["omp@ratio=16"]))

    assert {job.point for job in jobs} == {(("ratio", 16),)}
    assert {job.method for job in jobs} == {"omp"}


@pytest.mark.parametrize("name", [n for n in table_names() if read_table(n).kind == "scores"])
def test_a_table_and_the_plan_of_it_ask_for_the_same_runs(name):
    from bench.plan.query import Query
    from bench.tables.asked import prepare

    planned = {job.run_id for job in plan_jobs(requests_for([name]))}

    assert {job.run_id for job in prepare(Query(name)).jobs} == planned
