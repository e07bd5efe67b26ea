"""Progress: time left from the estimate at first, then from the pace."""

import io

import pytest
from toy_bench import Toys, toy_rows

from bench.run.estimate import estimate_seconds, keep_pace, read_pace
from bench.run.fit import Options
from bench.run.progress import LINE_SECONDS, LineReporter


def test_time_left_follows_the_estimate_and_then_the_pace():
    seconds = [0.0]
    reporter = LineReporter(None, now=lambda: seconds[0])
    reporter.begin(100.0)
    reporter.cohort("vehicle", 50.0)
    seconds[0] = 1.0
    assert reporter.left == 99.0
    reporter.within(0.5, "epoch 3")
    seconds[0] = 30.0
    assert reporter.done == 0.25
    assert reporter.left == 90.0
    reporter.cohort("car", 50.0)
    assert reporter.done == 0.5


def test_plain_lines_name_the_cohort_and_never_come_too_often():
    out, seconds = io.StringIO(), [0.0]
    lines = LineReporter(out, now=lambda: seconds[0])
    lines.begin(100.0)
    lines.cohort("vehicle, mlp-tab: 3 runs", 100.0)
    lines.within(0.5, "epoch 3")
    assert out.getvalue() == "vehicle, mlp-tab: 3 runs (about 2 min left in all)\n"
    seconds[0] = LINE_SECONDS
    lines.within(0.5, "epoch 4")
    assert "vehicle, mlp-tab: 3 runs: 50%, epoch 4; about" in out.getvalue()


def test_a_supernet_shared_by_two_runs_is_estimated_once(tmp_path):
    toys = Toys(tmp_path / "made.txt")
    pruned = toys.jobs(("one",), ("net-b",))
    both = toys.jobs(("one",), ("net-a", "net-b"))
    assert estimate_seconds(both, 1.0, 1, toy_rows) == estimate_seconds(pruned, 1.0, 1, toy_rows)
    assert estimate_seconds(pruned, 1.0, 2, toy_rows) == (
        estimate_seconds(pruned, 1.0, 1, toy_rows) / 2
    )


def test_the_pace_last_seen_on_a_device_is_used_from_then_on(tmp_path):
    jobs = Toys(tmp_path / "made.txt").jobs(("one",), ("net-a",))
    options = Options(workers=2, cache=tmp_path)
    first = read_pace(tmp_path, "cpu")
    keep_pace(jobs, 0.1, options, toy_rows)
    assert read_pace(tmp_path, "cpu") == first, "too short to tell"
    keep_pace(jobs, 60.0, options, toy_rows)
    pace = read_pace(tmp_path, "cpu")
    assert pace != first
    assert estimate_seconds(jobs, pace, 2, toy_rows) == pytest.approx(60.0)
    for damage in ("[", '{"cpu": -1}', '{"cpu": Infinity}', '{"cpu": 1' + "0" * 400 + "}"):
        (tmp_path / "pace.json").write_text(damage)
        assert read_pace(tmp_path, "cpu") == first
