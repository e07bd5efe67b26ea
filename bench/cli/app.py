"""Every command of `bench`, put together; nothing here computes."""

from __future__ import annotations

import typer


def build_app() -> typer.Typer:
    """The command line."""
    from bench.cli import (
        answering,
        auditing,
        bridging,
        checking,
        claiming,
        data,
        diffing,
        figures,
        reporting,
        runs,
        tables,
    )

    app = typer.Typer(
        help="Check, rerun and extend the tables and figures of arXiv 2309.08171.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    runs.register(app)
    tables.register(app)
    figures.register(app)
    answering.register(app)
    auditing.register(app)
    checking.register(app)
    diffing.register(app)
    claiming.register(app)
    bridging.register(app)
    reporting.register(app)
    app.add_typer(data.app, name="data")
    return app
