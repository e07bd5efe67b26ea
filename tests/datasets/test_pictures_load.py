"""From a key to prepared pictures: what a method is given, what is refused, and the data id."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from made_up_pictures import SMALL, SheetFolder, made_up_set
from sklearn.datasets import load_digits

from bench.datasets.catalogue import find_dataset
from bench.datasets.fetch import write_stored
from bench.datasets.load import load_counts, load_dataset, prepare
from bench.datasets.preparation import PicturePreparation
from bench.datasets.source import Places, check_content, find_source, read_dataset
from bench.errors import DataMismatch, DataMissing, UsageError
from iunet.declare.protocol import default_protocol, find_protocol
from iunet.declare.vision import PictureSplit

SPLIT = PictureSplit(valid=0.2, seed=1)
OWN = PicturePreparation(SPLIT, "own")


def test_digits_load_with_no_file_at_hand(places):
    loaded = load_dataset("digits", OWN, places=places)
    fit = loaded.fit
    assert fit.train.x.shape == (1150, 3, 32, 32)
    assert (fit.train.x.dtype, fit.train.y.dtype) == (np.uint8, np.int64)
    assert (fit.valid.x.shape, loaded.test.x.shape) == ((287, 3, 32, 32), (360, 3, 32, 32))
    assert fit.valid.x.dtype == loaded.test.x.dtype == np.float32
    assert (fit.n_classes, loaded.notes) == (10, ())
    assert set(fit.train.y) == set(range(10))


def test_digits_are_those_of_scikit_learn_enlarged_and_every_one_is_there_once(places):
    pictures, _ = read_dataset(find_dataset("digits"), places)
    x = np.concatenate([pictures.train_x, pictures.test_x])
    assert (x == x[:, :1]).all()
    grey = x[:, 0].reshape(-1, 8, 4, 8, 4)
    assert (grey == grey[:, :, :1, :, :1]).all()
    small = np.rint(grey[:, :, 0, :, 0].reshape(-1, 64) / 255 * 16).astype(np.int64)
    original = load_digits()
    labels = np.concatenate([pictures.train_y, pictures.test_y])
    ours, theirs = (
        sorted(np.column_stack(pair).tolist())
        for pair in ((small, labels), (original.data.astype(np.int64), original.target))
    )
    assert ours == theirs
    shares = np.bincount(pictures.test_y) / np.bincount(labels)
    np.testing.assert_allclose(shares, 0.2, atol=0.004)


def test_validation_and_test_pictures_are_scaled_by_the_kept_training_pictures(places):
    loaded = load_dataset("digits", replace(OWN, pictures=200), places=places)
    x = loaded.fit.train.x / 255
    np.testing.assert_allclose(loaded.fit.mean, x.mean(axis=(0, 2, 3)), rtol=1e-6)
    pictures, _ = read_dataset(find_dataset("digits"), places)
    expected = (pictures.test_x / 255 - x.mean()) / x.std()
    np.testing.assert_allclose(loaded.test.x, expected, atol=1e-5)
    parts = (loaded.fit.train, loaded.fit.valid, loaded.test)
    assert [len(part.y) for part in parts] == [200, 50, 360]


def test_counts_without_the_split_are_those_of_the_loaded_pictures(places):
    protocol = find_protocol(default_protocol())
    protocol = replace(protocol, vision=replace(protocol.vision, split=SPLIT))
    counts = load_counts("digits", protocol, places=places)
    loaded = load_dataset("digits", OWN, places=places)
    parts = {"n_train": loaded.fit.train, "n_valid": loaded.fit.valid, "n_test": loaded.test}
    sizes = {name: len(part.y) for name, part in parts.items()}
    assert counts == sizes | {"n_classes": loaded.fit.n_classes}


def test_the_data_id_changes_with_split_normalisation_and_cap(places):
    changes = (
        {},
        {"split": PictureSplit(valid=0.2, seed=2)},
        {"split": PictureSplit(valid=0.1, seed=1)},
        {"normalise": "none"},
        {"pictures": 300},
    )
    loaded = [load_dataset("digits", replace(OWN, **c), places=places) for c in changes]
    assert len({one.data_id for one in loaded}) == len(changes)
    assert len({one.digest for one in loaded}) == 1
    again = load_dataset("digits", OWN, places=places)
    assert (again.data_id, len(again.data_id)) == (loaded[0].data_id, 16)


def test_classes_a_part_lacks_are_noted():
    pictures = made_up_set()
    few = replace(pictures, test_x=pictures.test_x[:3], test_y=np.array([0, 1, 2]))
    loaded = prepare(replace(SMALL, test=3), few, few.digest(), OWN)
    assert loaded.notes[-1] == "no test picture of class 3, 4, 5, 6, 7, 8, 9"


def test_the_digest_is_of_shapes_pictures_labels_and_their_order():
    pictures = made_up_set()
    shapes = '{"train":[30,3,32,32],"test":[20,3,32,32]}'
    content = shapes.encode()
    for x, y in ((pictures.train_x, pictures.train_y), (pictures.test_x, pictures.test_y)):
        content += x.tobytes() + b"".join(int(label).to_bytes(4, "little") for label in y)
    assert pictures.digest() == hashlib.sha256(content).hexdigest()[:32]


def test_the_digest_is_the_same_from_every_memory_layout_and_label_type():
    pictures = made_up_set()
    last = np.ascontiguousarray(pictures.train_x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    other = replace(pictures, train_x=last, train_y=pictures.train_y.astype(np.uint8), notes=("n",))
    assert other.digest() == pictures.digest()
    turned = replace(pictures, train_x=pictures.train_x[::-1], train_y=pictures.train_y[::-1])
    assert turned.digest() != pictures.digest()


def test_the_same_pictures_have_one_digest_in_the_folder_and_in_the_store(places, tmp_path):
    pictures = made_up_set()
    SheetFolder(tmp_path / "brought" / "vision", pictures)
    folder = Places(places.store, folder=tmp_path / "brought")
    brought, digest = read_dataset(SMALL, folder)
    write_stored(places.store, "cifar10", brought, "made up")
    assert find_source(SMALL, folder).place == "store"
    kept, again = read_dataset(SMALL, places)
    assert digest == again == pictures.digest()
    np.testing.assert_array_equal(kept.train_x, pictures.train_x)


def test_pictures_not_at_hand_say_where_they_were_looked_for_and_how_to_get_them(places, tmp_path):
    fetch = r"Run `bench data fetch svhn`, or `bench data import FOLDER --as svhn`"
    with pytest.raises(DataMissing, match=rf"svhn .* BENCH_DATA \(not set\). {fetch}"):
        load_dataset("svhn", OWN, places=places)
    SheetFolder(tmp_path / "vision", made_up_set())
    with_folder = Places(places.store, folder=tmp_path, offline=True)
    with pytest.raises(DataMissing, match="Unset BENCH_OFFLINE and run"):
        load_dataset("svhn", OWN, places=with_folder)


def test_a_key_of_no_pictures_is_a_usage_error(places):
    with pytest.raises(UsageError, match="iris is a table, not a set of pictures"):
        load_dataset("iris", OWN, places=places)
    with pytest.raises(UsageError, match="no dataset called 'cifar'; known: cifar10"):
        find_dataset("cifar")
    with pytest.raises(UsageError, match="no dataset called 'cifar-10'; known: cifar10"):
        find_dataset("cifar-10")


def _part(y, x=None):
    pictures = made_up_set()
    return replace(pictures, train_y=y, train_x=pictures.train_x if x is None else x)


LABELS = made_up_set().train_y


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (_part(LABELS[:-1]), r"30 training pictures but 29 labels. MEND"),
        (made_up_set(train=29), r"29 training pictures, the catalogue has 30; .*incomplete"),
        (made_up_set(test=21), r"21 test pictures, the catalogue has 20"),
        (
            _part(np.where(np.arange(30) == 4, 10, LABELS)),
            r"training picture 4 has label 10, but labels of 10 classes are 0 to 9; 1 labels",
        ),
        (_part(LABELS - 1), r"has label -1, but labels of 10 classes are 0 to 9; 3 labels"),
        (_part(np.where(LABELS == 3, 4, LABELS)), r"9 of 10 classes have .* class 3 has none"),
        (_part(LABELS.astype(float)), r"labels are 1-dimensional float64, not a row of integers"),
        (_part(LABELS, np.zeros((30, 3, 28, 28), np.uint8)), r"3 x 28 x 28 uint8, not 3 x 32 x 32"),
        (_part(LABELS, np.zeros((30, 3, 32, 32), np.float32)), r"3 x 32 x 32 float32, not"),
    ],
)
def test_pictures_other_than_catalogued_are_one_line_with_both_numbers(pictures, message):
    with pytest.raises(DataMismatch, match=rf"^cifar10: .*{message}") as caught:
        check_content(SMALL, pictures, "MEND")
    assert "\n" not in str(caught.value)


def test_another_content_than_pinned_is_refused():
    pinned = replace(SMALL, content="f" * 32)
    digest = made_up_set().digest()
    with pytest.raises(
        DataMismatch, match=rf"content {digest[:12]}, the catalogue has ffffffffffff"
    ):
        check_content(pinned, made_up_set(), "MEND")


def test_another_content_than_when_it_was_kept_is_refused(places):
    write_stored(places.store, "cifar10", made_up_set(), "made up")
    path = places.store / "cifar10.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"content": "f" * 32}))
    with pytest.raises(
        DataMismatch, match="pinned when it was stored is ffffffffffff.*fetch cifar10"
    ):
        read_dataset(SMALL, places)
