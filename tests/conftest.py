"""Fixtures that every test may ask for: a migrated store, and a maker of stories for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from makers import NOON, MakeStory, story_maker
from sqlalchemy.orm import Session

from htmxnews.store import migrate
from htmxnews.store.engine import Store

__all__ = ["NOON", "MakeStory"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated database of its own."""
    store = Store(f"sqlite:///{tmp_path / 'news.db'}")
    migrate.upgrade(store)
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
