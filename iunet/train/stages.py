"""Finished pre-trainings and checkpoints on disk; deletable at any time, made again if damaged."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from iunet.declare.settings import Training
from iunet.nets.network import Network
from iunet.nets.snapshot import Snapshot
from iunet.train import checkpoint
from iunet.train.checkpoint import Checkpoints, has_room
from iunet.train.course import CourseNote, as_tensors
from iunet.train.feed import storage_type
from iunet.train.predictor import Ensemble
from iunet.train.stage import Trained

_MOMENTS = ("first", "last", "reported")
DRAWN = "drawing/"


def finetuning(supernet: str, run: str) -> str:
    """The id of the stage in which a run goes on from the supernet of this id."""
    return f"{supernet}-{run}"


@dataclass(frozen=True)
class StageNote:
    """What is noted of a finished stage; see Trained."""

    epoch: int
    trace: list[dict[str, int | float]]
    first_loss: float
    seconds: float


@dataclass(frozen=True)
class StageStore:
    """Keeps stages in a folder, or nothing at all where there is none or no room.

    Args:
        told: set once it was said that there is no room.
    """

    folder: Path | None
    checkpoint_seconds: float
    told: threading.Event = field(default_factory=threading.Event)

    def checkpoints(self, ids: Sequence[str]) -> Checkpoints | None:
        """Where a group of stages is checkpointed."""
        if self.folder is None:
            return None
        paths = tuple(map(self._unfinished, ids))
        return Checkpoints(paths, self.checkpoint_seconds, self.told)

    def epoch(self, stage: str) -> int:
        """The epoch that a stage seems to have been checkpointed after; 0 where it was not."""
        note = checkpoint.peek(self._unfinished(stage), CourseNote) if self.folder else None
        return note.epoch if note else 0

    def save(self, stage: str, trained: Trained) -> None:
        """Keep a finished stage."""
        if self.folder is None:
            return
        moments: dict[str, Snapshot | Ensemble] = {
            "first": trained.first,
            "last": trained.last,
            "reported": trained.reported,
        }
        tensors = as_tensors(moments)
        tensors |= {f"{DRAWN}{k}": torch.from_numpy(v) for k, v in trained.drawings.items()}
        note = StageNote(trained.epoch, trained.trace, trained.first_loss, trained.seconds)
        path, size = self._path(stage), sum(tensor.nbytes for tensor in tensors.values())
        if has_room([path], size, self.told):
            checkpoint.save(path, tensors, note)

    def load(self, stage: str, net: Network, training: Training, device: str) -> Trained | None:
        """A finished stage; None where it is not kept, or not as this training leaves it."""
        saved = checkpoint.load(self._path(stage), StageNote) if self.folder else None
        if saved is None or not _is_of(saved, net, training):
            return None
        first, last, reported = (
            Snapshot(
                saved.tensors[f"{name}/weights"].to(device),
                saved.tensors[f"{name}/statistics"].to(device),
            )
            for name in _MOMENTS
        )
        average, note = training.ensemble.average, saved.note
        return Trained(
            first=first,
            last=last,
            reported=Ensemble(net, reported.weights, reported.statistics, average),
            epoch=note.epoch,
            trace=note.trace,
            first_loss=note.first_loss,
            seconds=note.seconds,
            drawings={
                name.removeprefix(DRAWN): tensor.numpy()
                for name, tensor in saved.tensors.items()
                if name.startswith(DRAWN)
            },
        )

    def _unfinished(self, stage: str) -> Path:
        return self._path(f"{stage}.part")

    def _path(self, stage: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{stage}.safetensors"


def _is_of(saved: checkpoint.Saved[StageNote], net: Network, training: Training) -> bool:
    """Whether a file holds what this training of a net leaves."""
    dtype, sizes = storage_type(training), (net.layout.total, sum(net.norm_widths))
    expected = {name: t for name, t in saved.tensors.items() if name.startswith(DRAWN)}
    for name in _MOMENTS:
        weights = saved.tensors.get(f"{name}/weights", torch.empty(1))
        count = weights.shape[:1] if name == "reported" else (1,)
        expected[f"{name}/weights"] = torch.empty(*count, sizes[0], dtype=dtype, device="meta")
        expected[f"{name}/statistics"] = torch.empty(*count, 2, sizes[1], dtype=dtype)
    note = saved.note
    return saved.is_like(expected) and len(note.trace) == training.epochs > note.epoch >= -1
