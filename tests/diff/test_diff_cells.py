"""Cells against the paper: what is compared, and why the rest is not."""

import pytest

from bench.judge.verdict import Outcome
from bench.plan.query import Query

VEHICLE = {"datasets": ("vehicle",), "methods": ("iunet",)}


def only(table):
    (entry,) = table.entries
    return entry


def test_a_cell_has_its_difference_and_the_verdict_of_the_one_rule(make, diff):
    make(Query("table5", **VEHICLE), lambda job: {42: 0.815, 1: 0.82, 2: 0.825}[job.seed])

    entry = only(diff(**VEHICLE))

    assert entry.outcome is Outcome.SAYS_NOTHING  # the printed spread alone is 2.07 points
    numbers = [entry.numbers[name] for name in ("own_mean", "own_std", "n")]
    assert numbers == [pytest.approx(82.0), pytest.approx(0.4082, abs=1e-4), 3]
    assert entry.difference == pytest.approx(82.0 - 81.805)


def test_a_cell_far_away_differs(make, diff):
    make(Query("table5", **VEHICLE), lambda job: 0.5)

    assert only(diff(**VEHICLE)).outcome is Outcome.DIFFERS


def test_a_cell_without_runs_is_missing_and_not_guessed(diff):
    entry = only(diff(**VEHICLE))

    assert (entry.outcome, entry.numbers["own_mean"], entry.difference) == (None, None, None)
    assert entry.reason == "none of 3 runs made"


@pytest.mark.parametrize(
    ("selected", "said"),
    [
        ({"budget": "quick"}, "budget quick does less than what was printed"),
        ({"seeds": (42,)}, "mean of 1 run, printed of 3"),
        ({"metric": "balanced"}, "shown as balanced accuracy, printed as swapped"),
    ],
    ids=["budget", "runs", "metric"],
)
def test_what_was_measured_in_another_way_is_not_comparable_and_says_why(
    make, diff, selected, said
):
    make(Query("table5", **VEHICLE, **selected), lambda job: 0.82)

    entry = only(diff(**VEHICLE, **selected))

    assert entry.outcome is Outcome.NOT_COMPARABLE
    assert said in entry.reason
    assert entry.difference is None


def test_a_protocol_of_the_users_own_is_not_comparable(make, diff, tmp_path):
    own = tmp_path / "mine.toml"
    base = Query("table5").protocol or _default()
    own.write_text(f'base = "{base}"\ntitle = "Mine"\n', encoding="utf-8")
    make(Query("table5", protocol=str(own), **VEHICLE), lambda job: 0.82)

    entry = only(diff(protocol=str(own), **VEHICLE))

    assert entry.outcome is Outcome.NOT_COMPARABLE
    assert "protocol mine is none the printed numbers stand for" in entry.reason


def _default():
    from iunet.declare.protocol import default_protocol

    return default_protocol()


def test_a_corrected_number_is_compared_instead_of_the_printed_one(diff):
    entry = only(diff("table4", datasets=("cifar10",), methods=("iunet",)))

    assert entry.target.mean == 64.847
