"""Tables as Markdown, LaTeX, CSV and on a terminal."""

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from rendered import render
from rich.console import Console

from bench.plan.query import Query
from bench.render.outline import Outline
from bench.render.sheet import Block, Note, Sheet, SheetCell, SheetRow, markdown
from bench.render.terminal import print_page
from bench.render.tex import latex, tex
from bench.render.text import md
from bench.tables.sheet import sheet_of

TWO = Query("table5", datasets=("vehicle", "car"))
NASTY = r"a_b & 50% #1 {x} $y$ ~ ^ \z | <q> β ± ☃ [e]"


def nasty_sheet():
    cell = SheetCell(own="1.000", own_spread="0.100", printed="2.000", mark="differs", best=True)
    empty = SheetCell(printed="3.000", printed_spread="0.000", notes=("1",))
    block = Block(
        (NASTY, "B"), (SheetRow(NASTY, (cell, empty)),), (SheetRow("#Best", (cell, empty)),)
    )
    notes = (Note(NASTY, "1", "bench table5 -d a,b --with my_key"), Note("Plain."))
    return Sheet("nasty_1", NASTY, (NASTY, "two"), (block,), notes, compared=True)


def cells_of(line):
    """The cells of a Markdown table row; an escaped bar does not end one."""
    return [cell.strip() for cell in line.replace("\\|", "/").strip("|").split("|")]


def rows_of(text):
    return [cells_of(line) for line in text.splitlines() if line.startswith("|")]


def test_markdown_shows_ours_above_printed_with_the_verdict(make, show):
    make(TWO, lambda job: 0.818 if job.dataset == "vehicle" else 0.5)

    rows = rows_of(markdown(sheet_of(show(TWO))))

    ours, printed = rows[2], rows[3]
    assert ours[:2] == ["vehicle", "ours"]
    assert "81.800 ± 0.000** ?" in ours[5]
    assert printed[5] == "81.805 ± 2.065"
    assert "✗" in rows[4][5]
    assert {len(row) for row in rows} == {9}


def test_rows_without_a_number_of_ours_are_left_out_and_a_note_names_the_command(make, show):
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8)

    sheet = sheet_of(show(TWO))

    assert [line.title for line in sheet.blocks[0].lines] == ["vehicle", "car"]
    for text in (markdown(sheet), latex(sheet)):
        assert not re.search(r"^\|? ?car ", text, re.MULTILINE)
        assert "-rows all shows them): car: every column: no runs (33 to make)." in text
    assert "- Left out" in markdown(sheet) and "`bench table5 -d car`" in markdown(sheet)


def test_with_every_row_an_empty_cell_points_to_a_note_with_one_command_for_all(make, show):
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8)

    text = markdown(replace(sheet_of(show(TWO)), every_row=True))

    car = next(row for row in rows_of(text) if row[0] == "car")
    assert car[2:9] == ["[1]"] * 7
    assert "[1] car: every column: no runs (33 to make). `bench table5 -d car`" in text


def test_labels_are_counted_anew_where_rows_are_left_out():
    shown = SheetRow("a", (SheetCell(own="1.0", printed="2.0", printed_notes=("2",)),))
    left_out = SheetRow("b", (SheetCell(printed="3.0", notes=("1",), printed_notes=("2", "3")),))
    notes = (Note("b lacks runs.", "1", "bench t"), Note("Both.", "2"), Note("Of b.", "3"))
    sheet = Sheet("t", "T", ("c",), (Block(("A",), (shown, left_out)),), notes, compared=True)

    text = markdown(sheet)

    assert "| 2.0 [1] |" in text
    assert text.splitlines()[-2:] == [
        "- [1] Both.",
        "- Left out (--rows all shows them): b lacks runs. `bench t`",
    ]


def test_the_command_of_a_table_with_selected_columns_names_them(show):
    table = show(replace(TWO, methods=("omp", "xgb-tuned")))

    (note,) = [note for note in sheet_of(table).notes if note.command]

    assert note.command == "bench table5 -d vehicle,car -m omp,xgb-tuned"


