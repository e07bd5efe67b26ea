"""Damages kept stages and checkpoints of a tiny cohort, and looks whether a result changes."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from small_runs import PROTOCOLS, assert_same, blobs, build_tiny, small_chain, stop_after, use_net

from iunet.declare.contract import Fitted
from iunet.declare.sharing import Member
from iunet.train.cohort import Interrupted, fit_cohort

EPOCHS = 2
METHODS = ("dense", "iunet")
STOPS = (1, 3, 5)
"""After so many epochs a cohort is stopped, which leaves a checkpoint."""
VALUES = (None, True, -1, 1, 2, 99, 0.25, 1e300, "x", [], {}, [1], 10**30)

Damage = Callable[[Path, random.Random, list[Path]], None]
Results = dict[str, Fitted | Exception]


@dataclass(frozen=True)
class Bad:
    """A damaged file that changed a result, ended the run, or was not replaced."""

    number: int
    damage: str
    file: str
    why: str


def attack_stages(folder: Path, count: int, seed: int, kinds: tuple[str, ...] = ()) -> list[Bad]:
    """Damage a stage or checkpoint `count` times and fit the cohort on what is there.

    Args:
        folder: an empty one.
        seed: draws what is damaged and how; the same seed does the same.
        kinds: of DAMAGES; all, in turn, if none is named.

    Returns:
        Those that were not made again in silence; none is as it should be.
    """
    draw = random.Random(seed)
    kinds = kinds or tuple(DAMAGES)
    with pytest.MonkeyPatch.context() as patch:
        use_net(patch, build_tiny)
        whole, kept = fitted(None), list(pristine(folder))
        return [
            Bad(number, kind, file.name, why)
            for number in range(count)
            for kind, file in [(kinds[number % len(kinds)], draw.choice(kept))]
            if (why := _attacked(file, kind, folder / "attacked", draw, kept, whole))
        ]


def fitted(cache: Path | None, **options) -> Results:
    """What the runs of the cohort gave, with or without a cache."""
    members = [Member(m, small_chain(PROTOCOLS["code"](), m, EPOCHS), 0) for m in METHODS]
    return dict(
        fit_cohort(blobs(36), "tiny", members, data_id="b", cache=cache, workers=1, **options)
    )


def pristine(folder: Path) -> Iterator[Path]:
    """The stages of a finished cohort, and the checkpoints of stopped ones, each in its folder."""
    fitted(folder / "finished")
    yield from (folder / "finished").iterdir()
    for after in STOPS:
        tell, stop = stop_after(after)
        with pytest.raises(Interrupted):
            fitted(folder / f"stopped-{after}", progress=tell, stop=stop)
        yield from (folder / f"stopped-{after}").glob("*.part.safetensors")


def _attacked(
    file: Path, kind: str, cache: Path, draw: random.Random, kept: list[Path], whole: Results
) -> str:
    """What went wrong after this damage; empty where nothing did."""
    shutil.rmtree(cache, ignore_errors=True)
    shutil.copytree(file.parent, cache)
    place = cache / file.name
    DAMAGES[kind](place, draw, [other for other in kept if other.name != file.name])
    damaged = place.read_bytes() if place.is_file() and not place.is_symlink() else None
    if damaged == file.read_bytes():
        return ""
    try:
        found = fitted(cache)
        assert set(found) == set(whole), "a run is missing"
        for key, result in whole.items():
            assert_same(found[key], result)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    if file.name.endswith(".part.safetensors"):
        return "" if not os.path.lexists(place) else "the checkpoint of a finished stage stays"
    replaced = place.is_file() and not place.is_symlink() and place.read_bytes() != damaged
    return "" if replaced else "the damaged stage was not replaced"


def _flip(place: Path, draw: random.Random, _: list[Path], bits: int = 1) -> None:
    content = bytearray(place.read_bytes())
    for _ in range(bits):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    place.write_bytes(content)


def _flip_several(place: Path, draw: random.Random, others: list[Path]) -> None:
    _flip(place, draw, others, draw.randrange(2, 9))


def _flip_header(place: Path, draw: random.Random, _: list[Path]) -> None:
    content = bytearray(place.read_bytes())
    length = int.from_bytes(content[:8], "little")
    content[draw.randrange(8 + length)] ^= 1 << draw.randrange(8)
    place.write_bytes(content)


def _cut(place: Path, draw: random.Random, _: list[Path]) -> None:
    content = place.read_bytes()
    place.write_bytes(content[: draw.randrange(len(content))])


def _extend(place: Path, draw: random.Random, _: list[Path]) -> None:
    place.write_bytes(place.read_bytes() + draw.randbytes(draw.randrange(1, 99)))


def _zero(place: Path, draw: random.Random, _: list[Path]) -> None:
    """A part that was never written."""
    content = bytearray(place.read_bytes())
    begin, size = draw.randrange(len(content)), draw.choice((1, 8, 512, 4096))
    content[begin : begin + size] = bytes(len(content[begin : begin + size]))
    place.write_bytes(content)


def _exchange(place: Path, draw: random.Random, _: list[Path]) -> None:
    """Two words change places."""
    content = bytearray(place.read_bytes())
    size = draw.choice((4, 8, 64))
    first, second = sorted(draw.sample(range(len(content) // size), 2))
    a, b = slice(first * size, first * size + size), slice(second * size, second * size + size)
    content[a], content[b] = content[b], content[a]
    place.write_bytes(content)


def _swap(place: Path, draw: random.Random, others: list[Path]) -> None:
    """The file of another stage."""
    shutil.copyfile(draw.choice(others), place)


def _edit_note(place: Path, draw: random.Random, _: list[Path]) -> None:
    """A value of the note, or of what is within it, is another or is gone."""
    tensors, metadata = _read(place)
    note = json.loads(metadata["note"])
    within, name = note, draw.choice(list(note))
    while isinstance(within[name], list | dict) and within[name] and draw.random() < 0.7:
        within = within[name]
        name = draw.choice(list(within) if isinstance(within, dict) else range(len(within)))
    if draw.random() < 0.3:
        del within[name]
    else:
        within[name] = draw.choice(
            [None, True, -1, 1, 2, 99, 0.25, 1e300, "x", [], {}, [1], 10**30]
        )
    save_file(tensors, place, metadata | {"note": json.dumps(note)})


def _edit_text(place: Path, draw: random.Random, _: list[Path]) -> None:
    """The note is no note."""
    tensors, metadata = _read(place)
    texts = ["", "{", "null", "[]", "{}", '"x"', "NaN", "[" * 10_000, '{"epoch": ' + "9" * 5000]
    save_file(tensors, place, draw.choice([metadata | {"note": draw.choice(texts)}, {}, None]))


def _edit_tensor(place: Path, draw: random.Random, _: list[Path]) -> None:
    """A tensor is gone, or has another name, type, shape or value."""
    tensors, metadata = _read(place)
    name = draw.choice(sorted(tensors))
    tensor = tensors.pop(name)
    changed = [
        {},
        {f"{name}x": tensor},
        {name: tensor.to(torch.float16)},
        {name: tensor.reshape(-1)},
        {name: tensor.reshape(1, *tensor.shape)},
        {name: tensor.flatten()[:-1].clone()},
        {name: tensor + 1},
        {name: tensor, "more": tensor.clone()},
    ]
    save_file(tensors | draw.choice(changed), place, metadata)


def _nothing(place: Path, draw: random.Random, _: list[Path]) -> None:
    """Something else is in the place of the file."""
    place.unlink()
    draw.choice(
        [
            place.touch,
            place.mkdir,
            lambda: (place / "full").mkdir(parents=True),
            lambda: os.mkfifo(place),
            lambda: place.symlink_to("nowhere"),
            lambda: place.symlink_to(place),
            lambda: place.symlink_to("/dev/zero"),
            lambda: place.symlink_to(place.parent),
        ]
    )()


def _read(place: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    with safe_open(place, framework="pt") as file:
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        return tensors, dict(file.metadata())


DAMAGES: dict[str, Damage] = {
    "a bit": _flip,
    "several bits": _flip_several,
    "a bit of the header": _flip_header,
    "cut": _cut,
    "longer": _extend,
    "zeros": _zero,
    "words exchanged": _exchange,
    "another stage": _swap,
    "a value of the note": _edit_note,
    "no note": _edit_text,
    "a tensor": _edit_tensor,
    "no file": _nothing,
}
