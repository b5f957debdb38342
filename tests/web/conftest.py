"""An app over the test's own database, a client of it, and a small newsroom to read."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import databases
import pytest
from flask import Flask
from flask.testing import FlaskClient
from makers import NOON, MakeStory, story_maker

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
            "database_url": store.url.render_as_string(hide_password=False),
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
def shelf(tmp_path_factory: pytest.TempPathFactory, empty: str) -> str:
    """The database of the newsroom, made once, read or copied by most tests.

    Forty-five stories of mixed tags, desks and days, several of one instant. The fifth is at /a/harbour and
    has everything that a story can have.
    """
    url = databases.copy(empty, tmp_path_factory.mktemp("shelf"))
    store = Store(url)
    _newsroom(story_maker(store))
    derive.catch_up(store)
    store.dispose()
    return url


@pytest.fixture
def newsroom(store: Store, shelf: str) -> list[int]:
    """Fill the test's own store with the newsroom; the ids of its stories, as they came."""
    store.dispose()
    databases.overwrite(store.url.render_as_string(hide_password=False), shelf)
    return list(range(1, 46))


@pytest.fixture(scope="session")
def paper(shelf: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the newsroom that all tests share: for those that only read."""
    app = create_app(
        Config(
            database_url=databases.copy(shelf, tmp_path_factory.mktemp("paper")),
            base_url=BASE_URL,
            site_name=SITE,
        )
    )
    yield app.test_client()
    app.extensions["store"].dispose()


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
