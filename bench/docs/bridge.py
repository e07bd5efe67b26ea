"""The bridge page: every step between the shipped protocols, where its values come from, and its
effects as far as records of it are shipped."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.bridge.effects import EffectTable, Line, StepEffect, effect_tables
from bench.bridge.page import markdown
from bench.bridge.plan import BridgePlan, plan_bridge, recorded_bridges
from bench.declared.settings import counts_sentence, shipped_settings
from bench.declared.steps import read_steps
from bench.docs.markers import table_lines, with_markers_filled
from bench.folders import bridge_folder, reference_folder
from bench.plan.query import Query
from bench.store.store import Store

METRIC = "balanced_accuracy"
"""What effects are summed up in."""

Bridge = tuple[BridgePlan, list[EffectTable]]
"""What was planned, and its effects in both directions under every metric."""


def with_bridge(text: str) -> str:
    """The page's text with what is between its markers made anew.

    Raises:
        BenchError: a marker is missing.
    """
    bridges = shipped_bridges(bridge_folder())
    text = with_markers_filled(text, "counts", lambda _: counts_sentence())
    text = with_markers_filled(text, "sources", lambda _: sources_table())
    text = with_markers_filled(text, "summary", lambda steps: _summary(bridges, steps))
    return with_markers_filled(text, "bridge", lambda _: bridge_page(bridges))


def sources_table() -> str:
    """How many settings of each step are contradictions, how many are silences, and so whether
    the text or our reading of it conflicts with the code."""
    declared = read_steps()
    kinds = {one.name: one.difference for one in shipped_settings()}
    conflicts = [name for name, kind in kinds.items() if kind in ("contradiction", "silence")]
    rows = []
    for step, names in declared.sorted(conflicts).items():
        found = [kinds[name] for name in names]
        against, ours = found.count("contradiction"), found.count("silence")
        text, own = "the text or the replies", "our reading"
        reading = f"{text}; {own}" if against and ours else text if against else own
        rows.append((step.key, step.title, reading, str(against), str(ours)))
    conflict = "which source conflicts with the code"
    header = ("step", "what changes", conflict, "contradictions", "silences")
    return table_lines(header, "| --- | --- | --- | ---: | ---: |", rows)


def shipped_bridges(folder: Path | None) -> list[Bridge]:
    """What a folder of records shows: a bridge for each budget and kind of data, and for datasets
    that have the same columns."""
    with tempfile.TemporaryDirectory() as nothing:
        steps = Store(Path(nothing), folder)
        store = Store(Path(nothing), reference_folder(), beside=folder)
        return [(plan, effect_tables(plan, store)) for plan in recorded_bridges(steps.records())]


def bridge_page(bridges: Sequence[Bridge]) -> str:
    """The steps, and their effects on the columns of each bridge."""
    if not bridges:
        page = markdown([], plan_bridge(Query()), titled=False).strip()
        return f"{page}\n\nNo bridge records are shipped yet."
    return "\n\n".join(
        (f"**{plan.title}**\n\n" if len(bridges) > 1 else "")
        + markdown(tables, plan, titled=False).strip()
        for plan, tables in bridges
    )


def _summary(bridges: Sequence[Bridge], steps: Sequence[str]) -> str:
    """These steps beside all steps together, in both directions: a table for each bridge."""
    return "\n\n".join(
        f"**{plan.title}**\n\n{_summary_table(tables, steps)}" for plan, tables in bridges
    )


def _summary_table(tables: Sequence[EffectTable], steps: Sequence[str]) -> str:
    """A row for each column, or for each mean over the datasets where there are some."""
    header, effects = [""], []
    for table in tables:
        for line in _chosen(table, steps) if table.metric == METRIC else ():
            name = "all steps" if line.what == "all" else line.key
            header.append(f"from {table.direction.base.key}: {name}")
            effects.append(line.means or line.effects)
    rows = [(column.title, *(_shown(own[column]) for own in effects)) for column in effects[0]]
    return table_lines(header, "| --- |" + " ---: |" * len(effects), rows)


def _chosen(table: EffectTable, steps: Sequence[str]) -> Iterator[Line]:
    """All steps together, then the named ones as far as they were taken."""
    by_key = {line.key: line for line in table.lines}
    yield from (line for line in table.lines if line.what == "all")
    yield from (by_key[key] for key in steps if key in by_key)


def _shown(effect: StepEffect) -> str:
    if effect.estimate is None or effect.same:
        return "=" if effect.same else "–"
    value, half = effect.estimate.value, effect.estimate.half
    return f"{value:+.1f}" + ("" if half is None else f" ± {half:.1f}")
