"""What a user meets in a results folder that was damaged, forged or half copied."""

import json
import os
import re
import zipfile
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random

import numpy as np
import pytest
from attack_records import attack_records
from made_up import made_up_predictions, made_up_record
from planned import planned_jobs, run_id

from bench.render.files import strict_json
from bench.store.arrays import Predictions, Split, read_drawings, read_predictions
from bench.store.records import (
    IDENTITY,
    DamagedRecord,
    failure_of,
    new_record,
    parsed_run,
    read_record,
    record_text,
    to_json,
)
from bench.store.reference import write_reference
from bench.store.store import Store, run_file
from iunet.declare.protocol import default_protocol


@pytest.fixture
def jobs():
    return planned_jobs(("iris",), (("", "xgb"), ("", "beta-lasso")), default_protocol(), "demo")


def old_record(path, change):
    """Write a record as it was before there were checksums, with another content and its run id."""
    raw = json.loads(path.read_text())
    raw["provenance"].pop("checksum", None)
    raw["result"]["confusion"] = [[6, 2], [1, 1]]
    raw["result"]["metrics"] = {"accuracy": 0.7, "cohen_kappa": None, "mine": 12.5}
    change(raw)
    raw["run_id"] = run_id({name: raw[name] for name in IDENTITY})
    path.unlink()
    other = path.with_name(f"{raw['seed']}-{raw['run_id']}.json")
    other.write_text(json.dumps(raw))
    return other


def put(part, **values):
    return lambda raw: raw[part].update(values)


def metrics(**values):
    return lambda raw: raw["result"]["metrics"].update(values)


@pytest.mark.slow  # tox -e attack does the like
def test_no_mutation_gives_a_traceback_or_a_wrong_number(tmp_path):
    assert attack_records(200, seed=14, folder=tmp_path) == []


def test_an_old_record_and_a_metric_of_ones_own_are_read(store, jobs):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())

    assert read_record(old_record(path, lambda raw: None)).metric("mine") == 12.5


def test_a_whole_float_in_a_setting_is_read_as_the_whole_number(store, jobs):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    whole = old_record(path, put("settings", x=[8, {"y": 8}]))
    before = read_record(whole)
    again = old_record(whole, put("settings", x=[8.0, {"y": 8.0}]))

    assert again == whole and "8.0" in again.read_text()
    assert read_record(again) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (metrics(accuracy=7.5), "accuracy is 7.5, not in 0 to 1"),
        (metrics(accuracy=0.8), "accuracy is 0.8, by the confusion counts 0.7"),
        (metrics(valid_accuracy=-0.5), "valid_accuracy is -0.5"),
        (metrics(mine=True), "result.metrics.mine is True"),
        (metrics(mine=10**400), "result.metrics.mine is 1000"),
        (put("result", confusion=[[1, 2], [3]]), "result.confusion is"),
        (put("result", confusion=[[0, 0], [0, 0]]), "result.confusion is"),
        (put("cost", fit_seconds=-1.0), "cost.fit_seconds is -1.0"),
        (put("point", l1="1"), "point.l1 is '1'"),
        (put("provenance", processor="a\nb"), "provenance.processor is 'a"),
        (put("provenance", versions=["x"]), "provenance.versions is"),
        (lambda raw: raw.update(dataset="../../x"), "dataset is '../../x'"),
        (lambda raw: raw.update(method=".hidden"), "method is '.hidden'"),
        (lambda raw: raw.update(seed=1.0), "seed is 1.0"),
    ],
)
def test_a_forged_record_is_refused_with_the_name_of_its_part(store, jobs, change, said):
    path = store.write(made_up_record(jobs[3], 0.5), made_up_predictions())
    forged = old_record(path, change)

    with pytest.raises(DamagedRecord) as caught:
        read_record(forged)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("digits", ["NaN", "-Infinity", "1e999", "9" * 5000, "[" * 9999])
def test_what_json_should_not_hold_is_one_line(store, jobs, digits):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    path.write_text(path.read_text().replace('"fit_seconds": 1.0', f'"fit_seconds": {digits}'))

    with pytest.raises(DamagedRecord):
        read_record(path)