def test_the_caption_says_what_is_compared_and_a_note_what_it_was_made_on(make, show):
    make(TWO, lambda job: 0.8, origin=lambda job: {"environment": "e1f2"})

    sheet = sheet_of(show(TWO))

    assert "; ".join(sheet.caption) == (
        "Beside Table 5, arXiv 2309.08171v1; protocol released (released code); "
        "each column in the metric it was printed in, percent; "
        "mean ± population std of 3 seeds; cells: 3 agree, 9 differ, 2 say nothing"
    )
    (note,) = [note.text for note in sheet.notes if "runs shown" in note.text]
    runs = "42 runs shown, 3 a cell (42 own records); device cpu, environment e1f2; budget full ("
    assert note.startswith(runs)


def test_the_rule_of_the_verdict_is_a_note_of_tables_with_a_compared_cell(make, show):
    def rules():
        return [n for n in sheet_of(show(TWO)).notes if n.text.startswith("A cell differs when")]

    assert rules() == []
    make(TWO, lambda job: 0.8)
    assert len(rules()) == 1


def test_a_budget_that_is_not_the_usual_one_is_named_in_the_caption(show):
    named = sheet_of(show(replace(TWO, budget="quick"))).caption

    assert "budget quick" in named
    assert not any("budget" in phrase for phrase in sheet_of(show(TWO)).caption)


def test_a_table_without_a_number_of_ours_shows_the_printed_ones_alone(show):
    text = markdown(sheet_of(show(replace(TWO, datasets=("car",)))))

    assert rows_of(text)[2][:3] == ["car", "printed", "99.966"]
    assert [row[0] for row in rows_of(text)[3:]] == ["#Best"]
    assert "[1]" not in text
    assert "No number of ours yet: car: every column: no runs (33 to make)." in text


def test_of_a_table_of_printed_numbers_alone_columns_that_were_not_printed_are_left_out(show):
    header = rows_of(markdown(sheet_of(show(Query("table6")))))[0]

    assert header == ["Dataset", "", "MLP<sub>VIS</sub>", "IUNET<sup>(MLP<sub>VIS</sub>)</sup>"]


def test_several_environments_are_counted_in_a_note_and_named_in_another(make, show):
    def origin(job):
        return {"environment": "e2" if job.net == "-" else "e1"}

    make(TWO, lambda job: 0.8, origin=origin)

    sheet = sheet_of(show(TWO))

    assert any("; device cpu, 2 environments; " in note.text for note in sheet.notes)
    (note,) = [note for note in sheet.notes if note.text.startswith("Environments: ")]
    networks = "MLP_TAB, OMP, BETA_LASSO, IUNET, MLP_TAB+C"
    assert note.text == f"Environments: e1 ({networks}), e2 (XGB, TABN)."
    assert not note.brief
    assert not any("different environments" in note.text for note in sheet.notes)


def test_the_chosen_grid_points_are_told(make, show):
    make(TWO, lambda job: 0.8, valid=lambda job: dict(job.point).get("l1", 0.0))

    notes = [note.text for note in sheet_of(show(TWO)).notes]

    assert any("BETA_LASSO, chosen by" in n and "l1 = 2e-05 for vehicle, car" in n for n in notes)


def test_the_length_of_searches_is_told_and_how_much_of_them_failed(make, show):
    def facts_of(**searched):
        return {"trials": 40, "failed_trials": 3, **searched}

    make(replace(TWO, methods=("mlp-tab-c",)), lambda job: 0.8, facts=facts_of(search_seed=42))
    make(replace(TWO, methods=("xgb-tuned",)), lambda job: 0.8, facts=facts_of(failed_trials=0))

    (own,) = [
        n.text for n in sheet_of(show(TWO)).notes if n.text.startswith("MLP_TAB+C: one search")
    ]
    (trees,) = [n.text for n in sheet_of(show(TWO)).notes if n.text.startswith("XGB: one search")]

    search = "one search of 40 configurations for each dataset, which serves all seeds"
    assert own == f"MLP_TAB+C: {search}; 6 of 80 trials failed."
    assert trees == f"XGB: {search}."


