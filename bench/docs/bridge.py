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
from bench.bridge.recorded import recorded
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
    """The steps, and their effects on the columns this folder has records of: a part for each
    budget and kind of data, and for datasets that have the same columns."""
    with tempfile.TemporaryDirectory() as nothing:
        steps = Store(Path(nothing), shipped)
        asked = recorded(steps.records())
        if not asked:
            page = markdown([], prepare(Selection()), titled=False).strip()
            return f"{page}\n\nNo bridge records are shipped yet."
        store = Store(Path(nothing), reference_folder(), beside=shipped)
        parts = [markdown(bridged(one, store), one, titled=False).strip() for one in asked]
    if len(parts) == 1:
        return parts[0]
    return "\n\n".join(f"**{one.title}**\n\n{part}" for one, part in zip(asked, parts, strict=True))


def main() -> None:
    """Rewrite the file named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_bridge(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
