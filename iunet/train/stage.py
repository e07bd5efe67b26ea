"""One stage of training for a group of members: epochs, snapshots, reports, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import torch
from torch import Tensor

from iunet.declare.contract import MethodFailed
from iunet.declare.data import FitData
from iunet.declare.settings import Training
from iunet.declare.sharing import batch_starts
from iunet.nets.mlp import Mlp, Statistics
from iunet.nets.snapshot import Snapshot
from iunet.train import checkpoint
from iunet.train.batches import epoch_batches
from iunet.train.objective import Batch
from iunet.train.predictor import Ensemble
from iunet.train.progress import Interrupted, Meter
from iunet.train.report import BEFORE_TRAINING, Best, Reporter
from iunet.train.schedule import decay_rate, ends_cycle, learning_rate
from iunet.train.step import Stepper, captured
from iunet.views.pool import Pool


@dataclass(frozen=True)
class Member:
    """One member of a group at the beginning of a stage.

    Args:
        stream: prefix of its random streams, so that stages draw differently.
        training: equal within a group but for l1 and learning rate.
        weights, statistics, mask: [P], [2, S] and [P] bool or None.
    """

    stream: str
    training: Training
    seed: int
    weights: Tensor
    statistics: Statistics
    mask: Tensor | None = None


@dataclass(frozen=True)
class Trained:
    """What a stage gives for one member.

    Args:
        first, last: weights [1, P] and statistics [1, 2, S] after the first and the last epoch.
        reported: the predictor of the reported epoch, and that epoch.
        trace: a row per epoch.
        first_loss: of the first batch.
    """

    first: Snapshot
    last: Snapshot
    reported: Ensemble
    epoch: int
    trace: list[dict[str, float]]
    first_loss: float
    seconds: float


@dataclass(frozen=True)
class Checkpoints:
    """Where a group's state is kept while it trains, and how often it is written."""

    path: Path
    every_seconds: float