def test_a_search_for_each_seed_is_told(make, show):
    selection = replace(TWO, datasets=("vehicle",), methods=("mlp-tab-c",))
    facts = {"trials": 8, "failed_trials": 1}
    make(selection, lambda job: 0.8, facts=lambda job: facts | {"search_seed": job.seed})

    (said,) = [n.text for n in sheet_of(show(selection)).notes if "one search" in n.text]

    search = "one search of 8 configurations for each dataset and seed"
    assert said == f"MLP_TAB+C: {search}; 3 of 24 trials failed."


def test_one_run_has_no_spread(make, show):
    asked = replace(TWO, methods=("iunet",), seeds=(1,))
    make(asked, lambda job: 0.8)

    (line, *_) = sheet_of(show(asked)).blocks[0].lines

    assert (line.cells[0].own, line.cells[0].own_spread) == ("80.000", "")


def test_own_wins_count_complete_rows_only_and_printed_wins_stay_within_a_metric(make, show):
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8 + (job.method == "omp") / 10)
    make(Query("table5", datasets=("car",), methods=("iunet",)), lambda job: 0.9)

    sheet = sheet_of(show(TWO))

    (totals,) = sheet.blocks[0].totals
    assert [cell.own for cell in totals.cells] == ["0", "1", "0", "0", "1", "1", "1"]
    assert [cell.printed for cell in totals.cells] == ["1", "4", "1", "13", "12", "0", "16"]
    (recounted,) = [note.text for note in sheet.notes if note.text.startswith("Recounted")]
    assert "MLP_TAB 0, OMP 1, BETA_LASSO 1, IUNET 1 (swapped" in recounted
    assert "XGB 0, TABN 0, MLP_TAB+C 2 (balanced" in recounted


def test_under_mixed_metrics_no_column_is_ranked_against_one_measured_differently(make, show):
    mixed = replace(TWO, metric="as-printed")
    make(TWO, lambda job: {"omp": 0.7, "xgb-tuned": 0.9}.get(job.method, 0.5))

    (totals,) = sheet_of(show(mixed)).blocks[0].totals

    assert [cell.own for cell in totals.cells] == ["0", "2", "0", "0", "2", "0", "0"]


def test_a_cell_of_several_environments_is_marked(make, show):
    one = Query("table5", datasets=("vehicle",), methods=("iunet",))
    make(one, lambda job: 0.8, origin=lambda job: {"environment": f"e{job.seed % 2}"})

    sheet = sheet_of(show(one))

    (note,) = [note for note in sheet.notes if "different environments: e0, e1" in note.text]
    assert sheet.blocks[0].lines[0].cells[0].notes == (note.label,)


def test_a_collapsed_consistency_is_marked(make, show):
    facts = {"restart_consistency": 0.97, "restart_top_class_share": 0.99}
    mfeat = Query("table3", datasets=("mfeat-factors",))
    make(mfeat, lambda job: 0.5, facts=facts)

    text = markdown(sheet_of(show(mfeat)))

    assert "one class takes 99.0 % of the predictions" in text


def test_renderings_under_other_conditions_have_other_names(show):
    usual = Query("table5")
    names = [
        sheet_of(show(selection)).name
        for selection in (
            usual,
            replace(usual, metric="balanced-accuracy"),
            replace(usual, budget="quick"),
            replace(usual, appended=("random-mask",)),
            replace(usual, datasets=("car",)),
        )
    ]

    assert names == [
        "table5",
        "table5-balanced-accuracy",
        "table5-quick",
        "table5-with-random-mask",
        "table5-part",
    ]


def test_files_are_written_in_every_format_with_nothing_left_beside(make, show, tmp_path):
    make(TWO, lambda job: 0.8)

    written = render(show(TWO), tmp_path / "tables")

    names = {path.name for path in written}
    assert names == {"table5-part.md", "table5-part.tex", "table5-part.csv", "document.tex"}
    assert {path.name for path in (tmp_path / "tables").iterdir()} == names
    assert r"\input{table5-part}" in (tmp_path / "tables" / "document.tex").read_text()


def test_the_document_holds_whole_tables_and_parts_only_where_there_is_no_other(
    make, show, tmp_path
):
    make(TWO, lambda job: 0.8)
    render(show(TWO), tmp_path)
    assert r"\input{table5-part}" in (tmp_path / "document.tex").read_text()

    render(show(Query("table5")), tmp_path)

    document = (tmp_path / "document.tex").read_text()
    assert r"\input{table5}" in document
    assert "table5-part" not in document


