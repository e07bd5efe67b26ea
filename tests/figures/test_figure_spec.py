"""What figure.toml says, and what is planned from it."""

import pytest

from baselines.registry import find_methods
from bench.datasets.catalogue import find_dataset
from bench.declared.figures import parse_figure, read_figure
from bench.errors import BenchError, UsageError
from bench.figures.plan import plan_figure
from bench.folders import figure_names, table_names
from bench.plan.query import Query
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import default_protocol, find_protocol

TOML = """
title = "T"
kind = "curves"
datasets = ["cifar10"]
series = [{ title = "A", method = "omp" }]
"""


PRINTED = tuple(name for name in figure_names() if read_figure(name).table)
"""Figures that compare with printed numbers, of which there are none for data that comes along."""


def test_there_are_seven_figures_and_none_is_taken_for_a_table():
    assert figure_names() == tuple(f"figure{number}" for number in range(2, 9))
    assert not set(figure_names()) & set(table_names())


@pytest.mark.parametrize("name", figure_names())
def test_a_figure_names_methods_and_datasets_that_there_are(name):
    spec = read_figure(name)

    assert {series.method for series in spec.series} <= set(find_methods())
    sources = {find_dataset(key).source for key in spec.datasets}
    assert ("embedded" in sources) == (name not in PRINTED) and len(sources) >= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("kind = ", "sort = 1\nkind = "), "sort"),
        (('"curves"', '"pie"'), "kind"),
        (('method = "omp"', 'metod = "omp"'), "series.0"),
        (("= [{", "= [{ title = 'A', method = 'dense' }, {"), "'A' is there twice"),
        (('title = "T"', "title = "), "not TOML"),
        (("datasets = ", "table = 'table5'\ndatasets = "), "kind 'agreement' names a table"),
        (('"curves"', '"agreement"'), "kind 'agreement' names a table"),
        (("datasets = ", "table = 'table99'\ndatasets = "), "no table called 'table99'"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(change, said):
    with pytest.raises(BenchError, match=said):
        parse_figure("x", TOML.replace(*change))


def test_figure_2_has_every_ratio_of_every_kappa_under_any_budget():
    for budget in ("full", "quick"):
        asked = plan_figure(Query("figure2", budget=budget, datasets=("cifar10",)))
        points = {line.title: [dict(job.point) for job in line.jobs] for line in asked.lines}

        assert list(points) == [
            *("κ = 1", "κ = 0.5", "κ = 0.25", "κ = 0.125", "κ = 0.0625"),
            *("OMP", "NO_ILO", "NO_PIS", "IUNET"),
        ]
        assert [p["ratio"] for p in points["κ = 0.25"]] == [2] * 3 + [4] * 3 + [8] * 3 + [16] * 3
        assert {p["kappa"] for p in points["κ = 0.25"]} == {0.25}
        assert {p["kappa"] for p in points["IUNET"]} == {0.0625}


def test_equal_runs_of_two_lines_are_planned_once():
    asked = plan_figure(Query("figure2", datasets=("cifar10",)))

    assert len(asked.jobs) == (1 + 4 + 1 + 1) * 4 * 3


def test_a_figure_of_arrays_needs_one_seed_and_the_chosen_ratio():
    asked = plan_figure(Query("figure3"))

    first = find_protocol(default_protocol()).seeds[0]
    assert [(job.seed, dict(job.point)["ratio"]) for job in asked.jobs] == [(first, 4)] * 5
    assert [job.seed for job in plan_figure(Query("figure3", seeds=(1, 2))).jobs] == [1] * 5


def test_a_table_has_no_kappa_to_choose():
    asked = plan_figure(Query("figure4", datasets=("arrhythmia",)))

    assert [job.point for job in asked.jobs] == [()] * 4
    assert {job.net for job in asked.jobs} == {"mlp-tab"}


def test_a_figure_of_costs_plans_the_runs_of_the_cells_of_a_table_and_no_more():
    from bench.plan.query import Query
    from bench.plan.selection import plan_table

    for budget in ("full", "quick"):
        drawn = plan_figure(Query("figure7", budget=budget, datasets=("vehicle", "car")))
        table = plan_table(Query("cost", budget=budget, datasets=("vehicle", "car")))
        assert {job.run_id for job in drawn.jobs} == {job.run_id for job in table.jobs}


@pytest.mark.parametrize("name", figure_names())
def test_the_demo_draws_data_that_comes_along_and_nothing_else(name):
    asked = plan_figure(Query(name, budget="demo"))

    sources = {find_dataset(key).source for key in asked.datasets}
    assert sources == (set() if name in PRINTED else {"embedded"})


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="no figure called 'figure1'; known: figure2"):
        plan_figure(Query("figure1"))
    with pytest.raises(UsageError, match="no dataset 'digits' under budget 'full'; known: cifar10"):
        plan_figure(Query("figure2", datasets=("digits",)))
    with pytest.raises(UnknownKey, match="no protocol"):
        plan_figure(Query("figure2", protocol="mine"))
    with pytest.raises(UsageError, match="has no seed 7"):
        plan_figure(Query("figure2", seeds=(7,)))
