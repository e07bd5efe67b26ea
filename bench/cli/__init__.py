"""Every command of `bench`, put together; nothing here computes."""

from __future__ import annotations

import typer

HELP = "Check, rerun and extend the tables and figures of arXiv 2309.08171."
DATA_HELP = "Datasets: what is at hand, and getting the rest."


def build_app() -> typer.Typer:
    """The command line."""
    from bench.cli import bridge, inventory, pages, paper, runs, tables
    from bench.declared.toml import titles

    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    figures = titles("figure.toml")
    commands = {
        "list": inventory.list_kind,
        "plan": runs.plan,
        "run": runs.run,
        "status": runs.status,
        "export": runs.export,
        "doctor": inventory.doctor,
        **{key: tables.table_command(key, title) for key, title in titles("table.toml").items()},
        "tables": tables.list_tables,
        "why": tables.why,
        **{key: tables.figures_command([key], title) for key, title in figures.items()},
        "figures": tables.figures_command(tuple(figures), "All figures"),
        "verdict": pages.verdict,
        "audit": pages.audit,
        "check": pages.check,
        "diff": pages.diff,
        "claims": pages.claims,
        "bridge": bridge.bridge,
        **{command.__name__: command for command in (paper.report, paper.paper)},
    }
    data = typer.Typer(help=DATA_HELP, no_args_is_help=True)
    for group, members in ((app, commands), (data, inventory.DATA)):
        for name, command in members.items():
            group.command(name)(command)
    app.add_typer(data, name="data")
    return app
