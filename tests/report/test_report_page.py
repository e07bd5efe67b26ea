"""What the page holds, and that no text in it is read as anything but text."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bench.claims.numbers import OwnNumbers
from bench.declared.claims import Side
from bench.judge.collect import joint_tally
from bench.judge.tally import counts_text
from bench.judge.verdict import RULE
from bench.plan.query import Query
from bench.report.claims import ShownNumbers
from bench.report.differences import differing_cells
from bench.report.gather import gather
from bench.report.page import FOLDER, SCRIPTS, STYLES, html, html_of, inline_html, memory
from bench.report.payload import embedded
from bench.report.provenance import commit_dates, cost_tables
from bench.report.scope import scope_of
from bench.report.views import printed_scores
from bench.store.store import Store
from bench.tables.why import explained
from iunet.declare.protocol import default_protocol, shipped_protocols

OTHER = next(key for key in shipped_protocols() if key != default_protocol())
NASTY = '</script><script>alert(1)</script> & "a" <b>'


class Texts(HTMLParser):
    """Names of the elements of a page, and the text outside style and script."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.attributes, self.text, self.data = [], [], [], ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self._inside = tag if tag in ("script", "style") else ""
        if ("id", "data") in attrs:
            self._inside = "data"

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, text):
        if self._inside == "data":
            self.data += text
        elif not self._inside:
            self.text.append(text)


@pytest.fixture(scope="module")
def page(filled):
    return Texts(html(filled[0]))


def test_every_section_is_there(page):
    ids = {value for _, name, value in page.attributes if name == "id"}

    assert {
        *("opening", "tables", "figures", "claims", "audit", "bridge", "differences"),
        *("environments", "settings"),
        *("table1", "table2", "table3", "table4", "table5", "table6", "table7", "table8"),
        *("table6-random", "table6-trained"),
    } <= ids


@pytest.mark.parametrize("filled_with", ["runs", "nothing"])
def test_every_link_inside_the_page_leads_somewhere(filled, tmp_path, filled_with):
    report = filled[0] if filled_with == "runs" else gather(scope_of(), Store(tmp_path))

    page = Texts(html(report))

    ids = [value for _, name, value in page.attributes if name == "id"]
    links = {value for tag, name, value in page.attributes if (tag, name) == ("a", "href")}
    assert {link[1:] for link in links if link.startswith("#")} <= {*ids}
    assert len(ids) == len({*ids})


