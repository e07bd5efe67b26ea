"""A report as one HTML file that needs nothing else, and its tables and figures as one PDF."""

from __future__ import annotations

import re
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from bench.audit.audit import by_check
from bench.audit.audit import summary as audit_summary
from bench.audit.finding import chance_text
from bench.bridge.sheet import idle_sentences, steps_of
from bench.claims.outline import (
    comparison_text,
    legend,
    outcome_counts,
    ranked_text,
    verdict_text,
)
from bench.declared.tables import short_title
from bench.figures.caption import write_figure
from bench.judge.collect import joint_tally
from bench.judge.tally import Tally, tally_sentences
from bench.judge.verdict import RULE
from bench.render.files import compile_document, csv_text, write_sheet
from bench.render.outline import as_markdown
from bench.render.sheet import MARKS, legend_of
from bench.render.text import counted, first_up, measured_duration, plain, typeset
from bench.report.claims import MARKS as CLAIM_MARKS
from bench.report.claims import rank_diagram
from bench.report.differences import differing_cells
from bench.report.figures import collected_figures, has_content
from bench.report.gather import Report
from bench.report.payload import embedded
from bench.report.provenance import grouped
from bench.report.views import TableViews, printed_scores, with_minus
from bench.run.environment import code_version
from bench.store.store import Store
from bench.tables.sheet import collected_rows
from bench.verdict.outline import details, opening

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

FOLDER = Path(__file__).parent / "page"
SCRIPTS = ("dom.js", "table.js", "controls.js", "behind.js", "start.js")
STYLES = ("report.css", "print.css")
PAPER = "arXiv 2309.08171v1"
POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What the browser may load for the page: nothing but what is in it. Of styles and scripts only the
text of this digest, so that no text that got into the page is obeyed."""
COMMENT = re.compile(r"^<!--.*?-->", re.DOTALL | re.MULTILINE)
"""One of ours begins a line; in a text it does not."""
NUMBER = re.compile(r"[-−+<[( ]*\d|–?$")
"""How a cell of a column of numbers begins, unless it is empty."""
GIB = 1024


def html(report: Report) -> str:
    """The page.

    Every text goes through the templates' escaping, all data through `embedded`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    environment.filters |= _filters()
    return environment.get_template("report.html.j2").render(**_content(report))


def write_pdf(report: Report, store: Store, path: Path) -> None:
    """Render each table under each of its conditions, draw what can be drawn, and compile it all.

    Raises:
        Incomplete: pdflatex is not installed or fails, or the file cannot be written; after a
            failure the log is beside the file.
    """
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch)
        for view in (view for table in report.tables for view in table.by_condition):
            rows = collected_rows(view.table) if view.table else []
            write_sheet(view.sheet, csv_text(rows), results / "tables")
        for _, figure in collected_figures(report.scope, report.records, store):
            if has_content(figure):
                write_figure(figure, results)
        compile_document(results / "tables", path)


def tiles(tables: Sequence[TableViews]) -> list[tuple[str, str, Tally]]:
    """(title, sentences, tally) for every condition, the usual budget first: the printed tables of
    scores together."""
    by_label = grouped(printed_scores(tables), lambda pair: pair[0].label)
    shown = []
    for label, pairs in sorted(by_label.items(), key=lambda item: not item[1][0][0].plain):
        condition = pairs[0][0]
        tally = joint_tally(table for _, table in pairs)
        filled = tally.compared + tally.not_comparable
        smaller = "" if condition.plain else ", under a smaller budget"
        made = (
            f"{condition.title}: {filled} of {filled + tally.empty} distinct cells with a printed "
            f"number are made{smaller}."
        )
        shown.append((f"Protocol {label}", " ".join([made, *tally_sentences(tally)]), tally))
    return shown


def shares(tally: Tally, alone: int = 0) -> list[tuple[str, float]]:
    """What each kind of cell takes of a bar, in percent; nothing where there are no cells.

    Args:
        tally: of the cells.
        alone: how many more have a number of ours and nothing printed beside it.
    """
    kinds = {
        "agree": tally.agree,
        "differ": tally.differ,
        "say_nothing": tally.say_nothing,
        "not_comparable": tally.not_comparable,
        "alone": alone,
        "empty": tally.empty,
    }
    whole = sum(kinds.values())
    return [(kind, 100 * count / whole) for kind, count in kinds.items() if whole]


def html_of(text: str, *, below: int) -> Markup:
    """A page as HTML; wide tables can be scrolled.

    Args:
        text: Markdown.
        below: the level of the page's first headings; deeper ones follow.
    """
    html = _reader().render(COMMENT.sub("", text), {"below": below})
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    return Markup(html.replace("</table>", "</table></div>"))


def inline_html(text: str) -> Markup:
    """One sentence as HTML."""
    return Markup(_reader().renderInline(text))


def memory(mib: float | None) -> str:
    """`640 MiB`, `1.2 GiB`; a dash where nothing is known."""
    if mib is None:
        return "–"
    return f"{mib:.0f} MiB" if mib < GIB else f"{mib / GIB:.1f} GiB"


