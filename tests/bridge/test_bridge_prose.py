"""What docs/bridge.md says of the shipped effects in its prose is what the records say."""

import pytest

from bench.bridge.effects import effect_tables
from bench.bridge.plan import plan_bridge
from bench.declared.steps import read_steps
from bench.folders import bridge_folder, reference_folder
from bench.judge.effects import p_two_sided
from bench.judge.interval import mean_of
from bench.plan.query import Query
from bench.store.store import Store, shipped_store
from bench.verdict.answer import Finding
from bench.verdict.verdict import verdict

METHODS = ("dense", "omp", "iunet")
TWO = ("vehicle", "car")
VEHICLE, CAR = ([f"{dataset} {m}" for m in METHODS] for dataset in TWO)
NINE = (
    *("anneal", "arrhythmia", "australian", "car", "credit-g", "kc1"),
    *("kr-vs-kp", "mfeat-factors", "vehicle"),
)


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "bridge.md").read_text(encoding="utf-8").replace("**", "")


def shipped_effects(folder, selection):
    store = Store(folder, reference_folder(), beside=bridge_folder())
    return effect_tables(plan_bridge(selection), store)


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    """Shipped effects of vehicle and car, from `paper`; by row, then by column."""
    found = shipped_effects(tmp_path_factory.mktemp("none"), Query(datasets=("vehicle", "car")))
    forth = next(one for one in found if one.metric == "balanced_accuracy")
    return {
        line.key.partition(" ")[0]: {c.title: e.estimate for c, e in line.effects.items()}
        for line in forth.lines
    }


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    """Shipped effects, from `paper`, of two steps on nine datasets, by metric."""
    selection = Query(datasets=NINE, steps=("init", "epoch-reported"))
    found = shipped_effects(tmp_path_factory.mktemp("none"), selection)
    return {one.metric: one for one in found if one.direction.base.key == "paper"}


def by_row(one):
    return {line.key.removeprefix("= "): line for line in one.lines}


def means(line):
    """Of each method over the nine datasets."""
    return [effect.estimate for effect in line.means.values()]


def of_method(line, method):
    """Estimates by dataset."""
    return {c.dataset: e.estimate for c, e in line.effects.items() if c.method == method}


def values(estimates):
    """By dataset, without the last bits of a sum."""
    return {dataset: round(one.value, 6) for dataset, one in estimates.items()}


def pm(estimate):
    """As in `+2.3 ± 2.6`."""
    half = "" if estimate.half is None else f" ± {estimate.half:.1f}"
    return f"{estimate.value + 0.0:+.1f}{half}"


def listed(estimates):
    first, second, third = map(pm, estimates)
    return f"{first}, {second} and {third}"


def row(line, columns):
    return listed(line[column] for column in columns)


def steps(direction):
    keys = [step.key for step in read_steps().step]
    return {key: found for key, found in direction.items() if key in keys}


def test_the_page_opens_with_the_two_steps_over_nine_datasets(nine, says):
    forth = by_row(nine["balanced_accuracy"])

    says(
        f"default initial weights change mean balanced accuracy by {listed(means(forth['init']))} "
        "points",
        f"reported epoch changes it by {listed(means(forth['epoch-reported']))}.",
    )
    assert [one.clear for one in means(forth["init"])] == [False, False, True]


def test_no_step_over_nine_datasets_survives_holms_adjustment(nine, says):
    marked = {
        (line.key, column.title): effect.estimate
        for line in nine["balanced_accuracy"].lines
        for column, effect in line.effects.items()
        if effect.differs
    }

    assert nine["balanced_accuracy"].tested
    assert list(marked) == [("= released", "credit-g omp")]
    says(
        "After Holm's adjustment no single step is significant on these nine datasets. All steps "
        f"at once are significant for one cell, OMP on credit-g: {pm(*marked.values())} over its "
        "seeds."
    )


