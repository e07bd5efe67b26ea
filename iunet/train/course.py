"""How far a group is on its way through a stage, kept and found again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from iunet.nets.snapshot import Snapshot
from iunet.train import checkpoint
from iunet.train.drawings import Histogram
from iunet.train.report import Best, Reporter
from iunet.train.step import Stepper


@dataclass(frozen=True)
class CourseNote:
    """What is noted of a group on its way; see Course, and Best for score, epoch, snapshots."""

    trace: list[list[dict[str, int | float]]]
    first_loss: list[float]
    epoch: int
    seconds: float
    best: tuple[list[list[float]], list[int], list[int]] | None


@dataclass
class Course:
    """What was seen of each member on the way, beside what stepper and reporter hold.

    Args:
        trace: a row per epoch of each member.
        first_loss: of each member's first batch.
        epoch: how many are over.
        first: the state after the first epoch.
        histogram: of the first layer, where it is counted.
    """

    trace: list[list[dict[str, float]]]
    first_loss: list[float]
    epoch: int = 0
    seconds: float = 0.0
    first: Snapshot | None = None
    histogram: Histogram | None = None

    def save(self, path: Path, stepper: Stepper, reporter: Reporter) -> None:
        """Write everything that going on needs."""
        best = reporter.best
        moments = {"now": Snapshot(stepper.weights, stepper.statistics)}
        moments |= {"first": self.first} if self.first else {}
        moments |= {"best": best.state} if best else {}
        moments |= {f"snapshot {i}": s for i, s in enumerate(reporter.snapshots)}
        tensors = {f"{name}/weights": s.weights for name, s in moments.items()}
        tensors |= {f"{name}/statistics": s.statistics for name, s in moments.items()}
        tensors |= stepper.state()
        if self.histogram is not None:
            tensors |= {"counts": self.histogram.counts}
        ranks = (best.score, best.epoch, best.snapshots) if best else None
        note = CourseNote(self.trace, self.first_loss, self.epoch, self.seconds, ranks)
        checkpoint.save(path, tensors, note)

    def resume(self, path: Path, stepper: Stepper, reporter: Reporter, epochs: int) -> bool:
        """Go on from what was written; False where there is nothing, or it is not of this stage."""
        saved = checkpoint.load(path, CourseNote)
        if saved is None or not self._continues(saved, stepper, epochs):
            return False
        note, moments = saved.note, _moments(saved, stepper)
        for name, tensor in stepper.state().items():
            tensor.copy_(saved.tensors[name])
        with torch.no_grad():
            stepper.weights.copy_(moments["now"].weights)
        stepper.statistics.copy_(moments["now"].statistics)
        snapshots = [moments[name] for name in _snapshots(saved)]
        reporter.restore(snapshots, Best(moments["best"], *note.best) if note.best else None)
        self.trace, self.first_loss = note.trace, note.first_loss
        self.epoch, self.seconds = note.epoch, note.seconds
        self.first = moments["first"]
        if self.histogram is not None:
            self.histogram = Histogram(saved.tensors["counts"])
        return True

    def _continues(
        self, saved: checkpoint.Saved[CourseNote], stepper: Stepper, epochs: int
    ) -> bool:
        """Whether the file is of this group in an epoch of this stage."""
        note, members = saved.note, len(self.trace)
        names = ["now", "first", *(["best"] if note.best else []), *_snapshots(saved)]
        expected = {f"{name}/weights": stepper.weights for name in names}
        expected |= {f"{name}/statistics": stepper.statistics for name in names}
        expected |= stepper.state()
        if self.histogram is not None:
            bins = self.histogram.counts
            expected["counts"] = bins.new_empty(
                len(bins), bins.shape[1] + note.epoch, bins.shape[2]
            )
        return (
            saved.is_like(expected)
            and 0 < note.epoch <= epochs
            and [len(rows) for rows in note.trace] == [note.epoch] * members
            and {len(part) for part in (note.first_loss, *(note.best or ()))} == {members}
        )


def _snapshots(saved: checkpoint.Saved[CourseNote]) -> list[str]:
    """The names of the snapshots, in order."""
    count = sum(name.startswith("snapshot ") for name in saved.tensors) // 2
    return [f"snapshot {i}" for i in range(count)]


def _moments(saved: checkpoint.Saved[CourseNote], stepper: Stepper) -> dict[str, Snapshot]:
    names = {key.removesuffix("/weights") for key in saved.tensors if key.endswith("/weights")}
    device = stepper.weights.device
    return {
        name: Snapshot(
            saved.tensors[f"{name}/weights"].to(device),
            saved.tensors[f"{name}/statistics"].to(device),
        )
        for name in names
    }
