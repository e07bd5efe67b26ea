"""Runs that do not fit into memory, all at once or at all."""

import threading
from typing import ClassVar

import pytest
import torch
from small_pictures import build_tiny, picture_chain, pictures
from small_runs import assert_same, cohort_of, from_the_code, stop_after, use_net

from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.memory import member_bytes, stage_bytes
from iunet.declare.sharing import member_steps, supernets
from iunet.nets.mlp import Mlp
from iunet.train import room
from iunet.train.batched import walk_batched
from iunet.train.chain import Source
from iunet.train.cohort import fit_cohort
from iunet.train.progress import Interrupted, Meter
from iunet.train.room import free_bytes, needed_bytes, no_room, size_in
from iunet.train.stages import StageStore

GIB = 2**30


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path):
    """A network small enough for tests, under a key like any other, and no container around."""
    use_net(monkeypatch, build_tiny)
    monkeypatch.setattr(room, "GROUPS", tmp_path / "no groups")


@pytest.fixture
def source():
    return Source(pictures(), "patches", "tiny", "cpu")


@pytest.fixture
def available(tmp_path, monkeypatch):
    """Sets what the system says is available, in bytes."""

    def set_to(count):
        file = tmp_path / "meminfo"
        file.write_text(f"MemTotal: 99 kB\nMemAvailable:  {-(-count // 1024)} kB\n")
        monkeypatch.setattr(room, "MEMINFO", file)

    return set_to


def members_of(count, method="omp", epochs=1, **changes):
    return cohort_of(
        picture_chain, from_the_code(), [method], range(count), epochs=epochs, **changes
    )


def fit(source, members, **options):
    return dict(fit_cohort(source.data, "tiny", members, data_id="patches", **options))


def walked(source, members):
    wanted = supernets(members, "x")
    return dict(walk_batched(source, wanted, StageStore(None, 120), Meter(0)))


def test_four_fifths_of_what_is_available_can_be_used(available):
    available(10 * GIB)

    assert free_bytes("cpu") == 8 * GIB


def test_a_system_that_does_not_say_what_is_available_limits_nothing(tmp_path, monkeypatch, source):
    monkeypatch.setattr(room, "MEMINFO", tmp_path / "missing")

    assert free_bytes("cpu") is None
    assert isinstance(fit(source, members_of(1))["omp 0"], Fitted)


def test_a_supernet_needs_what_the_largest_run_needs_that_hangs_from_it(source):
    dense, omp = members_of(1, "dense")[0], members_of(1)[0]
    (both,) = supernets([dense, omp], "x")

    assert needed_bytes(source, both) == member_bytes(size_in(source, omp.chain), omp.chain)
    (alone,) = supernets([dense], "x")
    assert needed_bytes(source, alone) < needed_bytes(source, both)


def test_no_more_runs_at_once_than_fit(available, source):
    members = members_of(4)
    needed = needed_bytes(source, supernets(members[:1], "x")[0])
    running, most, lock = set(), [], threading.Lock()

    def told(progress):
        with lock:
            running.add(threading.get_ident())
            most.append(len(running))

    available(int(1.9 * needed / 0.8))
    assert all(isinstance(found, Fitted) for found in fit(source, members, workers=2).values())
    fit(source, members, workers=2, progress=told)
    assert max(most) == 1

    available(int(2.5 * needed / 0.8))
    running.clear()
    fit(source, members, workers=2, progress=told)
    assert max(most) == 2


@pytest.mark.parametrize("walk", [fit, walked])
def test_a_run_that_does_not_fit_at_all_ends_with_what_it_needs_and_what_there_is(
    walk, available, source
):
    available(100_000)

    found = walk(source, members_of(2))

    for key in ("omp 0", "omp 1"):
        assert isinstance(found[key], MethodFailed)
        assert "tiny needs about" in str(found[key])
        assert "(80,281 bytes)" in str(found[key])


def test_what_does_not_fit_is_told_in_gib_and_bytes(source):
    message = str(no_room(source, 5 * GIB, 2 * GIB))

    assert "needs about 5.0 GiB (5,368,709,120 bytes)" in message
    assert "of memory 2.0 GiB (2,147,483,648 bytes) can be used" in message


class Noting(Mlp):
    """A net that notes how many members step at once."""

    seen: ClassVar[set[int]] = set()

    def forward(self, weights, x, running):
        self.seen.add(len(x))
        return super().forward(weights, x, running)


def test_groups_that_do_not_fit_are_split_and_give_the_same_results(available, source, monkeypatch):
    use_net(monkeypatch, lambda d, k, s: Noting(d, (16,) * 3, k, s.encoder_layers))
    members = members_of(3)
    found, sizes = [], []
    stage = stage_bytes(size_in(source, members[0].chain), members[0].chain.finetune, pruned=True)
    for room_for in (3, 2, 1):
        monkeypatch.setattr(Noting, "seen", set())
        available(int(1.02 * room_for * stage / 0.8))
        found.append(walked(source, members))
        sizes.append(max(Noting.seen))

    assert sizes == [3, 2, 1]
    for key, fitted in found[0].items():
        for split in found[1:]:
            assert (split[key].predictor.weights - fitted.predictor.weights).abs().max() < 1e-5


