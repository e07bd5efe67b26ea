"""The bridge page: every step between the shipped protocols, and its effects as far as records of
it are shipped.

`python -m bench.docs.bridge docs/bridge.md` brings the page up to date between its markers.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.bridge.asked import Selection, prepare
from bench.bridge.effects import bridged
from bench.bridge.page import markdown
from bench.docs.markers import filled
from bench.folders import bridge_folder, reference_folder
from bench.store.store import Store


def with_bridge(text: str) -> str:
    """The page's text with what is between its markers made anew.

    Raises:
        BenchError: the markers are missing.
    """
    return filled(text, "bridge", lambda _: bridge_page(bridge_folder()))


def bridge_page(shipped: Path | None) -> str:
    """The steps, and their effects on the datasets this folder has records of."""
    datasets = tuple(sorted(path.stem for path in shipped.glob("*.jsonl"))) if shipped else ()
    asked = prepare(Selection(datasets=datasets))
    if not datasets:
        return f"{markdown([], asked, titled=False).strip()}\n\nNo bridge records are shipped yet."
    with tempfile.TemporaryDirectory() as nothing:
        store = Store(Path(nothing), reference_folder(), beside=shipped)
        return markdown(bridged(asked, store), asked, titled=False).strip()


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_bridge(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
