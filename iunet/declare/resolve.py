"""From a recipe and a protocol to the fully resolved settings of its runs."""

from __future__ import annotations

from dataclasses import replace

from iunet.declare.contract import Point
from iunet.declare.protocol import TableProtocol
from iunet.declare.recipe import Recipe
from iunet.declare.settings import Chain, Cut, Start, Training


def grid(recipe: Recipe, protocol: TableProtocol) -> tuple[Point, ...]:
    """The points of a recipe's grid in declared order; one empty point where there is no grid."""
    if recipe.shrink:
        return tuple((("l1", l1),) for l1 in protocol.shrink.l1)
    return ((),)


def resolve(recipe: Recipe, protocol: TableProtocol, point: Point = ()) -> Chain:
    """The settings of one run of a recipe at one grid point."""
    start = Start(init=protocol.init, encoder_layers=protocol.encoder_layers)
    if recipe.imprint:
        start = replace(start, kappa=protocol.imprint.kappa, kappa_scope=protocol.imprint.scope)
    return Chain(
        start=start,
        pretrain=_first_stage(recipe, protocol, point),
        cut=_cut(recipe, protocol),
        finetune=protocol.finetune if recipe.prune else None,
        consistency=protocol.consistency,
    )


def _first_stage(recipe: Recipe, protocol: TableProtocol, point: Point) -> Training:
    chosen = "pretrain"
    if recipe.shrink:
        chosen = protocol.shrink_stage
    elif recipe.stage == "single":
        chosen = protocol.single_stage
    stage: Training = getattr(protocol, chosen)
    if recipe.invariance:
        stage = replace(stage, contrast=protocol.contrast)
    if recipe.shrink:
        stage = replace(stage, shrink=protocol.shrink.at(dict(point)["l1"]))
    return stage


def _cut(recipe: Recipe, protocol: TableProtocol) -> Cut | None:
    if recipe.prune is None:
        return None
    criterion = recipe.prune.criterion or protocol.cut.criterion
    return replace(
        protocol.cut, criterion=criterion, ratio=recipe.prune.ratio or protocol.cut.ratio
    )
