"""From what a user selects to cells of tables and their runs."""

import pytest

from bench.declared.tables import read_table
from bench.errors import UsageError
from bench.folders import table_names
from bench.plan.plan import Place
from bench.plan.query import Query
from bench.plan.selection import plan_selection, plan_table, selected_places


def places(*tables, **selected):
    """The cells that are planned, of all conditions."""
    return [place for _, own in selected_places(Query(tables=tables, **selected)) for place in own]


def test_what_a_table_fixes_of_a_grid_reaches_its_places():
    free, *fixed = places("table6", datasets=("svhn",))

    assert free == Place("svhn", "mlp-vis", "dense")
    assert fixed == [
        Place("svhn", "mlp-vis", method, (("ratio", 16),))
        for method in ("iunet", "omp", "random-mask")
    ]


def test_rows_of_one_dataset_ask_for_its_runs_once():
    datasets = [place.dataset for place in places("table6", methods=("dense",))]

    assert datasets == ["cifar10", "cifar100", "svhn"]


def test_a_method_means_all_its_nets_and_a_net_with_it_one():
    both = places("table1", datasets=("svhn",), methods=("omp",))
    one = places("table1", datasets=("svhn",), methods=("resnet:omp",))

    assert [place.net for place in both] == ["mlp-vis", "resnet"]
    assert [place.net for place in one] == ["resnet"]


def test_a_net_that_a_method_does_not_have_here_is_refused_with_what_there_is():
    with pytest.raises(UsageError, match="'cnn:omp' is not a column here; known: omp, dense, beta"):
        places("table1", methods=("cnn:omp",))


def test_two_tables_that_show_the_same_runs_plan_them_once():
    one, both = (
        Query(tables=tables, methods=("mlp-vis:iunet",))
        for tables in (("table1",), ("table1", "table2"))
    )
    jobs = plan_selection(both)

    assert len(jobs) == 3 * 16 * 3
    assert plan_selection(one) == jobs


def test_a_column_may_be_named_by_what_it_fixes_of_a_grid():
    query = Query(tables=("vision-controls",), datasets=("svhn",), methods=("omp@ratio=16",))
    jobs = plan_selection(query)

    assert {job.point for job in jobs} == {(("ratio", 16),)}
    assert {job.method for job in jobs} == {"omp"}


@pytest.mark.parametrize("name", [n for n in table_names() if read_table(n).kind == "scores"])
def test_a_table_and_the_plan_of_it_ask_for_the_same_runs(name):
    planned = {job.run_id for job in plan_selection(Query(tables=(name,)))}

    assert {job.run_id for job in plan_table(Query(name)).jobs} == planned