def _content(report: Report) -> dict[str, Any]:
    """What the templates are filled with: all that the report says, by the same names, and more."""
    page, claims = report.differences.page, report.claims
    style = "\n".join([*map(_asset, STYLES), *_rules(report)])
    script = "\n".join(["(() => {", '"use strict";', *map(_asset, SCRIPTS), "})();"])
    return vars(report) | {
        "policy": POLICY.format(style=digest_of(style), script=digest_of(script)),
        "printed_in": PAPER,
        "style": Markup(style),
        "script": Markup(script),
        "data": Markup(embedded(report.payload)),
        "code": (code_version().commit or "")[:9],
        "rule": RULE,
        "marks": MARKS,
        "claim_marks": CLAIM_MARKS,
        "headline": html_of(as_markdown(opening(report.verdict, printed=True)), below=3),
        "answers": html_of(as_markdown(details(report.verdict)), below=2),
        "tiles": tiles(report.tables),
        "audit_summary": audit_summary(report.audit),
        "checks": by_check(report.audit),
        "judged": list(zip(*(one.claims for one in claims), strict=True)),
        "rankings": list(zip(*(one.rankings for one in claims), strict=True)),
        "claims_legend": legend(claims),
        "diagram": rank_diagram(claims),
        "differing": differing_cells(report.tables),
        "differences_page": html_of(page, below=3) if page else "",
        "protocols": [(protocol.key, protocol.title) for _, protocol in report.scope.protocols],
    }


def digest_of(text: str) -> str:
    """What a policy names a style or script by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _rules(report: Report) -> Iterator[str]:
    """The style of what is as wide as numbers of the report: columns of claims, parts of bars."""
    yield f".verdicts {{ --sources: {len(report.claims)}; }}"
    tallies = [(tally, 0) for *_, tally in tiles(report.tables)]
    tallies += [(one.tally, one.alone) for table in report.tables for one in table.by_condition]
    for share in sorted({share for pair in tallies for _, share in shares(*pair)}):
        yield f".{_width(share)} {{ width: {share:.2f}%; }}"


def _width(share: float) -> str:
    """The class of the parts of a bar that are so wide, in percent."""
    return f"width-{share:.2f}".replace(".", "-")


def _asset(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip()


def _filters() -> Mapping[str, Callable[..., object]]:
    """How the templates write numbers, names and sentences."""
    return {
        "chance_text": chance_text,
        "comparison": comparison_text,
        "count": "{:,.0f}".format,
        "css": lambda state: state.replace(" ", "-"),
        "duration": measured_duration,
        "first_up": first_up,
        "hours": lambda value: f"{value:,.1f} hours" if value >= 1 else f"{60 * value:.1f} minutes",
        "idle": idle_sentences,
        "inline": inline_html,
        "legend": lambda sheet: legend_of(sheet, MARKS),
        "memory": memory,
        "minus": with_minus,
        "outcomes": outcome_counts,
        "plural": partial(counted, form=","),
        "ranked": ranked_text,
        "shares": shares,
        "short": short_title,
        "set": set_name,
        "steps": steps_of,
        "verdict": verdict_text,
        "width": _width,
        "zip": lambda one, other: list(zip(one, other, strict=True)),
    }


def set_name(title: str) -> Markup:
    """Escaped text with names of methods and nets as the paper sets them."""
    return Markup(typeset(str(escape(plain(title))), "<sub>{}</sub>", "<sup>{}</sup>"))


def _reader() -> MarkdownIt:
    """CommonMark and tables, without raw HTML and without pictures, which a browser would load."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.core.ruler.push("report", _adapt)
    return reader


def _adapt(state: StateCore) -> None:
    """Headings below that of their section, columns of numbers named so, no relative links."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(state.env['below'] + int(token.tag[1]) - 1, 6)}"
        token.children = token.children and [*_without_relative_links(token.children)]
    _name_columns(state.tokens)


def _name_columns(tokens: Sequence[Token]) -> None:
    """A heading says that it is a column's, and a column of numbers that it is one."""
    cells: list[tuple[Token, str]] = []
    for at, token in enumerate(tokens):
        if token.type in ("th_open", "td_open"):
            cells.append((token, tokens[at + 1].content))
        elif token.type == "table_close":
            width = sum(one.type == "th_open" for one, _ in cells)
            for place in range(width):
                head, *below = cells[place::width]
                numbers = all(NUMBER.match(text) for _, text in below)
                for one, _ in (head, *below):
                    one.attrs = {"class": "number"} if numbers else {}
                head[0].attrSet("scope", "col")
            cells = []


def _without_relative_links(tokens: Iterable[Token]) -> Iterator[Token]:
    """The text alone of links that lead nowhere from a file that stands by itself."""
    absolute = True
    for token in tokens:
        if token.type == "link_open":
            absolute = str(token.attrGet("href")).startswith("https://")
        if absolute or not token.type.startswith("link_"):
            yield token
