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
    app.command("list")(inventory.list_kind)
    app.command("plan")(runs.plan)
    app.command("run")(runs.run)
    app.command("status")(runs.status)
    app.command("export")(runs.export)
    app.command("doctor")(inventory.doctor)
    for name, title in titles("table.toml").items():
        app.command(name, help=f"{title}.")(tables.table_command(name))
    app.command("tables")(tables.list_tables)
    app.command("why")(tables.why)
    figures = titles("figure.toml")
    for name, title in figures.items():
        app.command(name, help=f"{title}.")(tables.figures_command([name]))
    app.command("figures", help="All figures.")(tables.figures_command(tuple(figures)))
    app.command("verdict")(pages.verdict)
    app.command("audit")(pages.audit)
    app.command("check")(pages.check)
    app.command("diff")(pages.diff)
    app.command("claims")(pages.claims)
    app.command("bridge")(bridge.bridge)
    app.command("report")(paper.report)
    app.command()(paper.paper)  # its name is that of a protocol, too
    data = typer.Typer(help=DATA_HELP, no_args_is_help=True)
    for name, command in inventory.DATA.items():
        data.command(name)(command)
    app.add_typer(data, name="data")
    return app
