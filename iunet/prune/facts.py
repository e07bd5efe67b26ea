"""What can be counted on a pruned or dense member."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor

from iunet.declare.contract import Fact
from iunet.declare.settings import Cut
from iunet.nets.layout import Layout
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
    inside = layout.in_scope(cut.scope).to(mask.device)
    chosen = mask[inside]
    at_start = largest(initial[inside].abs(), int(chosen.sum()))
    weights = layout.views(mask.unsqueeze(0))
    linear = [slot.name for slot in layout.slots if slot.kind == "weight"]
    return {
        "mask_hash": _mask_hash(mask),
        "kept_already_largest": float((chosen & at_start).sum() / chosen.sum().clamp(min=1)),
        "emptied_layers": sum(not bool(weights[name].any()) for name in linear),
    }


def _mask_hash(mask: Tensor) -> str:
    bits = np.packbits(mask.cpu().to(torch.uint8).numpy())
    return hashlib.sha256(bits.tobytes()).hexdigest()[:16]
