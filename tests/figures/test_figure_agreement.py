"""Own scores by the printed ones: cells and verdicts of Table 5, their band, names and counts."""

import csv
import json

import pytest
from made_up import made_up_predictions, made_up_record

from bench.__main__ import run
from bench.figures.caption import latex, markdown, sheet_of
from bench.figures.collect import figure_rows
from bench.figures.draw.agreement import CORNER, draw_agreement
from bench.figures.plan import plan_figure
from bench.judge.cell import StoredRuns
from bench.judge.collect import collect
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.render.drawing import COLUMN, PAGE, style
from bench.store.store import Store
from iunet.declare.protocol import default_protocol, shipped_protocols

BOTH = ("vehicle", "car")
OTHER = next(key for key in shipped_protocols() if key != default_protocol())

SCORES = {"dense": 0.80, "omp": 0.70, "iunet": 0.82, "beta-lasso": 0.81, "xgb-tuned": 0.75}
"""On vehicle; printed are 80.427, 81.115 ± 2.214, 81.805 ± 2.065, 80.611 ± 1.244 and 74.973."""


@pytest.fixture
def score(store):
    """Write the runs of figure 8 on these datasets, of one class where it is said."""

    def write(datasets=("vehicle",), one_class=(), **chosen):
        for job in plan_figure(Query("figure8", datasets=datasets, **chosen)).jobs:
            facts = {"top_class_share": 1.0} if (job.method, job.seed) in one_class else None
            record = made_up_record(job, SCORES.get(job.method, 0.9), facts=facts)
            store.write(record, made_up_predictions())

    return write


def shown(show, datasets=("vehicle",), **chosen):
    return show(Query("figure8", datasets=datasets, **chosen))


def drawn(figure):
    """The figure, laid out."""
    with style():
        drawing = draw_agreement(figure)
        drawing.canvas.draw()
    return drawing


def test_its_cells_and_verdicts_are_those_of_the_table(score, show, store):
    score(BOTH)

    figure = shown(show, BOTH)

    table = collect(plan_table(Query("table5", datasets=BOTH)), StoredRuns(store))
    assert [one.entry.long for one in figure.compared()] == [e.long for e in table.entries()]
    assert {job.run_id for job in figure.plan.jobs} == {job.run_id for job in table.plan.jobs}
    assert figure_rows(figure) == [{**e.long, "one_class_runs": 0} for e in table.entries()]


def test_a_panel_a_metric_has_equal_axes_identity_and_band(score, show):
    score()

    drawing = drawn(shown(show))

    titles = [axes.get_title(loc="left") for axes in drawing.axes]
    assert titles == ["(a) swapped balanced accuracy", "(b) balanced accuracy"]
    for axes in drawing.axes:
        assert axes.get_xlim() == axes.get_ylim() and axes.get_aspect() == 1
        wide, narrow = (band.get_datalim(axes.transData) for band in axes.collections[:2])
        low, high = axes.get_xlim()
        assert (wide.y0, wide.y1) == (low - 3, high + 3)
        assert (narrow.y0, narrow.y1) == (low - 1, high + 1)
        equal = axes.lines[0].get_xydata()
        assert equal[:, 0].tolist() == equal[:, 1].tolist()


def test_a_point_is_own_by_printed_with_the_std_as_whisker(store, show):
    for job in plan_figure(Query("figure8", datasets=("vehicle",))).jobs:
        record = made_up_record(job, 0.83 if job.seed == 42 else 0.80)
        store.write(record, made_up_predictions())

    axes = drawn(shown(show)).axes[0]

    points = [line.get_xydata()[0].tolist() for line in axes.lines[1:]]
    assert sorted(points)[0] == pytest.approx([80.427, 81])
    (whiskers,) = (c for c in axes.collections if hasattr(c, "get_segments"))
    assert whiskers.get_segments()[0][:, 1].tolist() == pytest.approx([81 - 2**0.5, 81 + 2**0.5])


def test_methods_have_a_marker_each_and_cells_that_differ_a_name(score, show):
    score()

    networks, others = drawn(shown(show)).axes

    markers = {line.get_marker() for axes in (networks, others) for line in axes.lines[1:]}
    assert len(markers) == 7
    legend = [text.get_text() for text in networks.get_legend().get_texts()]
    assert legend == ["MLP_TAB", "OMP", "BETA_LASSO", "IUNET"]
    assert [text.get_text() for text in networks.texts] == ["vehicle, OMP"]
    assert {text.get_text().replace("\n", " ") for text in others.texts} == {
        *("vehicle, TABN", "vehicle, MLP_TAB+C")
    }


