"""An app over the test's own database, a client of it, and a small newsroom to read."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from shutil import copyfile
from typing import Any

import pytest
from conftest import NOON, MakeStory
from flask import Flask
from flask.testing import FlaskClient
from pysqlite3 import dbapi2 as sqlite

from htmxnews.app import create_app
from htmxnews.config import Config
from htmxnews.finding import derive
from htmxnews.store.engine import Store

BASE_URL = "https://news.example"
SITE = "The Test Paper"

MakeApp = Callable[..., Flask]

TAGS = ("Sea", "Ice", "Trade", "Sport", "Korean 한국", "Q&A <1>")
CATEGORIES = ("World", "Science")
SOURCES = ("Harbour desk", "City desk")
AUTHORS = ("Ada Holm", "Ben Iversen")


@pytest.fixture
def make_app(store: Store, tmp_path: Path) -> Iterator[MakeApp]:
    """Build an app on the store's database; name only the settings the test is about."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        fields: dict[str, Any] = {
            "database_url": f"sqlite:///{store.path}",
            "base_url": BASE_URL,
            "site_name": SITE,
            "media_dir": tmp_path / "media",
        }
        made.append(create_app(Config(**(fields | settings))))
        return made[-1]

    yield make
    for app in made:
        app.extensions["views"].flush()
        app.extensions["store"].dispose()


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the newsroom lies once it was made: most tests read it, so it is made once."""
    return tmp_path_factory.mktemp("shelf") / "news.db"


@pytest.fixture
def newsroom(store: Store, make_story: MakeStory, shelf: Path) -> list[int]:
    """Forty-five stories of mixed tags, desks and days, several of one instant; their ids, as they came.

    The fifth is at /a/harbour and has everything that a story can have.
    """
    if shelf.exists():
        store.dispose()
        copyfile(shelf, store.path)
        return list(range(1, 46))
    made = _newsroom(make_story)
    derive.catch_up(store)
    with closing(sqlite.connect(store.path)) as connection:
        connection.execute("VACUUM INTO ?", (str(shelf),))
    return made


def _newsroom(make_story: MakeStory) -> list[int]:
    chance = Random(7)  # noqa: S311 (a test that is the same each time)
    return [
        make_story(
            "The harbour & its <lamps>" if n == 4 else None,
            slug="harbour" if n == 4 else f"story-{n}",
            tags=tuple(chance.sample(TAGS, chance.randint(0, 3))) if n != 4 else TAGS[:3],
            category=chance.choice(CATEGORIES),
            source=chance.choice(SOURCES),
            authors=tuple(chance.sample(AUTHORS, chance.randint(0, 2))) if n != 4 else AUTHORS,
            body=f"<p>The ship number {n} left the harbour in the morning.</p>",
            picture=n % 3 == 1,
            lang="ko" if n % 7 == 6 else "en",
            url=f"https://source.example/{n}",
            published_at=NOON - timedelta(hours=7 * (n // 2)),
        )
        for n in range(45)
    ]
