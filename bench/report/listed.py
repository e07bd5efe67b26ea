"""The headline of a report as JSON and as a line."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from bench.judge.tally import counts_text
from bench.render.text import counted
from bench.report.gather import Report
from bench.report.tally import printed_scores


def as_json(report: Report) -> dict[str, Any]:
    """Counts of cells by table and protocol, claims, findings, records: JSON types only."""
    return {
        "tables": [
            {
                "table": one.key,
                "protocol": one.condition.protocol,
                "budget": one.condition.budget,
                **asdict(one.tally),
                "alone": one.alone,
            }
            for one in report.tallies
        ],
        "left_out": list(report.left_out),
        "figures": [
            {
                "figure": figure.key,
                "protocol": one.condition.protocol,
                "budget": one.condition.budget,
                "drawn": bool(one.picture),
            }
            for figure in report.figures
            for one in figure.drawings
        ],
        "claims": [
            {"source": one.source, **Counter(judged.outcome.value for judged in one.claims)}
            for one in report.judgement.found
        ],
        "bridges": [{"title": one.title, "command": one.command} for one in report.bridges.shown],
        "findings": dict(Counter(finding.sure for finding in report.audit.findings)),
        "records": {
            "own": report.provenance.own,
            "shipped": report.provenance.shipped,
            "newest": report.provenance.newest,
            "commits": [commit.digits for commit in report.provenance.commits],
            "refused": list(report.refused),
            "not_shown": dict(report.unnamed),
        },
    }


def summary(report: Report) -> str:
    """One line: how much of what is in the report."""
    usual = [one for one in report.tallies if one.condition.plain]
    scores = printed_scores(usual)
    runs = counted(report.provenance.own + report.provenance.shipped, "run", form=",")
    return f"{counted(len(report.tables), 'table')}, {runs}; distinct cells: {counts_text(scores)}"
