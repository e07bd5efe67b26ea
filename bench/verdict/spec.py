"""The questions, read from tables/verdict.toml; unknown keys are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bench.declared.spec import read_table
from bench.declared.toml import read_declared
from bench.folders import tables_folder
from bench.plan.names import MethodName

FILE = "verdict.toml"
_STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class Question:
    """The method of the paper against another one.

    Args:
        other: net:method.
        title: of the other one, as tables call it.
        asks: the question in one sentence.
        printed: the table in which both were printed; empty where they were not.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    other: str
    title: str
    asks: str
    printed: str = ""


@dataclass(frozen=True)
class Mixed:
    """Networks against another method, each side in the metric it was printed in.

    Args:
        other: net:method.
        methods: titles of the networks, by net:method.
        network_metric, other_metric: what either side was printed in.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    other: str
    methods: Mapping[str, str]
    network_metric: str
    other_metric: str


@dataclass(frozen=True)
class Questions:
    """Everything the file declares.

    Args:
        method, title: the method of the paper, net:method, and as tables call it.
        table: whose rows are the datasets.
        metrics: what differences are measured in; the first decides.
        networks: net:method of the networks that are ranked together.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    method: str
    title: str
    table: str
    metrics: tuple[str, ...]
    networks: tuple[str, ...]
    question: tuple[Question, ...]
    mixed: Mixed

    @property
    def methods(self) -> tuple[str, ...]:
        """Every method that a question or a ranking needs, net:method, each once."""
        others = [one.other for one in self.question]
        columns = [
            str(MethodName(column.method, column.net)) for column in read_table(self.table).columns
        ]
        return tuple(
            dict.fromkeys([self.method, *others, *self.networks, self.mixed.other, *columns])
        )


def read_questions() -> Questions:
    """The questions that come with the tables.

    Raises:
        BenchError: the file is not TOML, or holds what no question has.
    """
    return read_declared(Questions, tables_folder() / FILE)
