"""Own numbers beside printed ones: records written through the real store, tables compared."""

from functools import partial

import pytest
from made_up import write_table

from bench.declared.published import read_published
from bench.declared.tables import read_table
from bench.diff.diff import diffs
from bench.plan.query import Query, find_columns


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score` gives a fraction for a job."""
    return partial(write_table, store)


@pytest.fixture
def printed_score():
    """What Table 5 prints for a job, as a fraction."""
    spec, numbers = read_table("table5"), read_published("table5")

    def score(job):
        (row,) = (row for row in spec.rows if row.dataset == job.dataset)
        (column,) = find_columns(spec, f"{job.net or '-'}:{job.method}")
        return numbers[row.printed_name, column.printed_name].mean / 100

    return score


@pytest.fixture
def diff(store):
    """One table compared."""

    def compare(table="table5", **selected):
        (found,) = diffs(Query(tables=(table,), **selected), store)
        return found

    return compare
