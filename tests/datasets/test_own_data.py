"""A table of the user's own: imported under a new name, it is a dataset like any other."""

import json

import pytest
from made_up import write_records, write_table

from bench.datasets.catalogue import find_dataset, own_datasets
from bench.plan.query import Query
from bench.plan.selection import plan_table

ROWS = [f"{i},{i % 7},{'red' if i % 3 else 'blue'},{'yes' if i % 2 else 'no'}" for i in range(60)]


@pytest.fixture
def csv(tmp_path):
    """A file of 60 rows, two classes, and a row number."""
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["id,number,colour,answer", *ROWS]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def imported(bench, csv, tmp_path, monkeypatch):
    """The file imported as `mine`, and the folders of the command seen by the test, too."""
    status, out, err = bench("data", "import", csv, "--as", "mine", "--drop", "id")
    assert (status, err) == (0, "")
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    return out


def test_an_imported_table_is_described_by_what_it_holds(imported):
    mine = find_dataset("mine")

    assert "60 rows x 2 features" in imported
    assert (mine.rows, mine.features, mine.classes, mine.source) == (60, 2, 2, "file")
    assert (mine.majority, mine.minority) == (0.5, 0.5)


def test_it_is_listed_and_verified_as_every_dataset_is(bench, imported):
    _, listed, _ = bench("data", "list", "--json")
    status, verified, _ = bench("data", "verify", "mine")

    assert [line["place"] for line in json.loads(listed) if line["key"] == "mine"] == ["store"]
    assert status == 0
    assert "content as catalogued" in verified


def test_it_is_a_row_of_every_table_of_scores_when_it_is_named(imported):
    plan = plan_table(Query("table5", datasets=("mine", "vehicle")))

    alone = plan_table(Query("table5", datasets=("mine",)))
    assert (alone.metric.name, plan.metric.name) == ("balanced_accuracy", "as-printed")
    assert [row.title for row in plan.rows] == ["mine", "vehicle"]
    assert all(plan.of(plan.rows[0], column) for column in plan.columns)


def test_its_runs_are_planned_as_those_of_a_table_s_rows(bench, imported):
    of_table = set(json_ids(bench("plan", "table5", "-d", "mine", "--json")))

    assert of_table == {job.run_id for job in plan_table(Query("table5", datasets=("mine",))).jobs}


def json_ids(answer):
    """The run ids of a plan."""
    return [job["run_id"] for job in json.loads(answer[1])]


def test_there_is_nothing_to_compare_it_with(bench, imported):
    status, _, err = bench("diff", "table5", "-d", "mine")

    assert status == 2
    assert "nothing was printed of mine; `bench table5 -d mine` shows its numbers" in err


def test_a_table_of_pictures_or_of_counts_does_not_offer_it(bench, imported):
    for table in ("table1", "table8"):
        status, _, err = bench(table, "-d", "mine")
        assert status == 2
        assert "known: mine" not in err and ", mine" not in err


def test_it_is_trained_shown_and_explained(bench, imported):
    bench("run", "-d", "mine", "-m", "xgb", "--budget", "quick", "-j", "1")

    _, out, _ = bench(
        *[
            "table5",
            "-d",
            "mine",
            "-m",
            "dense",
            "--with",
            "xgb",
            "--budget",
            "quick",
            "--no-run",
            "--json",
        ]
    )
    _, shown, _ = bench(
        *["table5", "-d", "mine", "-m", "dense", "--with", "xgb", "--budget", "quick", "--no-run"]
    )
    cells = {cell["method"]: cell for cell in json.loads(out)["cells"]}
    _, why, _ = bench("why", "table5", "mine", "dense", "--budget", "quick")

    assert "Beside Table 5" not in shown
    assert cells["xgb"]["n"] == 3
    assert cells["xgb"]["published_mean"] is None
    assert "none of 3 runs made" in why


def test_other_content_under_the_same_name_is_other_runs(bench, csv, imported):
    before = {job.run_id for job in plan_table(Query("table5", datasets=("mine",))).jobs}

    csv.write_text(csv.read_text(encoding="utf-8").replace("blue", "green", 1), encoding="utf-8")
    bench("data", "import", csv, "--as", "mine", "--drop", "id")
    after = {job.run_id for job in plan_table(Query("table5", datasets=("mine",))).jobs}

    assert before
    assert not before & after


def test_what_the_suite_says_of_the_paper_does_not_count_it(bench, imported, store):
    _, before, _ = bench("verdict", "--json")
    write_table(store, Query("table5", datasets=("mine",)), lambda job: 0.9)

    _, after, _ = bench("verdict", "--json")

    assert json.loads(after) == json.loads(before)


@pytest.mark.parametrize("name", ["Mine", "my data", "../mine", "mine.own", "-m", ""])
def test_a_name_that_cannot_be_a_file_or_a_word_of_a_command_is_refused(bench, csv, name):
    status, _, err = bench("data", "import", csv, f"--as={name}")

    assert status == 2
    assert err.count("\n") == 1
    assert own_datasets() == {}


def test_a_column_of_numbers_is_no_class(bench, csv):
    status, _, err = bench("data", "import", csv, "--as", "mine", "--target", "id")

    assert status == 5
    assert "60 values in 60 rows" in err
    assert "--target" in err


def test_a_damaged_description_is_named_with_the_next_step(bench, imported, tmp_path):
    (tmp_path / "cache" / "data" / "mine.own.json").write_text("{}", encoding="utf-8")

    status, _, err = bench("data", "verify", "mine")

    assert status == 5
    assert "bench data import FILE --as mine" in err


def test_without_the_cache_its_records_do_no_harm(bench, imported, store, tmp_path):
    jobs = plan_table(Query("table5", datasets=("mine",))).jobs[:3]
    write_records(store, jobs, lambda job: 0.9)
    for path in (tmp_path / "cache" / "data").iterdir():
        path.unlink()

    status, _, err = bench("export", "--csv", tmp_path / "all.csv")
    unknown, _, said = bench("table5", "-d", "mine", "--no-run")

    assert (status, err) == (0, "")
    assert unknown == 2
    assert "no row 'mine'" in said
