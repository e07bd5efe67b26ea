"""Kept stages and checkpoints that are damaged are made again, and no result changes."""

from dataclasses import dataclass, replace

import pytest
import torch
from small_runs import PROTOCOLS, assert_same, build_tiny, small_chain, tiny_net, use_net
from stage_attack import EPOCHS, attack_stages, fitted, pristine

from iunet.train import checkpoint
from iunet.train.course import CourseNote
from iunet.train.stages import StageNote, StageStore


@dataclass(frozen=True)
class Note:
    """Of a file without a stage."""

    epoch: int


@pytest.fixture
def tiny(monkeypatch):
    use_net(monkeypatch, build_tiny)


def loaded(folder, name):
    chain = small_chain(PROTOCOLS["code"](), "iunet", EPOCHS)
    return StageStore(folder, 1e9).load(name, tiny_net(), chain.pretrain, "cpu")


@pytest.mark.slow  # tox -e attack does the like
def test_no_damage_of_a_stage_or_checkpoint_moves_a_result_or_ends_a_run(tmp_path):
    assert attack_stages(tmp_path, 300, seed=14) == []


@pytest.mark.parametrize("size", [1, 10, 8 * checkpoint.TILE**2 + 3, 3 * checkpoint.TILE**2])
def test_a_file_is_read_as_it_was_written_and_not_after_any_change(tmp_path, size):
    path = tmp_path / "a.safetensors"
    values = torch.arange(size, dtype=torch.float64)
    checkpoint.save(path, {"x": values, "none": values[:0].reshape(0, 7)}, Note(3))
    saved = checkpoint.load(path, Note)
    assert torch.equal(saved.tensors["x"], values) and saved.note == Note(3)
    assert saved.tensors["none"].shape == (0, 7)
    whole = path.read_bytes()
    for offset in {0, 9, 40, len(whole) // 2, len(whole) - 9, len(whole) - 1}:
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 64]) + whole[offset + 1 :])
        assert checkpoint.load(path, Note) is None
    path.write_bytes(whole)
    assert checkpoint.load(path.rename(tmp_path / "b.safetensors"), Note) is None


def test_words_that_change_places_far_or_near_are_seen(tmp_path):
    path, side = tmp_path / "a.safetensors", checkpoint.TILE
    values = torch.arange(4 * side**2, dtype=torch.float64)
    checkpoint.save(path, {"x": values}, Note(3))
    whole = path.read_bytes()
    begin = len(whole) - 8 * len(values)
    for first, second in ((0, 1), (0, side), (5, side + 6), (0, 2 * side**2), (7, side**2 + 7)):
        content = bytearray(whole)
        a, b = (slice(begin + 8 * place, begin + 8 * place + 8) for place in (first, second))
        content[a], content[b] = whole[b], whole[a]
        path.write_bytes(content)
        assert checkpoint.load(path, Note) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, note: (tensors, replace(note, epoch=EPOCHS)),
        lambda tensors, note: (tensors, replace(note, epoch=-2)),
        lambda tensors, note: (tensors, replace(note, epoch=1.5)),
        lambda tensors, note: (tensors, replace(note, trace=note.trace[:1])),
        lambda tensors, note: (tensors, replace(note, trace="x")),
        lambda tensors, note: (tensors, Note(1)),
        lambda tensors, note: (tensors | {"more": torch.ones(1)}, note),
        lambda tensors, note: (tensors | {"last/weights": torch.ones(1, 3)}, note),
        lambda tensors, note: (tensors | {"reported/weights": torch.tensor(1.0)}, note),
        lambda tensors, note: ({n: t for n, t in tensors.items() if n != "first/weights"}, note),
        lambda tensors, note: ({n: t.double() for n, t in tensors.items()}, note),
    ],
)
def test_a_whole_file_that_is_not_what_the_stage_leaves_is_no_stage(tmp_path, tiny, change):
    files = list(pristine(tmp_path))
    path = next(file for file in files if loaded(file.parent, file.stem))
    saved = checkpoint.load(path, StageNote)
    checkpoint.save(path, *change(saved.tensors, saved.note))
    assert loaded(path.parent, path.stem) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, note: (tensors, replace(note, epoch=0)),
        lambda tensors, note: (tensors, replace(note, epoch=EPOCHS + 1)),
        lambda tensors, note: (tensors, replace(note, first_loss=[])),
        lambda tensors, note: (tensors, replace(note, trace=[])),
        lambda tensors, note: (tensors, replace(note, best=([], [], []))),
        lambda tensors, note: (tensors, replace(note, best=None)),
        lambda tensors, note: ({n: t for n, t in tensors.items() if "update" not in n}, note),
        lambda tensors, note: ({n: t.double() for n, t in tensors.items()}, note),
        lambda tensors, note: (tensors | {"now/weights": torch.ones(2, 3)}, note),
    ],
)
def test_a_whole_file_that_is_no_checkpoint_of_the_stage_begins_it_anew(tmp_path, tiny, change):
    whole = fitted(None)
    path = next(file for file in pristine(tmp_path) if file.name.endswith(".part.safetensors"))
    saved = checkpoint.load(path, CourseNote)
    checkpoint.save(path, *change(saved.tensors, saved.note))
    for key, result in fitted(path.parent).items():
        assert_same(result, whole[key])
    assert not path.exists()


@pytest.mark.parametrize("place", ["a file", "a link"])
def test_what_is_in_the_place_of_the_folder_of_stages_gives_way(tmp_path, tiny, place):
    folder = tmp_path / "stages"
    folder.write_text("x") if place == "a file" else folder.symlink_to("nowhere")
    whole = fitted(None)
    for key, result in fitted(folder).items():
        assert_same(result, whole[key])
    assert len(list(folder.glob("*.safetensors"))) == len(whole)
