"""Printed tables from files, declared or not, whole or damaged."""

import pytest

from bench.audit.printed import read_tables, selected
from bench.errors import DataError, UsageError

DECLARED = """
title   = "A table"
metric  = "accuracy"
best    = "#Best"
columns = [{ title = "IUNET", method = "iunet", net = "mlp-tab", published = "IUNET(MLP_TAB)" }]
rows    = [{ dataset = "mfeat-factors", title = "mfeat." }]
"""


@pytest.fixture
def write(tmp_path):
    """Write a table's files; gives the folder of tables."""

    def written(name, published, declared=""):
        folder = tmp_path / name
        folder.mkdir()
        content = published if isinstance(published, bytes) else published.encode()
        (folder / "published.csv").write_bytes(content)
        if declared:
            (folder / "table.toml").write_text(declared)
        return tmp_path

    return written


def test_declared_tables_say_what_their_cells_mean(write):
    folder = write("t", "row,column,mean,std\nmfeat.,IUNET(MLP_TAB),98.176,0.121\n", DECLARED)

    (table,) = read_tables(folder)

    (cell,) = table.cells
    assert (cell.facts.key, cell.column_meaning) == ("mfeat-factors", ("iunet", "mlp-tab"))
    assert cell.text == "98.176 ± 0.121"


def test_undeclared_tables_are_read_by_the_names_others_declare(write):
    write("one", "row,column,mean,std\nmfeat.,IUNET(MLP_TAB),98.176,0.121\n", DECLARED)
    folder = write("two", "row,column,mean,std\nmfeat./feat,IUNET(MLP_TAB),51.6,4.2\n")

    one, two = read_tables(folder)

    assert (one.kind, two.kind) == ("scores", "agreement")
    assert two.cells[0].facts.key == "mfeat-factors"
    assert two.cells[0].column_meaning == one.cells[0].column_meaning
    assert two.cells[0].meaning != one.cells[0].meaning


def test_the_row_of_wins_is_kept_apart(write):
    folder = write("t", "row,column,mean,std\na,B,1.0,\n#Best,B,1,\n")

    (table,) = read_tables(folder)

    assert (len(table.cells), table.wins) == (1, {"B": 1.0})


def test_tables_come_in_the_order_of_their_numbers(write):
    for name in ("table10", "table2", "table6", "table6-random"):
        folder = write(name, "row,column,mean,std\na,B,1.0,\n")

    assert [t.key for t in read_tables(folder)] == ["table2", "table6", "table6-random", "table10"]


def test_a_table_nothing_was_printed_of_is_refused(write):
    tables = read_tables(write("t", "row,column,mean,std\na,B,1.0,\n"))

    assert selected(tables, ()) == ("t",)
    with pytest.raises(UsageError, match="no printed table called 'x'; known: t"):
        selected(tables, ("x",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no number"),
        ("row,column,mean,std\n", "holds no number"),
        ("row,column,mean,std\na,B,1.0\n", ":2: not one value for each"),
        ("row,column,mean,std\na,B,1.0,2.0,3.0\n", ":2: not one value for each"),
        ("line,column,mean,std\na,B,1.0,2.0\n", ":2: not one value for each"),
        ("row,column,mean,std\na,B,high,2.0\n", ":2: could not convert string to float: 'high'"),
        ("row,column,mean,std\na,B,nan,\n", ":2: nan is no number a table prints"),
        ("row,column,mean,std\na,B,1.0,-0.1\n", ":2: -0.1 is no number a table prints"),
        ("row,column,mean,std\na,B,1.0,\na,B,2.0,\n", ":3: a, B is given twice"),
        (b"row,column,mean,std\n\xff,B,1.0,\n", "not UTF-8 text"),
    ],
)
def test_a_damaged_file_is_one_line_that_names_it(content, said, write):
    folder = write("t", content)

    with pytest.raises(DataError) as caught:
        read_tables(folder)

    message = str(caught.value)
    assert caught.value.exit_status == 5
    assert said in message
    assert "published.csv" in message and "\n" not in message