class StageRun:
    """A group on its way through a stage."""

    def __init__(
        self,
        net: Mlp,
        data: FitData,
        members: Sequence[Member],
        *,
        device: str,
        meter: Meter,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._members = members
        self._training = members[0].training
        dtype = getattr(torch, self._training.precision)
        self._pool = Pool.of(data, device, dtype)
        self._stepper = _stepper(net, members, device, dtype)
        valid = torch.as_tensor(data.valid.x, dtype=dtype).to(device)
        self._reporter = Reporter(net, self._training, valid, data.valid.y)
        self._meter = meter
        self._checkpoints = checkpoints
        self._replays: dict[tuple[int, ...], Callable[[Batch], Tensor]] = {}
        self._epoch = 0
        self._first: Snapshot | None = None
        self._trace: list[list[dict[str, float]]] = [[] for _ in members]
        self._first_loss = [0.0] * len(members)
        self._seconds = 0.0

    def run(self) -> list[Trained | MethodFailed]:
        """Train to the end; a member whose loss is not finite fails alone.

        Raises:
            Interrupted: the meter's stop was set; the state was checkpointed first.
        """
        if not self._resume() and self._reporter.scores_epochs:
            self._reporter.score(BEFORE_TRAINING, self._stepper.weights, self._stepper.statistics)
        written = time.monotonic()
        while self._epoch < self._training.epochs and not self._all_failed():
            if self._meter.stopping:
                if self._epoch:
                    self._save()
                raise Interrupted(f"stopped after epoch {self._epoch}")
            self._one_epoch()
            if self._checkpoints and time.monotonic() - written > self._checkpoints.every_seconds:
                self._save()
                written = time.monotonic()
        if self._checkpoints:
            self._checkpoints.path.unlink(missing_ok=True)
        return [self._result(i) for i in range(len(self._members))]

    def _one_epoch(self) -> None:
        began = time.monotonic()
        losses = self._train_epoch(self._epoch)
        stepper = self._stepper
        if self._epoch == 0:
            self._first = Snapshot.of(stepper.weights, stepper.statistics)
        if ends_cycle(self._training.schedule, self._epoch):
            self._reporter.take_snapshot(Snapshot.of(stepper.weights, stepper.statistics))
        scores: list[dict[str, float]] = [{} for _ in self._members]
        if self._reporter.scores_epochs:
            scores = self._reporter.score(self._epoch, stepper.weights, stepper.statistics)
        for i, (row, score) in enumerate(zip(self._trace, scores, strict=True)):
            row.append({"epoch": self._epoch, "loss": losses[i]} | _validation(score))
        self._epoch += 1
        self._seconds += time.monotonic() - began

    def _train_epoch(self, epoch: int) -> list[float]:
        members, training, pool = self._members, self._training, self._pool
        starts = batch_starts(len(pool.x), training.batch)
        rates = [learning_rate(member.training, epoch) for member in members]
        decay = decay_rate(
            training.optimiser, training.schedule, epoch, training.batch, len(starts)
        )
        self._stepper.set_rates(torch.tensor(rates, dtype=pool.x.dtype), decay)
        total = torch.zeros(len(members), dtype=pool.x.dtype, device=pool.x.device)
        seeds = [member.seed for member in members]
        views = training.contrast.views if training.contrast else None
        batches = epoch_batches(pool, seeds, members[0].stream, epoch, training.batch, views)
        for number, batch in enumerate(batches):
            if self._meter.abandoned.is_set():
                raise Interrupted(f"abandoned within epoch {epoch}")
            loss = self._step(batch)
            if epoch == 0 and number == 0:
                self._first_loss = loss.tolist()
            total += loss
        self._meter.add(len(starts) * len(members), members[0].stream)
        return [float(value) for value in (total / len(starts)).tolist()]

    def _step(self, batch: Batch) -> Tensor:
        if batch.x.device.type != "cuda":
            return self._stepper.step(batch)
        shape = tuple(batch.x.shape)
        if shape not in self._replays:
            self._replays[shape] = captured(self._stepper, batch)
        return self._replays[shape](batch)

    def _all_failed(self) -> bool:
        return bool(self._trace[0]) and not any(isfinite(row[-1]["loss"]) for row in self._trace)

    def _result(self, i: int) -> Trained | MethodFailed:
        bad = next((row for row in self._trace[i] if not isfinite(row["loss"])), None)
        if bad is not None:
            return MethodFailed(f"loss {bad['loss']} in epoch {bad['epoch']:.0f}")
        stepper, last = self._stepper, self._training.epochs - 1
        epoch, ensemble = self._reporter.reported(i, last, stepper.weights, stepper.statistics)
        assert self._first is not None
        return Trained(
            first=_one(self._first, i),
            last=Snapshot.of(stepper.weights[i : i + 1], stepper.statistics[i : i + 1]),
            reported=ensemble,
            epoch=epoch,
            trace=self._trace[i],
            first_loss=self._first_loss[i],
            seconds=self._seconds / len(self._members),
        )

    def _save(self) -> None:
        if self._checkpoints is None:
            return
        moments = {"now": Snapshot(self._stepper.weights, self._stepper.statistics)}
        if self._first is not None:
            moments["first"] = self._first
        if self._reporter.best is not None:
            moments["best"] = self._reporter.best.state
        moments |= {f"snapshot {i}": s for i, s in enumerate(self._reporter.snapshots)}
        tensors = {f"{name}/weights": s.weights for name, s in moments.items()}
        tensors |= {f"{name}/statistics": s.statistics for name, s in moments.items()}
        tensors |= {f"update/{k}": v for k, v in self._stepper.update.state().items()}
        best = self._reporter.best
        note = {
            "epoch": self._epoch,
            "trace": self._trace,
            "first_loss": self._first_loss,
            "seconds": self._seconds,
            "best": [best.score, best.epoch, best.snapshots] if best else None,
        }
        checkpoint.save(self._checkpoints.path, tensors, note)

    def _resume(self) -> bool:
        saved = checkpoint.load(self._checkpoints.path) if self._checkpoints else None
        if saved is None:
            return False
        note, moments = saved.note, _moments(saved, self._stepper)
        for name, tensor in self._stepper.update.state().items():
            tensor.copy_(saved.tensors[f"update/{name}"])
        with torch.no_grad():
            self._stepper.weights.copy_(moments["now"].weights)
        self._stepper.statistics.copy_(moments["now"].statistics)
        self._first = moments.get("first")
        snapshots = [
            moments[f"snapshot {i}"] for i in range(len(moments)) if f"snapshot {i}" in moments
        ]
        best = Best(moments["best"], *note["best"]) if note["best"] else None
        self._reporter.restore(snapshots, best)
        self._epoch, self._trace = note["epoch"], note["trace"]
        self._first_loss, self._seconds = note["first_loss"], note["seconds"]
        steps = len(batch_starts(len(self._pool.x), self._training.batch)) * len(self._members)
        self._meter.add(steps * self._epoch, self._members[0].stream)
        return True


def _stepper(net: Mlp, members: Sequence[Member], device: str, dtype: torch.dtype) -> Stepper:
    weights = torch.stack([member.weights for member in members]).to(device, dtype)
    statistics = torch.stack([member.statistics for member in members]).to(device, dtype)
    masks = [member.mask for member in members if member.mask is not None]
    mask = torch.stack(masks).to(device) if masks else None
    return Stepper(net, weights, statistics, mask, [member.training for member in members])


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


def _one(snapshot: Snapshot, i: int) -> Snapshot:
    return Snapshot(snapshot.weights[i : i + 1], snapshot.statistics[i : i + 1])


def _validation(score: dict[str, float]) -> dict[str, float]:
    names = ("accuracy", "balanced_accuracy", "swapped_balanced_accuracy")
    return {f"valid_{name}": score[name] for name in names if name in score}
