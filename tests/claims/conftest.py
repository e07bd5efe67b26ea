"""Claims on the printed tables, and on records written through the real store."""

import pytest
from made_up import made_up_predictions, made_up_record

from bench.claims.judge import verdicts
from bench.claims.numbers import OwnNumbers, PrintedNumbers
from bench.declared.claims import read_claims, selected
from bench.plan.query import Query
from bench.plan.selection import plan_table


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score` gives a fraction for a job."""

    def write(selection, score, facts=None):
        for job in plan_table(selection).jobs:
            store.write(made_up_record(job, score(job), facts=facts), made_up_predictions())

    return write


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