def test_the_page_names_nothing_that_a_browser_would_load(page):
    loading = [
        (tag, name, value)
        for tag, name, value in page.attributes
        if name in ("src", "srcset", "href", "action", "data", "poster", "background")
        and not value.startswith(("#", "data:"))
        and not (tag == "a" and value.startswith("https://"))
    ]

    assert loading == []
    policy = next(value for _, name, value in page.attributes if name == "content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in "".join((FOLDER / name).read_text() for name in STYLES)


def test_without_a_script_the_first_view_of_every_table_is_there(page, filled):
    report, _ = filled
    text = " ".join(page.text)

    table = next(table for table in report.tables if table.spec.key == "table5")
    cells = [cell.shown for cell in table.first.cells if cell.shown.own]
    assert len(cells) == 8
    for shown in cells:
        assert f"{shown.own} ±{shown.own_spread}" in text.replace("  ", " ")
        assert shown.printed in text and shown.change in text


def test_the_data_are_those_of_the_tables(page, filled):
    report, store = filled
    data = json.loads(page.data)

    content = next(table for table in data["tables"] if table["key"] == "table5")
    row = [dataset for _, dataset in content["rows"][0]].index("vehicle")
    column = content["headers"][0].index("IUNET (MLP_TAB)")
    for place, protocol in enumerate(shipped_protocols()):
        why = explained(Query("table5", protocol), "vehicle", "iunet", store)
        cell = data["cells"][content["views"][place][1]["blocks"][0]["rows"][row][column]]
        assert why["metric"] == "swapped_balanced_accuracy"
        assert cell[1:3] == [why["own"]["mean"], why["own"]["std"]]
        points, _, settings = content["behind"][place][0][row][column]
        assert [data["runs"][run][0] for _, runs, _ in points for run in runs] == [
            run["run"] for run in why["runs"]
        ]
        fields, *values = data["settings"][settings]
        assert dict(zip(data["fields"][fields], values, strict=True)) == why["settings"]


def test_a_grid_has_all_its_points_and_the_chosen_one(filled):
    report, store = filled
    content = next(table for table in report.payload["tables"] if table["key"] == "table5")
    row = [dataset for _, dataset in content["rows"][0]].index("vehicle")
    column = content["headers"][0].index("BETA_LASSO (MLP_TAB)")

    points, *_ = content["behind"][0][0][row][column]
    place = content["views"][0][0]["blocks"][0]["rows"][row][column]
    *_, (_, _, chosen, _, *_) = report.payload["cells"][place]

    why = explained(Query("table5"), "vehicle", "beta-lasso", store)
    assert len(points) == why["own"]["grid"] == 5
    assert chosen == why["own"]["point"]


def test_a_cell_that_is_not_made_says_what_makes_it(filled):
    content = next(table for table in filled[0].payload["tables"] if table["key"] == "table5")
    row = [dataset for _, dataset in content["rows"][0]].index("adult")

    cell = filled[0].payload["cells"][content["views"][0][0]["blocks"][0]["rows"][row][0]]
    rows, columns = content["keys"][0]

    assert cell[0] == "empty" and filled[0].payload["texts"][cell[-1][1]] == "none of 3 runs made"
    assert (content["key"], rows[row], columns[0]) == ("table5", "adult", "dense")


def test_texts_with_signs_of_html_come_out_as_text(filled):
    report = filled[0]
    table = next(table for table in report.tables if table.spec.key == "table5")
    views = tuple(tuple(_nasty(view) for view in several) for several in table.views)
    nasty = replace(table, spec=replace(table.spec, title=NASTY), views=views)
    payload = report.payload | {"tables": [{"title": NASTY}]}

    page = Texts(html(replace(report, tables=(nasty,), refused=(NASTY,), payload=payload)))

    assert page.elements.count("script") == 2
    assert "b" not in page.elements
    assert "".join(page.text).count(NASTY) >= 4
    assert json.loads(page.data)["tables"] == [{"title": NASTY}]


def _nasty(view):
    blocks = tuple(
        replace(
            block,
            header=(NASTY, *block.header[1:]),
            rows=(replace(block.rows[0], title=NASTY), *block.rows[1:]),
        )
        for block in view.blocks
    )
    return replace(view, blocks=blocks)


def test_embedded_json_reads_back_and_cannot_end_its_element():
    content = {"a": NASTY, "b": "<!-- \N{LINE SEPARATOR}"}

    text = embedded(content)

    assert json.loads(text) == {**content, "b": "<!--  "}
    assert not re.search("[<>&\N{LINE SEPARATOR}]", text)


def test_scripts_and_styles_cannot_end_their_elements_and_read_no_text_as_html():
    for name in (*SCRIPTS, *STYLES):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert "</" not in text
        assert not re.search("innerHTML|outerHTML|insertAdjacent|document.write|eval", text)


def test_templates_do_no_arithmetic():
    templates = sorted(FOLDER.glob("*.j2"))
    tags = [
        tag
        for path in templates
        for tag in re.findall(r"(?:\{\{|\{%)(.*?)(?:\}\}|%\})", path.read_text(encoding="utf-8"))
    ]
    outside = [re.sub(r'"[^"]*"', "", tag.strip(" -")) for tag in tags]

    assert len(templates) > 5
    assert [tag for tag in outside if re.search(r"[*/]|\s[-+]\s|\bround\b|\bsum\b", tag)] == []


def test_every_template_is_part_of_the_page():
    text = (FOLDER / "report.html.j2").read_text(encoding="utf-8")

    included = set(re.findall(r'include "(\S+)"', text))
    assert {path.name for path in FOLDER.glob("*.j2")} == included | {"report.html.j2"}
    assert {path.name for path in FOLDER.glob("*.js")} == set(SCRIPTS)
    assert {path.name for path in FOLDER.glob("*.css")} == set(STYLES)


def test_counts_of_cells_are_those_of_the_captions(filled):
    report = filled[0]

    for table in report.tables:
        if table.spec.kind == "scores" and table.spec.printed:
            for view in table.by_condition:
                if view.tally.compared:
                    assert f"cells: {counts_text(view.tally)}" in view.sheet.caption


def test_tallies_add_up(filled):
    table5 = [one for one in filled[0].tables if one.spec.key == "table5"]
    scores = [table for _, table in printed_scores(table5)]

    whole = joint_tally(scores)

    assert whole.compared + whole.not_comparable + whole.empty == 2 * 40 * 7
    assert whole.compared == 2 * 2 * 4
    assert joint_tally([*scores, *scores]) == whole


def test_claims_see_the_same_numbers_as_their_own_command(filled):
    report, store = filled
    for protocol in shipped_protocols():
        shown = ShownNumbers(report.tables, protocol, "full")
        own = OwnNumbers(Query("", protocol=protocol), store)
        for column in ("mlp-tab:iunet", "mlp-tab:dense"):
            side = Side("table5", column)
            for metric in ("balanced_accuracy", "swapped"):
                assert shown.scores(side, metric) == own.scores(side, metric)


def test_a_table_that_is_not_shown_so_has_no_numbers_for_claims(filled):
    side = Side("table1", "mlp-vis:iunet")

    scores = ShownNumbers(filled[0].tables, OTHER, "full").scores(side, "accuracy")

    assert set(scores.values()) == {None} and len(scores) == 3


def test_cells_that_differ_are_listed_with_what_explains_them(filled):
    report = filled[0]
    found = differing_cells(report.tables)

    scores = [view for table in report.tables for view in table.by_condition if view.table]
    differing = sum(view.tally.differ for view in scores)
    assert sum(len(cells) for _, _, cells in found) == differing > 0
    explained = [
        view.condition.protocol
        for _, view, cells in found
        for cell in cells
        if report.differences.of(view, cell)
    ]
    assert OTHER in explained


def test_the_page_of_differences_comes_without_its_title_and_its_list_of_cells(filled):
    text = filled[0].differences.page

    assert "## Where we leave both" in text
    assert "# Known differences" not in text and "## Cells that do not agree" not in text


def test_cost_is_counted_by_dataset_and_method(filled):
    first, second = cost_tables(filled[0].records, list(shipped_protocols()))

    assert (first.title, first.runs) == (f"Protocol {default_protocol()}, budget full", 48)
    assert first.hours == pytest.approx(48 * 30 / 3600)
    assert first.methods[0] == ("mlp-tab", "beta-lasso")
    (dataset, cells) = first.rows[0]
    assert (dataset, cells[0]) == ("car", (30, 1024))
    assert first.energy == () and second.runs == 48


def test_energy_is_summed_where_records_have_it(filled):
    records = [
        replace(record, cost={**record.cost, "energy_joules": 2.5}) for record in filled[0].records
    ]

    assert cost_tables(records, [])[0].energy == (("energy_joules", 2.5 * 48),)


def test_the_newest_record_has_a_date_and_a_commit(filled):
    origin = filled[0].provenance

    assert re.fullmatch(r"\d{4}-\d\d-\d\d \(when its file was written\)", origin.newest)
    assert [digits for digits, _, _ in origin.commits] == ["012345678"]
    assert (origin.own, origin.shipped, origin.changed) == (96, 0, 0)


def test_git_dates_the_commits_it_knows(root):
    if not (root / ".git").exists():
        pytest.skip("not a clone")
    import subprocess

    words = ["git", "-C", str(root), "log", "-1", "--format=%H %cs"]
    digits, date = subprocess.run(words, capture_output=True, text=True).stdout.split()

    assert commit_dates([digits[:9], "0123456789"], root) == {digits[:9]: date}
    assert commit_dates([digits[:9]], None) == {}


def test_settings_stand_side_by_side(filled):
    settings = {one.name: one for one in filled[0].settings}

    assert settings["seeds"].values == ("42, 1, 2", "0, 1, 2") and settings["seeds"].differs
    assert not settings["split.test"].differs


def test_the_rule_is_said_once(page):
    assert "".join(page.text).count(RULE) == 1


def test_a_column_of_numbers_says_so_in_its_head_and_its_cells():
    text = (
        "| rival | difference | p |\n| --- | --- | --- |\n"
        "| OMP | −2.3 [−5.7, +1.0], n = 10 | < 0.001 |\n| XGB 2 | – | 0.5 |\n"
    )

    page = Texts(html_of(text, below=3))

    heads = [pair for pair in page.attributes if pair[0] == "th" and pair[1] == "class"]
    assert heads == [("th", "class", "number")] * 2
    assert page.attributes.count(("td", "class", "number")) == 4


def test_markdown_becomes_html_and_html_becomes_text():
    text = (
        "# A & b\n\nSee `x<y>` and **bold**, [here](other.md) or [there](https://example.org).\n\n"
        "| a | b |\n| --- | ---: |\n| x \\| 2 | <b> |\n\n- one\n  more\n- two\n\n1. three\n"
        "<!-- hidden -->\n"
    )

    assert str(html_of(text, below=3)).replace(">\n", ">").replace("\n<", "<") == (
        "<h3>A &amp; b</h3>"
        "<p>See <code>x&lt;y&gt;</code> and <strong>bold</strong>, here or "
        '<a href="https://example.org">there</a>.</p>'
        '<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">a</th>'
        '<th scope="col">b</th></tr></thead><tbody><tr><td>x | 2</td><td>&lt;b&gt;</td></tr>'
        "</tbody></table></div>"
        "<ul><li>one\nmore</li><li>two</li></ul>"
        "<ol><li>three</li></ol>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![a](https://example.org/a.png)",
        "[a](javascript:alert(1))",
        "[a](http://example.org)",
        "<div>\n\n[a]: data:text/html,b\n\n[a]\n",
    ],
)
def test_markdown_holds_nothing_that_runs_or_is_loaded(text):
    for html_text in (html_of(text, below=1), inline_html(text)):
        found = Texts(html_text)
        assert set(found.elements) <= {"p", "a"}
        assert all(value.startswith("https://") for _, _, value in found.attributes)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (memory(1023), "1023 MiB"),
        (memory(1536), "1.5 GiB"),
    ],
)
def test_numbers_are_written_so_that_they_can_be_read(made, said):
    assert made == said
