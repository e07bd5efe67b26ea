"""Table specs and printed numbers."""

import pytest

from bench.declared.published import Printed, read_corrections, read_published
from bench.declared.tables import parse_table, read_table
from bench.errors import BenchError, UsageError
from bench.folders import table_names
from bench.plan.plan import kind_of
from bench.plan.query import KINDS, column_key, find_columns, find_rows, row_key
from iunet.architectures import nets_for

SMALL = """
title = "t"
metric = "accuracy"
rows = [{ dataset = "iris", title = "iris" }]
columns = [{ title = "M", method = "dense", net = "mlp-tab" }]
"""


@pytest.mark.parametrize("name", table_names())
def test_every_row_and_column_of_a_printed_table_has_its_printed_number(name):
    spec = read_table(name)
    published = read_published(spec.printed_in or name)
    pairs = {
        (row.printed_name, column.printed_name)
        for row in spec.rows
        for column in spec.columns
        if column.part == row.part and (column.printed_metric or spec.kind == "counts")
    }

    if spec.printed_in:
        assert pairs <= published.keys() and not read_published(name)
    elif spec.printed:
        assert pairs == {pair for pair in published if pair[0] != spec.best}
    else:
        assert not published


def test_a_table_can_take_the_rows_of_another_one():
    rows = 'rows = [{ dataset = "iris", title = "iris" }]'
    assert rows in SMALL

    found = parse_table("small", SMALL.replace(rows, 'rows = "table5"'))

    assert found.rows == read_table("table5").rows
    with pytest.raises(BenchError, match="rows: small has no rows of its own"):
        parse_table("small", SMALL.replace(rows, 'rows = "small"'))
    with pytest.raises(UsageError, match="no table called 'tabel5'"):
        parse_table("small", SMALL.replace(rows, 'rows = "tabel5"'))


@pytest.mark.parametrize("name", table_names())
def test_every_row_is_of_its_part_and_every_built_column_is_a_method_on_a_net_of_its_part(name):
    from baselines.registry import find_methods

    spec = read_table(name)

    assert {kind_of(row.dataset) for row in spec.rows} == {KINDS[row.part] for row in spec.rows}
    if spec.kind == "scores":
        assert {column.method for _, column in spec.pairs()} <= set(find_methods())
        wrong = [c for _, c in spec.pairs() if c.net not in ("-", *nets_for(KINDS[c.part]))]
        assert wrong == []


@pytest.mark.parametrize("name", table_names())
def test_titles_are_unique_in_a_part_and_what_can_be_asked_for_includes_the_usual(name):
    spec = read_table(name)
    titles = [(column.part, column.title) for column in spec.columns]
    rows = [row.title for row in spec.rows]

    assert len(set(titles)) == len(titles)
    assert len(set(rows)) == len(rows)
    assert not any("," in title for title in [*rows, *(title for _, title in titles)])
    assert not spec.metrics or spec.metric in (*spec.metrics, "as-printed")


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

    with pytest.raises(BenchError, match=named):
        parse_table("small", "\n".join([*kept, line]))


def test_a_small_table_is_read_with_defaults():
    spec = parse_table("small", SMALL)

    assert (spec.key, spec.kind, spec.rows[0].printed_name) == ("small", "scores", "iris")


def test_rows_and_columns_are_found_by_key_title_and_printed_name():
    spec = read_table("table5")

    assert find_rows(spec, "mfeat-factors") == find_rows(spec, "MFEAT.")
    assert find_columns(spec, "iunet") == find_columns(spec, "IUNET(MLP_TAB)")


def test_a_dataset_or_a_method_stands_for_all_its_rows_and_nets():
    rows = find_rows(read_table("table6"), "cifar10")
    columns = find_columns(read_table("table1"), "iunet")

    assert [row.operation for row in rows] == ["resize", "horiz", "color", "grayscale"]
    assert [column.net for column in columns] == ["mlp-vis", "resnet"]


