"""What the overall answer says in a few sentences, each with its numbers."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from bench.declared.tables import read_table, short_title
from bench.judge.effects import Effect, Ranks
from bench.judge.tally import WORTH, counts_text, tally_sentences
from bench.render.text import md_code
from bench.verdict.answer import Finding
from bench.verdict.verdict import POWER, TARGET, PictureDifference, UnderProtocol, Verdict


def headline(found: Verdict) -> list[str]:
    """What the runs say of the paper, shortly; without runs which command makes them."""
    title, table = found.questions.title, found.questions.table
    if not found.protocols:
        return [
            f"There are no runs of {title} under the full budget yet; `bench {table}` makes them."
        ]
    first = found.protocols[0]
    sentences = [
        _significance(found),
        _limits(found),
        _on_pictures(found),
        _mixed_shortly(found, first),
        _in_other_metrics(found),
        rank_sentence(found, first),
        _agreement_shortly(found),
        _noise_shortly(found),
    ]
    return list(filter(None, sentences))


def power_sentence_start(found: Verdict) -> str:
    """The beginning of a sentence that ends with how many datasets a small difference takes."""
    return (
        f"An unadjusted t test would show a difference of {TARGET:g} point between "
        f"{found.questions.title} and {found.questions.question[0].title} in "
        f"{100 * POWER:.0f} % of repetitions with"
    )


def title_of(method: str, found: Verdict) -> str:
    """What tables call a method; its name where no question is about it."""
    titles = {question.other: question.title for question in found.questions.question}
    return {found.questions.method: found.questions.title, **titles}.get(method, method)


def effect_text(effect: Effect | None) -> str:
    """`−5.6 (3–7)`: the mean difference, wins and losses; a dash where there is no effect."""
    return f"{signed(effect.mean)} ({effect.wins}–{effect.losses})" if effect else "–"


def p_text(p: float | None) -> str:
    """A p value with three decimals."""
    if p is None:
        return "–"
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def signed(points: float) -> str:
    """A difference in points with its sign."""
    return f"{points:+.1f}".replace("-", "−")


def interval_text(interval: tuple[float, float] | None) -> str:
    """Both ends of an interval; a dash where there is none."""
    return "–" if interval is None else f"[{signed(interval[0])}, {signed(interval[1])}]"


def mixed_metrics_sentence(found: Verdict, one: UnderProtocol) -> str:
    """That the lead over trees comes with the metric, in numbers; empty without these runs."""
    if not one.mixed:
        return ""
    rule, (first, *others) = found.questions.mixed, one.mixed
    rival = title_of(rule.other, found)
    gains = [f"{other.title}'s by {signed(other.gain)}" for other in others]
    also = f", and {' and '.join(gains)}" if gains else ""
    beside = ""
    if first.printed and (whole := first.printed_whole):
        beside = (
            f", and the printed numbers give {signed(first.printed.mean)} on these datasets and "
            f"{signed(whole.mean)} {interval_text(whole.interval)} on all {whole.n}"
        )
    return (
        f"Measured alike, {first.title} minus {rival} is {effect_text(first.alike)} over "
        f"{first.alike.n} datasets; mixed as in the paper it is {effect_text(first.mixed)}"
        f"{beside}. Mixing the metrics alone raises {first.title}'s difference by "
        f"{signed(first.gain)} points{also}."
    )


def rank_sentence(found: Verdict, one: UnderProtocol) -> str:
    """Where the method stands among all columns of the table, by mean rank."""
    if one.rank_comparison is None:
        return ""

    def standing(ranks: Ranks) -> str:
        rank = ranks.average[found.questions.method]
        better = sum(other < rank for other in ranks.average.values())
        return f"{rank:.1f} (place {better + 1})"

    alike = one.rank_comparison.alike
    table = read_table(found.questions.table).printed.partition(",")[0]
    return (
        f"Among the {len(alike.average)} columns of {table}, over the {alike.n} datasets that have "
        f"all of them under {one.code}, {found.questions.title}'s mean rank is {standing(alike)} "
        f"where all are measured by {short_title(found.questions.metrics[0])}, "
        f"{standing(one.rank_comparison.mixed)} in the metrics that the paper mixes, and "
        f"{standing(one.rank_comparison.printed)} in the printed numbers."
    )


def agreement_sentence(one: UnderProtocol) -> str:
    """How the cells compare with the printed numbers, and what that is worth."""
    if one.tally is None or not one.tally.compared:
        return ""
    sentences = " ".join(tally_sentences(one.tally))
    return f"Compared with the printed numbers: {counts_text(one.tally)}. {sentences}"


def degenerate_sentence(one: UnderProtocol) -> str:
    """How many network runs say nothing."""
    runs = one.degenerate
    return (
        f"{runs.one_class} of {runs.runs} network runs predict one class for every test row; in "
        f"{runs.untrained} the selected epoch is the one before any training."
    )


def _significance(found: Verdict) -> str:
    """The sentence that a reader takes away: what is significant in the stated metric."""
    title, first = found.questions.title, found.questions.metrics[0]
    datasets = {dataset for one in found.protocols for dataset in one.scores.datasets}
    rivals = " and ".join(
        f"{sum(answer.p is not None for answer in one.deciding)} rivals under {one.code}"
        for one in found.protocols
    )
    significant = _significant(found, first)
    result = (
        f"{title} is {significant}, and no other difference is significant"
        if significant
        else f"no difference between {title} and its rivals is significant"
    )
    return (
        f"**In {found.runs:,} runs on {len(datasets)} tabular datasets {result}** in "
        f"{short_title(first)}, the metric that the paper states: {rivals}, exact signed-rank "
        f"tests over datasets, Holm's adjustment."
    )


def _limits(found: Verdict) -> str:
    """That absence of evidence is no evidence of equality: what the tests could not have shown."""
    needs = [
        f"{one.need.datasets} datasets under {one.code}" for one in found.protocols if one.need
    ]
    more = f" {power_sentence_start(found)} about {' and '.join(needs)}." if needs else ""
    everywhere = [
        (answer.effect, f"{answer.question.title} under {one.code} ({signed(answer.effect.mean)})")
        for one in found.protocols
        for answer in one.deciding
        if answer.effect and answer.effect.wins == answer.effect.n
        if answer.finding is Finding.UNDECIDED
    ]
    won = (
        f" On {max(effect.n for effect, _ in everywhere)} datasets even a win on every one is "
        f"not significant after the adjustment; {found.questions.title} wins on all of them "
        f"against {' and '.join(rival for _, rival in everywhere)}."
        if everywhere
        else ""
    )
    return f"That is absence of evidence, not evidence of equality.{more}{won}"


def _in_other_metrics(found: Verdict) -> str:
    """What is significant in the other metrics."""
    said = [
        f"In {short_title(metric)} {found.questions.title} is significantly {significant}."
        for metric in found.questions.metrics[1:]
        if (significant := _significant(found, metric))
    ]
    return " ".join(said)


def _significant(found: Verdict, metric: str) -> str:
    """`above TABN under released (+7.6, 9–1, p 0.035)`; empty where nothing is."""
    words = {Finding.HIGHER: "above", Finding.LOWER: "below"}
    return " and ".join(
        f"{words[answer.finding]} {answer.question.title} under {one.code} "
        f"({signed(answer.effect.mean)}, {answer.effect.wins}–{answer.effect.losses}, "
        f"adjusted p {p_text(answer.p)})"
        for one in found.protocols
        for answer in one.answers[metric]
        if answer.finding in words and answer.effect is not None
    )


def _mixed_shortly(found: Verdict, one: UnderProtocol) -> str:
    """What mixing the metrics does to the difference to trees."""
    if not one.mixed:
        return ""
    rule, first = found.questions.mixed, one.mixed[0]
    rival = title_of(rule.other, found)
    return (
        f"The printed scores of the paper's networks fit {short_title(rule.network_metric)} "
        f"(truth and prediction exchanged), those of {rival} {short_title(rule.other_metric)}. "
        f"Under {one.code} {first.title} minus {rival} is {effect_text(first.alike)} where both "
        f"are measured by {short_title(rule.other_metric)}, and {effect_text(first.mixed)} where "
        f"the two metrics are mixed."
    )


def _on_pictures(found: Verdict) -> str:
    """What the runs on pictures come to, beside print, and how they differ from the paper's."""
    title, asked = found.questions.title, found.questions.pictures
    of_dataset = attrgetter("dataset")
    pictures = [(one.code, sorted(one.pictures, key=of_dataset)) for one in found.protocols]
    said = [
        f"the differences on {dataset} under {code} are {title} {', '.join(map(_minus, group))}"
        for code, differences in pictures
        for dataset, group in groupby(differences, key=of_dataset)
    ]
    if not said:
        return ""
    seeds = sorted({each.seeds for _, differences in pictures for each in differences})
    metric = short_title(read_table(next(iter(asked.others))).metric)
    return (
        f"With {asked.runs} (budget {md_code(asked.budget)}), {'; '.join(said)}, in points of "
        f"{metric} with Welch's intervals over {' or '.join(map(str, seeds))} seeds. "
        f"This decides no claim of the paper, since only runs under the full budget do."
    )


