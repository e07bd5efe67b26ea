"""What docs/bridge.md says of the shipped effects in its prose is what the records say."""

from statistics import fmean

import pytest

from bench.bridge.asked import Selection, prepare
from bench.bridge.effects import bridged
from bench.bridge.steps import read_steps
from bench.folders import bridge_folder, reference_folder
from bench.store.store import Store


@pytest.fixture(scope="module")
def says(root):
    """Fails with what the page should say instead."""
    page = (root / "docs" / "bridge.md").read_text(encoding="utf-8").replace("**", "")
    text = " ".join(page.split())

    def check(*sentences):
        assert [one for one in sentences if one not in text] == []

    return check


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    """Shipped effects of vehicle and car: from the text, and back; by row, then by column."""
    asked = prepare(Selection(datasets=("vehicle", "car")))
    store = Store(tmp_path_factory.mktemp("none"), reference_folder(), beside=bridge_folder())
    return [
        {
            line.key.partition(" ")[0]: {c.title: e.estimate for c, e in line.effects.items()}
            for line in found.lines
        }
        for found in bridged(asked, store)
        if found.metric == "balanced_accuracy"
    ]


VEHICLE, CAR = ([f"{table} {m}" for m in ("dense", "omp", "iunet")] for table in ("vehicle", "car"))
NINE = (
    *("anneal", "arrhythmia", "australian", "car", "credit-g", "kc1"),
    *("kr-vs-kp", "mfeat-factors", "vehicle"),
)


def whole(row, columns):
    """Rounded, as in `4, 5 and 7`."""
    return listed(f"{row[column].value:.0f}" for column in columns)


def tenths(row, columns, sign="-"):
    return listed(f"{row[column].value:{sign}.1f}".replace("-0.0", "0.0") for column in columns)


def listed(numbers):
    first, second, third = numbers
    return f"{first}, {second} and {third}"


def steps(direction):
    keys = [step.key for step in read_steps().step]
    return {key: row for key, row in direction.items() if key in keys}


def leaves_out_0(estimate):
    return estimate.half is not None and abs(estimate.value) > estimate.half


def test_what_the_initial_weights_do_is_said_in_both_directions(effects, says):
    forth, back = effects
    all_of_it, init = forth["="], forth["init"]
    ahead = [f"{init[c].value:.0f} of {all_of_it[c].value:.0f}" for c in CAR]

    says(
        f"vehicle gains {whole(all_of_it, VEHICLE)} points of balanced accuracy, "
        f"and car gains {whole(all_of_it, CAR)}",
        f"lifts all six columns: by {whole(init, VEHICLE)} points on vehicle "
        f"and by {whole(init, CAR)} on car",
        f"it gives OMP {ahead[1]} points and IUNET {ahead[2]}",
        f"changes car by {tenths(back['init'], CAR)} points",
        f"and vehicle by {tenths(back['init'], VEHICLE)}, the last within an interval of "
        f"±{back['init']['vehicle iunet'].half:.0f}",
    )
    lifting = [k for k, row in steps(forth).items() if all(e.value > 3 for e in row.values())]
    assert lifting == ["init"]
    assert min(forth["paper"][c].value + all_of_it[c].value for c in CAR) > 99
    assert not any(leaves_out_0(estimate) for estimate in back["init"].values())


def test_what_the_optimiser_of_pre_training_does_is_said_in_both_directions(effects, says):
    forth, back = (one["pretrain-optimiser"] for one in effects)
    rounded = {column: f"{estimate.value:.0f}" for column, estimate in forth.items()}
    pruned = [abs(back[f"{t} {m}"].value) for t in ("vehicle", "car") for m in ("omp", "iunet")]

    says(
        f"lifts IUNET by {rounded['vehicle iunet']} points on vehicle and by "
        f"{rounded['car iunet']} on car, and OMP by {rounded['car omp']} on car; "
        f"OMP on vehicle moves by {rounded['vehicle omp']}.",
        f"SGD changes pruned networks by at most {max(pruned):.1f} points",
    )


def test_what_encoding_and_ticket_do_to_iunet_on_car(effects, says):
    forth, back = effects
    encoding, ticket = (forth[step]["car iunet"].value for step in ("encoding", "ticket"))

    says(
        f"gives IUNET {encoding:.0f} points on car",
        f"the weights that finetuning starts from give it {ticket:.0f}.",
        f"the encoding takes {-back['encoding']['car iunet'].value:.0f} from IUNET on car",
    )


def test_the_largest_step_from_the_text_is_pre_trainings_settings_for_the_dense_network(
    effects, says
):
    forth, _ = effects
    step = forth["trained-once"]["car dense"].value

    says(f"instead of those of finetuning has {-step:.0f} points less on car")
    assert -step == max(abs(e.value) for row in steps(forth).values() for e in row.values())


