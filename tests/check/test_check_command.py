"""What `bench check` answers from end to end, in each form it answers in."""

import json
from xml.etree import ElementTree

import pytest
from made_up_runs import ELSEWHERE, changed, jobs_of, record_of, scored

from bench.__main__ import run


def other_device(record):
    """The run as another class of device would have made it."""
    origin = {**record.provenance, "environment": "e1", "device": "cuda sm_90"}
    return type(record)(**{**vars(record), "provenance": origin})


CASES = {
    "pass": (0, lambda old: old, {"failures": 0, "errors": 0}),
    "regression": (
        *(1, lambda old: [changed(old[0], "facts", kept_weights=90), *old[1:]]),
        {"failures": 1, "errors": 0},
    ),
    "not comparable": (
        *(6, lambda old: [other_device(old[0]), *old[1:]]),
        {"failures": 0, "errors": 1},
    ),
}


@pytest.mark.parametrize("outcome", CASES)
def test_every_outcome_has_its_exit_status_in_every_form(sides, capsys, tmp_path, outcome):
    status, own, counts = CASES[outcome]
    old = [record_of(job) for job in jobs_of(["vehicle"])]
    against = ["check", "--against", str(sides(old, own(old)))]
    page, cases = tmp_path / "page.md", tmp_path / "junit.xml"

    assert run([*against, "--markdown", str(page), "--junit", str(cases)]) == status
    assert " ".join(capsys.readouterr().out.split()).startswith(f"{outcome}: against ")
    assert page.read_text(encoding="utf-8").startswith(f"## bench check: {outcome}\n")
    suite = ElementTree.parse(cases).find("testsuite")
    assert {kind: int(suite.get(kind)) for kind in counts} == counts

    assert run([*against, "--json"]) == status
    content = json.loads(capsys.readouterr().out)
    assert (content["outcome"], content["status"]) == (outcome, status)


@pytest.mark.parametrize(
    ("drop", "null", "outcome"),
    [(0, True, "pass"), (3, True, "regression"), (3, False, "not comparable")],
)
def test_another_environment_is_judged_by_statistics_or_not_at_all(
    sides, capsys, drop, null, outcome
):
    against = [
        *("check", "--against"),
        str(sides(scored(1), scored(2, drop=drop, origin=ELSEWHERE))),
    ]
    assert not null or run([*against, "--measure-null"]) == 0
    capsys.readouterr()

    assert run([*against, "--json"]) == CASES[outcome][0]
    (column,) = json.loads(capsys.readouterr().out)["columns"]
    assert column["outcome"] == outcome
