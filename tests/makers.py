"""Makers that fill every field of what a test needs; the test names only what it is about."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from htmxnews.store import revisions
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


def story_maker(store: Store) -> MakeStory:
    """A function that puts a story into the store and returns its id."""
    numbers = count(1)

    def make(
        title: str | None = None,
        *,
        tags: tuple[str, ...] = (),
        category: str | None = None,
        source: str = "Test desk",
        authors: tuple[str, ...] = (),
        body: str = "<p>Some words.</p>",
        picture: Picture | bool = False,
        **fields: Any,
    ) -> int:
        n = next(numbers)
        title = title or f"Story number {n}"
        if picture is True:
            picture = Picture(hash="0" * 64, width=1600, height=900, widths="320 640")
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
                picture=picture or None,
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
