"""How effects stand in a table: which way round, and what is said over several datasets."""

import re
import zlib

import pytest

from bench.bridge.effects import effect_tables
from bench.bridge.page import MOST_COLUMNS, latex, rows_of
from bench.bridge.sheet import sheet_of

SIX = ("vehicle", "car", "segment", "kc1", "phoneme", "anneal")


@pytest.fixture
def six(ask, make, store):
    """A step that lifts five of six datasets, each by another size."""
    asked = ask(datasets=SIX, methods=("dense", "omp"), steps=("ticket",), budget="full")
    gains = {dataset: 0.01 * (place + 1) for place, dataset in enumerate(SIX)} | {"car": -0.005}
    lifted = "+ ticket"
    make(asked, lambda job: 0.5 + gains[job.dataset] * (lifted in job.protocol))
    return sheet_of(effect_tables(asked, store)[0])


def test_more_columns_than_steps_are_rows(six):
    (block,) = six.blocks

    assert block.corner == "column"
    assert block.header[1] == "ticket" and len(block.header) == 3
    assert [line.title for line in block.lines[:3]] == ["vehicle dense", "vehicle omp", "car dense"]
    assert [line.title for line in block.totals] == [
        "mean of 6 datasets dense",
        "mean of 6 datasets omp",
    ]
    assert [line.cells[1].own for line in block.lines[:4]] == ["=", "+1.00", "=", "-0.50"]
    assert [line.cells[1].own for line in block.totals] == ["=", "+3.08"]


def test_fewer_columns_than_steps_are_columns(ask, make, store):
    asked = ask()
    make(asked, lambda job: 0.5)

    (block,) = sheet_of(effect_tables(asked, store)[0]).blocks

    assert block.corner == "step"
    assert block.header == ("iris omp",)
    assert "ticket" in [line.title for line in block.lines]


def test_six_datasets_are_counted_and_ranked(six):
    # Sizes .5, 1, 3, 4, 5, 6 with the smallest lost: 2 of 2^6 choices of signs are as far, twice.
    (said,) = [note.text for note in six.notes if "signed-rank" in note.text]

    assert said.startswith(
        "Datasets up and down, and two-sided p of the signed-rank test, each taken alone."
    )
    assert "ticket: omp 5 up and 1 down (p 0.062)" in said
    assert "dense" not in said


def test_the_caption_says_what_the_interval_of_a_mean_is(six):
    (said,) = [phrase for phrase in six.caption if phrase.startswith("means over")]

    assert said == "means over datasets: ± is over the datasets, that of paper has none"
    assert not any("row" in phrase for phrase in six.caption)


def test_in_the_file_a_mean_is_of_no_dataset_and_says_what_its_interval_is_over(ask, make, store):
    asked = ask(datasets=SIX, methods=("omp",), steps=("ticket",), budget="full")
    make(asked, lambda job: 0.5 + 0.01 * SIX.index(job.dataset) * ("+ ticket" in job.protocol))

    rows = [r for r in rows_of(effect_tables(asked, store)[:1]) if r["row"] == "ticket"]

    assert [(row["dataset"], row["interval_over"]) for row in rows] == [
        *((dataset, "seeds") for dataset in SIX),
        ("", "datasets"),
    ]
    assert rows[-1]["value"] == pytest.approx(2.5)
    assert rows[-1]["low"] < 2.5 < rows[-1]["high"]
    assert rows[-1]["runs"] == 6 * 3 * 2
    assert rows[-1]["paired"] is None


def test_a_mean_that_is_not_known_says_of_how_many(ask, make, store):
    asked = ask(datasets=SIX, methods=("omp",), steps=("ticket",), budget="full")
    make(asked, lambda job: None if job.dataset == "car" and "+" in job.protocol else 0.5)

    (row,) = (
        r
        for r in rows_of(effect_tables(asked, store)[:1])
        if (r["row"], r["dataset"]) == ("ticket", "")
    )

    assert (row["value"], row["reason"]) == (None, "not known of 1 of 6")


def test_latex_has_a_wide_table_in_parts_that_lose_no_cell(ask, make, store):
    asked = ask(datasets=(*SIX, "jasmine"), methods=("dense", "omp", "iunet"), budget="full")
    make(asked, lambda job: 0.5 + zlib.crc32(job.run_id.encode()) / 2**34)
    found = effect_tables(asked, store)[:1]

    text = latex(found, asked).partition(r"\end{longtable}")[2]

    (block,) = sheet_of(found[0]).blocks
    widths = [int(n) for n in re.findall(r"begin\{longtable\}\{l\*\{(\d+)\}", text)]
    assert sum(widths) == len(block.header) > MOST_COLUMNS >= max(widths)
    assert text.count("further columns.") == len(widths) - 1
    cells = [cell for line in (*block.lines, *block.totals) for cell in line.cells]
    for cell in cells:
        assert f"${cell.own}" in text
    rows = [row for row in text.splitlines() if row.endswith(r"\\") and "$" in row]
    assert sum(row.count(" & ") for row in rows) == len(cells)
