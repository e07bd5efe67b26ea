"""Printed counts of datasets: parts that are those of no split, features that count the target,
ids out of order; and which size of the test part the scores show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.audit.finding import Finding, finding
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import DatasetFacts
from bench.render.text import counted

COUNTS = {
    "n_feats": "features",
    "majority_pct": "majority",
    "minority_pct": "minority",
    "openml_id": "task_id",
}
"""What a count is called, by its printed name where that differs and no table declares it."""

PARTS = {"n_train": 3, "n_valid": 1, "n_test": 1}
"""Fifths of the rows in each part."""

Row = tuple[DatasetFacts, Mapping[str, Cell]]
"""What is known of a dataset, and its printed counts by what they count."""

Found = tuple[str, str, Iterable[Cell]]
"""Headline, arithmetic and cells of a finding."""


def check_sizes(tables: Sequence[PrintedTable]) -> Iterator[Finding]:
    """Findings on every table of counts."""
    scores = [cell for table in tables if table.kind == "scores" for cell in table.cells]
    for table in (table for table in tables if table.kind == "counts"):
        rows = [
            (facts, {COUNTS.get(c.column_meaning[0], c.column_meaning[0]): c for c in cells})
            for cells in table.rows.values()
            if (facts := cells[0].facts)
        ]
        found = {
            "parts": _parts(rows),
            "rounding": _rounding(rows),
            "test-part": _test_sizes(rows, scores),
            "features": _features(rows),
            "shares": _shares(rows),
            "order": _order([row["task_id"] for _, row in rows if "task_id" in row]),
        }
        for what, each in found.items():
            yield from (finding(f"sizes/{table.key}/{what}", *one) for one in each)


def _parts(rows: Sequence[Row]) -> Iterator[Found]:
    """Training, validation and test rows that do not add up to all rows."""
    floors, whole, wrong = 0, 0, []
    for facts, row in rows:
        if all(part in row for part in PARTS):
            all_rows = facts.rows + facts.test if facts.pictures else facts.rows
            total = round(sum(row[part].mean for part in PARTS))
            floors += all(row[part].mean == n * all_rows // 5 for part, n in PARTS.items())
            whole += 1
            if total != all_rows:
                wrong.append((row, all_rows, total))
    if not wrong:
        return
    most, all_rows, total = max(wrong, key=lambda found: abs(found[1] - found[2]))
    yield (
        f"Parts do not add up to the rows of the data in {len(wrong)} of "
        f"{counted(whole, 'dataset')}",
        f"In {floors} of {whole} they are 60, 20 and 20 % of the rows, each rounded "
        f"down, which is no split: {most['n_train'].row} has {all_rows:,} rows and its parts have "
        f"{total:,}.",
        [row[part] for row, _, _ in wrong for part in PARTS],
    )


def _rounding(rows: Sequence[Row]) -> Iterator[Found]:
    """Validation parts of pictures that are a fifth rounded down."""
    down = [
        (row["n_valid"], facts.rows)
        for facts, row in rows
        if facts.pictures and facts.rows % 5 and "n_valid" in row
        if row["n_valid"].mean == facts.rows // 5
    ]
    examples = "; ".join(
        f"{cell.row} has {cell.mean:.0f} of {actual:,}, a fifth of which is {actual / 5:.1f}"
        for cell, actual in down
    )
    if down:
        yield (
            f"Validation parts are rounded down: {', '.join(cell.row for cell, _ in down)}",
            f"{examples}. A split by share in scikit-learn rounds such a part up.",
            [cell for cell, _ in down],
        )


def _test_sizes(rows: Sequence[Row], scores: Iterable[Cell]) -> Iterator[Found]:
    """Scores of one class that the printed test size cannot give, but a fifth rounded up does."""
    sizes = {facts.key: row["n_test"] for facts, row in rows if "n_test" in row}
    hits: dict[tuple[str, float], tuple[Cell, Cell, str]] = {}
    for cell in scores:
        size = sizes.get(cell.facts.key) if cell.facts else None
        if size and cell.one_class and not _gives(round(size.mean), cell):
            most, test = cell.one_class
            text = (
                f"{cell.row} {cell.mean_text} is {most:,} of {test:,} rows and no "
                f"share of the printed {size.mean:,.0f}"
            )
            hits.setdefault((size.row, cell.mean), (size, cell, text))
    if hits:
        yield (
            "If these scores are of one class, the test parts are not the printed ones: "
            f"{', '.join(score.row for _, score, _ in hits.values())}",
            f"{'; '.join(text for _, _, text in hits.values())}. A fifth rounded up has these "
            "rows.",
            [cell for size, score, _ in hits.values() for cell in (size, score)],
        )


def _gives(rows: int, cell: Cell) -> bool:
    """Whether some share of so many rows is printed as the cell's mean."""
    nearest = round(cell.mean * rows / 100)
    return abs(100 * nearest / rows - cell.mean) <= cell.half + 1e-9


