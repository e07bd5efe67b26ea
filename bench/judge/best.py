"""How often each column is best, ties shared, decided on the printed digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.errors import NotComparable


def printed_digits(points: float) -> str:
    """A score in points as it is printed, which is what ties are decided on."""
    return f"{points:.3f}"


def best_of(scores: Mapping[str, float]) -> frozenset[str]:
    """The columns whose printed score is the highest of this row."""
    shown = {column: float(printed_digits(score)) for column, score in scores.items()}
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
