"""A newsroom that took in every payload by every way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import databases
import pytest
from browser.conftest import browser_context_args, browser_type_launch_args
from flask.testing import FlaskClient
from shared import cases, rows
from sqlalchemy import select

from hostile import payloads
from hostile.ways import WAYS, Payloads, Way
from htmxnews.app import create_app
from htmxnews.config import Config
from htmxnews.intake.clean import Sanitizer
from htmxnews.intake.run import Importer
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story, StoryBody

__all__ = ["browser_context_args", "browser_type_launch_args"]

BASE_URL = "https://paper.example"


@dataclass(frozen=True)
class Taken:
    """A payload that came in."""

    way: str
    slug: str
    raw: str
    html: str


class Newsroom:
    """A database that takes in files as they come, and the site over it."""

    def __init__(self, database_url: str, folder: Path, sanitizer: Sanitizer = "bleach") -> None:
        self.folder = folder
        self.config = Config(
            database_url=database_url,
            base_url=BASE_URL,
            media_dir=folder / "media",
            page_size=100,
            sanitizer=sanitizer,
        )
        self.store = Store(self.config.database_url)
        self.client: FlaskClient = create_app(self.config).test_client()
        self.importer = Importer(self.store, self.config)

    def take(self, way: Way, told: Payloads) -> None:
        """Import payloads by one way, as stories of a source that is called after it."""
        (self.folder / way.__name__).mkdir()
        path = way(self.folder / way.__name__, told)
        for report in self.importer.import_path(path, source_name=way.__name__):
            assert (report.failed, report.refused) == (False, 0), report
            assert report.added + report.skipped == len(told), report

    def close(self) -> None:
        self.importer.close()
        self.store.dispose()

    def taken(self) -> list[Taken]:
        query = select(Source.name, Story.slug, StoryBody.raw, StoryBody.html).select_from(Story)
        with self.store.reading() as session:
            return [Taken(*row) for row in session.execute(query.join(Story.source).join(Story.body))]

    def get(self, path: str) -> bytes:
        answer = self.client.get(path, base_url=BASE_URL)
        assert answer.status_code == 200, path
        return bytes(answer.data)


def take_hostile_feeds(newsroom: Newsroom) -> int:
    """Import the feeds with hostile markup of the shared corpus, each as a source; how many there are."""
    feeds = [(row["file"], data) for row, data in cases("feeds/feedparser") if "sanitize" in row["file"]]
    for name, data in feeds:
        file = newsroom.folder / f"{len(name)}.xml"
        file.write_bytes(data)
        list(newsroom.importer.import_path(file, kind="feed", source_name=name))
    return len(feeds)


OpenNewsroom = Callable[..., Newsroom]


@pytest.fixture(scope="session")
def open_newsroom(tmp_path_factory: pytest.TempPathFactory, empty: str) -> Iterator[OpenNewsroom]:
    """An empty newsroom of its own for whoever asks."""
    opened: list[Newsroom] = []

    def make(sanitizer: Sanitizer = "bleach") -> Newsroom:
        folder = tmp_path_factory.mktemp("hostile")
        opened.append(Newsroom(databases.copy(empty, folder), folder, sanitizer))
        return opened[-1]

    yield make
    for newsroom in opened:
        newsroom.close()


@pytest.fixture(scope="session")
def newsroom(open_newsroom: OpenNewsroom) -> Newsroom:
    """All payloads of our own, by all ways."""
    newsroom = open_newsroom()
    for way in WAYS:
        newsroom.take(way, payloads.ALL)
    return newsroom


@pytest.fixture(scope="session")
def vectors() -> list[str]:
    """The payloads of the shared corpus."""
    return [vector["payload"] for vector in rows("sanitizer/vectors.jsonl")]