def test_on_which_datasets_all_steps_together_move_all_three_methods_alike(nine, says):
    (line,) = (line for line in nine["balanced_accuracy"].lines if line.key == "= released")
    by_dataset = {}
    for column, effect in line.effects.items():
        if effect.estimate:
            found = by_dataset.setdefault(column.dataset, [])
            found.append(effect.estimate.value > 0)
    rise, fall = (
        {name for name, up in by_dataset.items() if set(up) == {way}} for way in (True, False)
    )

    assert rise == {"vehicle", "car", "mfeat-factors"}
    assert fall == {"kc1", "credit-g", "arrhythmia", "australian"}
    says(
        "All three methods rise on vehicle, car and mfeat-factors and fall on kc1, credit-g, "
        "arrhythmia and australian;"
    )


def test_what_all_steps_do_on_vehicle_and_car(effects, says):
    together = effects["="]

    says(
        f"change vehicle by {row(together, VEHICLE)} points of balanced accuracy (dense, OMP, "
        f"IUNET), and car by {row(together, CAR)}."
    )
    assert [c for c in (*VEHICLE, *CAR) if not together[c].clear] == [VEHICLE[0], VEHICLE[2]]


def test_no_effect_on_vehicle_and_car_survives_holms_adjustment(tmp_path, says):
    (forth, *_) = shipped_effects(tmp_path, Query(datasets=TWO))

    says("No effect in this section survives Holm's adjustment over all tests of its table.")
    assert forth.metric == "balanced_accuracy" and len(forth.tested) > 60
    assert not any(effect.differs for effect in forth.tested)


def test_what_the_initial_weights_do_on_vehicle_and_car(effects, says):
    there, omp = effects["init"], "car omp"

    says(
        f"changes vehicle by {row(there, VEHICLE)} points and car by {row(there, CAR)}. No other "
        "step raises all six means.",
        f"On car the step alone is {pm(there[omp])} of OMP's {effects['='][omp].value:+.1f}; the "
        f"steps interact ({effects['interactions'][omp].value:.1f})",
    )
    raising = [k for k, own in steps(effects).items() if all(e.value > 0 for e in own.values())]
    assert raising == ["init"]


def test_what_the_optimiser_of_pre_training_does_to_pruned_networks(effects, says):
    step = effects["pretrain-optimiser"]

    says(
        f"changes OMP by {pm(step['vehicle omp'])} points on vehicle and {pm(step['car omp'])} "
        f"on car, and IUNET by {pm(step['vehicle iunet'])} and {pm(step['car iunet'])}."
    )


def test_what_encoding_and_ticket_do_to_iunet_on_car(effects, says):
    encoding, ticket = (effects[step]["car iunet"] for step in ("encoding", "ticket"))

    says(
        f"changes IUNET on car by {pm(encoding)} points, and the weights that finetuning starts "
        f"from by {pm(ticket)}."
    )


def test_the_largest_step_from_paper_is_pre_trainings_settings_for_the_dense_network(effects, says):
    step = effects["trained-once"]["car dense"]

    says(f"SGD at a constant rate, it changes by {pm(step)} points on car")
    assert -step.value == max(abs(e.value) for own in steps(effects).values() for e in own.values())


def test_single_steps_do_not_add_up_to_the_difference(effects, says):
    alone, together = (effects[key]["vehicle iunet"].value for key in ("sum", "="))

    says(
        f"IUNET on vehicle sum to {alone:+.1f} points from `paper`, where all steps together are "
        f"{together:+.1f}."
    )


def test_how_large_an_effect_of_the_form_of_ilo_is_not_excluded(effects, says):
    steps_taken = ("contrastive-loss", "passes", "views")
    forms = {(step, one): effects[step][f"{one} iunet"] for step in steps_taken for one in TWO}
    reach = [
        max(abs(form.value) + form.half for (_, on), form in forms.items() if on == one)
        for one in TWO
    ]

    says(
        f"that of the passes on car, {pm(forms['passes', 'car'])} points, and",
        f"effects up to about {reach[0]:.0f} points on vehicle and {reach[1]:.0f} on car are not",
    )
    assert [place for place, form in forms.items() if form.clear] == [("passes", "car")]


