"""Effects as tables of text: a row a step, a column a dataset and method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from bench.bridge.direction import Change
from bench.bridge.effects import Bridged, Effect, Line
from bench.bridge.plan import BridgePlan
from bench.declared.settings import SEEDS, value_text
from bench.declared.steps import VISION
from bench.declared.tables import short_title
from bench.judge.cell import EmptyCell, machines, sources
from bench.judge.effects import FEWEST, apart
from bench.judge.interval import ALPHA, LEVEL
from bench.render.sheet import EFFECT, Block, Note, Notes, Sheet, SheetCell, SheetRow
from bench.render.text import counted

STEP, COLUMN = "step", "column"
TOTALS = ("all", "sum", "rest")
SAME = "="
"""Instead of an effect of a step that has the base's runs."""


def sheets_of(found: Sequence[Bridged], plan: BridgePlan) -> list[Sheet]:
    """A sheet for each direction and metric, the metric that is shown first first."""
    return [_sheet(one, plan) for one in found]


def steps_of(plan: BridgePlan) -> list[tuple[Change, str]]:
    """Every step of either direction once, with the settings it changes, as text."""
    found: dict[str, tuple[Change, str]] = {}
    for arm in plan.arms:
        for change, _ in arm.changes:
            found.setdefault(change.key, (change, _changes(change, plan)))
    return list(found.values())


def idle_sentences(plan: BridgePlan) -> list[str]:
    """Which steps are not taken, and why; which are taken together, and why."""
    moving = {change.key for arm in plan.arms for change, _ in arm.changes}
    idle = {change.key: change for arm in plan.arms for change in arm.idle}
    still = [key for key, change in idle.items() if change.scored and key not in moving]
    unscored = [key for key, change in idle.items() if not change.scored]
    kinds = [
        ("Not shown, since they change no run of these columns", still),
        ("Not run, since no score depends on them", unscored),
    ]
    for arm in plan.arms:
        here = [change.key for change in arm.idle if change.key in moving]
        kinds.append((f"From {arm.base.protocol.key} these change no run", here))
    merged = [(arm, change) for arm in plan.arms for change, _ in arm.changes if change.note]
    return [
        *(f"{why}: {', '.join(keys)}." for why, keys in kinds if keys),
        *(f"{change.key}, from {arm.base.protocol.key}: {change.note}." for arm, change in merged),
    ]


def _changes(change: Change, plan: BridgePlan) -> str:
    """`cut.restart initial → first-epoch`, of the half that is asked for."""
    vision = plan.kind == "pictures"
    return ", ".join(
        f"{name} {' → '.join(map(value_text, pair))}"
        for name, pair in change.settings.items()
        if name == SEEDS or name.startswith(VISION) == vision
    )


def _sheet(one: Bridged, plan: BridgePlan) -> Sheet:
    start, end = one.arm.base.protocol, one.arm.other.protocol
    notes = Notes()
    lines = [(line, _row(line, plan, notes)) for line in one.lines]
    long = len(one.lines) >= len(plan.columns)
    block = _steps_down(lines, plan) if long else _columns_down(lines, plan)
    return Sheet(
        name=f"{start.key}-{end.key}-{one.metric.replace('_', '-')}",
        title=f"From {start.key} towards {end.key}: {short_title(one.metric)}",
        caption=tuple(_caption(one, plan)),
        blocks=(block,),
        notes=(*notes.found, *(Note(said, brief=True) for said in (*_ranked(one), *_remarks(one)))),
        compared=False,
        every_row=True,
    )


def _caption(one: Bridged, plan: BridgePlan) -> list[str]:
    """The conditions of a table, what its numbers are, and how many of them chance would show."""
    base = one.arm.base.protocol
    halves = sorted(estimate.half for estimate in one.intervals if estimate.half)
    phrases = [
        f"budget {plan.budget.key} ({plan.budget.title})",
        f"points; {base.key}: its mean; every step: its mean minus that, {SAME} where it has the "
        "same runs",
        f"± half of a {LEVEL:.0%} t interval over the seeds, none where the runs show no spread",
        *[f"means over datasets: ± is over the datasets, that of {base.key} has none"]
        * bool(one.lines[0].means),
        *_origins(one),
    ]
    if not halves:
        return phrases
    clear = sum(estimate.clear for estimate in one.intervals)
    exclude = "excludes" if clear == 1 else "exclude"
    chance = (1 - LEVEL) * len(halves)
    ends = f"{halves[0]:.1f} to {halves[-1]:.1f} points, median {median(halves):.1f}"
    return [
        *phrases,
        f"the intervals of the steps reach {ends} to either side, so only effects larger than "
        "that show",
        f"{clear} of {len(halves)} intervals of single steps {exclude} 0; chance alone would make "
        f"about {chance:.1f} do so",
        _marks(one),
    ]


def _marks(one: Bridged) -> str:
    """What a mark means, and how many there are."""
    marked = sum(effect.differs for effect in one.tested)
    count = f"{marked} of them do" if marked > 1 else "one of them does" if marked else "none does"
    return (
        f"a mark says that the t test of an effect stays below {ALPHA} after Holm's adjustment "
        f"over all {len(one.tested)} tests of this table; {count}"
    )


def _origins(one: Bridged) -> list[str]:
    """Number of runs, where their records are from, devices and environments."""
    runs = {run.run_id: run for line in one.lines for e in line.effects.values() for run in e.runs}
    if not runs:
        return ["no runs"]
    used = {(run.device, run.environment) for run in runs.values()}
    return [f"{counted(len(runs), 'run')} ({sources(runs.values())})", *machines(used)]