@pytest.mark.parametrize("name", table_names())
def test_the_key_of_a_row_or_a_column_leads_back_to_it_alone(name):
    spec = read_table(name)

    for row in spec.rows:
        assert find_rows(spec, row_key(spec, row)) == (row,)
    for column in spec.columns:
        found = find_columns(spec, column_key(spec, column))
        assert [c for c in found if c.part == column.part] == [column]


def test_columns_that_differ_in_a_fixed_grid_value_are_named_by_it():
    spec = read_table("vision-controls")
    (column,) = find_columns(spec, "iunet@kappa=0.25")
    assert (column.title, column.point) == ("IUNET 0.25", (("kappa", 0.25), ("ratio", 4)))
    assert len(find_columns(spec, "iunet")) == 4


def test_an_unknown_row_lists_the_known_ones_the_closest_first():
    with pytest.raises(UsageError, match=r"no row 'vehikle'; known: vehicle, .*phoneme"):
        find_rows(read_table("table5"), "vehikle")


def test_a_state_an_operation_and_a_metric_make_the_name_of_a_fact():
    spec = read_table("table6")
    row, *_ = find_rows(spec, "cifar100/color")

    assert spec.fact("cohen_kappa", row) == "restart_color_cohen_kappa"
    evaluated = "consistency_by_running_statistics"
    assert spec.fact(evaluated, row) == "restart_by_running_statistics_color_consistency"
    share = "restart_by_running_statistics_color_top_class_share"
    assert spec.collapse_fact(evaluated, row) == share
    assert read_table("masks").fact("kept_already_largest", row) == "kept_already_largest"


def test_what_a_column_fixes_of_its_grid_is_read_from_the_file():
    fixed = SMALL.replace('net = "mlp-tab"', 'net = "mlp-tab", at = { ratio = 16 }')

    (column,) = parse_table("small", fixed).columns

    assert column.point == (("ratio", 16),)
    assert column in {column}


def test_the_corrected_numbers_of_table_4_are_those_that_table_1_prints_for_that_net():
    printed, corrected = read_published("table4"), read_corrections("table4")
    right = read_published("table1")

    assert len(corrected) == 3
    for (row, column), correction in corrected.items():
        assert correction.printed == right[row, column]
        assert printed[row, column] == right[row, column.replace("MLP_VIS", "RESNET")]


def test_tables_that_print_the_same_cells_print_the_same_numbers():
    one, two, three, six = (read_published(f"table{number}") for number in (1, 2, 3, 6))

    assert {key: one[key] for key in two if key in one} == {
        key: two[key] for key in two if key in one
    }
    assert {k: v for k, v in six.items() if k[0].startswith("CIFAR10/")}.items() <= three.items()


def test_the_numbers_of_the_replies_keep_the_decimals_they_were_given_with():
    random, trained = read_published("table6-random"), read_published("table6-trained")

    assert (len(random), len(trained)) == (36, 48)
    assert random["CIFAR10/resize", "IUNET"] == Printed(23.0, 1.6, decimals=1)
    assert trained["SVHN/horiz", "IUNET_NO_PRUNE"] == Printed(88.2, 0.0, decimals=1)


def test_a_correction_of_what_was_never_printed_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "t"
    folder.mkdir()
    (folder / "published.csv").write_text("row,column,mean,std\na,b,1.0,\n")
    (folder / "corrected.csv").write_text("row,column,mean,std,reason\na,c,1.0,,because\n")
    monkeypatch.setattr("bench.declared.published.table_folder", lambda name: folder)

    with pytest.raises(BenchError, match="a, c corrects what published.csv does not have"):
        read_corrections("t")


def test_an_unknown_table_lists_the_known_ones():
    with pytest.raises(
        UsageError,
        match="no table called 'table9'; known: table1, table2, .*controls, cost, demo",
    ):
        read_table("table9")
