"""What is attacked, and how often in the short and in the long form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import damaged
import kills
import structures
from stage_attack import attack_stages

Attack = Callable[[Path, int], Iterator[str]]
"""From a folder for its files and a seed to a line for each thing tried: empty, or what was bad."""


@dataclass(frozen=True)
class Group:
    """One kind of attack.

    Args:
        name: its row in the table.
        what: is tried, and what is bad.
        attack: with one seed.
        short, long: seeds of the two forms.
    """

    name: str
    what: str
    attack: Attack
    short: int
    long: int


def stages(folder: Path, seed: int) -> Iterator[str]:
    """Kept stages and checkpoints, damaged in every way in turn."""
    with TemporaryDirectory(dir=folder) as place:
        yield from _told(attack_stages(Path(place), 30, seed), 30)


def _told(bad: Sequence[object], tried: int) -> Iterator[str]:
    """What was bad of so much, and nothing for the rest."""
    yield from map(str, bad)
    yield from [""] * (tried - len(bad))


GROUPS = (
    Group(
        "kills",
        "a command killed at any place where it writes, also in the middle of a write, "
        "and given again",
        kills.kill,
        20,
        600,
    ),
    Group(
        "faults",
        "a full or failing disk, a folder that refuses, a limit on files, SIGTERM or Ctrl-C at any "
        "place where a command writes, and the command given again",
        kills.fail,
        20,
        500,
    ),
    Group(
        "company",
        "two commands on one folder, one of them killed at any place where it writes",
        kills.kill_one_of_two,
        8,
        150,
    ),
    Group(
        "stages",
        "a kept stage or checkpoint with flipped bits, cut, swapped, edited or replaced",
        stages,
        2,
        60,
    ),
    Group(
        "results",
        "a record, a failure note or a file of predictions with other content, or something else "
        "in its place, and commands that show, export and make the rest",
        damaged.damage,
        25,
        1500,
    ),
    Group(
        "structures",
        "any JSON in any place of a record, a shipped line, a failure note, an entry of the store "
        "of datasets or the measured pace",
        structures.damage,
        3,
        40,
    ),
)
