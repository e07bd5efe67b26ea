"""Which epoch is reported, and which snapshots are averaged for it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score
from small_runs import (
    blobs,
    from_the_code,
    from_the_text,
    random_weights,
    small,
    stage_member,
    stage_run,
    tiny_net,
)

from iunet.declare.settings import Ensemble
from iunet.nets.layout import Layout, Slot
from iunet.nets.network import Passed
from iunet.nets.snapshot import Snapshot
from iunet.train.predictor import averaged, outputs
from iunet.train.report import Reporter

pytestmark = pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
"""Said by scikit-learn, to whom we hand truth and prediction swapped on purpose."""


@pytest.fixture
def net():
    return tiny_net()


@pytest.fixture
def data():
    return blobs(rows=240)


@pytest.fixture
def states(net):
    """Weights and statistics of six unrelated nets, to stand for six epochs."""
    return [
        (weights.unsqueeze(0), statistics.unsqueeze(0))
        for weights, statistics in zip(*random_weights(net, 6), strict=True)
    ]


def reporter(net, data, training):
    return Reporter(net, training, torch.as_tensor(data.valid.x, dtype=torch.float64), data.valid.y)


def by_validation(**changes):
    """The released report, with nothing averaged unless `changes` say so."""
    training = small(from_the_code().table.finetune)
    return replace(training, **({"ensemble": Ensemble(0, "logits", True)} | changes))


def swapped_score(net, state, data):
    rows = torch.as_tensor(data.valid.x, dtype=torch.float64)
    predicted = outputs(net, *state, rows)[0].argmax(dim=1).numpy()
    return balanced_accuracy_score(predicted, data.valid.y)


def test_the_best_epoch_is_that_with_the_highest_swapped_score(net, data, states):
    followed = reporter(net, data, by_validation())
    scores = [swapped_score(net, state, data) for state in states]
    assert np.argmax(scores) != len(scores) - 1

    for epoch, state in enumerate(states):
        followed.score(epoch, *state)
    reported, predictor = followed.reported(0, 5, *states[-1])

    assert reported == np.argmax(scores)
    assert torch.equal(predictor.weights, states[reported][0])
    assert torch.equal(predictor.statistics, states[reported][1])


def test_of_equal_scores_the_first_is_reported(net, data, states):
    followed = reporter(net, data, by_validation())

    for epoch in range(3):
        followed.score(epoch, *states[0])

    assert followed.reported(0, 2, *states[0])[0] == 0


@pytest.mark.parametrize("counts", [True, False])
def test_the_net_before_training_can_win_only_where_the_protocol_lets_it(net, data, states, counts):
    rule = replace(by_validation().report, before_training=counts)
    followed = reporter(net, data, by_validation(report=rule))
    order = sorted(states, key=lambda state: -swapped_score_of(followed, state))

    followed.score(-1, *order[0])
    followed.score(0, *order[1])

    assert followed.reported(0, 0, *order[1])[0] == (-1 if counts else 0)


def by_top5(net, classes):
    """A reporter of six pictures whose class scores are the pictures' first values."""
    rule = replace(from_the_code().vision.pretrain, epochs=3)
    x = torch.zeros(6, 3, 32, 32, dtype=torch.float64)
    return Reporter(net, rule, x, np.asarray(classes))


@dataclass(frozen=True)
class Constant:
    """A net whose logits are its weights, whatever it sees."""

    n_classes: int = 7

    @property
    def layout(self):
        return Layout((Slot("bias", (self.n_classes,), "bias", False, True, 1),))

    def forward(self, weights, x, running):
        logits = weights["bias"].unsqueeze(1).expand(-1, x.shape[1], -1)
        return Passed(logits, logits, None)


@pytest.mark.parametrize(
    ("later", "reported"),
    [
        ([9, 1, 2, 3, 4, 0, 0], 0),  # equal in both: the first stays
        ([4, 3, 2, 9, 1, 0, 0], 1),  # equal in top 5, class 3 is more frequent than class 0
        ([0, 9, 8, 7, 6, 5, 4], 0),  # class 1 alone, and class 0 is not among the five
    ],
)
def test_equal_top5_accuracies_go_to_the_higher_accuracy_else_to_the_first(later, reported):
    followed = by_top5(Constant(), [3, 3, 3, 0, 0, 1])
    statistics = torch.zeros(1, 2, 0, dtype=torch.float64)
    first = [9, 4, 3, 2, 1, 0, 0]

    scores = [
        followed.score(epoch, torch.tensor([logits], dtype=torch.float64), statistics)[0]
        for epoch, logits in enumerate((first, later))
    ]

    best = followed.reported(0, 1, torch.zeros(1, 7, dtype=torch.float64), statistics)
    assert best[0] == reported
    assert scores[0]["top5_accuracy"] == 1
    assert scores[0]["accuracy"] == pytest.approx(2 / 6)


def test_of_a_table_no_top5_accuracy_is_told(net, data, states):
    assert "top5_accuracy" not in reporter(net, data, by_validation()).score(0, *states[0])[0]


def swapped_score_of(followed, state):
    fresh = Reporter(followed.net, followed.training, followed.x, followed.y)
    return fresh.score(0, *state)[0]["swapped_balanced_accuracy"]


