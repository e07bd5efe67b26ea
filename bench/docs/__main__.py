"""`python -m bench.docs [PAGE]...` brings generated pages, or parts of pages, up to date.

It runs in the clone. Where no page is named it makes all of them anew, from the shipped records and
what is declared; none of the user's own records is seen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.declared.settings import counts_sentence, shipped_settings
from bench.docs.blocks import with_outputs
from bench.docs.bridge import with_bridge
from bench.docs.differences import with_differences
from bench.docs.gate import with_power
from bench.docs.markers import with_tables
from bench.docs.reproducibility import reproducibility_page
from bench.errors import BenchError
from bench.render.files import write_file
from bench.render.outline import as_markdown
from bench.render.sheet import markdown_templates
from bench.store.store import Store, shipped_store
from bench.verdict.outline import outline
from bench.verdict.verdict import verdict
from iunet.declare.protocol import shipped_protocols

VERDICT_NOTE = """\
Written by `python -m bench.docs docs/verdict.md` from the shipped records; `bench verdict`
says the same of all records at hand. The questions are declared in `tables/verdict.toml`.
"""


def pages() -> Mapping[str, Callable[[str], str]]:
    """What makes each page anew, from its text, by the path of the page in the clone."""
    return {
        "README.md": with_tables,
        "REPRODUCIBILITY.md": lambda _: _of_shipped(reproducibility_page),
        "docs/bridge.md": with_bridge,
        "docs/differences.md": partial(with_differences, Path("docs/differences.toml")),
        "docs/export.md": with_outputs,
        "docs/gate.md": with_power,
        "docs/pictures.md": with_tables,
        "docs/reliability.md": with_tables,
        "docs/settings.md": lambda _: settings_page(),
        "docs/tables.md": with_tables,
        "docs/usage.md": with_outputs,
        "docs/verdict.md": lambda _: _of_shipped(verdict_page),
    }


def settings_page() -> str:
    """Every setting of the shipped protocols, its values, their sources and what it means."""
    template = markdown_templates().get_template("settings.md.j2")
    protocols = shipped_protocols().values()
    return template.render(
        protocols=protocols, settings=shipped_settings(), counts=counts_sentence()
    )


def verdict_page(store: Store) -> str:
    """The overall answer of these records."""
    heading, rest = as_markdown(outline(verdict(store))).split("\n", 1)
    return f"{heading}\n\n{VERDICT_NOTE}{rest}"


def main(words: Sequence[str]) -> None:
    """Bring these pages up to date, or all of them.

    Raises:
        BenchError: a page that is not generated, or that cannot be.
    """
    known = pages()
    for name in words or known:
        if name not in known:
            raise BenchError(f"{name} is not a generated page; known: {', '.join(known)}")
        page = Path(name)
        before = page.read_text(encoding="utf-8") if page.is_file() else ""
        write_file(page, known[name](before))


def _of_shipped(page: Callable[[Store], str]) -> str:
    with shipped_store() as store:
        return page(store)


if __name__ == "__main__":
    main(sys.argv[1:])
