"""The app as it is really served: by gunicorn, with our settings, over sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import databases
import httpx
import pytest
from sqlalchemy import func, select

from htmxnews.places import ROOT
from htmxnews.store.engine import Store
from htmxnews.store.models import StoryViews
from htmxnews.web.views import FLUSH_SECONDS

# The file is looked into and broken from outside.
pytestmark = pytest.mark.sqlite

OURS = {"X-Htmxnews-View": "1", "Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0 Firefox/140.0"}


@dataclass
class Served:
    """A running server: where it answers, what it keeps, what it says."""

    process: subprocess.Popen[bytes]
    port: int
    database: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=40)

    def views(self) -> dict[int, int]:
        """Views by story."""
        store = Store(f"sqlite:///{self.database}")
        with store.reading() as session:
            found = session.execute(
                select(StoryViews.story_id, func.sum(StoryViews.views)).group_by(StoryViews.story_id)
            ).all()
        store.dispose()
        return {row[0]: row[1] for row in found}


@pytest.fixture
def served(shelf: str, tmp_path: Path) -> Iterator[Served]:
    """gunicorn with two workers over a newsroom of its own."""
    yield from _serve(shelf, tmp_path)


def _serve(shelf: str, tmp_path: Path, **settings: str) -> Iterator[Served]:
    database, log = tmp_path / "news.db", tmp_path / "log"
    databases.copy(shelf, tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings |= {
        "HTMXNEWS_DATABASE_URL": f"sqlite:///{database}",
        "HTMXNEWS_BASE_URL": "https://news.example",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                "gunicorn.conf.py",
                "-b",
                f"127.0.0.1:{port}",
                "wsgi:app",
            ],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=output,
            stderr=output,
        )
    server = Served(process, port, database, log)
    try:
        _wait_for(server)
        yield server
    finally:
        if process.poll() is None:
            server.stop()


@pytest.fixture
def served_in_json(shelf: str, tmp_path: Path) -> Iterator[Served]:
    """The same with LOG_FORMAT=json."""
    yield from _serve(shelf, tmp_path, HTMXNEWS_LOG_FORMAT="json")


def _wait_for(server: Served) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{server.url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert server.process.poll() is None, server.log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"no answer: {server.log.read_text()}")


def test_s31_a_reader_counts_once_in_all_workers_and_a_clean_stop_keeps_it(served: Served) -> None:
    def look(times: int) -> None:
        with httpx.Client(headers=OURS) as reader:
            for _ in range(times):
                answer = reader.post(f"{served.url}/views/3", headers={"Connection": "close"})
                assert answer.status_code == 204

    readers = [threading.Thread(target=look, args=(125,)) for _ in range(8)]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    httpx.post(f"{served.url}/views/3", headers=OURS | {"User-Agent": "Mozilla/5.0 Another"})
    served.stop()

    assert served.views() == {3: 2}


def test_a_kill_takes_five_seconds_of_views_at_most(served: Served) -> None:
    httpx.post(f"{served.url}/views/4", headers=OURS)
    looked = time.monotonic()
    while not served.views() and time.monotonic() < looked + 10:
        time.sleep(0.1)
    waited = time.monotonic() - looked
    httpx.post(f"{served.url}/views/5", headers=OURS)

    kill_all(served)

    assert served.views() == {4: 1}
    assert waited < FLUSH_SECONDS + 1  # the second is the machine's


def kill_all(server: Served) -> None:
    """Kill the server and its workers at once, as a lost machine would."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    server.process.kill()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    server.process.wait(timeout=10)


