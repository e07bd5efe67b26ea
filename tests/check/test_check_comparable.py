"""What must not be compared: never a pass or a regression, and the difference is named."""

import json
import subprocess
import sys

import pytest
from made_up_runs import (
    ELSEWHERE,
    HERE,
    changed,
    jobs_of,
    keep_own,
    plain,
    record_of,
)
from planned import run_id

from bench.__main__ import run
from bench.check.check import Comparator, parse_lock, read_lock, relation
from bench.run import environment
from bench.run.environment import code_digest
from bench.store.records import failure_of
from bench.store.store import Store

VERSIONS = HERE["versions"]


@pytest.fixture(scope="module")
def job():
    return jobs_of(["vehicle"])[0]


def related(job, lock, **origin):
    return relation(record_of(job), record_of(job, origin=ELSEWHERE | origin), lock)


def test_another_device_class_is_named(checked, job):
    own = record_of(job, 0.1, ELSEWHERE | {"device": "cuda sm_90"})
    status, out, _ = checked([record_of(job)], [own])

    assert status == 6
    assert "1 run: device cpu x86_64 in the reference, cuda sm_90 here" in out


def test_runs_of_other_code_than_is_at_hand_are_no_pass(checked, job):
    status, out, _ = checked([record_of(job)], [record_of(job, origin=HERE | {"code": "0" * 16})])

    assert status == 6
    assert "made by other code than is at hand; make it anew in a results folder" in out


def test_runs_of_the_code_at_hand_are_compared(checked, job):
    own = record_of(job, origin=HERE | {"code": code_digest()})

    assert checked([record_of(job)], [own])[0] == 0


def test_code_that_makes_results_is_told_apart_by_its_files(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "PACKAGE", tmp_path / "bench")
    (tmp_path / "iunet").mkdir()
    (tmp_path / "iunet" / "prune.py").write_text("keep = 1\n")
    before = code_digest()
    (tmp_path / "bench" / "render").mkdir(parents=True)
    (tmp_path / "bench" / "render" / "text.py").write_text("shown = 1\n")
    beside = code_digest()
    (tmp_path / "iunet" / "prune.py").write_text("keep = 2\n")

    assert before == beside != code_digest()


def test_another_lock_is_named(checked, job):
    other = ELSEWHERE | {"versions": VERSIONS | {"torch": "2.11.0+cu132"}}
    status, out, _ = checked([record_of(job)], [record_of(job, 0.1, other)])

    assert status == 6
    assert "another lock: torch 2.15.0+cu132 in the reference, 2.11.0+cu132 here" in out


def test_one_environment_on_another_processor_is_judged_by_statistics(job):
    there, here = (record_of(job, origin=HERE | {"processor": p}) for p in ("Intel 6", "AMD 26"))

    assert relation(there, here, read_lock()).comparator is Comparator.STATISTICS
    assert relation(here, here, read_lock()).comparator is Comparator.FINGERPRINTS


def test_runs_of_one_gpu_are_compared_by_statistics_since_bits_depend_on_the_company(job):
    here = record_of(job, origin=HERE | {"device": "cuda sm_90"})

    assert relation(here, here, read_lock()).comparator is Comparator.STATISTICS


def test_an_upgrade_of_libraries_is_judged_by_statistics_when_asked(job):
    newer = {"versions": VERSIONS | {"torch": "2.99.0"}}

    assert related(job, read_lock(), **newer).comparator is Comparator.NONE
    assert related(job, None, **newer).comparator is Comparator.STATISTICS


def test_another_build_and_another_python_are_of_one_lock(job):
    cpu_build = {"versions": VERSIONS | {"torch": "2.15.0+cpu"}}

    assert related(job, {}, **cpu_build).comparator is Comparator.STATISTICS


def test_versions_that_a_lock_has_for_different_pythons_are_of_one_lock(job, tmp_path):
    path = tmp_path / "requirements.lock"
    path.write_text(
        "scikit-learn==1.9.1 ; python_full_version < '3.12' \\\n    --hash=sha256:0\n"
        "scikit-learn==1.9.2 ; python_full_version >= '3.12' \\\n    --hash=sha256:1\n"
    )
    lock = parse_lock(path)
    newer = {"versions": VERSIONS | {"sklearn": "1.9.2"}}

    assert lock == {"scikit-learn": {"1.9.1", "1.9.2"}}
    assert related(job, lock, **newer).comparator is Comparator.STATISTICS
    assert related(job, {}, **newer).comparator is Comparator.NONE


def test_other_data_is_named(job):
    other = record_of(job)
    reference = record_of(job)
    other.provenance["data_digest"] = "other"

    found = relation(reference, other, {})

    assert found.comparator is Comparator.NONE
    assert found.difference.startswith("data content ")


def test_another_budget_is_named(checked):
    here, there = (jobs_of(["vehicle"], budget=budget)[0] for budget in ("quick", "full"))
    status, out, _ = checked([record_of(there)], [record_of(here)])

    assert status == 6
    assert "1 run: budget full in the reference, quick here" in out


def test_a_changed_setting_is_named(checked, job):
    other = plain(record_of(job))
    identity = {**job.identity, "revision": 99}
    other_job = type(job)(
        **{name: getattr(job, name) for name in job.__dataclass_fields__}
        | {"identity": identity, "run_id": run_id(identity)}
    )
    status, out, _ = checked([record_of(job)], [record_of(other_job)])

    assert status == 6
    assert f"revision {other['revision']} in the reference, 99 here" in out


