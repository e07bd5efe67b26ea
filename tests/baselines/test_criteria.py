"""The two criteria that learn nothing."""

import pytest
import torch

from iunet.criteria import find_criterion
from iunet.prune.candidates import Candidates


def candidates(*seeds):
    draw = torch.Generator().manual_seed(7)
    weights = torch.randn(len(seeds), 3, 4, generator=draw)
    return Candidates(
        trained={"first": weights, "second": weights[:, 0]},
        initial={"first": -2 * weights, "second": weights[:, 1]},
        generators=[torch.Generator().manual_seed(seed) for seed in seeds],
    )


@pytest.mark.parametrize("key", ["magnitude", "random", "initial-magnitude"])
def test_a_criterion_scores_every_entry_of_every_member(key):
    given = candidates(0, 1)

    scores = find_criterion(key)(given)

    assert {name: s.shape for name, s in scores.items()} == {
        name: weight.shape for name, weight in given.trained.items()
    }


def test_initial_magnitude_looks_at_the_weights_before_training_only():
    given = candidates(0)

    scores = find_criterion("initial-magnitude")(given)

    assert torch.equal(scores["first"], 2 * given.trained["first"].abs())


def test_random_scores_of_a_member_do_not_depend_on_its_company():
    random = find_criterion("random")

    alone, together = random(candidates(5)), random(candidates(4, 5))

    assert torch.equal(alone["second"][0], together["second"][1])


def test_random_scores_differ_between_seeds_and_between_parameters():
    scores = find_criterion("random")(candidates(1, 2))

    assert not torch.equal(scores["first"][0], scores["first"][1])
    assert not torch.equal(scores["first"][0, 0], scores["second"][0])
