"""The bridge page: every step between the shipped protocols, where its values come from, and its
effects as far as records of it are shipped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.bridge.effects import Effect, EffectTable, Line, effect_tables
from bench.bridge.page import markdown
from bench.bridge.plan import BridgePlan, plan_bridge, recorded
from bench.declared.settings import counts_sentence, shipped_settings
from bench.declared.steps import read_steps
from bench.docs.markers import filled
from bench.folders import bridge_folder, reference_folder
from bench.plan.query import Query
from bench.store.store import Store

METRIC = "balanced_accuracy"
"""What effects are summed up in."""

Part = tuple[BridgePlan, list[EffectTable]]
"""What was asked for, and its effects both ways under every metric."""


def with_bridge(text: str) -> str:
    """The page's text with what is between its markers made anew.

    Raises:
        BenchError: a marker is missing.
    """
    parts = bridge_parts(bridge_folder())
    text = filled(text, "counts", lambda _: counts_sentence())
    text = filled(text, "sources", lambda _: sources_table())
    text = filled(text, "summary", lambda steps: summary(parts, steps))
    return filled(text, "bridge", lambda _: bridge_page(parts))


def sources_table() -> str:
    """How many settings of each step are contradictions, how many are silences, and so whether
    the text or our reading of it conflicts with the code."""
    declared = read_steps()
    by_step = {
        kind: declared.sorted(one.name for one in shipped_settings() if one.difference == kind)
        for kind in ("contradiction", "silence")
    }
    rows = []
    for step in declared.step:
        against, ours = (len(names.get(step, ())) for names in by_step.values())
        reading = "both" if against and ours else "the text" if against else "our reading"
        if against or ours:
            rows.append((step.key, step.title, reading, str(against), str(ours)))
    conflicts = "which source conflicts with the code"
    header = ("step", "what changes", conflicts, "contradictions", "silences")
    return _table(header, rows, words=3)


def summary(parts: Sequence[Part], steps: Sequence[str]) -> str:
    """These steps beside all steps together, both ways: a table for each part that has them."""
    return "\n\n".join(f"**{asked.title}**\n\n{_summed(found, steps)}" for asked, found in parts)


def _summed(found: Sequence[EffectTable], steps: Sequence[str]) -> str:
    """A row for each column, or for each mean over the datasets where there are some."""
    ways = [one for one in found if one.metric == METRIC]
    lines = [[*_chosen(one.lines, steps)] for one in ways]
    header = [
        "",
        *(_heading(one, line) for one, own in zip(ways, lines, strict=True) for line in own),
    ]
    columns = lines[0][0].means or lines[0][0].effects
    rows = [
        (
            column.title,
            *(_shown((line.means or line.effects)[column]) for own in lines for line in own),
        )
        for column in columns
    ]
    return _table(header, rows)


def _chosen(lines: Iterable[Line], steps: Sequence[str]) -> Iterator[Line]:
    """All steps together, then the named ones as far as they were taken."""
    by_key = {line.key: line for line in lines}
    yield from (line for line in by_key.values() if line.what == "all")
    yield from (by_key[key] for key in steps if key in by_key)


def _heading(one: EffectTable, line: Line) -> str:
    return (
        f"from {one.direction.base.protocol.key}: {'all steps' if line.what == 'all' else line.key}"
    )


def _shown(effect: Effect) -> str:
    if effect.estimate is None or effect.same:
        return "=" if effect.same else "–"
    value, half = effect.estimate.value, effect.estimate.half
    return f"{value:+.1f}" + ("" if half is None else f" ± {half:.1f}")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """Markdown; all but the first columns are numbers."""
    rule = ["---"] * words + ["---:"] * (len(header) - words)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def bridge_parts(folder: Path | None) -> list[Part]:
    """What a folder of records shows: a part for each budget and kind of data, and for datasets
    that have the same columns."""
    with tempfile.TemporaryDirectory() as nothing:
        steps = Store(Path(nothing), folder)
        store = Store(Path(nothing), reference_folder(), beside=folder)
        return [(one, effect_tables(one, store)) for one in recorded(steps.records())]


def bridge_page(parts: Sequence[Part]) -> str:
    """The steps, and their effects on the columns of each part."""
    if not parts:
        page = markdown([], plan_bridge(Query()), titled=False).strip()
        return f"{page}\n\nNo bridge records are shipped yet."
    texts = [markdown(found, asked, titled=False).strip() for asked, found in parts]
    if len(parts) == 1:
        return texts[0]
    titles = [asked.title for asked, _ in parts]
    return "\n\n".join(f"**{title}**\n\n{text}" for title, text in zip(titles, texts, strict=True))