def test_what_the_objective_does_is_said_by_both_criteria(says):
    with shipped_store() as store:
        found = {one.scores.protocol.key: one.answers for one in verdict(store).protocols}
    text, code = (
        {one.question.title: one for one in found[key]["balanced_accuracy"]}
        for key in ("paper", "released")
    )
    paper, released = (answers["NO_ILO"] for answers in (text, code))
    spans = [
        f"{low:+.1f} to {high:+.1f}"
        for low, high in (paper.effect.interval, released.effect.interval)
    ]
    assert sum(one.p is not None for one in text.values()) == 10

    says(
        f"Under `paper` IUNET is {paper.effect.mean:.1f} points of balanced accuracy above NO_ILO",
        f"(95 % t interval {spans[0]}, higher on {paper.effect.wins} of {paper.effect.n} datasets)",
        f"for ten questions the signed-rank test has p {paper.p:.3f}.",
        f"difference is {released.effect.mean:.1f} points ({spans[1]}, higher on "
        f"{released.effect.wins} of {released.effect.n}, p {released.p:.3f})",
    )
    assert paper.finding is released.finding is Finding.UNDECIDED


def test_two_steps_are_shipped_of_nine_datasets(nine):
    assert {path.stem for path in bridge_folder().glob("*.jsonl")} == set(NINE)
    assert all(
        effect.estimate is not None
        for one in nine.values()
        for line in one.lines
        for effect in line.effects.values()
    )


def test_what_the_initial_weights_do_on_nine_datasets(nine, says):
    forth = by_row(nine["balanced_accuracy"])["init"]
    others = [one for one in NINE if one not in ("vehicle", "car")]
    rest = [mean_of([of_method(forth, m)[one].value for one in others]) for m in METHODS]
    higher = sum(value > 0 for value in values(of_method(forth, "iunet")).values())

    says(
        f"IUNET rises on {higher} of {len(NINE)} datasets",
        f"without them the means are {listed(rest)} points",
    )


def test_what_the_reported_epoch_does_to_pruned_networks(nine, says):
    forth = by_row(nine["balanced_accuracy"])["epoch-reported"]
    pruned = [of_method(forth, method) for method in ("omp", "iunet")]
    lost = {one: [estimates[one] for estimates in pruned] for one in ("anneal", "credit-g", "kc1")}
    named = {one: f"{pm(both[0])} and {pm(both[1])}" for one, both in lost.items()}

    says(
        f"OMP and IUNET change by {named['anneal']} points on anneal, {named['credit-g']} on "
        f"credit-g, and {named['kc1']} on kc1; of these only that of OMP on kc1 excludes 0."
    )
    assert [e.clear for both in lost.values() for e in both] == [False] * 4 + [True, False]


def test_how_many_pruned_networks_the_reported_epoch_lowers(nine, says):
    forth = by_row(nine["balanced_accuracy"])["epoch-reported"]
    counts = set()
    for method in ("omp", "iunet"):
        own = list(values(of_method(forth, method)).values())
        up, down = sum(one > 0 for one in own), sum(one < 0 for one in own)
        counts.add(
            f"{up} of {len(own)} datasets rise and {down} fall, p {p_two_sided(own):.3f} in the"
        )
    assert len(counts) == 1

    says(*counts)


def test_the_metric_that_chooses_the_epoch_does_not_see_what_it_costs(nine):
    step = by_row(nine["swapped_balanced_accuracy"])["epoch-reported"]
    assert all(abs(mean.value) < 3 for mean in means(step))


def test_what_all_steps_do_over_nine_datasets(nine, says):
    line = by_row(nine["balanced_accuracy"])["released"]
    anneal = [of_method(line, method)["anneal"] for method in METHODS]

    says(
        f"change the means over nine datasets by {listed(means(line))} points",
        f"on anneal they change by {listed(anneal)}.",
    )
    for method in METHODS:
        own = values(of_method(line, method))
        assert own["vehicle"] > 0 and own["car"] > 0
        assert all(own[one] < 0 for one in ("kc1", "credit-g", "arrhythmia"))
