"""What another processor, and one setting, do to the same runs: a part of the known differences.

`python -m bench.docs.processor docs/differences.md` brings the page up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.docs.markers import filled
from bench.docs.shipped import shipped_store
from bench.errors import BenchError
from bench.folders import reference_folder
from bench.store.records import Record
from bench.store.reference import read_reference

FOLDER = "other-processor"
METRIC = "balanced_accuracy"
HEAD = """\
| dataset | seed | shipped | again, other processor | again there, views end with the encoder |
| --- | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True)
class Again:
    """One shipped run, made again on another processor with its settings and with one changed."""

    shipped: Record
    same: Record
    changed: Record


def made_again() -> list[Again]:
    """Every run that there is in all three forms, by dataset and seed.

    Raises:
        BenchError: a record has no counterpart.
    """
    reference = reference_folder()
    if reference is None:
        raise BenchError("no records are shipped, so there is nothing to compare with")
    folder = reference.parent / FOLDER
    others = [shipped.record() for shipped in read_reference(folder).values()]
    with shipped_store() as store:
        pairs = [(store.get(other.run_id), other) for other in others]
    changed = {(one.dataset, one.seed): one for known, one in pairs if known is None}
    found = []
    for known, same in pairs:
        if known is not None:
            place = same.dataset, same.seed
            if place not in changed:
                raise BenchError(f"{folder}: {place} has no run with the changed setting")
            found.append(Again(known, same, changed[place]))
    return sorted(found, key=lambda one: (one.same.dataset, one.same.seed))


def processor_part() -> str:
    """What moves, in one sentence each, and the table behind it."""
    runs = made_again()
    by_processor = [_points(one.same) - _points(one.shipped) for one in runs]
    by_setting = [_points(one.changed) - _points(one.same) for one in runs]
    epochs = sum(_epoch(one.same) != _epoch(one.shipped) for one in runs)
    said = (
        f"With equal settings, seeds and library versions, another processor reports another epoch "
        f"in {epochs} of {len(runs)} runs and moves their balanced accuracy by up to "
        f"{max(map(abs, by_processor)):.1f} points. Ending the passes of anchor and view with the "
        f"encoder moves it, on that processor, by up to {max(map(abs, by_setting)):.1f} points, "
        f"and by nothing in {sum(not change for change in by_setting)} of {len(runs)} runs; so "
        f"few runs do not say what the setting does on average."
    )
    below = "Balanced accuracy in percent, and the reported epoch:"
    return "\n".join([said, "", below, "", *_table(runs)])


def _table(runs: list[Again]) -> Iterator[str]:
    yield HEAD
    for one in runs:
        cells = [
            f"{_points(r):.1f}, epoch {_epoch(r)}" for r in (one.shipped, one.same, one.changed)
        ]
        yield f"| {one.same.dataset} | {one.same.seed} | {' | '.join(cells)} |"


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
