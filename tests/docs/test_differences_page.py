"""What docs/differences.md tells of our own numbers in its prose is what the records say."""

import re
from statistics import fmean

import pytest

from bench.docs.markers import filled
from bench.docs.processor import made_again, processor_part
from bench.docs.shipped import shipped, shipped_store
from bench.judge.cell import Cell
from bench.tables.find import find_columns
from iunet.declare.protocol import default_protocol, shipped_protocols

(TEXT,) = (key for key in shipped_protocols() if key != default_protocol())
METHODS = ("dense", "omp", "iunet")


@pytest.fixture(scope="module")
def store():
    with shipped_store() as found:
        yield found


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "differences.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def says(page):
    """Fails with what the page should say instead."""
    text = " ".join(page.split())

    def check(*sentences):
        assert [one for one in sentences if one not in text] == []

    return check


def test_what_another_processor_does_is_what_its_records_say(page):
    assert filled(page, "processor", lambda _: processor_part()) == page


def test_the_other_processor_made_the_same_runs():
    runs = made_again()

    assert len(runs) == 6
    for one in runs:
        assert one.same.run_id == one.shipped.run_id != one.changed.run_id
        assert one.same.environment == one.shipped.environment
        contrast = one.changed.settings["pretrain"]["contrast"]
        assert contrast["passes_through"] == "encoder"


def points(store, table, protocol, method, metric="", what="mean"):
    """Means, or deviations over the seeds, in percent by dataset."""
    found = shipped(store, table, protocol=protocol, metric=metric)
    (column,) = find_columns(found.spec, method)
    return {
        row.dataset: 100 * getattr(entry.own, what)
        for row, entries in found.rows
        for entry in entries
        if entry.column == column and isinstance(entry.own, Cell)
    }


@pytest.mark.parametrize("name", ["vehicle", "credit-g", "arrhythmia"])
def test_our_side_of_the_comparison_with_a_plain_implementation_is_recorded(store, page, name):
    (line,) = re.findall(rf"^\| {name} \| (.* / .*) \|$", page, flags=re.MULTILINE)
    compared = dict(zip(METHODS, (cell.split(" / ") for cell in line.split(" | ")), strict=True))

    shown = {method: cells[1] for method, cells in compared.items() if cells != ["–"]}
    own = {m: points(store, "table5", TEXT, m, "balanced-accuracy")[name] for m in shown}
    assert shown == {method: f"{value:.1f}" for method, value in own.items()}


def test_how_far_our_runs_of_the_largest_difference_deviate(store, says):
    spread = points(store, "table5", TEXT, "iunet", "balanced-accuracy", "std")["arrhythmia"]

    says(f"single runs deviate by 5 points (plain) and {spread:.0f} points (ours)")


def test_how_much_of_a_mask_was_there_before_training(store, says):
    text, code = (
        [f"{fmean(points(store, 'masks', key, method).values()):.0f} %" for method in METHODS[1:]]
        for key in (TEXT, default_protocol())
    )

    says(
        f"{text[0]} of the weights OMP keeps, and {text[1]} of those IUNET keeps, were the largest",
        f"whose pre-training has AdamW with restarts, it is {code[0]} and {code[1]}.",
    )


def test_on_how_many_tables_a_random_mask_does_as_well_as_omps(store, says):
    said = []
    for protocol in (TEXT, default_protocol()):
        random, omp = (points(store, "controls", protocol, m) for m in ("random-mask", "omp"))
        lead = {name: value - omp[name] for name, value in random.items()}
        lower = {name: value for name, value in sorted(lead.items()) if value < -1}
        said.append((f"on {len(lead) - len(lower)} of {len(lead)} tables", lower))
    (first, below), (second, (*_, (vehicle, last))) = said[0], (said[1][0], said[1][1].items())

    says(
        f"within a point of balanced accuracy, {first}.",
        f"On `mfeat-factors` it is {-below.pop('mfeat-factors'):.1f} points below, "
        f"and on `australian` {-below.pop('australian'):.1f}.",
        f"it does so {second}. On `{vehicle}` it is {-last:.1f} points below.",
    )
    assert below == {} and len(said[1][1]) == 1
