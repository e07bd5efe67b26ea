"""`bench paper`: every table and figure in turn, and what is said of those that are not whole."""

import pytest

from bench.cli import paper
from bench.cli.making import INTERRUPTED
from bench.cli.verb import Answer
from bench.declared.figures import figure_names
from bench.errors import FetchFailed, Incomplete, RunsFailed, UsageError


@pytest.fixture
def makers(monkeypatch):
    """Makers of tables and figures that run nothing: what they were asked, and by name how they
    end unless all is well."""
    queries, ends = [], {}

    def make(query, mode, store):
        queries.append((query, mode))
        end = ends.get(query.name, Answer())
        if isinstance(end, Exception):
            raise end
        return end

    def make_figures(figures, mode, store):
        return make(figures[0], mode, store)

    def fetch(key, places):
        queries.append("fetch")
        if "fetch" in ends:
            raise ends["fetch"]
        return "fetched"

    monkeypatch.setattr(paper, "table", make)
    monkeypatch.setattr(paper, "figures", make_figures)
    monkeypatch.setattr("bench.datasets.fetch.fetch_unless_at_hand", fetch)
    monkeypatch.setattr("bench.datasets.fetch.select_downloads", lambda *_, **__: ["car"])
    monkeypatch.setattr(
        "bench.render.files.compile_document", lambda folder: folder / "document.pdf"
    )
    return queries, ends


def names(queries):
    return [one[0].name for one in queries if one != "fetch"]


def test_every_printed_table_and_figure_is_made_with_the_options_given(bench, makers):
    queries, _ = makers

    status, out, err = bench("paper", "--yes", "--budget", "quick", "-s", "42")

    assert (status, err) == (0, "")
    assert out.splitlines()[-1].endswith("document.pdf")
    assert queries.pop(0) == "fetch"
    assert {"table5", "table1", "figure2"} <= set(names(queries))
    assert names(queries)[-len(figure_names()) :] == list(figure_names())
    for query, mode in queries:
        assert (query.budget, query.seeds, mode.yes) == ("quick", (42,), True)


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("table5", Incomplete("empty"), "cells of table5 (see its notes)"),
        ("figure2", Incomplete("empty"), "parts of figure2 (see its notes)"),
        ("table8", UsageError("no"), "table8 (does not take these options)"),
    ],
)
def test_what_is_not_whole_is_named_and_the_rest_is_made(bench, makers, name, error, said):
    queries, ends = makers
    ends[name] = error

    status, _, err = bench("paper")

    assert (status, err) == (4, f"bench: {error}\nabsent: {said}\n")
    assert names(queries)[-1] == figure_names()[-1]


def test_failed_runs_come_before_what_is_absent(bench, makers):
    queries, ends = makers
    ends |= {"table4": RunsFailed("failed"), "table5": Incomplete("empty")}

    assert bench("paper")[0] == 3
    assert names(queries)[-1] == figure_names()[-1]


def test_data_that_cannot_be_fetched_stops_nothing(bench, makers):
    queries, ends = makers
    ends["fetch"] = FetchFailed("offline")

    status, _, err = bench("paper")

    assert status == 0 and "offline" in err
    assert len(names(queries)) > 5


def test_an_interrupt_ends_it_at_once(bench, makers):
    queries, ends = makers
    ends["table5"] = Answer(status=INTERRUPTED)

    assert bench("paper")[0] == INTERRUPTED
    assert names(queries)[-1] == "table5"


def test_without_a_pdf_the_tables_are_kept_and_the_reason_is_said(bench, makers, monkeypatch):
    def fails(folder):
        raise Incomplete("pdflatex is not installed")

    monkeypatch.setattr("bench.render.files.compile_document", fails)

    status, _, err = bench("paper")

    assert (status, err) == (4, "absent: PDF (pdflatex is not installed)\n")


def test_a_table_that_is_printed_but_not_built_is_named(bench, makers, monkeypatch):
    monkeypatch.setattr(paper, "table_names", lambda: ["table5"])

    status, _, err = bench("paper")

    assert status == 4 and "table1 (not built yet)" in err


def test_figures_have_no_other_metric_or_methods(bench, makers):
    queries, _ = makers

    status, _, err = bench("paper", "--metric", "accuracy")

    assert status == 4 and "figure2 (does not take these options)" in err
    assert not {*names(queries)} & {*figure_names()}


def test_a_dry_run_says_what_would_be_done_and_does_nothing(bench, tmp_path):
    status, out, _ = bench("paper", "--dry-run", "--budget", "quick")

    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("data: ") and lines[-1].startswith("PDF: ")
    assert [line.split(":")[0] for line in lines[1:-1]] == list(paper.printed_names())
    assert not (tmp_path / "results").exists() and not (tmp_path / "cache").exists()


def test_without_runs_nothing_is_fetched_either(bench, makers):
    queries, _ = makers

    assert bench("paper", "--no-run")[0] == 0
    assert "fetch" not in queries
