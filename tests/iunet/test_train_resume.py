"""Stages that are stopped or killed, and go on as if they had not been."""

import threading
from types import SimpleNamespace

import pytest
import small_runs
import torch
from small_runs import (
    PROTOCOLS,
    blobs,
    build_tiny,
    cohort_of,
    fit,
    small_chain,
    stage_member,
    stop_after,
    tiny_net,
    use_net,
)

from iunet.declare.contract import Fitted
from iunet.declare.sharing import Member
from iunet.train import checkpoint, stage
from iunet.train.checkpoint import Checkpoints
from iunet.train.cohort import Interrupted, fit_cohort
from iunet.train.course import Apart
from iunet.train.progress import Meter
from iunet.train.stage import StageRun, Trained

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
    return Meter(0, *stop_after(epoch + 1))


@pytest.fixture
def data():
    return blobs()


@pytest.fixture
def checkpoints(tmp_path):
    return checkpoints_of(tmp_path, range(2))


def checkpoints_of(folder, seeds, every_seconds=0.0):
    return Checkpoints(tuple(folder / f"{seed}.part" for seed in seeds), every_seconds)


def run_of(data, training, meter, checkpoints, seeds=range(2)):
    net = tiny_net()
    group = [stage_member(net, training, seed) for seed in seeds]
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
    data, tmp_path, protocol, kind, members
):
    training, seeds = getattr(small_chain(protocol(), "iunet", EPOCHS), kind), range(members)
    checkpoints = checkpoints_of(tmp_path, seeds)
    whole = run_of(data, training, Meter(0), None, seeds).run()

    for epoch in range(EPOCHS - 1):
        with pytest.raises(Interrupted, match=f"after epoch {epoch + 1}"):
            run_of(data, training, stopped_after(epoch), checkpoints, seeds).run()
        assert_same(run_of(data, training, Meter(0), checkpoints, seeds).run(), whole)
        assert not any(path.exists() for path in checkpoints.paths)


@BOTH
def test_a_stage_killed_between_checkpoints_goes_on_from_the_last_one(data, checkpoints, protocol):
    training = small_chain(protocol(), "iunet", EPOCHS).pretrain
    whole = run_of(data, training, Meter(0), None).run()
    with pytest.raises(Interrupted):
        run_of(data, training, stopped_after(1), checkpoints).run()
    rare = Checkpoints(checkpoints.paths, every_seconds=1e9)
    saved = [path.read_bytes() for path in checkpoints.paths]

    with pytest.raises(Killed):
        run_of(data, training, killed_after(2), rare).run()

    assert [path.read_bytes() for path in checkpoints.paths] == saved
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
    for path in checkpoints.paths:
        path.write_bytes(path.read_bytes()[:-100])

    found = run_of(data, training, Meter(0), checkpoints).run()

    assert_same(found, run_of(data, training, Meter(0), None).run())


def test_a_checkpoint_is_written_as_often_as_asked(data, checkpoints, monkeypatch):
    training = small_chain(PROTOCOLS["code"](), "dense", EPOCHS).pretrain
    written = []
    monkeypatch.setattr(checkpoint, "save", lambda path, *_: written.append(path))

    run_of(data, training, Meter(0), Checkpoints(checkpoints.paths, 1e9)).run()
    assert written == []
    run_of(data, training, Meter(0), Checkpoints(checkpoints.paths, -1.0)).run()
    assert written == [*checkpoints.paths] * EPOCHS


