"""XGB: gradient-boosted trees with fixed settings, stopped early on validation balanced error.

The published column was tuned; this one is not, and `xgb-tuned` is. The settings are the library's
defaults but for a smaller learning rate, row and column subsampling (without it a seed would change
nothing) and the number of rounds. Category codes count as numbers. One thread, because the number
of threads changes the last digits of the sums.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from iunet.declare.contract import Fitted, Learner, MethodFailed
from iunet.declare.data import FitData, Floats, Rows
from iunet.measure.metrics import metrics_of

if TYPE_CHECKING:
    from xgboost import Booster, DMatrix

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

Codes = Mapping[int, Floats]


@dataclass(frozen=True)
class Trees:
    """The booster up to and with its best round, and the codes that it knows one by one.

    Args:
        codes: by column, where codes are encoded one-hot.
    """

    booster: Booster
    rounds: int
    codes: Codes

    def scores(self, x: Floats) -> Floats:
        """Class probabilities [N, K]."""
        from xgboost import DMatrix

        rows = DMatrix(one_hot(x, self.codes), nthread=1)
        chances = self.booster.predict(rows, iteration_range=(0, self.rounds))
        return _two_columns(chances)


def fit(data: FitData, settings: Mapping[str, Any], seed: int, device: str) -> Fitted:
    """Boost until the balanced validation error has not fallen for `patience` rounds.

    Raises:
        MethodFailed: the library left the device it was asked for, as where it finds no GPU.
    """
    import xgboost

    started = time.perf_counter()
    history: dict[str, dict[str, list[float]]] = {}
    stop = xgboost.callback.EarlyStopping(
        rounds=settings["patience"], metric_name=ERROR, data_name="valid", maximize=False
    )
    codes = _codes(data) if settings.get("one_hot") else {}
    parameters = _parameters(settings, data.n_classes, seed, device)
    train = _matrix(data.train, codes)
    _refuse_other_device(parameters, train)
    booster = xgboost.train(
        parameters,
        train,
        num_boost_round=settings["rounds"],
        evals=[(_matrix(data.valid, codes), "valid")],
        custom_metric=lambda chances, rows: (ERROR, _balanced_error(chances, rows, data.n_classes)),
        callbacks=[stop],
        evals_result=history,
        verbose_eval=False,
    )
    rounds = booster.best_iteration + 1
    errors = history["valid"][ERROR]
    return Fitted(
        predictor=Trees(booster, rounds, codes),
        facts={
            "best_iteration": booster.best_iteration,
            "rounds": len(errors),
            "trees": rounds * (1 if data.n_classes == 2 else data.n_classes),
        },
        trace=[{"epoch": i, "valid_balanced_accuracy": 1 - e} for i, e in enumerate(errors)],
        seconds={"fit": time.perf_counter() - started},
    )


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


def _matrix(rows: Rows, codes: Codes) -> DMatrix:
    from xgboost import DMatrix

    return DMatrix(one_hot(rows.x, codes), label=rows.y, nthread=1)


def _codes(data: FitData) -> Codes:
    """The category codes of the training rows, by column."""
    columns = np.flatnonzero(data.categorical)
    return {int(column): np.unique(data.train.x[:, column]) for column in columns}


def one_hot(x: Floats, codes: Codes) -> Floats:
    """Rows [N, D] with a column for each known code of some columns; others are 0 in all."""
    if not codes:
        return x
    kept = [column for column in range(x.shape[1]) if column not in codes]
    parts = [(x[:, column, None] == known).astype(x.dtype) for column, known in codes.items()]
    return np.hstack([x[:, kept], *parts])


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


METHOD = Learner(key="xgb", fit=fit, settings=SETTINGS, libraries=("xgboost",))
