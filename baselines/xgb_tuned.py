"""XGB, tuned: the search space of an earlier benchmark, on the networks' own training rows.

Source: Kadra et al. 2021. There are at most 4,000 rounds, stopped early on the balanced validation
error. Only a protocol that says `refit` fits the winner again on the validation rows too; under the
others it has seen what the networks have seen.
"""

from pathlib import Path

from baselines import xgb
from iunet.declare.contract import Learner
from iunet.declare.space import read_space
from iunet.declare.tuned import Tuned

TREES = Learner(
    key="xgb",
    fit=xgb.fit,
    settings={
        **xgb.SETTINGS,
        "reg_alpha": 0.0,
        "gamma": 0.0,
        "colsample_bylevel": 1.0,
        "colsample_bynode": 1.0,
        "max_delta_step": 0,
        "booster": "gbtree",
        "rate_drop": 0.0,
        "one_hot": False,
        "rounds": 4000,
    },
    revision=xgb.METHOD.revision,
    libraries=xgb.METHOD.libraries,
    refit=xgb.refit,
)
METHOD = Tuned(
    key="xgb-tuned", of=TREES, space=read_space(Path(__file__).with_name("xgb-tuned.toml"))
)
