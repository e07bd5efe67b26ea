"""How much is attacked, and the table at the end."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / room) for room in ("iunet", "cli", "run", "store", "datasets")]

from attack_groups import GROUPS  # noqa: E402

RESULT = TESTS.parent / "docs" / "reliability.json"
"""Where a whole long form keeps its table, from which docs/reliability.md is made."""

BEGAN = "attack_began"


def pytest_addoption(parser):
    """Read where tests/attack is named on the command line."""
    own = parser.getgroup("attack")
    own.addoption("--attack", choices=("short", "long"), default="short", help="how much to try")
    own.addoption("--attack-seed", type=int, metavar="N", help="only this seed of every group")


def pytest_configure(config):
    """The time is told with the table."""
    setattr(config, BEGAN, time.monotonic())


def pytest_terminal_summary(terminalreporter, config):
    """Print the table; keep it where everything of the long form was tried."""
    rows = table(terminalreporter)
    if not rows:
        return
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    terminalreporter.section("attack")
    for name, tried, bad in (("group", "tried", "bad"), *rows):
        line = f"{name:<{max(widths[0], 5)}}  {tried:>{max(widths[1], 5)}}  {bad:>3}"
        terminalreporter.write_line(line)
    form = config.getoption("--attack", "short")
    whole = len(rows) == len(GROUPS) and config.getoption("--attack-seed", None) is None
    if whole and form == "long":
        minutes = round((time.monotonic() - getattr(config, BEGAN)) / 60)
        what = {group.name: group.what for group in GROUPS}
        groups = [
            {"group": name, "what": what[name], "tried": tried, "bad": bad}
            for name, tried, bad in rows
        ]
        content = {"form": form, "minutes": minutes, "cores": os.cpu_count(), "groups": groups}
        RESULT.write_text(json.dumps(content, indent=1) + "\n")
        terminalreporter.write_line(
            f"kept in {RESULT}; `python -m bench.docs docs/reliability.md` shows it there"
        )


def table(terminalreporter):
    """(group, tried, bad) of every group that was tried, in the order of GROUPS."""
    counted = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, tried, bad in dict(report.user_properties).get("attack", ()):
                before = counted.get(name, (0, 0))
                counted[name] = before[0] + tried, before[1] + bad
    return [(group.name, *counted[group.name]) for group in GROUPS if group.name in counted]