def test_single_steps_do_not_add_up_to_the_difference(effects, says):
    forth, back = (one["sum"]["vehicle iunet"].value for one in effects)

    says(
        f"IUNET on vehicle sum to {forth:.0f} points from the text and to {back:.0f} on the way "
        f"back, for a difference of {effects[0]['=']['vehicle iunet'].value:.0f}"
    )


def test_how_the_objective_is_done_moves_iunet_little(effects, says):
    forth, _ = effects
    vehicle, car = (forth["kappa"][f"{table} iunet"] for table in ("vehicle", "car"))

    for step in ("contrastive-loss", "passes", "views"):
        for estimate in (forth[step]["vehicle iunet"], forth[step]["car iunet"]):
            assert abs(estimate.value) < 2 and not leaves_out_0(estimate)
    says(
        f"kappa's scope changes it by {vehicle.value:.0f} on vehicle and by {car.value:.0f} on car "
        f"within ±{car.half:.0f}"
    )


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
    """By method, its mean over the nine tables."""
    return {column.method: effect.estimate for column, effect in line.means.items()}


def of_method(line, method):
    """Values by dataset, without the last bits of a sum."""
    return {
        column.dataset: round(effect.estimate.value, 6)
        for column, effect in line.effects.items()
        if column.method == method
    }


METHODS = ("dense", "omp", "iunet")


def test_two_steps_are_shipped_of_nine_tables(nine):
    assert {path.stem for path in bridge_folder().glob("*.jsonl")} == set(NINE)
    assert all(
        effect.estimate is not None
        for both in nine.values()
        for lines in both
        for line in lines.values()
        for effect in line.effects.values()
    )


def test_what_the_initial_weights_do_on_nine_tables(nine, says):
    forth, back = (one["init"] for one in nine["balanced_accuracy"])
    others = [one for one in NINE if one not in ("vehicle", "car")]
    rest = [fmean(of_method(forth, m)[one] for one in others) for m in METHODS]
    assert sum(value > 0 for value in of_method(forth, "iunet").values()) == 8

    says(
        f"lift balanced accuracy by {whole(means(forth), METHODS)} points on average",
        f"the averages are {listed(f'{one:.0f}' for one in rest)} points",
        f"Kaiming's law changes the averages by {tenths(means(back), METHODS, '+')} points",
        f"on kc1 the dense network gains {of_method(back, 'dense')['kc1']:.0f} points",
    )
    assert {max(others, key=of_method(forth, m).get) for m in METHODS} == {"arrhythmia"}
    assert not any(leaves_out_0(estimate) for estimate in means(back).values())


def test_what_the_reported_epoch_does_on_nine_tables(nine, says):
    forth, back = (one["epoch-reported"] for one in nine["balanced_accuracy"])
    pruned = [of_method(forth, method) for method in ("omp", "iunet")]
    lost = [-values[dataset] for values in pruned for dataset in ("kc1", "credit-g")]

    says(
        f"that rule changes the averages by {tenths(means(forth), METHODS)} points",
        f"{-pruned[0]['anneal']:.0f} points for OMP and {-pruned[1]['anneal']:.0f} for IUNET",
        f"on kc1 and credit-g, {min(lost):.0f} to {max(lost):.0f} points",
        f"changes the averages by {tenths(means(back), METHODS, '+')} points",
    )
    assert all(value <= 0 for values in pruned for value in values.values())
    assert [min(values, key=values.get) for values in pruned] == ["anneal", "anneal"]
    assert not any(leaves_out_0(estimate) for estimate in means(back).values())


def test_what_the_last_epoch_gives_back_on_kc1(nine, says):
    _, back = nine["balanced_accuracy"]
    step, all_of_it, code = (
        {m: of_method(back[key], m)["kc1"] for m in METHODS}
        for key in ("epoch-reported", "paper", "released")
    )
    dense, omp, iunet = (f"{step[m]:.0f} of {all_of_it[m]:.0f}" for m in METHODS)

    says(f"it gives back {dense} points (dense), {omp} (OMP) and {iunet} (IUNET)")
    assert all(49 < score < 52 for score in code.values())


def test_the_metric_that_chooses_the_epoch_does_not_see_what_it_costs(nine):
    for lines in nine["swapped_balanced_accuracy"]:
        assert all(abs(one.value) < 3 for one in means(lines["epoch-reported"]).values())


def test_both_protocols_are_alike_on_average_and_not_table_by_table(nine):
    forth, _ = nine["balanced_accuracy"]

    assert all(abs(one.value) < 4 for one in means(forth["released"]).values())
    for method in METHODS:
        values = of_method(forth["released"], method)
        assert values["vehicle"] > 0 and values["car"] > 0
        assert all(values[one] < 0 for one in ("kc1", "credit-g", "arrhythmia"))
