"""Single steps between the protocols in a report."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from made_up import made_up_predictions, made_up_record

from bench.bridge.effects import effect_tables
from bench.bridge.plan import plan_bridge
from bench.bridge.sheet import sheet_of
from bench.folders import bridge_folder, reference_folder
from bench.plan.query import Query, is_step
from bench.report.bridges import bridges
from bench.report.gather import gather
from bench.report.page import html
from bench.report.provenance import cost_tables
from bench.report.scope import scope_of
from bench.report.views import with_minus
from bench.store.store import Store, run_file
from iunet.declare.protocol import default_protocol

ASKED = Query(datasets=("iris",), methods=("omp",), budget="demo")
THREE = Query(
    datasets=("breast-cancer", "iris", "wine"), methods=("omp",), budget="demo", steps=("ticket",)
)


def keep(store, selection, leave_out=()):
    """Records of every run, no two scores alike."""
    asked = plan_bridge(selection)
    for at, job in enumerate(asked.jobs):
        if at not in leave_out:
            store.write(made_up_record(job, 0.5 + at / 1000), made_up_predictions())
    return asked


@pytest.fixture
def kept(store):
    """What was asked, and the records of a whole bridge on a demo table."""
    return keep(store, ASKED)


def found_in(store, scope=None):
    return bridges(scope or scope_of(), list(store.records()), store)


def test_steps_of_a_user_are_shown_as_the_bridge_shows_them(store, kept):
    ((plan, by_metric),) = found_in(store).shown

    assert plan.title == "Budget demo: iris; omp"
    assert plan.command == "bench bridge -d iris -m omp --budget demo --fresh"
    shown = [sheet for sheets in by_metric.values() for sheet in sheets]
    assert shown == [sheet_of(table) for table in effect_tables(kept, store)]


def rows_on(page):
    """Headings and rows of every table of effects, cells as text."""
    section = page[page.index('<section id="bridge">') : page.index('<section id="differences">')]
    tables = re.findall(r'<table class="plain steps">(.*?)</table>', section, re.DOTALL)
    rows = [re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL) for table in tables]
    return [[_cells(row) for row in table] for table in rows]


def _cells(row):
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
    return [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in cells]


def as_on_page(block):
    """The same of a block."""
    rows = [[block.corner.capitalize(), *block.header]]
    for line in (*block.lines, *block.totals):
        rows.append([line.title, *(_cell(shown) for shown in line.cells)])
    return rows


def _cell(shown):
    spread = f"±{shown.own_spread}" if shown.own_spread else ""
    mark = f"* {shown.mark}" if shown.mark else ""
    return f"{with_minus(shown.own)}{spread}{''.join(shown.notes)}{mark}"


@pytest.mark.parametrize(("selection", "leave_out"), [(ASKED, ()), (THREE, ()), (THREE, (4,))])
def test_every_effect_stands_on_the_page_where_it_belongs(store, selection, leave_out):
    asked = keep(store, selection, leave_out)

    page = html(gather(scope_of(), store))

    blocks = [
        block for sheet in map(sheet_of, effect_tables(asked, store)) for block in sheet.blocks
    ]
    assert rows_on(page) == [as_on_page(block) for block in blocks]
    marked = sum(
        "differs from 0" in cell for table in rows_on(page) for row in table for cell in row
    )
    assert marked == sum(
        bool(cell.mark) for b in blocks for line in (*b.lines, *b.totals) for cell in line.cells
    )


def test_without_a_step_the_page_says_what_makes_some(filled):
    page = html(filled[0])

    assert filled[0].bridges.shown == ()
    assert "<code>bench bridge</code> makes some" in page


def test_shipped_steps_are_shown_without_standing_among_the_records_of_tables(tmp_path):
    store = Store(tmp_path, reference_folder())

    found = found_in(store)

    shipped = {path.stem for path in Path(bridge_folder()).glob("*.jsonl")}
    assert {
        name for name in shipped if any(name in plan.title for plan, _ in found.shown)
    } == shipped
    assert {record.dataset for record in found.shipped} == shipped
    assert "Runs are missing." not in str(found.shown)
    assert not any(is_step(record.protocol) for record in store.records())
    assert (found.refused, found.unseen) == ((), 0)


def test_a_users_own_step_leaves_the_shipped_bridges_as_they_are(tmp_path):
    store = Store(tmp_path, reference_folder())
    before = found_in(store).shown
    own = Query(datasets=("vehicle",), methods=("no-ilo",), steps=("ticket",))
    keep(store, own, leave_out=(0,))
    store.refresh()

    (first, _), *others = found_in(store).shown

    assert first.command == "bench bridge -d vehicle -m no-ilo --step ticket --budget full"
    assert others == list(before)


def test_a_report_without_shipped_records_has_no_shipped_steps(store):
    assert found_in(store).shown == ()


def test_a_report_of_one_protocol_or_another_budget_has_no_steps_and_says_so(store, kept):
    steps = sum(is_step(job.protocol) for job in kept.jobs)

    for scope in (scope_of([default_protocol()]), scope_of([], ["full"])):
        found = found_in(store, scope)
        assert (found.shown, found.unseen) == ((), steps)
    page = html(gather(scope_of([default_protocol()]), store))
    assert f"{steps} records of single steps between protocols are in no table here" in page
    assert len(found_in(store, scope_of([], ["demo"])).shown) == 1


@pytest.mark.parametrize("part", ["method", "dataset", "net"])
def test_a_step_that_cannot_be_planned_any_more_does_not_stop_the_report(store, kept, part):
    gone = [
        replace(record, identity={**record.identity, part: "gone"}) for record in store.records()
    ]

    found = bridges(scope_of(), gone, store)

    assert found.shown == ()
    (said,) = found.refused
    assert said.startswith("steps between protocols: ") and "gone" in said


def test_a_damaged_record_of_a_shipped_step_does_not_stop_the_report(tmp_path):
    store = Store(tmp_path, reference_folder())
    record = found_in(store).shipped[0]
    folder = tmp_path / "runs" / record.dataset / f"{record.net}-{record.method}"
    folder.mkdir(parents=True)
    path = folder / run_file(record).name
    path.write_text("{", encoding="utf-8")

    report = gather(scope_of(), Store(tmp_path, reference_folder()))

    assert any(path.name in line for line in report.refused)
    assert len(report.bridges.shown) == 2


def test_shipped_steps_of_other_data_do_not_stop_the_report(tmp_path):
    store = Store(tmp_path, reference_folder(), {"kc1": "other"})
    found = bridges(scope_of(), [], store)

    assert len(store.refused) == 1 and all("kc1" in line for line in store.refused)
    assert len(found.shown) == 2 and "kc1" not in found.shown[1][0].title


def test_steps_that_are_shown_are_not_called_left_out(store, kept):
    report = gather(scope_of(), store)

    assert (report.unnamed, report.bridges.unseen) == ({}, 0)


def test_what_steps_cost_stands_in_one_table(store, kept):
    titles = [table.title for table in cost_tables(list(store.records()), scope_of().keys)]

    assert titles[-1] == "Steps between protocols, budget demo"
    assert len(titles) == 3
