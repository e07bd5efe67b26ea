"""What is attacked, and how often in the short and in the long form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import attack_data
import bad_words
import concurrent_writers
import damaged
import kills
import nasty
import structures
from stage_attack import attack_stages

WRITES = 125
"""Of each of eight processes."""

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


def batch(attack: Callable[[Path, int, int], Sequence[object]], tries: int) -> Attack:
    """An attack from one that tries so much with one seed and gives what was bad."""

    def each(folder: Path, seed: int) -> Iterator[str]:
        with TemporaryDirectory(dir=folder) as place:
            bad = [str(one) for one in attack(Path(place), tries, seed)]
        yield from (*bad, *[""] * (tries - len(bad)))

    return each


def writers(folder: Path, seed: int) -> Iterator[str]:
    """Eight processes that write a record and the files of a table again and again."""
    with TemporaryDirectory(dir=folder) as place:
        counts = concurrent_writers.attack(Path(place), 8, WRITES)
    bad = [*counts.failed, *(f"left behind: {name}" for name in counts.left)]
    bad += ["a read that mixed two writes"] * counts.mixed
    yield from (*bad, *[""] * (counts.writes - len(counts.failed)))


GROUPS = (
    Group(
        "kills",
        "a command killed at any place where it writes, also in the middle of a write, "
        "and given again",
        kills.kill,
        15,
        700,
    ),
    Group(
        "faults",
        "a full or failing disk, a folder that refuses, a limit on files, SIGTERM or Ctrl-C at any "
        "place where a command writes, and the command given again",
        kills.fail,
        15,
        500,
    ),
    Group(
        "company",
        "two commands on one folder, one of them killed at any place where it writes",
        kills.kill_one_of_two,
        5,
        150,
    ),
    Group(
        "stages",
        "a kept stage or checkpoint with flipped bits, cut, swapped, edited or replaced",
        batch(attack_stages, 20),
        1,
        60,
    ),
    Group(
        "results",
        "a record, a failure note or a file of predictions with other content, or something else "
        "in its place, and commands that show, export and make the rest",
        damaged.damage,
        12,
        700,
    ),
    Group(
        "structures",
        "any JSON in any place of a record, a shipped line, a failure note, an entry of the store "
        "of datasets or the measured pace",
        structures.damage,
        3,
        40,
    ),
    Group(
        "writers",
        "eight processes that write the same record and tables, and one that reads them",
        writers,
        1,
        8,
    ),
    Group(
        "manifests",
        "manifests of folders of data and entries of the store of datasets",
        batch(attack_data.attack_manifests, 50),
        1,
        40,
    ),
    Group(
        "own data",
        "descriptions of tables of one's own",
        batch(attack_data.attack_own, 50),
        1,
        20,
    ),
    Group(
        "datasets",
        "parquet files and npz of the store of datasets, half with a checksum computed again",
        batch(attack_data.attack_store, 50),
        1,
        40,
    ),
    Group(
        "declarations",
        "protocols, tables, figures and search spaces in TOML",
        batch(attack_data.attack_declarations, 50),
        1,
        40,
    ),
    Group(
        "imports",
        "files of tables that a user imports",
        batch(attack_data.attack_imports, 50),
        1,
        20,
    ),
    Group(
        "texts",
        "names with control characters, markup and formulas in every form of output",
        batch(lambda folder, tries, seed: nasty.attack_texts(tries, seed, folder), 50),
        1,
        40,
    ),
    Group(
        "names",
        "such names given to commands as arguments, variables, files, protocols and failure notes",
        batch(lambda folder, tries, seed: nasty.attack_commands(tries, seed, folder), 2),
        1,
        20,
    ),
    Group(
        "words",
        "command lines and variables that no user should give",
        batch(lambda folder, tries, seed: bad_words.attack(tries, seed, folder), 50),
        1,
        40,
    ),
)
