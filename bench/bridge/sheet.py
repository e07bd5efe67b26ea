"""Effects as tables of text: a row a step, a column a dataset and method."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from bench.bridge.changes import Change
from bench.bridge.effects import DERIVED, EffectTable, Line, StepEffect
from bench.bridge.plan import BridgePlan
from bench.declared.settings import SEEDS, value_text
from bench.declared.steps import VISION
from bench.declared.tables import short_title
from bench.judge.cell import EmptyCell, machines, sources
from bench.judge.effects import FEWEST, p_two_sided
from bench.judge.interval import ALPHA, LEVEL
from bench.plan.plan import kind_of
from bench.render.sheet import EFFECT, Block, Note, Notes, Sheet, SheetCell, SheetRow
from bench.render.text import counted

STEP, COLUMN = "step", "column"
TOTALS = ("all", *DERIVED)
SAME_SIGN = "="
"""Instead of an effect of a step that has the base's runs."""


def steps_of(plan: BridgePlan) -> list[tuple[Change, str]]:
    """Every step of either direction once, with the settings it changes, as text."""
    found: dict[str, tuple[Change, str]] = {}
    for direction in plan.directions:
        for change in direction.changes:
            found.setdefault(change.key, (change, _settings(change, plan)))
    return list(found.values())


def _settings(change: Change, plan: BridgePlan) -> str:
    """`cut.restart initial → first-epoch`, of the half that the datasets are of."""
    vision = kind_of(plan.datasets[0]) == "pictures"
    return ", ".join(
        f"{name} {' → '.join(map(value_text, pair))}"
        for name, pair in change.settings.items()
        if name == SEEDS or name.startswith(VISION) == vision
    )


def idle_sentences(plan: BridgePlan) -> list[str]:
    """Which steps are not taken, and why; which are taken together, and why."""
    taken = [(each.base.key, step) for each in plan.directions for step in each.changes]
    moving = {change.key for _, change in taken}
    still = "Not shown, since they change no run of these columns"
    unscored = "Not run, since no score depends on them"
    idle: dict[str, dict[str, None]] = {still: {}, unscored: {}}
    for each in plan.directions:
        for change in each.idle:
            reason = still if change.scored else unscored
            if change.key in moving:
                reason = f"From {each.base.key} these change no run"
            idle.setdefault(reason, {})[change.key] = None
    return [
        *(f"{reason}: {', '.join(keys)}." for reason, keys in idle.items() if keys),
        *(f"{change.key}, from {base}: {change.note}." for base, change in taken if change.note),
    ]


def sheet_of(table: EffectTable) -> Sheet:
    """One direction under one metric."""
    start, end = table.direction.base.key, table.direction.other.key
    notes = Notes()
    block = _block(table, notes)
    remarks = [Note(text, brief=True) for text in (*_ranked(table), *_remarks(table))]
    return Sheet(
        name=f"{start}-{end}-{table.metric.replace('_', '-')}",
        title=f"From {start} towards {end}: {short_title(table.metric)}",
        caption=tuple(_caption(table)),
        blocks=(block,),
        notes=(*notes.found, *remarks),
        compared=False,
        every_row=True,
    )


def _block(table: EffectTable, notes: Notes) -> Block:
    """A row for each step; a row for each dataset and method where those are more than steps."""
    rows = [(line, _row(line, notes)) for line in table.lines]
    columns, count = list(table.lines[0].cells), len(table.lines[0].effects)
    titles = tuple(column.title for column in columns)
    if len(rows) >= count:
        steps = tuple(row for line, row in rows if line.what not in TOTALS)
        totals = tuple(row for line, row in rows if line.what in TOTALS)
        return Block(titles, steps, totals, corner=STEP, across=COLUMN)
    cells = zip(*(row.cells for _, row in rows), strict=True)
    turned = tuple(SheetRow(title, own) for title, own in zip(titles, cells, strict=True))
    header = tuple(row.title for _, row in rows)
    return Block(header, turned[:count], turned[count:], corner=COLUMN, across=STEP)


def _row(line: Line, notes: Notes) -> SheetRow:
    """Its effects, and their means over the datasets."""
    cells = []
    for column, effect in line.cells.items():
        labels: tuple[str, ...] = ()
        if effect.refusal and column in line.effects and line.what not in DERIVED:
            labels = (_label(effect.refusal, column.title, notes),)
        cells.append(_cell(effect, labels, signed=line.what != "base"))
    return SheetRow(line.key, tuple(cells))


def _label(refusal: EmptyCell, column: str, notes: Notes) -> str:
    """One note for all that is not made yet; one for each column that something else keeps
    empty."""
    if refusal.missing and not refusal.obstacle:
        return notes.label("Runs are missing.", refusal.command)
    return notes.label(f"{column}: {refusal.reason}.", refusal.command)


