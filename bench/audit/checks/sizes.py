"""Printed counts of datasets: parts that are those of no split, features that count the target,
ids out of order; and which size of the test part the scores show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.finding import Finding, counted
from bench.audit.printed import Cell, PrintedTable
from bench.judge.dataset_facts import Facts, one_class_share

KEY = "sizes"

COUNTS = {
    "n_feats": "features",
    "majority_pct": "majority",
    "minority_pct": "minority",
    "openml_id": "task_id",
}
"""What a count is called, by its printed name where that differs and no table declares it."""

Row = Mapping[str, Cell]
"""The cells of a dataset by what they count."""


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """Findings on every table of counts."""
    found = []
    for table in tables:
        if table.kind == "counts":
            rows = _rows(table, facts)
            found += [*_parts(table, rows, facts), *_rounding(table, rows, facts)]
            found += [*_test_sizes(table, rows, tables, facts), *_features(table, rows, facts)]
            found += [*_shares(table, rows, facts), *_order(table, rows)]
    return found


def _rows(table: PrintedTable, facts: Mapping[str, Facts]) -> dict[str, Row]:
    """Cells by dataset and count; datasets that nothing is known of are left out."""
    return {
        cells[0].dataset: {_count(cell): cell for cell in cells}
        for cells in table.rows.values()
        if cells[0].dataset in facts
    }


def _count(cell: Cell) -> str:
    name = cell.column_meaning[0]
    return COUNTS.get(name, name)


def _finding(
    table: PrintedTable, what: str, headline: str, arithmetic: str, cells: Sequence[Cell]
) -> Finding:
    places = tuple(cell.place for cell in cells)
    return Finding(f"{KEY}/{table.key}/{what}", KEY, headline, arithmetic, "certain", places)


def _parts(
    table: PrintedTable, rows: Mapping[str, Row], facts: Mapping[str, Facts]
) -> list[Finding]:
    """Training, validation and test rows that do not add up to all rows."""
    parts = ("n_train", "n_valid", "n_test")
    whole = {key: row for key, row in rows.items() if all(part in row for part in parts)}
    sums = {key: round(sum(row[part].mean for part in parts)) for key, row in whole.items()}
    lost = {key: _all_rows(facts[key]) - total for key, total in sums.items()}
    wrong = {key: number for key, number in lost.items() if number}
    if not wrong:
        return []
    floors = [key for key, row in whole.items() if _are_floors(row, _all_rows(facts[key]))]
    most = max(wrong, key=lambda key: abs(wrong[key]))
    return [
        _finding(
            table,
            "parts",
            f"Parts do not add up to the rows of the data in {len(wrong)} of "
            f"{counted(len(whole), 'dataset')}",
            f"In {len(floors)} of {len(whole)} they are 60, 20 and 20 % of the rows, each rounded "
            f"down, which is no split: {rows[most]['n_train'].place.row} has "
            f"{_all_rows(facts[most]):,} rows and its parts have {sums[most]:,}.",
            [row[part] for key, row in whole.items() if key in wrong for part in parts],
        )
    ]


def _all_rows(facts: Facts) -> int:
    return facts.rows + facts.test if facts.pictures else facts.rows


def _are_floors(row: Row, rows: int) -> bool:
    shares = {"n_train": 3, "n_valid": 1, "n_test": 1}
    return all(row[part].mean == share * rows // 5 for part, share in shares.items())


def _rounding(
    table: PrintedTable, rows: Mapping[str, Row], facts: Mapping[str, Facts]
) -> list[Finding]:
    """Validation parts of pictures that are a fifth rounded down."""
    down = [
        (row["n_valid"], facts[key].rows)
        for key, row in rows.items()
        if facts[key].pictures and facts[key].rows % 5 and "n_valid" in row
        if row["n_valid"].mean == facts[key].rows // 5
    ]
    if not down:
        return []
    said = "; ".join(
        f"{cell.place.row} has {cell.mean:.0f} of {known:,}, a fifth of which is {known / 5:.1f}"
        for cell, known in down
    )
    return [
        _finding(
            table,
            "rounding",
            f"Validation parts are rounded down: {', '.join(cell.place.row for cell, _ in down)}",
            f"{said}. A split by share in scikit-learn rounds such a part up.",
            [cell for cell, _ in down],
        )
    ]


def _test_sizes(
    table: PrintedTable,
    rows: Mapping[str, Row],
    tables: Sequence[PrintedTable],
    facts: Mapping[str, Facts],
) -> list[Finding]:
    """Scores of one class that the printed test size cannot give, but a fifth rounded up does."""
    hits: dict[tuple[str, float], tuple[Cell, str]] = {}
    for cell in (c for t in tables if t.kind == "scores" for c in t.cells if c.dataset in rows):
        size, share = rows[cell.dataset].get("n_test"), one_class_share(cell, facts[cell.dataset])
        if size and share and not _gives(round(size.mean), cell):
            said = (
                f"{cell.place.row} {cell.mean_text} is {share[0]:,} of {share[1]:,} rows and no "
                f"share of the printed {size.mean:,.0f}"
            )
            hits.setdefault((cell.dataset, cell.mean), (cell, said))
    if not hits:
        return []
    return [
        _finding(
            table,
            "test-part",
            "If these scores are of one class, the test parts are not the printed ones: "
            f"{', '.join(cell.place.row for cell, _ in hits.values())}",
            f"{'; '.join(said for _, said in hits.values())}. A fifth rounded up has these rows.",
            [c for cell, _ in hits.values() for c in (rows[cell.dataset]["n_test"], cell)],
        )
    ]


def _gives(rows: int, cell: Cell) -> bool:
    """Whether some share of so many rows is printed as the cell's mean."""
    nearest = round(cell.mean * rows / 100)
    return abs(100 * nearest / rows - cell.mean) <= cell.half + 1e-9


