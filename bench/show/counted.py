"""From what a user selects to a counted table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bench.errors import UsageError
from bench.show.asked import Selection
from bench.show.counts import Counted, Counter, count_rows
from bench.tables.published import read_published
from bench.tables.spec import find_column, find_row, read_table
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import TableProtocol, default_protocol, find_protocol


def counted(selection: Selection) -> Counted:
    """A table of counts as selected; rows whose data are not at hand say so.

    Raises:
        UsageError: an unknown table, row, column or protocol; the message lists the known.
    """
    spec = read_table(selection.table)
    rows = tuple(dict.fromkeys(find_row(spec, key) for key in selection.datasets))
    columns = tuple(dict.fromkeys(find_column(spec, key) for key in selection.methods))
    name = selection.protocol or default_protocol()
    try:
        protocol = find_protocol(name)
    except UnknownKey as error:
        raise UsageError(str(error)) from error
    return Counted(
        spec=spec,
        protocol=protocol.key,
        protocol_title=protocol.title,
        columns=columns or spec.ready_columns(),
        rows=tuple(count_rows(rows or spec.ready_rows(), catalogue_counter(protocol.table))),
        published=read_published(spec.key),
    )


def catalogue_counter(settings: TableProtocol) -> Counter:
    """Counts of loaded data under a protocol's split; the task id is the catalogue's."""
    from bench.datasets.catalogue import find_dataset
    from bench.datasets.load import table_counts

    def count(key: str) -> Mapping[str, float]:
        task = find_dataset(key).task_id
        return asdict(table_counts(key, settings)) | ({} if task is None else {"task_id": task})

    return count
