"""How many cells agree with the printed numbers and how much that says; how often each column is
best."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from bench.declared.published import Printed
from bench.declared.tables import Column, Row, short_title
from bench.errors import NotComparable
from bench.judge.cell import Cell, EmptyCell
from bench.judge.collect import Collected, Entry
from bench.judge.verdict import CLOSE, TOLERANCE, Outcome, Verdict, judge
from bench.render.text import counted

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


def tally_of(tables: Sequence[Collected]) -> Tally:
    """The tally of these tables; a cell that several of them have counts in the first."""
    seen: set[tuple[object, ...]] = set()
    groups: list[_Row] = []
    for table in tables:
        for row, entries in table.rows:
            places = {_place(table, entry): entry for entry in entries}
            new = [entry for place, entry in places.items() if place not in seen]
            groups.append(_Row(table, row, new))
            seen |= places.keys()
    distinct = [entry for group in groups for entry in group.entries]
    verdicts = [entry.verdict for entry in distinct if entry.verdict]
    count = Counter(verdict.outcome for verdict in verdicts)
    compared = [verdict for verdict in verdicts if verdict.difference is not None]
    return Tally(
        agree=count[Outcome.AGREES],
        differ=count[Outcome.DIFFERS],
        say_nothing=count[Outcome.SAYS_NOTHING],
        not_comparable=count[Outcome.NOT_COMPARABLE],
        empty=sum(isinstance(e.own, EmptyCell) and not e.verdict for e in distinct),
        close=sum(abs(verdict.difference or 0.0) <= TOLERANCE for verdict in compared),
        tolerance=median(v.allowed or 0.0 for v in compared) if compared else None,
        wrong_column=_share(agrees for group in groups for agrees in group.wrong_columns()),
        ordered=_share(same for group in groups for same in group.orders()),
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
            f"Paired with a number printed for another column of its row in the same metric, "
            f"{100 * other:.0f} % of pairs would agree as well ({wrong}); paired with their own, "
            f"{100 * own:.0f} % of cells do ({tally.agree} of {tally.compared})."
        )
        blind = (
            " So agreement does not tell the right column from a wrong one: the share for the "
            f"right column is at most {100 * WORTH:.0f} points above the other."
        )
        found.append(said + (blind if own <= other + WORTH else ""))
    found.append(
        f"The median tolerance is {tally.tolerance:.1f} points; {tally.close} cells lie within "
        f"{TOLERANCE:g} point of the printed number, and of {tally.equivalent} the difference and "
        f"its tolerance together stay within {CLOSE:g} points."
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
    """The columns whose printed score is the highest of this row."""
    shown = {column: float(_printed_digits(score)) for column, score in scores.items()}
    top = max(shown.values())
    return frozenset(column for column, score in shown.items() if score == top)


def shared_wins(columns: Sequence[str], rows: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """For every column the number of rows it is best in; rows lacking a column are an error."""
    winners = [best_of({column: row[column] for column in columns}) for row in rows]
    return {column: sum(column in winner for winner in winners) for column in columns}


def count_best(metric_of: Mapping[str, str], rows: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """`shared_wins` of columns measured alike.

    Args:
        metric_of: what each column was measured with.
        rows: scores in points by column.

    Raises:
        NotComparable: the columns were measured with different metrics.
    """
    metrics = sorted(set(metric_of.values()))
    if len(metrics) > 1:
        raise NotComparable(
            f"columns measured as {' and '.join(metrics)} cannot be ranked together"
        )
    return shared_wins(list(metric_of), rows)


RowName = tuple[str, str]
"""Dataset and title of a row."""


@dataclass(frozen=True)
class Wins:
    """Wins among columns measured alike.

    Args:
        metric: what they were measured with.
        counts: number of rows each column is best in, by column title, ties shared.
        winners: for every counted row the columns that are best in it.
    """

    metric: str
    counts: Mapping[str, int]
    winners: Mapping[RowName, frozenset[str]]

    def has(self, entry: Entry) -> bool:
        """Whether our number of this cell is the best of its row."""
        best = self.winners.get((entry.row.dataset, entry.row.title), frozenset())
        return entry.metric == self.metric and entry.column.title in best

    def __str__(self) -> str:
        return f"{short_title(self.metric)}, {counted(len(self.winners), 'complete row')}"


def own_wins(table: Collected) -> list[Wins]:
    """Wins of our own numbers; columns appended to the table or filled nowhere are left out."""
    filled = {
        (entry.column, entry.metric)
        for entry in table.entries()
        if isinstance(entry.own, Cell) and entry.column in table.spec.columns
    }
    return _wins(table, sorted(filled, key=lambda pair: table.columns.index(pair[0])), _own)


def printed_wins(table: Collected) -> list[Wins]:
    """Wins of the printed numbers of the rows shown."""
    pairs = [(column, column.printed_metric) for column in table.columns]
    return _wins(table, [(column, metric) for column, metric in pairs if metric], _printed)


@dataclass(frozen=True)
class _Row:
    """The entries of one row of a table that no table before had."""

    table: Collected
    row: Row
    entries: Sequence[Entry]

    def wrong_columns(self) -> Iterator[bool]:
        """Whether each compared cell agrees with each number printed for another column."""
        for entry in self.entries:
            if not isinstance(entry.own, Cell) or not _compared(entry.verdict):
                continue
            for column in self.table.spec.columns:
                alike = column.part == self.row.part, column.printed_metric == entry.metric
                other = self.table.published.get((self.row.printed_name, column.printed_name))
                if column != entry.column and all(alike) and other is not None:
                    yield _against(entry.own, other) is Outcome.AGREES

    def orders(self) -> Iterator[bool]:
        """Whether each pair of compared columns of one metric stands in the printed order."""
        numbers = [
            (entry.metric, 100 * entry.own.mean, entry.target.mean)
            for entry in self.entries
            if isinstance(entry.own, Cell) and entry.target and _compared(entry.verdict)
        ]
        for (metric, own, printed), (other, own_other, printed_other) in combinations(numbers, 2):
            if metric == other and printed != printed_other:
                yield (own - own_other) * (printed - printed_other) > 0


def _against(cell: Cell, printed: Printed) -> Outcome:
    return judge(100 * cell.mean, 100 * cell.std, cell.n, printed).outcome


def _compared(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.difference is not None


def _place(table: Collected, entry: Entry) -> tuple[object, ...]:
    """What makes cells of two tables the same: the runs, what is read off them, and the print."""
    protocol, budget = table.conditions.protocol.key, table.conditions.budget.key
    column, target = entry.column, entry.target
    runs = (entry.row.dataset, column.net, column.method, column.point)
    return (protocol, budget, runs, entry.fact, target and target.mean)


def _share(found: Iterator[bool]) -> Share:
    each = list(found)
    return Share(sum(each), len(each))


def _printed_digits(points: float) -> str:
    """A score in points as it is printed, which is what ties are decided on."""
    return f"{points:.3f}"


def _own(entry: Entry, metric: str) -> float | None:
    if isinstance(entry.own, Cell) and entry.metric == metric:
        return 100 * entry.own.mean
    return None


def _printed(entry: Entry, metric: str) -> float | None:
    return entry.printed.mean if entry.printed else None


def _wins(
    table: Collected,
    columns: Sequence[tuple[Column, str]],
    score: Callable[[Entry, str], float | None],
) -> list[Wins]:
    """Wins in each group of columns of one part and metric.

    Args:
        table: the table.
        columns: each with its metric.
        score: of an entry in points under a metric, None where it has none.
    """
    groups: dict[tuple[str, str], list[Column]] = defaultdict(list)
    for column, metric in columns:
        groups[column.part, metric].append(column)
    found = []
    for (_, metric), alike in groups.items():
        complete: dict[RowName, dict[str, float]] = {}
        for row, entries in table.rows:
            scores = {e.column.title: score(e, metric) for e in entries if e.column in alike}
            known = {title: value for title, value in scores.items() if value is not None}
            if len(known) == len(alike):
                complete[row.dataset, row.title] = known
        if len(alike) > 1 and complete:
            counts = count_best({c.title: metric for c in alike}, list(complete.values()))
            winners = {name: best_of(scores) for name, scores in complete.items()}
            found.append(Wins(metric, counts, winners))
    return found
