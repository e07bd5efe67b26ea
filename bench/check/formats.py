"""A report as other programs read it: JUnit XML, and the list that benchmark trackers take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as Xml

from bench.check.outcome import Outcome, Report
from bench.check.page import mismatch_text, plain, summary


def junit(report: Report) -> str:
    """JUnit XML: a test case a run and a column.

    What regressed is a failure, what cannot be compared an error, so that no reader takes it for
    a pass.
    """
    root = Xml.Element("testsuites", name="bench check")
    runs = _suite(root, "runs")
    for one in report.matched:
        _case(runs, one.title)
    for other in report.differs:
        lines = [mismatch_text(mismatch) for mismatch in other.mismatches]
        _case(runs, other.title, "failure", "fingerprints differ", lines)
    for unjudged in report.failed:
        _case(runs, unjudged.title, "failure", unjudged.reason)
    for unjudged in (*report.refused, *report.missing):
        _case(runs, unjudged.title, "error", unjudged.reason)
    columns = _suite(root, "columns")
    kinds = {Outcome.REGRESSION: "failure", Outcome.NOT_COMPARABLE: "error", Outcome.PASS: ""}
    for column in report.columns:
        _case(columns, column.title, kinds[column.outcome], column.reason)
    if not (len(runs) or len(columns)):
        _case(runs, "anything to compare", "error", summary(report))
    for suite in (runs, columns):
        _count(suite)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def benchmark(report: Report) -> list[dict[str, Any]]:
    """Mean scores by column, larger is better: the list that benchmark-tracking actions read."""
    return [
        {
            "name": plain(f"{one.title}, {one.metric.replace('_', ' ')}"),
            "unit": "points",
            "value": round(one.current, 4),
            "range": f"± {one.spread:.2f}",
            "extra": f"{one.datasets} datasets, {one.runs} runs; "
            f"{one.current - one.reference:+.4f} against {plain(report.reference)}",
        }
        for one in report.macros
    ]


def _suite(root: Xml.Element, name: str) -> Xml.Element:
    return Xml.SubElement(root, "testsuite", name=name)


def _case(
    suite: Xml.Element, title: str, kind: str = "", message: str = "", lines: Iterable[str] = ()
) -> None:
    case = Xml.SubElement(
        suite, "testcase", classname=f"bench.check.{suite.get('name')}", name=plain(title)
    )
    if kind:
        found = Xml.SubElement(case, kind, message=plain(message))
        found.text = "\n".join(plain(line) for line in lines) or None


def _count(suite: Xml.Element) -> None:
    suite.set("tests", str(len(suite)))
    for kind in ("failure", "error"):
        suite.set(f"{kind}s", str(len(suite.findall(f"testcase/{kind}"))))
