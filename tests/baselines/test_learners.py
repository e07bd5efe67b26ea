"""XGB and TabNet on small real tables."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split

from baselines import tabnet, tabnet_tuned, xgb, xgb_tuned
from bench.run.search import next_configs
from iunet.declare.contract import MethodFailed
from iunet.declare.data import FitData, Rows

SHORT = {
    "xgb": dict(xgb.SETTINGS) | {"rounds": 30, "patience": 10},
    "tabnet": dict(tabnet.SETTINGS) | {"epochs": 6},
}
LONG = SHORT | {"tabnet": dict(tabnet.SETTINGS) | {"epochs": 40, "patience": 15}}
LEARNERS = pytest.mark.parametrize("learner", [xgb.METHOD, tabnet.METHOD], ids=lambda m: m.key)


def table(load):
    """(what a method may see, test rows) of one of scikit-learn's tables, standardised."""
    x, y = load(return_X_y=True)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
    rest_x, test_x, rest_y, test_y = train_test_split(x, y, test_size=0.2, random_state=0)
    train_x, valid_x, train_y, valid_y = train_test_split(rest_x, rest_y, random_state=0)
    data = FitData(
        train=Rows(train_x, train_y),
        valid=Rows(valid_x, valid_y),
        n_classes=int(y.max()) + 1,
        groups=np.arange(x.shape[1]),
        categorical=np.zeros(x.shape[1], dtype=bool),
    )
    return data, Rows(test_x, test_y)


@pytest.fixture(scope="module")
def wine():
    return table(load_wine)


def fitted(learner, data, seed=0, device="cpu", settings=SHORT):
    return learner.fit(data, settings[learner.key], seed, device)


def is_far_above_chance(test, scores):
    """Whether the score is nearer to 1 than to chance: how near depends on the processor."""
    chance = 1 / scores.shape[1]
    return balanced_accuracy_score(test.y, scores.argmax(axis=1)) > (1 + chance) / 2


def without_class(rows, label):
    return Rows(rows.x[rows.y != label], rows.y[rows.y != label])


@LEARNERS
@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_it_learns_tables_of_two_and_of_three_classes(learner, load):
    data, test = table(load)

    scores = fitted(learner, data, settings=LONG).predictor.scores(test.x)

    assert scores.shape == (len(test.y), data.n_classes)
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert is_far_above_chance(test, scores)


@LEARNERS
def test_the_reported_round_is_the_first_with_the_best_validation_score(learner, wine):
    data, _ = wine

    result = fitted(learner, data)

    by_round = [row["valid_balanced_accuracy"] for row in result.trace]
    best = int(np.argmax(by_round))
    predicted = result.predictor.scores(data.valid.x).argmax(axis=1)
    assert result.facts["best_iteration" if learner.key == "xgb" else "reported_epoch"] == best
    assert balanced_accuracy_score(data.valid.y, predicted) == pytest.approx(by_round[best])


@LEARNERS
def test_a_seed_gives_the_same_scores_again_and_another_seed_gives_others(learner, wine):
    data, test = wine

    first, again, other = (
        fitted(learner, data, seed).predictor.scores(test.x) for seed in (1, 1, 2)
    )

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@LEARNERS
@pytest.mark.parametrize("label", [0, 1])
def test_a_class_absent_from_training_is_never_predicted_and_breaks_nothing(learner, label, wine):
    data, test = wine

    result = fitted(learner, replace(data, train=without_class(data.train, label)))

    scores = result.predictor.scores(test.x)
    assert scores.shape == (len(test.y), 3)
    assert label not in scores.argmax(axis=1)


@LEARNERS
def test_a_class_absent_from_validation_breaks_nothing(learner, wine):
    data, test = wine

    result = fitted(learner, replace(data, valid=without_class(data.valid, 2)))

    scores = result.predictor.scores(test.x)
    assert scores.shape == (len(test.y), 3)
    assert scores[:, 2].max() > 0


