"""The real openml client against a local server, and everything that can go wrong on the way."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from bench.datasets.catalogue import tabular_datasets
from bench.datasets.client import CLIENT, DownloadError, check_md5
from bench.datasets.fetch import fetch_dataset, write_stored
from bench.datasets.source import Places, read_dataset
from bench.errors import DataMismatch, FetchFailed, StoreUnwritable

ANNEAL = tabular_datasets()["anneal"]
AGAIN = re.escape("Nothing was kept; run `bench data fetch anneal` again")


def fetch(places, server, deadline=60.0):
    return fetch_dataset(ANNEAL, places, server=server.api, deadline=deadline, attempts=1)


def contents(places):
    return {path.name: path.read_bytes() for path in places.store.iterdir()}


@pytest.fixture
def holding_iris(places):
    """A store that already holds a table."""
    table, _ = read_dataset(tabular_datasets()["iris"], places)
    write_stored(places.store, "iris", table, "scikit-learn")
    return places


def test_a_fetched_table_is_in_the_store_with_the_pinned_content(start_server, places):
    server = start_server()
    entry = fetch(places, server)
    table, digest = read_dataset(ANNEAL, places)
    assert digest == entry.content == ANNEAL.content
    assert (table.rows, len(table.columns)) == (898, 38)
    assert entry.origin == "OpenML 2 (anneal, version 1)"
    assert server.asked == [server.description, server.file]
    assert set(contents(places)) == {"anneal.json", entry.file}


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("part", "fault", "message"),
    [
        ("description", "stalled", "no complete answer within 6 s"),
        pytest.param("file", "stalled", "no complete answer within 6 s", marks=SLOW),
        ("description", "503", 'HTTP/1.1" 503'),
        ("file", "503", 'HTTP/1.1" 503'),
        pytest.param("file", "truncated", "Checksum of downloaded file is unequal", marks=SLOW),
        ("file", "flipped bit", "Checksum of downloaded file is unequal"),
        pytest.param("file", "dripping", "no complete answer within 6 s", marks=SLOW),
        ("file", "endless", "more than 74,113,264 bytes came"),
        pytest.param("file", "endless gzip", "more than 74,113,264 bytes came", marks=SLOW),
        pytest.param("description", "endless", "more than 74,113,264 bytes came", marks=SLOW),
        ("file", "redirected", "TooManyRedirects"),
        pytest.param("description", "redirected", "TooManyRedirects", marks=SLOW),
        pytest.param("description", "page", "last answer", marks=SLOW),
    ],
)
def test_a_fault_is_one_line_and_leaves_the_store(start_server, holding_iris, part, fault, message):
    server = start_server()
    server.faults[getattr(server, part)] = fault
    before = contents(holding_iris)
    deadline = 6.0 if fault in ("stalled", "dripping") else 60.0
    with pytest.raises(FetchFailed, match=f"OpenML 2 failed: .*{message}.*{AGAIN}") as caught:
        fetch(holding_iris, server, deadline)
    assert "\n" not in str(caught.value)
    assert contents(holding_iris) == before


def test_a_server_gone_halfway_is_one_line_and_a_retry_elsewhere_works(start_server, holding_iris):
    server = start_server()
    server.faults[server.file] = "gone halfway"
    before = contents(holding_iris)
    with pytest.raises(FetchFailed, match=f"IncompleteRead.*{AGAIN}") as caught:
        fetch(holding_iris, server)
    assert "\n" not in str(caught.value)
    with pytest.raises(FetchFailed, match=f"ConnectionError: .*{AGAIN}"):
        fetch(holding_iris, server)
    assert contents(holding_iris) == before
    assert fetch(holding_iris, start_server()).content == ANNEAL.content
    assert before.items() <= contents(holding_iris).items()


def test_bytes_other_than_the_server_promised_are_refused_even_if_the_client_took_them(anneal_arff):
    promised = hashlib.md5(anneal_arff.read_bytes()).hexdigest()
    check_md5(anneal_arff, promised.upper())
    wrong = "0" + promised[1:] if promised[0] != "0" else "1" + promised[1:]
    with pytest.raises(DownloadError, match=f"has MD5 {promised}, the server says {wrong}"):
        check_md5(anneal_arff, wrong)


def test_another_dataset_than_the_catalogue_has_is_refused(start_server, places):
    from dataclasses import replace

    server = start_server()
    expected = replace(ANNEAL, rows=900)
    with pytest.raises(DataMismatch, match="898 rows, the catalogue has 900 \\(OpenML 2\\)"):
        fetch_dataset(expected, places, server=server.api, attempts=1)
    assert contents(places) == {}


def test_offline_asks_nobody(start_server, places):
    server = start_server()
    offline = Places(places.store, offline=True)
    with pytest.raises(FetchFailed, match="BENCH_OFFLINE is set.*unset it"):
        fetch(offline, server)
    assert server.asked == []


def test_only_what_comes_with_scikit_learn_is_said_to(places):
    from dataclasses import replace

    with pytest.raises(FetchFailed, match="iris comes with scikit-learn"):
        fetch_dataset(tabular_datasets()["iris"], places)
    own = replace(ANNEAL, key="own", dataset_id=None, content=None, source="file")
    with pytest.raises(
        FetchFailed, match="own is on no server; run `bench data import FILE --as own`"
    ):
        fetch_dataset(own, places)


def test_a_store_that_cannot_be_written_is_one_line(start_server, tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    server = start_server()
    with pytest.raises(StoreUnwritable, match="cannot write to .*BENCH_CACHE_DIR"):
        fetch(Places(tmp_path / "cache" / "data"), server)
    assert server.asked == []


FETCHES = """
import sys
from pathlib import Path
from bench.datasets.catalogue import tabular_datasets
from bench.datasets.fetch import fetch_dataset
from bench.datasets.source import Places
anneal = tabular_datasets()["anneal"]
fetch_dataset(anneal, Places(Path(sys.argv[1])), server=sys.argv[2], deadline=60.0, attempts=1)
"""


def test_a_client_ends_with_its_parent_and_takes_its_folder_along(start_server, places):
    server = start_server()
    server.faults[server.file] = "stalled"
    parent = subprocess.Popen([sys.executable, "-c", FETCHES, places.store, server.api])
    until(lambda: server.file in server.asked)
    children = subprocess.run(["pgrep", "-P", str(parent.pid)], capture_output=True, text=True)
    client = int(children.stdout)

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    until(lambda: ended(client))
    assert contents(places) == {}


def test_a_client_has_the_deadline_itself(tmp_path, start_server):
    server = start_server()
    server.faults[server.description] = "stalled"
    folder = tmp_path / "private"
    folder.mkdir()
    command = [*CLIENT, "openml", "2", str(folder), f"--server={server.api}"]
    watch = [f"--parent={os.getpid()}", "--seconds=0.5", "--most=100000000"]

    assert subprocess.run([*command, *watch], timeout=60).returncode == 1
    assert not folder.exists()


def until(reached):
    """Waits for a minute at most."""
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def ended(process):
    """Whether there is no such process, or only its status for whoever waits for it."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True
    )
    return state.stdout.strip() in ("", "Z", "Zs")


@pytest.mark.parametrize(
    "words",
    [
        *(("--deadline", value) for value in ("0", "-1", "nan", "inf", "1e300")),
        *(("--server", value) for value in ("x", "ftp://a/b", "http://", "file:///etc")),
        *(("--server", value) for value in ("http://[", "http://a:x/", "http://a b/")),
    ],
)
def test_a_deadline_that_is_no_time_and_a_server_that_is_no_address_are_refused(bench, words):
    status, _, err = bench("data", "fetch", "anneal", *words, BENCH_OFFLINE="")

    assert status == 2
    assert err.count("\n") == 1
    assert err.startswith(f"bench: {words[0]} ")
