"""A table of a bridge whose steps change nothing: how often chance marks an effect."""

import numpy as np

from bench.bridge.effects import Line, StepEffect, adjusted_together
from bench.judge.interval import mean_of, weighted_sum
from bench.plan.plan import Place

DRAWS = 1000
MOST = 0.05 + 3 * (0.05 * 0.95 / DRAWS) ** 0.5
"""5 %, and three binomial standard deviations of a share of 5 % in so many draws: 7.1 %."""

STEPS, SEEDS = 8, (0, 1, 2)
SPREADS = {"vehicle": 2.0, "car": 1.0, "kc1": 5.0}
"""Standard deviations over seeds, in points, of three datasets."""

MEAN = Place("mean of 3 datasets", "", "omp")


def table_of(runs):
    """Steps minus the base, [seeds, base and steps, datasets]; the last step has other seeds."""
    lines = []
    for step in range(1, STEPS + 1):
        seeds = SEEDS if step < STEPS else (42, 1, 2)
        effects = {}
        for place, dataset in enumerate(SPREADS):
            base, other = runs[:, 0, place].tolist(), runs[:, step, place].tolist()
            parts = [
                (1.0, dict(zip(seeds, other, strict=True))),
                (-1.0, dict(zip(SEEDS, base, strict=True))),
            ]
            effects[Place(dataset, "", "omp")] = StepEffect(weighted_sum(parts))
        mean = mean_of([effect.estimate.value for effect in effects.values()])
        lines.append(Line("step", f"{step}", "", effects, {MEAN: StepEffect(mean)}))
    return lines


def test_where_no_step_changes_anything_five_percent_of_tables_have_a_mark_at_most():
    spreads = list(SPREADS.values())
    runs = np.random.default_rng(3).normal(
        70.0, spreads, size=(DRAWS, len(SEEDS), STEPS + 1, len(spreads))
    )
    marked = alone = 0
    for draw in runs:
        effects = [
            effect
            for line in adjusted_together(table_of(draw))
            for effect in (*line.effects.values(), *line.means.values())
        ]
        marked += any(effect.differs for effect in effects)
        alone += any(effect.estimate.clear for effect in effects)

    assert alone / DRAWS > 0.5  # single intervals, which tell a reader nothing of the whole table
    assert 0.0 < marked / DRAWS <= MOST


def test_an_effect_far_beyond_its_spread_is_marked():
    runs = np.full((3, STEPS + 1, len(SPREADS)), 70.0)
    runs += np.random.default_rng(3).normal(0.0, 1.0, size=runs.shape)
    runs[:, 1, 0] = runs[:, 0, 0] + [60.0, 60.1, 60.2]

    lines = adjusted_together(table_of(runs))

    assert [
        (line.key, column.dataset)
        for line in lines
        for column, effect in line.effects.items()
        if effect.differs
    ] == [("1", "vehicle")]


def test_the_base_is_not_tested():
    base = Line("base", "paper", "", {MEAN: StepEffect(mean_of([70.0, 70.1, 70.2]))})

    (line,) = adjusted_together([base])

    assert line == base
