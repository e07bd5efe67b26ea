"""What docs/differences.md tells of our own numbers in its prose is what the records say."""

import re

import pytest

from bench.docs.shipped import shipped, shipped_store
from bench.tables.find import find_columns, find_rows

TABLES = ("vehicle", "car", "arrhythmia", "credit-g")


@pytest.fixture(scope="module")
def ours():
    """Points by dataset of the dense network, OMP and IUNET under the text's protocol."""
    from iunet.declare.protocol import default_protocol, shipped_protocols

    (text,) = (key for key in shipped_protocols() if key != default_protocol())
    with shipped_store() as store:
        found = shipped(store, "table5", protocol=text, metric="balanced-accuracy")
    return {
        name: [_points(found, name, method) for method in ("dense", "omp", "iunet")]
        for name in TABLES
    }


def _points(found, name, method):
    (row,), (column,) = find_rows(found.spec, name), find_columns(found.spec, method)
    (cell,) = (e.own for e in found.entries() if (e.row, e.column) == (row, column))
    return f"{100 * cell.mean:.1f}"


@pytest.mark.parametrize("name", TABLES)
def test_our_side_of_the_comparison_with_a_plain_implementation_is_recorded(root, ours, name):
    page = (root / "docs" / "differences.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| {name} \| .*ours.*$", page, flags=re.MULTILINE)
    assert re.findall(r"ours ([\d.]+)", line) == ours[name]
