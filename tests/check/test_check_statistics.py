"""The comparator of another environment, from records to a verdict."""

import json
from dataclasses import replace

import pytest
from made_up_runs import ELSEWHERE, TEN, changed, jobs_of, record_of, scored

from bench.__main__ import run
from bench.check.columns import MEASURED, runs_by_column


@pytest.fixture
def judged(sides, capsys):
    """Measure the null of a reference and check against it."""

    def check(reference, own, *options):
        folder = sides(reference, own)
        assert run(["check", "--against", str(folder), "--measure-null"]) == 0
        capsys.readouterr()
        status = run(["check", "--against", str(folder), *options])
        return status, " ".join(capsys.readouterr().out.split())

    return check


def test_the_same_scores_but_for_their_seeds_pass(judged):
    status, out = judged(scored(1), scored(2, origin=ELSEWHERE))

    assert status == 0
    assert "pass: mlp-tab iunet" in out and "over 10 datasets" in out


def test_a_drop_everywhere_is_a_regression(judged):
    status, out = judged(scored(1), scored(2, drop=3, origin=ELSEWHERE))

    assert status == 1
    assert "more than the margin of" in out and "cells that fell most" in out


def test_one_cell_that_fell_far_is_reported_and_never_gated(judged):
    own = [
        record_of(job, 0.6 if job.dataset == "car" else 0.8, ELSEWHERE)
        for job in jobs_of(TEN, ("iunet",))
    ]
    status, out = judged(scored(1), own)

    assert status == 0
    assert "cells that fell most: car -2" in out


def test_five_datasets_say_nothing(judged):
    status, out = judged(scored(1, TEN[:5]), scored(2, TEN[:5], drop=9, origin=ELSEWHERE))

    assert status == 6
    assert "made in another environment on 5 datasets; statistics need 6" in out
    assert "this is no pass" in out


def test_without_a_null_nothing_is_judged(checked):
    status, out, _ = checked(scored(1), scored(2, drop=9, origin=ELSEWHERE))

    assert status == 6
    assert "no null is stored beside the reference; measure it with" in out


def test_a_null_of_other_records_is_not_used(sides, capsys):
    folder = sides(scored(1), scored(2, origin=ELSEWHERE))
    run(["check", "--against", str(folder), "--measure-null"])
    sides(scored(3), [])

    assert run(["check", "--against", str(folder)]) == 6
    assert "the stored null was measured from other records" in capsys.readouterr().out


def test_a_damaged_null_is_one_line(sides, capsys):
    folder = sides(scored(1), scored(2, origin=ELSEWHERE))
    (folder / "check").mkdir()
    (folder / "check" / "null.json").write_text('{"version": 1, "records": "x"}')

    assert run(["check", "--against", str(folder)]) == 5
    assert capsys.readouterr().err.count("\n") == 1


def test_the_null_holds_the_sample_std_of_every_cell_in_points(sides):
    jobs = jobs_of(["car"])
    records = [record_of(job, score) for job, score in zip(jobs, (0.80, 0.81, 0.82), strict=True)]
    folder = sides(records, [])
    run(["check", "--against", str(folder), "--measure-null"])

    content = json.loads((folder / "check" / "null.json").read_text())
    columns = content["runs and std"]
    assert {title.rpartition(": ")[2] for title in columns} == {*MEASURED}
    assert all(column == {"car": [3, pytest.approx(1.0)]} for column in columns.values())


def test_one_seed_a_cell_gives_no_null(sides, capsys):
    folder = sides([record_of(jobs_of(["car"])[0])], [])

    assert run(["check", "--against", str(folder), "--measure-null"]) == 6
    assert "one seed a cell" in capsys.readouterr().err


def test_of_a_grid_the_point_is_compared_that_validation_of_the_reference_chose():
    jobs = jobs_of(["car"], ("beta-lasso",))
    best = jobs[-1].point
    records = [
        changed(record_of(job), "metrics", valid_accuracy=0.9 if job.point == best else 0.5)
        for job in jobs
    ]
    ((_, datasets),) = runs_by_column(records, "accuracy").items()

    assert len({job.point for job in jobs}) > 1
    assert {one.point for one in datasets["car"]} == {best}


def test_an_undefined_score_is_never_judged(judged):
    own = scored(2, origin=ELSEWHERE)
    own[0] = changed(own[0], "metrics", balanced_accuracy=None)
    status, out = judged(scored(1), own)

    assert status == 6
    assert "undefined on vehicle" in out


def with_metric(records, metric, drop):
    """The records with one metric lower by so many points."""
    return [
        changed(one, "metrics", **{metric: one.result["metrics"][metric] - drop / 100})
        for one in records
    ]


def test_tables_are_gated_on_balanced_accuracy_unless_another_metric_is_named(judged):
    own = scored(1, origin=ELSEWHERE)
    balanced = with_metric(own, "balanced_accuracy", 5)
    swapped = with_metric(own, "swapped_balanced_accuracy", 5)

    assert judged(scored(1), balanced)[0] == 1
    assert judged(scored(1), swapped)[0] == 0
    assert judged(scored(1), swapped, "--metric", "swapped_balanced_accuracy")[0] == 1


def test_columns_that_cannot_be_tested_do_not_widen_the_margin(judged):
    def margin(methods):
        more = [r for m in methods for r in scored(3, TEN[:2], methods=(m,))]
        there, here = ([*scored(1), *more], [*scored(2, origin=ELSEWHERE), *more])
        here = [replace(one, provenance={**one.provenance, **ELSEWHERE}) for one in here]
        _, out = judged(there, here, "--json")
        (column,) = [one for one in json.loads(out)["columns"] if len(one["cells"]) == len(TEN)]
        return column["margin"]

    assert margin(("dense", "omp")) == margin(())


def test_runs_of_both_environments_are_each_judged_in_their_way(judged):
    same = record_of(jobs_of(["car"], ("dense",))[0])
    status, out = judged([*scored(1), same], [*scored(2, origin=ELSEWHERE), same])

    assert status == 0
    assert "1 run of equal fingerprints, 1 column judged by statistics" in out
