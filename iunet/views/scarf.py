"""SCARF views of table rows: a share of the features takes values of other training rows."""

from __future__ import annotations

from math import floor

import torch
from torch import Tensor

from iunet.declare.settings import Views


def corrupted(
    x: Tensor, pool: Tensor, groups: Tensor, views: Views, draw: torch.Generator
) -> Tensor:
    """One view of every row of x.

    Exactly floor(rate * units) units of a row are replaced, a unit being an encoded column or a raw
    feature with all its one-hot columns. The new values come from one training row for the whole
    row, or from a row drawn for each unit.

    Args:
        x: rows [B, D].
        pool: training rows [N, D] to draw from.
        groups: [D], the raw feature of each column, numbered from 0.
        views: rate, unit and donor.
        draw: a CPU generator; the draws are the same on every device.

    Source: SCARF (Bahri et al. 2021), in the two forms of protocol settings `donor` and `unit`.
    """
    rows, columns = x.shape
    unit = groups if views.unit == "feature" else torch.arange(columns, device=groups.device)
    units = int(unit.max()) + 1
    count = floor(views.rate * units)
    if count == 0:
        return x.clone()
    chosen = torch.rand(rows, units, generator=draw).topk(count, dim=1).indices
    hit = torch.zeros(rows, units, dtype=torch.bool).scatter_(1, chosen, True).to(x.device)[:, unit]
    if views.donor == "one-row":
        donors = pool[torch.randint(len(pool), (rows,), generator=draw).to(x.device)]
    else:
        sources = torch.randint(len(pool), (rows, units), generator=draw).to(x.device)[:, unit]
        donors = pool.gather(0, sources)
    return torch.where(hit, donors, x)
