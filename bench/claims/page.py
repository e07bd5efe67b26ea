"""Verdicts as text for a terminal, as Markdown and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.claims.compare import Comparison
from bench.claims.judge import Decided, Judged, Ranked, Verdicts
from bench.claims.rule import Outcome
from bench.declared.claims import Claim
from bench.judge.effects import FEWEST, Effect, Ranks
from bench.judge.interval import ALPHA, LEVEL
from bench.judge.metrics import metric_named, three_digits
from bench.render.text import md, wrapped


def text(found: Sequence[Verdicts], conditions: str, *, width: int) -> str:
    """For a terminal: every claim with what each source of numbers says of it."""
    lines = [*wrapped(summary(found), "", width), *wrapped(conditions, "  ", width)]
    for claim, judged in _by_claim(found):
        lines += ["", claim.key, *wrapped(f"{claim.says} ({claim.source})", "  ", width)]
        lines += wrapped(claim.note, "  ", width)
        for source, one in judged:
            lines += wrapped(f"{source + ':':<9}{said(one)}", "  ", width)
            for decided in one.decided:
                if decided.comparison.effect is not None:
                    lines += wrapped(comparison_text(decided), "      ", width)
    for key, ranked in _by_ranking(found):
        lines += ["", f"Ranks: {key}"]
        for source, each in ranked:
            lines += wrapped(f"{source + ':':<9}{ranked_text(each)}", "  ", width)
    lines += ["", *wrapped(legend(found), "", width)]
    return "\n".join(lines)


def markdown(found: Sequence[Verdicts], conditions: str) -> str:
    """The same as a Markdown page, a table of all verdicts first."""
    sources = [one.source for one in found]
    lines = ["# Claims", "", f"{md(summary(found))}  ", md(conditions), ""]
    lines += [_row(["claim", *sources]), _row(["---"] * (len(sources) + 1))]
    for claim, judged in _by_claim(found):
        lines.append(_row([md(claim.says), *(md(one.outcome.value) for _, one in judged)]))
    for claim, judged in _by_claim(found):
        lines += ["", f"## {md(claim.key)}", "", f"{md(claim.says)} ({md(claim.source)})"]
        lines += [md(claim.note)] if claim.note else []
        lines.append("")
        for source, one in judged:
            lines.append(f"- {md(source)}: **{md(said(one))}**")
            lines += [f"  - {md(comparison_text(decided))}" for decided in one.decided]
    for key, ranked in _by_ranking(found):
        lines += ["", f"## Ranks: {md(key)}", ""]
        lines += [f"- {md(source)}: {md(ranked_text(each))}" for source, each in ranked]
    return "\n".join([*lines, "", md(legend(found))]) + "\n"


def summary(found: Sequence[Verdicts]) -> str:
    """One sentence a source: how many claims came to what."""
    if not found or not found[0].judged:
        return "No claim is judged."
    parts = []
    for one in found:
        count = Counter(judged.outcome for judged in one.judged)
        kinds = ", ".join(
            f"{count[outcome]} {outcome.value}" for outcome in Outcome if count[outcome]
        )
        parts.append(f"{one.source} numbers: {kinds}")
    return f"{len(found[0].judged)} claims; {'; '.join(parts)}."


def said(judged: Judged) -> str:
    """The verdict on a claim, with why there is none."""
    if judged.claim.untested:
        return f"{judged.outcome.value}: {judged.claim.untested}"
    reasons = dict.fromkeys(
        one.comparison.refusal for one in judged.decided if one.comparison.refusal
    )
    if judged.outcome is Outcome.NOT_COMPARABLE:
        metrics = dict.fromkeys(
            one.comparison.metric for one in judged.decided if not one.comparison.comparable
        )
        return f"{judged.outcome.value}: measured as {'; '.join(metrics)}"
    if judged.outcome is Outcome.UNDECIDED and reasons:
        return f"{judged.outcome.value}: {'; '.join(reasons)}"
    return str(judged.outcome.value)


def comparison_text(decided: Decided) -> str:
    """One comparison in numbers: effect, test, verdict."""
    one = decided.comparison
    names = " over ".join(one.names)
    if not one.comparable:
        return f"{names}: measured as {one.metric}, which are not compared"
    if one.effect is None:
        return f"{names}: no pair to compare"
    parts = [
        f"{names} ({one.metric}): {effect_text(one.effect, one.claim.metric)}, {count_text(one)}"
    ]
    if one.claim.test == "every-row":
        holds, fails = one.clear(Outcome.SUPPORTED), one.clear(Outcome.CONTRADICTED)
        parts += [f"{holds} of {one.effect.n} rows shown to hold, {fails} to fail"]
    if decided.evidence is not None:
        parts += [_chance("p", decided.evidence.p), _chance("Holm", decided.adjusted)]
    margin = f" by more than {one.claim.margin:g} points" if one.claim.margin else ""
    relation = f"asked: {one.claim.relation}{margin}"
    return "; ".join([*parts, relation, decided.outcome.value])


def count_text(one: Comparison) -> str:
    """How many pairs there are, of how many rows."""
    n = one.effect.n if one.effect else 0
    if n == one.rows:
        return f"n = {n}"
    if n == one.recorded:
        return f"n = {n} of {one.rows}"
    return f"n = {n} of {one.rows}, {one.recorded} with a number of either side"


def effect_text(effect: Effect, metric: str) -> str:
    """Mean difference, of costs their ratio, with its interval; wins, losses and ties, and the
    rank-biserial correlation."""
    size = _ratio(effect) if metric_named(metric).cost else _difference(effect)
    r = "undefined" if effect.rank_biserial is None else f"{effect.rank_biserial:+.2f}"
    wins = f"{effect.wins}-{effect.losses}-{effect.ties}"
    return f"{size}, {wins}, r {r}"


def _difference(effect: Effect) -> str:
    between = f" [{effect.interval[0]:+.2f}, {effect.interval[1]:+.2f}]" if effect.interval else ""
    return f"{effect.mean:+.2f}{between} points"


def _ratio(effect: Effect) -> str:
    """From differences of base-10 logarithms."""
    ends = [three_digits(10**end) for end in effect.interval or ()]
    between = f" [{', '.join(ends)}]" if ends else ""
    return f"{three_digits(10**effect.mean)}{between} times"


def ranked_text(ranked: Ranked) -> str:
    """Average ranks, Friedman's p and which columns are not told apart."""
    if ranked.ranks is None:
        return f"not ranked: {ranked.refusal}"
    ranks = ranked.ranks
    average = ", ".join(f"{name} {rank:.2f}" for name, rank in ranks.average.items())
    return (
        f"{average} ({ranked.metric}, n = {ranks.n}); {_chance('Friedman p', ranks.p)}; critical "
        f"difference {ranks.critical:.2f}; {_groups(ranks)}"
    )


def legend(found: Sequence[Verdicts]) -> str:
    """What the numbers are and what decides."""
    tests = ", ".join(f"{one.together} {one.source}" for one in found)
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


def _groups(ranks: Ranks) -> str:
    if not ranks.differ:
        return "none told apart"
    groups = [" = ".join(group) for group in ranks.groups]
    return f"not told apart: {'; '.join(groups)}" if groups else "all told apart"


def _chance(name: str, p: float | None) -> str:
    if p is None:
        return f"{name} undefined"
    return f"{name} {p:.3f}" if p >= 0.001 else f"{name} {p:.0e}"


def _by_claim(found: Sequence[Verdicts]) -> list[tuple[Claim, list[tuple[str, Judged]]]]:
    return [
        (judged[0].claim, [(one.source, each) for one, each in zip(found, judged, strict=True)])
        for judged in zip(*(one.judged for one in found), strict=True)
    ]


def _by_ranking(found: Sequence[Verdicts]) -> list[tuple[str, list[tuple[str, Ranked]]]]:
    return [
        (ranked[0].ranking.key, [(o.source, each) for o, each in zip(found, ranked, strict=True)])
        for ranked in zip(*(one.ranked for one in found), strict=True)
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