def test_half_a_table_is_never_a_pass(checked):
    jobs = jobs_of(["vehicle", "car"])
    status, out, _ = checked([record_of(j) for j in jobs], [record_of(j) for j in jobs[:3]])

    assert status == 6
    assert "3 runs of equal fingerprints, 3 runs of the reference missing here" in out
    assert "3 runs: not run here" in out


def test_half_a_table_passes_where_only_that_half_is_asked_for(checked):
    jobs = jobs_of(["vehicle", "car"])
    own = [record_of(j) for j in jobs[:3]]

    assert checked([record_of(j) for j in jobs], own, "-d", "vehicle")[0] == 0


def test_a_run_that_failed_here_is_a_regression(sides, tmp_path, capsys):
    first, second = jobs_of(["vehicle"])[:2]
    folder = sides([record_of(first), record_of(second)], [record_of(first)])
    Store(tmp_path / "results").write_failure(second, failure_of(second, ValueError("no <mask>")))

    assert run(["check", "--against", str(folder)]) == 1
    assert "failed here: ValueError: no <mask>" in capsys.readouterr().out


def test_runs_that_only_this_side_has_are_said(checked, job):
    more = jobs_of(["vehicle"], ("dense",))[0]
    status, out, _ = checked([record_of(job)], [record_of(job), record_of(more)])

    assert status == 0
    assert "1 run only here" in out


@pytest.mark.parametrize("made", [True, False])
def test_an_empty_reference_is_one_line(tmp_path, capsys, made):
    folder = tmp_path / "empty"
    (folder / "runs" if made else folder).mkdir(parents=True)

    assert run(["check", "--against", str(folder)]) == 6
    assert capsys.readouterr().err.count("\n") == 1


def test_no_runs_here_are_one_line(checked, job):
    status, out, err = checked([record_of(job)], [])

    assert (status, out) == (6, "")
    assert "`bench run` makes it" in err


def test_a_reference_that_is_not_there_is_a_usage_error(tmp_path, capsys):
    assert run(["check", "--against", str(tmp_path / "none")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_a_name_that_no_record_has_is_a_usage_error(checked, job):
    status, _, err = checked([record_of(job)], [record_of(job)], "-d", "vehicel")

    assert status == 2
    assert "no record of dataset 'vehicel'; there are records of: vehicle" in err


def test_a_metric_that_no_record_has_is_a_usage_error(checked, job):
    status, _, err = checked([record_of(job)], [record_of(job)], "--metric", "speed")

    assert status == 2
    assert "no metric called 'speed'; the records have: accuracy, " in err


@pytest.mark.parametrize("harm", ["cut", "changed", "twice", "text"])
@pytest.mark.parametrize("single", [True, False], ids=["file", "folder"])
def test_a_damaged_record_of_the_reference_is_one_line(sides, job, capsys, harm, single):
    folder = sides([record_of(job)], [record_of(job)])
    path = folder / "vehicle.jsonl"
    line = path.read_text()
    harmed = {
        "cut": line[: len(line) // 2],
        "changed": line.replace('"dataset":"vehicle"', '"dataset":"car"'),
        "twice": line + line,
        "text": '"a text"\n',
    }
    path.write_text(harmed[harm])

    assert run(["check", "--against", str(path if single else folder)]) == 5
    said = capsys.readouterr()
    assert (said.out.count("pass"), said.err.count("\n")) == (harm == "twice", 1)
    assert "vehicle.jsonl" in said.err


def test_a_damaged_record_of_the_user_is_one_line(sides, tmp_path, job, capsys):
    folder = sides([record_of(job)], [record_of(job)])
    next((tmp_path / "results").rglob("*.json")).write_text("{")

    assert run(["check", "--against", str(folder)]) == 5
    assert capsys.readouterr().err.count("\n") == 1


def test_a_reference_can_be_another_results_folder_or_one_file(sides, tmp_path, job, capsys):
    folder = sides([record_of(job)], [record_of(job)])
    keep_own(tmp_path / "other", [changed(record_of(job), "facts", kept_weights=1)])

    assert run(["check", "--against", str(folder / "vehicle.jsonl")]) == 0
    assert run(["check", "--against", str(tmp_path / "other")]) == 1
    assert run(["check", "--against", str(tmp_path / "results")]) == 2
    assert "is the results folder itself" in capsys.readouterr().err


def test_the_json_page_names_what_cannot_be_compared(checked, job):
    own = record_of(job, 0.1, ELSEWHERE | {"device": "cuda sm_90"})
    status, out, _ = checked([record_of(job)], [own], "--json")

    content = json.loads(out)
    assert (content["outcome"], content["status"]) == ("not comparable", status)
    assert content["refused"][0]["reason"].startswith("device cpu x86_64")


def test_a_check_of_fingerprints_imports_neither_torch_nor_scipy(sides, job):
    folder = sides([record_of(job)], [record_of(job)])
    code = (
        "import sys; from bench.__main__ import run; "
        "status = run(['check', '--against', sys.argv[1]]); "
        "print(status, *{'torch', 'scipy', 'pandas', 'sklearn'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "0", done.stderr
