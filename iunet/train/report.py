"""Which epoch a stage reports, and which snapshots are averaged for it."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from iunet.declare.data import Labels
from iunet.declare.settings import Training
from iunet.measure.metrics import batch_mean_top5, metrics_of, top5_accuracy
from iunet.nets.network import Network, Statistics
from iunet.nets.snapshot import Snapshot
from iunet.train.predictor import Ensemble, outputs

BEFORE_TRAINING = -1


@dataclass
class Best:
    """The best epoch of each member so far; a later number of its score decides among equals."""

    state: Snapshot
    score: list[list[float]]
    epoch: list[int]
    snapshots: list[int]


@dataclass
class Reporter:
    """Follows a group through a stage: takes snapshots, scores epochs, remembers the best.

    Args:
        x, y: validation rows [N, D] or pictures on the device, and labels [N] on the CPU.
    """

    net: Network
    training: Training
    x: Tensor
    y: Labels
    snapshots: list[Snapshot] = field(default_factory=list)
    best: Best | None = None
    _outputs: list[Tensor] = field(default_factory=list)
    _taken_now: bool = False

    def take_snapshot(self, now: Snapshot) -> None:
        """Keep the state at the end of a cycle."""
        if self.training.ensemble.kept:
            self.snapshots.append(now)
            if self.scores_epochs:
                self._outputs.append(self._out(now.weights, now.statistics))
                self._taken_now = True

    @property
    def scores_epochs(self) -> bool:
        """Whether every epoch is scored on validation."""
        return self.training.report.epoch == "best-validation"

    def score(self, epoch: int, weights: Tensor, statistics: Statistics) -> list[dict[str, float]]:
        """Validation scores of each member now; a member's first maximum is remembered."""
        combined = self._combine([*self._snapshots_scored(), self._out(weights, statistics)])
        rows = self._metrics(combined)
        if epoch > BEFORE_TRAINING or self.training.report.before_training:
            finite = combined.isfinite().flatten(1).all(dim=1).tolist()
            ranked = [self._ranked(r) if f else [] for r, f in zip(rows, finite, strict=True)]
            self._remember(epoch, ranked, weights, statistics)
        return rows

    def _snapshots_scored(self) -> list[Tensor]:
        """Outputs of the snapshots that a validation score counts."""
        newest_counts = self.training.ensemble.validation == "with-snapshot" or not self._taken_now
        self._taken_now = False
        return self._outputs if newest_counts else self._outputs[:-1]

    def reported(
        self, member: int, epoch: int, weights: Tensor, statistics: Statistics
    ) -> tuple[int, Ensemble]:
        """The epoch a member reports and its predictor.

        Args:
            epoch: the last one, reported unless the best is asked for.
        """
        count, current = len(self.snapshots), Snapshot(weights, statistics)
        if self.best is not None:
            epoch, count = self.best.epoch[member], self.best.snapshots[member]
            current = self.best.state
        rule = self.training.ensemble
        chosen = self.snapshots[:count][-rule.kept :] if rule.kept else []
        if rule.current or not chosen:
            chosen = [*chosen, current]
        ensemble = Ensemble(
            self.net,
            torch.stack([s.weights[member] for s in chosen]),
            torch.stack([s.statistics[member] for s in chosen]),
            rule.average,
        )
        return epoch, ensemble

    def _metrics(self, combined: Tensor) -> list[dict[str, float]]:
        """Of each member's scores [M, N, K]; pictures have the top-5 accuracy too."""
        predicted = combined.argmax(dim=2).cpu().numpy()
        rows = [metrics_of(self.y, p, combined.shape[2]) for p in predicted]
        if self.x.dim() == 2 and self.training.report.score != "top5_accuracy":
            return rows
        share_of = batch_mean_top5 if self.training.report.top5 == "batches" else top5_accuracy
        near = [share_of(self.y, scores) for scores in combined.cpu().numpy()]
        return [row | {"top5_accuracy": share} for row, share in zip(rows, near, strict=True)]

    def _ranked(self, row: dict[str, float]) -> list[float]:
        """What epochs are compared by; of equal top-5 accuracies the accuracy decides."""
        score = self.training.report.score
        return [row[score], row["accuracy"]] if score == "top5_accuracy" else [row[score]]

    def _remember(
        self, epoch: int, scores: list[list[float]], weights: Tensor, statistics: Statistics
    ) -> None:
        if self.best is None:
            members = len(scores)
            state = Snapshot.of(weights, statistics)
            self.best = Best(state, [[] for _ in scores], [epoch] * members, [0] * members)
        for member, score in enumerate(scores):
            if score > self.best.score[member]:
                self.best.score[member] = score
                self.best.epoch[member] = epoch
                self.best.snapshots[member] = len(self.snapshots)
                self.best.state.weights[member] = weights[member].detach()
                self.best.state.statistics[member] = statistics[member]

    def _combine(self, logits: list[Tensor]) -> Tensor:
        rule = self.training.ensemble
        *snapshots, current = logits
        chosen = snapshots[-rule.kept :] if rule.kept else []
        if rule.current or not chosen:
            chosen = [*chosen, current]
        parts = (part if rule.average == "logits" else part.softmax(dim=2) for part in chosen)
        total = next(parts).clone()
        for part in parts:  # one at a time: with many rows and classes a stack of all is large
            total += part
        return total / len(chosen)

    def _out(self, weights: Tensor, statistics: Statistics) -> Tensor:
        return outputs(self.net, weights, statistics, self.x)

    def restore(self, snapshots: list[Snapshot], best: Best | None) -> None:
        """Go on from a checkpoint."""
        self.best = best
        for snapshot in snapshots:
            self.take_snapshot(snapshot)
        self._taken_now = False
