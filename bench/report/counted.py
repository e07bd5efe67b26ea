"""Tables of counts without loading any data: from the catalogue, which every load is checked
against, and the sizes a protocol's split gives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace

from bench.datasets.catalogue import CATALOGUE, TabularDataset, VisionDataset, find_entry
from bench.datasets.split import split_sizes
from bench.declared.published import read_published
from bench.declared.spec import TableSpec
from bench.render.sheet import Note, SheetCell, SheetRow
from bench.report.scope import Condition, Scope
from bench.report.views import (
    EMPTY,
    Seen,
    SeenBlock,
    SeenRow,
    TableViews,
    View,
    total_row,
    with_minus,
)
from bench.tables.counts import Counted, Counter, count_rows, counts_sheet
from iunet.declare.protocol import Protocol

NOTE = Note(
    "Counted from the catalogue and the protocol's split, without loading data: every load is "
    "checked against the same counts."
)


def count_views(spec: TableSpec, scope: Scope) -> TableViews:
    """A table of counts under the split of every protocol."""
    found = [
        (Condition(protocol.key, named, protocol.title, ""), _counted(spec, protocol))
        for named, protocol in scope.protocols
    ]
    views = tuple((_view(spec, condition, counted),) for condition, counted in found)
    return TableViews(spec, tuple(one for one, _ in found), (spec.metric,), views)


def catalogue_counter(protocol: Protocol) -> Counter:
    """Counts of a dataset by name, as loading it under this protocol would give them."""

    def count(key: str) -> Mapping[str, float]:
        entry = find_entry(key)
        if isinstance(entry, VisionDataset):
            return _pictures(entry, protocol)
        return _table(CATALOGUE[key], protocol)

    return count


def _pictures(entry: VisionDataset, protocol: Protocol) -> Mapping[str, float]:
    train, valid = split_sizes(entry.train, protocol.vision.split)
    sizes = {"n_train": train, "n_valid": valid, "n_test": entry.test}
    return sizes | {"n_classes": entry.classes}


def _table(entry: TabularDataset, protocol: Protocol) -> Mapping[str, float]:
    """Both parts that are split off are rounded up, as bench.datasets.split does."""
    split = protocol.table.split
    test = math.ceil(split.test * entry.rows)
    valid = math.ceil(split.valid_of_rest * (entry.rows - test))
    sizes = {"n_train": entry.rows - test - valid, "n_valid": valid, "n_test": test}
    return {name: n for name, n in asdict(entry).items() if isinstance(n, int | float)} | sizes


def _counted(spec: TableSpec, protocol: Protocol) -> Counted:
    return Counted(
        spec=spec,
        protocol=protocol.key,
        protocol_title=protocol.title,
        columns=spec.columns,
        rows=tuple(count_rows(spec.rows, catalogue_counter(protocol))),
        published=read_published(spec.key),
    )


def _view(spec: TableSpec, condition: Condition, counted: Counted) -> View:
    sheet = counts_sheet(counted)
    (block,) = sheet.blocks
    lines = zip(block.lines, spec.rows, strict=True)
    rows = tuple(_row(line, row.dataset) for line, row in lines)
    totals = tuple(total_row(line) for line in block.totals)
    caption = tuple(said for said in sheet.caption if "not at hand" not in said)
    sheet = replace(sheet, notes=(*sheet.notes, NOTE), caption=caption)
    seen = (SeenBlock(block.header, rows, totals),)
    return View(condition, spec.metric, sheet, seen)


def _row(line: SheetRow, dataset: str) -> SeenRow:
    cells = (replace(cell, change=with_minus(cell.change)) for cell in line.cells)
    return SeenRow(line.title, dataset, tuple(Seen(cell, _state(cell)) for cell in cells))


def _state(cell: SheetCell) -> str:
    """Whether the printed count is the same; nothing where none was printed."""
    if not cell.own:
        return EMPTY
    if cell.printed and cell.change:
        return "differs"
    return cell.mark
