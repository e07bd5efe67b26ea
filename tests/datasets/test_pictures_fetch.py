"""torchvision's own classes against a local server, and everything that can go wrong on the way."""

import json
import re
import sys

import numpy as np
import pytest
from made_up_pictures import SMALL, CifarArchive, made_up_set, md5, svhn_file

from bench.datasets.catalogue import vision_datasets
from bench.datasets.client import main
from bench.datasets.fetch import fetch_dataset, write_stored
from bench.datasets.pictures import read_pictures
from bench.datasets.source import Places, read_dataset
from bench.errors import DataMismatch, FetchFailed, StoreUnwritable

AGAIN = re.escape("Nothing was kept; run `bench data fetch cifar10` again")
LOST = r"(URLError|ConnectionResetError|RemoteDisconnected)"
"""What a connection ends with, which depends on the moment the server goes."""

KNOWS_OTHER_CHECKSUMS = """
import json, sys
from torchvision.datasets import CIFAR10
from bench.datasets.client import main
for name, value in json.loads(sys.argv[1]).items():
    setattr(CIFAR10, name, value)
sys.exit(main(sys.argv[2:]))
"""
HANDS_ON = """
import shutil, sys
from pathlib import Path
from bench.datasets.client import write_answer
folder = Path(sys.argv[4])
file = shutil.copy(sys.argv[1], folder / "pictures.npz")
write_answer(folder, {"file": str(file), "origin": "by hand"})
"""
"""A client that delivers a file of ours."""


@pytest.fixture(scope="module")
def archive():
    """The small set as CIFAR-10's authors serve it."""
    return CifarArchive(made_up_set())


@pytest.fixture
def fetch(places, archive):
    """A function that fetches the small set by a client that knows its checksums."""
    client = [sys.executable, "-c", KNOWS_OTHER_CHECKSUMS, json.dumps(archive.known)]

    return lambda server: fetch_dataset(SMALL, places, server=server.address, client=client)


@pytest.fixture
def ask(tmp_path):
    """A function that runs the client in this process: its answer and the pictures."""

    def run(key, server):
        assert main(["torchvision", key, str(tmp_path), f"--server={server.address}"]) == 0
        answer = json.loads((tmp_path / "answer.json").read_text())
        delivered = tmp_path / "pictures.npz"
        return answer, read_pictures(delivered) if delivered.is_file() else None

    return run


def know(monkeypatch, base, known):
    """Let one of torchvision's classes know other checksums."""
    for name, value in known.items():
        monkeypatch.setattr(base, name, value)


def contents(places):
    return {path.name: path.read_bytes() for path in places.store.iterdir()}


def test_a_server_that_is_gone_is_one_line_leaves_the_store_and_a_retry_works(
    start_archives, places, archive, fetch
):
    write_stored(places.store, "digits", made_up_set(), "another set")
    before = contents(places)
    server = start_archives({archive.name: archive.content})
    server.faults[f"/{archive.name}"] = "gone at once"
    with pytest.raises(
        FetchFailed, match=f"through torchvision failed: {LOST}: .*{AGAIN}"
    ) as caught:
        fetch(server)
    assert "\n" not in str(caught.value)
    assert contents(places) == before
    again = start_archives({archive.name: archive.content})
    entry = fetch(again)
    assert before.items() <= contents(places).items()
    assert set(contents(places)) - set(before) == {"cifar10.json", entry.file}
    assert re.fullmatch(rf"torchvision [\d.]+: {re.escape(archive.name)}", entry.origin)
    pictures, digest = read_dataset(SMALL, places)
    assert digest == entry.content == made_up_set().digest()
    np.testing.assert_array_equal(pictures.test_x, made_up_set().test_x)


