"""The page of the bridge."""

import pytest
from made_up import made_up_record

from bench.bridge.asked import Selection, prepare
from bench.bridge.effects import bridged
from bench.bridge.recorded import recorded
from bench.bridge.steps import read_steps
from bench.docs import bridge
from bench.errors import BenchError
from bench.folders import bridge_folder, reference_folder
from bench.store.reference import write_reference
from bench.store.store import Store


def test_the_page_is_up_to_date(root):
    page = (root / "docs" / "bridge.md").read_text(encoding="utf-8")

    assert bridge.with_bridge(page) == page, "run: python -m bench.docs.bridge docs/bridge.md"


def test_without_records_the_page_says_so_in_one_line(tmp_path):
    page = bridge.bridge_page(tmp_path)

    assert page.splitlines()[-1] == "No bridge records are shipped yet."
    assert "| ticket |" in page


def test_with_records_the_page_shows_the_effects(tmp_path):
    asked = prepare(Selection(datasets=("vehicle",)))
    write_reference((made_up_record(job, 0.5) for job in asked.jobs), tmp_path)

    page = bridge.bridge_page(tmp_path)

    assert "| step | vehicle dense | vehicle omp | vehicle iunet |" in page
    assert "No bridge records" not in page


def test_the_page_has_a_part_for_each_kind_of_data_and_columns(tmp_path):
    wanted = [
        Selection(datasets=("vehicle", "car"), methods=("dense", "omp")),
        Selection(datasets=("phoneme",), methods=("omp",)),
        Selection(datasets=("cifar10",), methods=("cnn:iunet",)),
    ]
    records = [made_up_record(job, 0.5) for one in wanted for job in prepare(one).jobs]
    write_reference(iter(records), tmp_path)

    page = bridge.bridge_page(tmp_path)

    assert "**Budget full: car, vehicle; dense, omp**" in page
    assert "**Budget full: phoneme; omp**" in page
    assert "| step | cifar10 cnn:iunet |" in page
    assert "Runs are missing" not in page


def test_each_budget_is_asked_for_by_its_name():
    for budget in ("demo", "full"):
        dataset = "iris" if budget == "demo" else "vehicle"
        one = Selection(datasets=(dataset,), methods=("dense", "iunet"), budget=budget)
        records = [made_up_record(job, 0.5) for job in prepare(one).jobs]

        (found,) = recorded(records)
        assert found.command == prepare(one).command


def test_a_page_without_markers_is_refused():
    with pytest.raises(BenchError, match="has no <!-- bridge -->"):
        bridge.with_bridge("# A page\n")


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    """Shipped effects of vehicle and car: from the text, and back; by row, then by column."""
    asked = prepare(Selection(datasets=("vehicle", "car")))
    store = Store(tmp_path_factory.mktemp("none"), reference_folder(), beside=bridge_folder())
    return [
        {
            line.key: {column.title: effect for column, effect in line.effects.items()}
            for line in found.lines
        }
        for found in bridged(asked, store)
        if found.metric == "balanced_accuracy"
    ]


def points(row):
    """Rounded as the prose has them: three of vehicle, three of car."""
    return [round(effect.estimate.value) for effect in row.values()]


def steps(leg):
    return {key: row for key, row in leg.items() if key in [step.key for step in read_steps().step]}


def clear(leg, *columns):
    """The steps whose interval leaves out 0 in any of these columns."""
    return {key for key, row in steps(leg).items() for one in columns if row[one].estimate.clear}


BOTH = ("vehicle iunet", "car iunet")


def test_the_initial_weights_alone_lift_all_columns_and_make_most_of_the_difference(effects):
    forth, _ = effects

    assert points(forth["= released"]) == [3, 5, 8, 9, 25, 12]
    assert points(forth["init"]) == [4, 5, 7, 10, 15, 9]
    lifting = [k for k, row in steps(forth).items() if all(p > 3 for p in points(row))]
    assert lifting == ["init"]
    assert sum(effect.estimate.clear for effect in forth["init"].values()) == 5
    for column, effect in forth["init"].items():
        assert effect.estimate.value > forth["= released"][column].estimate.value / 2


def test_adamw_is_second(effects):
    row = effects[0]["pretrain-optimiser"]

    assert points(row)[2] == 6 and points(row)[5] == 9
    assert points(row)[4] == 10 and points(row)[1] < 0
    assert [row[one].estimate.clear for one in (*BOTH, "car omp", "vehicle omp")] == [
        *(True, True, True, False)
    ]


def test_what_the_paper_is_about_moves_little(effects):
    forth, _ = effects

    for step in ("contrastive-loss", "passes", "views"):
        assert all(abs(forth[step][one].estimate.value) < 2 for one in BOTH)
        assert step not in clear(forth, *BOTH)
    kappa = forth["kappa"]
    assert points({one: kappa[one] for one in BOTH}) == [-1, -7]
    assert round(kappa["car iunet"].estimate.half) == 9


def test_on_car_encoding_and_ticket_lift_iunet_too(effects):
    forth, _ = effects

    assert clear(forth, "car iunet") == {"init", "pretrain-optimiser", "encoding", "ticket"}
    assert clear(forth, "vehicle iunet") == {"init", "pretrain-optimiser"}
    rows = {step: forth[step]["car iunet"] for step in ("encoding", "ticket")}
    assert points(rows) == [6, 5]


def test_on_the_way_back_the_encoding_of_car_is_the_one_clear_step(effects):
    _, back = effects

    assert clear(back, *back["init"]) == {"encoding"}
    assert points(back["encoding"])[5] == -5
    for step in ("init", "pretrain-optimiser"):
        assert all(abs(back[step][one].estimate.value) < 1 for one in ("car omp", "car iunet"))


def test_single_steps_of_iunet_on_vehicle_add_up_to_more_than_the_difference(effects):
    sums = [leg["sum of single steps"]["vehicle iunet"].estimate.value for leg in effects]

    assert [round(one) for one in sums] == [13, -31]
