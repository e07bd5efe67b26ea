"""A check: pair the runs of both sides, choose a comparator for each pair, and judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.check.columns import macros_of
from bench.check.environment import Comparator, Relation, Rules, relation
from bench.check.fingerprints import compare, same_scores
from bench.check.null import Null, digest_of
from bench.check.outcome import Differs, Matched, Report, Unjudged
from bench.check.pairing import Pair, Pairing, by_place, pair, title_of, why_unpaired
from bench.check.statistics import judge_columns
from bench.store.records import Record


@dataclass(frozen=True)
class Sides:
    """What is compared.

    Args:
        title: where the reference was read.
        reference, current: the records asked for.
        whole: every record of the reference, which the null is of.
        failures: reasons of runs that failed here, by run id.
    """

    title: str
    reference: Sequence[Record]
    current: Sequence[Record]
    whole: Sequence[Record]
    failures: Mapping[str, str] = field(default_factory=dict)


def check(sides: Sides, rules: Rules, null: Null | None = None, metric: str = "") -> Report:
    """Compare.

    Args:
        null: of the whole reference; needed only where environments differ.
        metric: of the statistics; empty means bench.check.columns.GATED.
    """
    pairing = pair(sides.reference, sides.current)
    related = [(one, relation(one.reference, one.current, rules)) for one in pairing.pairs]
    same = [(one, r) for one, r in related if r.comparator is Comparator.FINGERPRINTS]
    other = [one for one, r in related if r.comparator is Comparator.STATISTICS]
    judged = [(one, _judged(one, r)) for one, r in same]
    failed, missing = _unpaired(pairing, sides)
    return Report(
        reference=sides.title,
        matched=tuple(found for _, found in judged if isinstance(found, Matched)),
        differs=tuple(found for _, found in judged if isinstance(found, Differs)),
        columns=judge_columns(other, null, digest_of(sides.whole), metric) if other else (),
        failed=failed,
        refused=tuple(_refused(one, r) for one, r in related if r.comparator is Comparator.NONE),
        missing=missing,
        new=tuple(title_of(record) for record in pairing.only_current),
        macros=macros_of(
            (one for one, r in related if r.comparator is not Comparator.NONE), metric
        ),
    )


def _judged(one: Pair, how: Relation) -> Matched | Differs:
    found = compare(one.reference, one.current)
    run_id, title = one.reference.run_id, title_of(one.reference)
    if found:
        return Differs(run_id, title, found, how.difference)
    return Matched(run_id, title, same_scores(one.reference, one.current))


def _refused(one: Pair, how: Relation) -> Unjudged:
    return Unjudged(one.reference.run_id, title_of(one.reference), how.difference)


def _unpaired(pairing: Pairing, sides: Sides) -> tuple[tuple[Unjudged, ...], tuple[Unjudged, ...]]:
    """Runs of the reference that failed here, and those without a run here."""
    failed, missing = [], []
    places = by_place(sides.current)
    for record in pairing.only_reference:
        why = sides.failures.get(record.run_id)
        if why is not None:
            failed.append(Unjudged(record.run_id, title_of(record), f"failed here: {why}"))
        else:
            reason = why_unpaired(record, places)
            missing.append(Unjudged(record.run_id, title_of(record), reason))
    return tuple(failed), tuple(missing)