def _features(rows: Sequence[Row]) -> Iterator[Found]:
    """Numbers of features that are not those of the data."""
    pairs = [
        (row["features"], facts.features)
        for facts, row in rows
        if "features" in row and facts.features is not None
    ]
    wrong = [(cell, actual) for cell, actual in pairs if cell.mean != actual]
    if not wrong:
        return
    cell, actual = wrong[0]
    target = all(cell.mean == actual + 1 for cell, actual in wrong)
    yield (
        f"One feature too many is printed in {len(wrong)} of {counted(len(pairs), 'dataset')}"
        if target
        else f"Features are not those of the data in {len(wrong)} of {len(pairs)} datasets",
        f"{cell.row} prints {cell.mean:.0f} and has {actual} beside the target."
        + (" Counting the target explains each." if target else ""),
        [cell for cell, _ in wrong],
    )


def _shares(rows: Sequence[Row]) -> Iterator[Found]:
    """Class shares, ids and numbers of classes that are not the catalogue's."""
    wrong: list[tuple[Cell, float]] = []
    for facts, row in rows:
        for name, share in zip(("majority", "minority"), facts.shares or (), strict=False):
            if name in row and abs(100 * share - row[name].mean) > 0.006:
                wrong.append((row[name], 100 * share))
        for name, number in (("task_id", facts.task_id), ("n_classes", facts.classes)):
            if number is not None and name in row and row[name].mean != number:
                wrong.append((row[name], number))
    examples = "; ".join(f"{cell.row} {cell.text}, known {actual:g}" for cell, actual in wrong[:5])
    if wrong:
        yield (
            f"{counted(len(wrong), 'count')} differ from those of the data",
            f"{examples}.",
            [cell for cell, _ in wrong],
        )


def _order(ids: Sequence[Cell]) -> Iterator[Found]:
    """Ids that do not ascend, where nearly all do: the fewest to take out so that the rest does."""
    ascending = longest_ascent([cell.mean for cell in ids])
    out = [cell for place, cell in enumerate(ids) if place not in ascending]
    if not out or len(out) > len(ids) / 10:
        return
    yield (
        f"The ids ascend but for {', '.join(cell.row for cell in out)}",
        f"The other {len(ascending)} ids ascend from {ids[min(ascending)].mean:.0f} to "
        f"{ids[max(ascending)].mean:.0f}; out of place: "
        f"{', '.join(f'{cell.row} {cell.mean:.0f}' for cell in out)}.",
        out,
    )


def longest_ascent(values: Sequence[float]) -> set[int]:
    """Places of the longest part of the values that strictly ascends."""
    best: tuple[int, ...] = ()
    chains: list[tuple[int, ...]] = []
    for place, value in enumerate(values):
        before = [len(chain) for chain in chains if values[chain[-1]] < value]
        longest = max(before, default=0)
        chain = next((c for c in chains if len(c) == longest and values[c[-1]] < value), ())
        chains.append((*chain, place))
        best = max(best, chains[-1], key=lambda places: len(places))
    return set(best)
