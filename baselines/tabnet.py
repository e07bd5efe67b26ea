"""TabNet: attentive networks with fixed settings, stopped early on validation balanced accuracy.

The published column was tuned; this one is not, and `tabnet-tuned` is. The settings are the
library's defaults, but for the number of epochs, the patience and the batch: the library drops the
last incomplete batch, so with fewer rows than its default of 1024 it would not train at all. The
batch is the largest power of two that gives at least `least_steps` steps an epoch. Category codes
count as numbers; one thread, for the same sums everywhere.
"""

from __future__ import annotations

import contextlib
import io
import math
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from iunet.declare.contract import Fact, Fitted, Learner, MethodFailed
from iunet.declare.data import FitData, Floats, Labels, Rows
from iunet.measure.metrics import metrics_of

if TYPE_CHECKING:
    from pytorch_tabnet.metrics import Metric
    from pytorch_tabnet.tab_model import TabNetClassifier

SETTINGS: Mapping[str, Any] = {
    "n_d": 8,
    "n_a": 8,
    "n_steps": 3,
    "gamma": 1.3,
    "lambda_sparse": 1e-3,
    "momentum": 0.02,
    "learning_rate": 0.02,
    "largest_batch": 1024,
    "largest_virtual_batch": 128,
    "least_steps": 4,
    "epochs": 200,
    "patience": 30,
}
SCORE = "stopping_score"


@dataclass(frozen=True)
class Attention:
    """The network of the best epoch."""

    net: TabNetClassifier
    classes: Labels
    n_classes: int

    def scores(self, x: Floats) -> Floats:
        """Class probabilities [N, K]; 0 for a class that training did not have."""
        out = np.zeros((len(x), self.n_classes), dtype=np.float32)
        with _torch_undisturbed(str(self.net.device)):
            out[:, self.classes] = self.net.predict_proba(x)
        return out


def fit(data: FitData, settings: Mapping[str, Any], seed: int, device: str) -> Fitted:
    """Train until the validation balanced accuracy has not risen for `patience` epochs.

    With a patience of 0 all epochs are made, and the last one is reported.

    The library refuses validation labels that training does not have. Such rows are wrong at every
    epoch and only scale the score, so leaving them out does not change which epoch is best.

    Raises:
        MethodFailed: too few rows or classes to train on, or a loss that is not finite.
    """
    started = time.perf_counter()
    classes = np.unique(data.train.y)
    train, valid = _contiguous(data.train, classes), _contiguous(data.valid, classes)
    batch = batch_of(len(train.y), settings)
    if batch < 2 or len(classes) < 2 or not len(valid.y):
        raise MethodFailed(
            f"tabnet cannot train on {len(train.y)} rows of {len(classes)} classes "
            f"and stop on {len(valid.y)}"
        )
    with _known_noise_silenced(), _torch_undisturbed(device):
        net = _network(settings, seed, device)
        net.fit(
            train.x,
            train.y,
            eval_set=[(valid.x, valid.y)],
            eval_name=["valid"],
            eval_metric=[_stopping_score()],
            max_epochs=settings["epochs"],
            patience=settings["patience"],
            batch_size=batch,
            virtual_batch_size=min(batch, settings["largest_virtual_batch"]),
            pin_memory=False,
            compute_importance=False,
        )
    return _fitted(net, classes, data.n_classes, batch, time.perf_counter() - started)


def batch_of(rows: int, settings: Mapping[str, Any]) -> int:
    """Rows in a training batch, a power of two; 0 where there are too few for `least_steps`."""
    most = min(settings["largest_batch"], rows // settings["least_steps"])
    return 1 << most.bit_length() - 1 if most > 0 else 0


def refit(facts: Mapping[str, Fact]) -> Mapping[str, Any]:
    """Settings of a refit: the best number of epochs, without early stopping."""
    return {"epochs": int(facts["reported_epoch"]) + 1, "patience": 0}


def _fitted(
    net: TabNetClassifier, classes: Labels, n_classes: int, batch: int, seconds: float
) -> Fitted:
    losses = [float(loss) for loss in net.history["loss"]]
    scores = [float(score) for score in net.history[f"valid_{SCORE}"]]
    if not all(math.isfinite(loss) for loss in losses):
        raise MethodFailed(
            f"tabnet's loss is not finite after epoch {len(losses) - 1}: {losses[-1]}"
        )
    rows = zip(losses, scores, strict=True)
    return Fitted(
        predictor=Attention(net, classes, n_classes),
        facts={
            "reported_epoch": int(getattr(net, "best_epoch", len(losses) - 1)),  # no patience: none
            "epochs": len(losses),
            "batch": batch,
            "first_loss": losses[0],
            "last_loss": losses[-1],
        },
        trace=[
            {"epoch": i, "loss": loss, "valid_balanced_accuracy": score}
            for i, (loss, score) in enumerate(rows)
        ],
        seconds={"fit": seconds},
    )


def _network(settings: Mapping[str, Any], seed: int, device: str) -> TabNetClassifier:
    from pytorch_tabnet.tab_model import TabNetClassifier
    from torch.optim.lr_scheduler import StepLR

    decay: dict[str, Any] = {}
    if "decay" in settings:
        steps = {"step_size": settings["decay_steps"], "gamma": settings["decay"]}
        decay = {"scheduler_fn": StepLR, "scheduler_params": {**steps, "is_batch_level": True}}
    return TabNetClassifier(
        n_d=settings["n_d"],
        n_a=settings["n_d"] if settings["n_a"] == "n_d" else settings["n_a"],
        n_steps=settings["n_steps"],
        gamma=settings["gamma"],
        lambda_sparse=settings["lambda_sparse"],
        momentum=settings["momentum"],
        optimizer_params={"lr": settings["learning_rate"]},
        seed=seed,
        device_name=device,
        verbose=0,
        **decay,
    )


def _contiguous(rows: Rows, classes: Labels) -> Rows:
    """Rows of the given classes, with labels numbered by place in `classes`."""
    kept = np.isin(rows.y, classes)
    return Rows(rows.x[kept], np.searchsorted(classes, rows.y[kept]))


@cache
def _stopping_score() -> type[Metric]:
    """The library finds metrics by name among all subclasses, so there is just this one.

    Its own balanced accuracy is scikit-learn's, which warns of classes predicted but absent.
    """
    from pytorch_tabnet.metrics import Metric

    class StoppingScore(Metric):  # type: ignore[misc]  # the library has no types
        def __init__(self) -> None:
            self._name = SCORE
            self._maximize = True

        def __call__(self, truth: Labels, scores: Floats) -> float:
            return metrics_of(truth, scores.argmax(axis=1), scores.shape[1])["balanced_accuracy"]

    return StoppingScore


@contextlib.contextmanager
def _torch_undisturbed(device: str) -> Iterator[None]:
    """One thread inside; afterwards the global generators, which get reseeded, are as before."""
    import torch

    cuda = [torch.device(device).index or 0] if device.startswith("cuda") else []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=cuda):
            yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def _known_noise_silenced() -> Iterator[None]:
    """It says which epoch is used, as is wanted, and imports by an old name of SciPy's."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings("ignore", "Please import `spmatrix`", DeprecationWarning)
        warnings.filterwarnings("ignore", "No early stopping will be performed")
        warnings.filterwarnings("ignore", "Best weights from best epoch are automatically used")
        yield


METHOD = Learner(
    key="tabnet",
    fit=fit,
    settings=SETTINGS,
    libraries=("pytorch_tabnet", "torch"),
    refit=refit,
)
