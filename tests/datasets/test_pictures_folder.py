"""A folder of sheets: read in the official order, and every fault is one line."""

import json

import numpy as np
import pytest
from made_up_pictures import SMALL, SheetFolder, grey_sheet, made_up_set, npy, sheet_of

from bench.datasets.source import Places, read_dataset
from bench.errors import DataDamaged, DataMismatch

MEND = "unset it and run `bench data fetch cifar10`"


@pytest.fixture
def sheets(tmp_path):
    """The small set as sheets in a folder to be brought."""
    return SheetFolder(tmp_path / "brought" / "vision", made_up_set())


@pytest.fixture
def read(places, tmp_path):
    """A function that reads the small set from the folder."""
    return lambda: read_dataset(SMALL, Places(places.store, folder=tmp_path / "brought"))[0]


def test_sheets_give_the_pictures_row_by_row(sheets, read):
    pictures, expected = read(), made_up_set()
    np.testing.assert_array_equal(pictures.train_x, expected.train_x)
    np.testing.assert_array_equal(pictures.test_x, expected.test_x)
    assert pictures.train_y.tolist() == expected.train_y.tolist()
    assert pictures.notes == ()


def test_a_tile_of_a_full_sheet_is_where_the_layout_says(sheets, places):
    from dataclasses import replace

    many = made_up_set(train=2000)
    SheetFolder(sheets.folder.parent / "other" / "vision", many)
    folder = Places(places.store, folder=sheets.folder.parent / "other")
    pictures, _ = read_dataset(replace(SMALL, train=2000), folder)
    np.testing.assert_array_equal(pictures.train_x, many.train_x)


def test_pictures_in_another_order_are_put_in_the_official_one(sheets, read):
    order = np.random.default_rng(1).permutation(30)
    official, train = made_up_set(), sheets.splits["train"]
    sheets.replace_sheet(0, sheet_of(official.train_x[order[:15]]))
    sheets.replace_sheet(1, sheet_of(official.train_x[order[15:]]))
    sheets.replace_labels(official.train_y[order].astype(np.uint8))
    train["indices_file"] = "order.npy"
    train["indices_sha256"] = sheets.write("order.npy", npy(order.astype(np.int32)))
    sheets.write_manifest()
    assert read().digest() == official.digest()
    train["indices_sha256"] = sheets.write("order.npy", npy(np.zeros(30, np.int32)))
    sheets.write_manifest()
    with pytest.raises(DataDamaged, match=r"order.npy: not each of the places 0 to 29 once"):
        read()


def test_pictures_that_are_not_exact_copies_are_noted_with_their_number(sheets, read):
    sheets.splits["train"]["inexact_rows"] = [3, 5]
    sheets.splits["test"]["inexact_rows"] = [0]
    sheets.write_manifest()
    assert read().notes[0].startswith("3 of 50 pictures are not bit-exact copies")


def test_a_missing_sheet_is_named(sheets, read):
    (sheets.folder / "cifar10-train-001.webp").unlink()
    with pytest.raises(DataDamaged, match=f"cifar10-train-001.webp: No such file.*{MEND}"):
        read()


def test_a_damaged_sheet_names_both_checksums(sheets, read):
    recorded = sheets.splits["test"]["files"][1]["sha256"]
    sheets.write("cifar10-test-001.webp", b"other bytes")
    message = rf"cifar10-test-001.webp: SHA-256 \w{{12}}, recorded is {recorded[:12]}.*{MEND}"
    with pytest.raises(DataDamaged, match=message):
        read()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (sheet_of([], size=(1280, 768)), "1280 x 768 pixels in RGB, a sheet has 1280 x 800 in RGB"),
        (grey_sheet(), "1280 x 800 pixels in L, a sheet has 1280 x 800 in RGB"),
        (sheet_of([])[:-40], "not a readable image"),
        (b"no image at all", "not a readable image"),
    ],
    ids=["low", "grey", "cut off", "text"],
)
def test_a_sheet_of_another_form_is_one_line(sheets, read, content, message):
    sheets.replace_sheet(0, content)
    with pytest.raises(DataDamaged, match=rf"cifar10-train-000.webp: {message}.*{MEND}") as caught:
        read()
    assert "\n" not in str(caught.value)


def test_other_pixels_than_recorded_are_damage(sheets, read):
    sheets.splits["test"]["decoded_uint8_NHWC_sha256"] = "0" * 64
    sheets.write_manifest()
    with pytest.raises(
        DataDamaged, match=r"decoded sheets from cifar10-test-000.webp on .* is 0000"
    ):
        read()


def test_labels_of_another_number_name_both(sheets, read):
    sheets.replace_labels(made_up_set().train_y[:29])
    with pytest.raises(DataDamaged, match=rf"labels.npy: 29 labels .* but 30 pictures. .*{MEND}"):
        read()


def test_labels_out_of_range_name_both(sheets, read):
    sheets.replace_labels(made_up_set().train_y + 1)
    with pytest.raises(DataMismatch, match=rf"has label 10, but labels of 10 .* 0 to 9.*{MEND}"):
        read()


@pytest.mark.parametrize(
    "content",
    [npy(np.zeros(30)), b"", npy(np.zeros(30, np.int64))[:-9]],
    ids=["floats", "empty", "cut off"],
)
def test_labels_that_are_no_integers_are_damage(sheets, read, content):
    part = sheets.splits["train"]
    part["labels_sha256"] = sheets.write(part["labels_file"], content)
    sheets.write_manifest()
    with pytest.raises(DataDamaged, match=f"cifar10-train-labels.npy: .*{MEND}"):
        read()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda part: part["files"].pop(0), "sheets before it hold 0"),
        (lambda part: part["files"].pop(1), "its sheets have 15 pictures, its count is 30"),
        (lambda part: part.update(subset=True, of=50), "it has only 30 of 50 pictures"),
        (lambda part: part.pop("labels_file"), "splits.train.labels_file: Field required"),
    ],
)
def test_a_manifest_that_leaves_something_out_is_one_line(sheets, read, change, message):
    change(sheets.splits["train"])
    sheets.write_manifest()
    with pytest.raises(DataDamaged, match=rf"manifest.json: cifar10 is not .*{message}.*{MEND}"):
        read()


@pytest.mark.parametrize("text", ["{", "[]", '{"datasets": {"cifar10": 3}}'])
def test_an_unreadable_manifest_is_one_line(sheets, read, text):
    (sheets.folder / "manifest.json").write_text(text)
    with pytest.raises(DataDamaged, match="manifest.json: cifar10 is not described as sheets"):
        read()


def test_a_set_the_manifest_says_it_could_not_get_is_not_there(sheets):
    from bench.datasets.sheets import find_sheets

    assert json.loads((sheets.folder / "manifest.json").read_text())["datasets"]["svhn"]
    assert find_sheets(sheets.folder, "svhn", "") is None
    assert find_sheets(sheets.folder, "cifar100", "") is None
