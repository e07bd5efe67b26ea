"""Effects as tables of text: a row a step, a column a dataset and method."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.bridge.asked import Asked
from bench.bridge.caption import SAME, caption_of
from bench.bridge.effects import Bridged
from bench.bridge.fields import SEEDS, Pair, value_text
from bench.bridge.lines import Effect, Line
from bench.bridge.way import Stop
from bench.declared.steps import VISION
from bench.judge.cell import Refusal
from bench.judge.effects import FEWEST, apart
from bench.judge.metrics import short_title
from bench.render.sheet import EFFECT, Block, Note, Notes, Sheet, SheetCell, SheetRow

STEP, COLUMN = "step", "column"
TOTALS = ("all", "sum", "rest")


def sheets_of(found: Sequence[Bridged], asked: Asked) -> list[Sheet]:
    """A sheet for each way and metric, the metric that is shown first first."""
    return [_sheet(one, asked) for one in found]


def steps_of(asked: Asked) -> list[tuple[Stop, str]]:
    """Every step of either way once, with the settings it changes, as text."""
    found: dict[str, tuple[Stop, str]] = {}
    for leg in asked.legs:
        for stop, _ in leg.stops:
            found.setdefault(stop.key, (stop, _changes(stop, asked)))
    return list(found.values())


def idle_sentences(asked: Asked) -> list[str]:
    """Which steps are not taken, and why; which are taken together, and why."""
    moving = {stop.key for leg in asked.legs for stop, _ in leg.stops}
    idle = {stop.key: stop for leg in asked.legs for stop in leg.idle}
    still = [key for key, stop in idle.items() if stop.scored and key not in moving]
    unscored = [key for key, stop in idle.items() if not stop.scored]
    kinds = [
        ("Not shown, since they change no run of these columns", still),
        ("Not run, since no score depends on them", unscored),
    ]
    for leg in asked.legs:
        here = [stop.key for stop in leg.idle if stop.key in moving]
        kinds.append((f"From {leg.base.protocol.key} these change no run", here))
    merged = [(leg, stop) for leg in asked.legs for stop, _ in leg.stops if stop.note]
    return [
        *(f"{why}: {', '.join(keys)}." for why, keys in kinds if keys),
        *(f"{stop.key}, from {leg.base.protocol.key}: {stop.note}." for leg, stop in merged),
    ]


def _changes(stop: Stop, asked: Asked) -> str:
    """`cut.restart initial → first-epoch`, of the half that is asked for."""
    vision = asked.kind == "pictures"
    own = {name: pair for name, pair in stop.changes.items() if _fits(name, vision=vision)}
    return ", ".join(f"{name} {_pair(pair)}" for name, pair in own.items())


def _fits(name: str, *, vision: bool) -> bool:
    return name == SEEDS or name.startswith(VISION) == vision


def _pair(pair: Pair) -> str:
    return " → ".join(value_text(value) for value in pair)


def _sheet(one: Bridged, asked: Asked) -> Sheet:
    start, end = one.leg.base.protocol, one.leg.towards
    notes = Notes()
    lines = [(line, _line(line, asked, notes)) for line in one.lines]
    long = len(one.lines) >= len(asked.columns)
    block = _steps_down(lines, asked) if long else _columns_down(lines, asked)
    return Sheet(
        name=f"{start.key}-{end.key}-{one.metric.replace('_', '-')}",
        title=f"From {start.key} towards {end.key}: {short_title(one.metric)}",
        caption=tuple(caption_of(one, asked)),
        blocks=(block,),
        notes=(*notes.found, *(Note(said, brief=True) for said in (*_ranked(one), *_remarks(one)))),
        compared=False,
        every_row=True,
    )


def _steps_down(lines: Sequence[tuple[Line, SheetRow]], asked: Asked) -> Block:
    """A row for each step."""
    return Block(
        header=_columns(lines, asked),
        lines=tuple(shown for line, shown in lines if line.what not in TOTALS),
        totals=tuple(shown for line, shown in lines if line.what in TOTALS),
        corner=STEP,
        across=COLUMN,
    )


def _columns_down(lines: Sequence[tuple[Line, SheetRow]], asked: Asked) -> Block:
    """A row for each dataset and method: for more of them than steps."""
    cells = zip(*(shown.cells for _, shown in lines), strict=True)
    titles = _columns(lines, asked)
    rows = [SheetRow(title, found) for title, found in zip(titles, cells, strict=True)]
    count = len(asked.columns)
    header = tuple(shown.title for _, shown in lines)
    return Block(header, tuple(rows[:count]), tuple(rows[count:]), COLUMN, STEP)


def _columns(lines: Sequence[tuple[Line, SheetRow]], asked: Asked) -> tuple[str, ...]:
    """Titles of the columns, those of the means last."""
    means = lines[0][0].means
    return tuple(column.title for column in (*asked.columns, *means))


def _line(line: Line, asked: Asked, notes: Notes) -> SheetRow:
    """Its effects, and their means over the datasets."""
    cells = []
    for column in asked.columns:
        effect = line.effects[column]
        labels: tuple[str, ...] = ()
        if effect.refusal is not None and line.what not in ("sum", "rest"):
            labels = (_label(effect.refusal, column.title, notes),)
        cells.append(_shown(effect, labels, signed=line.what != "base"))
    cells += [_shown(effect, (), signed=line.what != "base") for effect in line.means.values()]
    return SheetRow(line.key, tuple(cells))


def _label(refusal: Refusal, column: str, notes: Notes) -> str:
    """One note for all that is not made yet; one for each column that something stands in the way
    of."""
    if refusal.missing and not refusal.obstacle:
        return notes.label("Runs are missing.", refusal.command)
    return notes.label(f"{column}: {refusal.reason}.", refusal.command)


def _shown(effect: Effect, labels: tuple[str, ...], *, signed: bool) -> SheetCell:
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
        chances = [_chance(line, column.method_key) for column in line.means]
        known = [chance for chance in chances if chance]
        if line.what in ("step", "own", "all") and known:
            said.append(f"{line.key}: {', '.join(known)}")
    if not said:
        return []
    what = "Datasets up and down, and two-sided p of the signed-rank test, each taken alone"
    return [f"{what}. {'; '.join(said)}."]


def _chance(line: Line, method: str) -> str:
    """`omp 6 up and 2 down (p 0.04)`; empty where a number is missing or datasets are few."""
    effects = [one for column, one in line.effects.items() if column.method_key == method]
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
