"""The overall answer in words and tables; Markdown and a terminal show the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.claims.statistics import Effect
from bench.judge.ask import SHORT
from bench.judge.interval import ALPHA
from bench.judge.tally import tally_sentences
from bench.show.caption import counts_text
from bench.show.metrics import short_title
from bench.verdict.answer import Answer, Finding, MixedAnswer, PrintedAnswer
from bench.verdict.standing import POWER, TARGET
from bench.verdict.verdict import UnderProtocol, Verdict

if TYPE_CHECKING:
    from rich.console import Console

NONE = "There are no runs of {title} under the full budget yet; `bench {table}` makes them."


@dataclass(frozen=True)
class Grid:
    """A table of texts.

    Args:
        brief: which columns a terminal shows; all where it is empty.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    brief: range = range(0)


@dataclass(frozen=True)
class Part:
    """A heading, and below it sentences, tables and a list, as far as there are any."""

    heading: str
    said: str = ""
    grids: tuple[Grid, ...] = ()
    items: tuple[str, ...] = ()


def headline(found: Verdict) -> list[str]:
    """What the runs say of the paper, in a few sentences, each with its numbers."""
    if not found.protocols:
        return [NONE.format(title=found.questions.title, table=found.questions.table)]
    return [
        *(_shown(found, one) for one in found.protocols),
        *_mixed_sentence(found, found.protocols[0]),
        *(_agreement(one) for one in found.protocols if one.tally),
        *(said for one in found.protocols for said in _noise_sentence(one)),
    ]


def parts(found: Verdict) -> list[Part]:
    """The whole answer, the headline first."""
    first = Part("What the runs say", items=tuple(headline(found)))
    if not found.protocols:
        return [first]
    under = [_protocol_part(found, one) for one in found.protocols]
    return [first, Part("How to read the tables", _how_to_read(found)), *under, _printed(found)]


