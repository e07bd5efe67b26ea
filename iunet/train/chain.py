"""One run from start to result: the pieces between its stages of training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from iunet.declare.contract import Fact, Fitted
from iunet.declare.data import FitData
from iunet.declare.settings import Chain, Cut
from iunet.measure.consistency import agreement
from iunet.nets.build import build_net
from iunet.nets.mlp import Mlp
from iunet.nets.snapshot import Snapshot
from iunet.nets.start import imprinted, initial_weights
from iunet.prune.cut import mask_of
from iunet.prune.facts import count_facts, mask_facts
from iunet.streams import stream
from iunet.train.stage import Member, Trained
from iunet.views.pool import Pool


@dataclass(frozen=True)
class Table:
    """What all runs of a cohort share: the encoded data, its id, the net's key and the device."""

    data: FitData
    data_id: str
    net: str
    device: str

    def build(self, chain: Chain) -> Mlp:
        """The network of a chain for this table."""
        return build_net(
            self.net, self.data.n_features, self.data.n_classes, chain.start.encoder_layers
        )


def pretrain_member(table: Table, chain: Chain, seed: int) -> Member:
    """The supernet at its beginning."""
    net = table.build(chain)
    unscaled = initial_weights(net.layout, chain.start.init, seed)
    return Member(
        stream="pretrain",
        training=chain.pretrain,
        seed=seed,
        weights=imprinted(net.layout, unscaled, chain.start),
        statistics=net.fresh_statistics(1, torch.float32)[0],
    )


@dataclass(frozen=True)
class Pruned:
    """A member between pruning and finetuning, with what pruning tells about it."""

    member: Member
    facts: Mapping[str, Fact]


def prune(table: Table, chain: Chain, seed: int, supernet: Trained) -> Pruned:
    """Choose the mask by the trained supernet and put the restart weights under it.

    Raises:
        MethodFailed: the ratio cannot be reached.
    """
    assert chain.cut is not None and chain.finetune is not None
    layout = table.build(chain).layout
    begin = pretrain_member(table, chain, seed)
    trained = supernet.last.weights[0]
    initial = begin.weights.to(trained.device, trained.dtype)
    mask = mask_of(layout, trained, initial, chain.cut, seed)
    restart = _restart(table, chain, chain.cut, seed, supernet)
    member = Member(
        stream="finetune",
        training=chain.finetune,
        seed=seed,
        weights=restart.weights[0] * mask,
        statistics=restart.statistics[0],
        mask=mask,
    )
    facts = count_facts(layout, mask) | mask_facts(layout, mask, initial, chain.cut)
    return Pruned(member, facts)


def finish(
    table: Table,
    chain: Chain,
    seed: int,
    supernet: Trained,
    tuned: Trained | None,
    pruned: Pruned | None,
) -> Fitted:
    """The result of one run, from its stages."""
    net = table.build(chain)
    final = tuned or supernet
    before = _before_finetuning(table, chain, seed, supernet, pruned)
    facts = dict(pruned.facts) if pruned else count_facts(net.layout, final.last.weights[0] != 0)
    facts |= {
        "first_loss": supernet.first_loss,
        "last_loss": final.trace[-1]["loss"],
        "reported_epoch": final.epoch,
        "ensemble_size": len(final.reported.weights),
    }
    facts |= _consistency(table, chain, seed, before, final.last, net)
    seconds = {"pretrain": supernet.seconds} | ({"finetune": tuned.seconds} if tuned else {})
    return Fitted(final.reported, facts, final.trace, seconds)


def _restart(table: Table, chain: Chain, cut: Cut, seed: int, supernet: Trained) -> Snapshot:
    if cut.restart == "first-epoch":
        return supernet.first
    net, like = table.build(chain), supernet.last.weights
    purpose = "initial weights" if cut.restart == "initial" else "random restart"
    weights = initial_weights(net.layout, chain.start.init, seed, purpose)
    return Snapshot(
        weights.unsqueeze(0).to(like), net.fresh_statistics(1, like.dtype).to(like.device)
    )


def _before_finetuning(
    table: Table, chain: Chain, seed: int, supernet: Trained, pruned: Pruned | None
) -> Snapshot:
    if pruned is not None:
        return Snapshot(pruned.member.weights.unsqueeze(0), pruned.member.statistics.unsqueeze(0))
    if chain.consistency.state == "first-epoch":
        return supernet.first
    begin, like = pretrain_member(table, chain, seed), supernet.last.weights
    return Snapshot(begin.weights.unsqueeze(0).to(like), begin.statistics.unsqueeze(0).to(like))


def _consistency(
    table: Table, chain: Chain, seed: int, before: Snapshot, after: Snapshot, net: Mlp
) -> dict[str, Fact]:
    rule, dtype = chain.consistency, after.weights.dtype
    pool = Pool.of(table.data, table.device, dtype)
    rows = torch.as_tensor(table.data.valid.x, dtype=dtype).to(table.device)

    def measure(name: str, state: Snapshot, batch_statistics: bool) -> dict[str, Fact]:
        draw = stream(seed, "consistency")
        found = agreement(
            net, state, rows, pool, rule.views, draw, batch_statistics=batch_statistics
        )
        return {f"{name}_{field}": value for field, value in found._asdict().items()}

    return (
        measure("restart", before, rule.batch_statistics)
        | measure("restart_by_running_statistics", before, False)
        | measure("trained", after, False)
    )
