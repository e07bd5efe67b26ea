"""How many cells agree with the printed numbers and how much that says; how often each column is
best."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from bench.declared.tables import Column, Metric, Row, metric_named
from bench.judge.cell import Cell, EmptyCell
from bench.judge.verdict import CLOSE, TOLERANCE, Outcome, TableEntry, verdict_of
from bench.plan.selection import TablePlan
from bench.render.text import counted

Rows = Sequence[Sequence[TableEntry]]
"""The entries of one or more tables, row by row."""

WORTH = 0.05
"""The least by which the right column's share of agreeing cells exceeds that of wrong columns where
agreement tells them apart."""


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int = 0
    whole: int = 0

    def __str__(self) -> str:
        return f"{self.part} of {self.whole}"


@dataclass(frozen=True)
class Tally:
    """The cells of one or more tables beside their printed numbers, each distinct one once.

    Args:
        agree, differ, say_nothing, not_comparable: cells by verdict.
        empty: cells that runs could fill.
        close: compared cells within TOLERANCE points of the printed number.
        tolerance: median tolerance of the compared cells, in points; None where none is compared.
        wrong_column: of the pairs of a compared cell and the number printed for another column of
            its row in the same metric, those that agree by the same rule.
        ordered: of the pairs of compared columns of a row, untied in print, those in printed order.
        equivalent: compared cells shown to lie within CLOSE points of the printed number.
    """

    agree: int = 0
    differ: int = 0
    say_nothing: int = 0
    not_comparable: int = 0
    empty: int = 0
    close: int = 0
    tolerance: float | None = None
    wrong_column: Share = Share()
    ordered: Share = Share()
    equivalent: int = 0

    @property
    def compared(self) -> int:
        """Cells that agree, differ or say nothing."""
        return self.agree + self.differ + self.say_nothing


def tally_of(rows: Rows) -> Tally:
    """The tally of these rows of tables; a cell that several tables have counts in the first."""
    distinct: dict[tuple[object, ...], TableEntry] = {}
    wrong, ordered = list[bool](), list[bool]()
    for row in rows:
        new = {entry.meaning: entry for entry in row if entry.meaning not in distinct}
        distinct |= new
        cells = [
            (entry, entry.own, entry.target.mean)
            for entry in new.values()
            if isinstance(entry.own, Cell) and entry.target and entry.difference is not None
        ]
        for entry, cell, _ in cells:
            outcomes = [verdict_of(cell, rival).outcome for rival in entry.rivals]
            wrong += [outcome is Outcome.AGREES for outcome in outcomes]
        for (one, own, printed), (other, own_other, printed_other) in combinations(cells, 2):
            if one.metric == other.metric and printed != printed_other:
                ordered.append((own.mean - own_other.mean) * (printed - printed_other) > 0)
    verdicts = [entry.verdict for entry in distinct.values() if entry.verdict]
    count = Counter(verdict.outcome for verdict in verdicts)
    compared = [verdict for verdict in verdicts if verdict.difference is not None]
    return Tally(
        agree=count[Outcome.AGREES],
        differ=count[Outcome.DIFFERS],
        say_nothing=count[Outcome.SAYS_NOTHING],
        not_comparable=count[Outcome.NOT_COMPARABLE],
        empty=sum(isinstance(e.own, EmptyCell) and not e.verdict for e in distinct.values()),
        close=sum(abs(verdict.difference or 0.0) <= TOLERANCE for verdict in compared),
        tolerance=median(v.allowed or 0.0 for v in compared) if compared else None,
        wrong_column=Share(sum(wrong), len(wrong)),
        ordered=Share(sum(ordered), len(ordered)),
        equivalent=sum(verdict.equivalent for verdict in compared),
    )


def counts_text(tally: Tally) -> str:
    """`3 agree, 1 differs, 2 say nothing, 4 not comparable`; kinds without a cell are left out."""
    said = [
        (tally.agree, "agrees", "agree"),
        (tally.differ, "differs", "differ"),
        (tally.say_nothing, "says nothing", "say nothing"),
        (tally.not_comparable, "not comparable", "not comparable"),
        (tally.empty, "empty", "empty"),
    ]
    shown = [f"{count} {one if count == 1 else many}" for count, one, many in said if count]
    return ", ".join(shown) or "nothing was printed"


def tally_sentences(tally: Tally) -> list[str]:
    """What the counts stand on, in whole sentences; nothing where nothing is compared."""
    if tally.tolerance is None:
        return []
    wrong, ordered = tally.wrong_column, tally.ordered
    found = []
    if wrong.whole:
        other, own = wrong.part / wrong.whole, tally.agree / tally.compared
        said = (
            f"Beside their own printed number {100 * own:.0f} % of cells agree ({tally.agree} of "
            f"{tally.compared}), beside that of another column of the same row and metric "
            f"{100 * other:.0f} % would ({wrong})."
        )
        blind = (
            " So agreement does not tell the right column from a wrong one: the share for the "
            f"right column is not {100 * WORTH:.0f} points above the other."
        )
        found.append(said + (blind if own <= other + WORTH else ""))
    found.append(
        f"The median tolerance is {tally.tolerance:.1f} points; {tally.close} cells lie within "
        f"{TOLERANCE:g} point of the printed number; for {tally.equivalent} the difference plus "
        f"the tolerance is at most {CLOSE:g} points."
    )
    if ordered.whole:
        found.append(f"{_order_text(ordered)}; chance alone would give half.")
    return found


def _order_text(ordered: Share) -> str:
    if ordered.whole == 1:
        verb = "stands" if ordered.part else "does not stand"
        return f"The one pair of columns of a row {verb} in the printed order"
    verb = "stands" if ordered.part == 1 else "stand"
    return (
        f"Of {ordered.whole} pairs of columns of a row {ordered.part} {verb} in the printed order"
    )


def best_of(scores: Mapping[str, float]) -> frozenset[str]:
    """The columns whose score in points, to the printed digits, is the highest of this row."""
    shown = {column: round(score, 3) for column, score in scores.items()}
    top = max(shown.values())
    return frozenset(column for column, score in shown.items() if score == top)


def shared_wins(columns: Sequence[str], rows: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """For every column the number of rows it is best in; rows lacking a column are an error."""
    return _counts(columns, [best_of({name: row[name] for name in columns}) for row in rows])


@dataclass(frozen=True)
class Wins:
    """Wins among columns measured alike.

    Args:
        metric: what they were measured with.
        columns: their titles.
        winners: for every row in which all of them have a number those that are best, ties shared.
    """

    metric: Metric
    columns: Sequence[str]
    winners: Mapping[Row, frozenset[str]]

    @property
    def counts(self) -> dict[str, int]:
        """Number of rows each column is best in."""
        return _counts(self.columns, self.winners.values())

    def has(self, entry: TableEntry) -> bool:
        """Whether our number of this cell is the best of its row."""
        best = self.winners.get(entry.row, frozenset())
        return entry.metric == self.metric and entry.column.title in best

    def __str__(self) -> str:
        return f"{self.metric.short_title}, {counted(len(self.winners), 'complete row')}"


def own_wins(plan: TablePlan, rows: Rows) -> list[Wins]:
    """Wins of our own numbers; columns appended to the table or filled nowhere are left out."""
    filled = {entry.column for row in rows for entry in row if isinstance(entry.own, Cell)}
    columns = [c for c in plan.columns if c in filled and c in plan.spec.columns]
    return _wins(rows, {column: plan.metrics[column] for column in columns}, _own_points)


def printed_wins(plan: TablePlan, rows: Rows) -> list[Wins]:
    """Wins of the printed numbers of the rows shown."""
    metrics = {c: metric_named(c.printed_metric) for c in plan.columns if c.printed_metric}
    return _wins(rows, metrics, lambda entry: entry.printed.mean if entry.printed else None)


def _own_points(entry: TableEntry) -> float | None:
    return 100 * entry.own.mean if isinstance(entry.own, Cell) else None


def _wins(
    rows: Rows, metrics: Mapping[Column, Metric], score: Callable[[TableEntry], float | None]
) -> list[Wins]:
    """Wins in each group of columns of one part and metric.

    Args:
        rows: of the table.
        metrics: of the columns that are ranked.
        score: of an entry in points, None where it has none.
    """
    groups: dict[tuple[str, Metric], list[Column]] = defaultdict(list)
    for column, metric in metrics.items():
        groups[column.part, metric].append(column)
    found = []
    for (_, metric), columns in groups.items():
        winners = {}
        for row in rows:
            scores = {e.column.title: score(e) for e in row if e.column in columns}
            known = {title: value for title, value in scores.items() if value is not None}
            if len(known) == len(columns):
                winners[row[0].row] = best_of(known)
        if len(columns) > 1 and winners:
            found.append(Wins(metric, [column.title for column in columns], winners))
    return found


def _counts(columns: Sequence[str], winners: Iterable[frozenset[str]]) -> dict[str, int]:
    count = Counter(title for row in winners for title in row)
    return {column: count[column] for column in columns}
