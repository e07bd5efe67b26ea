"""Where datasets are looked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bench.folders import cache_folder


@dataclass(frozen=True)
class Places:
    """Where datasets are looked for, in this order.

    Args:
        store: our own folder; made on the first write.
        folder: data someone brought (BENCH_DATA), holding `tabular/manifest.json`,
            `vision/manifest.json` or both; never written.
        offline: nothing may be downloaded.
    """

    store: Path
    folder: Path | None = None
    offline: bool = False

    @classmethod
    def from_environment(cls) -> Places:
        """What BENCH_CACHE_DIR, BENCH_DATA and BENCH_OFFLINE say."""
        folder = os.environ.get("BENCH_DATA")
        return cls(
            store=cache_folder() / "data",
            folder=Path(folder).expanduser() if folder else None,
            offline=os.environ.get("BENCH_OFFLINE", "") not in ("", "0"),
        )
