"""Single steps between the protocols in a report."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_up import made_up_predictions, made_up_record

from bench.bridge.asked import Selection, prepare
from bench.bridge.effects import bridged
from bench.bridge.sheet import sheets_of
from bench.bridge.way import is_step
from bench.folders import bridge_folder, reference_folder
from bench.report.bridges import bridges
from bench.report.gather import gather
from bench.report.made import cost_tables
from bench.report.page import html
from bench.report.scope import scope_of
from bench.report.views import with_minus
from bench.store.store import Store
from iunet.declare.protocol import default_protocol

ASKED = Selection(datasets=("iris",), methods=("omp",), budget="demo")


@pytest.fixture
def kept(store):
    """Records of every step on a demo table, no two means alike."""
    asked = prepare(ASKED)
    for at, job in enumerate(asked.jobs):
        store.write(made_up_record(job, 0.5 + at / 1000), made_up_predictions())
    return asked


def test_steps_of_a_user_are_shown_as_the_bridge_shows_them(store, kept):
    (found,) = bridges(scope_of(), list(store.records()), store)

    assert found.title == "Budget demo: iris; omp"
    assert found.command == "bench bridge -d iris -m omp --budget demo"
    shown = [sheet for _, sheets in found.sheets for sheet in sheets]
    assert shown == sheets_of(bridged(kept, store), kept)


def test_the_page_has_every_effect_and_names_what_is_marked(store, kept):
    page = html(gather(scope_of(), store))

    section = page[page.index('<section id="bridge">') : page.index('<section id="differences">')]
    (found,) = bridges(scope_of(), list(store.records()), store)
    lines = [
        line
        for _, sheets in found.sheets
        for sheet in sheets
        for block in sheet.blocks
        for line in (*block.lines, *block.totals)
    ]
    assert section.count('<tr><th scope="row">') == len(lines) + len(found.steps)
    for line in lines:
        assert f">{line.title}</th>" in section
        numbers = [with_minus(one.own) for one in line.cells]
        assert all(f">{number}</span>" in section for number in numbers)
    marked = sum(bool(one.mark) for line in lines for one in line.cells)
    assert section.count("leaves out 0</span>") == marked > 0


def test_without_a_step_the_page_says_what_makes_some(filled):
    page = html(filled[0])

    assert filled[0].bridges == ()
    assert "<code>bench bridge</code> makes some" in page


def test_shipped_steps_are_shown_without_standing_among_the_records(tmp_path):
    store = Store(tmp_path, reference_folder())

    found = bridges(scope_of(), list(store.records()), store)

    shipped = {path.stem for path in Path(bridge_folder()).glob("*.jsonl")}
    assert {name for name in shipped if any(name in one.title for one in found)} == shipped
    assert all("Runs are missing." not in str(one.sheets) for one in found)
    assert not any(is_step(record.protocol) for record in store.records())


def test_a_report_without_shipped_records_has_no_shipped_steps(store):
    assert bridges(scope_of(), [], store) == []


def test_a_report_of_one_protocol_or_another_budget_has_no_steps(store, kept):
    records = list(store.records())

    assert bridges(scope_of([default_protocol()]), records, store) == []
    assert bridges(scope_of([], ["full"]), records, store) == []
    assert len(bridges(scope_of([], ["demo"]), records, store)) == 1


def test_a_step_of_a_method_or_data_that_is_gone_does_not_stop_the_report(store, kept):
    records = [
        replace(record, identity={**record.identity, part: "gone"})
        for record in store.records()
        for part in ("method", "dataset")
    ]

    assert bridges(scope_of(), records, store) == []


def test_steps_that_are_shown_are_not_called_left_out(store, kept):
    assert gather(scope_of(), store).unnamed == ()

    alone = gather(scope_of([default_protocol()]), store)
    assert len(alone.unnamed) > 20


def test_what_steps_cost_stands_in_one_table(store, kept):
    titles = [table.title for table in cost_tables(list(store.records()), scope_of().keys)]

    assert titles[-1] == "Steps between protocols, budget demo"
    assert len(titles) == 3
