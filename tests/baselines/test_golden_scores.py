"""Golden scores: a computation that changes without a new `revision` fails here.

`python -m tests.baselines.test_golden_scores` writes the files anew, after a revision was raised.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from baselines.registry import find_methods
from iunet.declare.data import Data, FitData, PictureData, Pictures, Rows
from iunet.declare.protocol import shipped_protocols
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import grid, resolve
from iunet.declare.settings import Chain, PictureConsistency, Training
from iunet.train.cohort import Member, fit_cohort

HERE = Path(__file__).parent
TABLE_EPOCHS = 10  # two batches each: twenty steps a stage
PICTURE_EPOCHS = 2  # one batch each
PICTURE_NETS = {  # by protocol, beside every recipe on MLP_VIS; each recipe of a ResNet once
    "released": (("cnn", "dense"), ("resnet", "iunet")),
    "paper": (("cnn", "dense"), ("resnet", "omp")),
}
Runs = dict[str, dict[str, float]]


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


def pictures() -> PictureData:
    draw = np.random.default_rng(7)
    x = draw.integers(0, 256, (24, 3, 32, 32), dtype=np.uint8)
    y = np.arange(24) % 3
    scale = np.full(3, 0.5, dtype=np.float32)
    valid = Rows((x[16:] / 255 - 0.5).astype(np.float32) / 0.5, y[16:])
    return PictureData(Pictures(x[:16], y[:16]), valid, n_classes=3, mean=scale, std=scale)


def short(chain: Chain, epochs: int) -> Chain:
    """Few epochs in float64; how views agree is no golden score, so few pictures are looked at."""

    def stage(training: Training | None) -> Training | None:
        return training and replace(training, epochs=epochs, precision="float64")

    seen = chain.consistency
    if isinstance(seen, PictureConsistency):
        seen = replace(seen, pictures=2)
    pretrain, finetune = stage(chain.pretrain), stage(chain.finetune)
    return replace(chain, pretrain=pretrain, finetune=finetune, consistency=seen)


def table_members() -> list[tuple[str, Member]]:
    """Every recipe of both protocols at the last point of its grid."""
    found = []
    for protocol in shipped_protocols().values():
        for key in recipes():
            recipe = find_methods()[key]
            chain = resolve(recipe, protocol.table, grid(recipe, protocol.table)[-1])
            name = f"{protocol.key} {key} {recipe.revision}"
            member = Member(name, short(chain, TABLE_EPOCHS), protocol.seeds[0])
            found.append(("mlp-tab", member))
    return found


def picture_members() -> list[tuple[str, Member]]:
    """Every recipe on MLP_VIS, some on the other nets; at alpha 1 and the first grid point."""
    found = []
    for protocol in shipped_protocols().values():
        half = replace(protocol.vision, alpha=1)
        columns = [("mlp-vis", key) for key in recipes()]
        for net, key in (*columns, *PICTURE_NETS[protocol.key]):
            recipe = find_methods()[key]
            chain = resolve(recipe, half, grid(recipe, half, "cifar10")[0], net)
            name = f"{protocol.key} {net} {key} {recipe.revision}"
            found.append((net, Member(name, short(chain, PICTURE_EPOCHS), protocol.seeds[0])))
    return found


def golden_runs(data: Data, members: list[tuple[str, Member]]) -> Runs:
    """Losses and a weighted sum of the validation scores, by protocol, net and method."""
    weights = np.random.default_rng(6).normal(size=(len(data.valid.y), 3))
    found = {}
    for net in dict.fromkeys(net for net, _ in members):
        own = [member for of, member in members if of == net]
        for key, fitted in fit_cohort(data, net, own, data_id="golden"):
            if isinstance(fitted, Exception):
                raise fitted
            found[key] = {
                "first_loss": fitted.facts["first_loss"],
                "last_loss": fitted.facts["last_loss"],
                "scores": float((fitted.predictor.scores(data.valid.x) * weights).sum()),
            }
    return dict(sorted(found.items()))


def table_runs() -> Runs:
    return golden_runs(table(), table_members())


def picture_runs() -> Runs:
    return golden_runs(pictures(), picture_members())


GOLDEN: dict[str, Callable[[], Runs]] = {
    "golden_scores.json": table_runs,
    "golden_picture_scores.json": picture_runs,
}


@pytest.mark.parametrize("name", GOLDEN)
def test_every_method_still_gives_its_golden_scores(name: str) -> None:
    runs, golden = GOLDEN[name](), json.loads((HERE / name).read_text())
    assert set(golden) <= set(runs), "a method was renamed or revised: write the file anew"
    for method, values in golden.items():
        assert runs[method] == pytest.approx(values, rel=1e-6, abs=1e-6), (
            f"{method} computes something else: raise its `revision`, then write the file anew"
        )


def test_every_recipe_has_golden_scores() -> None:
    names = {member.key for _, member in (*table_members(), *picture_members())}
    pinned = {name for file in GOLDEN for name in json.loads((HERE / file).read_text())}
    if names - pinned:
        pytest.skip(f"run this file as a script; no golden scores yet: {sorted(names - pinned)}")
    assert pinned == names


if __name__ == "__main__":
    for name, runs in GOLDEN.items():
        (HERE / name).write_text(json.dumps(runs(), indent=1) + "\n")
