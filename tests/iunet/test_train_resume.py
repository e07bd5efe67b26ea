"""Stages that are stopped or killed, and go on as if they had not been."""

import threading

import pytest
import torch
from small_runs import PROTOCOLS, blobs, build_tiny, small_chain, stage_member, tiny_net, use_net

from iunet.declare.contract import Fitted
from iunet.declare.sharing import Member
from iunet.train import checkpoint
from iunet.train.cohort import Interrupted, fit_cohort
from iunet.train.progress import Meter
from iunet.train.stage import Checkpoints, StageRun, Trained

BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
EPOCHS = 6


class Killed(BaseException):
    """Stands for a process that ends without doing anything more."""


def killed_after(epoch):
    """A meter that ends the stage like a kill, without a last checkpoint."""
    epochs = iter(range(EPOCHS))

    def tell(_):
        if next(epochs) == epoch:
            raise Killed

    return Meter(0, tell)


def stopped_after(epoch):
    """A meter that asks the stage to stop once this many epochs are over."""
    stop, epochs = threading.Event(), iter(range(EPOCHS))

    def tell(_):
        if next(epochs) == epoch:
            stop.set()

    return Meter(0, tell, stop=stop)


@pytest.fixture
def data():
    return blobs()


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "stage.part.safetensors", every_seconds=0.0)


def run_of(data, training, meter, checkpoints, members=2):
    net = tiny_net()
    group = [stage_member(net, training, seed) for seed in range(members)]
    return StageRun(net, data, group, device="cpu", meter=meter, checkpoints=checkpoints)


def assert_same(found: list[Trained], expected: list[Trained]):
    for ours, theirs in zip(found, expected, strict=True):
        for moment in ("first", "last", "reported"):
            a, b = getattr(ours, moment), getattr(theirs, moment)
            assert torch.equal(a.weights, b.weights)
            assert torch.equal(a.statistics, b.statistics)
        assert (ours.epoch, ours.trace, ours.first_loss) == (
            theirs.epoch,
            theirs.trace,
            theirs.first_loss,
        )


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("kind", ["pretrain", "finetune"])
@BOTH
def test_a_stage_stopped_after_any_epoch_ends_like_one_that_was_not(
    data, checkpoints, protocol, kind, members
):
    training = getattr(small_chain(protocol(), "iunet", EPOCHS), kind)
    whole = run_of(data, training, Meter(0), None, members).run()

    for epoch in range(EPOCHS - 1):
        with pytest.raises(Interrupted, match=f"after epoch {epoch + 1}"):
            run_of(data, training, stopped_after(epoch), checkpoints, members).run()
        assert_same(run_of(data, training, Meter(0), checkpoints, members).run(), whole)
        assert not checkpoints.path.exists()


@BOTH
def test_a_stage_killed_between_checkpoints_goes_on_from_the_last_one(data, checkpoints, protocol):
    training = small_chain(protocol(), "iunet", EPOCHS).pretrain
    whole = run_of(data, training, Meter(0), None).run()
    with pytest.raises(Interrupted):
        run_of(data, training, stopped_after(1), checkpoints).run()
    rare = Checkpoints(checkpoints.path, every_seconds=1e9)
    saved = checkpoints.path.read_bytes()

    with pytest.raises(Killed):
        run_of(data, training, killed_after(2), rare).run()

    assert checkpoints.path.read_bytes() == saved
    told = []
    assert_same(run_of(data, training, Meter(0, told.append), rare).run(), whole)
    assert len(told) == 1 + EPOCHS - 2  # what was resumed, then an epoch each


def test_a_stage_killed_in_every_epoch_ends_at_last(data, checkpoints):
    training = small_chain(PROTOCOLS["code"](), "iunet", EPOCHS).pretrain
    whole = run_of(data, training, Meter(0), None).run()

    # the first note of a resumed stage is of what it resumes, the second of its first new epoch
    with pytest.raises(Killed):
        run_of(data, training, killed_after(1), checkpoints).run()
    for _ in range(EPOCHS - 2):
        with pytest.raises(Killed):
            run_of(data, training, killed_after(2), checkpoints).run()

    assert_same(run_of(data, training, Meter(0), checkpoints).run(), whole)


def test_a_damaged_checkpoint_is_not_read_and_the_stage_starts_again(data, checkpoints):
    training = small_chain(PROTOCOLS["code"](), "iunet", EPOCHS).pretrain
    with pytest.raises(Interrupted):
        run_of(data, training, stopped_after(2), checkpoints).run()
    checkpoints.path.write_bytes(checkpoints.path.read_bytes()[:-100])

    found = run_of(data, training, Meter(0), checkpoints).run()

    assert_same(found, run_of(data, training, Meter(0), None).run())


def test_a_checkpoint_is_written_as_often_as_asked(data, checkpoints, monkeypatch):
    training = small_chain(PROTOCOLS["code"](), "dense", EPOCHS).pretrain
    written = []
    monkeypatch.setattr(checkpoint, "save", lambda path, *_: written.append(path))

    run_of(data, training, Meter(0), Checkpoints(checkpoints.path, 1e9)).run()
    assert written == []
    run_of(data, training, Meter(0), Checkpoints(checkpoints.path, -1.0)).run()
    assert len(written) == EPOCHS


@pytest.mark.parametrize("after", [1, 4, 8, 11])
def test_a_cohort_stopped_at_any_moment_goes_on_where_it_was(data, tmp_path, monkeypatch, after):
    use_net(monkeypatch, build_tiny)
    methods = ("omp", "iunet", "no-prune")
    members = [Member(m, small_chain(PROTOCOLS["code"](), m, EPOCHS), 0) for m in methods]
    whole = dict(fit_cohort(data, "tiny", members, data_id="blobs"))
    stop, told = threading.Event(), []

    def tell(progress):
        told.append(progress)
        if len(told) == after:
            stop.set()

    def fit(**options):
        return fit_cohort(
            data, "tiny", members, data_id="blobs", cache=tmp_path, workers=1, **options
        )

    with pytest.raises(Interrupted):
        dict(fit(progress=tell, stop=stop))
    again = []
    found = dict(fit(progress=again.append))

    assert set(found) == set(whole)
    for key, fitted in whole.items():
        assert isinstance(found[key], Fitted)
        assert torch.equal(found[key].predictor.weights, fitted.predictor.weights)
        assert found[key].facts == fitted.facts
        assert found[key].trace == fitted.trace
    assert again[-1].done == again[-1].total
    assert len(again) < len(methods) * 2 * EPOCHS
    assert not list(tmp_path.glob("*.part.*"))


def test_a_cohort_nobody_listens_to_any_more_stops(data, monkeypatch):
    use_net(monkeypatch, build_tiny)
    chain = small_chain(PROTOCOLS["code"](), "dense", epochs=2000)
    short = small_chain(PROTOCOLS["code"](), "dense", epochs=1)
    members = [Member("short", short, 0), Member("long", chain, 0)]

    told = []
    results = fit_cohort(data, "tiny", members, data_id="blobs", workers=2, progress=told.append)
    assert next(results)[0] == "short"
    results.close()

    assert list(results) == []
    assert told[-1].done < told[-1].total
