"""Golden scores: a computation that changes without a new `revision` fails here.

`python -m tests.baselines.test_golden_scores` writes the file anew, after a revision was raised.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from baselines.registry import find_methods
from iunet.declare.data import FitData, Rows
from iunet.declare.protocol import shipped_protocols
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import grid, resolve
from iunet.declare.settings import Chain, Training
from iunet.train.cohort import Member, fit_cohort

GOLDEN = Path(__file__).parent / "golden_scores.json"
EPOCHS = 10  # two batches each: twenty steps a stage


def recipes() -> list[str]:
    return sorted(key for key, method in find_methods().items() if isinstance(method, Recipe))


def table() -> FitData:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(200, 6)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] > 0).astype(np.int64) + (x[:, 2] > 1)
    whole = Rows(x, y)
    return FitData(
        Rows(whole.x[:150], whole.y[:150]),
        Rows(whole.x[150:], whole.y[150:]),
        n_classes=3,
        groups=np.array([0, 0, 1, 2, 3, 4]),
        categorical=np.zeros(6, dtype=bool),
    )


def short(stage: Training | None) -> Training | None:
    return None if stage is None else replace(stage, epochs=EPOCHS, precision="float64")


def golden_runs() -> dict[str, dict[str, float]]:
    """Losses and a weighted sum of the validation scores, by protocol and method."""
    data, members = table(), []
    weights = np.random.default_rng(6).normal(size=(50, 3))
    for protocol in shipped_protocols().values():
        for key in recipes():
            recipe = find_methods()[key]
            chain = resolve(recipe, protocol.table, grid(recipe, protocol.table)[-1])
            chain = replace(chain, pretrain=short(chain.pretrain), finetune=short(chain.finetune))
            assert isinstance(chain, Chain)
            name = f"{protocol.key} {key} {recipe.revision}"
            members.append(Member(name, chain, protocol.seeds[0]))
    found = {}
    for key, fitted in fit_cohort(data, "mlp-tab", members, data_id="golden"):
        if isinstance(fitted, Exception):
            raise fitted
        found[key] = {
            "first_loss": fitted.facts["first_loss"],
            "last_loss": fitted.facts["last_loss"],
            "scores": float((fitted.predictor.scores(data.valid.x) * weights).sum()),
        }
    return dict(sorted(found.items()))


@pytest.fixture(scope="module")
def runs() -> dict[str, dict[str, float]]:
    return golden_runs()


def test_every_method_still_gives_its_golden_scores(runs: dict[str, dict[str, float]]) -> None:
    golden = json.loads(GOLDEN.read_text())
    assert list(runs) == list(golden), "a method was added, renamed or revised: write the file anew"
    for name, values in golden.items():
        assert runs[name] == pytest.approx(values, rel=1e-6, abs=1e-6), (
            f"{name} computes something else: raise its `revision`, then write the file anew"
        )


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden_runs(), indent=1) + "\n")
