"""The overall answer as JSON types."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.judge.effects import Effect
from bench.verdict.answer import Answer, MixedAnswer, PrintedAnswer
from bench.verdict.verdict import UnderProtocol, Verdict
from bench.verdict.words import headline


def as_json(found: Verdict) -> dict[str, Any]:
    """The headline, and every number it and the tables are made of."""
    return {
        "headline": headline(found),
        "runs": found.runs,
        "protocols": [_protocol(one) for one in found.protocols],
        "printed": [_printed(one) for one in found.printed],
    }


def _protocol(one: UnderProtocol) -> dict[str, Any]:
    return {
        "protocol": one.scores.protocol.key,
        "datasets": list(one.scores.datasets),
        "answers": [_answer(answer) for each in one.answers.values() for answer in each],
        "mixed": [_mixed(each) for each in one.mixed],
        "noise": asdict(one.noise) if one.noise else None,
        "degenerate": asdict(one.degenerate),
        "masks_before_training": dict(one.masks),
        "mean_ranks": dict(one.ranks.average) if one.ranks else None,
        "friedman_p": one.ranks.p if one.ranks else None,
        "need": asdict(one.need) if one.need else None,
        "cells": asdict(one.tally) if one.tally else None,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "against": answer.question.other,
        "metric": answer.metric,
        "finding": answer.finding.value,
        "p_holm": answer.p,
        "without_a_dataset": answer.without_dataset,
        "without_a_seed": answer.without_seed,
        **_effect(answer.effect),
    }


def _mixed(each: MixedAnswer) -> dict[str, Any]:
    return {
        "method": each.title,
        "alike": _effect(each.alike),
        "mixed": _effect(each.mixed),
        "printed": _effect(each.printed),
    }


def _printed(one: PrintedAnswer) -> dict[str, Any]:
    own = _effect(one.own_rows)
    return {"against": one.question.other, **_effect(one.effect), "with_runs_of_ours": own}


def _effect(effect: Effect | None) -> dict[str, Any]:
    if effect is None:
        return {"n": 0}
    return {
        "n": effect.n,
        "difference": effect.mean,
        "interval": effect.interval,
        "wins": effect.wins,
        "ties": effect.ties,
        "losses": effect.losses,
        "p": effect.p,
    }
