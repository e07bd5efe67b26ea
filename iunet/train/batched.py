"""Members whose stages have the same shape as one batched step, for devices that launch slowly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from iunet.declare.contract import Fitted, MethodFailed
from iunet.declare.settings import Training
from iunet.declare.sharing import Member, Supernet
from iunet.nets.mlp import Mlp
from iunet.train import stage
from iunet.train.chain import Pruned, Table, finish, pretrain_member, prune
from iunet.train.progress import Meter
from iunet.train.stage import StageRun, Trained
from iunet.train.stages import StageStore

COPIES_OF_A_MEMBER = 20
"""Weights, gradient, moments, best, first, snapshots, temporaries: multiples of the weights."""

Outcome = tuple[str, Fitted | Exception]


@dataclass(frozen=True)
class Task:
    """One stage of one member, whose result goes by `key` and its checkpoint by `id`."""

    key: str
    id: str
    net: Mlp
    begin: stage.Member


def walk_batched(
    table: Table, wanted: Sequence[Supernet], store: StageStore, meter: Meter
) -> Iterator[Outcome]:
    """Pre-train all supernets in groups, then finetune all that hangs from them in groups."""
    trained: dict[str, Trained] = {}
    for supernet in wanted:
        kept = store.load(supernet.id, table.build(supernet.chain), table.device)
        if kept is not None:
            meter.skip(supernet.chain.pretrain, len(table.data.train.x))
            trained[supernet.id] = kept
    tasks = [_pretrain_task(table, s) for s in wanted if s.id not in trained]
    failed: dict[str, MethodFailed] = {}
    for key, result in _train_all(table, tasks, store, meter):
        if isinstance(result, MethodFailed):
            failed[key] = result
        else:
            trained[key] = result
            store.save(key, result)
    yield from _hanging(table, wanted, trained, failed, store, meter)


def _hanging(
    table: Table,
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
                source = trained[supernet.id]
                if member.chain.cut is None:
                    result = finish(table, member.chain, member.seed, source, None, None)
                    yield member.key, result
                else:
                    cut = prune(table, member.chain, member.seed, source)
                    pruned[member.key] = (member, supernet.id, cut)
            except MethodFailed as error:
                yield member.key, error
    tasks = [
        Task(key, f"{origin}-{key}", table.build(member.chain), cut.member)
        for key, (member, origin, cut) in pruned.items()
    ]
    for key, tuned in _train_all(table, tasks, store, meter):
        member, origin, cut = pruned[key]
        if isinstance(tuned, MethodFailed):
            yield key, tuned
        else:
            yield key, finish(table, member.chain, member.seed, trained[origin], tuned, cut)


def _pretrain_task(table: Table, supernet: Supernet) -> Task:
    begin = pretrain_member(table, supernet.chain, supernet.seed)
    return Task(supernet.id, supernet.id, table.build(supernet.chain), begin)


def _train_all(
    table: Table, tasks: Sequence[Task], store: StageStore, meter: Meter
) -> Iterator[tuple[str, Trained | MethodFailed]]:
    for group in _groups(tasks, _room(table.device)):
        run = StageRun(
            group[0].net,
            table.data,
            [task.begin for task in group],
            device=table.device,
            meter=meter,
            checkpoints=store.checkpoints([task.id for task in group]),
        )
        yield from zip((task.key for task in group), run.run(), strict=True)


def _groups(tasks: Sequence[Task], room: int | None) -> list[list[Task]]:
    """Tasks that can share a step, split so that each group fits into `room` bytes."""
    alike: dict[tuple[Training, str, Mlp, bool], list[Task]] = {}
    for task in tasks:
        begin = task.begin
        key = (_shape(begin.training), begin.stream, task.net, begin.mask is not None)
        alike.setdefault(key, []).append(task)
    groups = []
    for group in alike.values():
        member = group[0].begin.weights.numel() * 4 * COPIES_OF_A_MEMBER
        size = len(group) if room is None else max(1, room // member)
        groups += [group[i : i + size] for i in range(0, len(group), size)]
    return groups


def _shape(training: Training) -> Training:
    """A stage without what may differ from member to member."""
    shrink = replace(training.shrink, l1=0.0) if training.shrink else None
    optimiser = replace(training.optimiser, learning_rate=0.0)
    return replace(training, shrink=shrink, optimiser=optimiser)


def _room(device: str) -> int | None:
    if not device.startswith("cuda"):
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return int(free * 0.8)
