"""A comparison as text for a terminal, as Markdown, as CSV and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from bench.diff.diff import ColumnDiff, RowOrder, TableDiff
from bench.diff.line import Line
from bench.diff.order import Order
from bench.judge.metrics import short_title
from bench.judge.tally import tally_of, tally_sentences
from bench.judge.verdict import RULE, Outcome
from bench.render.sheet import Note, Notes
from bench.render.text import md, wrapped
from bench.tables.caption import counts_text
from bench.tables.missing import missing_notes

HEADER = ("", "ours (runs)", "printed", "difference", "")


def text(diffs: Sequence[TableDiff], *, width: int) -> str:
    """For a terminal: column by column the cells, and below each what they come to."""
    lines = [] if len(diffs) == 1 else [*wrapped(_all(diffs), "", width), ""]
    for diff in diffs:
        lines += [*wrapped(f"{_title(diff)}: {counts_text(diff.summary.tally)}", "", width)]
        said = [_conditions(diff), *tally_sentences(diff.summary.tally)]
        lines += wrapped(" ".join(said), "  ", width)
        for column in diff.columns:
            lines += _column(_name(diff, column), column, width) if _shown(column) else []
        lines += _closing(diff, width)
        lines.append("")
    return "\n".join([*lines, *wrapped(_legend(), "", width)])


def markdown(diffs: Sequence[TableDiff]) -> str:
    """The same as a Markdown page."""
    lines = ["# Own numbers against the printed ones", "", f"{md(_all(diffs))} {md(_legend())}"]
    for diff in diffs:
        counts = _sentence(counts_text(diff.summary.tally))
        said = [_conditions(diff), counts, *tally_sentences(diff.summary.tally)]
        lines += ["", f"## {md(_title(diff))}", "", md(" ".join(said))]
        for column in diff.columns:
            if _shown(column):
                lines += ["", f"### {md(_name(diff, column))}", ""]
                lines += ["| row | ours (runs) | printed | difference | verdict |"]
                lines += ["| --- | ---: | ---: | ---: | --- |"]
                lines += [_md_row(_fields(line)) for line in _shown(column)]
                lines += ["", md(" ".join(_summary(column)))]
        lines += ["", md(" ".join(_row_order_text(diff.rows))), ""]
        lines += [_md_note(note) for note in missing(diff)]
    return "\n".join(lines) + "\n"


def _column(name: str, column: ColumnDiff, width: int) -> list[str]:
    rows = [HEADER, *(_fields(line) for line in _shown(column))]
    wide = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    lines = ["", f"  {name}"]
    for row, own, printed, change, said in rows:
        line = (
            f"    {row:<{wide[0]}}  {own:>{wide[1]}}  {printed:>{wide[2]}}  {change:>{wide[3]}}  "
        )
        first, *more = textwrap.wrap(said, max(width - len(line), 14)) or [""]
        lines += [f"{line}{first}".rstrip(), *(f"{' ' * len(line)}{part}" for part in more)]
    return lines + [part for said in _summary(column) for part in wrapped(said, "    ", width)]


def _closing(diff: TableDiff, width: int) -> list[str]:
    """The order of the columns, and what is missing with the commands that make it."""
    lines = [part for said in _row_order_text(diff.rows) for part in wrapped(said, "  ", width)]
    for note in missing(diff):
        lines += wrapped(f"missing: {note.text}", "  ", width)
        lines += [f"    {note.command}"] if note.command else []
    return ["", *lines] if lines else []


def _shown(column: ColumnDiff) -> list[Line]:
    """Lines of the cells that are made; of the others groups are told, with their commands."""
    return [line for line in column.lines if line.own is not None]


def _fields(line: Line) -> tuple[str, str, str, str, str]:
    mean, std, n = line.own or (0.0, 0.0, 0)
    spread = "" if line.printed.std is None else f" ± {line.printed.std:.2f}"
    change = "" if line.difference is None else f"{line.difference:+.2f}"
    why = f": {line.reason}" if line.outcome is Outcome.NOT_COMPARABLE else ""
    return (
        line.entry.row.title,
        f"{mean:.2f} ± {std:.2f} ({n})",
        f"{line.printed.mean:.2f}{spread}",
        change,
        f"{line.status}{why}",
    )


def _summary(column: ColumnDiff) -> list[str]:
    """What a column comes to, in one or two sentences."""
    summary = column.summary
    said = counts_text(summary.tally)
    if summary.mean is None or summary.median is None or summary.absolute is None:
        return [_sentence(said)]
    said += (
        f"; difference mean {summary.mean:+.2f}, median {summary.median:+.2f}, "
        f"mean absolute {summary.absolute:.2f}"
    )
    if summary.order is None or summary.order.n < 2:
        return [_sentence(said)]
    return [_sentence(said), f"Order of the rows: {order_text(summary.order)}."]


def order_text(order: Order) -> str:
    """Rank agreement in words, with how much it stands on."""
    pairs = f"{order.same} of {order.pairs} pairs the same way round"
    if order.kendall is None or order.spearman is None:
        return f"undefined, n = {order.n}, {pairs}"
    return f"tau {order.kendall:+.2f}, rho {order.spearman:+.2f}, n = {order.n}, {pairs}"


def _row_order_text(rows: Sequence[RowOrder]) -> list[str]:
    """The order of the columns, summed over the rows that show one metric."""
    said = []
    for metric in dict.fromkeys(row.metric for row in rows):
        orders = [row.order for row in rows if row.metric == metric]
        taus = [order.kendall for order in orders if order.kendall is not None]
        same, pairs = (sum(o.same for o in orders), sum(o.pairs for o in orders))
        mean = f"mean tau {sum(taus) / len(taus):+.2f}, " if taus else ""
        rows_text = f"{len(orders)} {'row' if len(orders) == 1 else 'rows'}"
        said.append(
            f"Order of the columns by {short_title(metric)}, {rows_text}: {mean}"
            f"{same} of {pairs} pairs the same way round."
        )
    return said


def missing(diff: TableDiff) -> list[Note]:
    """What is missing, in groups, each with the command that makes it."""
    notes = Notes()
    missing_notes(diff.table, notes)
    return [note for note in notes.found if note.command]


def _title(diff: TableDiff) -> str:
    return diff.table.spec.printed or diff.table.spec.title


def _all(diffs: Sequence[TableDiff]) -> str:
    every = tally_of([diff.table for diff in diffs])
    said = f"{len(diffs)} {'table' if len(diffs) == 1 else 'tables'}: {counts_text(every)}"
    counted = " Cells that several tables print count once." if len(diffs) > 1 else ""
    return " ".join([f"{said}.{counted}", *tally_sentences(every)])


def _name(diff: TableDiff, column: ColumnDiff) -> str:
    """Title and metric, and the net where another column has the same title."""
    alike = [one for one in diff.columns if one.column.title == column.column.title]
    net = f" on {column.column.net}" if len(alike) > 1 else ""
    return f"{column.column.title}{net}, {short_title(column.metric)}"


def _conditions(diff: TableDiff) -> str:
    ask = diff.table.ask
    seeds = f", seeds {', '.join(map(str, ask.seeds))}" if ask.seeds else ""
    return f"Protocol {ask.protocol}, budget {ask.budget}{seeds}."


def _legend() -> str:
    return (
        f"Percent, mean ± std. The rule: {RULE}. tau and rho: Kendall and Spearman, own against "
        "printed, compared cells of one metric only, ties as on the printed digits."
    )


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."


def _md_row(fields: Sequence[str]) -> str:
    return f"| {' | '.join(md(one) for one in fields)} |"


def _md_note(note: Note) -> str:
    return f"- Missing: {md(note.text)} `{note.command}`"
