"""One run from start to result: the pieces between its stages of training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from iunet.architectures import find_net
from iunet.declare.contract import Fact, Fitted
from iunet.declare.data import Data, PictureData
from iunet.declare.settings import Chain, Consistency, Cut, PictureConsistency
from iunet.measure.consistency import table_facts
from iunet.measure.operations import picture_facts
from iunet.nets.network import Network, fresh_statistics
from iunet.nets.snapshot import Snapshot
from iunet.nets.start import imprinted, initial_weights
from iunet.prune.cut import mask_of
from iunet.prune.facts import count_facts, mask_facts
from iunet.train.drawings import first_layer
from iunet.train.stage import FINETUNE, PRETRAIN, Member, Trained


@dataclass(frozen=True)
class Source:
    """What all runs of a cohort share: the data, its id, the net's key and the device."""

    data: Data
    data_id: str
    net: str
    device: str

    def build(self, chain: Chain) -> Network:
        """The network of a chain for this data."""
        return find_net(self.net).build(self.data.n_features, self.data.n_classes, chain.start)


def pretrain_member(source: Source, chain: Chain, seed: int) -> Member:
    """The supernet at its beginning."""
    net = source.build(chain)
    unscaled = initial_weights(net.layout, chain.start.init, seed)
    return Member(
        stream=PRETRAIN,
        training=chain.pretrain,
        seed=seed,
        weights=imprinted(net.layout, unscaled, chain.start),
        statistics=fresh_statistics(net, 1, torch.float32)[0],
    )


@dataclass(frozen=True)
class Pruned:
    """The mask [P] of a member between pruning and finetuning, and what pruning tells about it."""

    mask: Tensor
    facts: Mapping[str, Fact]


def prune(source: Source, chain: Chain, seed: int, supernet: Trained) -> Pruned:
    """Choose the mask by the trained supernet.

    Raises:
        MethodFailed: the ratio cannot be reached.
    """
    assert chain.cut is not None
    layout = source.build(chain).layout
    trained = supernet.last.weights[0]
    initial = pretrain_member(source, chain, seed).weights.to(trained.device, trained.dtype)
    mask = mask_of(layout, trained, initial, chain.cut, seed)
    return Pruned(mask, count_facts(layout, mask) | mask_facts(layout, mask, initial, chain.cut))


def finetune_member(
    source: Source, chain: Chain, seed: int, supernet: Trained, pruned: Pruned
) -> Member:
    """The restart weights under the mask."""
    assert chain.cut is not None and chain.finetune is not None
    restart = _restart(source, chain, chain.cut, seed, supernet)
    return Member(
        stream=FINETUNE,
        training=chain.finetune,
        seed=seed,
        weights=restart.weights[0] * pruned.mask,
        statistics=restart.statistics[0],
        mask=pruned.mask,
    )


def finish(
    source: Source,
    chain: Chain,
    seed: int,
    supernet: Trained,
    tuned: Trained | None,
    pruned: Pruned | None,
) -> Fitted:
    """The result of one run, from its stages."""
    net = source.build(chain)
    final = tuned or supernet
    before = _before_finetuning(source, chain, seed, supernet, pruned)
    facts = dict(pruned.facts) if pruned else count_facts(net.layout, final.last.weights[0] != 0)
    facts |= {
        "first_loss": supernet.first_loss,
        "last_loss": final.trace[-1]["loss"],
        "reported_epoch": final.epoch,
        "ensemble_size": len(final.reported.weights),
    }
    # A net whose loss was not finite in the end predicts nothing; its agreement would read as full.
    after = final.last if bool(final.last.weights.isfinite().all()) else None
    facts |= _consistency(source, chain, seed, before, after, pruned)
    seconds = {"pretrain": supernet.seconds} | ({"finetune": tuned.seconds} if tuned else {})
    pictures = isinstance(source.data, PictureData)
    drawn = first_layer(net.layout, supernet.last.weights, pictures=pictures)
    drawings = {**supernet.drawings, **drawn}
    return Fitted(final.reported, facts, final.trace, seconds, drawings)


def _restart(source: Source, chain: Chain, cut: Cut, seed: int, supernet: Trained) -> Snapshot:
    if cut.restart == "first-epoch":
        return supernet.first
    purpose = "initial weights" if cut.restart == "initial" else "random restart"
    return _fresh(source.build(chain), chain, seed, supernet.last, purpose)


def _before_finetuning(
    source: Source, chain: Chain, seed: int, supernet: Trained, pruned: Pruned | None
) -> Snapshot:
    if pruned is not None:
        member = finetune_member(source, chain, seed, supernet, pruned)
        return Snapshot(member.weights.unsqueeze(0), member.statistics.unsqueeze(0))
    if chain.consistency.state == "first-epoch":
        return supernet.first
    begin, like = pretrain_member(source, chain, seed), supernet.last.weights
    return Snapshot(begin.weights.unsqueeze(0).to(like), begin.statistics.unsqueeze(0).to(like))


def _fresh(net: Network, chain: Chain, seed: int, like: Snapshot, purpose: str) -> Snapshot:
    """Unscaled initial weights and fresh statistics, where and in what `like` is."""
    weights = initial_weights(net.layout, chain.start.init, seed, purpose).unsqueeze(0)
    statistics = fresh_statistics(net, 1, like.weights.dtype)
    return Snapshot(weights.to(like.weights), statistics.to(like.weights.device))


def _consistency(
    source: Source,
    chain: Chain,
    seed: int,
    before: Snapshot,
    after: Snapshot | None,
    pruned: Pruned | None,
) -> dict[str, Fact]:
    net, data, rule = source.build(chain), source.data, chain.consistency
    if not isinstance(data, PictureData):
        assert isinstance(rule, Consistency), "pictures are changed by other operations"
        return table_facts(net, data, rule, seed, before, after)
    assert isinstance(rule, PictureConsistency), "rows of tables are changed by other operations"
    initial = _fresh(net, chain, seed, before, "initial weights")
    if pruned is not None:
        initial.weights.mul_(pruned.mask)
    return picture_facts(net, data, rule, seed, before=before, initial=initial, after=after)