EPOCHS = 3


@pytest.mark.parametrize(
    ("before", "later", "after", "trained"),
    [
        (4, 2, 2, (1 + 1) * 2 + 3 * 2),
        (2, 4, 2, (1 + 1) + 3 + 3),
        (4, 2, 3 + 2, (1 + 1) * 2),
        (2, 4, 3 + 2, 3 + (1 + 1) + 3),
    ],
)
def test_a_batched_walk_that_is_stopped_goes_on_in_groups_of_other_sizes(
    available, source, tmp_path, before, later, after, trained
):
    """`trained`: so often a group is told to be further, by what it goes on from or an epoch."""
    members = members_of(4, epochs=EPOCHS, precision="float64")
    whole, chain = walked(source, members), members[0].chain
    needed = stage_bytes(size_in(source, chain), chain.finetune, pruned=True)
    store = StageStore(tmp_path, 1e9)

    def walk(room_for, *options):
        available(int(1.02 * room_for * needed / 0.8))
        return dict(walk_batched(source, supernets(members, "x"), store, Meter(0, *options)))

    with pytest.raises(Interrupted):
        walk(before, *stop_after(after))
    assert len(list(tmp_path.glob("*.part.safetensors"))) == before
    again = []
    found = walk(later, again.append)

    steps = member_steps(supernets(members, "x")[0], len(source.data.train.x))
    assert again[-1].done == len(members) * steps
    assert sum(told.what != "kept stage" for told in again) == trained
    assert not list(tmp_path.glob("*.part.safetensors"))
    for key, fitted in whole.items():
        assert (found[key].predictor.weights - fitted.predictor.weights).abs().max() < 1e-9
        assert found[key].facts.get("mask_hash") == fitted.facts.get("mask_hash")


@pytest.mark.parametrize(
    "damage", [lambda content: content[:99], lambda content: content[:-1] + b"x"]
)
def test_a_damaged_checkpoint_of_one_member_moves_no_result_of_its_group(source, tmp_path, damage):
    members = members_of(5, epochs=EPOCHS, precision="float64")
    whole, store = walked(source, members), StageStore(tmp_path, 1e9)

    def walk(*options):
        return dict(walk_batched(source, supernets(members, "x"), store, Meter(0, *options)))

    with pytest.raises(Interrupted):
        walk(*stop_after(1))
    third = next(tmp_path.glob(f"{supernets(members, 'x')[2].id}.part.*"))
    third.write_bytes(damage(third.read_bytes()))
    found = walk()

    assert not list(tmp_path.glob("*.part.safetensors"))
    for key, fitted in whole.items():
        assert (found[key].predictor.weights - fitted.predictor.weights).abs().max() < 1e-9


@pytest.mark.parametrize("after", [2, 5, 8])
def test_a_walk_that_is_stopped_ends_bit_equal_with_less_memory_and_other_company(
    available, source, tmp_path, after
):
    members = members_of(3, epochs=EPOCHS)
    needed = needed_bytes(source, supernets(members, "x")[0])
    available(100 * needed)
    whole = fit(source, members)
    tell, stop = stop_after(after)

    with pytest.raises(Interrupted):
        fit(source, members, workers=2, cache=tmp_path, progress=tell, stop=stop)
    available(int(1.5 * needed / 0.8))
    found = fit(source, members[1:], cache=tmp_path) | fit(source, members[:1], cache=tmp_path)

    for key, fitted in whole.items():
        assert_same(found[key], fitted)


class Cramped(Mlp):
    """A net on a device with room for so many members at once."""

    most = 1

    def forward(self, weights, x, running):
        if len(x) > self.most:
            raise torch.OutOfMemoryError("no room for these. Tried to allocate 1 GiB")
        return super().forward(weights, x, running)


@pytest.mark.parametrize("most", [1, 2])
def test_a_group_that_turns_out_too_large_trains_in_halves(monkeypatch, source, most):
    monkeypatch.setattr(Cramped, "most", most)
    members = members_of(3)
    whole = walked(source, members)
    use_net(monkeypatch, lambda d, k, s: Cramped(d, (16,) * 3, k, s.encoder_layers))

    found = walked(source, members)

    for key, fitted in whole.items():
        assert (found[key].predictor.weights - fitted.predictor.weights).abs().max() < 1e-5


def test_a_single_run_that_turns_out_too_large_fails_alone(monkeypatch, source):
    monkeypatch.setattr(Cramped, "most", 0)
    use_net(monkeypatch, lambda d, k, s: Cramped(d, (16,) * 3, k, s.encoder_layers))

    found = walked(source, members_of(2))

    assert all("does not fit: no room for these" in str(found[key]) for key in found)
    assert len(found) == 2
