"""Fixtures that every test may ask for: a migrated store, and a maker of stories for it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from makers import NOON, MakeStory, story_maker
from sqlalchemy.orm import Session

from htmxnews.store import migrate
from htmxnews.store.engine import Store

__all__ = ["NOON", "MakeStory"]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without a story, made once and copied by whoever needs one."""
    path = tmp_path_factory.mktemp("empty") / "news.db"
    store = Store(f"sqlite:///{path}")
    migrate.upgrade(store)
    store.dispose()
    return path


@pytest.fixture
def store(tmp_path: Path, empty: Path) -> Iterator[Store]:
    """An empty, migrated database of its own."""
    copyfile(empty, tmp_path / "news.db")
    store = Store(f"sqlite:///{tmp_path / 'news.db'}")
    yield store
    store.dispose()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    """A reading session."""
    with store.reading() as session:
        yield session


@pytest.fixture
def make_story(store: Store) -> MakeStory:
    """Put a story into the store and return its id; name only what the test is about."""
    return story_maker(store)
