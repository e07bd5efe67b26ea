"""The two contrastive losses: the one of the text and the one of the released code."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

NORMALISE_EPS = 1e-8


def other_classes_loss(
    clean: Tensor, view: Tensor, y: Tensor, *, temperature: float = 1.0
) -> Tensor:
    """How much closer each sample is to its own view than to views of other classes.

    Rows whose batch holds no other class have no negatives and are left out of the mean; a batch of
    one class gives 0.

    Args:
        clean, view: encoder outputs of x and g(x), [M, B, H].
        y: class indices, [M, B].

    Returns:
        One loss per member, [M], in nats; can be negative, since the positive is not in the
        denominator.

    Source: arXiv 2309.08171, Eq. 10 (Eq. 8 as printed pairs each negative with its own view).
    """
    similarity = _cosine(clean, view) / temperature
    other = y.unsqueeze(2) != y.unsqueeze(1)
    usable = other.any(dim=2)
    # A finite stand-in keeps gradients of rows without negatives at zero instead of NaN.
    negatives = similarity.masked_fill(~other, torch.finfo(similarity.dtype).min)
    losses = torch.logsumexp(negatives, dim=2) - similarity.diagonal(dim1=1, dim2=2)
    kept = torch.where(usable, losses, torch.zeros_like(losses))
    return kept.sum(dim=1) / usable.sum(dim=1).clamp(min=1)


def supcon_loss(clean: Tensor, view: Tensor, y: Tensor, *, temperature: float = 1.0) -> Tensor:
    """Supervised contrastive loss over both halves: own view and same class are positives.

    The denominator holds every other feature, positives included.

    Args:
        clean, view: encoder outputs of the two halves, [M, B, H].
        y: class indices, [M, B].

    Returns:
        One loss per member, [M], in nats.

    Source: Khosla et al. 2020, the form with the mean over positives outside the logarithm.
    """
    features = torch.cat([clean, view], dim=1)
    similarity = _cosine(features, features) / temperature
    itself = torch.eye(similarity.shape[1], dtype=torch.bool, device=similarity.device)
    labels = torch.cat([y, y], dim=1)
    positive = (labels.unsqueeze(2) == labels.unsqueeze(1)) & ~itself
    others = similarity.masked_fill(itself, torch.finfo(similarity.dtype).min)
    log_probability = similarity - torch.logsumexp(others, dim=2, keepdim=True)
    per_anchor = (log_probability * positive).sum(dim=2) / positive.sum(dim=2)
    return -per_anchor.mean(dim=1)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    a, b = (functional.normalize(z, dim=2, eps=NORMALISE_EPS) for z in (a, b))
    return torch.bmm(a, b.transpose(1, 2))


ContrastiveLoss = Callable[..., Tensor]

LOSSES: Mapping[str, ContrastiveLoss] = {
    "other-classes": other_classes_loss,
    "supcon": supcon_loss,
}
