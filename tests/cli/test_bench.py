"""The `bench` command: exit statuses, one-line errors, and what it does not import."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest
from planned import planned_jobs

from bench.__main__ import _declared_errors, run
from bench.declared.tables import read_table
from bench.run.cohort import claimed, group
from bench.store.records import failure_of
from bench.store.store import Store
from iunet.declare.protocol import default_protocol

HEAVY = ("torch", "openml", "xgboost", "sklearn", "pandas")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("plan", "-d", "vehicel"), "no dataset called 'vehicel'; known: vehicle"),
        (("plan", "-m", "opm"), "no method called 'opm'; known: omp, beta-lasso, dense"),
        (("plan", "-s", "one"), "-s one: a seed is a whole number"),
        (("plan", "--protocol", "x"), "no protocol called 'x'; known: released, paper"),
        (("plan", "--budget", "x"), "no budget called 'x'; known: full, published"),
        (("plan", "table55"), "no table called 'table55'; known: "),
        (("plan", "figure2"), "'figure2' is a figure, not a table; `bench figure2 --dry-run` "),
        (("plan", "table8"), "table8 counts data, it has no runs; `bench table8` shows it"),
        (("table5", "--no-run", "-s", "one"), "-s one: a seed is a whole number"),
        (
            ("run", "--budget", "demo", "-d", "vehicle"),
            "dataset 'vehicle' (openml) is not in budget demo, which has: iris, wine",
        ),
        (("run", "-d", "iris"), "dataset 'iris' (embedded) is not in budget full, which has: "),
        (("run", "table3", "-d", "iris"), "dataset 'iris' (embedded) is not in table3, which has"),
        (("list", "x"), "nothing to list called 'x'; known: datasets, methods"),
        (("export",), "say where to: --csv FILE, --parquet FILE or --reference"),
        (
            ("export", "--fresh", "--csv", "x.csv", "-d", "vehicel"),
            "no record of dataset 'vehicel'; there are records of: none",
        ),
        (("plan", "--protocol", "none.toml"), "none.toml: cannot be read: No such file"),
        (("plan", "--protocol", "tests/cli/.."), "no protocol called 'tests/cli/..'; known: "),
        (("tabel5",), "no such command 'tabel5'; did you mean 'table5'"),
        (("data", "fetc"), "no such command 'fetc'; did you mean 'fetch'? --help lists"),
        (
            ("run", "--datset", "iris"),
            "no such option: --datset; did you mean --dataset",
        ),
        (("plan", "-d"), "option '-d' requires an argument; --help lists what there is"),
        (("run", "-j", "0"), "invalid value for '-j' / '--workers'"),
        (("why", "table5"), "missing argument 'ROW'; --help lists"),
    ],
)
def test_what_is_not_known_is_told_in_one_line_with_status_2(bench, words, line):
    status, out, err = bench(*words)
    assert (status, out) == (2, "")
    assert err.startswith(f"bench: {line}") and err.count("\n") == 1


@pytest.mark.parametrize("words", [(), ("data",)])
def test_nothing_asked_for_shows_what_there_is(bench, words):
    status, out, err = bench(*words)
    assert (status, out) == (2, "")
    assert err.startswith("Usage: bench") and ("Start:" in err or "Datasets:" in err)


def test_help_has_status_0(bench):
    for words in ((), ("table5",), ("data", "fetch")):
        status, out, _ = bench(*words, "--help")
        assert status == 0 and out.startswith("Usage: bench")


def test_a_protocol_file_that_is_not_text_is_told_in_one_line(bench, tmp_path):
    own = tmp_path / "mine.toml"
    own.write_bytes(b"\xff\xfe")
    status, _, err = bench("plan", "--protocol", str(own))
    assert status == 2
    assert err.startswith(f"bench: {own}: not TOML: ") and err.count("\n") == 1


def test_a_data_folder_that_is_none_is_told_in_one_line_before_anything_runs(bench, tmp_path):
    for words in (("data", "list"), ("table8",), ("run", "--budget", "demo", "-m", "xgb")):
        nowhere = bench(*words, BENCH_DATA=str(tmp_path / "nowhere"))
        assert (nowhere[0], nowhere[2].count("\n")) == (2, 1)
        assert f"BENCH_DATA={tmp_path}/nowhere: no such folder" in nowhere[2]
        (tmp_path / "pictures").mkdir(exist_ok=True)
        (tmp_path / "pictures" / "manifest.json").write_text("[]")
        empty = bench(*words, BENCH_DATA=str(tmp_path))
        assert empty[0] == 2 and "holds no tabular/manifest.json" in empty[2]
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("what", ["METHOD = 1", "import nothing_called_so"])
def test_a_broken_method_is_told_in_one_line(install, capsys, what):
    install("[iunet_bench.methods]\nmine = outsider_methods\n", {"outsider_methods.py": what})
    assert run(["list", "methods"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("bench: ") and "outsider_methods" in err and err.count("\n") == 1


def test_a_broken_criterion_counts_as_something_nobody_declared():
    from iunet.criteria import BrokenCriterion

    assert issubclass(BrokenCriterion, _declared_errors())


@pytest.mark.parametrize("words", [("--help",), ("plan", "-d", "vehicle"), ("list",), ("status",)])
def test_declaring_commands_import_nothing_heavy(tmp_path, words):
    code = (
        "import sys; from bench.__main__ import run; status = run(sys.argv[1:]);"
        f"print(status, [m for m in {HEAVY} if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, *words]
    environment = {**os.environ, "BENCH_RESULTS_DIR": str(tmp_path / "results")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


KINDS = ("datasets", "methods", "criteria", "protocols", "budgets", "tables")


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_is_declared_can_be_listed(bench, kind):
    status, out, _ = bench("list", kind)
    assert status == 0
    assert set(json.loads(bench("list", kind, "--json")[1])) == {
        line.split()[0] for line in out.splitlines()
    }


def test_a_dry_run_makes_nothing(bench, tmp_path):
    status, out, _ = bench("run", "--dry-run", "--budget", "demo", "-d", "iris", "-m", "xgb")
    assert status == 0
    assert out.splitlines()[-1].startswith("3 runs, 3 missing, about ")
    assert not (tmp_path / "results").exists()


def test_a_dry_run_of_a_counted_table_counts_and_writes_nothing(bench, tmp_path):
    status, out, _ = bench("table8", "--dry-run")

    assert (status, out) == (0, "table8: counted from the data, it has no runs\n")
    assert not (tmp_path / "results").exists()


def test_a_table_is_planned_under_its_own_budget(bench):
    status, out, _ = bench("plan", "demo", "-d", "iris", "-m", "omp", "--json")
    assert (status, {run["budget"] for run in json.loads(out)}) == (0, {"demo"})
    both = json.loads(bench("plan", "demo", "table5", "-d", "iris,car", "-m", "omp", "--json")[1])
    assert {(run["dataset"], run["budget"]) for run in both} == {("iris", "demo"), ("car", "full")}


def test_status_names_what_a_process_has_in_hand(bench, tmp_path):
    words = ("--budget", "demo", "-d", "iris", "-m", "xgb,omp")
    (others,) = group(planned_jobs(("iris",), (("", "xgb"),), "", "demo", (1,)))
    with claimed(tmp_path / "results", others.key):
        assert bench("status", *words)[1].splitlines()[-1] == "in hand: iris, other methods"
    assert "in hand" not in bench("status", *words)[1]


def test_a_run_is_made_once_shown_and_exported(bench, tmp_path):
    words = ("--budget", "demo", "-d", "iris", "-m", "xgb")
    status, out, _ = bench("run", *words, "-s", "42", "--json")
    assert status == 0 and len(json.loads(out)["done"]) == 1
    status, _, err = bench("run", *words)
    assert status == 0 and "3 runs, 2 missing, about " in err and "runs: 2 made" in err
    assert bench("run", *words)[2] == "all 3 runs are made\n"
    assert "3 of 3 runs made, 0 failed" in bench("status", *words)[1]
    assert all(row["made"] for row in json.loads(bench("plan", *words, "--json")[1]))

    assert bench("export", "--csv", str(tmp_path / "all.csv"), "--reference", "-d", "iris")[0] == 0
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:9] == [
        "dataset",
        "net",
        "method",
        "protocol",
        "budget",
        "point",
        "seed",
        "run_id",
        "accuracy",
    ]
    assert {row["dataset"] for row in rows} == {"iris"}
    assert 0 <= float(rows[0]["valid_swapped_balanced_accuracy"]) <= 1
    assert "iris.jsonl" in [path.name for path in (tmp_path / "results" / "reference").iterdir()]


def test_parquet_holds_the_same_rows(bench, tmp_path):
    import pyarrow.parquet as pq

    bench("run", "--budget", "demo", "-d", "iris", "-m", "xgb", "-s", "1")
    file = tmp_path / "all.parquet"
    status, out, _ = bench("export", "--fresh", "--parquet", str(file))
    assert status == 0 and out == f"{file}: 1 run\n"
    (row,) = pq.read_table(file).to_pylist()
    assert (row["dataset"], row["method"], row["seed"]) == ("iris", "xgb", 1)
    assert isinstance(row["accuracy"], float)


def test_a_dataset_that_is_not_at_hand_has_status_4_and_says_how_to_get_it(bench):
    status, _, err = bench("run", "--fresh", "--budget", "quick", "-d", "vehicle", "-m", "xgb")
    assert status == 4
    assert "bench data fetch vehicle" in err and "no data for vehicle" in err


def test_a_table_is_made_as_far_as_there_are_data_and_says_how_to_get_the_rest(bench, tmp_path):
    status, out, err = bench("table8", "-d", "vehicle,car", "--json")
    assert status == 4 and len(json.loads(out)["cells"]) == 14
    words = ("-d", "vehicle", "-m", "xgb", "--fresh", "--budget", "quick")
    status, out, err = bench("table5", *words)
    assert status == 4
    assert "runs: no data for vehicle (`bench data fetch vehicle`)\n" in err
    assert err.splitlines()[-1].startswith("bench: 1 of 1 cells of table5 are empty; ")
    assert (tmp_path / "results" / "tables" / "table5-quick-part.md").is_file()


def test_a_table_of_damaged_data_has_status_5(bench, damaged_data):
    words = ("table5", "-d", "vehicle", "-m", "xgb", "--fresh", "--budget", "quick")
    status, _, err = bench(*words, BENCH_DATA=damaged_data("vehicle"))
    assert status == 5
    assert "damaged data of vehicle (`bench data verify vehicle`)" in err


def test_a_demo_is_made_once_and_then_only_shown(bench):
    words = ("demo", "-d", "iris", "-m", "xgb")
    status, out, err = bench(*words)
    assert status == 0 and "3 runs, 3 missing, about " in err and "runs: 3 made" in err
    assert " ".join(out.split()).endswith(read_table("demo").closing)
    again = bench(*words)
    assert again == (0, out, "all 3 runs are made\n")


def test_failures_are_shown_with_their_tracebacks_also_as_json(bench, tmp_path):
    words = ("--budget", "demo", "-d", "iris", "-m", "xgb", "-s", "42")
    (job,) = planned_jobs(("iris",), (("", "xgb"),), default_protocol(), "demo", (42,))
    failure = failure_of(job, ValueError("no luck"))
    Store(tmp_path / "results").write_failure(job, failure)

    status, out, _ = bench("status", "--fresh", *words, "--failures")
    assert status == 0 and out.startswith(f"{failure.title}\n") and out.endswith("\n1 failure\n")
    status, out, _ = bench("status", "--fresh", *words, "--failures", "--json")
    assert status == 0 and json.loads(out) == [asdict(failure)]


def test_hours_of_work_start_only_with_yes(bench, damaged_data):
    status, _, err = bench("run", "-d", "higgs", "-m", "iunet", BENCH_DATA=damaged_data("higgs"))
    assert status == 2
    assert "add --yes to start" in err


def test_a_results_folder_that_takes_no_files_is_told_in_one_line(bench, tmp_path):
    (tmp_path / "file").write_text("")
    words = ("run", "--budget", "demo", "-d", "iris", "-m", "xgb")
    status, _, err = bench(*words, BENCH_RESULTS_DIR=str(tmp_path / "file" / "results"))
    assert status == 4
    assert err.splitlines()[-1].startswith("bench: cannot write to ")


def test_a_gpu_that_is_not_there_is_told_in_one_line(bench):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    words = ("run", "--budget", "demo", "-d", "iris", "-m", "xgb")
    for device, line in (("cuda", "sees no GPU"), ("tpu", "no such device; known: cpu, cuda")):
        status, _, err = bench(*words, BENCH_DEVICE=device)
        assert status == 2 and line in err and err.count("\n") == 1


def test_the_doctor_names_a_distribution_with_a_package_of_the_same_name(bench, install, tmp_path):
    assert json.loads(bench("doctor", "--json")[1])["packages"].startswith("iunet, baselines, ")

    install("", {})
    (tmp_path / "outsider-1.0.dist-info" / "top_level.txt").write_text("baselines\n")
    found = json.loads(bench("doctor", "--json")[1])["packages"]

    assert found.startswith("WRONG: baselines is also of outsider;")


def test_the_doctor_names_environment_data_and_disk(bench, tmp_path):
    status, out, _ = bench("doctor", "--json")
    found = json.loads(out)
    assert status == 0
    assert "torch" in found["libraries"] and "tables at hand" in found["data"]
    assert "writable" in found["results"] and str(tmp_path) in found["results"]


@pytest.mark.parametrize("words", [("list",), ("plan", "table5"), ("why", "table5", "car", "omp")])
def test_a_reader_that_closes_the_pipe_ends_the_command_quietly(words):
    command = [sys.executable, "-m", "bench", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        started.stdout.close()
        assert (started.stderr.read(), started.wait()) == (b"", 0)


@pytest.mark.parametrize(
    "variable", ["TERM=dumb", "NO_COLOR=1", "COLUMNS=40", "COLUMNS=0", "COLUMNS=wide"]
)
def test_any_terminal_shows_a_whole_page(bench, variable):
    settings = dict([variable.split("=")])

    for words in (("--help",), ("list",), ("table5", "-d", "vehicle", "--no-run")):
        status, out, err = bench(*words, **settings)
        assert (status, "Traceback" in out + err, "\x1b" in out) == (0, False, False)
        assert len(out.splitlines()) > 15
    assert "OMP" in out


def test_time_is_estimated_only_of_runs_whose_data_are_at_hand(bench):
    words = ("run", "table5", "--fresh", "-d", "vehicle", "-m", "omp")
    status, _, err = bench(*words)

    assert status == 4 and "no data for vehicle" in err
    assert "3 runs, 3 missing, 3 of them without data at hand\n" in err
    assert "about" not in err


def test_a_plan_has_a_line_a_table_and_dataset_and_a_sum(bench):
    status, out, _ = bench("plan", "table5", "table4", "--fresh", "-d", "vehicle,car")

    lines = [line.split() for line in out.splitlines()]
    assert status == 0
    assert [line[:2] for line in lines[:-1]] == [
        ["table5", "vehicle"],
        ["table4", "vehicle"],
        ["table5", "car"],
    ]
    assert all({"missing", "missing,"} & {*line} and "about" in line for line in lines)
    runs = [int(line[line.index("runs") - 1]) for line in lines[:-1]]
    assert lines[-1][:2] == [str(sum(runs)), "runs,"]


def test_every_run_of_a_plan_is_listed_with_its_id(bench):
    words = ("plan", "table5", "-d", "vehicle", "-m", "omp")

    lines = bench(*words, "--jobs")[1].splitlines()

    ids = [job["run_id"] for job in json.loads(bench(*words, "--json")[1])]
    assert [line.split()[1] for line in lines[:-1]] == ids and len(ids) > 1
    assert bench(*words)[1].count("\n") == 2
