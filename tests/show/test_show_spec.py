"""Table specs and printed numbers."""

import pytest

from bench.errors import UsageError
from bench.tables.folder import table_names
from bench.tables.published import read_published
from bench.tables.spec import SpecError, find_column, find_row, parse_table, read_table

SMALL = """
title = "t"
metric = "accuracy"
rows = [{ dataset = "iris", title = "iris" }]
columns = [{ title = "M", method = "dense", net = "mlp-tab" }]
"""


@pytest.mark.parametrize("name", table_names())
def test_every_row_and_column_of_a_printed_table_has_its_printed_number(name):
    spec, published = read_table(name), read_published(name)
    pairs = {
        (row.printed_name, column.printed_name)
        for row in spec.rows
        for column in spec.columns
        if column.part == row.part
    }

    if spec.printed:
        assert pairs == {pair for pair in published if pair[0] != spec.best}
    else:
        assert not published


@pytest.mark.parametrize("name", table_names())
def test_every_tabular_row_is_in_the_catalogue_and_every_built_column_is_a_method(name):
    from baselines.registry import find_methods
    from bench.datasets.catalogue import CATALOGUE

    spec = read_table(name)

    assert {row.dataset for row in spec.ready_rows()} <= set(CATALOGUE)
    if spec.kind == "scores":
        assert {column.method for _, column in spec.pairs()} <= set(find_methods())


def test_a_table_knows_which_metric_each_printed_number_was_computed_with():
    metrics = {c.title: c.printed_metric for c in read_table("table5").columns}

    networks = ("MLP_TAB", "OMP", "BETA_LASSO", "IUNET")
    assert {metrics.pop(name) for name in networks} == {"swapped_balanced_accuracy"}
    assert metrics == dict.fromkeys(("XGB", "TABN", "MLP_TAB+C"), "balanced_accuracy")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('metrik = "accuracy"', "metrik"),
        ('rows = [{ dataset = "iris", titel = "iris" }]', "rows.0.title"),
        ("title = 3", "title"),
    ],
)
def test_a_key_that_no_table_has_or_a_wrong_value_is_refused_by_name(line, named):
    key = line.partition(" ")[0]
    kept = [text for text in SMALL.splitlines() if text.partition(" ")[0] != key]

    with pytest.raises(SpecError, match=named):
        parse_table("small", "\n".join([*kept, line]))


def test_a_small_table_is_read_with_defaults():
    spec = parse_table("small", SMALL)

    assert (spec.key, spec.kind, spec.rows[0].printed_name) == ("small", "scores", "iris")


def test_rows_and_columns_are_found_by_key_title_and_printed_name():
    spec = read_table("table5")

    assert find_row(spec, "mfeat-factors") == find_row(spec, "MFEAT.")
    assert find_column(spec, "iunet") == find_column(spec, "IUNET(MLP_TAB)")


def test_an_unknown_row_lists_the_known_ones_the_closest_first():
    with pytest.raises(UsageError, match=r"no row 'vehikle'; known: vehicle, .*phoneme"):
        find_row(read_table("table5"), "vehikle")


def test_an_unknown_table_lists_the_known_ones():
    with pytest.raises(
        UsageError, match="no table called 'table9'; known: controls, demo, masks, table3"
    ):
        read_table("table9")