@pytest.mark.gpu
@LEARNERS
def test_it_learns_on_a_gpu(learner, wine):
    data, test = wine

    scores = fitted(learner, data, device="cuda", settings=LONG).predictor.scores(test.x)

    assert is_far_above_chance(test, scores)


def test_xgb_reports_the_trees_it_predicts_with(wine):
    data, _ = wine

    facts = fitted(xgb.METHOD, data).facts

    assert facts["trees"] == 3 * (facts["best_iteration"] + 1)
    assert facts["rounds"] <= 30


def test_xgb_refuses_to_run_on_another_device_than_asked_for(wine):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU, so nothing falls back")

    with pytest.raises(MethodFailed, match="'cpu', not on 'cuda'"):
        fitted(xgb.METHOD, wine[0], device="cuda")


def test_tabnet_leaves_the_global_generator_and_the_threads_as_they_were(wine):
    import torch

    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    result = fitted(tabnet.METHOD, wine[0])
    result.predictor.scores(wine[1].x)

    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_tabnet_prints_nothing(wine, capsys):
    fitted(tabnet.METHOD, wine[0])

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("rows", "batch"), [(3, 0), (7, 1), (8, 2), (100, 16), (541, 128), (4096, 1024), (10**6, 1024)]
)
def test_tabnets_batch_leaves_at_least_four_steps_an_epoch(rows, batch):
    assert tabnet.batch_of(rows, tabnet.SETTINGS) == batch


def test_tabnet_refuses_a_table_too_small_to_train_on(wine):
    data, _ = wine
    tiny = Rows(data.train.x[:6], data.train.y[:6])

    with pytest.raises(MethodFailed, match="6 rows"):
        fitted(tabnet.METHOD, replace(data, train=tiny))


TUNED = pytest.mark.parametrize(
    ("tuned", "short"),
    [(xgb_tuned.METHOD, {"rounds": 15}), (tabnet_tuned.METHOD, {"epochs": 3})],
    ids=lambda value: getattr(value, "key", ""),
)


@TUNED
def test_configurations_of_its_space_are_fitted(tuned, short, wine):
    data, test = wine
    configs = next_configs(tuned.space, 5, [], 6)

    for config in configs:
        settings = {**tuned.of.settings, **config, **short}
        scores = tuned.of.fit(data, settings, 0, "cpu").predictor.scores(test.x)
        assert scores.shape == (len(test.y), 3) and np.isfinite(scores).all()
    assert len({config["patience"] for config in configs}) > 2


def test_the_searched_learners_do_as_the_fixed_ones_before_anything_is_chosen(wine):
    data, test = wine
    for fixed, tuned in ((xgb.METHOD, xgb_tuned.METHOD), (tabnet.METHOD, tabnet_tuned.METHOD)):
        short = SHORT[fixed.key]
        plain = fixed.fit(data, short, 0, "cpu").predictor.scores(test.x)
        same = {**tuned.of.settings, **short, "n_a": 8} if fixed.key == "tabnet" else {}
        whole = same or {**tuned.of.settings, **short}
        assert np.allclose(tuned.of.fit(data, whole, 0, "cpu").predictor.scores(test.x), plain)


def categories():
    """Rows with two columns of codes, such with unknown codes, one-hot encoder of the first."""
    from sklearn.preprocessing import OneHotEncoder

    draw = np.random.default_rng(0)

    def rows(n, codes):
        columns = [draw.normal(size=n), draw.integers(0, codes, n), draw.integers(1, 3, n)]
        return np.column_stack(columns).astype(np.float32)

    train, other = rows(50, 4), rows(20, 6)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(train[:, 1:])
    return train, other, encoder


def data_of(x, groups):
    y = np.arange(len(x)) % 2
    categorical = np.asarray(groups) > 0
    return FitData(Rows(x, y), Rows(x, y), 2, np.asarray(groups), categorical)


def test_one_hot_codes_are_those_of_scikit_learn():
    train, other, encoder = categories()
    data = data_of(train, [0, 1, 2])

    expected = np.hstack([other[:, :1], encoder.transform(other[:, 1:])])
    assert np.array_equal(xgb.encoding_of(data, True).of(other), expected)
    assert xgb.encoding_of(data, None).of(other) is other
    assert xgb.encoding_of(data, False).of(other) is other


