"""Global one-shot pruning: which entries of a member's parameters are kept."""

from __future__ import annotations

import torch
from torch import Tensor

from iunet.criteria import find_criterion
from iunet.declare.contract import MethodFailed
from iunet.declare.settings import Cut
from iunet.nets.layout import SCOPES, Layout
from iunet.prune.candidates import Candidates
from iunet.streams import stream


def kept_count(layout: Layout, cut: Cut) -> int:
    """How many entries of the scope are kept.

    "encoder-weights": 1 / ratio of the encoder weights. "whole-model": as many as leave
    1 / ratio of all parameters, those outside the scope counted as kept.

    Raises:
        MethodFailed: the ratio cannot be reached, because what may not be pruned is too much.
    """
    inside = int(layout.in_scope(cut.scope).sum())
    if cut.ratio_of == "encoder-weights":
        return round(int(layout.in_scope("encoder-weights").sum()) / cut.ratio)
    share = (layout.total / cut.ratio - (layout.total - inside)) / inside
    if not 0 < share <= 1:
        raise MethodFailed(
            f"ratio {cut.ratio:g} of the whole model cannot be reached: {layout.total - inside:,} "
            f"of {layout.total:,} parameters stay; choose a smaller ratio or a wider scope"
        )
    return round(share * inside)


def mask_of(layout: Layout, trained: Tensor, initial: Tensor, cut: Cut, seed: int) -> Tensor:
    """[P] bool, True where an entry is kept; everything outside the scope is kept.

    Args:
        trained, initial: parameters [P] of one member at the end and at the beginning of
            pre-training.
        seed: for criteria that draw.

    Raises:
        MethodFailed: the ratio cannot be reached, or the criterion gives NaN.
    """
    scope = [slot for slot in layout.slots if SCOPES[cut.scope](slot)]
    after, before = layout.views(trained.unsqueeze(0)), layout.views(initial.unsqueeze(0))
    candidates = Candidates(
        trained={slot.name: after[slot.name] for slot in scope},
        initial={slot.name: before[slot.name] for slot in scope},
        generators=[stream(seed, f"criterion {cut.criterion}")],
    )
    by_name = find_criterion(cut.criterion)(candidates)
    flat = torch.cat([by_name[slot.name].reshape(-1) for slot in scope])
    if flat.isnan().any():
        raise MethodFailed(f"criterion {cut.criterion}: some scores are not numbers")
    kept = largest(flat.to(trained.device), kept_count(layout, cut))
    mask = torch.ones(layout.total, dtype=torch.bool, device=trained.device)
    inside = layout.views(mask.unsqueeze(0))
    for slot, part in zip(scope, kept.split([slot.size for slot in scope]), strict=True):
        inside[slot.name].copy_(part.view(1, *slot.shape))
    return mask


def largest(scores: Tensor, count: int) -> Tensor:
    """[S] bool: the `count` highest of scores [S]; among equals the first."""
    chosen = torch.zeros_like(scores, dtype=torch.bool)
    if not 0 < count < len(scores):
        return chosen if count <= 0 else ~chosen
    # Sorting tens of millions takes half a minute, finding the lowest of the chosen a moment.
    lowest = scores.kthvalue(len(scores) - count + 1).values
    torch.gt(scores, lowest, out=chosen)
    equals = (scores == lowest).nonzero().squeeze(1)
    chosen[equals[: count - int(chosen.sum())]] = True
    return chosen