@pytest.mark.parametrize("value", ["1e999", *("[" * n + "]" * n for n in (17, *range(960, 1000)))])
def test_a_setting_that_json_should_not_hold_is_one_line(store, jobs, value):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    path.write_text(path.read_text().replace('"settings": {', f'"settings": {{"x": {value}, '))

    with pytest.raises(DamagedRecord, match="settings|too many levels"):
        read_record(path)


def test_a_name_that_is_there_twice_is_refused(store, jobs):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    path.write_text(path.read_text().replace('"fit_seconds"', '"fit_seconds": 2.0, "fit_seconds"'))

    with pytest.raises(DamagedRecord, match="a name is there twice"):
        read_record(path)


@pytest.mark.parametrize("shipped", [False, True])
def test_a_record_read_by_halves_is_what_reading_it_at_once_gives(jobs, shipped):
    record, draw = made_up_record(jobs[0], 0.5), Random(0)
    text = json.dumps(to_json(record), separators=(",", ":")).encode()
    text = text if shipped else record_text(record)
    assert parsed_run(text, Path("x"), own=True)[1] is not None
    found = set()

    for _ in range(4000):
        changed = mutated(text, draw)
        whole, halves = None, None
        with suppress(ValueError):
            whole = strict_json(changed)
        with suppress(DamagedRecord):
            halves, _ = parsed_run(changed, Path("x"), own=True)
        assert halves == whole, changed
        found.add(whole is None)
    assert found == {False, True}


def mutated(text, draw):
    """A name, a comma or a bracket deleted, doubled or elsewhere, or a part that is there twice;
    anywhere, or where the halves meet."""
    names = [found.start() for found in re.finditer(rb'"\w+":', text)]
    marks = [found.span() for found in re.finditer(rb'"\w+": ?|[{},\n]', text)]
    meet = text.find(b'"seed":', text.find(b'"settings"'))
    start, end = draw.choice(draw.choice((marks, [m for m in marks if abs(m[0] - meet) < 9])))
    mark, to = text[start:end], draw.choice((meet, draw.choice(names)))
    name = draw.choice((b"version", b"run_id", b"dataset", b"seed", b"protocol", b"budget"))
    return draw.choice(
        (
            text[:start] + text[end:],
            text[:start] + mark + text[start:],
            text[:start] + b" " + mark + b" " + text[end:],
            (text[:start] + text[end:])[:to] + mark + (text[:start] + text[end:])[to:],
            text[:to] + b'"%b": 1, ' % name + text[to:],
        )
    )


def with_seal(text):
    """A file of this text, up to the checksum, with the right one."""
    digest = sha256(text).hexdigest()[:16].encode()
    return text + b', "checksum": "' + digest + b'"}\n}\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"result": {', b'"result": {, "x": 1'),
        (b'{\n"version"', b'{\x0b"version"'),
        (b'"point": {', b'"seed": 1, "point": {"x": "x", '),
        (b'"provenance": {', b'"cost": {'),
    ],
)
def test_a_right_checksum_makes_no_wrong_content_right(store, jobs, old, new):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    text = path.read_bytes().rpartition(b', "checksum"')[0]
    assert old in text and read_record(path, with_seal(text))

    with pytest.raises(DamagedRecord):
        read_record(path, with_seal(text.replace(old, new)))


def test_a_checksum_elsewhere_than_in_the_provenance_is_refused(store, jobs):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    raw = json.loads(path.read_text())
    cost = raw.pop("cost")

    with pytest.raises(DamagedRecord, match="cost.checksum is"):
        read_record(path, with_seal(json.dumps(raw | {"cost": cost}).encode()[:-2]))


def test_a_record_may_have_its_parts_in_another_order_and_be_without_a_checksum(store, jobs):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    whole, raw = read_record(path), json.loads(path.read_text())
    raw["provenance"]["checksum"] = None

    for last in raw:
        others = {name: part for name, part in raw.items() if name != last}
        assert read_record(path, json.dumps(others | {last: raw[last]}).encode()) == whole
        assert read_record(path, json.dumps({last: raw[last]} | others).encode()) == whole


def test_one_changed_digit_of_a_record_is_noticed(store, jobs):
    path = store.write(made_up_record(jobs[0], 0.5), made_up_predictions())
    path.write_text(path.read_text().replace('"valid_accuracy": 0.5', '"valid_accuracy": 0.6'))

    with pytest.raises(DamagedRecord, match="changed since it was written"):
        read_record(path)