def test_every_member_has_its_own_best_epoch(net, data, states):
    followed = reporter(net, data, by_validation())
    ranked = sorted(states, key=lambda state: swapped_score_of(followed, state))
    worst, best = ranked[0], ranked[-1]

    followed.score(0, *(torch.cat(pair) for pair in zip(worst, best, strict=True)))
    followed.score(1, *(torch.cat(pair) for pair in zip(best, worst, strict=True)))
    now = [torch.cat(pair) for pair in zip(best, worst, strict=True)]

    reported = [followed.reported(i, 1, *now) for i in (0, 1)]
    assert [epoch for epoch, _ in reported] == [1, 0]
    assert all(torch.equal(predictor.weights, best[0]) for _, predictor in reported)


def test_an_epoch_that_took_a_snapshot_counts_its_model_twice(net, data, states):
    rule = replace(from_the_code().table.finetune.ensemble, validation="with-snapshot")
    followed = reporter(net, data, by_validation(ensemble=rule))
    for state in states[:2]:
        followed.take_snapshot(Snapshot.of(*state))
    (score,) = followed.score(0, *states[1])
    _, predictor = followed.reported(0, 0, *states[1])

    rows = torch.as_tensor(data.valid.x, dtype=torch.float64)
    logits = [outputs(net, *state, rows)[0] for state in states[:2]]
    mean = (logits[0] + 2 * logits[1]) / 3
    assert np.allclose(predictor.scores(data.valid.x), mean.numpy(), atol=1e-5)
    accuracy = (mean.argmax(dim=1).numpy() == data.valid.y).mean()
    assert score["accuracy"] == pytest.approx(accuracy)


@pytest.mark.parametrize(
    ("kept", "current", "expected"),
    [(3, False, [1, 2, 3]), (4, True, [0, 1, 2, 3, 5]), (0, True, [5]), (2, True, [2, 3, 5])],
)
def test_the_newest_snapshots_are_averaged_with_the_current_net_where_it_counts(
    net, data, states, kept, current, expected
):
    training = replace(
        small(from_the_text().table.finetune), ensemble=Ensemble(kept, "softmax", current)
    )
    followed = reporter(net, data, training)
    for state in states[:4]:
        followed.take_snapshot(Snapshot.of(*state))

    epoch, predictor = followed.reported(0, 99, *states[5])

    assert epoch == 99
    assert torch.equal(predictor.weights, torch.cat([states[i][0] for i in expected]))


def test_before_the_first_snapshot_the_current_net_stands_alone(net, data, states):
    training = small(from_the_text().table.finetune)
    assert not training.ensemble.current

    _, predictor = reporter(net, data, training).reported(0, 0, *states[2])

    assert torch.equal(predictor.weights, states[2][0])


def test_probabilities_or_logits_are_averaged_as_asked():
    logits = torch.tensor([[[2.0, 0.0]], [[0.0, 4.0]]])

    assert averaged(logits, "logits").tolist() == [[1.0, 2.0]]
    expected = (logits[0].softmax(1) + logits[1].softmax(1)) / 2
    assert torch.allclose(averaged(logits, "softmax"), expected)


def test_a_stage_that_reports_its_last_epoch_averages_its_newest_snapshots(net, data):
    training = small(from_the_text().table.finetune, epochs=6)
    run = stage_run(net, data, [stage_member(net, training)])

    (trained,) = run.run()

    assert trained.epoch == 5
    assert len(trained.reported.weights) == 2  # the cycles of 2 and 4 epochs
    assert torch.equal(trained.reported.weights[1:], trained.last.weights)


def test_a_stage_that_reports_the_best_epoch_reports_the_first_best_of_its_trace(net, data):
    training = small(from_the_code().table.finetune, epochs=8)
    (trained,) = stage_run(net, data, [stage_member(net, training)]).run()

    scores = [row["valid_swapped_balanced_accuracy"] for row in trained.trace]
    predicted = trained.reported.scores(data.valid.x).argmax(axis=1)
    reported = balanced_accuracy_score(predicted, data.valid.y)
    if trained.epoch == -1:
        assert reported >= max(scores)
    else:
        assert trained.epoch == int(np.argmax(scores))
        assert reported == pytest.approx(max(scores))


@pytest.mark.parametrize("validation", ["with-snapshot", "before-snapshot"])
def test_a_validation_score_can_leave_out_the_snapshot_of_its_own_epoch(
    net, data, states, validation
):
    kept = Ensemble(4, "logits", True, validation)
    follower = reporter(net, data, by_validation(ensemble=kept))
    rows = torch.as_tensor(data.valid.x, dtype=torch.float64)
    first, now = (outputs(net, *state, rows) for state in states[:2])

    follower.take_snapshot(Snapshot(*states[0]))
    follower.score(0, *states[0])
    follower.take_snapshot(Snapshot(*states[1]))
    ending = follower.score(1, *states[1])
    after = follower.score(2, *states[1])

    counted = first + now if validation == "before-snapshot" else first + 2 * now
    for found, logits in ((ending, counted), (after, first + 2 * now)):
        predicted = logits[0].argmax(dim=1).numpy()
        assert found[0]["accuracy"] == (predicted == data.valid.y).mean()


def test_a_resumed_stage_scores_its_next_epoch_with_every_snapshot(net, data, states):
    kept = Ensemble(4, "logits", True, "before-snapshot")
    once, again = (reporter(net, data, by_validation(ensemble=kept)) for _ in range(2))
    once.take_snapshot(Snapshot(*states[0]))
    once.score(0, *states[0])

    again.restore(once.snapshots, once.best)

    assert again.score(1, *states[1]) == once.score(1, *states[1])
