"""What is tested: claims of tables/claims.toml, questions of tables/verdict.toml; unknown keys are
refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bench.declared.toml import read_declared, strict
from bench.errors import UsageError
from bench.folders import tables_folder
from iunet.declare.contract import closest_first

FILE = "claims.toml"
QUESTIONS = "verdict.toml"

Relation = Literal["above", "below", "not below", "not above"]
"""What is said of one side's score or cost: above the other, or below it; not below it, or not
above it, by more than the claim's margin."""

SHARP = ("above", "below")
"""Relations without a margin."""

Test = Literal["signed-rank", "interval", "every-row"]
"""What decides: the Wilcoxon signed-rank test over datasets; the t test of the mean difference over
datasets against the margin; or Welch's t test of each row by the spread of its runs."""


@strict
@dataclass(frozen=True)
class Side:
    """One column of a table.

    Args:
        table: its name.
        column: net:method.
    """

    table: str
    column: str


@strict
@dataclass(frozen=True)
class Own:
    """What a claim is tested on with own runs, where that is more than what was printed.

    Args:
        table: one that has the claim's columns on more datasets.
        test: see Test.
    """

    table: str
    test: Test


@strict
@dataclass(frozen=True)
class Claim:
    """One claim, in our own words.

    Args:
        key: its name.
        says: one sentence.
        source: where it is made.
        side: the column it is about; none where no table can test it.
        against: the columns it is compared with, each a comparison of its own; all have to hold.
        relation: see Relation.
        test: see Test.
        margin: points, for "not below" and "not above".
        metric: what own runs are compared by; a metric both tables have. Costs are compared by
            their logarithm.
        own: what own runs are tested on; the same columns and test as printed where there is none.
        note: what a reader has to know.
        withdrawn: why the printed numbers decide nothing; they are shown all the same.
        untested: why no number of a table can test it; such a claim has no sides.
    """

    key: str
    says: str
    source: str
    side: Side | None = None
    against: tuple[Side, ...] = ()
    relation: Relation = "above"
    test: Test = "signed-rank"
    margin: float = 0.0
    metric: str = ""
    own: Own | None = None
    note: str = ""
    withdrawn: str = ""
    untested: str = ""

    def __post_init__(self) -> None:
        """Refuse claims that say nothing.

        Raises:
            ValueError: neither sides nor a reason for having none, or a relation whose margin or
                test is not what it needs.
        """
        tested = self.side is not None and bool(self.against) and bool(self.metric)
        if tested == bool(self.untested):
            raise ValueError(f"{self.key}: give side, against and metric, or untested")
        if (self.relation in SHARP) != (self.margin == 0):
            raise ValueError(f"{self.key}: a margin goes with 'not below' and 'not above' alone")
        tests = (self.test, self.own.test if self.own else self.test)
        if self.relation not in SHARP and "signed-rank" in tests:
            raise ValueError(f"{self.key}: signed-rank tests 'above' and 'below' alone")

    @property
    def on_own_runs(self) -> Claim:
        """What own runs are asked."""
        if self.own is None or self.side is None:
            return self
        table = self.own.table
        return replace(
            self,
            side=replace(self.side, table=table),
            against=tuple(replace(side, table=table) for side in self.against),
            test=self.own.test,
            own=None,
        )


@strict
@dataclass(frozen=True)
class Ranking:
    """Columns of one table that are ranked against each other over its datasets.

    Args:
        key: its name.
        table: the table.
        columns: net:method.
        metric: what own runs are ranked by.
    """

    key: str
    table: str
    columns: tuple[str, ...]
    metric: str


@strict
@dataclass(frozen=True)
class Claims:
    """Everything the file declares."""

    claim: tuple[Claim, ...]
    ranking: tuple[Ranking, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two of one key."""
        keys = self.keys
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"declared twice: {', '.join(twice)}")

    @property
    def keys(self) -> list[str]:
        """Of every claim and ranking."""
        return [one.key for one in self.claim] + [one.key for one in self.ranking]


def read_claims(path: Path | None = None) -> Claims:
    """The claims of a file; those that come with the tables where none is named.

    Raises:
        BenchError: the file cannot be read, is not TOML, or holds what no claim has.
    """
    return read_declared(Claims, path or tables_folder() / FILE)


def selected(claims: Claims, keys: Sequence[str]) -> Claims:
    """Only the claims and rankings of these keys; all where none is given.

    Raises:
        UsageError: a key nobody declared; the message lists the known.
    """
    known = claims.keys
    for key in keys:
        if key not in known:
            raise UsageError(f"no claim called {key!r}; known: {closest_first(key, known)}")
    if not keys:
        return claims
    return Claims(
        claim=tuple(one for one in claims.claim if one.key in keys),
        ranking=tuple(one for one in claims.ranking if one.key in keys),
    )


@strict
@dataclass(frozen=True)
class Question:
    """The method of the paper against another one.

    Args:
        other: net:method.
        title: of the other one, as tables call it.
        asks: the question in one sentence.
        printed: the table in which both were printed; empty where they were not.
    """

    other: str
    title: str
    asks: str
    printed: str = ""


@strict
@dataclass(frozen=True)
class Mixed:
    """Networks against another method, each side in the metric it was printed in.

    Args:
        other: net:method.
        methods: titles of the networks, by net:method.
        network_metric, other_metric: what either side was printed in.
    """

    other: str
    methods: Mapping[str, str]
    network_metric: str
    other_metric: str


@strict
@dataclass(frozen=True)
class OnPictures:
    """The same question on pictures, of which there are too few sets for a test over them.

    Args:
        method: net:method.
        others: by table the titles of what it is held against in it, by net:method; the rows of the
            table are the sets of pictures.
        budget: of the runs.
        runs: how these differ from the paper's, in words.
    """

    method: str
    others: Mapping[str, Mapping[str, str]]
    budget: str
    runs: str


@strict
@dataclass(frozen=True)
class Questions:
    """Everything the file declares.

    Args:
        method, title: the method of the paper, net:method, and as tables call it.
        table: whose rows are the datasets.
        metrics: what differences are measured in; the first decides.
        networks: net:method of the networks that are ranked together.
    """

    method: str
    title: str
    table: str
    metrics: tuple[str, ...]
    networks: tuple[str, ...]
    question: tuple[Question, ...]
    mixed: Mixed
    pictures: OnPictures


def read_questions() -> Questions:
    """The questions that come with the tables.

    Raises:
        BenchError: the file is not TOML, or holds what no question has.
    """
    return read_declared(Questions, tables_folder() / QUESTIONS)
