"""What stands below a figure: conditions, what is missing, texts that LaTeX and Markdown take."""

import pytest

from bench.datasets.catalogue import find_dataset
from bench.figures.caption import latex, markdown, sheet_of
from bench.figures.plan import plan_figure
from bench.folders import figure_names
from bench.plan.query import Query
from bench.render.sheet import Note, Sheet
from iunet.declare.protocol import default_protocol, shipped_protocols

NASTY = r"a_b & 50% #1 {x} $y$ ~ ^ \z | <q> &lt; κ ± [e]"
OTHER = next(key for key in shipped_protocols() if key != default_protocol())


def words_of(sheet):
    notes = [f"{note.text} {note.command}" for note in sheet.notes]
    return " ".join([sheet.title, *sheet.caption, *notes])


def test_a_caption_names_protocol_budget_seeds_and_chosen_kappas(keep_all, show):
    keep_all(Query("figure2", budget="demo"))

    caption = "; ".join(sheet_of(show(Query("figure2", budget="demo"))).caption)

    assert f"protocol {default_protocol()}" in caption and "budget demo" in caption
    assert "chosen κ 0.125 for Digits" in caption
    assert "84 runs drawn, seeds 42, 1, 2 (84 own records); device cpu, environment e0" in caption


def test_missing_runs_are_named_with_the_command_that_makes_them(keep, show):
    selection = Query("figure2", budget="quick", protocol=OTHER, datasets=("cifar10",))
    for job in plan_figure(selection).jobs:
        if job.method != "iunet":
            keep(job)

    (note,) = [note for note in sheet_of(show(selection)).notes if note.command]

    assert note.text == "CIFAR10: IUNET: 12 of 84 runs missing."
    assert note.command == f"bench figure2 -d cifar10 --protocol {OTHER} --budget quick"


def test_runs_whose_loss_was_not_finite_are_counted_below_curves(keep, show):
    selection = Query("figure2", budget="quick", datasets=("cifar10",))
    for job in plan_figure(selection).jobs:
        keep(job, facts={"kept_weights": 100, "last_loss": None if job.method == "omp" else 1.0})

    texts = [note.text for note in sheet_of(show(selection)).notes]

    assert "The loss of 12 of 84 runs was not finite; their best epoch before that counts." in texts


def test_a_dataset_without_anything_is_left_out_of_the_picture_and_said(keep, show):
    for job in plan_figure(Query("figure5", datasets=("svhn",))).jobs:
        keep(job, {"histogram": [[1, 0]], "histogram_edges": [0, 1, 2]})

    figure = show(Query("figure5"))

    assert figure.datasets() == ("svhn",)
    assert "Not drawn, since nothing of it is there: CIFAR10, CIFAR100." in words_of(
        sheet_of(figure)
    )


@pytest.mark.parametrize("name", figure_names())
def test_a_demo_names_no_dataset_of_the_paper_and_compares_with_nothing(name, keep_all, show):
    keep_all(Query(name, budget="demo"))

    words = words_of(sheet_of(show(Query(name, budget="demo")))).lower()

    for key in ("cifar10", "cifar100", "svhn", "arrhythmia"):
        assert key not in words and find_dataset(key).title.lower() not in words
    assert "beside" not in words


def test_files_are_named_after_what_is_not_usual(show):
    def name(**chosen):
        return sheet_of(show(Query("figure5", **chosen))).name

    assert name() == "figure5"
    assert name(protocol=OTHER, budget="quick") == f"figure5-{OTHER}-quick"
    assert name(datasets=("svhn",)) == "figure5-part"
    assert name(budget="demo", seeds=(1,)) == "figure5-demo-part"


def nasty():
    return Sheet(
        "nasty", NASTY, (NASTY,), (), (Note(NASTY, "1", "bench x -d a,b"),), compared=False
    )


def test_captions_are_escaped_in_latex():
    text = latex(nasty())

    caption = next(line for line in text.splitlines() if line.startswith(r"\caption"))
    for escaped in (r"a\_b", r"\&", r"50\%", r"\#1", r"\{x\}", r"\$y\$", r"$\kappa$", r"$\pm$"):
        assert escaped in caption
    assert r"\includegraphics{nasty.pdf}" in text
    assert r"\texttt{bench x -{}\allowbreak{}d a,\allowbreak{}b}" in text


def test_captions_are_escaped_in_markdown():
    text = markdown(nasty())

    assert text.startswith("![")
    assert "](nasty.png)\n" in text
    assert r"\<q\>" in text and r"\&lt;" in text and r"\[e\]" in text and r"\|" in text
    assert "`bench x -d a,b`" in text