def _features(
    table: PrintedTable, rows: Mapping[str, Row], facts: Mapping[str, Facts]
) -> list[Finding]:
    """Numbers of features that are not those of the data."""
    pairs = [
        (row["features"], known)
        for key, row in rows.items()
        if "features" in row and (known := facts[key].features) is not None
    ]
    wrong = [(cell, known) for cell, known in pairs if cell.mean != known]
    if not wrong:
        return []
    more = sum(cell.mean == known + 1 for cell, known in wrong)
    cell, known = wrong[0]
    return [
        _finding(
            table,
            "features",
            f"One feature too many is printed in {more} of {counted(len(pairs), 'dataset')}"
            if more == len(wrong)
            else f"Features are not those of the data in {len(wrong)} of {len(pairs)} datasets",
            f"{cell.place.row} prints {cell.mean:.0f} and has {known} beside the target."
            + (" Counting the target explains each." if more == len(wrong) else ""),
            [cell for cell, _ in wrong],
        )
    ]


def _shares(
    table: PrintedTable, rows: Mapping[str, Row], facts: Mapping[str, Facts]
) -> list[Finding]:
    """Class shares, ids and numbers of classes that are not the catalogue's."""
    wrong: list[tuple[Cell, float]] = []
    for key, row in rows.items():
        known = facts[key]
        shares = known.shares or (None, None)
        real = {"majority": shares[0], "minority": shares[1]}
        for name, share in real.items():
            if share is not None and name in row and abs(100 * share - row[name].mean) > 0.006:
                wrong.append((row[name], 100 * share))
        for name, number in (("task_id", known.task_id), ("n_classes", known.classes)):
            if number is not None and name in row and row[name].mean != number:
                wrong.append((row[name], float(number)))
    if not wrong:
        return []
    said = "; ".join(f"{cell.place.row} {cell.text}, known {real:g}" for cell, real in wrong[:5])
    return [
        _finding(
            table,
            "shares",
            f"{counted(len(wrong), 'count')} differ from those of the data",
            f"{said}.",
            [cell for cell, _ in wrong],
        )
    ]


def _order(table: PrintedTable, rows: Mapping[str, Row]) -> list[Finding]:
    """Ids that do not ascend, where nearly all do: the fewest to take out so that the rest does."""
    ids = [row["task_id"] for row in rows.values() if "task_id" in row]
    kept = longest_ascent([cell.mean for cell in ids])
    out = [cell for place, cell in enumerate(ids) if place not in kept]
    if not out or len(out) > len(ids) / 10:
        return []
    return [
        _finding(
            table,
            "order",
            f"The ids ascend but for {', '.join(cell.place.row for cell in out)}",
            f"The other {len(kept)} ids ascend from {ids[min(kept)].mean:.0f} to "
            f"{ids[max(kept)].mean:.0f}; out of place: "
            f"{', '.join(f'{cell.place.row} {cell.mean:.0f}' for cell in out)}.",
            out,
        )
    ]


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
