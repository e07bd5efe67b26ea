"""What a batch costs beside its step: copies to the device, waiting for it, operations."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from small_pictures import picture_chain, pictures
from small_runs import PROTOCOLS, blobs, small_chain
from test_train_capture import ASKS
from torch.utils._python_dispatch import TorchDispatchMode

from iunet.declare.settings import Views
from iunet.train.feed import feed_of
from iunet.views.moved import moved

META = torch.device("meta")
BOTH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


class Watched(TorchDispatchMode):
    """Counts copies to the device, operations on it, and what would wait for it."""

    def __init__(self):
        super().__init__()
        self.copies = self.operations = 0
        self.asked = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        there = [part for part in args if isinstance(part, torch.Tensor) and part.device == META]
        self.operations += bool(there)
        if name in ASKS and there:
            self.asked[name] += 1
        if isinstance(found, torch.Tensor) and found.device == META and not there:
            self.copies += name == "_to_copy"
        return found


def watched(data, training, members, batch=4):
    feed = feed_of(data, "meta", torch.float32)
    with Watched() as seen:
        count = len(
            list(feed.batches(range(members), "pretrain", 0, replace(training, batch=batch)))
        )
    return seen, count


@pytest.mark.parametrize("unit", ["column", "feature"])
@pytest.mark.parametrize("donor", ["one-row", "per-feature"])
@pytest.mark.parametrize("members", [1, 30])
def test_a_block_of_rows_is_one_copy_whatever_its_views_and_members(unit, donor, members):
    training = small_chain(PROTOCOLS["code"](), "iunet").pretrain
    training = replace(training, contrast=replace(training.contrast, views=Views(0.6, donor, unit)))

    seen, count = watched(blobs(rows=900), training, members)

    assert count == 150 and not seen.asked
    assert seen.copies == 3  # of 64, 64 and 22 batches


@pytest.mark.parametrize("members", [1, 30])
@pytest.mark.parametrize("method", ["iunet", "dense"])
@BOTH
def test_a_block_of_pictures_is_one_copy_whatever_is_done_to_them(protocol, method, members):
    training = picture_chain(protocol(), method).pretrain

    seen, count = watched(pictures(count=66 * 4), training, members)

    assert count == 66 and not seen.asked
    assert seen.copies == 2


@pytest.mark.parametrize("method", ["iunet", "dense"])
@BOTH
def test_a_batch_of_pictures_takes_no_more_operations_for_more_members(protocol, method):
    training = picture_chain(protocol(), method).pretrain
    data = pictures(count=10 * 16)

    few, many = (watched(data, training, members, 16)[0].operations for members in (3, 30))

    assert 0.95 * few <= many <= 1.05 * few  # among few pictures may be none whose hue is third


def test_tensors_of_all_types_and_sizes_arrive_together():
    parts = [
        torch.arange(5),
        torch.tensor([True, False, True]),
        torch.zeros(0, 4),
        torch.ones(2, 3, dtype=torch.float32).T,
        torch.tensor(2.0, dtype=torch.float64),
    ]

    with Watched() as seen:
        there = moved(parts, META)

    assert seen.copies == 1
    assert [(t.dtype, t.shape) for t in there] == [(t.dtype, t.shape) for t in parts]
    assert all(a is b for a, b in zip(moved(parts, torch.device("cpu")), parts, strict=True))
