"""Every command of `bench`, put together, and how their help looks; nothing here computes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bench.render.text import say, wrapped

if TYPE_CHECKING:
    from bench.cli.verb import Command

HELP = "Check, rerun and extend the tables and figures of arXiv 2309.08171."
MORE = "`bench help COMMAND` shows a command's options, defaults and an example."
DATA_HELP = "Show which datasets are at hand, and get the others."
NUMBERED = {
    r"table\d+": "Make and show a table of the paper.",
    r"figure\d+": "Make and draw a figure.",
}
"""Commands that the help shows on one line, and what it says of them."""
OWN = "Tables of our own"
"""The panel that only names its commands."""
DATA = "Datasets"
"""The panel of `bench data`."""
RUNS = "Runs and data"
DEMOS = ("demo", "demo-vision")


class Commands(TyperGroup):
    """Commands in panels, each with its whole description; typer's own help cuts them."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the panels."""
        panels: dict[str, dict[str, str]] = {}
        for name, command in self.commands.items():
            title, short = self._numbered(name) or (name, command.get_short_help_str(limit=1000))
            panel = str(vars(command).get("rich_help_panel") or "Commands")
            panels.setdefault(panel, {}).setdefault(title, short)
        width = max(len(name) for rows in panels.values() for name in rows)
        for panel, rows in panels.items():
            with formatter.section(panel):
                if panel == OWN:
                    names = f"{', '.join(rows)}; `bench list` shows their titles."
                    formatter.write("\n".join([*wrapped(names, "  ", formatter.width), ""]))
                else:
                    formatter.write_dl([(name.ljust(width), text) for name, text in rows.items()])

    def _numbered(self, name: str) -> tuple[str, str] | None:
        """What the help shows of all commands that are numbered like this one, if it is."""
        for pattern, text in NUMBERED.items():
            if re.fullmatch(pattern, name):
                alike = [other for other in self.commands if re.fullmatch(pattern, other)]
                return f"{alike[0]} … {alike[-1]}", text
        return None


def build_app(only: str = "") -> typer.Typer:
    """The command line.

    Args:
        only: a command; the others are left out, since typer takes a while to read their options.
            All are there where it is none.
    """
    app = typer.Typer(
        cls=Commands,
        help=HELP,
        epilog=MORE,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    data = typer.Typer(cls=Commands, help=DATA_HELP, no_args_is_help=True)
    panels = _panels()
    one = any(only in panels[panel] for panel in panels if panel != DATA)
    for panel, commands in panels.items():
        group = data if panel == DATA else app
        for name, command in commands.items():
            if not one or (name == only and group is app):
                group.command(name, rich_help_panel=panel)(command)
    app.add_typer(data, name="data", rich_help_panel=RUNS)
    return app


def _panels() -> dict[str, dict[str, Command]]:
    """The commands by panel, as the help shows them."""
    from bench.cli import bridge, inventory, pages, paper, runs, tables
    from bench.declared.toml import titles

    made = {key: tables.table_command(key, title) for key, title in titles("table.toml").items()}
    demos = {key: made.pop(key) for key in DEMOS if key in made}
    printed = {key: made.pop(key) for key in list(made) if re.fullmatch(r"table\d+", key)}
    shown = titles("figure.toml")
    drawn = {key: tables.figures_command(key, [key], title) for key, title in shown.items()}
    every = tables.figures_command("figures", tuple(shown), "All figures")
    return {
        "Start": {**demos, "list": inventory.list_kind, "doctor": inventory.doctor},
        "Tables and figures": {
            **printed,
            **drawn,
            "tables": tables.list_tables,
            "figures": every,
            "why": tables.why,
            paper.paper.__name__: paper.paper,
        },
        OWN: made,
        "Judge": {
            "verdict": pages.verdict,
            "claims": pages.claims,
            "diff": pages.diff,
            "bridge": bridge.bridge,
            "audit": pages.audit,
            "report": paper.report,
        },
        RUNS: {"plan": runs.plan, "run": runs.run, "status": runs.status, "cluster": runs.cluster},
        "Maintain": {"check": pages.check, "export": runs.export},
        DATA: inventory.DATA,
    }


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show tracebacks of unforeseen errors."),
    ] = False,
) -> None:
    pass


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"iunet-bench {suite_version()}")
        raise typer.Exit


def suite_version() -> str:
    """The version of this distribution."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("iunet-bench")
    except PackageNotFoundError:
        return "not installed"
