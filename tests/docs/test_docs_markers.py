"""What stands between the markers of a page."""

import pytest

from bench.docs.markers import with_markers_filled, with_tables
from bench.errors import BenchError


def test_every_marker_of_the_name_is_filled_from_its_words_and_nothing_else_moves():
    page = "A\n<!-- sum 1 2 -->\nold\n<!-- end -->\nB\n<!-- sum 4 -->\n<!-- end -->\n<!-- old -->\n"

    assert with_markers_filled(page, "sum", lambda words: str(sum(map(int, words)))) == (
        "A\n<!-- sum 1 2 -->\n3\n<!-- end -->\nB\n<!-- sum 4 -->\n4\n<!-- end -->\n<!-- old -->\n"
    )


def test_what_is_written_is_taken_as_it_is():
    assert r"\1 \n" in with_markers_filled(
        "<!-- raw -->\n<!-- end -->\n", "raw", lambda _: r"\1 \n"
    )


@pytest.mark.parametrize("page", ["nothing", "<!-- sum 1 -->\nnever closed\n"])
def test_a_page_without_the_markers_is_an_error(page):
    with pytest.raises(BenchError, match="no <!-- sum --> followed by <!-- end -->"):
        with_markers_filled(page, "sum", lambda words: "")


def test_a_marker_of_the_readme_names_table_protocol_and_budget():
    page = with_tables("<!-- table table5 released quick -->\n<!-- end -->\n")

    assert "protocol released" in page and "budget quick" in page


def test_a_row_without_a_number_under_these_conditions_is_left_out():
    page = with_tables("<!-- table demo -->\n<!-- end -->\n")

    assert "No records are shipped yet." in page


def test_a_marker_of_too_many_words_is_an_error():
    with pytest.raises(BenchError, match="names a table, and then a protocol and a budget"):
        with_tables("<!-- table table5 paper quick now -->\n<!-- end -->\n")
