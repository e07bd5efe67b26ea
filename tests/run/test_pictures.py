"""Results of runs on pictures, and how much memory planned runs need."""

from dataclasses import replace

import numpy as np
import pytest
from planned import planned_jobs
from toy_bench import ToyPredictor

from bench.run.estimate import memory_line, run_bytes
from bench.run.score import result_of
from iunet.declare.contract import Fitted
from iunet.declare.data import Rows
from iunet.declare.memory import member_bytes
from iunet.declare.net import Size
from iunet.declare.protocol import default_protocol
from iunet.measure.metrics import top5_accuracy

N_CLASSES = 3


def rows(*shape):
    return Rows(np.zeros((20, *shape), dtype=np.float32), np.arange(20) % N_CLASSES)


class Wide:
    """Scores of seven classes, the same for every row."""

    def scores(self, x):
        return np.tile(np.arange(7, dtype=np.float32), (len(x), 1))


def test_pictures_have_their_top5_accuracy_on_both_parts():
    pictures = Rows(np.zeros((21, 3, 32, 32), dtype=np.float32), np.arange(21) % 7)

    result, kept = result_of(Fitted(Wide()), pictures, pictures, 7)

    expected = top5_accuracy(kept.test.truth, kept.test.scores)
    assert expected == pytest.approx(5 / 7)
    assert result["metrics"]["top5_accuracy"] == expected
    assert result["metrics"]["valid_top5_accuracy"] == expected


def test_rows_of_a_table_have_none():
    result, _ = result_of(Fitted(ToyPredictor(0)), rows(2), rows(2), N_CLASSES)

    assert not [name for name in result["metrics"] if "top5" in name]


def test_what_a_fit_drew_is_kept_with_its_predictions():
    drawings = {"first_layer": np.zeros((6, 4), dtype=np.uint8)}

    _, kept = result_of(Fitted(ToyPredictor(0), drawings=drawings), rows(2), rows(2), N_CLASSES)

    assert kept.drawings == drawings


def jobs_of(dataset, columns, budget="full"):
    return planned_jobs((dataset,), columns, default_protocol(), budget)


def test_a_planned_run_says_what_its_net_holds():
    job = jobs_of("cifar10", (("mlp-vis", "omp"),))[0]

    assert run_bytes(job) == member_bytes(Size(92_088_330, 23_552), job.work)
    assert 3 * 2**30 < run_bytes(job) < 5 * 2**30
    narrow = replace(job, work=replace(job.work, start=replace(job.work.start, alpha=1)))
    assert run_bytes(narrow) < run_bytes(job) / 10


def test_only_large_runs_are_worth_a_word():
    large = jobs_of("cifar10", (("mlp-vis", "dense"), ("resnet", "dense")))
    small = jobs_of("vehicle", (("", "dense"), ("", "xgb")))

    assert memory_line(small) == ""
    assert memory_line([]) == ""
    assert memory_line([*small, *large]) == "a run of mlp-vis holds up to 2.1 GiB"
