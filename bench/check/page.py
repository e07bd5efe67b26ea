"""What a check found as an outline, JSON, JUnit XML, and the list that benchmark trackers take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as Xml

from bench.check.outcome import STATUS, ColumnCheck, Mismatch, NotCompared, Outcome, Report, Value
from bench.check.sides import change_text
from bench.render.files import finite
from bench.render.outline import Item, Outline, Section
from bench.render.text import counted, plain

SHOWN = 10
"""So many runs of a kind are named on a page; JSON has all."""

FALLS = 3
"""So many of the cells that fell most are named for a column."""

LAST = {
    Outcome.PASS: (),
    Outcome.REGRESSION: (
        "if this was intended: bench check ... --accept 'why' writes it into the reference",
    ),
    Outcome.NOT_COMPARABLE: ("nothing was found to be worse, but this is no pass",),
}
"""How a page closes."""


def outline(report: Report) -> Outline:
    """The page for a terminal and for the summary of a CI run; the first line says the outcome."""
    parts = {
        "Fingerprints that differ: a regression": _differing(report),
        "Failed here: a regression": _by_reason(report.failed),
        "Another environment: statistics by column, cells are never gated": [
            _column(column) for column in report.columns
        ],
        "Not comparable": _by_reason(report.refused),
        "Of the reference, missing here: no pass": _by_reason(report.missing),
    }
    sections = [Section(heading, tuple(entries)) for heading, entries in parts.items() if entries]
    title = f"bench check: {report.outcome.value}"
    return Outline(title, (summary(report), *sections, *LAST[report.outcome]))


def as_json(report: Report) -> dict[str, Any]:
    """Everything, with the outcome and its exit status."""
    content = asdict(report)
    for column, found in zip(content["columns"], report.columns, strict=True):
        for cell, scores in zip(column["cells"], found.cells, strict=True):
            cell["difference"] = scores.difference
    outcome = report.outcome
    verdict = {"outcome": outcome, "status": STATUS[outcome], "summary": summary(report)}
    whole: dict[str, Any] = finite(verdict | content)
    return whole


def summary(report: Report) -> str:
    """One line: the outcome and how much was compared."""
    drifted = sum(not one.exact for one in report.matched)
    parts = [
        (len(report.differs), "of other fingerprints"),
        (len(report.failed), "failed here"),
        (len(report.refused), "not comparable"),
        (len(report.missing), "of the reference missing here"),
        (len(report.new), "only here"),
    ]
    judged = counted(len(report.columns), "column")
    counts = [
        f"{_runs(len(report.matched))} of equal fingerprints",
        *([f"{drifted} of them not to the last digit"] if drifted else []),
        *([f"{judged} judged by statistics"] if report.columns else []),
        *(f"{_runs(number)} {what}" for number, what in parts if number),
    ]
    return f"{report.outcome.value}: against {report.reference}, {', '.join(counts)}"


def junit(report: Report) -> str:
    """JUnit XML: a test case a run and a column.

    What regressed is a failure, what cannot be compared an error, so that no reader takes it for
    a pass.
    """
    kinds = {Outcome.REGRESSION: "failure", Outcome.NOT_COMPARABLE: "error", Outcome.PASS: ""}
    columns = [
        _case("columns", one.title, kinds[one.outcome], one.reason) for one in report.columns
    ]
    runs = [
        *(_case("runs", one.title) for one in report.matched),
        *(
            _case("runs", one.title, "failure", "fingerprints differ", one.mismatches)
            for one in report.differs
        ),
        *(_case("runs", one.title, "failure", one.reason) for one in report.failed),
        *(_case("runs", one.title, "error", one.reason) for one in report.refused),
        *(_case("runs", one.title, "error", one.reason) for one in report.missing),
    ]
    if not (runs or columns):
        runs = [_case("runs", "anything to compare", "error", summary(report))]
    root = Xml.Element("testsuites", name="bench check")
    for name, cases in {"runs": runs, "columns": columns}.items():
        suite = Xml.SubElement(root, "testsuite", name=name, tests=str(len(cases)))
        suite.extend(cases)
        for kind in ("failure", "error"):
            suite.set(f"{kind}s", str(len(suite.findall(f"testcase/{kind}"))))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(
    suite: str, title: str, kind: str = "", message: str = "", mismatches: Iterable[Mismatch] = ()
) -> Xml.Element:
    """A test case, which passed where it has no kind."""
    case = Xml.Element("testcase", classname=f"bench.check.{suite}", name=plain(title))
    if kind:
        wrong = Xml.SubElement(case, kind, message=plain(message))
        wrong.text = "\n".join(plain(mismatch_text(one)) for one in mismatches) or None
    return case


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


def mismatch_text(one: Mismatch) -> str:
    """`kept_weights 264512 in the reference, 2116100 here`."""
    note = f" ({one.note})" if one.note else ""
    values = change_text(f"{one.fingerprint}:", number(one.reference), number(one.current))
    return f"{values}{note}"


def number(value: Value) -> str:
    """A value with as many digits as two that differ need."""
    if value is None:
        return "none"
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _differing(report: Report) -> list[Item]:
    entries = []
    for one in report.differs[:SHOWN]:
        note = (f"may explain it: {one.note}",) if one.note else ()
        entries.append(Item(one.title, below=(*map(mismatch_text, one.mismatches), *note)))
    return [*entries, *_more(len(report.differs) - SHOWN)]


def _by_reason(runs: Sequence[NotCompared]) -> list[Item]:
    """By reason, the most frequent first, with the first run of each."""
    titles = defaultdict[str, list[str]](list)
    for one in runs:
        titles[one.reason].append(one.title)
    often = sorted(titles.items(), key=lambda item: -len(item[1]))
    entries = []
    for reason, (first, *rest) in often[:SHOWN]:
        more = f" and {len(rest)} more" if rest else ""
        entries.append(Item(f"{_runs(1 + len(rest))}: {reason}", below=(f"{first}{more}",)))
    return [*entries, *_more(sum(len(found) for _, found in often[SHOWN:]))]


def _column(column: ColumnCheck) -> Item:
    fallen = sorted((c for c in column.cells if c.difference < 0), key=lambda c: c.difference)
    falls = ", ".join(f"{cell.dataset} {cell.difference:+.2f}" for cell in fallen[:FALLS])
    below = [column.reason, *([f"cells that fell most: {falls}"] if falls else [])]
    title = f"{column.outcome.value}: {column.title}, {column.metric.replace('_', ' ')}"
    return Item(title, below=tuple(below))


def _more(left: int) -> list[Item]:
    return [Item(f"and {_runs(left)} more; --json lists them all")] if left > 0 else []


def _runs(count: int) -> str:
    return counted(count, "run")
