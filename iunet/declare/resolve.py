"""From a recipe and a protocol to the fully resolved settings of its runs."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from iunet.architectures import find_nets
from iunet.declare.point import Point
from iunet.declare.protocol import HalfProtocol
from iunet.declare.recipe import Recipe
from iunet.declare.settings import Chain, Cut, Start, Training
from iunet.declare.vision import VisionGrid, VisionProtocol


def grid(
    recipe: Recipe, half: HalfProtocol, dataset: str = "", *, searched: bool = False
) -> tuple[Point, ...]:
    """The points of a recipe's grid in declared order; one empty point where there is no grid.

    Args:
        searched: an ablation has every kappa too, whatever the protocol says of ablations.
    """
    axes: dict[str, tuple[float, ...]] = {}
    if isinstance(half, VisionProtocol):
        if recipe.imprint:
            axes["kappa"] = _kappas(recipe, half.grid, dataset, searched=searched)
        if recipe.prune is not None and recipe.prune.ratio is None:
            axes["ratio"] = half.grid.ratios
    if recipe.shrink:
        axes["l1"] = half.shrink.l1
    return tuple(tuple(zip(axes, values, strict=True)) for values in product(*axes.values()))


def chosen_point(half: HalfProtocol, dataset: str) -> dict[str, float]:
    """By name the one value of a grid that stands for it where it is not searched."""
    if isinstance(half, VisionProtocol):
        return {"kappa": _chosen_kappa(half.grid, dataset), "ratio": half.grid.chosen_ratio}
    return {}


def resolve(recipe: Recipe, half: HalfProtocol, point: Point = (), net: str = "") -> Chain:
    """The settings of one run of a recipe at one grid point, on the net of this key."""
    start = Start(init=half.init, encoder_layers=half.encoder_layers)
    declared = find_nets().get(net)
    if isinstance(half, VisionProtocol) and declared and declared.scaled:
        start = replace(start, alpha=half.alpha)
    if recipe.imprint:
        kappa = dict(point).get("kappa", half.imprint.kappa)
        start = replace(start, kappa=kappa, kappa_scope=half.imprint.scope)
    return Chain(
        start=start,
        pretrain=_first_stage(recipe, half, point),
        cut=_cut(recipe, half, point),
        finetune=half.finetune if recipe.prune else None,
        consistency=half.consistency,
    )


def _kappas(
    recipe: Recipe, declared: VisionGrid, dataset: str, *, searched: bool
) -> tuple[float, ...]:
    if recipe.ablation and declared.ablation_kappa == "chosen" and not searched:
        return (_chosen_kappa(declared, dataset),)
    return declared.kappas


def _chosen_kappa(searched: VisionGrid, dataset: str) -> float:
    """The dataset's; the smallest of all for one that is not named, such as a user's own."""
    return searched.chosen_kappas.get(dataset, min(searched.chosen_kappas.values()))


def _first_stage(recipe: Recipe, half: HalfProtocol, point: Point) -> Training:
    chosen = "pretrain"
    if recipe.shrink:
        chosen = half.shrink_stage
    elif recipe.stage == "single":
        chosen = half.single_stage
    stage: Training = getattr(half, chosen)
    if recipe.invariance:
        stage = replace(stage, contrast=half.contrast)
    if recipe.shrink:
        stage = replace(stage, shrink=half.shrink.at(dict(point)["l1"]))
    return stage


def _cut(recipe: Recipe, half: HalfProtocol, point: Point) -> Cut | None:
    if recipe.prune is None:
        return None
    criterion = recipe.prune.criterion or half.cut.criterion
    ratio = recipe.prune.ratio or dict(point).get("ratio", half.cut.ratio)
    return replace(half.cut, criterion=criterion, ratio=ratio)
