"""The questions, read from tables/verdict.toml; unknown keys are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.declared.toml import read_declared, strict
from bench.folders import tables_folder

FILE = "verdict.toml"


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


def read_questions() -> Questions:
    """The questions that come with the tables.

    Raises:
        BenchError: the file is not TOML, or holds what no question has.
    """
    return read_declared(Questions, tables_folder() / FILE)
