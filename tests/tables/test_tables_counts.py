"""Tables 7 and 8: counts of loaded data beside the printed ones."""

import pytest

from bench.datasets.load import load_counts
from bench.errors import DataMissing
from bench.plan.query import Query
from bench.render.sheet import markdown
from bench.tables.counts import count_table, counts_sheet
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
    def count(key, protocol):
        if key != "vehicle":
            raise DataMissing(f"{key} is not at hand; looked in some folder")
        return VEHICLE

    return count_table(Query("table8", datasets=("vehicle", "car", "kc1")), count)


def test_differences_are_decided_on_the_printed_digits(counted):
    cells = counts_sheet(counted).blocks[0].lines[0].cells

    assert [cell.own for cell in cells] == ["507", "169", "170", "18", "25.77", "23.52", "233094"]
    assert [cell.change for cell in cells] == ["", "", "", "-1", "", "", ""]
    assert [cell.mark for cell in cells].count("same") == 5


def test_a_share_of_the_rows_that_rounding_moves_by_one_unit_is_marked_as_equal_and_counted(
    counted,
):
    sheet = counts_sheet(counted)
    vehicle = dict(zip(sheet.blocks[0].header, sheet.blocks[0].lines[0].cells, strict=True))

    assert vehicle["# Test"].mark == "equal by rounding"
    assert (vehicle["# Feats."].mark, vehicle["# Feats."].change) == ("", "-1")
    assert "5 numbers are the printed ones, 1 equal by rounding, 1 differ" in sheet.caption
    (note,) = [note.text for note in sheet.notes if note.text.startswith("≈")]
    assert note.startswith("≈: 1 size or share of the rows, off by one unit")
    assert "| 170 ≈ | 18 (-1) |" in markdown(sheet)


def test_datasets_not_at_hand_share_a_note_with_the_command_and_no_path(counted):
    notes = [note for note in counts_sheet(counted).notes if note.label]

    assert [(note.text, note.command) for note in notes] == [
        ("car, kc1: not at hand.", "bench data fetch car kc1")
    ]


def test_long_rows_tell_the_difference_or_why_there_is_none(counted):
    lines = {(line["dataset"], line["column"]): line for line in counted.cells()}

    assert lines["vehicle", "# Test"]["difference"] == "+1"
    assert lines["vehicle", "# Train"]["verdict"] == "same"
    assert "not at hand" in str(lines["car", "# Test"]["reason"])


def test_pictures_are_counted_under_the_split_of_their_half():
    usual = find_protocol(default_protocol())

    counts = load_counts("digits", usual)

    assert counts == {"n_train": 1150, "n_valid": 287, "n_test": 360, "n_classes": 10}
    assert load_counts("iris", usual)["n_test"] == 30


def test_the_printed_counts_of_pictures_are_compared_like_those_of_tables():
    svhn = {"n_train": 58_606, "n_valid": 14_652, "n_test": 26_032, "n_classes": 10}

    table = count_table(Query("table7", datasets=("svhn",)), lambda key, protocol: svhn)

    assert [line["difference"] for line in table.cells()] == ["0", "+1", "0", "0"]


@pytest.mark.data
def test_the_counts_of_real_data_differ_from_the_printed_ones_as_explained():
    table = count_table(Query("table8", datasets=("kc1", "vehicle")), load_counts)
    changes = {(line["dataset"], line["column"]): line["difference"] for line in table.cells()}

    assert changes["kc1", "# Test"] == changes["vehicle", "# Test"] == "+1"
    assert changes["kc1", "# Feats."] == changes["vehicle", "# Feats."] == "-1"
    assert changes["kc1", "Majority %"] == changes["vehicle", "OpenML task"] == "0"
