"""What is drawn: vector PDF with its fonts, PNG, the same bytes every time."""

import os
import re
import subprocess
import sys
import zlib
from hashlib import sha256

import numpy as np
import pytest
from made_up import made_up_predictions, made_up_record
from made_up_arrays import keep_figure, made_up_histogram

from bench.declared.figures import figure_names
from bench.figures.caption import sheet_of
from bench.figures.collect import CollectedFigure, CollectedLine, Histogram, Mark, collect
from bench.figures.draw import pictures
from bench.figures.draw.curves import draw_curves, reach_of, short_count
from bench.figures.draw.first_layer import alike, draw_histograms, draw_weights, drawn_edges
from bench.figures.plan import plan_figure
from bench.judge.cell import StoredRuns
from bench.plan.query import Query
from bench.render.drawing import COLUMN, PAGE, SMALL, STROKES, style
from bench.store.store import Store

AGAIN = """
import sys
from hashlib import sha256
from pathlib import Path
from bench.judge.cell import StoredRuns
from bench.figures.plan import plan_figure
from bench.plan.query import Query
from bench.figures.collect import collect
from bench.figures.draw import pictures
from bench.store.store import Store
for name in sys.argv[2:]:
    figure = collect(plan_figure(Query(name, budget="demo")), StoredRuns(Store(Path(sys.argv[1]))))
    for ending, content in pictures(figure).items():
        print(name + ending, sha256(content).hexdigest())
"""


def curves(**scores):
    """Lines of figure 2 on digits by title, each with one score at every ratio."""
    asked = plan_figure(Query("figure2", budget="demo"))
    lines = []
    for line in asked.lines:
        if line.group == "ILO" and line.title in scores:
            marks = tuple(Mark(r, 100 * scores[line.title], 0.0, 3, None) for r in (2, 4))
            lines.append(CollectedLine(line, marks))
    return CollectedFigure(asked, tuple(lines))


def texts_of(drawing):
    """Every text of a figure that is shown."""
    from matplotlib.text import Text

    drawing.canvas.draw()
    return [text for text in drawing.findobj(Text) if text.get_visible() and text.get_text()]


@pytest.fixture(scope="module")
def store_of_all(tmp_path_factory):
    """Records of everything that the figures need."""
    store = Store(tmp_path_factory.mktemp("figures") / "results")
    for name in figure_names():
        keep_figure(store, Query(name, budget="demo"))
    return store


@pytest.fixture(scope="module")
def collected(store_of_all):
    """Every figure by name."""
    figures = {name: plan_figure(Query(name, budget="demo")) for name in figure_names()}
    return {name: collect(figure, StoredRuns(store_of_all)) for name, figure in figures.items()}


@pytest.fixture(scope="module")
def drawn(collected):
    """The files of every figure by name and ending."""
    return {name: pictures(figure) for name, figure in collected.items()}


def test_figures_are_the_same_bytes_in_another_process(store_of_all, collected, drawn):
    of_each_kind = list(
        {figure.plan.spec.kind: name for name, figure in collected.items()}.values()
    )

    there = subprocess.run(
        [sys.executable, "-c", AGAIN, str(store_of_all.results), *of_each_kind],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1", "MPLBACKEND": "svg"},
    )

    assert dict(line.split() for line in there.stdout.splitlines()) == {
        name + end: sha256(part).hexdigest()
        for name in of_each_kind
        for end, part in drawn[name].items()
    }


@pytest.mark.parametrize("name", figure_names())
def test_a_pdf_embeds_its_fonts_and_names_no_date_or_program(name, drawn):
    content = drawn[name][".pdf"]

    assert content.startswith(b"%PDF-") and drawn[name][".png"].startswith(b"\x89PNG")
    plain = content + b"".join(
        zlib.decompress(part)
        for part in re.findall(rb"FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", content, re.S)
    )
    assert b"/FontFile2" in plain and b"/Type3" not in plain
    for word in (b"CreationDate", b"Producer", b"Creator", b"atplotlib"):
        assert word not in plain


@pytest.mark.parametrize("name", figure_names())
def test_every_text_is_at_least_seven_points_and_the_figure_fits_a_page(name, collected):
    from bench.figures.draw import DRAW

    figure = collected[name]

    with style():
        drawing = DRAW[figure.plan.spec.kind](figure)
        sizes = [text.get_fontsize() for text in texts_of(drawing)]
        math = [text.get_text() for text in texts_of(drawing) if "$" in text.get_text()]

    assert sizes and min(sizes) >= SMALL == 7
    assert math == []  # exponents would be smaller
    assert drawing.get_size_inches()[0] <= PAGE


def test_a_figure_of_nothing_says_so_in_every_panel(show):
    with style():
        drawing = draw_curves(show(Query("figure2", budget="demo")))
        said = [text.get_text() for text in texts_of(drawing)]

    assert said.count("no runs") == 2


def test_lines_show_the_scores_at_the_ratios(keep_all, show):
    keep_all(Query("figure2", budget="demo"))

    with style():
        drawing = draw_curves(show(Query("figure2", budget="demo")))
        panel = drawing.axes[0]
        lines = [line for line in panel.lines if len(line.get_xdata()) == 4]
        said = [tick.get_text() for tick in panel.get_xticklabels()]

    assert list(lines[0].get_xdata()) == [2, 4, 8, 16]
    assert list(lines[0].get_ydata()) == pytest.approx([90, 88, 84, 76])
    assert said == ["2\n2M", "4\n1M", "8\n500k", "16\n250k"]
    assert panel.get_xscale() == "log"


