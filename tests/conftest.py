"""Fixtures that every test may ask for: a migrated store, and makers that fill every field."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from htmxnews.store import migrate, revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import (
    Author,
    Category,
    Picture,
    Source,
    Story,
    StoryAuthor,
    StoryBody,
    StoryTag,
    Tag,
)
from htmxnews.text import slug_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

MakeStory = Callable[..., int]
T = TypeVar("T", Source, Category, Tag, Author)


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
    numbers = count(1)

    def make(
        title: str | None = None,
        *,
        tags: tuple[str, ...] = (),
        category: str | None = None,
        source: str = "Test desk",
        authors: tuple[str, ...] = (),
        body: str = "<p>Some words.</p>",
        picture: bool = False,
        **fields: Any,
    ) -> int:
        n = next(numbers)
        title = title or f"Story number {n}"
        with store.writing() as session:
            story = Story(
                source=_named(session, Source, source),
                key=fields.pop("key", f"key-{n}"),
                slug=fields.pop("slug", f"{slug_of(title)}-{n}"),
                title=title,
                summary=fields.pop("summary", f"What story {n} says."),
                category=_named(session, Category, category) if category else None,
                published_at=fields.pop("published_at", NOON),
                imported_at=fields.pop("imported_at", NOON),
                revision=revisions.bump(session),
                fingerprint=f"print-{n}",
                body=StoryBody(raw=body, raw_kind="html", html=body, policy=1),
                tag_links=[StoryTag(tag=_named(session, Tag, tag), position=i) for i, tag in enumerate(tags)],
                author_links=[
                    StoryAuthor(author=_named(session, Author, name), position=i)
                    for i, name in enumerate(authors)
                ],
                picture=Picture(hash="0" * 64, width=1600, height=900, widths="320 640") if picture else None,
                **fields,
            )
            session.add(story)
            session.flush()
            return story.id

    return make


def _named(session: Session, model: type[T], name: str) -> T:
    row = session.scalar(select(model).where(model.name == name))
    if row is None:
        row = model(name=name, slug=slug_of(name))
        session.add(row)
    return row
