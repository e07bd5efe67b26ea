"""One stage of training for a group of members: epochs, snapshots, reports, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from iunet.declare.contract import MethodFailed
from iunet.declare.data import Data, PictureData
from iunet.declare.settings import Training
from iunet.declare.sharing import batch_starts
from iunet.nets.network import Network, Statistics
from iunet.nets.snapshot import Snapshot
from iunet.prune.facts import emptied_layers
from iunet.train import checkpoint
from iunet.train.changes import changing, class_weights_of, norms_of
from iunet.train.checkpoint import Checkpoints
from iunet.train.course import Course
from iunet.train.drawings import Histogram
from iunet.train.feed import feed_of, storage_type
from iunet.train.objective import Batch
from iunet.train.predictor import Ensemble
from iunet.train.progress import Interrupted, Meter
from iunet.train.report import BEFORE_TRAINING, Reporter
from iunet.train.schedule import decay_rate, ends_cycle, learning_rate
from iunet.train.step import Stepper, captured, captures

PRETRAIN, FINETUNE = "pretrain", "finetune"
"""The streams of the two stages."""


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
        drawings: histograms of its weights, where pictures pre-train a perceptron.
    """

    first: Snapshot
    last: Snapshot
    reported: Ensemble
    epoch: int
    trace: list[dict[str, float]]
    first_loss: float
    seconds: float
    drawings: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class StageRun:
    """A group on its way through a stage; it can be run once."""

    def __init__(
        self,
        net: Network,
        data: Data,
        members: Sequence[Member],
        *,
        device: str,
        meter: Meter,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._seeds = [member.seed for member in members]
        self._trainings = [member.training for member in members]
        self._training = members[0].training
        self._stream = members[0].stream
        dtype = storage_type(self._training)
        self._feed = feed_of(data, device, dtype)
        self._emptied = [emptied_layers(net.layout, member.mask) for member in members]
        cocktail = self._training.cocktail
        counted = class_weights_of(data, dtype) if cocktail and cocktail.balanced else None
        self._stepper = _stepper(net, members, device, dtype, counted)
        valid = torch.as_tensor(data.valid.x, dtype=dtype).to(device)
        self._reporter = Reporter(net, self._training, valid, data.valid.y)
        self._meter = meter
        self._checkpoints = checkpoints
        self._replays: dict[tuple[int, ...], Callable[[Batch], Tensor]] = {}
        self._course = Course([[] for _ in members], [0.0] * len(members))
        if isinstance(data, PictureData) and self._stream == PRETRAIN:
            self._course.histogram = Histogram.before(net.layout, self._stepper.weights)

    def run(self) -> list[Trained | MethodFailed]:
        """Train to the end; a member whose loss is not finite fails alone.

        Not so one whose mask leaves a layer empty, where the best epoch is reported: it cannot
        learn, its gradients are rounding errors, and its epochs before are a result.

        Raises:
            Interrupted: the meter's stop was set; the state was checkpointed first.
            Apart: members were checkpointed in different epochs.
        """
        if not self._resume() and self._reporter.scores_epochs:
            self._reporter.score(BEFORE_TRAINING, self._stepper.weights, self._stepper.statistics)
        due = self._due(0.0)
        while self._course.epoch < self._training.epochs and not self._all_failed():
            if self._meter.stopping:
                if self._course.epoch:
                    self._save()
                raise Interrupted(f"stopped after epoch {self._course.epoch}")
            self._one_epoch()
            if time.monotonic() >= due:
                due = self._due(self._save())
        for path in self._checkpoints.paths if self._checkpoints else ():
            checkpoint.remove(path)
        self._end_with_followers()
        last = Snapshot(self._stepper.weights.detach(), self._stepper.statistics)
        self._replays.clear()
        del self._stepper  # its gradient and moments are as large as the results
        return [self._result(i, last) for i in range(len(self._seeds))]

    def _one_epoch(self) -> None:
        began, course, stepper = time.monotonic(), self._course, self._stepper
        epoch = course.epoch
        losses = self._train_epoch(epoch)
        if epoch == 0:
            course.first = Snapshot.of(stepper.weights, stepper.statistics)
        if course.histogram is not None:
            course.histogram = course.histogram.after(stepper.net.layout, stepper.weights)
        for follower in stepper.followers:
            follower.after_epoch(epoch, self._training.epochs)
        if ends_cycle(self._training.schedule, epoch):
            self._reporter.take_snapshot(Snapshot.of(stepper.weights, stepper.statistics))
        scores: list[dict[str, float]] = [{} for _ in losses]
        if self._reporter.scores_epochs:
            scores = self._reporter.score(epoch, stepper.weights, stepper.statistics)
        for row, loss, score in zip(course.trace, losses, scores, strict=True):
            row.append({"epoch": epoch, "loss": loss} | _validation(score))
        course.epoch += 1
        course.seconds += time.monotonic() - began

    def _train_epoch(self, epoch: int) -> list[float]:
        training, feed = self._training, self._feed
        batches = len(batch_starts(feed.rows, training.batch))
        rates = [learning_rate(own, epoch) for own in self._trainings]
        decay = decay_rate(training.optimiser, training.schedule, epoch, training.batch, batches)
        self._stepper.set_rates(torch.tensor(rates, dtype=feed.dtype), decay)
        total = torch.zeros(len(rates), dtype=feed.dtype, device=feed.device)
        change = changing(self._stepper.net, training, self._seeds, self._stream, epoch)
        for number, batch in enumerate(feed.batches(self._seeds, self._stream, epoch, training)):
            if self._meter.abandoned.is_set():
                raise Interrupted(f"abandoned within epoch {epoch}")
            loss = self._step(change(batch))
            for follower in self._stepper.followers:
                follower.after_step()
            if epoch == 0 and number == 0:
                self._course.first_loss = loss.tolist()
            total += loss
        self._meter.add(batches * len(rates), self._stream)
        return [float(value) for value in (total / batches).tolist()]

    def _step(self, batch: Batch) -> Tensor:
        if not captures(batch.x.device):
            return self._stepper.step(batch)
        shape = tuple(batch.x.shape)
        if shape not in self._replays:
            self._replays[shape] = captured(self._stepper, batch)
        return self._replays[shape](batch)

    def _end_with_followers(self) -> None:
        """The weights a follower ends with, under the batch norm that they give on all rows."""
        stepper = self._stepper
        for follower in stepper.followers:
            final = follower.final()
            if final is not None:
                with torch.no_grad():
                    stepper.weights.copy_(final)
                stepper.statistics.copy_(norms_of(stepper.net, final, self._feed, self._training))

    def _all_failed(self) -> bool:
        trace = self._course.trace
        return bool(trace[0]) and not any(isfinite(row[-1]["loss"]) for row in trace)

    def _result(self, i: int, last: Snapshot) -> Trained | MethodFailed:
        course, trace = self._course, self._course.trace[i]
        bad = next((n for n, row in enumerate(trace) if not isfinite(row["loss"])), None)
        if bad is not None:
            if not (self._emptied[i] and self._reporter.scores_epochs):
                return self._failed(i, trace[bad])
            trace = trace[: bad + 1]
        last_epoch = self._training.epochs - 1
        epoch, ensemble = self._reporter.reported(i, last_epoch, last.weights, last.statistics)
        assert course.first is not None
        return Trained(
            first=_one(course.first, i),
            last=Snapshot.of(last.weights[i : i + 1], last.statistics[i : i + 1]),
            reported=ensemble,
            epoch=epoch,
            trace=trace,
            first_loss=course.first_loss[i],
            seconds=course.seconds / len(self._seeds),
            drawings=course.histogram.drawn(i) if course.histogram else {},
        )

    def _failed(self, i: int, row: dict[str, float]) -> MethodFailed:
        why = f"loss {row['loss']} in epoch {row['epoch']:.0f}"
        if self._emptied[i]:
            empty = ", ".join(self._emptied[i])
            why += f"; pruning left no weight in {empty}: choose a smaller ratio"
        return MethodFailed(why)

    def _due(self, took: float) -> float:
        """When checkpoints are to be written after it took so many seconds the last time."""
        return time.monotonic() + self._checkpoints.pause(took) if self._checkpoints else inf

    def _save(self) -> float:
        """How many seconds it took to write checkpoints."""
        began = time.monotonic()
        if self._checkpoints is not None:
            self._course.save(self._checkpoints, self._stepper, self._reporter)
        return time.monotonic() - began

    def _resume(self) -> bool:
        """Whether the group goes on from a checkpoint."""
        kept = self._checkpoints
        if kept is None or not self._course.resume(
            kept, self._stepper, self._reporter, self._training.epochs
        ):
            return False
        steps = len(batch_starts(self._feed.rows, self._training.batch)) * len(self._seeds)
        self._meter.add(steps * self._course.epoch, self._stream)
        return True


def _stepper(
    net: Network,
    members: Sequence[Member],
    device: str,
    dtype: torch.dtype,
    class_weights: Tensor | None,
) -> Stepper:
    weights = torch.stack([member.weights for member in members]).to(device, dtype)
    statistics = torch.stack([member.statistics for member in members]).to(device, dtype)
    masks = [member.mask for member in members if member.mask is not None]
    mask = torch.stack(masks).to(device) if masks else None
    trainings = [member.training for member in members]
    weighed = None if class_weights is None else class_weights.to(device)
    return Stepper(net, weights, statistics, mask, trainings, weighed)


def _one(snapshot: Snapshot, i: int) -> Snapshot:
    return Snapshot(snapshot.weights[i : i + 1], snapshot.statistics[i : i + 1])


def _validation(score: dict[str, float]) -> dict[str, float]:
    names = ("accuracy", "balanced_accuracy", "swapped_balanced_accuracy", "top5_accuracy")
    return {f"valid_{name}": score[name] for name in names if name in score}
