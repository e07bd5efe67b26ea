"""The page of the bridge."""

import pytest
from made_up import made_up_record

from bench.bridge.asked import Selection, prepare
from bench.bridge.effects import bridged
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

    assert "**Budget full: car dense, car omp, vehicle dense, vehicle omp**" in page
    assert "**Budget full: phoneme omp**" in page
    assert "| step | cifar10 cnn:iunet |" in page
    assert "Runs are missing" not in page


def test_each_budget_is_asked_for_by_its_name():
    for budget in ("demo", "full"):
        dataset = "iris" if budget == "demo" else "vehicle"
        one = Selection(datasets=(dataset,), methods=("dense", "iunet"), budget=budget)
        records = [made_up_record(job, 0.5) for job in prepare(one).jobs]

        assert bridge.selections(records) == [one]


def test_a_page_without_markers_is_refused():
    with pytest.raises(BenchError, match="has no <!-- bridge -->"):
        bridge.with_bridge("# A page\n")


@pytest.fixture(scope="module")
def vehicle(tmp_path_factory):
    """Shipped effects of single steps on vehicle (dense, omp, iunet): from the text, and back."""
    asked = prepare(Selection(datasets=("vehicle",)))
    store = Store(tmp_path_factory.mktemp("none"), reference_folder(), beside=bridge_folder())
    forth, back = (
        {
            line.key: [effect.estimate for effect in line.effects.values()]
            for line in found.lines
            if line.what == "step"
        }
        for found in bridged(asked, store)
        if found.metric == "balanced_accuracy"
    )
    return forth, back


def test_from_the_text_only_the_initial_weights_lift_every_column_by_three_points(vehicle):
    forth, _ = vehicle
    lifted = [key for key, cells in forth.items() if all(c and c.value > 3 for c in cells)]
    assert lifted == ["init"]
    assert [cell.clear for cell in forth["init"]] == [False, True, True]


def test_beside_the_initial_weights_only_adamw_moves_iunet_clearly(vehicle):
    forth, _ = vehicle
    clear = {key for key, cells in forth.items() if cells[-1] and cells[-1].clear}
    assert clear == {"init", "pretrain-optimiser"}
    for step in ("contrastive-loss", "views", "passes", "kappa"):
        assert abs(forth[step][-1].value) < 1


def test_on_the_way_back_no_step_is_clear_and_the_initial_weights_cost_iunet_most(vehicle):
    _, back = vehicle
    assert not any(cell.clear for cells in back.values() for cell in cells if cell)
    assert min(back, key=lambda step: back[step][-1].value if back[step][-1] else 0) == "init"