def test_the_inside_of_a_marker_tells_the_outcome_without_colour(score, show):
    from matplotlib.colors import rgb_to_hsv, to_rgb

    score()
    drawing = drawn(shown(show))

    faces = {
        handle.get_label(): to_rgb(handle.get_markerfacecolor())
        for handle in drawing.legends[0].legend_handles[:3]
    }

    light = {name: 0.3 * r + 0.59 * g + 0.11 * b for name, (r, g, b) in faces.items()}
    assert light["says nothing"] - light["agrees"] > 0.25
    assert light["agrees"] - light["differs"] > 0.25
    assert rgb_to_hsv(faces["differs"])[1] == rgb_to_hsv(faces["says nothing"])[1] == 0


def test_cells_whose_runs_predict_one_class_have_a_ring(score, show):
    every = [("dense", seed) for seed in (42, 1, 2)]
    score(one_class=[*every, ("omp", 42)])

    figure = shown(show)

    legend = [text.get_text() for text in drawn(figure).legends[0].get_texts()]
    assert legend[-2:] == ["all runs collapsed", "some runs collapsed"]
    (note,) = (note.text for note in sheet_of(figure).notes if note.text.startswith("Rings"))
    assert "one class to every test row" in note
    assert "collapsed (1), broken where some are (1)" in note
    assert [row["one_class_runs"] for row in figure_rows(figure)][:3] == [3, 1, 0]


def test_the_caption_counts_the_outcomes_by_panel_and_method(score, show):
    score()

    sheet = sheet_of(shown(show))

    assert "cells: 3 agree, 3 differ, 1 says nothing" in sheet.caption
    networks, others = sheet.blocks
    assert networks.header == ("agree", "differ", "say nothing")
    rows = {line.title: [cell.own for cell in line.cells] for line in networks.lines}
    assert rows["MLP_TAB"] == ["1", "0", "0"] and rows["OMP"] == ["0", "1", "0"]
    assert [cell.own for cell in others.totals[0].cells] == ["1", "2", "0"]
    assert "| swapped balanced accuracy | agree | differ | say nothing |" in markdown(sheet)
    assert r"OMP & 0 & 1 & 0 \\" in latex(sheet)
    assert "ours" in sheet.title and "not one of the paper" in sheet.title


def test_many_scores_near_the_ceiling_are_drawn_larger(store, show):
    near = ("anneal", "kr-vs-kp", "car")
    for job in plan_figure(Query("figure8", datasets=near)).jobs:
        store.write(made_up_record(job, 0.99), made_up_predictions())

    networks = drawn(shown(show, near)).axes[0]

    (inset,) = networks.child_axes
    assert inset.get_xlim() == inset.get_ylim() == CORNER
    assert len(inset.lines) == 1 + 12


def test_without_records_it_says_so_and_names_the_command(show):
    figure = shown(show)

    assert [text.get_text() for text in drawn(figure).axes[0].texts] == ["no cell is compared"]
    (missing,) = (note for note in sheet_of(figure).notes if note.command)
    assert missing.text.startswith("Vehicle: everything: 33 of 33 runs missing.")
    assert missing.command == "bench figure8 -d vehicle"
    assert sheet_of(figure).blocks == ()


def test_a_panel_without_a_cell_is_left_out_and_one_alone_is_a_column_wide(store, show):
    for job in plan_figure(Query("figure8", protocol=OTHER, datasets=("car",))).jobs:
        if job.method in ("dense", "omp", "iunet", "beta-lasso"):
            store.write(made_up_record(job, 0.9), made_up_predictions())

    drawing = drawn(shown(show, ("car",), protocol=OTHER))

    assert len(drawing.axes) == 1 and drawing.get_figwidth() == COLUMN
    assert drawing.get_figwidth() < PAGE


def test_runs_that_are_not_comparable_are_counted_with_the_reason(score, show):
    score(budget="quick")

    texts = [note.text for note in sheet_of(shown(show, budget="quick")).notes]

    assert "7 cells not compared: budget quick does less than what was printed." in texts


def test_the_demo_has_nothing_printed_and_needs_no_run(show):
    figure = show(Query("figure8", budget="demo"))

    assert (figure.plan.jobs, figure.missing()) == ([], [])
    texts = [note.text for note in sheet_of(figure).notes]
    assert "No score was printed for the data of budget demo." in texts


def test_the_command_writes_the_picture_and_its_numbers(
    score, store, monkeypatch, capsys, tmp_path
):
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))
    score()

    status = run(["figure8", "-d", "vehicle", "--no-run", "--fresh", "--json"])

    folder = Store(tmp_path / "results").results / "figures"
    assert status == 0
    assert {path.suffix for path in folder.iterdir()} == {".pdf", ".png", ".md", ".tex", ".csv"}
    rows = list(csv.DictReader((folder / "figure8-part.csv").read_text().splitlines()))
    points = json.loads(capsys.readouterr().out)["points"]
    assert [row["verdict"] for row in rows] == [point["verdict"] for point in points]
    assert float(rows[1]["own_mean"]) == 70 and float(rows[1]["published_mean"]) == 81.115
