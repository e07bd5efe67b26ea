"""The overall answer as a page of sentences and tables, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bench.declared.tables import metric_named, short_title
from bench.judge.effects import Effect
from bench.judge.interval import ALPHA
from bench.render.outline import Grid, Item, Outline, Part, Section
from bench.render.text import md
from bench.verdict.answer import Answer, PrintedAnswer
from bench.verdict.headline import (
    agreement_sentence,
    degenerate_sentence,
    effect_text,
    headline,
    interval_text,
    mixed_metrics_sentence,
    p_text,
    power_sentence_start,
    rank_sentence,
    signed,
    title_of,
)
from bench.verdict.verdict import LEAST, PictureDifference, UnderProtocol, Verdict

EFFECT = ("question", "rival", "n", "difference", "95 % interval", "wins–ties–losses")


def outline(found: Verdict) -> Outline:
    """The whole answer, the headline first."""
    parts = (*opening(found).parts, *details(found).parts)
    return Outline("What the runs say", parts, markup=True)


def opening(found: Verdict, *, printed: bool = False) -> Outline:
    """The headline and the table of differences, for the first screen of a page.

    Args:
        printed: only rivals that the paper prints on enough datasets for an interval.
    """
    entries = [Item(sentence) for sentence in headline(found)]
    grid = [_summary(found, printed)] if found.protocols else []
    return Outline("", (*entries, *grid), markup=True)


def details(found: Verdict) -> Outline:
    """The page below its opening; nothing without runs."""
    if not found.protocols:
        return Outline("", (), markup=True)
    how = Section("How to read the tables", (_how_to_read(found),))
    under = [_protocol(found, one) for one in found.protocols]
    return Outline("", (how, *under, _printed(found)), markup=True)


def _summary(found: Verdict, only_printed: bool) -> Grid:
    """The differences to the rivals: own runs under each protocol, and the printed numbers."""
    printed = {answer.question: answer.effect for answer in found.printed}
    rows = []
    for place, question in enumerate(found.questions.question):
        there = printed.get(question)
        if there and there.interval or not only_printed:
            own = [one.deciding[place].effect for one in found.protocols]
            rows.append((question.title, *map(_in_a_cell, [*own, there])))
    keys = [one.code for one in found.protocols]
    return Grid((f"{found.questions.title} minus", *keys, "as printed"), tuple(rows))


def _in_a_cell(effect: Effect | None) -> str:
    """Mean, interval, wins and losses, number of datasets."""
    if effect is None:
        return "–"
    interval = f" {interval_text(effect.interval)}" if effect.interval else ""
    return f"{signed(effect.mean)}{interval}, {effect.wins}–{effect.losses}, n = {effect.n}"


def _how_to_read(found: Verdict) -> str:
    title, metric = found.questions.title, short_title(found.questions.metrics[0])
    return (
        f"Differences are {title} minus the other method, in points, over the datasets that have "
        f"both; intervals are 95 % t intervals of the mean over datasets; p is of the exact "
        f"signed-rank test, adjusted by Holm's method over the questions of one protocol and "
        f"metric. {title} counts as higher or lower where p is below {ALPHA:g} in {metric}; the "
        f"other metrics are shown beside it. {_smallest_p(found)} The last two columns are the "
        f"lowest and highest mean difference when one dataset, or one seed, is left out. Numbers "
        f"in brackets behind a difference are wins and losses."
    )


def _smallest_p(found: Verdict) -> str:
    """What winning on every dataset comes to where they are fewest."""
    tested = [[a.effect.n for a in one.deciding if a.effect] for one in found.protocols]
    if not any(tested):
        return ""
    n, questions = min((min(counts), len(counts)) for counts in tested if counts)
    return (
        f"With {n} datasets a method that wins on every one has p {2 / 2**n:.3f}, which the "
        f"adjustment for {questions} questions can raise to {min(1.0, questions * 2 / 2**n):.3f}."
    )


def _protocol(found: Verdict, one: UnderProtocol) -> Section:
    others = found.questions.metrics[1:]
    in_others = [
        (question.title, *(_brief(one.answers[metric][place]) for metric in others))
        for place, question in enumerate(found.questions.question)
    ]
    last = ("p", "result", "without a dataset", "without a seed")
    parts: list[Part] = [
        *map(Item, filter(None, _standing(found, one))),
        Grid((*EFFECT, *last), tuple(map(_answer_row, one.deciding)), brief=range(1, 8)),
        Grid(("in other metrics", *map(short_title, others)), tuple(in_others)),
    ]
    parts += [Item(mixed_metrics_sentence(found, one)), _mixed(found, one)] if one.mixed else []
    return Section(f"Under {one.code}: {md(one.scores.protocol.title)}", tuple(parts))


def _standing(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    """Places and ranks, how cells compare with print, where masks come from, what is noise, and
    what would show a difference."""
    if one is not found.protocols[0]:  # the headline has them
        yield rank_sentence(found, one)
    yield agreement_sentence(one)
    if one.noise is not None:
        yield degenerate_sentence(one)
    if one.ranks is not None:
        average = one.ranks.average.items()
        ranks = ", ".join(f"{title_of(method, found)} {rank:.1f}" for method, rank in average)
        yield (
            f"Mean ranks over {one.ranks.n} datasets: {ranks}. Friedman's test has p "
            f"{p_text(one.ranks.p)}; two ranks differ significantly where they lie at least "
            f"{one.ranks.critical:.1f} apart (Nemenyi)."
        )
    learned = [
        f"{title_of(method, found)} {100 * share:.0f} %"
        for method, share in one.masks.items()
        if method.partition(":")[2] not in ("random-mask", "initial-magnitude")
    ]
    if learned:
        yield f"So many of the kept weights were the largest before training: {', '.join(learned)}."
    if one.need is not None:
        few, many = one.need.datasets, one.need.many_seeds
        more = f", or {many} with unlimited seeds" if LEAST < many < few else ""
        seeds = len(one.scores.protocol.seeds)
        yield f"{power_sentence_start(found)} {few} datasets with {seeds} seeds{more}."


def _answer_row(answer: Answer) -> tuple[str, ...]:
    return (
        answer.question.asks,
        answer.question.title,
        *_effect_cells(answer.effect),
        p_text(answer.p),
        answer.finding.value,
        interval_text(answer.without_dataset),
        interval_text(answer.without_seed),
    )


def _effect_cells(effect: Effect | None) -> tuple[str, str, str, str]:
    if effect is None:
        return "0", "–", "–", "–"
    wins = f"{effect.wins}–{effect.ties}–{effect.losses}"
    return str(effect.n), signed(effect.mean), interval_text(effect.interval), wins


def _brief(answer: Answer) -> str:
    p = "" if answer.p is None else f", p {p_text(answer.p)}"
    return f"{effect_text(answer.effect)}{p}"


def _mixed(found: Verdict, one: UnderProtocol) -> Grid:
    rule = found.questions.mixed
    network, other = _short(rule.network_metric), _short(rule.other_metric)
    head = ("metrics mixed", "n", f"both {other}", f"{network} − {other}", "printed")
    rows = [
        (
            f"{each.title} − {title_of(rule.other, found)}",
            str(each.alike.n),
            *map(effect_text, (each.alike, each.mixed, each.printed)),
        )
        for each in one.mixed
    ]
    return Grid(head, tuple(rows))


def _short(metric: str) -> str:
    """A metric in a word, where a user may type one: swapped, balanced."""
    named = metric_named(metric)
    return named.short or named.short_title


def _printed(found: Verdict) -> Section:
    last = ("p, unadjusted", f"metric: {found.questions.title} − rival", "where we have runs")
    head = ("rival", "rows", *EFFECT[3:], *last)
    rows = tuple(map(_printed_row, found.printed))
    return Section("The printed numbers, asked the same", (Grid(head, rows),))


def _printed_row(answer: PrintedAnswer) -> tuple[str, ...]:
    own = f"{effect_text(answer.own_rows)}, n = {answer.own_rows.n}" if answer.own_rows else "–"
    return (
        answer.question.title,
        *_effect_cells(answer.effect),
        p_text(answer.effect.p),
        " − ".join(map(_short, answer.metrics)),
        own,
    )


def as_json(found: Verdict) -> dict[str, Any]:
    """The headline, and every number it and the tables are made of."""
    return {
        "headline": headline(found),
        "runs": found.runs,
        "protocols": [_protocol_json(one) for one in found.protocols],
        "printed": [
            {
                "against": answer.question.other,
                **_effect_json(answer.effect),
                "with_runs_of_ours": _effect_json(answer.own_rows),
            }
            for answer in found.printed
        ],
    }


def _protocol_json(one: UnderProtocol) -> dict[str, Any]:
    return {
        "protocol": one.key,
        "datasets": list(one.scores.datasets),
        "answers": [_answer_json(answer) for each in one.answers.values() for answer in each],
        "mixed": [
            {"method": each.title}
            | {name: _effect_json(getattr(each, name)) for name in ("alike", "mixed", "printed")}
            for each in one.mixed
        ],
        "noise": one.noise and asdict(one.noise),
        "degenerate": asdict(one.degenerate),
        "masks_before_training": dict(one.masks),
        "mean_ranks": dict(one.ranks.average) if one.ranks else None,
        "friedman_p": one.ranks.p if one.ranks else None,
        "need": one.need and asdict(one.need),
        "pictures": [_picture_json(each) for each in one.pictures],
        "cells": one.tally and asdict(one.tally),
    }


def _picture_json(each: PictureDifference) -> dict[str, Any]:
    return {
        "dataset": each.dataset,
        "against": each.other,
        "difference": each.own.value,
        "interval": each.own.interval,
        "p": each.own.p(),
        "seeds": each.seeds,
        "printed": each.printed,
    }


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "against": answer.question.other,
        "metric": answer.metric,
        "finding": answer.finding.value,
        "p_holm": answer.p,
        "without_a_dataset": answer.without_dataset,
        "without_a_seed": answer.without_seed,
        **_effect_json(answer.effect),
    }


def _effect_json(effect: Effect | None) -> dict[str, Any]:
    if effect is None:
        return {"n": 0}
    names = ("interval", "wins", "ties", "losses", "p")
    numbers = {name: getattr(effect, name) for name in names}
    return {"n": effect.n, "difference": effect.mean, **numbers}
