"""Claims on the printed tables, and on records written through the real store."""

from functools import partial

import pytest
from made_up import write_table

from bench.claims.judge import verdicts
from bench.claims.numbers import OwnNumbers, PrintedNumbers
from bench.declared.claims import read_claims, selected
from bench.plan.query import Query


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score` gives a fraction for a job."""
    return partial(write_table, store)


@pytest.fixture
def on_print():
    """One declared claim verdict on the printed numbers."""

    def judge(key, datasets=()):
        (verdict,) = verdicts(selected(read_claims(), [key]), PrintedNumbers(), datasets).claims
        return verdict

    return judge


@pytest.fixture
def on_own(store):
    """One declared claim verdict on the records."""

    def judge(key, datasets=(), **selection):
        numbers = OwnNumbers(Query("", **selection), store)
        (verdict,) = verdicts(selected(read_claims(), [key]), numbers, datasets).claims
        return verdict

    return judge
