"""The comparator of one environment: what it catches, and what it lets pass."""

from dataclasses import replace

import pytest
from made_up_runs import HERE, changed, jobs_of, record_of

from bench.check.check import LOSS_TOLERANCE, METRIC_TOLERANCE, compare


@pytest.fixture(scope="module")
def kept():
    return record_of(jobs_of(["vehicle"])[0])


@pytest.fixture(scope="module")
def counted(kept):
    return replace(kept, result={**kept.result, "confusion": [[40, 2], [3, 55]]})


def names(reference, current):
    return [one.fingerprint for one in compare(reference, current)]


def relabelled(record):
    """As if every test label stood one row further on."""
    result = {**record.result, "confusion": [[25, 17], [18, 40]]}
    return changed(replace(record, result=result), "metrics", accuracy=0.65)


def test_a_run_matches_itself(kept):
    assert compare(kept, kept) == ()


def test_an_ignored_kappa_shows_in_the_first_loss(kept):
    broken = changed(kept, "fingerprints", first_loss=1.75, last_loss=0.13)

    found = compare(kept, broken)

    assert [one.fingerprint for one in found] == ["first_loss", "last_loss"]
    assert (found[0].reference, found[0].current) == (1.25, 1.75)


def test_a_mask_that_is_not_applied_shows_in_the_kept_weights(kept):
    broken = changed(kept, "facts", kept_weights=800)

    assert names(kept, broken) == ["kept_weights"]


def test_another_mask_of_as_many_weights_shows_in_its_hash(kept):
    assert names(kept, changed(kept, "fingerprints", mask_hash="bbbb")) == ["mask_hash"]


def test_a_mask_that_is_gone_is_a_difference(kept):
    left = {k: v for k, v in kept.result["fingerprints"].items() if k != "mask_hash"}
    broken = replace(kept, result={**kept.result, "fingerprints": left})

    assert [(one.fingerprint, one.current) for one in compare(kept, broken)] == [
        ("mask_hash", None)
    ]
    assert names(broken, kept) == ["mask_hash"]


def test_shifted_labels_show_in_predictions_and_metrics(counted):
    found = compare(counted, relabelled(counted))

    assert [one.fingerprint for one in found] == ["predictions", "accuracy"]
    assert found[0].note == "at least 30 of 100 test rows fall elsewhere"


def test_other_true_labels_are_named_as_such(counted):
    broken = replace(counted, result={**counted.result, "confusion": [[41, 2], [3, 54]]})

    assert compare(counted, broken)[0].note.endswith("the true classes differ too")


def test_another_number_of_classes_is_a_difference(counted):
    broken = replace(counted, result={**counted.result, "confusion": None})

    assert names(counted, broken) == ["predictions"]


@pytest.mark.parametrize(("factor", "differs"), [(0.5, []), (2.0, ["last_loss"])])
def test_losses_match_within_their_tolerance(kept, factor, differs):
    moved = 0.125 * (1 + factor * LOSS_TOLERANCE)

    assert names(kept, changed(kept, "fingerprints", last_loss=moved)) == differs


@pytest.mark.parametrize(("factor", "differs"), [(0.5, []), (2.0, ["accuracy"])])
def test_metrics_match_within_their_tolerance(kept, factor, differs):
    moved = 0.8 + factor * METRIC_TOLERANCE

    assert names(kept, changed(kept, "metrics", accuracy=moved)) == differs


def test_an_undefined_metric_matches_only_an_undefined_one(kept):
    undefined = changed(kept, "metrics", accuracy=None)

    assert names(undefined, undefined) == []
    assert names(kept, undefined) == ["accuracy"]


def test_a_metric_that_is_gone_is_a_difference_and_a_new_one_is_not(kept):
    more = changed(kept, "metrics", newer=0.5)

    assert names(more, kept) == ["newer"]
    assert names(kept, more) == []


def test_a_regression_names_run_fingerprint_and_both_values(checked, kept):
    status, out, _ = checked([kept], [changed(kept, "facts", kept_weights=800)])

    assert status == 1
    assert "regression: " in out.splitlines()[0]
    assert "vehicle mlp-tab iunet seed" in out
    assert "kept_weights: 100 in the reference, 800 here" in out


def test_another_number_of_threads_is_named_as_what_may_explain_it(checked, kept):
    other = record_of(jobs_of(["vehicle"])[0], origin=HERE | {"threads": 16})
    status, out, _ = checked([kept], [changed(other, "fingerprints", last_loss=0.2)])

    assert status == 1
    assert "may explain it: threads 2 in the reference, 16 here" in out


def test_equal_runs_pass_and_scores_of_other_last_digits_are_counted(checked, kept):
    status, out, _ = checked([kept], [changed(kept, "fingerprints", scores="eeee")])

    assert status == 0
    assert "1 run of equal fingerprints, 1 of them not to the last digit" in out
