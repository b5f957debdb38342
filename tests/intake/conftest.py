"""Fixtures of the intake room: an importer into an empty store, and a web server that answers as told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from htmxnews.config import Config
from htmxnews.intake.draft import Parsed, StoryDraft
from htmxnews.intake.report import Report
from htmxnews.intake.run import Importer
from htmxnews.store.engine import Store
from htmxnews.store.models import Story, StoryAuthor, StoryTag

from .wire import certificate, serve, server_tls, trap, trusting

__all__ = ["certificate", "serve", "server_tls", "trap", "trusting"]

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

Take = Callable[..., Report]
ImportPath = Callable[[Path], list[Report]]
Stories = Callable[[], list[Story]]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Settings that may fetch from this machine, as the servers of these tests are here."""
    return Config(media_dir=tmp_path / "media", fetch_allow_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def importer(store: Store, config: Config) -> Iterator[Importer]:
    with Importer(store, config, now=NOW) as importer:
        yield importer


@pytest.fixture
def take(store: Store, config: Config) -> Take:
    """Import drafts as one input of a run of its own and return the report."""

    def take_drafts(*drafts: StoryDraft, source_name: str = "Harbour desk") -> Report:
        report = Report("a test")
        with Importer(store, config, now=NOW) as importer:
            importer.take(Parsed(drafts=drafts), report, source_name=source_name)
        return report

    return take_drafts


@pytest.fixture
def import_path(store: Store, config: Config) -> ImportPath:
    """Import a file or a folder in a run of its own and return the reports."""

    def run(path: Path) -> list[Report]:
        with Importer(store, config, now=NOW) as importer:
            return list(importer.import_path(path))

    return run


@pytest.fixture
def stories(store: Store) -> Stories:
    """Read all stories, oldest id first, with everything that hangs on them."""
    query = select(Story).options(
        joinedload(Story.source),
        joinedload(Story.category),
        joinedload(Story.body),
        joinedload(Story.picture),
        selectinload(Story.tag_links).joinedload(StoryTag.tag),
        selectinload(Story.author_links).joinedload(StoryAuthor.author),
    )

    def read() -> list[Story]:
        with store.reading() as session:
            return list(session.scalars(query.order_by(Story.id)))

    return read


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A real server on loopback: `answers` by path, and every request that it has seen."""

    url: str
    answers: dict[str, Answer]
    requests: list[tuple[str, dict[str, str]]]


@pytest.fixture
def site() -> Iterator[Site]:
    answers: dict[str, Answer] = {}
    requests: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = answers.get(self.path, Answer(b"nothing here", 404))
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Site(f"http://127.0.0.1:{server.server_port}", answers, requests)
    server.shutdown()
    server.server_close()
