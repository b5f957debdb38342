"""A store of random stories, and what plain Python knows of them, to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import databases
from makers import NOON
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from htmxnews.finding.popular import record
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
    head: int | None = None  # the story that is shown in its place

    def day(self, zone: ZoneInfo) -> date:
        return self.published_at.astimezone(zone).date()


@dataclass
class Newsroom:
    store: Store
    facts: dict[int, Fact]

    def chosen(self, selection: Selection, zone: ZoneInfo) -> list[Fact]:
        """What a selection without search text has, newest first: the plain way."""
        found = [fact for fact in self.shown() if _wanted(fact, selection, zone)]
        return sorted(found, key=lambda fact: (fact.published_at, fact.id), reverse=True)

    def shown(self) -> list[Fact]:
        """The stories that are not folded into others."""
        return [fact for fact in self.facts.values() if fact.head is None]


def build(path: Path, stories: int, seed: int = 7) -> Newsroom:
    """A store of its own with that many stories."""
    store = Store(databases.at(path))
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


def crowd(path: Path, stories: int, tags: int) -> Newsroom:
    """A store of many stories with one to eight of many tags, the first tags by far the commonest."""
    newsroom = build(path, 0)
    random = Random(11)  # noqa: S311 (not a secret)
    weights = [1 / (rank + 1) for rank in range(tags)]
    rows, links = [], []
    for story_id in range(1, stories + 1):
        chosen = set(random.choices(range(tags), weights, k=random.randint(1, 8)))
        published = NOON - timedelta(minutes=random.randrange(500_000))
        names = frozenset(f"tag-{tag}" for tag in chosen)
        newsroom.facts[story_id] = Fact(
            story_id, published, names, None, SOURCES[0], frozenset(), frozenset()
        )
        rows.append(_row(story_id, published) | {"id": story_id, "source_id": 1, "revision": 1})
        links += [{"story_id": story_id, "tag_id": tag + 1, "position": n} for n, tag in enumerate(chosen)]
    with newsroom.store.writing() as session:
        revisions.bump(session)
        more = range(len(TAGS), tags)
        session.execute(insert(Tag), [{"id": n + 1, "slug": f"tag-{n}", "name": f"Tag-{n}"} for n in more])
        session.execute(insert(Story), rows)
        session.execute(insert(StoryTag), links)
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
                **_row(revision, published)
                | {
                    "source_id": SOURCES.index(source) + 1,
                    "category_id": CATEGORIES.index(category) + 1 if category else None,
                    "title": f"Story {revision} of {words[0]}",
                    "revision": revision,
                }
            )
            .returning(Story.id)
        ).scalar_one()
        html = f"<p>{' '.join(words[1:])}</p>"
        _link(session, story_id, html, tags, authors)
    newsroom.facts[story_id] = Fact(
        story_id, published, frozenset(tags), category, source, frozenset(authors), frozenset(words)
    )
    return int(story_id)


def edit(newsroom: Newsroom, random: Random, story_id: int) -> None:
    """Change a story as intake would: some of its date, its labels and its text."""
    fact = newsroom.facts[story_id]
    fact = replace(
        fact,
        published_at=random.choice([fact.published_at, random.choice(_INSTANTS)]),
        tags=random.choice([fact.tags, frozenset(random.sample(TAGS, 2))]),
        authors=random.choice([fact.authors, frozenset(random.sample(AUTHORS, 1))]),
        category=random.choice([fact.category, None, *CATEGORIES]),
    )
    with newsroom.store.writing() as session:
        values = {
            "revision": revisions.bump(session),
            "published_at": fact.published_at,
            "category_id": CATEGORIES.index(fact.category) + 1 if fact.category else None,
        }
        session.execute(update(Story).where(Story.id == story_id).values(**values))
        for model in (StoryBody, StoryTag, StoryAuthor):
            session.execute(delete(model).where(model.story_id == story_id))
        _link(session, story_id, "<p>Changed.</p>", sorted(fact.tags), sorted(fact.authors))
    newsroom.facts[story_id] = fact


def remove(newsroom: Newsroom, story_id: int) -> None:
    """Delete a story as intake would; its copies are shown again."""
    with newsroom.store.writing() as session:
        revisions.bump(session)
        session.execute(delete(Story).where(Story.id == story_id))
    del newsroom.facts[story_id]
    for fact in list(newsroom.facts.values()):
        if fact.head == story_id:
            newsroom.facts[fact.id] = replace(fact, head=None)


def fold(newsroom: Newsroom, story_id: int, head: int | None) -> None:
    """Show another story in the place of one, or itself again."""
    with newsroom.store.writing() as session:
        values = {"folded_into": head, "revision": revisions.bump(session)}
        session.execute(update(Story).where(Story.id == story_id).values(**values))
    newsroom.facts[story_id] = replace(newsroom.facts[story_id], head=head)


def look_at(newsroom: Newsroom, hour: int, views: dict[int, int]) -> None:
    """Views that came in an hour."""
    record(newsroom.store, views, hour)


def _row(number: int, published: datetime) -> dict[str, Any]:
    """What every story needs and no test is about."""
    return {
        "key": f"key-{number}",
        "slug": f"story-{number}",
        "title": f"Story {number}",
        "summary": "",
        "dir": "ltr",
        "pinned": False,
        "words": 3,
        "published_at": published,
        "imported_at": NOON,
        "fingerprint": "",
    }


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
