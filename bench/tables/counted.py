"""From what a user selects to a counted table."""

from __future__ import annotations

from functools import partial

from bench.declared.published import read_published
from bench.declared.spec import read_table
from bench.errors import UsageError
from bench.plan.names import find_columns, find_rows
from bench.plan.query import Query
from bench.tables.counts import Counted, Counter, count_rows
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import Protocol, default_protocol, find_protocol


def counted(query: Query) -> Counted:
    """A table of counts as selected; rows whose data are not at hand say so.

    Raises:
        UsageError: an unknown table, row, column or protocol; the message lists the known.
    """
    spec = read_table(query.name)
    rows = [row for key in query.datasets for row in find_rows(spec, key)]
    columns = [column for key in query.methods for column in find_columns(spec, key)]
    name = query.protocol or default_protocol()
    try:
        protocol = find_protocol(name)
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    return Counted(
        spec=spec,
        protocol=protocol.key,
        protocol_title=protocol.title,
        columns=tuple(dict.fromkeys(columns)) or spec.columns,
        rows=tuple(count_rows(tuple(dict.fromkeys(rows)) or spec.rows, data_counter(protocol))),
        published=read_published(spec.key),
    )


def data_counter(protocol: Protocol) -> Counter:
    """Counts of loaded data under a protocol's splits; a table's task id is the catalogue's."""
    from bench.datasets.load import load_counts

    return partial(load_counts, protocol=protocol)
