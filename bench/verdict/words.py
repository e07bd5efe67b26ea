"""What the overall answer says, in a few sentences with their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from bench.declared.spec import read_table
from bench.judge.effects import Effect, Ranks
from bench.judge.metrics import metric_named, short_title
from bench.judge.tally import tally_sentences
from bench.tables.caption import counts_text
from bench.verdict.answer import Finding, MixedAnswer
from bench.verdict.standing import POWER, TARGET
from bench.verdict.verdict import UnderProtocol, Verdict

NONE = "There are no runs of {title} under the full budget yet; `bench {table}` makes them."


def headline(found: Verdict) -> list[str]:
    """What the runs say of the paper, in a few sentences, each with its numbers."""
    if not found.protocols:
        return [NONE.format(title=found.questions.title, table=found.questions.table)]
    return [
        _summary(found),
        *_mixed_sentence(found, found.protocols[0]),
        *(said for one in found.protocols for said in _places_sentence(found, one)),
        *(said for one in found.protocols for said in _agreement(one)),
        *(said for one in found.protocols for said in _noise_sentence(one)),
        *_needs(found),
    ]


def _summary(found: Verdict) -> str:
    """The sentence that a reader takes away: what is significant, in which metric."""
    first, *others = found.questions.metrics
    datasets = {dataset for one in found.protocols for dataset in one.scores.datasets}
    rivals = len(
        {
            answer.question.other
            for one in found.protocols
            for answer in one.answers[first]
            if answer.p is not None
        }
    )
    said = _significant(found, first)
    shown = (
        f"{found.questions.title} is {said}, and no other difference to {rivals} rivals is "
        f"significant"
        if said
        else f"no difference between {found.questions.title} and {rivals} rivals is significant"
    )
    also = [
        f" In {short_title(metric)} it is {other}."
        for metric in others
        if (other := _significant(found, metric))
    ]
    protocols = " and ".join(f"`{one.scores.protocol.key}`" for one in found.protocols)
    return (
        f"**In {found.runs:,} runs on {len(datasets)} datasets {shown}** in "
        f"{short_title(first)}, the metric that the paper states (protocols {protocols}, exact "
        f"signed-rank tests over datasets, Holm's adjustment). That is absence of evidence, not "
        f"evidence of equality.{''.join(also)}"
    )


def _significant(found: Verdict, metric: str) -> str:
    """`above TABN under released (+7.6, 9–1, p 0.035)`; empty where nothing is."""
    words = {Finding.HIGHER: "above", Finding.LOWER: "below"}
    return " and ".join(
        f"{words[answer.finding]} {answer.question.title} under `{one.scores.protocol.key}` "
        f"({signed(answer.effect.mean)}, {answer.effect.wins}–{answer.effect.losses}, "
        f"p {chance(answer.p)})"
        for one in found.protocols
        for answer in one.answers[metric]
        if answer.finding in words and answer.effect is not None
    )


def _mixed_sentence(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    """That the lead over trees comes with the metric, in numbers."""
    if not one.mixed:
        return
    rule, (first, *others) = found.questions.mixed, one.mixed
    gains = [f"{other.title}'s by {signed(_gain(other))}" for other in others]
    also = f", and {' and '.join(gains)}" if gains else ""
    yield (
        f"The printed scores of the paper's networks fit {short_title(rule.network_metric)} "
        f"(truth and prediction exchanged), those of {other_title(found)} "
        f"{short_title(rule.other_metric)}. Measured alike under `{one.scores.protocol.key}`, "
        f"{first.title} minus {other_title(found)} is {versus(first.alike)} over "
        f"{first.alike.n} datasets; mixed as in the paper it is {versus(first.mixed)}"
        f"{_printed_beside(first)}. Mixing the metrics alone raises {first.title}'s difference by "
        f"{signed(_gain(first))} points{also}."
    )


def _printed_beside(mixed: MixedAnswer) -> str:
    if mixed.printed is None or mixed.printed_whole is None:
        return ""
    return (
        f", and the printed numbers give {signed(mixed.printed.mean)} on these datasets and "
        f"{signed(mixed.printed_whole.mean)} {ends(mixed.printed_whole.interval)} on all "
        f"{mixed.printed_whole.n}"
    )


def _gain(mixed: MixedAnswer) -> float:
    return mixed.mixed.mean - mixed.alike.mean


def other_title(found: Verdict) -> str:
    """What tables call the method that networks are mixed with."""
    titles = {one.other: one.title for one in found.questions.question}
    return titles.get(found.questions.mixed.other, found.questions.mixed.other)


def _places_sentence(found: Verdict, one: UnderProtocol) -> Iterator[str]:
    """Where the method stands among all columns of the table, by mean rank."""
    if one.places is None:
        return
    columns, n = len(one.places.alike.average), one.places.alike.n

    def standing(ranks: Ranks) -> str:
        rank = ranks.average[found.questions.method]
        better = sum(other < rank for other in ranks.average.values())
        return f"{rank:.1f} (place {better + 1})"

    table = read_table(found.questions.table).printed.partition(",")[0]
    yield (
        f"Among the {columns} columns of {table}, over the {n} datasets that have all of them "
        f"under `{one.scores.protocol.key}`, {found.questions.title}'s mean rank is "
        f"{standing(one.places.alike)} where all are measured by "
        f"{short_title(found.questions.metrics[0])}, {standing(one.places.mixed)} in the metrics "
        f"that the paper mixes, and {standing(one.places.printed)} in the printed numbers."
    )


def _agreement(one: UnderProtocol) -> Iterator[str]:
    if one.tally is not None and one.tally.compared:
        said = " ".join(tally_sentences(one.tally))
        yield (
            f"Compared with the printed numbers, `{one.scores.protocol.key}`: "
            f"{counts_text(one.tally)}. {said}"
        )


def _noise_sentence(one: UnderProtocol) -> Iterator[str]:
    noise, runs = one.noise, one.degenerate
    if noise is not None:
        yield (
            f"Under `{one.scores.protocol.key}` the standard deviation is {noise.seeds:.1f} points "
            f"between the seeds of a network and {noise.methods:.1f} between methods "
            f"({noise.networks} networks, {noise.datasets} datasets). {runs.one_class} of "
            f"{runs.runs} network runs predict one class for every test row; in {runs.untrained} "
            f"the selected epoch is the one before any training."
        )


def _needs(found: Verdict) -> Iterator[str]:
    """How many datasets a small difference takes, under each protocol."""
    each = [
        f"{one.need.datasets} datasets under `{one.scores.protocol.key}`"
        for one in found.protocols
        if one.need is not None
    ]
    if each:
        yield (
            f"To show a difference of {TARGET:g} point between {found.questions.title} and "
            f"{found.questions.question[0].title} in {100 * POWER:.0f} % of repetitions takes "
            f"about {' and '.join(each)}, with as many seeds as now."
        )


def brief_title(metric: str) -> str:
    """A metric in a word, where a user may type one: swapped, balanced."""
    named = metric_named(metric)
    return named.short or named.short_title


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
