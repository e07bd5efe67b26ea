"""`bench claims`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli import selection as select
from bench.cli.tables import Budget, Metric, Protocol
from bench.errors import Incomplete, UsageError
from bench.render.files import write_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.claims.judge import Verdicts
    from bench.claims.numbers import OwnNumbers
    from bench.declared.claims import Claims


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("claims")(claims_command)


def claims_command(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="CLAIM", help="All if not given.")
    ] = None,
    protocol: Protocol = "",
    budget: Budget = "",
    metric: Metric = "",
    datasets: select.Datasets = None,
    fresh: select.Fresh = False,
    printed: Annotated[
        bool, typer.Option("--printed", help="Judge the printed numbers alone.")
    ] = False,
    as_json: select.AsJson = False,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write a Markdown page.")
    ] = None,
    diagram: Annotated[
        Path | None,
        typer.Option("--diagram", metavar="FILE", help="Draw the ranks as .pdf or .png."),
    ] = None,
) -> None:
    """Say which of the paper's claims its numbers and own runs support.

    Runs nothing. A claim that is contradicted is no error; the exit status is 4 where own runs are
    missing.
    """
    from bench.declared.claims import read_claims, selected

    keys, rows = select.words(claims), select.words(datasets)
    _known(metric, selected(read_claims(), keys))
    own = None if printed else _own(protocol, budget, metric, fresh=fresh)
    found = _verdicts(own, rows, keys)
    conditions = {"own protocol": own.protocol, "own budget": own.budget} if own else {}
    conditions |= {"only": ", ".join(rows)} if rows else {}
    if diagram is not None:
        _draw(found, diagram)
    _show(found, conditions, as_json=as_json, markdown=markdown)
    if own:
        _end(found[-1], own, rows)


def _own(protocol: str, budget: str, metric: str, *, fresh: bool) -> OwnNumbers:
    from bench.claims.numbers import OwnNumbers
    from bench.plan.query import Query
    from bench.store.store import open_store

    selection = Query("", protocol=protocol, budget=budget, metric=metric)
    return OwnNumbers(selection, open_store(fresh=fresh))


def _verdicts(
    own: OwnNumbers | None, datasets: Sequence[str], keys: Sequence[str]
) -> list[Verdicts]:
    """On the printed numbers, and on own ones where there are any."""
    from bench.claims.judge import verdicts
    from bench.claims.numbers import PrintedNumbers
    from bench.declared.claims import read_claims

    claims = read_claims()
    found = [verdicts(claims, PrintedNumbers(), datasets, keys)]
    return found if own is None else [*found, verdicts(claims, own, datasets, keys)]


def _known(metric: str, claims: Claims) -> None:
    """Refuse a metric, where one is named, that none of the tables has."""
    from bench.claims.numbers import has_metric
    from bench.declared.spec import read_table

    if not metric:
        return
    tables = dict.fromkeys(one.side.table for one in claims.claim if one.side)
    specs = [read_table(name) for name in tables]
    if not any(has_metric(spec, metric) for spec in specs):
        known = dict.fromkeys(name for spec in specs for name in spec.metrics or (spec.metric,))
        listed = ", ".join(name.replace("_", "-") for name in known)
        raise UsageError(f"no claim can be tested by {metric!r}; known: {listed}")


def _draw(found: Sequence[Verdicts], path: Path) -> None:
    from bench.claims.diagram import METADATA, diagram, drawable

    if path.suffix not in METADATA:
        raise UsageError(f"--diagram {path}: the file has to end in {' or '.join(METADATA)}")
    if not drawable(found):
        raise UsageError(f"--diagram {path}: nothing asked for is ranked; name a ranking, or none")
    write_named(path, diagram(found, path.suffix))


def _show(
    found: Sequence[Verdicts], conditions: dict[str, str], *, as_json: bool, markdown: Path | None
) -> None:
    from bench.claims import listed, page

    said = "; ".join(f"{what}: {key}" for what, key in conditions.items())
    if markdown is not None:
        write_named(markdown, page.markdown(found, said))
    if as_json:
        typer.echo(json.dumps(listed.as_json(found, conditions), indent=1, allow_nan=False))
    elif markdown is not None:
        typer.echo(f"{markdown}: {page.summary(found)}")
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        typer.echo(page.text(found, said, width=width))


def _end(found: Verdicts, own: OwnNumbers, datasets: Sequence[str]) -> None:
    incomplete = found.incomplete
    if incomplete:
        commands = "; ".join(own.commands(incomplete, datasets))
        how = f"these commands make them: {commands}" if commands else "nothing makes them yet"
        raise Incomplete(f"some claims lack own runs; {how}")
