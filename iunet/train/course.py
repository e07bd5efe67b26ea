"""How far a group is on its way through a stage, kept for each member and found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from iunet.nets.snapshot import Snapshot
from iunet.train import checkpoint
from iunet.train.checkpoint import Checkpoints, Saved
from iunet.train.drawings import Histogram
from iunet.train.predictor import Ensemble
from iunet.train.report import Best, Reporter
from iunet.train.step import Stepper


@dataclass(frozen=True)
class CourseNote:
    """What is noted of a member on its way; see Course, and Best for score, epoch, snapshots."""

    trace: list[dict[str, int | float]]
    first_loss: float
    epoch: int
    seconds: float
    best: tuple[list[float], int, int] | None


class Apart(Exception):
    """The first members of a group can go on together, but not with the one after them.

    Args:
        members: how many they are.
    """

    def __init__(self, members: int) -> None:
        super().__init__(f"only {members} members of a group are in the same epoch")
        self.members = members


@dataclass
class Course:
    """What was seen of each member on the way, beside what stepper and reporter hold.

    Args:
        trace: a row per epoch of each member.
        first_loss: of each member's first batch.
        epoch: how many are over.
        seconds: of all members.
        first: the state after the first epoch.
        histogram: of the first layer, where it is counted.
    """

    trace: list[list[dict[str, float]]]
    first_loss: list[float]
    epoch: int = 0
    seconds: float = 0.0
    first: Snapshot | None = None
    histogram: Histogram | None = None

    def save(self, files: Checkpoints, stepper: Stepper, reporter: Reporter) -> None:
        """Write everything that going on needs, a file for each member, if the disk has room."""
        best = reporter.best
        moments = {"now": Snapshot(stepper.weights, stepper.statistics)}
        moments |= {"first": self.first} if self.first else {}
        moments |= {"best": best.state} if best else {}
        moments |= {f"snapshot {i}": s for i, s in enumerate(reporter.snapshots)}
        tensors = as_tensors(moments) | stepper.state()
        if self.histogram is not None:
            tensors |= {"counts": self.histogram.counts}
        if not files.have_room(sum(_row(tensor, 0).nbytes for tensor in tensors.values())):
            return
        for i, path in enumerate(files.paths):
            rank = (best.score[i], best.epoch[i], best.snapshots[i]) if best else None
            seconds = self.seconds / len(files.paths)
            note = CourseNote(self.trace[i], self.first_loss[i], self.epoch, seconds, rank)
            checkpoint.save(path, {name: _row(t, i) for name, t in tensors.items()}, note)

    def resume(self, files: Checkpoints, stepper: Stepper, reporter: Reporter, epochs: int) -> bool:
        """Go on from what was written; False where nothing of this stage was, of no member.

        Raises:
            Apart: some are in another epoch; what the group holds may be of any by now.
        """
        notes: list[CourseNote] = []
        group: dict[str, Tensor] = {}
        for i, path in enumerate(files.paths):
            saved = checkpoint.load(path, CourseNote)
            if saved is not None and not self._continues(saved, stepper, epochs):
                saved = None
            if i == 0 and saved is not None:
                group = self._group(saved, stepper)
            if i > 0 and not _alike(saved, notes, group):
                raise Apart(i)
            if saved is not None:
                notes.append(saved.note)
                for name, tensor in saved.tensors.items():
                    _row(group[name], i).copy_(tensor)
        if notes:
            self._take(notes, group, reporter)
        return bool(notes)

    def _take(
        self, notes: Sequence[CourseNote], group: Mapping[str, Tensor], reporter: Reporter
    ) -> None:
        ranks = [note.best for note in notes if note.best]
        best = None
        if ranks:
            scores, epochs, snapshots = map(list, zip(*ranks, strict=True))
            best = Best(_snapshot_of(group, "best"), scores, epochs, snapshots)
        reporter.restore([_snapshot_of(group, name) for name in _snapshots(group)], best)
        self.trace = [note.trace for note in notes]
        self.first_loss = [note.first_loss for note in notes]
        self.epoch, self.seconds = notes[0].epoch, sum(note.seconds for note in notes)
        self.first = _snapshot_of(group, "first")
        if self.histogram is not None:
            self.histogram = Histogram(group["counts"])

    def _group(self, saved: Saved[CourseNote], stepper: Stepper) -> dict[str, Tensor]:
        """Where the tensors of all members go: into the stepper, or into memory of their own."""
        now = {"now": Snapshot(stepper.weights.detach(), stepper.statistics)}
        found = as_tensors(now) | stepper.state()
        device, members = stepper.weights.device, len(self.trace)
        for name, tensor in saved.tensors.items():
            if name not in found:
                where = torch.device("cpu") if name == "counts" else device
                found[name] = tensor.new_empty((members, *tensor.shape[1:]), device=where)
        return found

    def _continues(self, saved: Saved[CourseNote], stepper: Stepper, epochs: int) -> bool:
        """Whether the file is of a member like these in an epoch of this stage."""
        note = saved.note
        names = ["now", "first", *(["best"] if note.best else []), *_snapshots(saved.tensors)]
        like = Snapshot(stepper.weights, stepper.statistics)
        expected = as_tensors(dict.fromkeys(names, like)) | stepper.state()
        expected = {name: _row(tensor, 0) for name, tensor in expected.items()}
        if self.histogram is not None:
            _, counted, bins = self.histogram.counts.shape
            expected["counts"] = self.histogram.counts.new_empty(1, counted + note.epoch, bins)
        return saved.is_like(expected) and 0 < note.epoch == len(note.trace) <= epochs


def _alike(
    saved: Saved[CourseNote] | None, notes: Sequence[CourseNote], group: Mapping[str, Tensor]
) -> bool:
    """Whether a member is where those before it are, whose notes are none at the beginning."""
    if saved is None or not notes:
        return saved is None and not notes
    return saved.note.epoch == notes[0].epoch and set(saved.tensors) == set(group)


def _row(tensor: Tensor, member: int) -> Tensor:
    """The part of one member; a count of steps is that of all."""
    return tensor[member : member + 1] if tensor.ndim else tensor


def as_tensors(moments: Mapping[str, Snapshot | Ensemble]) -> dict[str, Tensor]:
    """Weights and statistics of each moment, as they are called in a file."""
    found = {f"{name}/weights": moment.weights for name, moment in moments.items()}
    return found | {f"{name}/statistics": moment.statistics for name, moment in moments.items()}


def _snapshot_of(tensors: Mapping[str, Tensor], name: str) -> Snapshot:
    """The moment of this name."""
    return Snapshot(tensors[f"{name}/weights"], tensors[f"{name}/statistics"])


def _snapshots(tensors: Mapping[str, Tensor]) -> list[str]:
    """The names of the snapshots, in order."""
    count = sum(name.startswith("snapshot ") for name in tensors) // 2
    return [f"snapshot {i}" for i in range(count)]