def test_slow_writing_takes_a_twentieth_of_the_time(data, tmp_path, monkeypatch):
    """An epoch takes 10 seconds, checkpoints are due every 60, and writing one takes 7."""
    training = small_chain(PROTOCOLS["code"](), "dense", 60).pretrain
    now, written = [0.0], []

    def save(*_):
        written.append(now[0])
        now[0] += 7

    monkeypatch.setattr(stage, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(checkpoint, "save", save)
    checkpoints = checkpoints_of(tmp_path, [0], every_seconds=60)
    run_of(
        data, training, Meter(0, lambda _: now.__setitem__(0, now[0] + 10)), checkpoints, [0]
    ).run()

    assert written == [60, 207, 354, 501]  # 133 seconds after the last one, at the end of an epoch


@pytest.mark.parametrize(("took", "pause"), [(0, 120), (6, 120), (60, 1140), (600, 11400)])
def test_checkpoints_are_further_apart_where_writing_them_takes_long(took, pause):
    assert Checkpoints((), 120).pause(took) == pytest.approx(pause)
    assert Checkpoints((), -1).pause(took) == 0


def test_members_found_in_different_epochs_do_not_go_on_together(data, tmp_path):
    training = small_chain(PROTOCOLS["code"](), "iunet", EPOCHS, precision="float64").pretrain
    whole = run_of(data, training, Meter(0), None, range(5)).run()
    for seeds, epoch in ([0, 1], 1), ([2, 4], 3):
        with pytest.raises(Interrupted):
            kept = checkpoints_of(tmp_path, seeds)
            run_of(data, training, stopped_after(epoch), kept, seeds).run()

    for seeds, alike in ((range(4), 2), ([2, 3], 1), ([3, 0], 1)):
        with pytest.raises(Apart) as apart:
            run_of(data, training, Meter(0), checkpoints_of(tmp_path, seeds), seeds).run()
        assert apart.value.members == alike

    for seeds in ([1, 0], [4, 2], [3]):
        told = []
        kept = checkpoints_of(tmp_path, seeds)
        found = run_of(data, training, Meter(0, told.append), kept, seeds).run()
        assert len(told) == {1: 1 + EPOCHS - 2, 4: 1 + EPOCHS - 4, 3: EPOCHS}[seeds[0]]
        for seed, one in zip(seeds, found, strict=True):
            assert (one.last.weights - whole[seed].last.weights).abs().max() < 1e-9
            assert one.epoch == whole[seed].epoch


@pytest.mark.parametrize("free", [0, 10_000])
def test_without_room_on_the_disk_training_goes_on_and_says_so_once(
    data, tmp_path, monkeypatch, caplog, free
):
    use_net(monkeypatch, build_tiny)
    monkeypatch.setattr(checkpoint.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    members = cohort_of(small_chain, PROTOCOLS["code"](), ("omp", "iunet"), epochs=3)
    whole = fit(data, members)

    found = fit(data, members, cache=tmp_path / "new", checkpoint_seconds=-1)

    assert not (tmp_path / "new").exists()
    for key, fitted in whole.items():
        small_runs.assert_same(found[key], fitted)
    (said,) = caplog.messages
    assert str(tmp_path / "new") in said and "training goes on without them" in said


def test_room_is_left_for_files_beside_those_they_replace_and_for_results(tmp_path, monkeypatch):
    paths = [tmp_path / "folder" / name for name in "abc"]

    def room(free, size):
        monkeypatch.setattr(checkpoint.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
        return checkpoint.has_room(paths, size, threading.Event())

    assert room(free=400 / 0.9 + 1, size=100) and not room(free=400, size=100)
    paths[0].parent.mkdir()
    for path in paths:
        path.touch()
    assert room(free=100 / 0.9 + 1, size=100) and not room(free=100, size=100)


@pytest.mark.parametrize("after", [1, 4, 8, 11])
def test_a_cohort_stopped_at_any_moment_goes_on_where_it_was(data, tmp_path, monkeypatch, after):
    use_net(monkeypatch, build_tiny)
    methods = ("omp", "iunet", "no-prune")
    members = cohort_of(small_chain, PROTOCOLS["code"](), methods, epochs=EPOCHS)
    whole = fit(data, members)
    tell, stop = stop_after(after)

    with pytest.raises(Interrupted):
        fit(data, members, cache=tmp_path, workers=1, progress=tell, stop=stop)
    again = []
    found = fit(data, members, cache=tmp_path, workers=1, progress=again.append)

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
