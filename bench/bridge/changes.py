"""The single changes that lead from one protocol to another: a protocol for each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from bench.declared.settings import Pair, differences, with_settings
from bench.declared.steps import DeclaredSteps, Step
from bench.errors import UsageError
from bench.plan.plan import Place
from bench.plan.query import JOIN
from iunet.declare.protocol import Changes, Protocol

Steps = tuple[Step, ...]
"""Declared steps that are taken together."""


@dataclass(frozen=True)
class Change:
    """A base protocol with one step taken towards the other.

    Args:
        key, title: of the step; of the user's file where it is one.
        protocol: the base with the step's settings.
        settings: (the base's value, the value here) by setting.
        own: whether it is a file of the user's, which does not lead to the other.
        scored: False where no score depends on the settings.
        note: why several declared steps are taken as one; empty where it is one.
        columns: where runs are planned, those whose runs are not the base's.
    """

    key: str
    title: str
    protocol: Protocol
    settings: Mapping[str, Pair]
    own: bool = False
    scored: bool = True
    note: str = ""
    columns: tuple[Place, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """Keys of the declared steps in it; none of a file."""
        return () if self.own else tuple(self.key.split(JOIN))


def changes_between(
    base: Protocol, other: Protocol, declared: DeclaredSteps, own: Sequence[Changes] = ()
) -> list[Change]:
    """Every step from the base towards the other; together they give the other exactly.

    Args:
        own: files of the user's, put on the base; one that changes nothing of it is left out.

    Raises:
        UsageError: no setting differs.
        BenchError: a setting that differs is not in exactly one step.
        ProtocolError: lines of the user's that are no settings.
    """
    pairs = differences(base, other)
    if not pairs:
        raise UsageError(
            f"{base.key} and {other.key} are equal in every setting; name two that differ"
        )
    settings = declared.sorted(pairs)

    def change(steps: Steps, note: str = "") -> Change:
        changed = {name: pairs[name] for step in steps for name in settings[step]}
        return _change(base, other, steps, changed, note)

    def refusal(steps: Steps) -> str:
        """Why the base cannot have the settings of these steps; empty where it can."""
        try:
            change(steps)
        except ValueError as error:
            return str(error)
        return ""

    towards = [change(steps, note) for steps, note in _possible(settings, refusal).items()]
    added = [_own(base, changes, declared) for changes in own]
    return towards + [change for change in added if change.settings]


def _possible(steps: Iterable[Step], refusal: Callable[[Steps], str]) -> dict[Steps, str]:
    """The steps, one that is impossible alone together with the fewest others it needs, and why.

    All of them together are the other protocol, which is possible, so this ends.
    """
    groups: dict[Steps, str] = {(step,): "" for step in steps}
    while refused := next(filter(refusal, groups), None):
        others = [group for group in groups if group != refused]
        unions = (
            (partners, (*refused, *chain(*partners)))
            for count in range(1, len(others) + 1)
            for partners in combinations(others, count)
        )
        partners, union = next(found for found in unions if not refusal(found[1]))
        why = f"{_key(refused)} is impossible alone ({refusal(refused)})"
        groups = {
            union if group == refused else group: why if group == refused else note
            for group, note in groups.items()
            if group not in partners
        }
    return groups


def _key(steps: Steps) -> str:
    return JOIN.join(step.key for step in steps)


def _change(
    base: Protocol, other: Protocol, steps: Steps, settings: Mapping[str, Pair], note: str
) -> Change:
    title = "; ".join(step.title for step in steps)
    protocol = replace(
        with_settings(base, {name: after for name, (_, after) in settings.items()}),
        key=f"{base.key}{JOIN}{_key(steps)} of {other.key}",
        title=f"{base.title}; {title}: {other.title}",
        default=False,
    )
    scored = any(step.scored for step in steps)
    return Change(_key(steps), title, protocol, settings, scored=scored, note=note)


def _own(base: Protocol, changes: Changes, declared: DeclaredSteps) -> Change:
    protocol = changes.on(base)
    if protocol.key in [step.key for step in declared.step]:
        raise UsageError(f"{changes.path} has the name of a step; rename the file")
    pairs = differences(base, protocol)
    named = replace(protocol, key=f"{base.key}{JOIN}{protocol.key}")
    return Change(protocol.key, protocol.title, named, pairs, own=True)
