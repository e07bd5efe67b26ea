"""A report as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.audit.audit import by_check
from bench.audit.audit import summary as audit_summary
from bench.judge.tally import Tally, tally_sentences
from bench.judge.verdict import RULE
from bench.render.outline import as_markdown
from bench.render.sheet import MARKS
from bench.report.gather import Report
from bench.report.judged import MARKS as CLAIM_MARKS
from bench.report.markdown import html_of
from bench.report.payload import embedded
from bench.report.phrases import filters
from bench.report.tally import TableTally, printed_scores, shares
from bench.run.environment import code_version
from bench.verdict.outline import details, opening

FOLDER = Path(__file__).parent / "page"
SCRIPTS = ("dom.js", "table.js", "controls.js", "behind.js", "start.js")
STYLES = ("report.css", "print.css")
PAPER = "arXiv 2309.08171v1"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What the browser may load for the page: nothing but what is in it."""


@dataclass(frozen=True)
class Tile:
    """All printed tables together under one condition."""

    title: str
    says: str
    tally: Tally

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """What each kind of cell takes of the bar, in percent."""
        return shares(self.tally)


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
    )
    environment.filters |= filters()
    return environment.get_template("report.html.j2").render(**_content(report))


def tiles(found: Sequence[TableTally]) -> list[Tile]:
    """A tile for every condition: the printed tables of scores together."""
    scores = [one for one in found if one.table is not None and one.printed]
    labels = {one.condition.label: one.condition.plain for one in scores}
    shown = []
    for label in sorted(labels, key=lambda label: not labels[label]):  # the usual budget first
        mine = [one for one in scores if one.condition.label == label]
        tally = printed_scores(mine)
        filled = tally.compared + tally.not_comparable
        smaller = "" if mine[0].condition.plain else ", under a smaller budget"
        made = (
            f"{filled} of {filled + tally.empty} distinct cells with a printed number are "
            f"made{smaller}."
        )
        says = f"{mine[0].condition.title}: {made}"
        shown.append(Tile(f"Protocol {label}", " ".join([says, *tally_sentences(tally)]), tally))
    return shown


def _content(report: Report) -> dict[str, Any]:
    from markupsafe import Markup

    records = report.provenance.own + report.provenance.shipped
    page = html_of(report.differences.page, below=3) if report.differences.page else ""
    return {
        "policy": POLICY,
        "printed_in": PAPER,
        "style": Markup("\n".join(_asset(name) for name in STYLES)),
        "script": Markup("\n".join(["(() => {", '"use strict";', *map(_asset, SCRIPTS), "})();"])),
        "data": Markup(embedded(report.payload)),
        "code": (code_version().commit or "")[:9],
        "rule": RULE,
        "marks": MARKS,
        "claim_marks": CLAIM_MARKS,
        "records": records,
        "headline": html_of(as_markdown(opening(report.verdict)), below=3),
        "answers": html_of(as_markdown(details(report.verdict)), below=2),
        "tiles": tiles(report.tallies),
        "tables": report.tables,
        "tallies": report.tallies,
        "left_out": report.left_out,
        "refused": report.refused,
        "unnamed": report.unnamed,
        "provenance": report.provenance,
        "figures": report.figures,
        "undrawn": [(f, one) for f in report.figures for one in f.drawings if not one.picture],
        "judgement": report.judgement,
        "audit_summary": audit_summary(report.audit),
        "checks": by_check(report.audit),
        "bridges": report.bridges,
        "differences": report.differences,
        "differences_page": page,
        "costs": report.costs,
        "protocols": [(protocol.key, protocol.title) for _, protocol in report.scope.protocols],
        "settings": report.settings,
    }


def _asset(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip()
