"""Local servers with faults to order, and places to keep data in."""

import gzip
import http.server
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from bench.datasets.source import Places

PAYLOADS = Path(__file__).parent / "fixtures" / "openml"
DESCRIPTION = "/api/v1/xml/data/2"
FILE = "/data/download/1666876/phpFsFYVN"


class LocalOpenML(http.server.ThreadingHTTPServer):
    """OpenML's anneal on the loopback; `faults` maps a path to what goes wrong there."""

    daemon_threads = True
    description = DESCRIPTION
    file = FILE

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.api = f"{self.address}/api/v1/xml"
        self.faults = {}
        self.asked = []
        self.released = threading.Event()

    def payload(self, path):
        if path == DESCRIPTION:
            text = (PAYLOADS / "description.xml").read_text(encoding="utf-8")
            return text.replace("http://www.openml.org", self.address).encode()
        return (PAYLOADS / "dataset.arff").read_bytes() if path == FILE else None


class LocalArchives(http.server.ThreadingHTTPServer):
    """A folder of files by name on the loopback; `faults` as above."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.files = files
        self.faults = {}
        self.asked = []
        self.released = threading.Event()

    def payload(self, path):
        return self.files.get(path.strip("/"))

    def handle_error(self, request, client_address):
        """torchvision asks twice and hangs up the first time; nothing on the terminal."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        fault = self.server.faults.get(path)
        body = self.server.payload(path)
        if fault == "503" or body is None:
            self.answer(503, b"<html><body>Service Unavailable</body></html>", "text/html")
        elif fault == "stalled":
            self.server.released.wait(60)
        elif fault == "gone halfway":
            self.answer(200, body[: len(body) // 2], promised=len(body))
            self.server.socket.close()
        elif fault == "gone at once":
            self.server.socket.close()
            self.answer(200, body[: len(body) // 2], promised=len(body))
        elif fault == "truncated":
            self.answer(200, body[: len(body) // 2])
        elif fault == "flipped bit":
            flipped = bytearray(body)
            flipped[-100] ^= 1
            self.answer(200, bytes(flipped))
        elif fault == "endless":
            self.endless(b"x" * 2**20)
        elif fault == "endless gzip":
            self.endless(gzip.compress(bytes(2**27)), "gzip")
        elif fault == "dripping":
            self.answer(200, b"", promised=len(body))
            while not self.server.released.wait(0.2):
                self.wfile.write(b"x")
        elif fault == "redirected":
            self.send_response(302)
            self.send_header("Location", f"{self.path}?again")
            self.end_headers()
        elif fault == "too long":
            self.answer(200, body, promised=len(body) + 100)
        elif fault == "page":
            self.answer(200, b"<html><body>Log in</body></html>", "text/html")
        else:
            self.answer(200, body)

    def endless(self, part, encoding="identity"):
        self.send_response(200)
        self.send_header("Content-Encoding", encoding)
        self.end_headers()
        with suppress(OSError):
            while not self.server.released.is_set():
                self.wfile.write(part)

    def answer(self, status, body, kind="text/xml; charset=utf-8", promised=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(promised or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing on the terminal."""


@pytest.fixture
def serve(monkeypatch):
    """A function that starts a server it is given; all are stopped at the end."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    started = []

    def start(server):
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def start_server(serve):
    """A function that starts a server like OpenML's."""
    return lambda: serve(LocalOpenML())


@pytest.fixture
def start_archives(serve):
    """A function that starts a server of these files."""
    return lambda files: serve(LocalArchives(files))


@pytest.fixture
def places(tmp_path):
    """An empty store and nothing brought."""
    return Places(tmp_path / "cache" / "data")


@pytest.fixture
def anneal_arff():
    """OpenML's anneal, a file of 898 rows with 22,175 missing values."""
    return PAYLOADS / "dataset.arff"
