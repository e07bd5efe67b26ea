"""One supernet and the runs that hang from it, one member at a time."""

from __future__ import annotations

from collections.abc import Callable

from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.sharing import Member, Supernet
from iunet.train.chain import Table, finish, pretrain_member, prune
from iunet.train.progress import Meter
from iunet.train.stage import StageRun, Trained
from iunet.train.stages import StageStore

Deliver = Callable[[str, Fitted | Exception], None]


def train_supernet(
    table: Table, supernet: Supernet, store: StageStore, meter: Meter, deliver: Deliver
) -> None:
    """Pre-train, or load what was pre-trained before, then carry every run to its end."""
    trained = store.load(supernet.id, table.build(supernet.chain), table.device)
    if trained is None:
        trained = _pretrain(table, supernet, store, meter)
        store.save(supernet.id, trained)
    else:
        meter.skip(supernet.chain.pretrain, len(table.data.train.x))
    for member in supernet.members:
        try:
            deliver(member.key, _to_the_end(table, supernet, member, trained, store, meter))
        except MethodFailed as error:
            deliver(member.key, error)


def _pretrain(table: Table, supernet: Supernet, store: StageStore, meter: Meter) -> Trained:
    begin = pretrain_member(table, supernet.chain, supernet.seed)
    run = StageRun(
        table.build(supernet.chain),
        table.data,
        [begin],
        device=table.device,
        meter=meter,
        checkpoints=store.checkpoints([supernet.id]),
    )
    return _only(run)


def _to_the_end(
    table: Table,
    supernet: Supernet,
    member: Member,
    trained: Trained,
    store: StageStore,
    meter: Meter,
) -> Fitted:
    if member.chain.cut is None:
        return finish(table, member.chain, member.seed, trained, None, None)
    pruned = prune(table, member.chain, member.seed, trained)
    run = StageRun(
        table.build(member.chain),
        table.data,
        [pruned.member],
        device=table.device,
        meter=meter,
        checkpoints=store.checkpoints([f"{supernet.id}-{member.key}"]),
    )
    return finish(table, member.chain, member.seed, trained, _only(run), pruned)


def _only(run: StageRun) -> Trained:
    (result,) = run.run()
    if isinstance(result, MethodFailed):
        raise result
    return result