def test_csv_has_a_line_a_cell_with_own_and_published_numbers(make, show, tmp_path):
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8)

    paths = render(show(TWO), tmp_path)
    text = next(path for path in paths if path.suffix == ".csv").read_text()
    lines = {(x["dataset"], x["method"]): x for x in csv.DictReader(io.StringIO(text))}

    assert len(lines) == 14
    iunet, xgb, car = (
        lines[k] for k in (("vehicle", "iunet"), ("vehicle", "xgb-tuned"), ("car", "omp"))
    )
    assert (iunet["own_mean"], iunet["own_std"], iunet["n"]) == ("80.0", "0.0", "3")
    assert (iunet["published_mean"], iunet["published_std"]) == ("81.805", "2.065")
    assert (iunet["difference"], iunet["verdict"]) == ("-1.805", "says nothing")
    assert (xgb["difference"], xgb["verdict"]) == ("5.027", "differs")
    assert (car["own_mean"], car["reason"]) == ("", "none of 3 runs made")


def test_latex_escapes_everything_it_would_act_on():
    assert tex("a_b & 5% #1 {x} $y$") == r"a\_b \& 5\% \#1 \{x\} \$y\$"
    assert tex("\\ ~ ^") == r"\textbackslash{} \textasciitilde{} \textasciicircum{}"
    assert tex("β ± é ☃") == r"$\beta$ $\pm$ é [snowman]"


def test_markdown_escapes_bars_so_that_a_name_cannot_end_a_cell():
    assert md("a|b *c* <d> MLP_TAB _e_") == r"a\|b \*c\* \<d\> MLP_TAB \_e\_"
    assert {len(row) for row in rows_of(markdown(nasty_sheet()))} == {4}


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex (texlive-latex-base)")
def test_latex_compiles_with_nasty_names_and_real_tables(make, show, tmp_path):
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8)
    (tmp_path / "nasty_1-part.tex").write_text(latex(nasty_sheet()), encoding="utf-8")
    empty = latex(sheet_of(show(Query("vision-controls"))))  # nothing of ours, nothing printed
    (tmp_path / "empty-part.tex").write_text(empty, encoding="utf-8")
    render(show(TWO), tmp_path)

    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")

    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "document.pdf").stat().st_size > 10_000


def test_a_table_without_any_number_is_its_caption_and_what_would_fill_it(show):
    sheet = sheet_of(show(Query("vision-controls")))

    assert "longtable}" not in latex(sheet)
    assert rows_of(markdown(sheet)) == []
    for text in (latex(sheet), markdown(sheet)):
        assert "No number of ours yet: cifar10, cifar100, svhn: every column: no runs" in text


def test_templates_do_no_arithmetic(root):
    import re

    for path in sorted((root / "tables" / "_templates").glob("*.j2")):
        tags = re.findall(r"(?:\{\{|\{%|<<|<%)(.*?)(?:\}\}|%\}|>>|%>)", path.read_text())
        logic = [tag.strip(" -") for tag in tags]
        assert tags
        assert [t for t in logic if re.search(r"[+*/]|\s-\s|\bround\b|\bsum\b", t)] == []


def test_a_terminal_shows_filled_rows_only_and_where_the_files_are(make, show, tmp_path):
    make(Query("table5", datasets=("vehicle",)), lambda job: 0.8)
    console = Console(file=io.StringIO(), width=100)

    page, files = Outline("", (sheet_of(show(TWO)),)), [tmp_path / "table5.md"]
    print_page(console, page, files, below=("next: bench why",))

    text = console.file.getvalue()
    assert "80.00 ±0.00 ✓" in text
    assert "81.81 ±2.06" in text
    assert "car: every column: no runs" in text
    assert not any(line.startswith("car ") for line in text.splitlines())
    assert "next: bench why" in text


def test_long_rows_are_json(make, show):
    from bench.tables.sheet import collected_rows

    make(TWO, lambda job: 0.8)

    json.dumps(collected_rows(show(TWO)), allow_nan=False)
