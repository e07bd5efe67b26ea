"""Tables 7 and 8: counts of loaded data beside the printed ones."""

import pytest

from bench.declared.published import read_published
from bench.declared.tables import read_table
from bench.errors import DataMissing
from bench.plan.query import find_rows
from bench.tables.counts import Counted, count_rows, counts_rows, counts_sheet, data_counter
from iunet.declare.protocol import default_protocol, find_protocol

VEHICLE = {
    "n_train": 507,
    "n_valid": 169,
    "n_test": 170,
    "features": 18,
    "majority": 0.25768,
    "minority": 0.2352,
    "task_id": 233094,
}


@pytest.fixture
def counted():
    spec = read_table("table8")

    def count(key):
        if key != "vehicle":
            raise DataMissing(f"{key} is not at hand; looked in some folder")
        return VEHICLE

    rows = [row for key in ("vehicle", "car", "kc1") for row in find_rows(spec, key)]
    return Counted(
        spec,
        "p",
        "a protocol",
        spec.columns,
        tuple(count_rows(rows, count)),
        read_published("table8"),
    )


def test_differences_are_decided_on_the_printed_digits(counted):
    cells = counts_sheet(counted).blocks[0].lines[0].cells

    assert [cell.own for cell in cells] == ["507", "169", "170", "18", "25.77", "23.52", "233094"]
    assert [cell.change for cell in cells] == ["", "", "+1", "-1", "", "", ""]
    assert [cell.mark for cell in cells].count("same") == 5


def test_datasets_not_at_hand_share_a_note_with_the_command_and_no_path(counted):
    notes = [note for note in counts_sheet(counted).notes if note.label]

    assert [(note.text, note.command) for note in notes] == [
        ("Not at hand: car, kc1.", "bench data fetch car kc1")
    ]


def test_long_rows_tell_the_difference_or_why_there_is_none(counted):
    lines = {(line["dataset"], line["column"]): line for line in counts_rows(counted)}

    assert lines["vehicle", "# Test"]["difference"] == "+1"
    assert lines["vehicle", "# Train"]["verdict"] == "same"
    assert "not at hand" in str(lines["car", "# Test"]["reason"])


def test_pictures_are_counted_under_the_split_of_their_half():
    count = data_counter(find_protocol(default_protocol()))

    assert count("digits") == {"n_train": 1150, "n_valid": 287, "n_test": 360, "n_classes": 10}
    assert count("iris")["n_test"] == 30


def test_the_printed_counts_of_pictures_are_compared_like_those_of_tables():
    spec = read_table("table7")
    svhn = {"n_train": 58_606, "n_valid": 14_652, "n_test": 26_032, "n_classes": 10}
    rows = tuple(count_rows(find_rows(spec, "svhn"), lambda key: svhn))
    table = Counted(spec, "p", "a protocol", spec.columns, rows, read_published("table7"))

    assert [line["difference"] for line in counts_rows(table)] == ["0", "+1", "0", "0"]


@pytest.mark.data
def test_the_counts_of_real_data_differ_from_the_printed_ones_as_explained():
    from bench.plan.query import Query
    from bench.tables.counts import count_table as count

    table = count(Query("table8", datasets=("kc1", "vehicle")))
    changes = {(line["dataset"], line["column"]): line["difference"] for line in counts_rows(table)}

    assert changes["kc1", "# Test"] == changes["vehicle", "# Test"] == "+1"
    assert changes["kc1", "# Feats."] == changes["vehicle", "# Feats."] == "-1"
    assert changes["kc1", "Majority %"] == changes["vehicle", "OpenML task"] == "0"