def _cell(effect: StepEffect, labels: tuple[str, ...], *, signed: bool) -> SheetCell:
    if effect.estimate is None:
        return SheetCell(notes=labels)
    if effect.same:
        return SheetCell(own=SAME_SIGN)
    half = effect.estimate.half
    value = round(effect.estimate.value, 2) + 0.0  # no effect is written -0.00
    return SheetCell(
        own=f"{value:+.2f}" if signed else f"{value:.2f}",
        own_spread="" if half is None else f"{half:.2f}",
        mark=EFFECT if effect.differs else "",
        best=effect.differs,
    )


def _caption(table: EffectTable) -> list[str]:
    """The conditions of a table, what its numbers are, and how many of them chance would show."""
    base = table.direction.base.key
    phrases = [
        f"budget {table.budget.key} ({table.budget.title})",
        f"points; {base}: its mean; every step: its mean minus that, {SAME_SIGN} where it has the "
        "same runs",
        f"± half of a {LEVEL:.0%} t interval over the seeds, none where the runs show no spread",
    ]
    if table.lines[0].means:
        phrases.append(f"means over datasets: ± is over the datasets, that of {base} has none")
    phrases += _origins(table)
    halves = sorted(estimate.half for estimate in table.intervals if estimate.half)
    if not halves:
        return phrases
    clear = sum(estimate.clear for estimate in table.intervals)
    exclude = "excludes" if clear == 1 else "exclude"
    chance = (1 - LEVEL) * len(halves)
    marked = sum(effect.differs for effect in table.tested)
    count = f"{marked} of them do" if marked > 1 else "one of them does" if marked else "none does"
    return [
        *phrases,
        f"the intervals of the steps reach {halves[0]:.1f} to {halves[-1]:.1f} points, median "
        f"{median(halves):.1f} to either side, so only effects larger than that show",
        f"{clear} of {len(halves)} intervals of single steps {exclude} 0; chance alone would make "
        f"about {chance:.1f} do so",
        f"a mark says that the t test of an effect stays below {ALPHA} after Holm's adjustment "
        f"over all {len(table.tested)} tests of this table; {count}",
    ]


def _origins(table: EffectTable) -> list[str]:
    """Number of runs, where their records are from, devices and environments."""
    effects = [effect for line in table.lines for effect in line.effects.values()]
    runs = {run.run_id: run for effect in effects for run in effect.runs}
    if not runs:
        return ["no runs"]
    return [f"{counted(len(runs), 'run')} ({sources(runs.values())})", *machines(runs.values())]


def _ranked(table: EffectTable) -> list[str]:
    """What the signed-rank test over the datasets says of the steps, and of all together."""
    tested = {}
    for line in table.lines:
        known = list(
            filter(None, (_up_and_down(line, column.method_name) for column in line.means))
        )
        if line.what in ("step", "own", "all") and known:
            tested[line.key] = ", ".join(known)
    if not tested:
        return []
    what = "Datasets up and down, and two-sided p of the signed-rank test, each taken alone"
    return [f"{what}. {'; '.join(f'{key}: {text}' for key, text in tested.items())}."]


def _up_and_down(line: Line, method: str) -> str:
    """`omp 6 up and 2 down (p 0.04)`; empty where a number is missing or datasets are few."""
    effects = [effect for column, effect in line.effects.items() if column.method_name == method]
    values = [round(effect.estimate.value, 6) for effect in effects if effect.estimate]
    if len(values) < max(len(effects), FEWEST) or not any(values):
        return ""
    up, down = sum(value > 0 for value in values), sum(value < 0 for value in values)
    return f"{method} {up} up and {down} down (p {p_two_sided(values):.2g})"


def _remarks(table: EffectTable) -> list[str]:
    """How runs are paired, and which effects something else than the step may have made."""
    unpaired = _keys(table, lambda effect: not effect.paired and not effect.shares)
    pairs = f", but not in {unpaired}, whose seeds differ (Welch)" if unpaired else ""
    marked: list[tuple[str, Callable[[StepEffect], bool]]] = [
        (
            "Shares runs with the base under other seeds, so has no interval",
            lambda effect: effect.shares,
        ),
        (
            "Not all made on one device in one environment, which may show",
            lambda effect: len({(run.device, run.environment) for run in effect.runs}) > 1,
        ),
        (
            "Has runs, own or the base's, whose loss was not finite",
            lambda effect: any(run.diverged for run in effect.runs),
        ),
    ]
    found = [(remark, _keys(table, holds)) for remark, holds in marked]
    return [
        f"Runs are paired by their seeds{pairs}. The interval covers seed variation only, not the "
        "choice of test rows: all runs of a dataset under one step share their test rows, and a "
        "step that draws others shows one other draw.",
        *(f"{remark}: {keys}." for remark, keys in found if keys),
    ]


def _keys(table: EffectTable, holds: Callable[[StepEffect], bool]) -> str:
    """The rows with an effect of which this holds; each with its columns where not all are."""
    found = []
    for line in table.lines:
        known = [column for column, effect in line.effects.items() if effect.runs]
        columns = [column.title for column in known if holds(line.effects[column])]
        if columns:
            some = f" ({', '.join(columns)})" if len(columns) < len(known) else ""
            found.append(f"{line.key}{some}")
    return ", ".join(found)
