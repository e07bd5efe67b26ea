"""Printed counts of datasets: parts that are those of no split, features that count the target,
ids out of order; and which size of the test part the scores show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.audit.finding import Finding
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

Found = tuple[str, str, Sequence[Cell]]
"""Headline, arithmetic and cells of a finding."""

NOTHING: Found = ("", "", ())


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
        for what, (headline, arithmetic, cells) in found.items():
            yield Finding(f"sizes/{table.key}/{what}", headline, arithmetic, cells)


def _parts(rows: Sequence[Row]) -> Found:
    """Training, validation and test rows that do not add up to all rows."""
    datasets = [
        (facts.rows + facts.test * facts.pictures, [row[part] for part in PARTS])
        for facts, row in rows
        if row.keys() >= PARTS.keys()
    ]
    floors = sum(
        [part.mean for part in parts] == [fifths * whole // 5 for fifths in PARTS.values()]
        for whole, parts in datasets
    )
    totals = ((round(sum(p.mean for p in parts)), whole, parts) for whole, parts in datasets)
    wrong = [found for found in totals if found[0] != found[1]]
    if not wrong:
        return NOTHING
    total, whole, parts = max(wrong, key=lambda found: abs(found[0] - found[1]))
    return (
        f"Parts do not add up to the rows of the data in {len(wrong)} of "
        f"{counted(len(datasets), 'dataset')}",
        f"In {floors} of {len(datasets)} they are 60, 20 and 20 % of the rows, each rounded down, "
        f"which is no split: {parts[0].row} has {whole:,} rows and its parts have {total:,}.",
        [part for _, _, parts in wrong for part in parts],
    )


def _rounding(rows: Sequence[Row]) -> Found:
    """Validation parts of pictures that are a fifth rounded down."""
    parts = [(row["n_valid"], f.rows) for f, row in rows if f.pictures and "n_valid" in row]
    down = [(cell, whole) for cell, whole in parts if whole % 5 and cell.mean == whole // 5]
    examples = "; ".join(
        f"{cell.row} has {cell.mean:.0f} of {whole:,}, a fifth of which is {whole / 5:.1f}"
        for cell, whole in down
    )
    return (
        f"Validation parts are rounded down: {', '.join(cell.row for cell, _ in down)}",
        f"{examples}. A split by share in scikit-learn rounds such a part up.",
        [cell for cell, _ in down],
    )


def _test_sizes(rows: Sequence[Row], scores: Iterable[Cell]) -> Found:
    """Scores of one class that the printed test size cannot give, but a fifth rounded up does."""
    sizes = {facts.key: row["n_test"] for facts, row in rows if "n_test" in row}
    hits: dict[tuple[str, float], tuple[Cell, Cell, str]] = {}
    for score in scores:
        size = sizes.get(score.facts.key) if score.facts else None
        if size and score.one_class and not _gives(round(size.mean), score):
            most, test = score.one_class
            text = (
                f"{score.row} {score.mean_text} is {most:,} of {test:,} rows and no share of the "
                f"printed {size.mean:,.0f}"
            )
            hits.setdefault((size.row, score.mean), (size, score, text))
    return (
        "If these scores are of one class, the test parts are not the printed ones: "
        f"{', '.join(score.row for _, score, _ in hits.values())}",
        f"{'; '.join(text for _, _, text in hits.values())}. A fifth rounded up has these rows.",
        [cell for size, score, _ in hits.values() for cell in (size, score)],
    )


def _gives(rows: int, cell: Cell) -> bool:
    """Whether some share of so many rows is printed as the cell's mean."""
    nearest = round(cell.mean * rows / 100)
    return abs(100 * nearest / rows - cell.mean) <= cell.half + 1e-9


def _features(rows: Sequence[Row]) -> Found:
    """Numbers of features that are not those of the data."""
    pairs = [(row["features"], f.features) for f, row in rows if "features" in row and f.features]
    wrong = [(cell, actual) for cell, actual in pairs if cell.mean != actual]
    if not wrong:
        return NOTHING
    cell, actual = wrong[0]
    example = f"{cell.row} prints {cell.mean:.0f} and has {actual} beside the target."
    cells, all_of = [cell for cell, _ in wrong], counted(len(pairs), "dataset")
    if all(cell.mean == actual + 1 for cell, actual in wrong):
        headline = f"One feature too many is printed in {len(wrong)} of {all_of}"
        return headline, f"{example} Counting the target explains each.", cells
    return f"Features are not those of the data in {len(wrong)} of {all_of}", example, cells


def _shares(rows: Sequence[Row]) -> Found:
    """Class shares, ids and numbers of classes that are not the catalogue's."""
    wrong: list[tuple[Cell, float]] = []
    for facts, row in rows:
        shares = [100 * share for share in facts.shares or ()]
        known: dict[str, float | None] = dict(zip(("majority", "minority"), shares, strict=False))
        known |= {"task_id": facts.task_id, "n_classes": facts.classes}
        wrong += [
            (row[name], number)
            for name, number in known.items()
            if name in row and number is not None and abs(number - row[name].mean) > 0.006
        ]
    examples = "; ".join(f"{cell.row} {cell.text}, known {actual:g}" for cell, actual in wrong[:5])
    return (
        f"{counted(len(wrong), 'count')} differ from those of the data",
        f"{examples}.",
        [cell for cell, _ in wrong],
    )


def _order(ids: Sequence[Cell]) -> Found:
    """Ids that do not ascend, where nearly all do: the fewest to take out so that the rest does."""
    ascending = _longest_ascent([cell.mean for cell in ids])
    out = [cell for place, cell in enumerate(ids) if place not in ascending]
    if not out or len(out) > len(ids) / 10:
        return NOTHING
    return (
        f"The ids ascend but for {', '.join(cell.row for cell in out)}",
        f"The other {len(ascending)} ids ascend from {ids[ascending[0]].mean:.0f} to "
        f"{ids[ascending[-1]].mean:.0f}; out of place: "
        f"{', '.join(f'{cell.row} {cell.mean:.0f}' for cell in out)}.",
        out,
    )


def _longest_ascent(values: Sequence[float]) -> tuple[int, ...]:
    """Places of the longest part of the values that strictly ascends."""
    chains: list[tuple[int, ...]] = []
    for place, value in enumerate(values):
        before = (chain for chain in chains if values[chain[-1]] < value)
        chains.append((*max(before, key=len, default=()), place))
    return max(chains, key=len, default=())
