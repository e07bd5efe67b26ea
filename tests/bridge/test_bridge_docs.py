"""The page of the bridge."""

from statistics import fmean

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
NINE = (
    *("anneal", "arrhythmia", "australian", "car", "credit-g", "kc1"),
    *("kr-vs-kp", "mfeat-factors", "vehicle"),
)


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


def test_the_largest_step_is_pre_trainings_settings_for_the_dense_network(effects):
    step = effects[0]["trained-once"]["car dense"]

    assert round(step.estimate.value) == -27 and step.estimate.clear
    sizes = [
        abs(e.estimate.value)
        for leg in effects
        for row in steps(leg).values()
        for e in row.values()
    ]
    assert max(sizes) == -step.estimate.value


def test_on_the_way_back_the_encoding_of_car_is_the_one_clear_step(effects):
    _, back = effects

    assert clear(back, *back["init"]) == {"encoding"}
    assert points(back["encoding"])[5] == -5
    for step in ("init", "pretrain-optimiser"):
        assert all(abs(back[step][one].estimate.value) < 1 for one in ("car omp", "car iunet"))


def test_single_steps_of_iunet_on_vehicle_add_up_to_more_than_the_difference(effects):
    sums = [leg["sum of single steps"]["vehicle iunet"].estimate.value for leg in effects]

    assert [round(one) for one in sums] == [13, -31]


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    """Shipped effects of the two steps that were taken on nine tables, by metric, way and row."""
    asked = prepare(Selection(datasets=NINE, steps=("init", "epoch-reported")))
    store = Store(tmp_path_factory.mktemp("none"), reference_folder(), beside=bridge_folder())
    found = {}
    for one in bridged(asked, store):
        lines = {line.key.removeprefix("= "): line for line in one.lines}
        found.setdefault(one.metric, []).append(lines)
    return found


def means(line):
    return [round(effect.estimate.value) for effect in line.means.values()]


def of_method(line, method):
    """Values by dataset, without the last bits of a sum."""
    return {
        column.dataset: round(effect.estimate.value, 6)
        for column, effect in line.effects.items()
        if column.method == method
    }


def test_two_steps_are_shipped_of_nine_tables(nine):
    assert {path.stem for path in bridge_folder().glob("*.jsonl")} == set(NINE)
    assert all(
        effect.estimate is not None
        for legs in nine.values()
        for leg in legs
        for line in leg.values()
        for effect in line.effects.values()
    )


def test_the_initial_weights_lift_all_a_little_and_vehicle_and_car_clearly(nine):
    forth, back = nine["balanced_accuracy"]
    step = forth["init"]
    clear = {c.title for c, effect in step.effects.items() if effect.estimate.clear}

    assert means(step) == [2, 3, 3]
    assert sum(value > 0 for value in of_method(step, "iunet").values()) == 8
    others = [one for one in NINE if one not in ("vehicle", "car")]
    assert [
        round(fmean(of_method(step, method)[one] for one in others))
        for method in ("dense", "omp", "iunet")
    ] == [1, 1, 2]
    for method in ("dense", "omp", "iunet"):
        assert max(others, key=of_method(step, method).get) == "arrhythmia"
    assert {one for one in clear if not one.startswith(("vehicle", "car"))} == {"kr-vs-kp omp"}


def test_the_initial_weights_are_not_clear_on_the_way_back(nine):
    _, back = nine["balanced_accuracy"]
    _, swapped = nine["swapped_balanced_accuracy"]

    assert not any(effect.estimate.clear for effect in back["init"].means.values())
    (dense,) = (e for c, e in back["init"].effects.items() if c.title == "kc1 dense")
    assert round(dense.estimate.value) == 12 and dense.estimate.clear
    assert sum(value < 0 for value in of_method(swapped["init"], "dense").values()) == 8


def test_the_reported_epoch_costs_pruned_networks_balanced_accuracy_from_the_text(nine):
    forth, _ = nine["balanced_accuracy"]
    step = forth["epoch-reported"]
    pruned = [of_method(step, method) for method in ("omp", "iunet")]

    assert means(step)[1:] == [-7, -6]
    assert [effect.estimate.clear for effect in step.means.values()] == [False, True, True]
    assert all(value <= 0 for values in pruned for value in values.values())
    assert [round(min(values.values())) for values in pruned] == [-18, -17]
    assert [min(values, key=values.get) for values in pruned] == ["anneal", "anneal"]
    lost = [-values[dataset] for values in pruned for dataset in ("kc1", "credit-g")]
    assert (round(min(lost)), round(max(lost))) == (8, 15)
    of_two = [
        (column.title, effect.estimate.clear)
        for column, effect in step.effects.items()
        if column.dataset in ("kc1", "credit-g") and column.method != "dense"
    ]
    assert [title for title, clear in of_two if clear] == ["kc1 omp"]


def test_on_the_way_back_kc1_gets_most_of_its_loss_back(nine):
    _, back = nine["balanced_accuracy"]
    step, kc1 = back["epoch-reported"], ("dense", "omp", "iunet")

    assert means(step)[1:] == [3, 5]
    assert not any(effect.estimate.clear for effect in step.means.values())
    assert [round(of_method(step, one)["kc1"]) for one in kc1] == [16, 13, 14]
    assert [round(of_method(back["paper"], one)["kc1"]) for one in kc1] == [18, 16, 18]
    assert all(e.estimate.clear for c, e in step.effects.items() if c.dataset == "kc1")
    assert all(49 < of_method(back["released"], one)["kc1"] < 52 for one in kc1)


def test_the_metric_that_chooses_the_epoch_does_not_see_what_it_costs(nine):
    for leg in nine["swapped_balanced_accuracy"]:
        step = leg["epoch-reported"].means.values()
        assert all(abs(effect.estimate.value) < 3 for effect in step)


def test_both_protocols_are_alike_on_average_and_not_table_by_table(nine):
    forth, _ = nine["balanced_accuracy"]
    whole = forth["released"]

    assert all(abs(effect.estimate.value) < 4 for effect in whole.means.values())
    for method in ("dense", "omp", "iunet"):
        values = of_method(whole, method)
        assert values["vehicle"] > 0 and values["car"] > 0
        assert all(values[one] < 0 for one in ("kc1", "credit-g", "arrhythmia"))
