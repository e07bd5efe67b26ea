"""Datasets that come with scikit-learn; no file and no network is needed."""

from __future__ import annotations

import numpy as np

from bench.datasets.pictures import PictureSet
from bench.datasets.table import Table, build_table, categorical, numeric

DIGITS_SEED, DIGITS_TEST = 0, 360
"""How scikit-learn's 1,797 digits, which have no official split, are split."""


def read_embedded(key: str) -> Table | PictureSet:
    """What scikit-learn calls load_<key>, as a table; digits as pictures."""
    from sklearn import datasets

    if key == "digits":
        return _digits()
    bunch = getattr(datasets, f"load_{key.replace('-', '_')}")()
    features = [
        numeric(str(name), bunch.data[:, j].astype(np.float64))
        for j, name in enumerate(bunch.feature_names)
    ]
    target = categorical("target", bunch.target.astype(np.int32), bunch.target_names.tolist())
    return build_table(features, target)


def _digits() -> PictureSet:
    """8 x 8 digits as 32 x 32 RGB: every grey value 0..16 becomes a block of 4 x 4 pixels.

    Training and test pictures are stratified by class and keep the order of scikit-learn.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    y = bunch.target.astype(np.int64)
    grey = ((bunch.images.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)
    x = np.repeat(grey.repeat(4, axis=1).repeat(4, axis=2)[:, None], 3, axis=1)
    train, test = map(
        np.sort,
        train_test_split(
            np.arange(len(y)), test_size=DIGITS_TEST, random_state=DIGITS_SEED, stratify=y
        ),
    )
    return PictureSet(x[train], y[train], x[test], y[test])
