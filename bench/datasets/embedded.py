"""Tables that come with scikit-learn: for demonstrations, under their own names."""

from __future__ import annotations

import numpy as np

from bench.datasets.table import Table, build_table, categorical, numeric


def embedded_table(key: str) -> Table:
    """The table scikit-learn calls load_<key>; no file and no network is needed.

    Raises:
        KeyError: not one of "iris", "wine", "breast-cancer".
    """
    from sklearn import datasets

    load = {
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "breast-cancer": datasets.load_breast_cancer,
    }[key]
    bunch = load()
    features = [
        numeric(str(name), bunch.data[:, j].astype(np.float64))
        for j, name in enumerate(bunch.feature_names)
    ]
    target = categorical("target", bunch.target.astype(np.int32), bunch.target_names.tolist())
    return build_table(features, target)