def test_strokes_differ_in_colour_dashes_or_marker_each():
    assert len({stroke.colour for stroke in STROKES}) == len(STROKES)
    assert len({stroke.marker for stroke in STROKES}) == len(STROKES)
    assert len({str(stroke.dashes) for stroke in STROKES}) >= len(STROKES) - 1


def test_a_line_far_below_the_others_is_left_to_the_foot():
    figure = curves(OMP=0.6, NO_ILO=0.1, NO_PIS=0.62, IUNET=0.65)

    reach = reach_of(figure.lines)

    assert [line.line.title for line in reach.foot] == ["NO_ILO"]
    assert (reach.low, reach.high) == (60, 65)
    with style():
        said = [text.get_text() for text in texts_of(draw_curves(figure))]
    assert "\N{DOWNWARDS ARROW} NO_ILO: 10.0 to 10.0" in said


def test_a_line_far_above_the_others_or_near_them_leaves_all_on_the_axis():
    assert reach_of(curves(OMP=0.58, NO_ILO=0.6, NO_PIS=0.61, IUNET=0.9).lines).foot == ()
    assert reach_of(curves(OMP=0.5, NO_ILO=0.58, NO_PIS=0.6, IUNET=0.6).lines).foot == ()
    assert reach_of(()) is None


def test_counts_are_short():
    assert [short_count(n) for n in (92_088_330 / 8, 46_044_165, 713_400, 12)] == [
        *("11.5M", "46M", "713k", "12")
    ]


@pytest.mark.parametrize(("reach", "shared"), [(1.0, True), (0.0625, False)])
def test_panels_share_an_axis_only_where_their_bins_reach_about_as_far(reach, shared, keep, show):
    selection = Query("figure3", budget="demo")
    for job in plan_figure(selection).jobs:
        arrays = made_up_histogram()
        if job.method == "omp":
            arrays["histogram_edges"] = arrays["histogram_edges"] * reach
        keep(job, arrays)

    assert alike(show(selection)) == shared


def test_bins_that_widen_are_drawn_on_a_logarithmic_axis(keep, show):
    widening = np.array([0, *np.geomspace(1e-5, 1, 32)])
    for job in plan_figure(Query("figure3", budget="demo")).jobs:
        keep(job, made_up_histogram() | {"histogram_edges": widening})

    with style():
        panel = draw_histograms(show(Query("figure3", budget="demo"))).axes[0]

    even = Histogram(np.ones((1, 4)), np.linspace(0, 1, 5))
    assert drawn_edges(even).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert drawn_edges(Histogram(np.ones((1, 3)), np.array([0, 1, 4, 16])))[0] == 0.25
    assert panel.get_yscale() == "log"
    assert widening[2] < panel.get_ylim()[1] < widening[4]  # two bins have weights


def test_lines_of_a_histogram_that_coincide_are_marked_apart(keep, show):
    top = {"histogram": np.array([[0, 0, 1000]] * 9), "histogram_edges": np.array([0, 1, 2, 9.0])}
    for job in plan_figure(Query("figure3", budget="demo")).jobs:
        keep(job, top | {"histogram": np.array([[0, 100_000, 1]] * 9)})

    with style():
        drawing = draw_histograms(show(Query("figure3", budget="demo")))

    lines = drawing.axes[0].lines
    assert len({line.get_marker() for line in lines}) == 3
    marked = [
        set(range(9)[slice(line.get_markevery()[0], None, line.get_markevery()[1])])
        for line in lines
    ]
    assert not marked[1] & marked[2]
    legend = drawing.legends[0].get_texts()
    assert [text.get_text() for text in legend] == ["50 % below", "99 % below", "99.9 % below"]


@pytest.mark.parametrize("name", ["figure4", "figure6"])
def test_pictures_of_weights_fill_the_figure_without_a_blank_strip(name, keep_all, show):
    keep_all(Query(name, budget="demo", datasets=("digits",)))

    with style():
        drawing = draw_weights(show(Query(name, budget="demo", datasets=("digits",))))
        drawing.canvas.draw()

    height, width = drawing.bbox.height, drawing.bbox.width
    boxes = [axes.get_tightbbox() for axes in drawing.axes]
    assert drawing.get_figwidth() == COLUMN
    for gap in (
        min(box.y0 for box in boxes),
        height - max(box.y1 for box in boxes),
        min(box.x0 for box in boxes),
        width - max(box.x1 for box in boxes),
    ):
        assert 0 <= gap < 0.12 * drawing.dpi
    pictures = [axes.bbox for axes in drawing.axes]
    assert {round(box.height / box.width, 2) for box in pictures} == {0.66}


def test_points_whose_runs_have_collapsed_have_a_ring(store, show):
    selection = Query("figure2", budget="demo")
    for job in plan_figure(selection).jobs:
        record = made_up_record(job, 0.5)
        share = 0.95 if job.method == "no-pis" or (job.method, job.seed) == ("iunet", 1) else 0.3
        record.result["metrics"]["valid_top_class_share"] = share
        store.write(record, made_up_predictions())

    figure = show(selection)
    with style():
        lower = draw_curves(figure).subfigs[1]

    legend = [text.get_text() for text in lower.legends[0].get_texts()]
    assert legend[-2:] == ["all runs collapsed", "some runs collapsed"]
    rings = [line for line in lower.axes[0].lines if line.get_markerfacecolor() == "none"]
    assert [float(line.get_xdata()[0]) for line in rings] == [2, 4, 8, 16] * 2
    (note,) = (note.text for note in sheet_of(figure).notes if note.text.startswith("Rings"))
    assert "90 % of the validation rows" in note
    assert "collapsed (4), broken where some are (4)" in note
