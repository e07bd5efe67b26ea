"""Verdicts on claims as a page of sentences, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.claims.compare import Comparison, Outcome, outcomes_of
from bench.claims.judge import ClaimVerdict, RankingVerdict, Verdicts
from bench.declared.tables import metric_named, three_digits
from bench.judge.effects import FEWEST, Effect, Ranks
from bench.judge.interval import ALPHA, LEVEL
from bench.render.outline import Grid, Item, Outline, Section
from bench.render.text import counted


def outline(found: Sequence[Verdicts], conditions: str) -> Outline:
    """Every claim with what each source of numbers says of it, a table of all verdicts first.

    Args:
        found: judged on the same claims.
        conditions: protocol, budget and datasets in words; may be empty.
    """
    claims = list(zip(*(one.claims for one in found), strict=True))
    rankings = zip(*(one.rankings for one in found), strict=True)
    names = [one.source for one in found]
    rows = [(each[0].claim.says, *(one.outcome.value for one in each)) for each in claims]
    return Outline(
        "Claims",
        (
            *filter(None, (summary(found), conditions)),
            Grid(("claim", *names), tuple(rows), brief=()),
            *(_claim_section(names, each) for each in claims),
            *(_ranking_section(names, each) for each in rankings),
            legend(found),
        ),
    )


def _claim_section(names: Sequence[str], judged: Sequence[ClaimVerdict]) -> Section:
    claim = judged[0].claim
    sources = [
        Item(
            verdict_text(one),
            label=name,
            below=tuple(comparison_text(each) for each in one.comparisons),
        )
        for name, one in zip(names, judged, strict=True)
    ]
    note = [claim.note] if claim.note else []
    return Section(claim.key, (f"{claim.says} ({claim.source})", *note, *sources))


def _ranking_section(names: Sequence[str], ranked: Sequence[RankingVerdict]) -> Section:
    sources = [Item(f"{name}: {ranked_text(one)}") for name, one in zip(names, ranked, strict=True)]
    return Section(f"Ranks: {ranked[0].ranking.key}", tuple(sources))


def summary(found: Sequence[Verdicts]) -> str:
    """One sentence a source: how many claims came to what."""
    if not found or not found[0].claims:
        return "No claim is judged."
    parts = [f"{one.source} numbers: {outcome_counts(one)}" for one in found]
    return f"{counted(len(found[0].claims), 'claim')}; {'; '.join(parts)}."


def outcome_counts(found: Verdicts) -> str:
    """How many claims came to what: `3 supported, 1 undecided`."""
    count = Counter(judged.outcome for judged in found.claims)
    return ", ".join(f"{count[outcome]} {outcome.value}" for outcome in Outcome if count[outcome])


def verdict_text(judged: ClaimVerdict) -> str:
    """The verdict on a claim, with why there is none."""
    compared = judged.comparisons
    reasons: list[str] = []
    if judged.claim.untested:
        reasons = [judged.claim.untested]
    elif judged.outcome is Outcome.NOT_COMPARABLE:
        metrics = dict.fromkeys(one.cells.metric for one in compared if not one.cells.comparable)
        reasons = [f"measured as {'; '.join(metrics)}"]
    elif judged.outcome is Outcome.UNDECIDED:
        reasons = list(dict.fromkeys(one.refusal for one in compared if one.refusal))
    return f"{judged.outcome.value}{': ' if reasons else ''}{'; '.join(reasons)}"


def comparison_text(one: Comparison) -> str:
    """One comparison in numbers: effect, test, verdict."""
    names = " over ".join(one.cells.titles)
    if not one.cells.comparable:
        return f"{names}: measured as {one.cells.metric}, which are not compared"
    if one.effect is None:
        return f"{names}: no pair to compare"
    effect = _effect_text(one.effect, one.claim.metric)
    parts = [f"{names} ({one.cells.metric}): {effect}, {_count_text(one)}"]
    if one.claim.test == "every-row":
        outcomes = outcomes_of([pair.evidence(one.claim) for pair in one.pairs])
        holds, fails = outcomes.count(Outcome.SUPPORTED), outcomes.count(Outcome.CONTRADICTED)
        parts += [f"{holds} of {one.effect.n} rows shown to hold, {fails} to fail"]
    if one.evidence is not None:
        parts += [_chance("p", one.evidence.p), _chance("Holm", one.adjusted)]
    margin = f" by more than {one.claim.margin:g} points" if one.claim.margin else ""
    return "; ".join([*parts, f"asked: {one.claim.relation}{margin}", one.outcome.value])


def _count_text(one: Comparison) -> str:
    """How many pairs there are, of how many rows."""
    n, rows, recorded = len(one.pairs), len(one.cells.rows), one.cells.recorded
    if n == rows:
        return f"n = {n}"
    either = "" if n == recorded else f", {recorded} with a number of either side"
    return f"n = {n} of {rows}{either}"


def _effect_text(effect: Effect, metric: str) -> str:
    """Mean difference, of costs their ratio, with its interval; wins, losses and ties, and the
    rank-biserial correlation."""
    ends = effect.interval or ()
    if metric_named(metric).cost:  # differences of base-10 logarithms
        unit, mean = "times", three_digits(10**effect.mean)
        shown = [three_digits(10**end) for end in ends]
    else:
        unit, mean = "points", f"{effect.mean:+.2f}"
        shown = [f"{end:+.2f}" for end in ends]
    between = f" [{', '.join(shown)}]" if shown else ""
    r = "undefined" if effect.rank_biserial is None else f"{effect.rank_biserial:+.2f}"
    return f"{mean}{between} {unit}, {effect.wins}-{effect.losses}-{effect.ties}, r {r}"


def ranked_text(ranked: RankingVerdict) -> str:
    """Average ranks, Friedman's p and which columns are not told apart."""
    if ranked.ranks is None:
        return f"not ranked: {ranked.refusal}"
    ranks = ranked.ranks
    average = ", ".join(f"{name} {rank:.2f}" for name, rank in ranks.average.items())
    return (
        f"{average} ({ranked.cells.metric}, n = {ranks.n}); {_chance('Friedman p', ranks.p)}; "
        f"critical difference {ranks.critical:.2f}; {_groups(ranks)}"
    )


