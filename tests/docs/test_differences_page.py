"""What docs/differences.md tells of our own numbers in its prose is what the records say."""

import re
from statistics import fmean

import pytest

from bench.docs.differences import runs_on_two_processors
from bench.docs.markers import shipped_table
from bench.judge.cell import Cell
from bench.plan.query import Query, find_columns
from bench.store.store import shipped_store
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


def test_both_processors_made_the_same_runs_in_the_same_environment():
    runs = runs_on_two_processors()

    assert len(runs) == 6
    for first, second in runs:
        assert first.run_id == second.run_id
        assert first.environment == second.environment


def points(store, table, protocol, method, metric="", what="mean"):
    """Means, or deviations over the seeds, in percent by dataset."""
    found = shipped_table(store, Query(table, protocol, metric=metric))
    (column,) = find_columns(found.plan.spec, method)
    return {
        entry.row.dataset: 100 * getattr(entry.own, what)
        for entries in found.rows
        for entry in entries
        if entry.column == column and isinstance(entry.own, Cell)
    }


@pytest.fixture(scope="module")
def compared(page):
    """Cells of the comparison with a plain implementation, as written: (plain, ours)."""
    found = {}
    for name in ("vehicle", "credit-g", "arrhythmia"):
        (line,) = re.findall(rf"^\| {name} \| (.* / .*) \|$", page, flags=re.MULTILINE)
        for method, cell in zip(METHODS, line.split(" | "), strict=True):
            if cell != "–":
                found[name, method] = cell.split(" / ")
    return found


def test_our_side_of_the_comparison_with_a_plain_implementation_is_recorded(store, compared):
    assert {place: ours for place, (_, ours) in compared.items()} == {
        (name, method): f"{points(store, 'table5', TEXT, method, 'balanced-accuracy')[name]:.1f}"
        for name, method in compared
    }


def test_how_far_the_plain_implementation_and_ours_are_apart(store, compared, says):
    apart = {place: abs(float(one) - float(ours)) for place, (one, ours) in compared.items()}
    largest = max(apart, key=apart.get)
    spread = points(store, "table5", TEXT, "iunet", "balanced-accuracy", "std")["arrhythmia"]

    assert (len(apart), largest) == (8, ("arrhythmia", "iunet"))
    says(
        f"The eight differences are at most {apart[largest]:.1f} points (IUNET, arrhythmia)",
        f"single runs of IUNET deviate by 5 points (plain) and {spread:.0f} points (ours)",
    )


def test_how_far_the_seeds_of_our_networks_deviate_on_small_datasets(store, says):
    networks = (*METHODS, "beta-lasso")
    stds = [points(store, "table5", default_protocol(), m, what="std") for m in networks]
    ends = {
        name: f"{min(one[name] for one in stds):.1f} to {max(one[name] for one in stds):.1f}"
        for name in ("credit-g", "arrhythmia", "kc1")
    }

    says(
        f"population standard deviations of {ends['credit-g']} points on `credit-g`, "
        f"{ends['arrhythmia']} on `arrhythmia` and {ends['kc1']} on `kc1`"
    )


def test_the_printed_scores_of_the_tuned_models_are_explained_by_tuning_only_where_higher(page):
    rows = re.findall(r"^\| .* \| (XGB|TABN) \| .* \| ([+-])[\d.]+ \| (\d) \|$", page, re.MULTILINE)

    assert rows and all((why == "1") == (sign == "+") for _, sign, why in rows)
    assert "\n1. Not explained. " in page


def test_how_much_of_a_mask_was_there_before_training(store, says):
    text, code = (
        [f"{fmean(points(store, 'masks', key, method).values()):.0f} %" for method in METHODS[1:]]
        for key in (TEXT, default_protocol())
    )
    (ratio,) = {protocol.table.cut.ratio for protocol in shipped_protocols().values()}

    says(
        f"A random mask would share {100 / ratio:.1f} %, since 1 in {ratio:g} weights is kept.",
        f"Under `{TEXT}` it is {text[0]} for OMP and {text[1]} for IUNET",
        f"under `{default_protocol()}` it is {code[0]} and {code[1]}.",
    )


def test_on_how_many_datasets_a_random_mask_is_higher_than_omps(store, says):
    for protocol in (TEXT, default_protocol()):
        random, omp = (points(store, "controls", protocol, m) for m in ("random-mask", "omp"))
        lead = {name: value - omp[name] for name, value in random.items()}
        least, most = min(lead, key=lead.__getitem__), max(lead, key=lead.__getitem__)
        says(
            f"on {sum(points > 0 for points in lead.values())} of {len(lead)} datasets; the "
            f"difference ranges from {lead[least]:+.1f} points (`{least}`) "
            f"to {lead[most]:+.1f} (`{most}`)."
        )
