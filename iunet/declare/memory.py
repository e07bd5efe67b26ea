"""How much memory a run holds at its largest moment, counted from its settings."""

from __future__ import annotations

from iunet.declare.net import Size
from iunet.declare.settings import Chain, Contrast, PictureContrast, Training

GIB = 2**30
VALUES_HELD = 3
"""A hidden value is there before its norm, after it, and as a gradient."""
SCORED_AT_ONCE = 512
"""So many pictures, or a few more rows, are predicted at a time."""
GRAPHS = 2
"""A step captured on a GPU keeps what it needs for itself, once for the shorter last batch too."""


def member_bytes(size: Size, chain: Chain) -> int:
    """Of one member that is alone on a CPU, from its initial weights to its result."""
    first = stage_bytes(size, chain.pretrain)
    if chain.finetune is None:
        return first
    tuned = stage_bytes(size, chain.finetune, pruned=True)
    return max(first, finished_bytes(size, chain.pretrain) + tuned)


def stage_bytes(
    size: Size, training: Training, *, pruned: bool = False, captured: bool = False
) -> int:
    """Of one member on its way through a stage."""
    graphs = GRAPHS if captured else 0
    copies = max(_stepping(training, graphs), _ending(training)) + _followed(training)
    rows = VALUES_HELD * training.batch * passes(training.contrast) * max(graphs, 1)
    values = size.values * (rows + SCORED_AT_ONCE)
    mask = 1.25 * pruned  # as numbers, and as a byte each
    return int(_bytes_of_a_number(training) * ((copies + mask) * size.parameters + values))


def finished_bytes(size: Size, training: Training) -> int:
    """Of one member whose stage is over: first and last epoch, and what it reports."""
    copies = 3 + training.ensemble.kept
    return _bytes_of_a_number(training) * copies * size.parameters


def passes(contrast: Contrast | PictureContrast | None) -> int:
    """How many batches pass the network in a step."""
    if contrast is None:
        return 1
    if not isinstance(contrast, PictureContrast):
        return 2
    anchor = "first-view" if contrast.anchor == "view" else "augmented"
    return 2 if contrast.supervised_input == anchor else 3


def _stepping(training: Training, graphs: int) -> float:
    """Copies of the weights that only steps need: gradient, moments, and what is made on the way.

    Several members' update makes copies on the way, a single one's on a CPU does not.
    """
    sgd, shrinks = training.optimiser.kind == "sgd", training.shrink is not None
    on_the_way = 1 + 2.25 * shrinks + (training.precision == "bfloat16")
    if graphs:
        on_the_way = graphs * (on_the_way + (1 if sgd else 3))
    return 1 + (1 if sgd else 2) + shrinks + on_the_way


def _ending(training: Training) -> float:
    """Copies that only the end needs: the last weights, and an ensemble put together."""
    return 2.0 + training.ensemble.kept


def _followed(training: Training) -> float:
    """Copies kept all along: the weights, their first epoch, the best one, snapshots."""
    best = training.report.epoch == "best-validation"
    return 2.0 + best + training.ensemble.kept


def _bytes_of_a_number(training: Training) -> int:
    return 8 if training.precision == "float64" else 4
