"""The overall answer in words and tables; Markdown and a terminal show the same."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.judge.effects import Effect
from bench.judge.interval import ALPHA
from bench.judge.metrics import short_title
from bench.verdict.answer import Answer, PrintedAnswer
from bench.verdict.standing import POWER, TARGET
from bench.verdict.verdict import UnderProtocol, Verdict
from bench.verdict.words import brief_title, chance, ends, headline, other_title, signed, versus

if TYPE_CHECKING:
    from rich.console import Console


TITLE = "What the runs say"


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


def parts(found: Verdict) -> list[Part]:
    """The whole answer, the headline first."""
    if not found.protocols:
        return [Part(TITLE, items=tuple(headline(found)))]
    first = Part(TITLE, grids=(summary(found),), items=tuple(headline(found)))
    under = [_protocol_part(found, one) for one in found.protocols]
    return [first, Part("How to read the tables", _how_to_read(found)), *under, _printed(found)]


def markdown(found: Verdict) -> str:
    """The answer as a page."""
    return f"# {TITLE}\n\n{opening(found)}\n\n{details(found)}"


def opening(found: Verdict) -> str:
    """The headline and the table of differences, for the first screen of a page."""
    return _blocks(parts(found)[0])


def details(found: Verdict) -> str:
    """The page below its opening."""
    under = [f"## {part.heading}\n\n{_blocks(part)}" for part in parts(found)[1:]]
    return "\n\n".join(under) + "\n"


def _blocks(part: Part) -> str:
    blocks = [part.said, _list(part.items), *map(_markdown_table, part.grids)]
    return "\n\n".join(block for block in blocks if block)


def summary(found: Verdict) -> Grid:
    """The differences to every rival: own runs under each protocol, and the printed numbers."""
    metric = found.questions.metrics[0]
    printed = {one.question: one for one in found.printed}
    rows = []
    for place, question in enumerate(found.questions.question):
        own = [_in_a_cell(one.answers[metric][place].effect) for one in found.protocols]
        beside = printed.get(question)
        rows.append((question.title, *own, _in_a_cell(beside.effect if beside else None)))
    keys = [f"`{one.scores.protocol.key}`" for one in found.protocols]
    return Grid((f"{found.questions.title} minus", *keys, "as printed"), tuple(rows))


def _in_a_cell(effect: Effect | None) -> str:
    """Mean, interval, wins and losses, number of datasets."""
    if effect is None:
        return "–"
    interval = f" {ends(effect.interval)}" if effect.interval else ""
    return f"{signed(effect.mean)}{interval}, {effect.wins}–{effect.losses}, n = {effect.n}"


def show(console: Console, found: Verdict) -> None:
    """The answer in a terminal."""
    from rich.table import Table

    for part in parts(found):
        console.print(part.heading, style="bold", markup=False)
        if part.said:
            console.print(part.said, markup=False, highlight=False)
        for item in part.items:
            plain = item.replace("**", "")
            lines = textwrap.wrap(plain, console.width, initial_indent="- ", subsequent_indent="  ")
            console.print("\n".join(lines), markup=False, highlight=False)
        for grid in part.grids:
            shown = grid.brief or range(len(grid.head))
            table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
            for place in shown:
                table.add_column(grid.head[place], no_wrap=place < 2)
            for row in grid.rows:
                table.add_row(*(row[place] for place in shown))
            console.print(table)
        console.print()


def _how_to_read(found: Verdict) -> str:
    metric = short_title(found.questions.metrics[0])
    return (
        f"Differences are {found.questions.title} minus the other method, in points, over the "
        f"datasets that have both; intervals are 95 % t intervals of the mean over datasets; p is "
        f"of the exact signed-rank test, adjusted by Holm's method over the questions of one "
        f"protocol and metric. {found.questions.title} counts as higher or lower where p is below "
        f"{ALPHA:g} in {metric}; the other metrics are shown beside it. {_smallest(found)} "
        f"Without a dataset, and without a seed: the lowest and highest mean difference when any "
        f"one is left out. "
        f"Numbers in brackets behind a difference are wins and losses."
    )


def _smallest(found: Verdict) -> str:
    """What a perfect record comes to, as the smallest p of all questions."""
    counts = {
        answer.effect.n
        for one in found.protocols
        for answer in one.answers[found.questions.metrics[0]]
        if answer.effect is not None
    }
    if not counts:
        return ""
    questions, n = len(found.questions.question), min(counts)
    return (
        f"With {n} datasets a method that wins on every one has p {2 / 2**n:.3f}, which the "
        f"adjustment for {questions} questions can raise to {min(1.0, questions * 2 / 2**n):.3f}."
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
            chance(answer.p),
            answer.finding.value,
            ends(answer.without_dataset),
            ends(answer.without_seed),
        )
        for answer in one.answers[metric]
    ]
    last = ("p", "shown", "without a dataset", "without a seed")
    return Grid((*head, *last), tuple(rows), brief=range(1, 8))


def _effect_cells(effect: Effect | None) -> tuple[str, str, str, str]:
    if effect is None:
        return "0", "–", "–", "–"
    wins = f"{effect.wins}–{effect.ties}–{effect.losses}"
    return str(effect.n), signed(effect.mean), ends(effect.interval), wins


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
    p = "" if answer.p is None else f", p {chance(answer.p)}"
    return f"{versus(answer.effect)}{p}"


def _mixed_table(found: Verdict, one: UnderProtocol) -> Grid:
    rule = found.questions.mixed
    rows = [
        (
            f"{each.title} − {other_title(found)}",
            str(each.alike.n),
            versus(each.alike),
            versus(each.mixed),
            versus(each.printed) if each.printed else "–",
        )
        for each in one.mixed
    ]
    mixed = f"{brief_title(rule.network_metric)} − {brief_title(rule.other_metric)}"
    alike = f"both {brief_title(rule.other_metric)}"
    return Grid(("metrics mixed", "n", alike, mixed, "printed"), tuple(rows))


def _ranks_sentence(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    if one.ranks is None:
        return
    titles = {question.other: question.title for question in found.questions.question}
    titles[found.questions.method] = found.questions.title
    each = [f"{titles.get(name, name)} {rank:.1f}" for name, rank in one.ranks.average.items()]
    p = chance(one.ranks.p)
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
    metrics = [brief_title(metric) for metric in one.metrics]
    own = f"{versus(one.own_rows)}, n = {one.own_rows.n}" if one.own_rows else "–"
    return (
        one.question.title,
        *_effect_cells(one.effect),
        chance(one.effect.p),
        " − ".join(metrics),
        own,
    )


def _list(said: Sequence[str]) -> str:
    return "\n".join(f"- {one}" for one in said if one)


def _markdown_table(grid: Grid) -> str:
    lines = [grid.head, ["---"] * len(grid.head), *grid.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
