"""A report as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.audit.audit import CHECKS, Audit
from bench.audit.finding import Finding
from bench.audit.page import summary as audit_summary
from bench.judge.verdict import RULE
from bench.report.gather import Report
from bench.report.judged import MARKS as CLAIM_MARKS
from bench.report.payload import embedded
from bench.report.phrases import filters
from bench.report.prose import html_of
from bench.report.tally import TableTally, Tally, summed
from bench.report.views import NOT_BUILT
from bench.run.provenance import code_version
from bench.show.render import MARKS

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


def tiles(found: Sequence[TableTally], tables: int) -> list[Tile]:
    """A tile for every condition: the printed tables of scores together.

    Args:
        found: tallies of all tables.
        tables: how many cells the printed tables of scores have; what a condition does not fill
            is empty.
    """
    scores = [one for one in found if not one.counts and one.printed]
    labels = {one.condition.label: one.condition.plain for one in scores}
    shown = []
    for label in sorted(labels, key=lambda label: not labels[label]):  # the usual budget first
        mine = [one for one in scores if one.condition.label == label]
        whole = summed([one.tally for one in mine])
        filled = whole.agree + whole.differ + whole.not_comparable
        smaller = "" if mine[0].condition.plain else ", under a smaller budget"
        made = f"{filled} of {tables} cells with a printed number are made{smaller}"
        says = f"{mine[0].condition.title}: {made}"
        tally = Tally(whole.agree, whole.differ, whole.not_comparable, tables - filled)
        shown.append(Tile(f"Protocol {label}", says, tally))
    return shown


def _content(report: Report) -> dict[str, Any]:
    from markupsafe import Markup

    records = report.origin.own + report.origin.shipped
    page = html_of(report.known.page, below=3) if report.known.page else ""
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
        "tiles": tiles(report.tallies, _printed_cells(report)),
        "tables": report.tables,
        "tallies": report.tallies,
        "left_out": report.left_out,
        "refused": report.refused,
        "unnamed": report.unnamed,
        "origin": report.origin,
        "figures": report.figures,
        "undrawn": [(f, one) for f in report.figures for one in f.drawings if not one.picture],
        "judgement": report.judgement,
        "audit_summary": audit_summary(report.audit),
        "checks": by_check(report.audit),
        "bridges": report.bridges,
        "known": report.known,
        "known_page": page,
        "costs": report.costs,
        "protocols": [(protocol.key, protocol.title) for _, protocol in report.scope.protocols],
        "settings": report.settings,
    }


def by_check(audit: Audit) -> list[tuple[str, list[Finding]]]:
    """Findings by the title of their check; checks that found nothing are left out."""
    found = [(title, [f for f in audit.findings if f.check == key]) for key, title, _ in CHECKS]
    return [(title, findings) for title, findings in found if findings]


def _asset(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip()


def _printed_cells(report: Report) -> int:
    """How many cells of scores that can be made have a printed number."""
    views = [table.first for table in report.tables if table.spec.kind == "scores"]
    cells = [cell for view in views for cell in view.cells() if cell.state != NOT_BUILT]
    return sum(bool(cell.shown.printed) for cell in cells)