def _minus(one: PictureDifference) -> str:
    """`minus MLP_VIS +4.9 [+3.9, +5.9] (printed: +5.6)`."""
    printed = "" if one.printed is None else f" (printed: {signed(one.printed)})"
    return f"minus {one.other} {signed(one.own.value)} {interval_text(one.own.interval)}{printed}"


def _agreement_shortly(found: Verdict) -> str:
    """How the cells compare with the printed numbers, beside what a wrong column would."""
    tallies = [(one.code, one.tally) for one in found.protocols if one.tally and one.tally.compared]
    if not tallies:
        return ""
    counts = "; ".join(f"under {key} {counts_text(tally)}" for key, tally in tallies)
    shares = [
        (tally.agree / tally.compared, wrong.part / wrong.whole, key)
        for key, tally in tallies
        if (wrong := tally.wrong_column).whole
    ]
    each = ", and ".join(
        f"{100 * own:.0f} % of cells agree with their own printed number and {100 * other:.0f} % "
        f"with that of another column under {key}"
        for own, other, key in shares
    )
    weak = all(own <= other + WORTH for own, other, _ in shares)
    so = "; so agreement is hardly evidence of reproduction" if weak else ""
    also = f" By the same rule {each}{so}." if shares else ""
    return f"Of the cells of all tables beside their printed numbers, {counts}.{also}"


def _noise_shortly(found: Verdict) -> str:
    """What another seed and another method move a score by."""
    metric = short_title(found.questions.metrics[0])
    each = [(one.noise, one.code) for one in found.protocols if one.noise]
    if not each:
        return ""
    said = ", and ".join(
        f"{noise.seeds:.1f} points between seeds and {noise.methods:.1f} between methods under "
        f"{code} ({noise.networks} networks, {noise.datasets} datasets)"
        for noise, code in each
    )
    return f"The {metric} of a network has a standard deviation of {said}."