def markdown(found: Verdict) -> str:
    """The answer as a page."""
    first, *others = parts(found)
    blocks = [f"# {first.heading}", bullets(first.items)]
    for part in others:
        grids = [_markdown_table(grid) for grid in part.grids]
        blocks += [f"## {part.heading}", part.said, *grids, bullets(part.items)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def show(console: Console, found: Verdict) -> None:
    """The answer in a terminal."""
    from rich.table import Table

    for part in parts(found):
        console.print(part.heading, style="bold", markup=False)
        if part.said:
            console.print(part.said, markup=False)
        for grid in part.grids:
            shown = grid.brief or range(len(grid.head))
            table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
            for place in shown:
                table.add_column(grid.head[place], no_wrap=place < 2)
            for row in grid.rows:
                table.add_row(*(row[place] for place in shown))
            console.print(table)
        for item in part.items:
            console.print(f"- {item}", markup=False)
        console.print()


def _shown(found: Verdict, one: UnderProtocol) -> str:
    """Which of the others the method is shown to beat, or to lose to, by the first metric."""
    metric, title = found.questions.metrics[0], found.questions.title
    said: dict[Finding, list[str]] = {finding: [] for finding in Finding}
    for answer in one.answers[metric]:
        said[answer.finding].append(_with_effect(answer))
    shown = [
        f"{word} {' and '.join(said[finding])}"
        for word, finding in (("above", Finding.HIGHER), ("below", Finding.LOWER))
        if said[finding]
    ]
    open_ones = ", ".join(said[Finding.UNDECIDED])
    if shown:
        rest = f"; neither is shown for {open_ones}" if open_ones else ""
        result = f"the runs show {title} {' and '.join(shown)}{rest}"
    else:
        result = f"the runs show {title} neither above nor below any rival: {open_ones}"
    return (
        f"Under `{one.scores.protocol.key}` {result} (points of {short_title(metric)} over up to "
        f"{len(one.scores.datasets)} datasets, {len(one.scores.protocol.seeds)} seeds; exact "
        f"signed-rank tests, Holm's adjustment)."
    )


def _with_effect(answer: Answer) -> str:
    if answer.effect is None:
        return answer.question.title
    return f"{answer.question.title} ({_signed(answer.effect.mean)})"


def _mixed_sentence(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    """That the lead over trees comes with the metric, in numbers."""
    if not one.mixed:
        return
    rule, (first, *others) = found.questions.mixed, one.mixed
    printed = f"; print has {_signed(first.printed.mean)}" if first.printed else ""
    gains = [f"{other.title}'s by {_signed(_gain(other))}" for other in others]
    also = f", and {' and '.join(gains)}" if gains else ""
    yield (
        f"Print measures the networks by {short_title(rule.network_metric)} and trees by "
        f"{short_title(rule.other_metric)}. Measured alike under "
        f"`{one.scores.protocol.key}`, {first.title} minus "
        f"{_other_title(found)} is {_versus(first.alike)} over {first.alike.n} datasets; mixed as "
        f"in print it is {_versus(first.mixed)}{printed}. The mixture alone moves "
        f"{first.title}'s difference by {_signed(_gain(first))} points{also}."
    )


def _gain(mixed: MixedAnswer) -> float:
    return mixed.mixed.mean - mixed.alike.mean


def _other_title(found: Verdict) -> str:
    titles = {one.other: one.title for one in found.questions.question}
    return titles.get(found.questions.mixed.other, found.questions.mixed.other)


def _agreement(one: UnderProtocol) -> str:
    if one.tally is None:
        return ""
    said = " ".join(tally_sentences(one.tally))
    return f"Beside print, `{one.scores.protocol.key}`: {counts_text(one.tally)}. {said}"


def _noise_sentence(one: UnderProtocol) -> Iterator[str]:
    noise, runs = one.noise, one.degenerate
    key = one.scores.protocol.key
    if noise is not None:
        ratio = f", a variance ratio of {noise.ratio:.1f}" if noise.ratio is not None else ""
        yield (
            f"Under `{key}` a network's score deviates by {noise.seeds:.1f} points from seed to "
            f"seed and by {noise.methods:.1f} from method to method ({noise.datasets} "
            f"datasets){ratio}; {runs.one_class} of {runs.runs} network runs predict one class "
            f"for every test row, and {runs.untrained} report the untrained network."
        )


def _how_to_read(found: Verdict) -> str:
    metric = short_title(found.questions.metrics[0])
    return (
        f"Differences are {found.questions.title} minus the other method, in points, over the "
        f"datasets that have both; intervals are 95 % t intervals of the mean over datasets; p is "
        f"of the exact signed-rank test, adjusted by Holm's method over the questions of one "
        f"protocol and metric. {found.questions.title} counts as higher or lower where p is below "
        f"{ALPHA:g} in {metric}; the other metrics are shown beside it. Without a dataset, and "
        f"without a seed: the lowest and highest mean difference when any one is left out. "
        f"Numbers in brackets behind a difference are wins and losses."
    )


def _protocol_part(found: Verdict, one: UnderProtocol) -> Part:
    key, title = one.scores.protocol.key, one.scores.protocol.title
    grids = [_answers_table(found, one), _metrics_table(found, one)]
    said = [*_ranks_sentence(found, one), *_masks_sentence(one), *_need_sentence(found, one)]
    mixed = [_mixed_table(found, one)] if one.mixed else []
    return Part(f"Under `{key}`: {title}", grids=(*grids, *mixed), items=tuple(said))


def _answers_table(found: Verdict, one: UnderProtocol) -> Grid:
    metric = found.questions.metrics[0]
    head = ("question", "beside", "n", "difference", "95 % interval", "wins–ties–losses")
    rows = [
        (
            answer.question.asks,
            answer.question.title,
            *_effect_cells(answer.effect),
            _chance(answer.p),
            answer.finding.value,
            _ends(answer.without_dataset),
            _ends(answer.without_seed),
        )
        for answer in one.answers[metric]
    ]
    last = ("p", "shown", "without a dataset", "without a seed")
    return Grid((*head, *last), tuple(rows), brief=range(1, 8))


def _effect_cells(effect: Effect | None) -> tuple[str, str, str, str]:
    if effect is None:
        return "0", "–", "–", "–"
    wins = f"{effect.wins}–{effect.ties}–{effect.losses}"
    return str(effect.n), _signed(effect.mean), _ends(effect.interval), wins


def _metrics_table(found: Verdict, one: UnderProtocol) -> Grid:
    others = found.questions.metrics[1:]
    rows = [
        (question.title, *(_brief(one.answers[metric][place]) for metric in others))
        for place, question in enumerate(found.questions.question)
    ]
    return Grid(("in other metrics", *map(short_title, others)), tuple(rows))


def _brief(answer: Answer) -> str:
    if answer.effect is None:
        return "–"
    p = "" if answer.p is None else f", p {_chance(answer.p)}"
    return f"{_versus(answer.effect)}{p}"


def _mixed_table(found: Verdict, one: UnderProtocol) -> Grid:
    rule = found.questions.mixed
    rows = [
        (
            f"{each.title} − {_other_title(found)}",
            str(each.alike.n),
            _versus(each.alike),
            _versus(each.mixed),
            _versus(each.printed) if each.printed else "–",
        )
        for each in one.mixed
    ]
    mixed = f"{_brief_title(rule.network_metric)} − {_brief_title(rule.other_metric)}"
    alike = f"both {_brief_title(rule.other_metric)}"
    return Grid(("metrics mixed", "n", alike, mixed, "printed"), tuple(rows))


def _ranks_sentence(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    if one.ranks is None:
        return
    titles = {question.other: question.title for question in found.questions.question}
    titles[found.questions.method] = found.questions.title
    each = [f"{titles.get(name, name)} {rank:.1f}" for name, rank in one.ranks.average.items()]
    p = _chance(one.ranks.p)
    yield (
        f"Mean ranks over {one.ranks.n} datasets: {', '.join(each)}. Friedman's test has p {p}; "
        f"Nemenyi's critical difference is {one.ranks.critical:.1f}."
    )


def _masks_sentence(one: UnderProtocol) -> Iterator[str]:
    learned = {
        name.partition(":")[2]: share
        for name, share in one.masks.items()
        if name.partition(":")[2] not in ("random-mask", "initial-magnitude")
    }
    if learned:
        each = [f"{name} {100 * share:.0f} %" for name, share in learned.items()]
        yield (
            f"Share of the kept weights that were among the largest before any training: "
            f"{', '.join(each)}."
        )


def _need_sentence(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    if one.need is None:
        return
    more = ""
    if one.need.many_seeds < one.need.datasets:
        more = f", or {one.need.many_seeds} with any number of seeds"
    yield (
        f"To show a difference of {TARGET:g} point between {found.questions.title} and "
        f"{found.questions.question[0].title} in {100 * POWER:.0f} % of repetitions takes "
        f"{one.need.datasets} datasets with {len(one.scores.protocol.seeds)} seeds{more}."
    )


def _printed(found: Verdict) -> Part:
    head = ("beside", "rows", "difference", "95 % interval", "wins–ties–losses", "p, alone")
    last = ("measured in", "where we have runs")
    rows = tuple(_printed_row(one) for one in found.printed)
    return Part("The printed numbers, asked the same", grids=(Grid((*head, *last), rows),))


def _printed_row(one: PrintedAnswer) -> tuple[str, ...]:
    metrics = [_brief_title(metric) for metric in one.metrics]
    own = f"{_versus(one.own_rows)}, n = {one.own_rows.n}" if one.own_rows else "–"
    return (
        one.question.title,
        *_effect_cells(one.effect),
        _chance(one.effect.p),
        " − ".join(metrics),
        own,
    )


def _brief_title(metric: str) -> str:
    """A metric in a word, where a user may type one: swapped, balanced."""
    return next((short for short, name in SHORT.items() if name == metric), short_title(metric))


def _versus(effect: Effect) -> str:
    """`-5.6 (3–7)`: the mean difference, wins and losses."""
    return f"{_signed(effect.mean)} ({effect.wins}–{effect.losses})"


def _chance(p: float | None) -> str:
    """A p value with three decimals."""
    if p is None:
        return "–"
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−")


def _ends(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"[{_signed(interval[0])}, {_signed(interval[1])}]"


def bullets(said: Sequence[str]) -> str:
    """The sentences as a Markdown list."""
    return "\n".join(f"- {one}" for one in said if one)


def _markdown_table(grid: Grid) -> str:
    lines = [grid.head, ["---"] * len(grid.head), *grid.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
