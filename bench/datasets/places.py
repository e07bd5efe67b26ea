"""Where datasets are looked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """Where datasets are looked for, in this order.

    Args:
        store: our own folder; made on the first write.
        folder: data someone brought (BENCH_DATA), holding `tabular/manifest.json`; never written.
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
            store=_cache_folder() / "data",
            folder=Path(folder).expanduser() if folder else None,
            offline=os.environ.get("BENCH_OFFLINE", "") not in ("", "0"),
        )


def _cache_folder() -> Path:
    named = os.environ.get("BENCH_CACHE_DIR")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("iunet-bench", appauthor=False)
