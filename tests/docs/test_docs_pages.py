"""Every generated page, and every generated part of a page, is up to date."""

import pytest

from bench.docs.__main__ import main, pages
from bench.errors import BenchError


@pytest.mark.parametrize("name", pages())
def test_a_generated_page_is_up_to_date(name, root, monkeypatch):
    monkeypatch.chdir(root)
    page = (root / name).read_text(encoding="utf-8")

    assert pages()[name](page) == page, f"run: python -m bench.docs {name}"


def test_a_page_is_written_where_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()

    main(["docs/settings.md"])

    text = (tmp_path / "docs" / "settings.md").read_text(encoding="utf-8")
    assert text.startswith("# Settings\n") and "| `cut.ratio` |" in text


def test_a_page_that_is_not_generated_is_refused_with_the_known_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BenchError, match="docs/none.md is not a generated page; known: README.md"):
        main(["docs/none.md"])
