"""Members whose stages have the same shape as one batched step, for devices that launch slowly."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.memory import finished_bytes, stage_bytes
from iunet.declare.settings import Chain, Training
from iunet.declare.sharing import Member, Supernet
from iunet.nets.network import Network
from iunet.train import stage
from iunet.train.chain import Pruned, Source, finetune_member, finish, pretrain_member, prune
from iunet.train.course import Apart
from iunet.train.progress import Meter
from iunet.train.room import free_bytes, no_room, size_in
from iunet.train.stage import StageRun, Trained
from iunet.train.stages import StageStore, finetuning

HELD = 0.5
"""Supernets and what hangs from them take at most this share of the room while others train."""

Outcome = tuple[str, Fitted | Exception]


@dataclass(frozen=True)
class Task:
    """One stage of one member, whose result goes by `key` and its checkpoint by `id`.

    `begin` makes the member as it starts, since those waiting would fill the device.
    """

    key: str
    id: str
    chain: Chain
    pruned: bool
    begin: Callable[[], stage.Member]

    @property
    def training(self) -> Training:
        """The settings of the stage."""
        finetune = self.chain.finetune if self.pruned else None
        return finetune or self.chain.pretrain


def walk_batched(
    source: Source, wanted: Sequence[Supernet], store: StageStore, meter: Meter
) -> Iterator[Outcome]:
    """As many supernets as fit, in groups, then all that hangs from them in groups; and so on."""
    ieee_float32()
    for some in _shares(source, wanted):
        yield from _walk(source, some, store, meter)


def ieee_float32() -> None:
    """Compute float32 as IEEE has it: convolutions on a GPU would be rounded to TF32 unasked."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def _shares(source: Source, wanted: Sequence[Supernet]) -> Iterator[list[Supernet]]:
    free = free_bytes(source.device)
    some: list[Supernet] = []
    left = 0.0
    for supernet in wanted:
        size = size_in(source, supernet.chain)
        masks = sum(member.chain.cut is not None for member in supernet.members)
        held = finished_bytes(size, supernet.chain.pretrain) + masks * size.parameters
        if some and free is not None and held > left:
            yield some
            some = []
        if not some:
            left = HELD * (free or 0)
        some.append(supernet)
        left -= held
    yield some


def _walk(
    source: Source, wanted: Sequence[Supernet], store: StageStore, meter: Meter
) -> Iterator[Outcome]:
    trained: dict[str, Trained] = {}
    for supernet in wanted:
        net, training = source.build(supernet.chain), supernet.chain.pretrain
        kept = store.load(supernet.id, net, training, source.device)
        if kept is not None:
            meter.skip(training, len(source.data.train.x))
            trained[supernet.id] = kept
    tasks = [_pretrain_task(source, s) for s in wanted if s.id not in trained]
    failed: dict[str, MethodFailed] = {}
    for key, result in _train_all(source, tasks, store, meter):
        if isinstance(result, MethodFailed):
            failed[key] = result
        else:
            trained[key] = result
            store.save(key, result)
    yield from _hanging(source, wanted, trained, failed, store, meter)


def _hanging(
    source: Source,
    wanted: Sequence[Supernet],
    trained: dict[str, Trained],
    failed: dict[str, MethodFailed],
    store: StageStore,
    meter: Meter,
) -> Iterator[Outcome]:
    pruned: dict[str, tuple[Member, str, Pruned]] = {}
    for supernet in wanted:
        for member in supernet.members:
            try:
                if supernet.id in failed:
                    raise failed[supernet.id]
                origin = trained[supernet.id]
                if member.chain.cut is None:
                    result = finish(source, member.chain, member.seed, origin, None, None)
                    yield member.key, result
                else:
                    cut = prune(source, member.chain, member.seed, origin)
                    pruned[member.key] = (member, supernet.id, cut)
            except MethodFailed as error:
                yield member.key, error
    tasks = [_finetune_task(source, trained, *one) for one in pruned.values()]
    for key, tuned in _train_all(source, tasks, store, meter):
        member, name, cut = pruned.pop(key)
        if isinstance(tuned, MethodFailed):
            yield key, tuned
        else:
            yield key, finish(source, member.chain, member.seed, trained[name], tuned, cut)


def _pretrain_task(source: Source, supernet: Supernet) -> Task:
    chain = supernet.chain
    return Task(
        supernet.id,
        supernet.id,
        chain,
        pruned=False,
        begin=lambda: pretrain_member(source, chain, supernet.seed),
    )


def _finetune_task(
    source: Source, trained: dict[str, Trained], member: Member, origin: str, cut: Pruned
) -> Task:
    chain, seed = member.chain, member.seed
    return Task(
        member.key,
        finetuning(origin, member.key),
        chain,
        pruned=True,
        begin=lambda: finetune_member(source, chain, seed, trained[origin], cut),
    )


def _train_all(
    source: Source, tasks: Sequence[Task], store: StageStore, meter: Meter
) -> Iterator[tuple[str, Trained | MethodFailed]]:
    for alike in _alike(source, tasks, store):
        size, waiting = size_in(source, alike[0].chain), alike
        needed = stage_bytes(
            size,
            alike[0].training,
            pruned=alike[0].pruned,
            captured=source.device.startswith("cuda"),
        )
        while waiting:
            free = free_bytes(source.device)
            room = len(waiting) if free is None else free // needed
            if free is not None and room == 0:
                yield from ((task.key, no_room(source, needed, free)) for task in waiting)
                break
            group, waiting = waiting[:room], waiting[room:]
            results = _train(source, group, store, meter)
            yield from zip((task.key for task in group), results, strict=True)


def _train(
    source: Source, group: Sequence[Task], store: StageStore, meter: Meter
) -> list[Trained | MethodFailed]:
    """Train a group in one.

    In halves where the device turns out to have less room than counted; in two where members were
    checkpointed in different epochs.
    """
    why = ""
    try:
        return _stage(source, group, store, meter)
    except Apart as apart:
        first = apart.members
    except torch.OutOfMemoryError as error:
        why, first = str(error).partition(". ")[0], len(group) // 2
    gc.collect()  # the stage that failed, which its own traceback held
    if not first:
        return [MethodFailed(f"a run of {source.net} does not fit: {why}; choose a smaller budget")]
    parts = group[:first], group[first:]
    return [result for part in parts for result in _train(source, part, store, meter)]


def _stage(
    source: Source, group: Sequence[Task], store: StageStore, meter: Meter
) -> list[Trained | MethodFailed]:
    begin = [task.begin() for task in group]
    run = StageRun(
        source.build(group[0].chain),
        source.data,
        begin,
        device=source.device,
        meter=meter,
        checkpoints=store.checkpoints([task.id for task in group]),
    )
    begin.clear()
    return run.run()


def _alike(source: Source, tasks: Sequence[Task], store: StageStore) -> list[list[Task]]:
    """Tasks that can share a step from the epoch on in which they were checkpointed."""
    found: dict[tuple[Training, bool, Network, int], list[Task]] = {}
    for task in tasks:
        key = (_shape(task.training), task.pruned, source.build(task.chain), store.epoch(task.id))
        found.setdefault(key, []).append(task)
    return list(found.values())


def _shape(training: Training) -> Training:
    """A stage without what may differ from member to member."""
    shrink = replace(training.shrink, l1=0.0) if training.shrink else None
    optimiser = replace(training.optimiser, learning_rate=0.0)
    return replace(training, shrink=shrink, optimiser=optimiser)
