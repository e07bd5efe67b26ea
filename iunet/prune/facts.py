"""What can be counted on a pruned or dense member."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor

from iunet.declare.contract import Fact
from iunet.declare.settings import Cut
from iunet.nets.layout import SCOPES, Layout
from iunet.prune.cut import largest


def count_facts(layout: Layout, kept: Tensor) -> dict[str, Fact]:
    """Totals of all parameters and of the encoder weights, from what is kept [P] bool."""
    encoder = layout.in_scope("encoder-weights").to(kept.device)
    return {
        "total_weights": layout.total,
        "kept_weights": int(kept.sum()),
        "encoder_weights": int(encoder.sum()),
        "encoder_kept_weights": int((kept & encoder).sum()),
    }


def mask_facts(layout: Layout, mask: Tensor, initial: Tensor, cut: Cut) -> dict[str, Fact]:
    """What the mask of one member [P] says.

    `kept_already_largest` is the share of the kept entries that magnitude at initialisation,
    `initial` [P], would have kept too; `emptied_layers` counts linear maps without any weight left.
    """
    names = [slot.name for slot in layout.slots if SCOPES[cut.scope](slot)]
    weights, began = layout.views(mask.unsqueeze(0)), layout.views(initial.unsqueeze(0))
    chosen = torch.cat([weights[name].reshape(-1) for name in names])
    sizes = torch.cat([began[name].reshape(-1) for name in names]).abs_()
    at_start = largest(sizes, int(chosen.sum()))
    return {
        "mask_hash": _mask_hash(mask),
        "kept_already_largest": float((chosen & at_start).sum() / chosen.sum().clamp(min=1)),
        "emptied_layers": len(emptied_layers(layout, mask)),
    }


def emptied_layers(layout: Layout, mask: Tensor | None) -> list[str]:
    """Names of the weights of which a mask [P] keeps none; without a mask there are none."""
    if mask is None:
        return []
    kept = layout.views(mask.unsqueeze(0))
    names = [slot.name for slot in layout.slots if slot.kind == "weight"]
    return [name for name in names if not bool(kept[name].any())]


def _mask_hash(mask: Tensor) -> str:
    bits = np.packbits(mask.cpu().to(torch.uint8).numpy())
    return hashlib.sha256(bits.tobytes()).hexdigest()[:16]
