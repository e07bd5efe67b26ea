"""Mean score by cost: over which datasets, what is summed, and where the names stand."""

import pytest
from made_up import write_records

from bench.figures.caption import sheet_of
from bench.figures.collect import figure_rows, points_of
from bench.figures.draw.costs import draw_costs
from bench.figures.plan import plan_figure
from bench.plan.query import Query
from bench.render.drawing import style

BOTH = ("vehicle", "car")
SEARCHED = {"trials": 40, "search_seconds": 100.0}


def score(job):
    return (0.8 if job.dataset == "car" else 0.6) + 0.02 * (job.method == "iunet")


def seconds(job):
    return {"dense": 10.0, "omp": 11.0, "iunet": 30.0, "beta-lasso": 10.5}.get(job.method, 1.0)


@pytest.fixture
def spend(store):
    """Write the runs of figure 7 on these datasets, without those of some methods."""

    def write(datasets=BOTH, without=()):
        write_records(
            store,
            plan_figure(Query("figure7", datasets=datasets)).jobs,
            lambda job: None if job.method in without else score(job),
            facts=lambda job: SEARCHED if job.method.endswith(("-tuned", "-c")) else None,
            cost=lambda job: {"fit_seconds": seconds(job)},
        )

    return write


def shown(show, datasets=BOTH):
    return show(Query("figure7", datasets=datasets))


def test_a_point_is_the_mean_score_and_the_summed_cost_of_all_datasets(spend, show):
    spend()

    points = {point.line.title: point for point in points_of(shown(show))}

    iunet, lasso, tuned = (points[title] for title in ("IUNET", "BETA_LASSO", "XGB"))
    assert (iunet.n, iunet.score, iunet.std) == (2, pytest.approx(72), pytest.approx(10))
    assert iunet.seconds == 2 * 3 * 30
    assert lasso.seconds == pytest.approx(2 * 15 * 10.5)  # five points of three seeds
    assert tuned.seconds == 2 * (100 + 3)


def test_a_dataset_that_lacks_a_method_is_in_no_mean_and_its_runs_are_named(spend, show):
    spend(("vehicle",))
    spend(("car",), without=("tabnet-tuned",))

    figure = shown(show)
    sheet = sheet_of(figure)

    assert {point.n for point in points_of(figure)} == {1}
    assert sorted({round(point.score, 6) for point in points_of(figure)}) == [60, 62]
    assert "datasets with every method: 1" in sheet.caption
    assert sheet.caption[-2].startswith("33 runs drawn")
    (missing,) = [note for note in sheet.notes if note.command]
    assert missing.text == "Car: TABN: 3 of 33 runs missing."
    assert missing.command == "bench figure7 -d car"


def test_datasets_that_lack_the_same_share_a_note_with_one_command(show):
    (missing,) = [note for note in sheet_of(shown(show)).notes if note.command]

    assert missing.text == "Vehicle, Car: everything: 66 of 66 runs missing."
    assert missing.command == "bench figure7 -d vehicle,car"


def test_a_run_without_its_seconds_leaves_its_dataset_out_and_says_so(spend, show, store):
    spend(("vehicle",))
    job = next(job for job in plan_figure(Query("figure7", datasets=("vehicle",))).jobs)
    write_records(store, [job], lambda job: 0.8, cost=lambda job: {})

    figure = shown(show, ("vehicle",))

    assert points_of(figure) == []
    notes = " ".join(note.text for note in sheet_of(figure).notes)
    assert "one of them has no result: runs carry no fit_seconds" in notes


def test_the_csv_has_a_line_a_series(spend, show):
    spend()

    rows = figure_rows(shown(show))

    assert len(rows) == 7
    assert rows[3] == {
        "series": "IUNET",
        "method": "iunet",
        "datasets": 2,
        "thread_seconds": 180.0,
        "metric": "balanced_accuracy",
        "mean": 72.0,
        "std": 10.0,
    }


def test_every_point_is_named_and_no_name_covers_another(spend, show):
    spend()

    with style():
        drawing = draw_costs(shown(show))
        drawing.canvas.draw()
        (axes,) = drawing.axes
        boxes = [text.get_window_extent() for text in axes.texts]

    titles = ["MLP_TAB", "OMP", "BETA_LASSO", "IUNET", "XGB", "TABN", "MLP_TAB+C"]
    assert [text.get_text() for text in axes.texts] == titles
    assert axes.get_xscale() == "log"
    assert [float(line.get_xdata()[0]) for line in axes.lines][:2] == [60, 66]
    # Three tuned methods lie on one point here, and two networks beside each other.
    assert [box.count_overlaps(boxes) for box in boxes] == [1] * 7


def test_without_a_complete_dataset_the_figure_says_that_there_is_nothing(spend, show):
    spend(without=("mlp-tab-c",))

    with style():
        (axes,) = draw_costs(shown(show)).axes

    assert [text.get_text() for text in axes.texts] == ["no runs"]
