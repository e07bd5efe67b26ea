"""One supernet and the runs that hang from it, one member at a time."""

from __future__ import annotations

from collections.abc import Callable

from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.settings import Chain
from iunet.declare.sharing import Member, Supernet
from iunet.train import stage
from iunet.train.chain import Source, finetune_member, finish, pretrain_member, prune
from iunet.train.progress import Meter
from iunet.train.stage import StageRun, Trained
from iunet.train.stages import StageStore, finetuning

Deliver = Callable[[str, Fitted | Exception], None]


def train_supernet(
    source: Source, supernet: Supernet, store: StageStore, meter: Meter, deliver: Deliver
) -> None:
    """Pre-train, or load what was pre-trained before, then carry every run to its end."""
    net, training = source.build(supernet.chain), supernet.chain.pretrain
    trained = store.load(supernet.id, net, training, source.device)
    if trained is None:
        begin = [pretrain_member(source, supernet.chain, supernet.seed)]
        trained = _stage(source, supernet.chain, begin, supernet.id, store, meter)
        store.save(supernet.id, trained)
    else:
        meter.skip(training, len(source.data.train.x))
    for member in supernet.members:
        try:
            deliver(member.key, _to_the_end(source, supernet, member, trained, store, meter))
        except MethodFailed as error:
            deliver(member.key, error)


def _to_the_end(
    source: Source,
    supernet: Supernet,
    member: Member,
    trained: Trained,
    store: StageStore,
    meter: Meter,
) -> Fitted:
    chain, seed = member.chain, member.seed
    if chain.cut is None:
        return finish(source, chain, seed, trained, None, None)
    pruned = prune(source, chain, seed, trained)
    begin = [finetune_member(source, chain, seed, trained, pruned)]
    name = finetuning(supernet.id, member.key)
    tuned = _stage(source, chain, begin, name, store, meter)
    return finish(source, chain, seed, trained, tuned, pruned)


def _stage(
    source: Source,
    chain: Chain,
    begin: list[stage.Member],
    name: str,
    store: StageStore,
    meter: Meter,
) -> Trained:
    """Train the one member of `begin`, which is emptied: of large nets every copy counts."""
    run = StageRun(
        source.build(chain),
        source.data,
        begin,
        device=source.device,
        meter=meter,
        checkpoints=store.checkpoints([name]),
    )
    begin.clear()
    (result,) = run.run()
    if isinstance(result, MethodFailed):
        raise result
    return result