def say(server: Served, words: bytes) -> bytes:
    """Send raw bytes and return the answer's first line."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(words)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while b"\r\n" not in answer and (piece := line.recv(4096)):
            answer += piece
    return answer.partition(b"\r\n")[0]


HOST = b"Host: localhost\r\n"


def test_s38_malformed_requests_are_refused_without_a_trace_in_the_log(served: Served) -> None:
    refused = [
        b"GET / HTTP/1.1\r\n\r\n",  # S34: no Host
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost/evil\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /%ff%fe HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /a/%c0%ae%c0%ae HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /a/../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /?" + b"x" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 20000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: 1\r\n" % n for n in range(100)) + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Bad Header: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"No-Colon\r\n\r\n",
        b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
        b"NONSENSE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /views/1 HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"POST /views/1 HTTP/1.1\r\n" + HOST + b"Content-Length: abc\r\n\r\n",
        b"POST /views/1 HTTP/1.1\r\n" + HOST + b"Content-Length: 99999\r\n\r\n" + b"x" * 99999,
        b"POST /views/1 HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /views/1 HTTP/1.1\r\n"
        + HOST
        + b"Transfer-Encoding: chunked\r\n\r\n5000\r\n"
        + b"x" * 0x5000
        + b"\r\n0\r\n\r\n",
        b"POST /views/1 HTTP/1.1\r\n"
        + HOST
        + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST /views/x HTTP/1.1\r\n" + HOST + b"\r\n",
        b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n",
    ]

    answers = {words[:60]: say(served, words) for words in refused}

    wrong = {words: answer for words, answer in answers.items() if answer.split()[1][:1] != b"4"}
    assert not wrong
    assert say(served, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") == b"HTTP/1.1 200 OK"
    assert "Traceback" not in served.log.read_text()


def test_s22_the_longest_search_is_answered_in_any_script(served: Served) -> None:
    assert httpx.get(f"{served.url}/", params={"q": "한" * 512}).status_code == 200
    assert httpx.get(f"{served.url}/", params={"q": "한" * 513}).status_code == 400


def test_r10_each_line_of_the_log_can_be_one_json_object(served_in_json: Served) -> None:
    say(served_in_json, b"GET /\x1b[31m HTTP/1.1\r\n" + HOST + b"\r\n")
    served_in_json.database.write_bytes(b"no database")
    for suffix in ("-wal", "-shm"):
        served_in_json.database.with_name(f"news.db{suffix}").unlink(missing_ok=True)
    httpx.get(f"{served_in_json.url}/")
    served_in_json.stop()

    events = [json.loads(line) for line in served_in_json.log.read_text().splitlines()]

    assert {"time", "level", "logger", "process", "message"} <= events[0].keys()
    assert [event["level"] for event in events if event["logger"] == "htmxnews.web.errors"] == ["error"]
    assert "\x1b" not in served_in_json.log.read_text()


def test_s42_the_address_of_an_embedding_page_is_not_logged(served: Served) -> None:
    marks = {"Referer": "https://blog.example/zq7page", "Origin": "https://zq7origin.example"}
    addresses = ("items.json", "items.json?n=0", "frame", "frame?tag=nobody", "news-tags.js", "nothing.js")
    for address in addresses:
        httpx.get(f"{served.url}/embed/v1/{address}", headers=marks)
    served.database.write_bytes(b"no database")
    for suffix in ("-wal", "-shm"):
        served.database.with_name(f"news.db{suffix}").unlink(missing_ok=True)

    broken = httpx.get(f"{served.url}/embed/v1/items.json", headers=marks)
    served.stop()

    assert broken.status_code == 503
    assert "cannot be read" in served.log.read_text()
    assert "zq7" not in served.log.read_text()


def test_s38_a_body_in_chunks_is_counted_while_it_comes(served: Served) -> None:
    def chunks(size: int) -> Iterator[bytes]:
        for _ in range(size // 1024):
            yield b"x" * 1024

    assert httpx.post(f"{served.url}/views/1", content=chunks(64 * 1024), headers=OURS).status_code == 413
    assert httpx.post(f"{served.url}/views/1", content=chunks(8 * 1024), headers=OURS).status_code == 204


def test_s35_two_slashes_at_the_front_lead_nowhere_else(served: Served) -> None:
    for path in (b"//evil.example/", b"//evil.example", b"/\\evil.example", b"///evil.example/a"):
        answer = say(served, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")

        assert answer == b"HTTP/1.1 404 NOT FOUND"
