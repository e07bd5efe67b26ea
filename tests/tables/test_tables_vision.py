"""Tables of pictures: two nets, grids of kappa and r, several rows of one dataset, misprints."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bench.errors import UsageError
from bench.judge.verdict import Outcome
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.render.outline import Outline
from bench.render.sheet import markdown
from bench.render.terminal import print_page
from bench.render.tex import latex
from bench.tables.sheet import collected_rows, file_name, sheet_of
from bench.tables.why import explained, why_lines

CIFAR = Query("table1", datasets=("cifar10",))
RESIZE = Query("table6", datasets=("cifar10/resize",))
STATE = {"consistency": 0.97, "top_class_share": 0.4, "cohen_kappa": 0.1, "entropy": 1.5}


def facts_of(state, operations=("resize", "horiz", "color", "grayscale"), **changed):
    values = STATE | changed
    return {f"{state}_{op}_{name}": value for op in operations for name, value in values.items()}


def cell_titled(table, title):
    """The one entry of a column."""
    (entry,) = [entry for entry in table.entries() if entry.column.title == title]
    return entry


def text_at(sheet, width):
    console = Console(file=io.StringIO(), width=width)
    print_page(console, Outline("", (sheet,)), below=("a hint",))
    return console.file.getvalue()


def test_a_method_selects_the_columns_of_all_nets_and_a_net_with_it_one():
    both = plan_table(replace(CIFAR, methods=("omp",)))
    one = plan_table(replace(CIFAR, methods=("resnet:omp",)))

    assert [column.net for column in both.columns] == ["mlp-vis", "resnet"]
    assert {job.net for job in both.jobs} == {"mlp-vis", "resnet"}
    assert {job.net for job in one.jobs} == {"resnet"}


def test_each_net_is_a_block_of_its_own(make, show):
    make(CIFAR, lambda job: 0.65 if job.net == "mlp-vis" else 0.84)

    first, second = sheet_of(show(CIFAR)).blocks

    assert first.header[0] == "MLP_VIS" and second.header[0] == "RESNET"
    assert first.header[3] == "IUNET (MLP_VIS)" and second.header[3] == "IUNET (RESNET)"
    assert [block.lines[0].cells[3].mark for block in (first, second)] == ["agrees", "agrees"]


def test_kappa_and_r_are_chosen_together_by_the_score_of_the_vision_half(make, show):
    best = {"kappa": 0.25, "ratio": 4.0}

    def valid(job):
        return 0.9 if dict(job.point) == best else 0.5

    make(replace(CIFAR, methods=("mlp-vis:iunet",)), lambda job: 1 - valid(job), valid=valid)
    table = show(replace(CIFAR, methods=("mlp-vis:iunet",)))

    (cell,) = table.cells()
    assert (dict(cell.point), cell.grid, cell.mean) == (best, 16, pytest.approx(0.1))
    (note,) = [n.text for n in sheet_of(table).notes if "kappa" in n.text]
    assert note == (
        "IUNET (MLP_VIS), chosen by mean validation batch-mean accuracy "
        "(mean of the batches' accuracies): "
        "kappa = 0.25, r = 4 for CIFAR10."
    )


def test_each_half_chooses_by_its_own_score(show):
    table = show(Query("table4", methods=("iunet",)))

    assert {(row.part, table.plan.select(row)) for row in table.plan.rows} == {
        ("tabular", "swapped_balanced_accuracy"),
        ("vision", "batch_mean_accuracy"),
    }


def test_a_point_that_a_budget_fixed_is_not_said_to_be_chosen(make, show):
    quick = replace(CIFAR, methods=("mlp-vis:iunet",), budget="quick")
    make(quick, lambda job: 0.5)

    notes = [note.text for note in sheet_of(show(quick)).notes]

    assert "IUNET (MLP_VIS), not searched: kappa = 0.0625, r = 4 for CIFAR10." in notes


def test_a_column_may_fix_a_part_of_its_grid_also_under_a_small_budget():
    full, quick = plan_table(RESIZE), plan_table(replace(RESIZE, budget="quick"))

    def points(asked):
        return {tuple(dict(j.point).values()) for j in asked.jobs if j.method == "iunet"}

    assert points(full) == {(kappa, 16) for kappa in (0.0625, 0.125, 0.25, 0.5)}
    assert points(quick) == {(0.0625, 16)}


def test_rows_of_one_dataset_show_their_own_operation_of_the_same_runs(make, show):
    table6 = replace(RESIZE, datasets=("cifar10",))
    facts = facts_of("restart") | {"restart_color_consistency": 0.5}
    make(table6, lambda job: 0.1, facts=facts)

    table = show(replace(table6, methods=("dense",)))

    means = {entry.row.operation: entry.own.mean for entry in table.entries()}
    assert means == pytest.approx({"resize": 0.97, "horiz": 0.97, "color": 0.5, "grayscale": 0.97})
    assert any(note.text.startswith("12 runs shown") for note in sheet_of(show(table6)).notes)


@pytest.mark.parametrize(
    ("metric", "shown", "comparable"),
    [("", "97.000", True), ("cohen-kappa", "10.000", False), ("entropy", "1.500", False)],
)
def test_what_is_left_of_a_consistency_is_a_metric_away(make, show, metric, shown, comparable):
    make(RESIZE, lambda job: 0.1, facts=facts_of("restart"))

    table = show(replace(RESIZE, metric=metric))
    sheet = sheet_of(table)

    assert sheet.blocks[0].lines[0].cells[1].own == shown
    verdict = cell_titled(table, "IUNET").verdict
    assert (verdict.outcome is not Outcome.NOT_COMPARABLE) == comparable
    assert ("nats" in "; ".join(sheet.caption)) == (metric == "entropy")


def test_all_collapsed_cells_share_one_note_with_the_range_of_their_shares(make, show):
    for method, share in (("iunet", 0.993), ("omp", 0.95), ("dense,random-mask", 0.4)):
        one = replace(RESIZE, methods=tuple(method.split(",")))
        make(one, lambda job: 0.1, facts=facts_of("restart", top_class_share=share))

    sheet = sheet_of(show(RESIZE))

    (note,) = [note for note in sheet.notes if note.text.startswith("Collapsed")]
    assert note.text == "Collapsed: one class takes 95.0 to 99.3 % of the predictions."
    marked = [bool(cell.notes) for cell in sheet.blocks[0].lines[0].cells]
    assert marked == [False, True, True, False]


def test_a_network_that_never_trained_leaves_its_cell_empty_and_there_is_nothing_to_make(
    make, show
):
    asked = Query("table6-trained", datasets=("svhn/horiz",), methods=("omp",))
    make(asked, lambda job: 0.1, facts=facts_of("initial") | {"last_loss": None})

    found = show(asked)
    (note,) = [note for note in sheet_of(found).notes if "finite" in note.text]

    assert note.text == "OMP: no trained network, the loss of 3 of 3 runs not finite."
    assert not note.command and not found.missing()


def test_a_cell_that_no_run_would_fill_is_counted_as_empty(make, show):
    asked = Query("table6-trained", datasets=("svhn/horiz",), methods=("omp",))
    make(asked, lambda job: 0.1, facts=facts_of("initial") | {"last_loss": None})

    assert "cells: 1 of 1 empty" in sheet_of(show(asked)).caption


@pytest.mark.parametrize("metric", ["batch_mean_accuracy", "top5_accuracy"])
def test_a_score_from_before_the_loss_was_no_longer_finite_is_marked(make, show, metric):
    asked = Query("vision-controls", datasets=("svhn",), methods=("omp@ratio=16",), metric=metric)
    make(asked, lambda job: 0.1, facts={"last_loss": None})

    (note, *_) = sheet_of(show(asked)).notes

    assert note.text.startswith("The loss of 3 of 3 runs was not finite; their best epoch before")


@pytest.mark.parametrize(
    ("table", "state"), [("table6-random", "initial"), ("table6-trained", "trained")]
)
def test_the_corrected_forms_show_their_own_state_beside_the_replies(make, show, table, state):
    asked = Query(table, datasets=("svhn/horiz",))
    make(asked, lambda job: 0.1, facts=facts_of(state, consistency=0.427))

    found = show(asked)

    iunet, cnn = cell_titled(found, "IUNET"), cell_titled(found, "CNN")
    assert iunet.own.mean == pytest.approx(0.427)
    assert (iunet.verdict.outcome is Outcome.SAYS_NOTHING) == (state == "initial")
    assert cnn.column.net == "cnn" and cnn.printed is not None
    shown = sheet_of(found).blocks[0].lines[0].cells[found.plan.columns.index(iunet.column)]
    assert (shown.own, shown.printed) == ("42.700", "42.7" if state == "initial" else "92.8")


def test_runs_that_several_rows_show_are_counted_once_where_they_are_missing(show):
    (note,) = [note for note in sheet_of(show(Query("table6"))).notes if note.label]

    assert note.text == "cifar10, cifar100, svhn: every column: no runs (63 to make)."
    assert len(plan_table(Query("table6")).jobs) == 54 + 9


ABLATIONS = Query("table4", datasets=("cifar10",))


def test_a_misprint_is_shown_with_the_right_number_which_ours_is_compared_with(make, show):
    make(ABLATIONS, lambda job: 0.65)

    table = show(ABLATIONS)
    entry = cell_titled(table, "IUNET")

    assert (entry.printed.mean, entry.target.mean) == (83.729, 64.847)
    assert entry.verdict.outcome is Outcome.AGREES
    (note,) = [
        n for n in sheet_of(table).notes if n.text.startswith("Misprinted, IUNET of CIFAR10:")
    ]
    ours, printed, corrected = markdown(sheet_of(table)).split("\n| CIFAR10 ")[1].splitlines()[:3]
    assert "65.000 ± 0.000 ✓ |" in ours
    assert printed.endswith(f"| 83.729 ± 0.153 [{note.label}] |")
    assert corrected == "|  | corrected |  |  |  |  | 64.847 ± 0.121 |"
    line = next(line for line in collected_rows(table) if line["method"] == "iunet")
    assert (line["published_mean"], line["corrected_mean"]) == (83.729, 64.847)


def test_the_right_number_stands_below_the_misprint_in_latex_too(make, show):
    make(ABLATIONS, lambda job: 0.65)

    lines = latex(sheet_of(show(ABLATIONS))).splitlines()

    (at,) = [number for number, line in enumerate(lines) if "{corrected}" in line]
    assert r"$83.729$} & \printedname{$_{\pm 0.153}$\textsuperscript{" in lines[at - 1]
    assert lines[at - 1].endswith(r"\\*") and lines[at].endswith(r"\\[2pt]")


@pytest.mark.parametrize("name", ["table1", "table4", "table6-trained", "demo-vision"])
def test_tables_of_pictures_fit_every_terminal_with_every_number_whole(make, show, name):
    asked = Query(name)
    facts = facts_of("trained") | {f"trained_{name}": value for name, value in STATE.items()}
    make(asked, lambda job: 0.5 + job.seed / 1000, facts=facts)
    sheet = sheet_of(show(asked))
    cells = [c for block in sheet.blocks for line in block.lines for c in line.cells]
    numbers = {n for c in cells for n in (c.own, c.printed, c.corrected) if n}
    wanted = [n if len(n.partition(".")[2]) < 3 else f"{float(n):.2f}" for n in numbers]

    for width in (60, 80, 100, 120, 160):
        text = text_at(sheet, width)
        lines = [line for line in text.splitlines() if "bench " not in line]
        assert max(len(line) for line in lines) <= width
        assert not {"printed", "corrected"} & {line.strip() for line in lines}
        assert [n for n in wanted if not re.search(rf"(?<!\S){n}(?!\S)", text)] == []


def test_the_right_number_stands_on_a_terminal_in_a_line_or_a_column_of_its_own(make, show):
    make(ABLATIONS, lambda job: 0.65)
    sheet = sheet_of(show(ABLATIONS))

    wide, narrow = text_at(sheet, 120), text_at(sheet, 60)

    assert "  corrected" in wide.splitlines()[wide.splitlines().index("") + 4]
    assert "64.85 ±0.12" in wide and "64.85 ±0.12" in narrow


def test_the_caption_names_the_metric_of_each_half(make, show):
    table = show(Query("table4"))
    halves = "batch-mean accuracy (mean of the batches' accuracies) in vision rows, swapped "

    assert any(phrase.startswith(halves) for phrase in sheet_of(table).caption)
    assert file_name(table) == "table4"
    asked = show(replace(ABLATIONS, metric="accuracy"))
    assert "accuracy, percent" in sheet_of(asked).caption


def test_an_appended_method_is_a_column_in_each_part_on_its_usual_net_and_as_fixed_as_theirs():
    def added(table, *keys):
        asked = plan_table(Query(table, appended=keys))
        return [c for c in asked.columns if c not in asked.spec.columns]

    vision, tabular = added("table4", "random-mask")
    assert (vision.net, tabular.net) == ("mlp-vis", "mlp-tab")
    (control,) = added("table1", "random-mask")
    assert (control.net, control.block) == ("mlp-vis", "MLP_VIS")
    (fixed,) = added("table6", "no-pis")
    assert fixed.at == {"ratio": 16}
    (named,) = added("table1", "cnn:dense")
    assert (named.title, named.net) == ("DENSE (CNN)", "cnn")
    assert added("table1", "resnet:iunet") == []
    (learner,) = added("table4", "xgb")
    assert learner.part == "tabular"


@pytest.mark.parametrize("key", ["xgb", "mlp-tab:omp", "resnet:xgb"])
def test_what_cannot_run_on_the_rows_of_a_table_is_not_appended(key):
    with pytest.raises(UsageError, match=f"'{key}' does not run on the data of table1; nets for"):
        plan_table(Query("table1", appended=(key,)))


def test_rows_and_columns_that_never_meet_are_refused():
    with pytest.raises(UsageError, match="table4 has no column iunet\\(mlp_vis\\) in the rows veh"):
        plan_table(Query("table4", datasets=("vehicle",), methods=("iunet(mlp_vis)",)))


def test_columns_of_one_half_leave_the_rows_of_the_other_out():
    asked = plan_table(Query("table4", methods=("iunet(mlp_vis)",)))

    assert {row.part for row in asked.rows} == {"vision"}


def test_a_choice_of_kappa_and_r_is_explained_point_by_point(make, store):
    make(
        replace(CIFAR, methods=("mlp-vis:iunet",)),
        lambda job: 0.65,
        valid=lambda job: dict(job.point)["kappa"] / dict(job.point)["ratio"],
    )

    why = explained(Query("table1"), "cifar10", "iunet", store)
    text = "\n".join(why_lines(why))

    for part in (
        "table1 cifar10 mlp-vis:iunet\n",
        "printed  64.847 ± 0.121",
        "grid     kappa = 0.5, r = 2 of 16 points, by mean validation batch-mean",
        "* seed 42   kappa = 0.5, r = 2 ",
        "  seed 42   kappa = 0.125, r = 16 ",
        "valid  25.000  test  65.000",
        "start.kappa = 0.5",
        "cut.ratio = 2",
        "again    bench table1 -d cifar10 -m mlp-vis:iunet",
        "also     bench why table1 cifar10 resnet:iunet",
    ):
        assert part in text
    assert len(why["runs"]) == 48


def test_a_cell_of_a_consistency_is_explained_with_its_fact_and_its_collapse(make, store):
    make(RESIZE, lambda job: 0.1, facts=facts_of("restart", top_class_share=0.993))

    text = "\n".join(why_lines(explained(Query("table6"), "cifar10", "iunet", store)))

    assert "recorded as restart_resize_consistency" in text
    assert "collapse one class takes 99.3 % of the predictions" in text
    assert "also     bench why table6 cifar10/horiz iunet" in text


def test_a_misprint_is_explained_with_the_right_number(store):
    text = "\n".join(why_lines(explained(Query("table4"), "cifar10", "iunet", store)))

    assert "printed  83.729 ± 0.153" in text
    assert "right    64.847 ± 0.121: Table 1 prints this number for IUNET on RESNET" in text
    assert "also" not in text


def test_a_method_that_is_no_column_of_pictures_is_explained_on_their_usual_net(store):
    why = explained(Query("table4"), "svhn", "random-mask", store)

    assert why["command"] == "bench table4 -d svhn --with random-mask"
    assert len(why["runs"]) == 12
