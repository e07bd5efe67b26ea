"""What the overall answer says, in a few sentences with their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from bench.claims.statistics import Effect
from bench.judge.ask import SHORT
from bench.judge.tally import tally_sentences
from bench.show.caption import counts_text
from bench.show.metrics import short_title
from bench.verdict.answer import Answer, Finding, MixedAnswer
from bench.verdict.verdict import UnderProtocol, Verdict

NONE = "There are no runs of {title} under the full budget yet; `bench {table}` makes them."


def headline(found: Verdict) -> list[str]:
    """What the runs say of the paper, in a few sentences, each with its numbers."""
    if not found.protocols:
        return [NONE.format(title=found.questions.title, table=found.questions.table)]
    return [
        _summary(found),
        *(_shown(found, one) for one in found.protocols),
        *_mixed_sentence(found, found.protocols[0]),
        *(_agreement(one) for one in found.protocols if one.tally),
        *(said for one in found.protocols for said in _noise_sentence(one)),
    ]


def _summary(found: Verdict) -> str:
    """The one sentence that a reader takes away."""
    title, metric = found.questions.title, found.questions.metrics[0]
    datasets = {dataset for one in found.protocols for dataset in one.scores.datasets}
    beaten = [
        f"{answer.question.title} under `{one.scores.protocol.key}`"
        for one in found.protocols
        for answer in one.answers[metric]
        if answer.finding is Finding.HIGHER
    ]
    rivals = ", ".join(one.title for one in found.questions.question)
    shown = (
        f"{title} is shown to beat {' and '.join(beaten)}, and none of the other methods"
        if beaten
        else f"{title} is shown to beat none of the methods beside it"
    )
    return (
        f"**In {found.runs:,} runs on {len(datasets)} tables {shown}** ({rivals}): by "
        f"{short_title(metric)}, the metric that the text states."
    )


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
    return f"{answer.question.title} ({signed(answer.effect.mean)})"


def _mixed_sentence(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    """That the lead over trees comes with the metric, in numbers."""
    if not one.mixed:
        return
    rule, (first, *others) = found.questions.mixed, one.mixed
    printed = f"; print has {signed(first.printed.mean)}" if first.printed else ""
    gains = [f"{other.title}'s by {signed(_gain(other))}" for other in others]
    also = f", and {' and '.join(gains)}" if gains else ""
    yield (
        f"Print measures the networks by {short_title(rule.network_metric)} and trees by "
        f"{short_title(rule.other_metric)}. Measured alike under "
        f"`{one.scores.protocol.key}`, {first.title} minus "
        f"{other_title(found)} is {versus(first.alike)} over {first.alike.n} datasets; mixed as "
        f"in print it is {versus(first.mixed)}{printed}. The mixture alone moves "
        f"{first.title}'s difference by {signed(_gain(first))} points{also}."
    )


def _gain(mixed: MixedAnswer) -> float:
    return mixed.mixed.mean - mixed.alike.mean


def other_title(found: Verdict) -> str:
    """What tables call the method that networks are mixed with."""
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


def brief_title(metric: str) -> str:
    """A metric in a word, where a user may type one: swapped, balanced."""
    return next((short for short, name in SHORT.items() if name == metric), short_title(metric))


def versus(effect: Effect) -> str:
    """`-5.6 (3–7)`: the mean difference, wins and losses."""
    return f"{signed(effect.mean)} ({effect.wins}–{effect.losses})"


def chance(p: float | None) -> str:
    """A p value with three decimals."""
    if p is None:
        return "–"
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def signed(points: float) -> str:
    """A difference in points with its sign."""
    return f"{points:+.1f}".replace("-", "−")


def ends(interval: tuple[float, float] | None) -> str:
    """Both ends of an interval, or nothing."""
    return "–" if interval is None else f"[{signed(interval[0])}, {signed(interval[1])}]"
