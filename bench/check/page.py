"""A report as text for a terminal, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.audit.finding import counted
from bench.audit.page import md
from bench.check.outcome import (
    STATUS,
    Column,
    Differs,
    Mismatch,
    Outcome,
    Report,
    Unjudged,
    Value,
)
from bench.store.records import finite

SHOWN = 10
"""So many runs of a kind are named on a page; JSON has all."""

FALLS = 3
"""So many of the cells that fell most are named for a column."""


@dataclass(frozen=True)
class Section:
    """A heading and its entries, each a line with what is behind it."""

    title: str
    entries: tuple[tuple[str, tuple[str, ...]], ...]


def text(report: Report) -> str:
    """For a terminal; the first line says the outcome."""
    lines = [plain(summary(report))]
    for section in _sections(report):
        lines += ["", plain(section.title)]
        for head, behind in section.entries:
            lines += [f"  {plain(head)}", *(f"    {plain(line)}" for line in behind)]
    return "\n".join([*lines, *_last(report)])


def markdown(report: Report) -> str:
    """The same for the summary of a CI run."""
    lines = [f"## bench check: {report.outcome.value}", "", f"{md(summary(report))}."]
    for section in _sections(report):
        lines += ["", f"### {md(section.title)}", ""]
        for head, behind in section.entries:
            lines += [f"- {md(head)}", *(f"  - {md(line)}" for line in behind)]
    return "\n".join(lines) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    """Everything, with the outcome and its exit status."""
    content: dict[str, Any] = asdict(report)
    for column, found in zip(content["columns"], report.columns, strict=True):
        column["outcome"] = found.outcome.value
        for cell, one in zip(column["cells"], found.cells, strict=True):
            cell["difference"] = one.difference
    verdict = {"outcome": report.outcome.value, "status": STATUS[report.outcome]}
    whole: dict[str, Any] = finite({**verdict, "summary": summary(report), **content})
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
    said = [f"{_runs(len(report.matched))} of equal fingerprints"]
    said += [f"{drifted} of them not to the last digit"] if drifted else []
    said += (
        [f"{counted(len(report.columns), 'column')} judged by statistics"] if report.columns else []
    )
    said += [f"{_runs(number)} {what}" for number, what in parts if number]
    return f"{report.outcome.value}: against {report.reference}, {', '.join(said)}"


def plain(said: str) -> str:
    """Text on one line without control characters, which a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in said)


def mismatch_text(one: Mismatch) -> str:
    """`kept_weights 264512 in the reference, 2116100 here`."""
    note = f" ({one.note})" if one.note else ""
    here = number(one.current)
    return f"{one.fingerprint}: {number(one.reference)} in the reference, {here} here{note}"


def number(value: Value) -> str:
    """A value with as many digits as two that differ need."""
    if value is None:
        return "none"
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _sections(report: Report) -> Iterator[Section]:
    if report.differs:
        yield Section("Fingerprints that differ: a regression", _differing(report.differs))
    if report.failed:
        yield Section("Failed here: a regression", _grouped(report.failed))
    if report.columns:
        title = "Another environment: statistics by column, cells are never gated"
        yield Section(title, tuple(_column(column) for column in report.columns))
    if report.refused:
        yield Section("Not comparable", _grouped(report.refused))
    if report.missing:
        yield Section("Of the reference, missing here: no pass", _grouped(report.missing))


def _differing(found: Sequence[Differs]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    entries = []
    for one in found[:SHOWN]:
        note = (f"may explain it: {one.note}",) if one.note else ()
        entries.append((one.title, (*map(mismatch_text, one.mismatches), *note)))
    return (*entries, *_more(len(found) - SHOWN))


def _grouped(found: Sequence[Unjudged]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """By reason, the most frequent first, with the first run of each."""
    by_reason: dict[str, list[Unjudged]] = {}
    for one in found:
        by_reason.setdefault(one.reason, []).append(one)
    often = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    entries = [
        (f"{_runs(len(runs))}: {reason}", (_first(run.title for run in runs),))
        for reason, runs in often[:SHOWN]
    ]
    return (*entries, *_more(sum(len(runs) for _, runs in often[SHOWN:])))


def _column(column: Column) -> tuple[str, tuple[str, ...]]:
    fallen = sorted((c for c in column.cells if c.difference < 0), key=lambda c: c.difference)
    falls = ", ".join(f"{cell.dataset} {cell.difference:+.2f}" for cell in fallen[:FALLS])
    head = f"{column.outcome.value}: {column.title}, {column.metric.replace('_', ' ')}"
    return head, (column.reason, *([f"cells that fell most: {falls}"] if falls else []))


def _last(report: Report) -> list[str]:
    if report.outcome is Outcome.PASS:
        return []
    if report.outcome is Outcome.REGRESSION:
        step = "if this was intended: bench check ... --accept 'why' writes it into the reference"
        return ["", step]
    return ["", "nothing was found to be worse, but this is no pass"]


def _first(titles: Iterable[str]) -> str:
    first, *rest = titles
    return f"{first} and {len(rest)} more" if rest else first


def _more(left: int) -> list[tuple[str, tuple[str, ...]]]:
    return [(f"and {_runs(left)} more; --json lists them all", ())] if left > 0 else []


def _runs(count: int) -> str:
    return counted(count, "run")
