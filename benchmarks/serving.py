"""What a page costs over HTTP, against a constant page of the same size from bare Flask and gunicorn.

The cost is the processor time, user's and system's, that gunicorn and its workers take for a request; that of
a PostgreSQL is not in it. Requests a second are printed beside it, and say less: a few connections never fall
evenly on the workers, and the clients take their share of the same cores, so two runs differ by up to a half.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from threading import Lock
from time import monotonic, perf_counter, sleep
from typing import NamedTuple

import exports
from corpus import HALVES, NEWEST, Corpus

from htmxnews.store.engine import Store
from htmxnews.store.models import micros

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 2.0  # of each round
ROUNDS = 5  # each of all pages in turn, so that a busy machine is unfair to none
CLIENTS = 4
CONNECTIONS = 12  # more than workers, so that every worker has some
COMMITS = 20
IMPORTED_MB = 10

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Server(NamedTuple):
    """A gunicorn that runs."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time that it and its workers have taken so far."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(_cpu(pid) for pid in (str(self.pid), *workers))


class Reader:
    """One connection, kept open: as little work as possible beside the server that is measured."""

    def __init__(self, port: int, encoding: str = "br") -> None:
        self._port = port
        self._connect()
        self._rest = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: {encoding}\r\n\r\n".encode()

    def get(self, path: str) -> bytes:
        asked = b"GET " + path.encode() + self._rest
        try:
            self._socket.sendall(asked)
            data = self._socket.recv(65_536)
        except ConnectionError:
            data = b""
        if not data:  # closed, as it was idle while others were waited for
            self._connect()
            self._socket.sendall(asked)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        length = _LENGTH.search(data, 0, end)
        if not data.startswith(b"HTTP/1.1 200") or not length:
            raise SystemExit(f"{path} answered {data[:end].decode()}")
        while len(data) < end + 4 + int(length[1]):
            data += self._more()
        return data[end + 4 :]

    def close(self) -> None:
        self._socket.close()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))

    def _more(self) -> bytes:
        if not (data := self._socket.recv(65_536)):
            raise SystemExit("the server closed a connection")
        return data


class Cost(NamedTuple):
    """What a request takes."""

    cpu: float  # milliseconds
    rate: float  # requests a second

    def __str__(self) -> str:
        return f"{self.cpu:.3f} ms ({self.rate:,.0f} a second)"


def measure(store: Store, corpus: Corpus) -> dict[str, Cost]:
    """The cost of each page, median of all rounds; `hello` is the floor."""
    with _site(store) as site:
        reader = Reader(site.port)
        size = len(reader.get("/"))
        reader.close()
        with _served("hello:app", ROOT / "benchmarks", {"HELLO_BYTES": str(size)}) as floor:
            fresh = _fresh_lists(corpus)
            pages: dict[str, tuple[Server, Callable[[], str]]] = {
                "hello": (floor, lambda: "/"),
                "page from the cache": (site, lambda: "/"),
                "page not in the cache": (site, lambda: next(fresh)),
            }
            rounds = [{name: _cost(*page) for name, page in pages.items()} for _ in range(ROUNDS)]
    return {name: Cost(*map(median, zip(*(one[name] for one in rounds), strict=True))) for name in pages}


def commits_seen(store: Store, corpus: Corpus) -> float:
    """The part of the answers that show what another process has just committed, asked of all workers."""
    seen = []
    with _site(store) as site:
        readers = [Reader(site.port, "identity") for _ in range(CONNECTIONS)]
        for reader in readers:
            reader.get("/")
        for number in range(corpus.stories, corpus.stories + COMMITS):
            corpus.write(store, range(number, number + 1), published=micros(NEWEST) + number)
            seen += [f"/a/story-{number}".encode() in reader.get("/") for reader in readers]
        for reader in readers:
            reader.close()
    return sum(seen) / len(seen)


def beside_an_import(store: Store) -> dict[str, float]:
    """Median milliseconds of one reader who walks through common lists, and the same while an import runs."""
    with tempfile.TemporaryDirectory() as folder, _site(store) as site:
        file = Path(folder) / "export.xml"
        exports.write_wxr(file, IMPORTED_MB)
        reader = Reader(site.port)
        quiet_until = monotonic() + 2 * SECONDS
        _waits(reader, lambda: monotonic() < quiet_until)  # everything is warm
        quiet_until = monotonic() + 2 * SECONDS
        quiet = _waits(reader, lambda: monotonic() < quiet_until)
        program = [sys.executable, str(ROOT / "benchmarks" / "bring.py")]
        with subprocess.Popen(
            [*program, _address(store), f"{folder}/media", str(file)], stdout=subprocess.DEVNULL
        ) as importing:
            beside = _waits(reader, lambda: importing.poll() is None)
        if importing.returncode:
            raise SystemExit("the import has failed")
        reader.close()
    return {"quiet": median(quiet) * 1_000, "while an import runs": median(beside) * 1_000}


def _waits(reader: Reader, goes_on: Callable[[], bool]) -> list[float]:
    """Seconds of each request."""
    chance, spent = Random(1), []  # noqa: S311 (the same walk every time)
    while goes_on():
        path = f"/?tag=tag-{chance.randrange(20)}"
        start = perf_counter()
        reader.get(path)
        spent.append(perf_counter() - start)
    return spent


def _fresh_lists(corpus: Corpus) -> Iterator[str]:
    """Addresses of lists that fill a page, hardly ever one a second time."""
    chance = Random(2)  # noqa: S311 (the same walk every time)
    while True:
        common = chance.choice([*HALVES, *(f"tag-{n}" for n in range(10))])
        rare, until = chance.randrange(20, corpus.tags), chance.randint(2027, 9999)
        yield f"/?tag={common}&not=tag-{rare}&to={until}-01-01"


def _cpu(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # the user's and the system's


def _cost(server: Server, path: Callable[[], str]) -> Cost:
    def ask(reader: Reader) -> int:
        asked = 0
        while monotonic() < end:
            with lock:
                address = path()
            reader.get(address)
            asked += 1
        return asked

    lock = Lock()
    readers = [Reader(server.port) for _ in range(CLIENTS)]
    before, end = server.cpu(), monotonic() + SECONDS
    with ThreadPoolExecutor(CLIENTS) as clients:
        total = sum(clients.map(ask, readers))
    spent = server.cpu() - before
    for reader in readers:
        reader.close()
    return Cost(spent / total * 1_000, total / SECONDS)


def _address(store: Store) -> str:
    return store.url.render_as_string(hide_password=False)


@contextmanager
def _site(store: Store) -> Iterator[Server]:
    with _served("wsgi:app", ROOT, {"HTMXNEWS_DATABASE_URL": _address(store)}) as site:
        yield site


@contextmanager
def _served(app: str, folder: Path, env: dict[str, str]) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        str(ROOT / "gunicorn.conf.py"),
        "--log-level",
        "warning",
    ]
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            [*command, "-b", f"127.0.0.1:{port}", "--pythonpath", str(folder), app],
            env={**os.environ, **env},
            stderr=log,
        )
        try:
            if not _answers(port):
                log.seek(0)
                raise SystemExit(f"The server did not answer.\n{log.read()}")
            yield Server(port, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=40)


def _answers(port: int) -> bool:
    for _ in range(300):
        try:
            Reader(port).get("/")
        except OSError:
            sleep(0.1)
        else:
            return True
    return False
