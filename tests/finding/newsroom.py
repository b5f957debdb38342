"""A store of random stories, and what plain Python knows of them, to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from makers import NOON
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from htmxnews.selection import Selection
from htmxnews.store import migrate, revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import (
    Author,
    Category,
    Source,
    Story,
    StoryAuthor,
    StoryBody,
    StoryTag,
    StoryViews,
    Tag,
)

SEOUL = ZoneInfo("Asia/Seoul")
TAGS = [f"tag-{n}" for n in range(12)]
CATEGORIES = [f"category-{n}" for n in range(4)]
SOURCES = [f"source-{n}" for n in range(3)]
AUTHORS = [f"author-{n}" for n in range(5)]
_INSTANTS = [NOON + timedelta(hours=7 * n) for n in range(40)]  # few, so that many stories share one


@dataclass(frozen=True)
class Fact:
    """A story as plain values."""

    id: int
    published_at: datetime
    tags: frozenset[str]
    category: str | None
    source: str
    authors: frozenset[str]
    words: frozenset[str]

    def day(self, zone: ZoneInfo) -> date:
        return self.published_at.astimezone(zone).date()


@dataclass
class Newsroom:
    store: Store
    facts: dict[int, Fact]

    def chosen(self, selection: Selection, zone: ZoneInfo) -> list[Fact]:
        """What a selection without search text has, newest first: the plain way."""
        found = [fact for fact in self.facts.values() if _wanted(fact, selection, zone)]
        return sorted(found, key=lambda fact: (fact.published_at, fact.id), reverse=True)


def build(path: Path, stories: int, seed: int = 7) -> Newsroom:
    """A store of its own with that many stories."""
    store = Store(f"sqlite:///{path / 'news.db'}")
    migrate.upgrade(store)
    random = Random(seed)  # noqa: S311 (not a secret)
    with store.writing() as session:
        for model, slugs in ((Tag, TAGS), (Category, CATEGORIES), (Source, SOURCES), (Author, AUTHORS)):
            rows = [{"id": n + 1, "slug": slug, "name": slug.title()} for n, slug in enumerate(slugs)]
            session.execute(insert(model), rows)
    newsroom = Newsroom(store, {})
    for _ in range(stories):
        add(newsroom, random)
    return newsroom


def add(newsroom: Newsroom, random: Random) -> int:
    """One more random story; return its id."""
    tags = random.sample(TAGS, min(int(random.expovariate(0.5)), 5))
    authors = random.sample(AUTHORS, random.choice((0, 1, 1, 2)))
    category, source = random.choice([None, *CATEGORIES]), random.choice(SOURCES)
    words = random.sample(["river", "harbour", "bread", "letter", "comet", "tower", "violin", "glacier"], 3)
    published = random.choice(_INSTANTS)
    with newsroom.store.writing() as session:
        revision = revisions.bump(session)
        story_id = session.execute(
            insert(Story)
            .values(
                source_id=SOURCES.index(source) + 1,
                category_id=CATEGORIES.index(category) + 1 if category else None,
                key=f"key-{revision}",
                slug=f"story-{revision}",
                title=f"Story {revision} of {words[0]}",
                summary="",
                dir="ltr",
                pinned=False,
                words=3,
                published_at=published,
                imported_at=NOON,
                revision=revision,
                fingerprint="",
            )
            .returning(Story.id)
        ).scalar_one()
        html = f"<p>{' '.join(words[1:])}</p>"
        _link(session, story_id, html, tags, authors)
    newsroom.facts[story_id] = Fact(
        story_id, published, frozenset(tags), category, source, frozenset(authors), frozenset(words)
    )
    return int(story_id)


def remove(newsroom: Newsroom, story_id: int) -> None:
    """Delete a story as intake would."""
    with newsroom.store.writing() as session:
        revisions.bump(session)
        session.execute(delete(Story).where(Story.id == story_id))
    del newsroom.facts[story_id]


def look_at(newsroom: Newsroom, hour: int, views: dict[int, int]) -> None:
    """Views that came in an hour."""
    with newsroom.store.writing() as session:
        session.execute(
            insert(StoryViews),
            [{"hour": hour, "story_id": story_id, "views": count} for story_id, count in views.items()],
        )


def _link(session: Session, story_id: int, html: str, tags: Sequence[str], authors: Sequence[str]) -> None:
    body = {"story_id": story_id, "raw": html, "raw_kind": "html", "html": html, "policy": 1}
    session.execute(insert(StoryBody).values(body))
    for position, tag in enumerate(tags):
        session.execute(
            insert(StoryTag).values(story_id=story_id, tag_id=TAGS.index(tag) + 1, position=position)
        )
    for position, author in enumerate(authors):
        session.execute(
            insert(StoryAuthor).values(
                story_id=story_id, author_id=AUTHORS.index(author) + 1, position=position
            )
        )


def _wanted(fact: Fact, selection: Selection, zone: ZoneInfo) -> bool:
    return (
        set(selection.tag) <= fact.tags
        and (not selection.any or bool(fact.tags & set(selection.any)))
        and not fact.tags & set(selection.not_)
        and (not selection.category or fact.category in selection.category)
        and (not selection.source or fact.source in selection.source)
        and (not selection.author or bool(fact.authors & set(selection.author)))
        and (selection.from_ is None or selection.from_ <= fact.day(zone))
        and (selection.to is None or fact.day(zone) <= selection.to)
    )
