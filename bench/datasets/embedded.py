"""Data that come with scikit-learn: for demonstrations, under their own names."""

from __future__ import annotations

import numpy as np

from bench.datasets.pictures import PictureSet
from bench.datasets.table import Table, build_table, categorical, numeric

DIGITS_SEED, DIGITS_TEST = 0, 360
"""How the 1,797 digits, which have no official split, are split."""


def embedded_content(key: str) -> Table | PictureSet:
    """What scikit-learn calls load_<key>; no file and no network is needed.

    Raises:
        KeyError: not one of "iris", "wine", "breast-cancer", "digits".
    """
    from sklearn import datasets

    if key == "digits":
        return _digits()
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


def _digits() -> PictureSet:
    """scikit-learn's 8 x 8 digits as 32 x 32 RGB: every grey value 0..16 a block of 4 x 4 pixels.

    Training and test pictures are stratified by class and keep the order of scikit-learn.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    grey = ((bunch.images.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)
    large = grey.repeat(4, axis=1).repeat(4, axis=2)
    x = np.repeat(large[:, None], 3, axis=1)
    y = bunch.target.astype(np.int64)
    train, test = (
        np.sort(rows)
        for rows in train_test_split(
            np.arange(len(y)), test_size=DIGITS_TEST, random_state=DIGITS_SEED, stratify=y
        )
    )
    return PictureSet(x[train], y[train], x[test], y[test])