def _steps_down(lines: Sequence[tuple[Line, SheetRow]], plan: BridgePlan) -> Block:
    """A row for each step."""
    return Block(
        header=_columns(lines, plan),
        lines=tuple(shown for line, shown in lines if line.what not in TOTALS),
        totals=tuple(shown for line, shown in lines if line.what in TOTALS),
        corner=STEP,
        across=COLUMN,
    )


def _columns_down(lines: Sequence[tuple[Line, SheetRow]], plan: BridgePlan) -> Block:
    """A row for each dataset and method: for more of them than steps."""
    cells = zip(*(shown.cells for _, shown in lines), strict=True)
    titles = _columns(lines, plan)
    rows = [SheetRow(title, found) for title, found in zip(titles, cells, strict=True)]
    count = len(plan.columns)
    header = tuple(shown.title for _, shown in lines)
    return Block(header, tuple(rows[:count]), tuple(rows[count:]), COLUMN, STEP)


def _columns(lines: Sequence[tuple[Line, SheetRow]], plan: BridgePlan) -> tuple[str, ...]:
    """Titles of the columns, those of the means last."""
    means = lines[0][0].means
    return tuple(column.title for column in (*plan.columns, *means))


def _row(line: Line, plan: BridgePlan, notes: Notes) -> SheetRow:
    """Its effects, and their means over the datasets."""
    cells = []
    for column in plan.columns:
        effect = line.effects[column]
        labels: tuple[str, ...] = ()
        if effect.refusal is not None and line.what not in ("sum", "rest"):
            labels = (_label(effect.refusal, column.title, notes),)
        cells.append(_cell(effect, labels, signed=line.what != "base"))
    cells += [_cell(effect, (), signed=line.what != "base") for effect in line.means.values()]
    return SheetRow(line.key, tuple(cells))


def _label(refusal: EmptyCell, column: str, notes: Notes) -> str:
    """One note for all that is not made yet; one for each column that something stands in the way
    of."""
    if refusal.missing and not refusal.obstacle:
        return notes.label("Runs are missing.", refusal.command)
    return notes.label(f"{column}: {refusal.reason}.", refusal.command)


def _cell(effect: Effect, labels: tuple[str, ...], *, signed: bool) -> SheetCell:
    if effect.estimate is None:
        return SheetCell(notes=labels)
    if effect.same:
        return SheetCell(own=SAME)
    half = effect.estimate.half
    value = round(effect.estimate.value, 2) + 0.0  # no effect is written -0.00
    return SheetCell(
        own=f"{value:+.2f}" if signed else f"{value:.2f}",
        own_spread="" if half is None else f"{half:.2f}",
        mark=EFFECT if effect.differs else "",
        best=effect.differs,
    )


def _ranked(one: Bridged) -> list[str]:
    """What the signed-rank test over the datasets says of the steps, and of all together."""
    said = []
    for line in one.lines:
        chances = [_chance(line, column.method_name) for column in line.means]
        known = [chance for chance in chances if chance]
        if line.what in ("step", "own", "all") and known:
            said.append(f"{line.key}: {', '.join(known)}")
    if not said:
        return []
    what = "Datasets up and down, and two-sided p of the signed-rank test, each taken alone"
    return [f"{what}. {'; '.join(said)}."]


def _chance(line: Line, method: str) -> str:
    """`omp 6 up and 2 down (p 0.04)`; empty where a number is missing or datasets are few."""
    effects = [one for column, one in line.effects.items() if column.method_name == method]
    values = [round(one.estimate.value, 6) for one in effects if one.estimate is not None]
    if len(values) < len(effects) or len(values) < FEWEST or not any(values):
        return ""
    up, down = sum(value > 0 for value in values), sum(value < 0 for value in values)
    return f"{method} {up} up and {down} down (p {apart(values):.2g})"


def _remarks(one: Bridged) -> list[str]:
    """How runs are paired, and which effects something else than the step may have made."""
    apart = _keys(one, lambda effect: not effect.paired and not effect.shares)
    shared = _keys(one, lambda effect: effect.shares)
    mixed = _keys(one, lambda e: len({(run.device, run.environment) for run in e.runs}) > 1)
    broken = _keys(one, lambda effect: any(run.diverged for run in effect.runs))
    pairs = "Runs are paired by their seeds"
    if apart:
        pairs += f", but not in {apart}, whose seeds differ (Welch)"
    said = [
        f"{pairs}. The interval covers seed variation only, not the choice of test rows: all runs "
        "of a dataset under one step share their test rows, and a step that draws others shows one "
        "other draw."
    ]
    if shared:
        said.append(f"Shares runs with the base under other seeds, so has no interval: {shared}.")
    if mixed:
        said.append(f"Not all made on one device in one environment, which may show: {mixed}.")
    if broken:
        said.append(f"Has runs, own or the base's, whose loss was not finite: {broken}.")
    return said


def _keys(one: Bridged, holds: Callable[[Effect], bool]) -> str:
    """The rows with an effect of which this holds; each with its columns where not all are."""
    found = {}
    for line in one.lines:
        known = [column for column, effect in line.effects.items() if effect.runs]
        columns = [column.title for column in known if holds(line.effects[column])]
        if columns:
            whole = len(columns) == len(known)
            found[line.key] = line.key if whole else f"{line.key} ({', '.join(columns)})"
    return ", ".join(found.values())
