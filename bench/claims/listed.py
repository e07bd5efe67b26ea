"""Verdicts as JSON: every claim, comparison, pair and ranking; points in percent, of costs base-10
logarithms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.claims.judge import Decided, Judged, Ranked, Verdicts
from bench.claims.page import said
from bench.judge.effects import FEWEST, Effect
from bench.judge.interval import ALPHA, LEVEL


def as_json(found: Sequence[Verdicts], conditions: dict[str, str]) -> dict[str, Any]:
    """Every claim, comparison, pair and ranking."""
    return {
        **conditions,
        "rules": {"alpha": ALPHA, "fewest": FEWEST, "level": LEVEL},
        "sources": [
            {
                "source": one.source,
                "holm_over": one.together,
                "claims": [_claim_json(judged) for judged in one.judged],
                "rankings": [_ranked_json(ranked) for ranked in one.ranked],
            }
            for one in found
        ],
    }


def _claim_json(judged: Judged) -> dict[str, Any]:
    return {
        "claim": judged.claim.key,
        "says": judged.claim.says,
        "source": judged.claim.source,
        "note": judged.claim.note,
        "verdict": judged.outcome.value,
        "reason": said(judged),
        "comparisons": [_comparison_json(decided) for decided in judged.decided],
    }


def _comparison_json(decided: Decided) -> dict[str, Any]:
    one, effect = decided.comparison, decided.comparison.effect
    return {
        "columns": one.names,
        "metric": one.metric,
        "relation": one.claim.relation,
        "margin": one.claim.margin,
        "test": one.claim.test,
        "verdict": decided.outcome.value,
        "refusal": one.refusal,
        "rows": one.rows,
        "missing_cells": one.missing,
        "effect": effect and _effect_json(effect),
        "recorded_rows": one.recorded,
        "p": decided.evidence.p if decided.evidence else None,
        "p_holm": decided.adjusted,
        "pairs": [
            {"dataset": p.row[0], "operation": p.row[1], "difference": p.difference}
            for p in one.pairs
            if one.comparable
        ],
    }


def _effect_json(effect: Effect) -> dict[str, Any]:
    return {
        "n": effect.n,
        "mean": effect.mean,
        "median": effect.median,
        "interval": effect.interval,
        "wins": effect.wins,
        "ties": effect.ties,
        "losses": effect.losses,
        "rank_biserial": effect.rank_biserial,
        "p": effect.p,
    }


def _ranked_json(ranked: Ranked) -> dict[str, Any]:
    found = {"ranking": ranked.ranking.key, "metric": ranked.metric, "refusal": ranked.refusal}
    if ranked.ranks is None:
        return found
    ranks = ranked.ranks
    return found | {
        "average_ranks": dict(ranks.average),
        "n": ranks.n,
        "friedman_p": ranks.p,
        "critical_difference": ranks.critical,
        "not_told_apart": ranks.joined,
    }