def test_a_truncated_archive_names_both_checksums_and_a_retry_works(
    start_archives, monkeypatch, archive, ask
):
    from torchvision.datasets import CIFAR10

    know(monkeypatch, CIFAR10, archive.known)
    server = start_archives({archive.name: archive.content})
    server.faults[f"/{archive.name}"] = "truncated"
    half = archive.content[: len(archive.content) // 2]
    assert ask("cifar10", server)[0]["error"] == (
        f"{archive.name} came with {len(half):,} bytes and MD5 {md5(half)}, "
        f"torchvision expects {md5(archive.content)}"
    )
    server.faults.clear()
    assert ask("cifar10", server)[1].digest() == made_up_set().digest()


def test_a_client_that_gets_no_answer_is_given_up_at_the_deadline(places):
    waits = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(FetchFailed, match=f"no complete answer within 1 s. {AGAIN}"):
        fetch_dataset(SMALL, places, deadline=1.0, client=waits)
    assert contents(places) == {}


def test_a_client_that_delivers_no_pictures_is_one_line(places):
    empty = [sys.executable, "-c", HANDS_ON, "/dev/null"]
    with pytest.raises(FetchFailed, match=f"not a readable set of pictures .*{AGAIN}"):
        fetch_dataset(SMALL, places, client=empty)
    assert contents(places) == {}


def test_an_archive_torchvision_does_not_know_is_refused_with_both_checksums(
    start_archives, places, archive
):
    server = start_archives({archive.name: archive.content})
    official = "c58f30108f718f92721af3b95e74349a"
    message = f"MD5 {md5(archive.content)}, torchvision expects {official}. {AGAIN}"
    with pytest.raises(FetchFailed, match=message):
        fetch_dataset(SMALL, places, server=server.address)
    assert contents(places) == {}


def test_other_counts_than_catalogued_are_refused(places, tmp_path):
    made_up_set().write(tmp_path / "small.npz")
    client = [sys.executable, "-c", HANDS_ON, str(tmp_path / "small.npz")]
    with pytest.raises(DataMismatch, match=r"30 training pictures, the catalogue has 50,000;"):
        fetch_dataset(vision_datasets()["cifar10"], places, client=client)
    assert contents(places) == {}
    assert fetch_dataset(SMALL, places, client=client).origin == "by hand"


def test_a_server_that_refuses_is_an_answer(start_archives, ask):
    answer, delivered = ask("cifar10", start_archives({}))
    assert answer == {"error": "HTTPError: HTTP Error 503: Service Unavailable"}
    assert delivered is None


def test_cifar100_comes_with_its_fine_labels(start_archives, monkeypatch, ask):
    from torchvision.datasets import CIFAR100

    pictures = made_up_set(train=200, test=100, classes=100)
    archive = CifarArchive(pictures, "cifar100")
    know(monkeypatch, CIFAR100, archive.known)
    answer, delivered = ask("cifar100", start_archives({archive.name: archive.content}))
    assert answer["origin"].endswith(": cifar-100-python.tar.gz")
    assert delivered.digest() == pictures.digest()


def test_svhn_comes_with_the_digit_zero_as_class_zero(start_archives, monkeypatch, ask):
    from torchvision.datasets import SVHN

    pictures = made_up_set()
    files = {
        "train_32x32.mat": svhn_file(pictures.train_x, pictures.train_y),
        "test_32x32.mat": svhn_file(pictures.test_x, pictures.test_y),
    }
    known = {name.split("_")[0]: ["", name, md5(file)] for name, file in files.items()}
    know(monkeypatch, SVHN, {"split_list": known})
    answer, delivered = ask("svhn", start_archives(files))
    assert answer["origin"].endswith(": train_32x32.mat, test_32x32.mat")
    assert delivered.digest() == pictures.digest()
    assert 0 in delivered.train_y


def test_a_second_file_that_is_another_one_is_named(start_archives, monkeypatch, ask):
    from torchvision.datasets import SVHN

    train = svhn_file(made_up_set().train_x, made_up_set().train_y)
    known = {"train": ["", "train.mat", md5(train)], "test": ["", "test.mat", "0" * 32]}
    know(monkeypatch, SVHN, {"split_list": known})
    answer, delivered = ask("svhn", start_archives({"train.mat": train, "test.mat": train}))
    assert answer["error"].startswith(f"test.mat came with {len(train):,} bytes and MD5 ")
    assert delivered is None


def test_an_archive_without_the_files_it_should_have_is_an_answer(start_archives, monkeypatch, ask):
    from torchvision.datasets import CIFAR10

    archive = CifarArchive(made_up_set())
    know(monkeypatch, CIFAR10, archive.known | {"test_list": [["no_such_batch", "0" * 32]]})
    answer, delivered = ask("cifar10", start_archives({archive.name: archive.content}))
    assert answer["error"].startswith("RuntimeError: Dataset not found or corrupted")
    assert delivered is None


def test_nothing_is_asked_offline_or_for_what_is_embedded(start_archives, places):
    server = start_archives({})
    with pytest.raises(FetchFailed, match="svhn: BENCH_OFFLINE is set.*unset it"):
        offline = Places(places.store, offline=True)
        fetch_dataset(vision_datasets()["svhn"], offline, server=server.address)
    with pytest.raises(FetchFailed, match="digits comes with scikit-learn"):
        fetch_dataset(vision_datasets()["digits"], places, server=server.address)
    assert server.asked == []


def test_a_store_that_cannot_be_written_is_one_line_before_anything_is_asked(
    start_archives, tmp_path
):
    (tmp_path / "cache").write_text("a file in the way")
    server = start_archives({})
    with pytest.raises(StoreUnwritable, match="cannot write to .*BENCH_CACHE_DIR"):
        fetch_dataset(SMALL, Places(tmp_path / "cache" / "data"), server=server.address)
    assert server.asked == []


def test_an_archive_without_an_end_is_given_up_before_it_fills_the_disk(
    fetch, start_archives, places, archive
):
    server = start_archives({archive.name: archive.content})
    server.faults[f"/{archive.name}"] = "endless"
    with pytest.raises(FetchFailed, match=f"more than 68,644,864 bytes came.*{AGAIN}"):
        fetch(server)
    assert contents(places) == {}
