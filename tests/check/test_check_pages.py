"""What a check writes: Markdown, JSON, JUnit XML, the list of benchmark trackers."""

import json
from xml.etree import ElementTree

import pytest
from made_up_runs import ELSEWHERE, changed, jobs_of, record_of, scored
from rendered import as_text

from bench.check import page
from bench.check.outcome import (
    ColumnCheck,
    Differs,
    MacroMean,
    Matched,
    Mismatch,
    NotCompared,
    Outcome,
    Report,
)
from bench.render.outline import as_markdown
from bench.render.text import plain

HOSTILE = "<b>kc1</b>|&$_x_$ \\cmd \x1b[31m\x00"


def shown(report):
    return as_text(page.outline(report), 100)


@pytest.fixture
def hostile():
    """A report whose every name is markup."""
    return Report(
        reference=HOSTILE,
        matched=(Matched("0", HOSTILE, True),),
        differs=(Differs("1", HOSTILE, (Mismatch(HOSTILE, HOSTILE, HOSTILE),), HOSTILE),),
        columns=(ColumnCheck(HOSTILE, HOSTILE, (), Outcome.NOT_COMPARABLE, HOSTILE, -0.5),),
        failed=(NotCompared("2", HOSTILE, HOSTILE),),
        refused=(NotCompared("3", HOSTILE, HOSTILE),),
        missing=(NotCompared("4", HOSTILE, HOSTILE),),
        new=(HOSTILE,),
        macros=(MacroMean(HOSTILE, HOSTILE, 6, 18, 80.0, 79.5, 0.1),),
    )


def test_all_files_are_written(checked, tmp_path):
    job = jobs_of(["vehicle"])[0]
    files = [tmp_path / name for name in ("page.md", "junit.xml", "scores.json")]
    options = zip(("--markdown", "--junit", "--benchmark"), map(str, files), strict=True)
    status, _, _ = checked(
        [record_of(job)], [changed(record_of(job), "facts", kept_weights=800)], *sum(options, ())
    )

    text, xml, scores = (path.read_text(encoding="utf-8") for path in files)
    assert status == 1
    assert text.startswith("## bench check: regression\n")
    assert ElementTree.fromstring(xml).find("testsuite").get("failures") == "1"
    assert json.loads(scores)[0]["value"] == 80.0


def test_a_file_that_cannot_be_written_is_one_line(checked, tmp_path):
    record = record_of(jobs_of(["vehicle"])[0])
    status, _, err = checked([record], [record], "--junit", str(tmp_path / "none" / "x.xml"))

    assert (status, err.count("\n")) == (2, 1)


def test_names_come_out_of_markdown_as_text(hostile):
    text = as_markdown(page.outline(hostile))

    assert "<b>" not in text and "\x1b" not in text
    assert "\\<b\\>kc1\\</b\\>\\|" in text


def test_names_come_out_of_xml_as_text(hostile):
    root = ElementTree.fromstring(page.junit(hostile))

    names = {case.get("name") for case in root.iter("testcase")}
    assert names == {plain(HOSTILE)}
    assert list(root.iter("b")) == []


def test_control_characters_never_reach_the_terminal(hostile):
    assert "\x1b" not in shown(hostile)


def test_what_cannot_be_compared_is_an_error_of_junit_and_never_passes(hostile):
    runs, columns = ElementTree.fromstring(page.junit(hostile))

    assert (runs.get("tests"), runs.get("failures"), runs.get("errors")) == ("5", "2", "2")
    assert (columns.get("tests"), columns.get("errors")) == ("1", "1")


def test_the_benchmark_list_has_what_trackers_read(hostile):
    (entry,) = page.benchmark(hostile)

    assert set(entry) == {"name", "unit", "value", "range", "extra"}
    assert (entry["unit"], entry["value"], entry["range"]) == ("points", 79.5, "± 0.10")
    assert "6 datasets, 18 runs; -0.5000 against" in entry["extra"]


def test_json_has_every_run_and_cell(checked):
    _, out, _ = checked(scored(1), scored(2, origin=ELSEWHERE), "--json")

    content = json.loads(out)
    (column,) = content["columns"]
    assert len(column["cells"]) == 10
    cell = column["cells"][0]
    assert cell["difference"] == pytest.approx(100 * (cell["current"] - cell["reference"]))


def test_a_page_names_ten_runs_and_counts_the_rest():
    found = tuple(Differs(str(n), f"run {n}", (Mismatch("mask", "a", "b"),)) for n in range(13))
    report = Report("there", (), found, (), (), (), (), (), ())

    assert "run 9" in shown(report) and "run 10" not in shown(report)
    assert "and 3 runs more; --json lists them all" in shown(report)


def test_nothing_compared_is_no_pass():
    report = Report("there", (), (), (), (), (), (), (), ())

    assert report.outcome is Outcome.NOT_COMPARABLE
    assert 'errors="1"' in page.junit(report)


def test_a_regression_outweighs_what_cannot_be_compared(hostile):
    assert hostile.outcome is Outcome.REGRESSION
    assert shown(hostile).endswith("writes it into the reference")
