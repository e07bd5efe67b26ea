"""An audit as text for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bench.audit.audit import CHECKS, Audit
from bench.audit.finding import STRONG, SURE, Finding, likely

LEGEND = (
    "certain: follows from the digits or the released code, under the condition in the headline; "
    f"strong: chance does the same in at most {likely(STRONG)}; weak: chance does so more often"
)


def text(audit: Audit, *, verbose: bool, width: int) -> str:
    """For a terminal: findings by check; `verbose` adds every cell and every number behind it."""
    where = max((len(_where(finding)) for finding in audit.findings), default=0)
    lines = [summary(audit)]
    for title, findings in _by_check(audit):
        lines += ["", title]
        for finding in findings:
            start = f"  {finding.sure:<7}  {_where(finding):<{where}}  "
            lines += _indented(finding.headline, where + 13, width, start)
            lines += _indented(finding.arithmetic, where + 13, width)
            for line in _behind(finding) if verbose else ():
                lines += _indented(line, where + 13, width)
    if audit.findings:
        lines += ["", *textwrap.wrap(LEGEND, max(width, 40))]
    if audit.findings and not verbose:
        lines += ["--verbose adds every cell and the numbers behind each finding"]
    return "\n".join(lines)


def markdown(audit: Audit) -> str:
    """The same as a Markdown page, with every cell named; other details are left to JSON."""
    lines = ["# Audit of the printed numbers", "", f"{md(summary(audit))}.", "", f"{md(LEGEND)}."]
    for title, findings in _by_check(audit):
        lines += ["", f"## {md(title)}", ""]
        for finding in findings:
            lines.append(f"- **{md(finding.headline)}** ({_how_sure(finding)}; {md(finding.id)})  ")
            lines.append(f"  {md(finding.arithmetic)}  ")
            lines.append(f"  Cells: {md(_cells(finding))}.")
    return "\n".join(lines) + "\n"


def as_json(audit: Audit) -> dict[str, Any]:
    """Tables, how many numbers, and every finding whole."""
    findings = [asdict(finding) | {"tables": finding.tables} for finding in audit.findings]
    return {"tables": audit.tables, "numbers": audit.numbers, "findings": findings}


def summary(audit: Audit) -> str:
    """One line: how much was looked at and found."""
    count = Counter(finding.sure for finding in audit.findings)
    kinds = ", ".join(f"{count[sure]} {sure}" for sure in SURE if count[sure])
    return (
        f"{len(audit.tables)} {'table' if len(audit.tables) == 1 else 'tables'}, "
        f"{audit.numbers} printed numbers, {len(audit.findings)} "
        f"{'finding' if len(audit.findings) == 1 else 'findings'}{f' ({kinds})' if kinds else ''}"
    )


def md(said: str) -> str:
    """Text with what Markdown or HTML would act on escaped."""
    escaped = re.sub(r"([\\|*`\[\]])", r"\\\1", " ".join(_clean(said).split()))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", escaped)


def _by_check(audit: Audit) -> Iterator[tuple[str, list[Finding]]]:
    for key, title, _ in CHECKS:
        found = [finding for finding in audit.findings if finding.check == key]
        if found:
            yield title, found


def _where(finding: Finding) -> str:
    """The tables of a finding, `table3 +2` where there are more than two."""
    names = [_clean(name) for name in finding.tables]
    return ", ".join(names) if len(names) < 3 else f"{names[0]} +{len(names) - 1}"


def _indented(said: str, by: int, width: int, start: str = "") -> list[str]:
    """The text wrapped, `by` columns in, behind a start; on narrow terminals not as far."""
    space = " " * (by if width >= by + 50 else 4)
    return textwrap.wrap(
        _clean(said), max(width, 40), initial_indent=start or space, subsequent_indent=space
    )


def _behind(finding: Finding) -> Iterator[str]:
    yield f"{finding.id}{f', chance {likely(finding.chance)}' if finding.chance else ''}"
    yield f"cells: {_cells(finding)}"
    yield from finding.details


def _cells(finding: Finding) -> str:
    return "; ".join(str(place) for place in finding.cells)


def _how_sure(finding: Finding) -> str:
    return f"{finding.sure}{f', chance {likely(finding.chance)}' if finding.chance else ''}"


def _clean(said: str) -> str:
    """Text without control characters, which a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in said)
