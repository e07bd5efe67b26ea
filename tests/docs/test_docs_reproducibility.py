"""The reproducibility page says what the records say, for any protocols, budgets and data."""

import re
from dataclasses import replace

import pytest
from made_up import METRICS, made_up_predictions, made_up_record
from planned import planned_jobs

from bench.docs import records as recorded
from bench.docs import reproducibility
from bench.errors import BenchError
from bench.report.provenance import environments_of
from bench.store.store import Store, shipped_store
from iunet.declare.protocol import default_protocol, shipped_protocols

COST = {"seconds": {"pretrain": 1800.0}, "fit_seconds": 1800.0, "peak_memory_bytes": 2**31}
OTHER = next(key for key in shipped_protocols() if key != default_protocol())


def records_of(datasets, columns, protocol=None, budget="full", **origin):
    """Records of planned jobs, half an hour each."""
    jobs = planned_jobs(datasets, columns, protocol or default_protocol(), budget)
    records = [made_up_record(job, 0.8) for job in jobs]
    return [
        replace(
            one, cost=COST, provenance={**one.provenance, "threads": 2, "dirty": False, **origin}
        )
        for one in records
    ]


@pytest.fixture(scope="module")
def records():
    """Tables and pictures, two protocols, two budgets."""
    both, nets = (("", "dense"), ("", "beta-lasso")), (("mlp-vis", "dense"), ("resnet", "iunet"))
    notes = [f"column '{name}' has no value in the training rows, dropped" for name in "ab"]
    return [
        *records_of(("vehicle", "car"), both),
        *records_of(("vehicle",), both[:1], OTHER, data_notes=notes, dirty=True),
        *records_of(("cifar10",), nets, budget="quick", device="cuda sm_90"),
    ]


@pytest.fixture(scope="module")
def page(records, tmp_path_factory):
    """The page of these records."""
    store = Store(tmp_path_factory.mktemp("results"))
    for record in records:
        store.write(record, made_up_predictions())
    return reproducibility.reproducibility_page(store)


def row(page, *beginning):
    """The cells of the table row that begins so."""
    (line,) = [ln for ln in page.splitlines() if ln.startswith(f"| {' | '.join(beginning)} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_runs_are_listed_by_protocol_budget_and_kind_of_data(page):
    assert row(page, default_protocol(), "full", "tables")[3:] == [
        *("2", "beta-lasso, dense", "1, 2, 42", "36"),
    ]
    assert row(page, OTHER, "full", "tables")[3:] == ["1", "dense", "0, 1, 2", "3"]
    assert row(page, default_protocol(), "quick", "pictures")[3:] == [
        *("1", "mlp-vis:dense, resnet:iunet", "1, 2, 42", "6"),
    ]


def test_the_values_of_a_grid_that_were_run_are_listed(page):
    said = (
        f"- Run under {default_protocol()}, full, tables: l1 = 1e-06, 2e-06, 5e-06, 1e-05, 2e-05."
    )

    assert said in page


def test_cost_is_summed_by_column(page):
    assert row(page, "quick", "resnet", "iunet")[3:] == ["3", "1,800.0", "1,800.0", "1.50", "2.00"]
    assert "Energy is recorded in 0 of 45 records" in page


def test_a_stage_that_several_runs_go_on_from_is_counted_once():
    first, other, *_ = records_of(("vehicle",), (("", "omp"),))
    shared = [replace(first, run_id=name) for name in ("a", "b")]

    assert recorded.hours_of(shared) == 0.5
    assert recorded.hours_of([*shared, other]) == 1.0


def test_a_search_that_several_runs_share_is_counted_once():
    first, second, *_ = records_of(("vehicle",), (("", "mlp-tab-c"),))
    spent = {"search_seconds": 7200.0}
    searched = [
        replace(one, result={**one.result, "facts": {**one.result["facts"], **spent}})
        for one in (first, second)
    ]
    longer = {**first.settings, "search": {**first.settings["search"], "seed": 7}}
    other = replace(searched[0], run_id="c", identity={**first.identity, "settings": longer})

    assert recorded.hours_of(searched) == 0.5 + 0.5 + 2.0
    assert recorded.hours_of([*searched, other]) == 1.5 + 4.0


def test_datasets_name_their_source_their_content_and_what_was_noted(page, records):
    digest = records[0].data_digest

    assert row(page, "vehicle")[1:] == [
        *("[OpenML 54](https://www.openml.org/d/54)", "846 rows, 18 features, 4 classes"),
        *(f"`{digest}`", "21"),
    ]
    assert row(page, "cifar10")[1:3] == ["torchvision", "60,000 pictures, 10 classes"]
    assert "- vehicle: column a, b has no value in the training rows, dropped." in page


def test_what_was_made_from_changed_code_or_on_a_gpu_is_counted(page):
    assert "42 of 45 records were made" in page
    assert "6 of 45 records come from a GPU" in page


def test_where_runs_were_made_is_counted_most_runs_first(page, records):
    found = [(one.digest, one.device, one.threads, runs) for one, runs in environments_of(records)]

    assert found == [("e0", "cpu", "2", 39), ("e0", "cuda sm_90", "2", 6)]
    assert row(page, "`unknown`")[1:] == ["45"]


def test_claims_are_judged_for_every_family_of_runs_on_its_own_datasets(page):
    head = row(page, "claim")

    assert head[3:] == [
        *("printed", f"{default_protocol()}, full, tables", f"{OTHER}, full, tables"),
        f"{default_protocol()}, quick, pictures",
    ]
    said = row(page, "IUNET improves a specialised network too: pruned RESNET above dense RESNET.")
    assert said[4:] == ["–", "–", "undecided (n = 0 of 1)"]


def test_what_was_not_run_is_counted_against_the_plan(page):
    made, planned = row(page, "table5")[1].split(" of ")

    assert (made, int(planned)) == ("36", 1320)


def test_cells_that_agree_and_differ_are_counted(page):
    compared = [row(page, "Table 5, arXiv 2309.08171v1", key) for key in shipped_protocols()]

    assert [sum(map(int, cells[2:4])) for cells in compared] == [4, 1]


def test_every_metric_of_a_record_is_explained(root):
    page = (root / "REPRODUCIBILITY.md").read_text(encoding="utf-8")
    with shipped_store() as store:
        metrics = {name for record in store.records() for name in record.result["metrics"]}

    names = {name.removeprefix("valid_") for name in metrics} | {*METRICS}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_its_links_lead_to_files(root):
    page = (root / "REPRODUCIBILITY.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)[^):]*\)", page)

    assert len(targets) > 3
    assert [target for target in targets if not (root / target).exists()] == []


def test_without_any_record_there_is_no_page(tmp_path):
    with pytest.raises(BenchError, match="no records are shipped"):
        reproducibility.reproducibility_page(Store(tmp_path))