def test_one_hot_rows_can_become_codes_again():
    train, other, encoder = categories()
    encoded = np.hstack([train[:, :1], encoder.transform(train[:, 1:])]).astype(np.float32)
    data = data_of(encoded, [0, 1, 1, 1, 1, 2, 2])
    unseen = np.hstack([other[:, :1], encoder.transform(other[:, 1:])]).astype(np.float32)

    codes = xgb.encoding_of(data, False).of(unseen)

    assert np.array_equal(codes[:, 0], other[:, 0]) and codes.dtype == np.float32
    assert np.array_equal(codes[:, 1], np.where(other[:, 1] > 3, 0, other[:, 1] + 1))
    assert np.array_equal(codes[:, 2], other[:, 2])
    assert xgb.encoding_of(data, True).of(unseen) is unseen


@pytest.mark.parametrize(
    ("method", "count"), [(xgb.METHOD, "rounds"), (tabnet.METHOD, "epochs")], ids=["xgb", "tabnet"]
)
def test_a_fit_without_validation_rows_stops_where_the_fit_with_them_was_best(wine, method, count):
    data, test = wine
    stopped = fitted(method, data, settings=LONG)
    changes = method.refit(stopped.facts)

    again = method.fit(data.joined(), {**LONG[method.key], **changes}, 0, "cpu")
    same = method.fit(data, {**LONG[method.key], **changes}, 0, "cpu")

    assert again.facts[count] == changes[count] <= stopped.facts[count]
    assert np.allclose(same.predictor.scores(test.x), stopped.predictor.scores(test.x), atol=1e-6)
    assert not np.allclose(again.predictor.scores(test.x), stopped.predictor.scores(test.x))
    rows = len(data.train.y), len(data.valid.y)
    assert len(data.joined().train.y) == sum(rows) and len(data.joined().valid.y) == rows[1]


SKEWED = {
    "a class of one row": ([0] * 40 + [1] * 30 + [2], [0] * 10 + [1] * 8),
    "a class that training lacks": ([0] * 40 + [1] * 30, [0] * 10 + [1] * 8 + [2]),
    "validation rows of one class": ([0] * 40 + [1] * 30 + [2] * 9, [0] * 15),
}


@pytest.mark.parametrize(("train", "valid"), SKEWED.values(), ids=SKEWED)
@pytest.mark.parametrize("tuned", [xgb_tuned.METHOD, tabnet_tuned.METHOD], ids=lambda m: m.key)
def test_rare_and_absent_classes_stop_no_search(tuned, train, valid):
    draw = np.random.default_rng(0)

    def rows(y):
        return Rows(draw.normal(size=(len(y), 6)).astype(np.float32), np.array(y))

    data = FitData(rows(train), rows(valid), 3, np.arange(6), np.zeros(6, dtype=bool))
    short = {"epochs": 3} if tuned.of.key == "tabnet" else {"rounds": 10}
    for config in next_configs(tuned.space, 1, [], 2):
        found = tuned.of.fit(data, {**tuned.of.settings, **config, **short}, 1, "cpu")
        scores = found.predictor.scores(data.valid.x)
        assert scores.shape == (len(valid), 3) and np.isfinite(scores).all()


def test_the_rate_of_tabnet_decays_by_steps(wine):
    data, _ = wine
    settings = {**tabnet_tuned.ATTENTION.settings, "epochs": 5, "decay": 0.5, "decay_steps": 8}
    batch = tabnet.batch_of(len(data.train.y), settings)
    steps = len(data.train.y) // batch

    result = tabnet_tuned.ATTENTION.fit(data, settings, 0, "cpu")

    rates = [settings["learning_rate"] * 0.5 ** (steps * epoch // 8) for epoch in range(1, 6)]
    assert result.predictor.net.history["lr"] == pytest.approx(rates)
