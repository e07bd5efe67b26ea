"""From a collected table to text: digits, marks, notes and totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.judge.collect import Cell, Collected, Entry
from bench.judge.verdict import Outcome
from bench.plan.budget import default_budget
from bench.show.caption import caption_of, environment_sentences, grid_sentences
from bench.show.missing import missing_notes
from bench.show.sheet import PART, Block, Line, Note, Notes, Sheet, Shown
from bench.show.wins import Wins, own_wins, printed_count_check, printed_wins, wins_note
from bench.tables.published import Printed
from bench.tables.spec import Column, Row
from iunet.declare.protocol import default_protocol


def file_name(table: Collected) -> str:
    """The stem of a table's files: it names every condition that is not the usual one, so that one
    rendering never overwrites another."""
    spec, ask = table.spec, table.ask
    parts = [spec.key]
    parts += [ask.metric.replace("_", "-")] if ask.metric != spec.metric else []
    parts += [ask.protocol] if ask.protocol != default_protocol() else []
    parts += [ask.budget] if ask.budget != (spec.budget or default_budget()) else []
    parts += [f"with-{c.method}" for c in table.columns if c not in spec.columns]
    whole = {row for row, _ in table.rows} >= set(spec.ready_rows())
    whole = whole and set(table.columns) >= set(spec.ready_columns()) and not ask.seeds
    return "-".join(parts) + ("" if whole else PART)


def sheet_of(table: Collected) -> Sheet:
    """The whole table as text."""
    notes = Notes()
    labels = missing_notes(table, notes)
    own = own_wins(table) if table.spec.best else []
    printed = printed_wins(table) if table.spec.best else []
    parts = dict.fromkeys(row.part for row, _ in table.rows)
    compared = any(entry.printed for entry in table.entries())
    blocks = tuple(_block(table, part, labels, notes, own, printed) for part in parts)
    return Sheet(
        name=file_name(table),
        title=table.spec.title,
        caption=caption_of(table),
        blocks=blocks,
        notes=(*notes.found, *_remarks(table, own, printed)),
        compared=compared,
    )


def _block(
    table: Collected,
    part: str,
    labels: Mapping[tuple[Row, Column], str],
    notes: Notes,
    own: Sequence[Wins],
    printed: Sequence[Wins],
) -> Block:
    columns = [column for column in table.columns if column.part == part]
    lines = []
    for row, entries in table.rows:
        if row.part == part:
            cells = tuple(_shown(entry, labels, notes, own) for entry in entries)
            lines.append(Line(row.title, cells, any(entry.printed for entry in entries)))
    totals = (_totals(columns, own, printed),) if own or printed else ()
    return Block(tuple(column.title for column in columns), tuple(lines), totals)


def _shown(
    entry: Entry,
    labels: Mapping[tuple[Row, Column], str],
    notes: Notes,
    wins: Sequence[Wins],
) -> Shown:
    printed, printed_spread = printed_digits(entry.printed)
    if not isinstance(entry.own, Cell):
        label = labels.get((entry.row, entry.column))
        return Shown(
            printed=printed,
            printed_spread=printed_spread,
            notes=(label,) if label else (),
        )
    row = (entry.row.dataset, entry.row.title)
    best = any(
        entry.metric == group.metric and entry.column.title in group.winners.get(row, ())
        for group in wins
    )
    return Shown(
        own=points(entry.own.mean),
        own_spread=points(entry.own.std),
        printed=printed,
        printed_spread=printed_spread,
        mark=entry.verdict.outcome.value if entry.verdict else "",
        best=best,
        notes=_flags(entry.own, notes),
    )


def points(fraction: float) -> str:
    """A fraction in percent with the three decimals of the paper."""
    return f"{100 * fraction:.3f}"


def printed_digits(printed: Printed | None) -> tuple[str, str]:
    """A printed number and its std as they were printed."""
    if printed is None:
        return "", ""
    return f"{printed.mean:.3f}", "" if printed.std is None else f"{printed.std:.3f}"


def _flags(cell: Cell, notes: Notes) -> tuple[str, ...]:
    flags = []
    if cell.collapsed and cell.top_class is not None:
        share = f"{100 * cell.top_class:.1f}"
        flags.append(notes.label(f"Collapsed: one class takes {share} % of the predictions."))
    if len(cell.environments) > 1:
        digests = ", ".join(cell.environments)
        flags.append(notes.label(f"Mixes runs of different environments: {digests}."))
    return tuple(flags)


def _totals(columns: Sequence[Column], own: Sequence[Wins], printed: Sequence[Wins]) -> Line:
    cells = tuple(
        Shown(own=_count(column.title, own), printed=_count(column.title, printed))
        for column in columns
    )
    return Line("#Best", cells, bool(printed))


def _count(title: str, wins: Sequence[Wins]) -> str:
    counts = [str(group.counts[title]) for group in wins if title in group.counts]
    return counts[0] if counts else ""


def _remarks(table: Collected, own: Sequence[Wins], printed: Sequence[Wins]) -> list[Note]:
    """What a reader has to know beyond the labelled notes."""
    ranked = [wins_note(own, "own")] if own else []
    ranked += [wins_note(printed, "printed")] if printed else []
    check = printed_count_check(table.spec, table.published) if table.spec.best else None
    waiting = dict.fromkeys(r.part for r in table.spec.rows if r.part not in table.spec.parts)
    texts = [
        *grid_sentences(table),
        *environment_sentences(table),
        *_refused_comparisons(table),
        *([check] if check else []),
        *(f"The {part} rows of the printed table cannot be made yet." for part in waiting),
        *table.spec.notes,
    ]
    return [*(Note(text, brief=True) for text in ranked), *(Note(text) for text in texts)]


def _refused_comparisons(table: Collected) -> list[str]:
    groups: dict[str, list[str]] = {}
    for entry in table.entries():
        if entry.verdict and entry.verdict.outcome is Outcome.NOT_COMPARABLE:
            titles = groups.setdefault(entry.verdict.reason, [])
            if entry.column.title not in titles:
                titles.append(entry.column.title)
    return [
        f"Not comparable with the printed numbers: {', '.join(titles)} ({reason})."
        for reason, titles in groups.items()
    ]
