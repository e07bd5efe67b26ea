"""Generated pages are up to date, and what the README shows works."""

import re
import tomllib
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path

import torch

from baselines.registry import find_method
from bench.docs import blocks
from bench.docs.__main__ import pages
from bench.store.frame import frame_of
from bench.store.store import shipped_store
from iunet.criteria import find_criterion
from iunet.prune.candidates import Candidates

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")


def test_the_readme_has_blocks_to_run():
    assert len(blocks.BLOCK.findall(README)) >= 2


def test_the_blocks_of_the_readme_run_and_print_what_it_shows():
    assert blocks.with_outputs(README) == README


def test_the_blocks_of_every_other_page_are_run_where_the_page_is_made():
    with_blocks = [
        path.name
        for path in sorted((ROOT / "docs").glob("*.md"))
        if blocks.BLOCK.search(path.read_text(encoding="utf-8"))
    ]

    assert with_blocks == [
        Path(name).name for name, make in pages().items() if make is blocks.with_outputs
    ]


def test_every_column_of_an_export_is_described():
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    described = re.findall(r"`(\w+\*?)`", page.partition("## Columns")[2].partition("##")[0])
    with shipped_store() as store:
        columns = frame_of(store.records()).columns

    assert [c for c in columns if not any(fnmatch(c, name) for name in described)] == []


def python_block(kind, page):
    """(name, text) of the Python block of this kind on a page."""
    return re.search(
        rf"^```python {kind} (\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL
    ).groups()


def test_the_readme_has_at_most_180_lines():
    assert len(README.splitlines()) <= 180


def test_the_method_of_the_readme_is_a_method(install):
    name, text = python_block("method", README)
    entry_point = f"[iunet_bench.methods]\nmine = my_package.{name}\n"
    install(entry_point, {"my_package/__init__.py": "", f"my_package/{name}.py": text})

    assert find_method(name).prune.ratio == 32


def test_the_method_and_the_criterion_of_extending_work_in_another_package(install):
    method, method_text = python_block("method", EXTENDING)
    criterion, criterion_text = python_block("criterion", EXTENDING)
    install(
        "[iunet_bench.methods]\nmine = my_package.methods\n"
        "[iunet_bench.criteria]\nmine = my_package.criteria\n",
        {
            "my_package/__init__.py": "",
            "my_package/methods/__init__.py": "",
            f"my_package/methods/{method}.py": method_text,
            "my_package/criteria/__init__.py": "",
            f"my_package/criteria/{criterion}.py": criterion_text,
        },
    )
    weights = {"layer": torch.tensor([[-3.0, 1.0]])}

    pruned_by = find_method(method).prune.criterion
    scores = find_criterion(pruned_by)(Candidates(weights, weights, []))

    assert scores["layer"].tolist() == [[-3.0, -1.0]]


def heads(page):
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_of_every_page_lead_to_files_and_headings(root):
    pages = [root / "README.md", root / "REPRODUCIBILITY.md", *(root / "docs").glob("*.md")]
    links = [
        (page, *link.partition("#")[::2])
        for page in pages
        for link in re.findall(r"\]\(([^):\s]+)\)", page.read_text(encoding="utf-8"))
    ]
    wrong = [
        f"{page.name}: {target}#{anchor}"
        for page, target, anchor in links
        if not (there := page.parent / target if target else page).exists()
        or (anchor and anchor not in heads(there))
    ]

    assert len(links) > 30
    assert wrong == []


def test_one_version_is_named_everywhere(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")

    assert version("iunet-bench") == project["version"]
    assert f"\nversion: {project['version']}\n" in citation
    assert f"\n## {project['version']}" in changelog


def test_pre_commit_runs_the_locked_version_of_ruff(root):
    hooks = (root / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    locked = re.search(r"^ruff==(\S+)", lock, flags=re.MULTILINE)

    assert f"rev: v{locked[1]}\n" in hooks


def test_the_lock_has_a_hash_for_everything_and_no_address(root):
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock)
    pinned = [entry for entry in entries if re.match(r"[a-z0-9]", entry)]

    assert len(pinned) > 50
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []
    assert "://" not in lock
