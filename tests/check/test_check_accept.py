"""Blessing an intended change."""

import json
from dataclasses import replace

import pytest
from made_up_runs import ELSEWHERE, changed, jobs_of, keep_own, plain, record_of, scored
from planned import run_id

from bench.__main__ import run


@pytest.fixture(scope="module")
def jobs():
    return jobs_of(["vehicle"])


def accepted(folder):
    lines = (folder / "check" / "accepted.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_an_accepted_change_passes_from_then_on(sides, jobs, capsys):
    old = [record_of(job) for job in jobs]
    new = changed(old[0], "facts", kept_weights=90)
    folder = sides(old, [new, *old[1:]])
    against = ["check", "--against", str(folder)]

    assert run(against) == 1
    assert run([*against, "--accept", "a smaller  <mask>"]) == 0
    assert run(against) == 0
    assert "records written: 1, replaced: 0" in capsys.readouterr().out


def test_what_changed_and_why_is_kept_beside_the_reference(sides, jobs):
    old = [record_of(job) for job in jobs]
    folder = sides(old, [changed(old[0], "facts", kept_weights=90), *old[1:]])
    run(["check", "--against", str(folder), "--accept", "a smaller\nmask"])

    (line,) = accepted(folder)
    assert line["reason"] == "a smaller mask"
    assert line["commits"] == ["c0"]
    assert list(line["written"]) == [old[0].run_id]
    (change,) = line["fingerprints"][0]["changes"]
    assert (change["fingerprint"], change["reference"], change["current"]) == (
        *("kept_weights", 100),
        90,
    )


def test_acceptances_add_up(sides, jobs, tmp_path):
    old = record_of(jobs[0])
    folder = sides([old], [changed(old, "facts", kept_weights=90)])
    against = ["check", "--against", str(folder)]
    run([*against, "--accept", "first"])
    keep_own(tmp_path / "results", [changed(old, "facts", kept_weights=80)])
    run([*against, "--accept", "second"])

    assert [line["reason"] for line in accepted(folder)] == ["first", "second"]


def test_equal_records_keep_where_they_come_from(sides, jobs):
    old = record_of(jobs[0])
    folder = sides([old], [replace(old, cost={"fit_seconds": 9.0})])
    before = (folder / "vehicle.jsonl").read_bytes()

    assert run(["check", "--against", str(folder), "--accept", "nothing"]) == 0
    assert (folder / "vehicle.jsonl").read_bytes() == before
    assert not (folder / "check").exists()


def test_runs_with_other_settings_take_the_place_of_their_predecessors(sides, jobs):
    identity = {**jobs[0].identity, "revision": 99}
    newer = replace(jobs[0], identity=identity, run_id=run_id(identity))
    folder = sides([record_of(job) for job in jobs], [record_of(newer), record_of(jobs[1])])
    run(["check", "--against", str(folder), "--accept", "another recipe"])

    kept = [
        json.loads(line)["run_id"] for line in (folder / "vehicle.jsonl").read_text().splitlines()
    ]
    assert set(kept) == {newer.run_id, jobs[1].run_id, jobs[2].run_id}
    assert list(accepted(folder)[0]["dropped"]) == [jobs[0].run_id]


def test_what_was_not_asked_for_stays(sides):
    vehicle, car = jobs_of(["vehicle"])[0], jobs_of(["car"])[0]
    old = [record_of(vehicle), record_of(car)]
    folder = sides(old, [changed(one, "facts", kept_weights=1) for one in old])
    run(["check", "--against", str(folder), "-d", "car", "--accept", "cars alone"])

    assert plain(old[0])["result"] == json.loads((folder / "vehicle.jsonl").read_text())["result"]
    assert list(accepted(folder)[0]["written"]) == [old[1].run_id]


def test_a_stored_null_is_measured_again(sides):
    folder = sides(scored(1), scored(2, drop=5, origin=ELSEWHERE))
    against = ["check", "--against", str(folder)]
    run([*against, "--measure-null"])
    before = (folder / "check" / "null.json").read_text()

    assert run([*against, "--accept", "another environment"]) == 0
    assert (folder / "check" / "null.json").read_text() != before
    assert run(against) == 0


@pytest.mark.parametrize("reason", ["  "])
def test_a_reason_is_needed(checked, jobs, reason):
    old = record_of(jobs[0])
    status, _, err = checked([old], [old], "--accept", reason)

    assert status == 2
    assert "--accept needs a reason" in err


def test_only_a_folder_of_shipped_records_takes_an_acceptance(sides, tmp_path, jobs, capsys):
    old = record_of(jobs[0])
    sides([old], [changed(old, "facts", kept_weights=90)])
    keep_own(tmp_path / "other", [old])

    assert run(["check", "--against", str(tmp_path / "other"), "--accept", "why"]) == 2
    assert "make one with `bench export --reference`" in capsys.readouterr().err


def test_steps_of_a_bridge_are_neither_compared_nor_accepted(sides, jobs):
    step = replace(record_of(jobs_of(("car",), ("omp",))[0]), protocol="one + split of another")
    old = [record_of(job) for job in jobs]
    folder = sides(old, [changed(old[0], "facts", kept_weights=90), *old[1:], step])

    assert run(["check", "--against", str(folder), "--accept", "intended"]) == 0
    assert not [path for path in folder.glob("*.jsonl") if step.run_id in path.read_text()]
