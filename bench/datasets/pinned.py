"""Digests of the content of the datasets that could be checked.

For how they are made see bench.datasets.table and bench.datasets.picture_set.
"""

from __future__ import annotations

from collections.abc import Mapping

CONTENT: Mapping[str, str] = {
    "anneal": "7964bdd681b5339c2c8df1050962859f",
    "kr-vs-kp": "89ece7832baa97a968f7007d08c9941e",
    "arrhythmia": "9fbad005d2c966a3718fe19605653e13",
    "mfeat-factors": "1772bd1ab66997a2ffec871db164a1e5",
    "credit-g": "7ecfcb66ad948d1549d5754f6c06f510",
    "vehicle": "78f52ecb223e69107fe4d5054fd70089",
    "kc1": "fa2be3316f90066cb43627401b2d05a8",
    "adult": "ed3728854476736986f950c80e5ef521",
    "walking-activity": "69c32cd5cac610dd6da0120a33f3f1f3",
    "phoneme": "35bbf0fae858509cafb3163f1ba58cf1",
    "skin-segmentation": "9db72f86f5dc9bab46a69265b34d1b3a",
    "bank-marketing": "c8e1654f31846f4b71a9828b8f157d46",
    "connect-4": "569e4d9b39e648712e2943f0249a7f93",
    "shuttle": "5af0443241b6fd3be99788835af285ed",
    "australian": "dc0a170c03df5228278aae8fa55aba68",
    "car": "3f7bc8f285ec152d12a237bfd0dd341d",
    "fashion-mnist": "3ae56c80efb47e6d1d07be1cc0401668",
    "jungle-chess-2pcs-raw-endgame-complete": "06c2c31ff9405257e754b3339baa8f0e",
    "jasmine": "bd2475081f6921594a67f789c689310f",
    "iris": "4062eda08ace2d9abd2680327b211a5b",
    "wine": "7b8817bdb8423193619511704a78f686",
    "breast-cancer": "ec1b5735dac43384f29b31013b5cb5d0",
    "cifar100": "411675a6f21f69e503f977272f969ce7",
    "digits": "a1e195b5d23556308dad84263aee2e96",
}