def test_a_method_that_measures_what_no_record_holds_loses_its_run_and_says_why(jobs):
    result = dict(made_up_record(jobs[0], 0.5).result) | {"facts": {"names": ["a"]}}
    provenance = {"data_digest": "d", "environment": "e"}

    with pytest.raises(DamagedRecord, match="result.facts.names is"):
        new_record(jobs[0], result, {}, provenance)


@pytest.mark.parametrize("kind", ["pipe", "folder", "gone", "loop", "device", "empty", "large"])
def test_one_bad_file_takes_down_its_own_run_only(store, jobs, kind):
    paths = [store.write(made_up_record(job, 0.5), made_up_predictions()) for job in jobs[:2]]
    store.write_failure(jobs[2], failure_of(jobs[2], ValueError("x")))
    note = store.results / "failures" / run_file(jobs[2])
    for path in (paths[0], paths[0].with_suffix(".npz"), note):
        path.unlink()
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind in ("gone", "loop", "device"):
            path.symlink_to({"gone": "x", "loop": path, "device": "/dev/zero"}[kind])
        else:
            path.touch()
            os.truncate(path, 2**40 if kind == "large" else 0)
    again = Store(store.results)

    assert [record.run_id for record in again.records()] == [jobs[1].run_id]
    assert list(again.records()) and again.failures() == {}
    assert [str(path) in line for path, line in zip((paths[0], note), again.refused, strict=True)]
    with pytest.raises(DamagedRecord):
        again.drawings(jobs[0].run_id)


def test_a_damaged_shipped_line_takes_down_that_line_only_and_stays_when_others_are_added(
    store, jobs, tmp_path
):
    folder = tmp_path / "reference"
    (path,) = write_reference([made_up_record(job, 0.5) for job in jobs[:3]], folder)
    first, second, third = path.read_bytes().splitlines(keepends=True)
    harmed = second.replace(b'"accuracy":0.5', b'"accuracy":5.5')
    path.write_bytes(first + harmed + b"\xff{\n" + third)
    both = Store(store.results, folder)

    assert len(list(both.records())) == 2
    assert len(both.refused) == 2 and all(str(path) in line for line in both.refused)
    write_reference([made_up_record(jobs[4], 0.5)], folder)
    assert harmed in path.read_bytes() and b"\xff{\n" in path.read_bytes()
    assert len(list(Store(store.results, folder).records())) == 3


def arrays(path, **changed):
    labels = np.zeros(3, dtype=np.int64)
    whole = {f"{one}_{two}": labels for one in ("valid", "test") for two in ("truth", "predicted")}
    np.savez_compressed(path, **(whole | changed))
    return path


@pytest.mark.parametrize(
    "changed",
    [
        {"test_truth": np.zeros((3, 1), dtype=np.int64)},
        {"test_truth": np.zeros(3)},
        {"test_predicted": np.zeros(4, dtype=np.int64)},
        {"test_predicted": np.full(3, -1)},
        {"test_truth": np.array([{}], dtype=object)},
        {"test_scores": np.full((3, 2), np.nan)},
        {"test_scores": np.zeros((2, 2))},
        {"test_scores": np.array(["a", "b", "c"])},
    ],
)
def test_predictions_of_another_form_are_one_line(tmp_path, changed):
    with pytest.raises(DamagedRecord, match="no predictions"):
        read_predictions(arrays(tmp_path / "a.npz", **changed))


def test_predictions_of_other_rows_than_the_record_counts_are_one_line(store, jobs):
    record = made_up_record(jobs[0], 0.5)
    one = {"accuracy": 1.0}
    record = replace(
        record, result={**record.result, "metrics": one, "confusion": [[2, 0], [0, 1]]}
    )
    split = Split(np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64), None)
    store.write(record, Predictions(split, split))

    with pytest.raises(DamagedRecord, match="other test rows than the record counts"):
        store.predictions(jobs[0].run_id)


def test_arrays_that_unpack_to_too_much_are_not_unpacked(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("drawing_first_layer.npy", bytes(300 * 2**20))

    with pytest.raises(DamagedRecord, match="its arrays have more than"):
        read_drawings(path)
