"""The bridge page: every step between the shipped protocols, and its effects as far as records of
it are shipped.

`python -m bench.docs.bridge docs/bridge.md` brings the page up to date between its markers.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from baselines.registry import find_method
from bench.bridge.asked import Asked, Selection, prepare
from bench.bridge.effects import bridged
from bench.bridge.page import markdown
from bench.bridge.steps import read_steps
from bench.docs.markers import filled
from bench.folders import bridge_folder, reference_folder
from bench.plan.plan import kind_of, usual_net
from bench.store.records import Record
from bench.store.store import Store


def with_bridge(text: str) -> str:
    """The page's text with what is between its markers made anew.

    Raises:
        BenchError: the markers are missing.
    """
    return filled(text, "bridge", lambda _: bridge_page(bridge_folder()))


def bridge_page(shipped: Path | None) -> str:
    """The steps, and their effects on the columns this folder has records of: a part for each
    budget and kind of data, and for datasets that have the same columns."""
    with tempfile.TemporaryDirectory() as nothing:
        steps = Store(Path(nothing), shipped)
        asked = [prepare(one) for one in selections(steps.records())]
        if not asked:
            page = markdown([], prepare(Selection()), titled=False).strip()
            return f"{page}\n\nNo bridge records are shipped yet."
        store = Store(Path(nothing), reference_folder(), beside=shipped)
        parts = [markdown(bridged(one, store), one, titled=False).strip() for one in asked]
    if len(parts) == 1:
        return parts[0]
    return "\n\n".join(
        f"**{_title(one)}**\n\n{part}" for one, part in zip(asked, parts, strict=True)
    )


def selections(records: Iterable[Record]) -> list[Selection]:
    """What to ask for to see these records, and no column that none of them is of."""
    columns: dict[tuple[str, str], set[str]] = {}
    for record in records:
        columns.setdefault((record.budget, record.dataset), set()).add(_method(record))
    parts: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (budget, dataset), methods in sorted(columns.items()):
        part = (budget, kind_of(dataset), tuple(sorted(methods, key=_place)))
        parts.setdefault(part, []).append(dataset)
    return [
        Selection(datasets=tuple(datasets), methods=methods, budget=budget)
        for (budget, _, methods), datasets in parts.items()
    ]


def _method(record: Record) -> str:
    usual = usual_net(find_method(record.method), kind_of(record.dataset))
    return record.method if record.net == usual else f"{record.net}:{record.method}"


def _place(method: str) -> tuple[int, str]:
    """As the steps list them, then the others by name."""
    usual = read_steps().methods
    return usual.index(method) if method in usual else len(usual), method


def _title(asked: Asked) -> str:
    columns = ", ".join(column.title for column in asked.columns)
    return f"Budget {asked.budget.key}: {columns}"


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_bridge(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
