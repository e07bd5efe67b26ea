"""The report in a real browser: nothing is loaded, everything works by keyboard, no text runs."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bench.judge.cell import StoredRuns
from bench.judge.collect import collect
from bench.plan.query import Query
from bench.plan.selection import plan_table
from bench.report.page import html
from bench.report.payload import embedded
from iunet.declare.protocol import shipped_protocols

NASTY = "<script>window.ran = true</script> & <img src=x onerror='window.ran = true'>"


def table5(page):
    return page.locator("#table5")


def rows(page):
    """Titles of the rows shown."""
    return table5(page).locator("tbody th").all_text_contents()


def own(page, dataset, column):
    """Our number in a cell, without its deviation."""
    place = table5(page).locator("thead th").all_text_contents().index(column) - 1
    row = table5(page).locator("tbody tr", has=page.get_by_text(dataset, exact=True))
    text = row.locator("td").nth(place).locator(".own").text_content()
    return re.sub(r"^ours |±.*", "", text)


def choose(page, label, value):
    table5(page).get_by_label(label, exact=True).select_option(label=value)


def stored(filled, protocol, metric, dataset, method):
    """What the store gives for a cell of Table 5."""
    selection = Query("table5", protocol, metric=metric, datasets=(dataset,), methods=(method,))
    (entry,) = collect(plan_table(selection), StoredRuns(filled[1])).entries()
    return entry.metric.digits(entry.own.mean)


def test_rows_without_a_run_are_folded_away_until_asked_for(open_page, file):
    page = open_page(file)

    folded = rows(page)
    table5(page).get_by_role("button", name="Show the 38 rows without a run").click()

    assert folded == ["vehicle", "car"]
    assert len(rows(page)) == 40


def test_a_heading_sorts_by_ours_printed_or_difference_both_ways(open_page, file):
    page = open_page(file)
    heading = table5(page).locator("thead th").nth(4)

    heading.get_by_role("button").click()
    assert (rows(page), heading.get_attribute("aria-sort")) == (["car", "vehicle"], "descending")
    page.keyboard.press("Enter")
    assert (rows(page), heading.get_attribute("aria-sort")) == (["vehicle", "car"], "ascending")
    choose(page, "Headings sort by", "difference")
    assert rows(page) == ["car", "vehicle"]
    choose(page, "Headings sort by", "printed")
    assert rows(page) == ["vehicle", "car"]
    page.keyboard.press("Escape")
    heading.get_by_role("button").click()
    assert (rows(page), heading.get_attribute("aria-sort")) == (["vehicle", "car"], "none")


def test_rows_are_filtered_by_text_and_by_verdict(open_page, file, filled):
    page = open_page(file)

    table5(page).get_by_label("Rows with").fill("VEH")
    assert rows(page) == ["vehicle"]
    table5(page).get_by_label("Rows with").fill("")
    choose(page, "Verdict", "differs")

    view = next(t for t in filled[0].tables if t.spec.key == "table5").first
    differing = [
        row.title
        for row in view.blocks[0].rows
        if any(cell.state == "differs" for cell in row.cells)
    ]
    assert rows(page) == differing != []
    assert f"{len(differing)} of 40 rows" in table5(page).locator(".state").text_content()
    choose(page, "Verdict", "empty")
    assert len(rows(page)) == 40


def test_protocol_and_metric_change_the_numbers_to_those_of_the_store(open_page, file, filled):
    page = open_page(file)
    default, other = shipped_protocols()

    assert own(page, "vehicle", "IUNET(MLPTAB)") == stored(filled, default, "", "vehicle", "iunet")
    table5(page).get_by_label(other).check()
    assert own(page, "vehicle", "IUNET(MLPTAB)") == stored(filled, other, "", "vehicle", "iunet")
    choose(page, "Metric", "balanced accuracy")
    shown = own(page, "vehicle", "IUNET(MLPTAB)")
    assert shown == stored(filled, other, "balanced-accuracy", "vehicle", "iunet")
    assert shown != stored(filled, default, "", "vehicle", "iunet")
    assert f"protocol {other}" in table5(page).locator(".caption").text_content()


def test_enter_opens_what_stands_behind_a_cell_and_escape_closes_it(open_page, file, filled):
    page = open_page(file)
    table5(page).locator("td .open").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)

    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog")
    assert (
        dialog.get_by_role("heading", level=2).text_content() == "Table 5, vehicle, β-LASSO(MLPTAB)"
    )
    text = dialog.text_content()
    content = next(t for t in filled[0].payload["tables"] if t["key"] == "table5")
    row = [dataset for _, dataset in content["rows"][0]].index("vehicle")
    points, *_ = content["behind"][0][0][row][2]
    for run in (run for _, runs, _ in points for run in runs):
        assert filled[0].payload["runs"][run][0] in text
    for part in (
        "bench table5 -d vehicle -m beta-lasso",
        "bench why table5 vehicle beta-lasso",
        "runs/vehicle/mlp-tab-beta-lasso/42-",
        "250 of 2,000",
        "012345678",
        "Chosen of 5 points by mean validation swapped balanced accuracy",
        "pretrain.shrink.l1",
    ):
        assert part in text
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.dataset.where") == "0 5 2"


def test_a_click_on_an_empty_cell_says_what_makes_it(open_page, file):
    page = open_page(file)
    choose(page, "Verdict", "empty")

    table5(page).locator("tbody tr").filter(has_text="adult").locator("td").first.click()

    text = page.get_by_role("dialog").text_content()
    assert "empty: none of 3 runs made" in text and "3 runs are not made" in text
    assert "bench table5 -d adult -m dense" in text
    page.get_by_role("button", name="Close").click()
    assert not page.get_by_role("dialog").is_visible()


def test_the_static_page_shows_what_the_script_shows(open_page, file):
    page = open_page(file)
    table5(page).get_by_role("button", name="Show the 38 rows without a run").click()

    live = table5(page).locator("td .cell").all_text_contents()

    assert len(live) == 41 * 7
    assert live == static_cells(file.read_text(encoding="utf-8"), "table5")


def static_cells(text, table):
    """Texts of the cells of a table as they are in the file."""

    class Cells(HTMLParser):
        def __init__(self):
            super().__init__()
            self.found, self.table, self.inside = [], False, False

        def handle_starttag(self, tag, attrs):
            if tag == "section":
                self.table = ("id", table) in attrs
            if tag == "td" and self.table:
                self.inside = True
                self.found.append("")

        def handle_endtag(self, tag):
            self.inside = self.inside and tag != "td"

        def handle_data(self, data):
            if self.inside:
                self.found[-1] += data

    cells = Cells()
    cells.feed(text)
    return cells.found


def test_without_scripts_the_tables_are_there_and_no_control_is(open_page, file):
    page = open_page(file, java_script_enabled=False)

    assert page.locator("#table5 tbody tr").count() == 40
    assert page.locator("#table5 .controls").is_hidden()


def test_the_first_screen_of_a_laptop_is_the_answer_and_no_warning(open_page, filled, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(html(replace(filled[0], refused=("a damaged record",))), encoding="utf-8")
    page = open_page(path, 1280, 800)

    bottom = page.locator(".verdict table").bounding_box()
    assert page.get_by_role("heading", level=1).bounding_box()["y"] > 0
    assert bottom["y"] + bottom["height"] < 800
    below = ".notice, .tile, .glance"
    assert page.locator(below).count() > 3
    for one in page.locator(below).all():
        assert one.bounding_box()["y"] > bottom["y"] + bottom["height"]


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_contents_stay_in_view_and_cover_no_target(open_page, file, width):
    page = open_page(file, width, 800)
    if width == 390:
        page.get_by_text("Contents", exact=True).click()
    page.locator("nav a[href='#claims']").click()
    page.wait_for_function("scrollY > 1000")

    nav, claims = (page.locator(one).bounding_box() for one in ("nav", "#claims h2"))

    assert nav["y"] == 0 and nav["height"] <= 800
    assert claims["y"] < 800
    assert nav["width"] < claims["x"] or nav["height"] < claims["y"]


def test_the_bar_of_contents_opens_to_the_tables_by_keyboard(open_page, file):
    page = open_page(file, 1280, 800)
    assert page.locator("nav a[href='#table8']").is_hidden()

    page.locator("nav a[href='#tables']").focus()

    assert page.locator("nav a[href='#table8']").is_visible()


def test_heads_end_where_the_cells_below_them_end(open_page, file):
    page = open_page(file, 1920, 1080)
    ends = """selector => [...document.querySelectorAll(selector)].map(table => {
        const text = document.createRange();
        text.selectNodeContents([...table.tHead.querySelectorAll("th")].at(-1));
        const cell = [...table.tBodies[0].rows[0].cells].at(-1);
        const inner = cell.querySelector(".cell") || cell;
        const padding = parseFloat(getComputedStyle(inner).paddingRight);
        const right = inner.getBoundingClientRect().right - padding;
        return [text.getBoundingClientRect().right, right].map(Math.round);
    })"""

    for selector in (".verdict table", "#answers table", "#table5 table", "#table8 table"):
        found = page.evaluate(ends, selector)
        assert found and all(abs(head - cell) <= 3 for head, cell in found), (selector, found)


def test_a_wide_table_shows_that_it_scrolls_and_where_it_ends(open_page, file):
    page = open_page(file, 390, 844)
    box = page.locator("#table5 .scroll")
    from playwright.sync_api import expect

    expect(box).to_have_class("scroll wide more-right")
    box.evaluate("element => { element.scrollLeft = element.scrollWidth; }")
    expect(box).to_have_class("scroll wide more-left")
    expect(page.locator("#table7 .scroll").first).not_to_have_class("more-left")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_no_page_sideways(open_page, file, scheme):
    page = open_page(file, 390, 844, color_scheme=scheme)
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true; }")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.body.scrollWidth") <= 390
    box = page.locator("#table5 .scroll").bounding_box()
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.querySelector('#table5 .scroll').scrollWidth") > 390


def test_the_first_column_stays_while_a_table_scrolls(open_page, file):
    page = open_page(file, 390, 844)
    title = page.locator("#table5 tbody th").first
    before = title.bounding_box()["x"]

    page.evaluate("document.querySelector('#table5 .scroll').scrollLeft = 300")

    assert title.bounding_box()["x"] == before


def test_on_paper_there_is_no_control_and_what_matters_is_open(open_page, file):
    page = open_page(file)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator(".controls:visible, nav:visible").count() == 0
    assert page.locator("#claims .evidence").first.is_visible()
    assert page.locator("#table5 .notes li").first.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.notes[open]").count() == 0


def test_a_name_with_signs_of_html_is_text_and_nothing_runs(open_page, filled, tmp_path):
    report = filled[0]
    payload = json.loads(json.dumps(report.payload))
    for table in payload["tables"]:
        table["name"] = table["title"] = NASTY
        for rows_of, header in zip(table["rows"], table["headers"], strict=True):
            rows_of[0][0] = header[0] = NASTY
        for view in (view for several in table["views"] for view in several):
            view["caption"] = view["legend"] = NASTY
            view["notes"].append([NASTY, 0, NASTY])
        for condition in table["conditions"]:
            condition[0] = condition[1] = NASTY
    payload["texts"] = [NASTY for _ in payload["texts"]]
    nasty = replace(report, payload=payload, refused=(NASTY,))
    path = tmp_path / "report.html"
    path.write_text(html(nasty), encoding="utf-8")
    assert NASTY not in path.read_text(encoding="utf-8")

    page = open_page(path)
    table5(page).get_by_label("Rows with").fill("<script>")
    title = rows(page)
    table5(page).get_by_label("Rows with").fill("")
    table5(page).locator("td .open").first.click()

    assert title == [NASTY]
    heading = page.get_by_role("dialog").get_by_role("heading", level=2).text_content()
    assert heading.startswith(NASTY)
    assert page.locator(".notice.bad").text_content().endswith(NASTY)
    assert page.locator("img[src=x], main script").count() == 0
    assert page.evaluate("window.ran") is None


def test_a_script_that_got_in_could_fetch_nothing(open_page, browser, file):
    context = browser.new_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())

    blocked = page.evaluate(
        "fetch('https://example.org/').then(() => 'reached', (error) => error.name)"
    )

    context.close()
    assert blocked == "TypeError"
    assert not any("example.org" in url for url in asked)


def test_every_number_of_the_data_is_finite(filled):
    json.loads(embedded(filled[0].payload), parse_constant=lambda name: pytest.fail(name))