def _groups(ranks: Ranks) -> str:
    if not ranks.differ:
        return "none told apart"
    groups = [" = ".join(group) for group in ranks.groups]
    return f"not told apart: {'; '.join(groups)}" if groups else "all told apart"


def _chance(name: str, p: float | None) -> str:
    if p is None:
        return f"{name} undefined"
    return f"{name} {p:.3f}" if p >= 0.001 else f"{name} {p:.0e}"


def legend(found: Sequence[Verdicts]) -> str:
    """What the numbers are and what decides."""
    tests = ", ".join(f"{one.tests} {one.source}" for one in found)
    return (
        f"Mean difference with its {100 * LEVEL:.0f} % t interval over the rows, for costs the "
        "ratio of geometric means; wins-losses-ties on the printed digits; r: matched-pairs "
        "rank-biserial, ties left out; p: two-sided, of the Wilcoxon signed-rank test over "
        "datasets, ties left out, of the t test of their mean against the margin, or the smallest "
        "of Welch's t tests of the rows, adjusted over the rows. Holm's method adjusts the p "
        "values of all comparisons tested together "
        f"({tests}); one below {ALPHA} decides. A claim on every row then is supported where all "
        "rows are shown to hold and contradicted where more than half of them are shown to fail. "
        f"Tests over datasets need {FEWEST} of them. A smaller budget never decides a claim. "
        f"Average ranks further apart than Nemenyi's critical difference differ at {ALPHA}."
    )


def as_json(found: Sequence[Verdicts], conditions: dict[str, str]) -> dict[str, Any]:
    """Every claim, comparison, pair and ranking; points in percent, of costs base-10 logarithms."""
    return {
        **conditions,
        "rules": {"alpha": ALPHA, "fewest": FEWEST, "level": LEVEL},
        "sources": [
            {
                "source": one.source,
                "holm_over": one.tests,
                "claims": [_claim_json(judged) for judged in one.claims],
                "rankings": [_ranked_json(ranked) for ranked in one.rankings],
            }
            for one in found
        ],
    }


def _claim_json(judged: ClaimVerdict) -> dict[str, Any]:
    return {
        "claim": judged.claim.key,
        "says": judged.claim.says,
        "source": judged.claim.source,
        "note": judged.claim.note,
        "verdict": judged.outcome.value,
        "reason": verdict_text(judged),
        "comparisons": [_comparison_json(one) for one in judged.comparisons],
    }


def _comparison_json(one: Comparison) -> dict[str, Any]:
    numbers = ("n", "mean", "median", "interval", "wins", "ties", "losses", "rank_biserial", "p")
    return {
        "columns": one.cells.titles,
        "metric": one.cells.metric,
        "relation": one.claim.relation,
        "margin": one.claim.margin,
        "test": one.claim.test,
        "verdict": one.outcome.value,
        "refusal": one.refusal,
        "rows": len(one.cells.rows),
        "missing_cells": one.cells.missing,
        "effect": one.effect and {name: getattr(one.effect, name) for name in numbers},
        "recorded_rows": one.cells.recorded,
        "p": one.evidence.p if one.evidence else None,
        "p_holm": one.adjusted,
        "pairs": [
            {"dataset": p.row[0], "operation": p.row[1], "difference": p.difference}
            for p in one.pairs
            if one.cells.comparable
        ],
    }


def _ranked_json(ranked: RankingVerdict) -> dict[str, Any]:
    ranks = ranked.ranks
    shown: dict[str, Any] = {
        "ranking": ranked.ranking.key,
        "metric": ranked.cells.metric,
        "refusal": ranked.refusal,
    }
    if ranks:
        shown |= {
            "average_ranks": dict(ranks.average),
            "n": ranks.n,
            "friedman_p": ranks.p,
            "critical_difference": ranks.critical,
            "not_told_apart": ranks.joined,
        }
    return shown
