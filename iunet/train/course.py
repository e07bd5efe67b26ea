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

PLAIN = ("trace", "first_loss", "epoch", "seconds")


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
        note = {name: getattr(self, name) for name in PLAIN}
        note["best"] = [best.score, best.epoch, best.snapshots] if best else None
        checkpoint.save(path, tensors, note)

    def resume(self, path: Path, stepper: Stepper, reporter: Reporter) -> bool:
        """Go on from what was written; False where there is nothing, or it is damaged."""
        saved = checkpoint.load(path)
        if saved is None:
            return False
        moments = _moments(saved, stepper)
        for name, tensor in stepper.state().items():
            tensor.copy_(saved.tensors[name])
        with torch.no_grad():
            stepper.weights.copy_(moments["now"].weights)
        stepper.statistics.copy_(moments["now"].statistics)
        kept = [f"snapshot {i}" for i in range(len(moments)) if f"snapshot {i}" in moments]
        best = saved.note["best"]
        snapshots = [moments[name] for name in kept]
        reporter.restore(snapshots, Best(moments["best"], *best) if best else None)
        for name in PLAIN:
            setattr(self, name, saved.note[name])
        self.first = moments.get("first")
        if self.histogram is not None:
            self.histogram = Histogram(saved.tensors["counts"])
        return True


def _moments(saved: checkpoint.Saved, stepper: Stepper) -> dict[str, Snapshot]:
    names = {key.removesuffix("/weights") for key in saved.tensors if key.endswith("/weights")}
    device = stepper.weights.device
    return {
        name: Snapshot(
            saved.tensors[f"{name}/weights"].to(device),
            saved.tensors[f"{name}/statistics"].to(device),
        )
        for name in names
    }
