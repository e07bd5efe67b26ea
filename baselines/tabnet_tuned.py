"""TabNet, tuned: the search space of an earlier benchmark, on the networks' own training rows.

Source: Kadra et al. 2021. A batch is never larger than what gives `least_steps` steps an epoch, so
that small tables are trained at all, and the learning rate decays by steps, not epochs: the library
counts epochs unless told otherwise, and would never reach the first decay.
"""

from pathlib import Path

from baselines import tabnet
from iunet.declare.contract import Learner
from iunet.declare.space import read_space
from iunet.declare.tuned import Tuned

ATTENTION = Learner(
    key="tabnet",
    fit=tabnet.fit,
    settings={**tabnet.SETTINGS, "n_a": "n_d", "decay": 1.0, "decay_steps": 500},
    revision=tabnet.METHOD.revision,
    libraries=tabnet.METHOD.libraries,
    refit=tabnet.refit,
)
METHOD = Tuned(
    key="tabnet-tuned",
    of=ATTENTION,
    space=read_space(Path(__file__).with_name("tabnet-tuned.toml")),
)
