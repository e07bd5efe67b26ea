"""Blocks of a page that are run, and what is shown of their output."""

import pytest

from bench.docs.blocks import BLOCK, with_outputs
from bench.errors import BenchError


def fenced(kind, text):
    return f"```{kind}\n{text}\n```\n"


def test_what_a_block_prints_is_written_into_the_text_block_below_it():
    page = fenced("python ci", "print(6 * 7)") + "\n" + fenced("text", "41") + "\nThe end.\n"

    assert with_outputs(page) == page.replace("41", "42")


def test_output_that_is_not_shown_is_not_added():
    page = fenced("bash ci", "echo said") + "\nProse.\n\n" + fenced("text", "something else")

    assert with_outputs(page) == page


def test_later_blocks_find_the_files_of_earlier_ones():
    page = (
        fenced("bash ci", "echo 3 > number")
        + fenced("python ci", "print(open('number').read())")
        + fenced("text", "")
    )

    assert with_outputs(page).endswith(fenced("text", "3"))


def test_a_block_that_is_not_marked_is_not_run():
    page = fenced("bash", "false") + fenced("python", "1 / 0")

    assert (with_outputs(page), BLOCK.findall(page)) == (page, [])


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("bash ci", "false | cat\nfalse", "'false | cat'"),
        ("python ci", "1 / 0", "division by zero"),
    ],
)
def test_a_block_that_fails_is_an_error_that_names_it(kind, code, said):
    with pytest.raises(BenchError, match="the block that begins") as error:
        with_outputs(fenced(kind, code))
    assert said in str(error.value)


def test_no_record_of_the_user_is_seen(monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path))
    page = fenced("bash ci", 'test "$BENCH_RESULTS_DIR" != ' + str(tmp_path))

    assert with_outputs(page) == page
