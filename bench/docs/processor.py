"""What another processor does to the same runs: a part of the known differences.

`python -m bench.docs.processor docs/differences.md` brings the page up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.docs.markers import filled
from bench.errors import BenchError
from bench.folders import reference_folder
from bench.store.records import Record
from bench.store.reference import read_reference

FOLDER = "two-processors"
METRIC = "balanced_accuracy"
HEAD = """\
| dataset | seed | one processor | another |
| --- | ---: | ---: | ---: |"""


def made_twice() -> list[tuple[Record, Record]]:
    """The same runs on one processor and on another, by dataset and seed.

    Raises:
        BenchError: no records are shipped.
    """
    reference = reference_folder()
    if reference is None:
        raise BenchError("no records are shipped, so there is nothing to compare")
    first, second = (read_reference(reference.parent / FOLDER / one) for one in ("first", "second"))
    pairs = [(first[run].record(), second[run].record()) for run in first]
    return sorted(pairs, key=lambda pair: (pair[0].dataset, pair[0].seed))


def processor_part() -> str:
    """What moves, in one sentence, and the table behind it."""
    runs = made_twice()
    moved = max(abs(_points(second) - _points(first)) for first, second in runs)
    epochs = sum(_epoch(first) != _epoch(second) for first, second in runs)
    said = (
        f"With equal settings, seeds and library versions, another processor reports another epoch "
        f"in {epochs} of {len(runs)} runs and moves their balanced accuracy by up to "
        f"{moved:.1f} points. Balanced accuracy in percent, and the reported epoch:"
    )
    return "\n".join([said, "", *_table(runs)])


def _table(runs: list[tuple[Record, Record]]) -> Iterator[str]:
    yield HEAD
    for pair in runs:
        cells = [f"{_points(record):.1f}, epoch {_epoch(record)}" for record in pair]
        yield f"| {pair[0].dataset} | {pair[0].seed} | {' | '.join(cells)} |"


def _points(record: Record) -> float:
    return round(100 * float(record.result["metrics"][METRIC]), 1)


def _epoch(record: Record) -> int:
    return int(record.result["facts"]["reported_epoch"])


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    text = filled(page.read_text(encoding="utf-8"), "processor", lambda _: processor_part())
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
