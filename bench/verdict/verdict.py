"""Everything `bench verdict` says, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.declared.questions import Questions, read_questions
from bench.declared.spec import read_table
from bench.diff.asked import printed_tables
from bench.judge.effects import Ranks
from bench.judge.tally import Tally, tally_of
from bench.plan.query import Query
from bench.store.store import Store
from bench.tables.asked import collected, prepare
from bench.verdict.answer import (
    Answer,
    MixedAnswer,
    PrintedAnswer,
    answers,
    mixed_answers,
    printed_answer,
)
from bench.verdict.scores import Scores, read_scores
from bench.verdict.standing import (
    Degenerate,
    Need,
    Noise,
    Places,
    degenerate,
    mask_before_training,
    need,
    noise,
    places,
    ranks,
)
from iunet.declare.protocol import default_protocol, find_protocol, shipped_protocols


@dataclass(frozen=True)
class UnderProtocol:
    """What the runs under one protocol say.

    Args:
        answers: by metric, in declared order; the first metric decides.
        places: of all columns of the table.
        masks: by net:method of a pruned network, the share of its mask there before training.
        tally: of the cells of all printed tables on these datasets, each distinct one once; None
            under a protocol that print does not stand for.
    """

    scores: Scores
    answers: Mapping[str, tuple[Answer, ...]]
    mixed: tuple[MixedAnswer, ...]
    noise: Noise | None
    degenerate: Degenerate
    masks: Mapping[str, float]
    ranks: Ranks | None
    places: Places | None
    need: Need | None
    tally: Tally | None


@dataclass(frozen=True)
class Verdict:
    """The overall answer.

    Args:
        protocols: those that have runs, in the order asked for.
        printed: every question that print answers.
    """

    questions: Questions
    protocols: tuple[UnderProtocol, ...]
    printed: tuple[PrintedAnswer, ...]

    @property
    def runs(self) -> int:
        """How many runs the answers rest on."""
        return sum(len(runs) for one in self.protocols for runs in one.scores.runs.values())


def verdict(store: Store, protocols: Sequence[str] = ()) -> Verdict:
    """Answer every question under these protocols, or under the shipped ones.

    Raises:
        UnknownKey: no such protocol.
    """
    questions = read_questions()
    scores = [
        read_scores(questions, find_protocol(name), store) for name in protocols or _default_first()
    ]
    datasets = {dataset for one in scores for dataset in one.datasets}
    printed = [printed_answer(questions, one, sorted(datasets)) for one in questions.question]
    return Verdict(
        questions=questions,
        protocols=tuple(_under(questions, one, store) for one in scores if one.runs),
        printed=tuple(one for one in printed if one is not None),
    )


def _default_first() -> list[str]:
    return sorted(shipped_protocols(), key=lambda key: key != default_protocol())


def _under(questions: Questions, scores: Scores, store: Store) -> UnderProtocol:
    metric = questions.metrics[0]
    masks = {method: mask_before_training(scores, method) for method in questions.networks}
    return UnderProtocol(
        scores=scores,
        answers={each: answers(questions, scores, each) for each in questions.metrics},
        mixed=mixed_answers(questions, scores),
        noise=noise(questions, scores, metric),
        degenerate=degenerate(scores),
        masks={method: share for method, share in masks.items() if share is not None},
        ranks=ranks(questions, scores, metric),
        places=places(questions, scores, metric),
        need=need(scores, (questions.method, questions.question[0].other), metric),
        tally=_tally(scores, store),
    )


def _tally(scores: Scores, store: Store) -> Tally | None:
    if scores.protocol.key not in shipped_protocols():
        return None
    tables = []
    for name in printed_tables():
        rows = {row.dataset for row in read_table(name).rows}
        there = tuple(dataset for dataset in scores.datasets if dataset in rows)
        selection = Query(name, protocol=scores.protocol.key, datasets=there)
        if there:
            tables.append(collected(prepare(selection), store))
    return tally_of(tables)
