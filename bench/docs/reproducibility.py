"""The reproducibility page: a checklist filled from the shipped records and what declares them.

`python -m bench.docs.reproducibility REPRODUCIBILITY.md` writes it; its prose is the template
`tables/_templates/reproducibility.md.j2`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.check.check import read_lock
from bench.datasets.catalogue import CATALOGUE, VISION, find_entry
from bench.docs.checked import (
    checked_claims,
    compared,
    left,
    planned,
)
from bench.docs.recorded import (
    Family,
    commits_of,
    data_of,
    families_of,
    hours_of,
    made_in,
    no_version,
    spent_by_column,
)
from bench.docs.settings import settings_of
from bench.docs.shipped import shipped_store
from bench.errors import BenchError
from bench.judge.interval import LEVEL
from bench.judge.tally import tally_sentences
from bench.judge.verdict import RULE
from bench.plan.budget import find_budget
from bench.render.sheet import markdown_templates
from bench.store.records import Record
from bench.store.store import Store
from iunet.declare.protocol import shipped_protocols

TEMPLATE = "reproducibility.md.j2"
SPLIT = ("split.", "preprocessing.", "vision.split.", "vision.normalise")
SEARCHED = ("shrink.l1", "select", "vision.grid.", "vision.shrink.l1", "vision.select")
"""How the names of settings begin that split and encode data, and that are searched."""


def reproducibility_page(store: Store) -> str:
    """The page as Markdown.

    Raises:
        BenchError: the store has no records.
    """
    records = list(store.records())
    if not records:
        raise BenchError("no records are shipped, so there is nothing to say of them")
    templates = markdown_templates()
    templates.filters |= {
        "code": lambda text: f"`{text}`",
        "decimals": lambda value, digits: f"{value:,.{digits}f}",
        "number": lambda value: f"{value:g}",
        "beside": lambda one, other: zip(one, other, strict=True),
    }
    families = families_of(records)
    facts = _of_protocols() | _of_records(records, families) | _of_results(store, records, families)
    return templates.get_template(TEMPLATE).render(facts)


def _of_protocols() -> dict[str, Any]:
    """Settings and seeds as declared, the version, and the rules numbers are judged by."""
    protocols = shipped_protocols()
    settings = settings_of(tuple(protocols.values()))
    return {
        "protocols": list(protocols),
        "seeds": [(key, one.seeds) for key, one in protocols.items()],
        "split": [one for one in settings if one.name.startswith(SPLIT)],
        "searched": [one for one in settings if one.name.startswith(SEARCHED)],
        "version": version("iunet-bench"),
        "locked": len(read_lock()),
        "rule": RULE,
        "level": f"{100 * LEVEL:g} %",
    }


def _of_records(records: Sequence[Record], families: Sequence[Family]) -> dict[str, Any]:
    """What was run, on what data, where and at what cost."""
    return {
        "count": len(records),
        "families": families,
        "budgets": [
            (key, find_budget(key).title) for key in dict.fromkeys(f.budget for f in families)
        ],
        "data": data_of(records),
        "known": sum(find_entry(key).source != "embedded" for key in (*CATALOGUE, *VISION)),
        "commits": commits_of(records),
        "environments": made_in(records),
        "clean": sum(one.provenance.get("dirty") is False for one in records),
        "processors": _counted(filter(None, (one.provenance.get("processor") for one in records))),
        "no_processor": sum(not one.provenance.get("processor") for one in records),
        "no_version": no_version(records),
        "devices": _counted(one.provenance.get("device") for one in records),
        "on_gpu": sum(str(one.provenance.get("device")).startswith("cuda") for one in records),
        "spent": spent_by_column(records),
        "hours": f"{hours_of(records):.1f}",
        "energy": sum(any("energy" in name for name in one.cost) for one in records),
    }


def _of_results(
    store: Store, records: Sequence[Record], families: Sequence[Family]
) -> dict[str, Any]:
    """What the records come to, and what is not among them."""
    sources, claims = checked_claims(store, families)
    threads = Counter(int(one.provenance.get("threads", 1)) for one in records)
    ((usual, _),) = threads.most_common(1)
    cells, totals = compared(store)
    return {
        "sources": sources,
        "claims": claims,
        "compared": [*cells, *totals],
        "totals": [(one, tally_sentences(one.tally)) for one in totals],
        "planned": planned(store),
        "left": left(store, usual),
        "threads": usual,
    }


def _counted(values: Iterable[Any]) -> str:
    """`cpu x86_64 (840 records)`, most frequent first; what is not recorded is unknown."""
    count = Counter("unknown" if value is None else str(value) for value in values)
    return ", ".join(f"{value} ({number} records)" for value, number in count.most_common())


def main() -> None:
    """Write the file named on the command line."""
    with shipped_store() as store:
        page = reproducibility_page(store)
    Path(sys.argv[1]).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
