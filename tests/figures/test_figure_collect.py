"""The numbers that are drawn are those that were kept."""

import math

import numpy as np
import pytest
from made_up_arrays import made_up_histogram, made_up_layer

from bench.figures.collect import (
    Histogram,
    figure_rows,
    quantiles,
    shares_of,
    undrawn,
)
from bench.figures.draw.first_layer import stretched, tiled
from bench.figures.plan import plan_figure
from bench.plan.query import Query

DEMO = Query("figure2", budget="demo")


def line_of(figure, title, group=None):
    (line,) = (x for x in figure.of("digits", group=group) if x.line.title == title)
    return line


def test_a_curve_has_mean_population_std_and_kept_weights_of_every_ratio(keep, show):
    for job in plan_figure(DEMO).jobs:
        point = dict(job.point)
        score = 0.5 + 0.01 * point["ratio"] + (0.03 if job.seed == 42 else 0.0)
        keep(job, valid=score, facts={"kept_weights": 1000 / point["ratio"]})

    marks = line_of(show(DEMO), "OMP").marks

    assert [mark.ratio for mark in marks] == [2, 4, 8, 16]
    assert marks[0].mean == pytest.approx(53)
    assert marks[0].std == pytest.approx(3 * math.sqrt(2) / 3)
    assert [mark.kept for mark in marks] == [500, 250, 125, 62.5]
    assert {mark.n for mark in marks} == {3}


def test_a_ratio_that_lacks_a_seed_is_not_drawn_but_named(keep, show):
    for job in plan_figure(DEMO).jobs:
        if (job.method, job.seed, dict(job.point)["ratio"]) != ("omp", 1, 4):
            keep(job)

    figure = show(DEMO)

    omp = line_of(figure, "OMP")
    assert [mark.ratio for mark in omp.marks] == [2, 8, 16]
    assert [(job.seed, dict(job.point)["ratio"]) for job in omp.missing] == [(1, 4)]
    assert {line.line.title for line in figure.missing()} == {"OMP", "κ = 1"}


def test_a_histogram_is_that_of_the_first_seed(keep, show):
    for job in plan_figure(Query("figure3", budget="demo")).jobs:
        keep(job, made_up_histogram())

    figure = show(Query("figure3", budget="demo"))

    content = line_of(figure, "κ = 0.125").content
    assert isinstance(content, Histogram)
    assert content.counts[2, :3].tolist() == [80, 20, 0]
    assert figure.missing() == []


def test_weights_are_those_that_were_kept(keep, show):
    for job in plan_figure(Query("figure6", budget="demo")).jobs:
        keep(job, made_up_layer())

    content = line_of(show(Query("figure6", budget="demo")), "IUNET").content

    assert np.array_equal(content, made_up_layer()["first_layer"])


def test_a_run_that_kept_no_array_is_missing_and_says_what_helps(keep, show, store):
    selection = Query("figure3", budget="demo")
    first, *others = plan_figure(selection).jobs
    path = keep(first)
    for job in others:
        keep(job, made_up_histogram())

    (lacking,) = show(selection).missing()

    assert lacking.line.title == "κ = 1"
    assert lacking.reason == f"{path} kept nothing to draw; delete it and give the command again"
    assert undrawn(plan_figure(selection), store) == [first]


def test_a_failed_run_says_why(store, show, keep):
    from bench.store.records import failure_of

    job = plan_figure(Query("figure3", budget="demo")).jobs[0]
    store.write_failure(job, failure_of(job, ValueError("loss is not finite")))

    found = line_of(show(Query("figure3", budget="demo")), "κ = 1")

    assert found.reason == "ValueError: loss is not finite"


def test_shares_and_quantiles_of_a_histogram_worked_out_by_hand():
    counts = np.array([[50, 50, 0, 0], [20, 40, 40, 0], [0, 0, 0, 10]])
    histogram = Histogram(counts, np.array([0.0, 0.1, 0.2, 0.3, 0.4]))

    assert shares_of(histogram)[1].tolist() == [20, 40, 40, 0]
    found = quantiles(histogram, (0.5, 0.9))
    assert found[0].tolist() == pytest.approx([0.1, 0.18])
    assert found[1].tolist() == pytest.approx([0.175, 0.275])
    assert np.isnan(found[2]).all()


def test_brightness_is_a_share_of_the_large_weights_and_never_over_one():
    matrix = np.zeros((10, 1000), dtype=np.uint8)
    matrix[0, :20], matrix[1, 0] = 100, 255

    bright = stretched(matrix)

    assert bright.min() == 0 and bright.max() == 1
    assert bright[0, 0] == 1 and bright[5, 5] == 0
    assert stretched(np.zeros((2, 3), dtype=np.uint8)).max() == 0


def test_a_unit_becomes_a_picture_channel_by_channel():
    layer = np.zeros((4, 3 * 32 * 32), dtype=np.uint8)
    layer[1, 32 * 32 + 5 * 32 + 7] = 200

    sheet = tiled(layer)

    assert sheet.shape == (66, 100, 3)
    assert sheet[5, 34 + 7].tolist() == [0, 1, 0]
    assert sheet[5, 33].tolist() == [1, 1, 1]
    assert sheet[40, 40].tolist() == [1, 1, 1]


def test_the_numbers_come_in_long_form_in_percent(keep_all, show):
    keep_all(DEMO)

    rows = figure_rows(show(DEMO))

    assert len(rows) == 9 * 4
    assert rows[0] == {
        "dataset": "digits",
        "group": "PIS",
        "series": "κ = 1",
        "method": "omp",
        "ratio": 2,
        "kept_weights": 2_000_000,
        "metric": "valid_accuracy",
        "mean": 90.0,
        "std": 0.0,
        "n": 3,
    }
