"""The declared claims on made-up results whose true means are equal: how often chance decides."""

from dataclasses import replace

import numpy as np

from bench.claims.compare import Outcome
from bench.claims.judge import verdicts
from bench.claims.numbers import Score, rows_of
from bench.declared.claims import read_claims

DRAWS = 500
"""Of each kind of numbers."""

MOST = 0.05 + 3 * (0.05 * 0.95 / (2 * DRAWS)) ** 0.5
"""5 %, and three binomial standard deviations of a share of 5 % in all draws: 7.1 %."""

SPREADS = (0.1, 0.3, 0.5, 1.0, 2.0, 5.0)
"""Standard deviations over seeds in points, one dataset each in turn: as those of shipped runs."""


class EqualTruth:
    """Three runs of every column in every draw, all with the mean and spread of their dataset."""

    name = "made up"

    def __init__(self, printed, recorded):
        self.printed, self.draw = printed, 0
        self._recorded = recorded
        self._generator = np.random.default_rng(7)
        self._columns, self._read = {}, {}

    def scores(self, side, metric):
        """The rows of a column in this draw; only so many datasets have runs."""
        draw, found = self._read.get(side, (None, None))
        if draw != self.draw:
            if side not in self._columns:
                self._columns[side] = self._runs(side)
            rows, there, means, spreads = self._columns[side]
            cells = zip(there, means[self.draw], spreads[self.draw], strict=True)
            found = dict.fromkeys(rows) | {row: Score(*cell, "accuracy") for row, *cell in cells}
            self._read[side] = self.draw, found
        return found

    def _runs(self, side):
        rows = list(rows_of(side))
        datasets = list(dict.fromkeys(dataset for dataset, _ in rows))
        there = [row for row in rows if row[0] in datasets[: self._recorded]]
        spreads = [SPREADS[datasets.index(dataset) % len(SPREADS)] for dataset, _ in there]
        runs = self._generator.normal(70.0, spreads, size=(3, DRAWS, len(there)))
        return rows, there, runs.mean(axis=0).tolist(), runs.std(axis=0).tolist()


def test_where_nothing_differs_a_claim_of_all_is_contradicted_in_five_percent_of_draws_at_most():
    claims = replace(read_claims(), ranking=())
    contradicted, tested = 0, set()
    for printed, recorded in ((True, 40), (False, 10)):
        numbers = EqualTruth(printed, recorded)
        for numbers.draw in range(DRAWS):
            verdict = verdicts(claims, numbers).claims
            contradicted += any(one.outcome is Outcome.CONTRADICTED for one in verdict)
        tested |= {len(each.pairs) for one in verdict for each in one.comparisons}

    assert tested == {1, 3, 4, 10, 12, 40}
    assert contradicted / (2 * DRAWS) <= MOST
