"""Nothing but the page's own script and style runs, and no text in it is obeyed."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from nasty import CONTROL, FORMULA, LATEX, MARKUP, controls

from bench.report.page import html, shares, tiles


class Elements(HTMLParser):
    """Names of elements and names of attributes of a page."""

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes = [], {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)


def test_the_policy_names_the_one_style_and_the_one_script_by_digest_and_nothing_else_is_inline(
    filled,
):
    text = html(filled[0])
    attributes = Elements(text).attributes
    policy = attributes["content"][0]

    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_no_script_and_no_style_runs_but_the_page_s_own(browser, file):
    page = browser.new_page()
    page.goto(file.as_uri())

    page.evaluate("""() => {
      const script = document.createElement("script"), style = document.createElement("style");
      script.textContent = "window.ran = true";
      style.textContent = "h1 { color: rgb(1, 2, 3); }";
      document.body.append(script, style);
      document.querySelector("h1").setAttribute("onclick", "window.ran = true");
      document.querySelector("h1").setAttribute("style", "color: rgb(1, 2, 3)");
      document.querySelector("h1").click();
    }""")

    assert page.evaluate("window.ran") is None
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(1, 2, 3)"
    page.close()


def test_bars_are_as_wide_as_their_shares(open_page, file, filled):
    page = open_page(file)
    (_, _, tally), *_ = tiles(filled[0].tables)

    bar = page.locator(".tile .bar").first
    width = bar.evaluate("bar => bar.getBoundingClientRect().width")

    for kind, share in shares(tally):
        part = bar.locator(f".{kind}").evaluate("part => part.getBoundingClientRect().width")
        assert part == pytest.approx(width * share / 100, abs=1)


def test_texts_of_a_report_add_no_element_and_no_control_character(filled):
    nasty = (*CONTROL, *MARKUP, *LATEX, *FORMULA, "".join(CONTROL + MARKUP))
    pages = [
        html(
            replace(
                filled[0],
                refused=[f"a{text}" for text in texts],
                unnamed={f"a{at}{text}": 1 for at, text in enumerate(texts)},
                undeclared={f"a{at}{text}": 1 for at, text in enumerate(texts)},
                payload=filled[0].payload | {"texts": [*filled[0].payload["texts"], *texts]},
            )
        )
        for texts in (nasty, ["x"] * len(nasty))
    ]

    assert controls(pages[0]) == ""
    assert Elements(pages[0]).names == Elements(pages[1]).names
