"""Random streams: what a member draws depends on its seed, the purpose and the epoch only."""

import torch
from small_runs import blobs

from iunet.declare.settings import Views
from iunet.declare.sharing import batch_starts
from iunet.streams import stream
from iunet.train import batches
from iunet.train.batches import epoch_batches
from iunet.views.pool import Pool

VIEWS = Views(0.5, "per-feature", "feature")


def drawn(seed, purpose="order", epoch=0):
    return torch.rand(4, generator=stream(seed, purpose, epoch))


def epoch_of(seeds, stage="pretrain", epoch=0, data=None, views=VIEWS):
    pool = Pool.of(data or blobs(), "cpu", torch.float32)
    return list(epoch_batches(pool, seeds, stage, epoch, 16, views))


def test_a_stream_is_named_by_seed_purpose_and_epoch():
    torch.manual_seed(0)
    first = drawn(1)
    torch.manual_seed(1)

    assert torch.equal(drawn(1), first)
    others = [drawn(2), drawn(1, "views"), drawn(1, epoch=1)]
    assert not any(torch.equal(other, first) for other in others)


def test_a_members_batches_and_views_are_the_same_in_any_company():
    alone, company = epoch_of([7]), epoch_of([3, 7, 5])

    for one, several in zip(alone, company, strict=True):
        assert torch.equal(one.x[0], several.x[1])
        assert torch.equal(one.y[0], several.y[1])
        assert torch.equal(one.view[0], several.view[1])


def test_every_row_comes_once_an_epoch_in_another_order_each_time():
    data = blobs()
    epochs = [torch.cat([b.x[0] for b in epoch_of([0], epoch=e)]) for e in (0, 1)]
    stages = torch.cat([b.x[0] for b in epoch_of([0], "finetune")])

    for rows in (*epochs, stages):
        assert torch.equal(rows.unique(dim=0), torch.as_tensor(data.train.x).unique(dim=0))
    assert not torch.equal(epochs[0], epochs[1])
    assert not torch.equal(epochs[0], stages)


def test_views_do_not_move_the_order_of_the_rows():
    for with_views, without in zip(epoch_of([0]), epoch_of([0], views=None), strict=True):
        assert torch.equal(with_views.x, without.x)
        assert without.view is None


def test_labels_stay_with_their_rows():
    data = blobs()
    label = {tuple(row.tolist()): y for row, y in zip(data.train.x, data.train.y, strict=True)}

    for batch in epoch_of([0]):
        assert [label[tuple(row.tolist())] for row in batch.x[0]] == batch.y[0].tolist()


def test_a_table_of_several_blocks_of_batches_is_walked_whole(monkeypatch):
    whole = epoch_of([0, 1], views=None)
    monkeypatch.setattr(batches, "BATCHES_A_BLOCK", 2)

    blocks = epoch_of([0, 1], views=None)

    assert len(blocks) == len(whole) == 3
    assert all(torch.equal(a.x, b.x) for a, b in zip(blocks, whole, strict=True))


def test_a_last_batch_of_one_row_is_left_out_and_one_of_two_is_not():
    assert batch_starts(33, 16) == [0, 16]
    assert batch_starts(34, 16) == [0, 16, 32]
    assert batch_starts(32, 16) == [0, 16]
    assert batch_starts(5, 16) == [0]
    assert [len(b.y[0]) for b in epoch_of([0], data=blobs(rows=72))] == [16, 16, 16]
