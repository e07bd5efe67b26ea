"""XGB: gradient-boosted trees with fixed settings, stopped early on validation balanced error.

The published column was tuned; this one is not, and `xgb-tuned` is. The settings are the library's
defaults but for a smaller learning rate, row and column subsampling (without it a seed would change
nothing) and the number of rounds. Category codes count as numbers. One thread, because the number
of threads changes the last digits of the sums; fits run side by side instead.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from iunet.declare.contract import Fact, Fitted, Learner, MethodFailed
from iunet.declare.data import FitData, Floats, Labels, Rows
from iunet.measure.metrics import metrics_of

if TYPE_CHECKING:
    from xgboost import Booster, DMatrix
    from xgboost.callback import TrainingCallback

SETTINGS: Mapping[str, Any] = {
    "learning_rate": 0.1,
    "max_depth": 6,
    "min_child_weight": 1.0,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "reg_lambda": 1.0,
    "tree_method": "hist",
    "rounds": 1000,
    "patience": 50,
}
ERROR = "balanced_error"
OURS = ("rounds", "patience", "one_hot")
"""Settings that are no parameters of the library."""


@dataclass(frozen=True)
class Encoding:
    """How trees see categories, whichever way the rows are encoded already.

    Args:
        apart: by column its codes, each of which becomes a column of its own.
        merged: indicator columns of one feature, which become one column of codes; the code
            is 0 where all of them are 0.
    """

    apart: Mapping[int, Floats] = field(default_factory=dict)
    merged: Sequence[Labels] = ()

    def of(self, x: Floats) -> Floats:
        """Rows [N, D] as the trees see them: what stays, then the columns that were changed."""
        gone = [*self.apart, *(int(column) for one in self.merged for column in one)]
        if not gone:
            return x
        apart = [(x[:, column, None] == known) for column, known in self.apart.items()]
        merged = [(x[:, one] @ np.arange(1, len(one) + 1))[:, None] for one in self.merged]
        changed = [part.astype(x.dtype) for part in (*apart, *merged)]
        return np.hstack([np.delete(x, gone, axis=1), *changed])


@dataclass(frozen=True)
class Trees:
    """The booster up to and with its best round, and how it sees categories."""

    booster: Booster
    rounds: int
    encoding: Encoding

    def scores(self, x: Floats) -> Floats:
        """Class probabilities [N, K]."""
        from xgboost import DMatrix

        rows = DMatrix(self.encoding.of(x), nthread=1)
        chances = self.booster.predict(rows, iteration_range=(0, self.rounds))
        return _two_columns(chances)


def fit(data: FitData, settings: Mapping[str, Any], seed: int, device: str) -> Fitted:
    """Boost until the balanced validation error has not fallen for `patience` rounds.

    With a patience of 0 all rounds are made, and the last one is the best.

    Raises:
        MethodFailed: the library left the device it was asked for, as where it finds no GPU.
    """
    import xgboost

    started = time.perf_counter()
    history: dict[str, dict[str, list[float]]] = {}
    encoding = encoding_of(data, settings.get("one_hot"))
    parameters = _parameters(settings, data.n_classes, seed, device)
    train = _matrix(data.train, encoding)
    _refuse_other_device(parameters, train)
    booster = xgboost.train(
        parameters,
        train,
        num_boost_round=settings["rounds"],
        evals=[(_matrix(data.valid, encoding), "valid")],
        custom_metric=lambda chances, rows: (ERROR, _balanced_error(chances, rows, data.n_classes)),
        callbacks=_stopping(settings["patience"]),
        evals_result=history,
        verbose_eval=False,
    )
    errors = history["valid"][ERROR]
    best = booster.best_iteration if settings["patience"] else len(errors) - 1
    rounds = best + 1
    return Fitted(
        predictor=Trees(booster, rounds, encoding),
        facts={
            "best_iteration": best,
            "rounds": len(errors),
            "trees": rounds * (1 if data.n_classes == 2 else data.n_classes),
        },
        trace=[{"epoch": i, "valid_balanced_accuracy": 1 - e} for i, e in enumerate(errors)],
        seconds={"fit": time.perf_counter() - started},
    )


def refit(facts: Mapping[str, Fact]) -> Mapping[str, Any]:
    """Settings of a refit: the best number of rounds, without early stopping."""
    return {"rounds": int(facts["best_iteration"]) + 1, "patience": 0}


def _stopping(patience: int) -> list[TrainingCallback]:
    from xgboost.callback import EarlyStopping

    if not patience:
        return []
    return [EarlyStopping(rounds=patience, metric_name=ERROR, data_name="valid", maximize=False)]


def _parameters(
    settings: Mapping[str, Any], n_classes: int, seed: int, device: str
) -> dict[str, Any]:
    """The library's names; K is declared, so classes absent from training get low scores."""
    binary = n_classes == 2
    objective = (
        {"objective": "binary:logistic"}
        if binary
        else {"objective": "multi:softprob", "num_class": n_classes}
    )
    without = OURS if settings.get("booster") == "dart" else (*OURS, "rate_drop")
    fixed = {name: value for name, value in settings.items() if name not in without}
    return {
        **fixed,
        **objective,
        "seed": seed,
        "device": device,
        "nthread": 1,
        "disable_default_eval_metric": True,
        "verbosity": 0,
    }


def _matrix(rows: Rows, encoding: Encoding) -> DMatrix:
    from xgboost import DMatrix

    return DMatrix(encoding.of(rows.x), label=rows.y, nthread=1)


def encoding_of(data: FitData, one_hot: bool | None) -> Encoding:
    """A column for each code, or one for all codes of a feature; None leaves rows as they are.

    A code that training does not have is 0 in all columns of its feature.
    """
    if one_hot is None:
        return Encoding()
    categorical = np.flatnonzero(data.categorical)
    features = [categorical[data.groups[categorical] == g] for g in np.unique(data.groups)]
    if one_hot:
        alone = [int(one[0]) for one in features if len(one) == 1]
        return Encoding(apart={column: np.unique(data.train.x[:, column]) for column in alone})
    return Encoding(merged=[one for one in features if len(one) > 1])


def _balanced_error(chances: Floats, rows: DMatrix, n_classes: int) -> float:
    truth = rows.get_label().astype(np.int64)
    predicted = _two_columns(chances).argmax(axis=1)
    return 1.0 - metrics_of(truth, predicted, n_classes)["balanced_accuracy"]


def _two_columns(chances: Floats) -> Floats:
    """[N, K]; with two classes the library gives the second one's probability alone."""
    if chances.ndim == 2:
        return chances
    return np.stack([1 - chances, chances], axis=1)


def _refuse_other_device(parameters: Mapping[str, Any], train: DMatrix) -> None:
    """Without a GPU the library goes on on the CPU; only its own configuration tells."""
    import xgboost

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"(?s).*(No visible GPU|Device is changed)", UserWarning)
        untrained = xgboost.train(dict(parameters), train, num_boost_round=0)
    used = json.loads(untrained.save_config())["learner"]["generic_param"]["device"]
    if used.partition(":")[0] != parameters["device"].partition(":")[0]:
        raise MethodFailed(f"xgboost would run on {used!r}, not on {parameters['device']!r}")


METHOD = Learner(
    key="xgb",
    fit=fit,
    settings=SETTINGS,
    libraries=("xgboost",),
    refit=refit,
    in_threads=True,
)
