"""What a page costs over HTTP, against a constant page of the same size from bare Flask and gunicorn."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 5.0
CLIENTS = 4


def measure(database: Path) -> dict[str, float]:
    """Requests a second: the constant page, then the front page, one tag's list and a story."""
    paths = {"front page": "/", "list of one tag": "/?tag=tag-3", "story": "/a/story-7"}
    env = {"HTMXNEWS_DATABASE_URL": f"sqlite:///{database}"}
    with _served("wsgi:app", ROOT, env) as port:
        size = len(_get(HTTPConnection("127.0.0.1", port), "/"))
        figures = {name: _rate(port, path) for name, path in paths.items()}
    with _served("hello:app", ROOT / "benchmarks", {"HELLO_BYTES": str(size)}) as port:
        return {"hello": _rate(port, "/"), **figures}


def _rate(port: int, path: str) -> float:
    def ask(_client: int) -> int:
        connection, asked = HTTPConnection("127.0.0.1", port), 0
        _get(connection, path)
        while monotonic() < end:
            _get(connection, path)
            asked += 1
        connection.close()
        return asked

    end = monotonic() + SECONDS
    with ThreadPoolExecutor(CLIENTS) as clients:
        return sum(clients.map(ask, range(CLIENTS))) / SECONDS


def _get(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", path, headers={"Accept-Encoding": "br"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"{path} answered {response.status}")
    return body


@contextmanager
def _served(app: str, folder: Path, env: dict[str, str]) -> Iterator[int]:
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
    server = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "--pythonpath", str(folder), app], env={**os.environ, **env}
    )
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=40)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            _get(HTTPConnection("127.0.0.1", port), "/")
        except OSError:
            sleep(0.1)
        else:
            return
    raise SystemExit("the server did not answer")
