"""Ready stories → rows: one writing transaction a batch, the revision moved once."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from htmxnews.intake.names import Names
from htmxnews.intake.prepare import Ready
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import (
    Author,
    Category,
    OldAddress,
    Picture,
    Story,
    StoryAuthor,
    StoryBody,
    StoryTag,
    Tag,
)

_SLUG_TRIES = 20


@dataclass(frozen=True)
class Item:
    """A story under way, with what it is known by."""

    key: str
    fingerprint: str
    ready: Ready


def fingerprints(session: Session, source_id: int, keys: Iterable[str]) -> dict[str, str]:
    """Return the stored fingerprints of those keys of a source that are there."""
    query = select(Story.key, Story.fingerprint).where(
        Story.source_id == source_id, Story.key.in_(list(keys))
    )
    return dict(session.execute(query).all())


def keep(
    session: Session, names: Names, source_id: int, items: Sequence[Item], now: datetime
) -> tuple[int, int]:
    """Store a batch in the caller's transaction and return how many stories were added and updated.

    What another import has stored meanwhile, word for word, is neither.
    """
    stored = fingerprints(session, source_id, [item.key for item in items])
    items = [item for item in items if stored.get(item.key) != item.fingerprint]
    if not items:
        return 0, 0
    revision = revisions.bump(session)
    query = select(Story.key, Story.id).where(
        Story.source_id == source_id, Story.key.in_([item.key for item in items])
    )
    known: dict[str, int] = dict(session.execute(query).all())
    for item in items:
        category = names.id_of(session, Category, item.ready.category) if item.ready.category else None
        values = {
            **item.ready.story,
            "category_id": category,
            "revision": revision,
            "fingerprint": item.fingerprint,
        }
        if item.key in known:
            _change(session, known[item.key], values, item.ready)
            story_id = known[item.key]
        else:
            place = {"source_id": source_id, "key": item.key, "slug": _free_slug(session, item, source_id)}
            story_id = session.execute(
                insert(Story).values(**place, **values, imported_at=now).returning(Story.id)
            ).scalar_one()
        _attach(session, names, story_id, item.ready)
    return len(items) - len(known), len(known)


def fold_log(store: Store) -> None:
    """Write what a large import left in the log into the database: readers look through both."""
    connection = store.write_engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _change(session: Session, story_id: int, values: dict[str, Any], ready: Ready) -> None:
    """Update a row; its slug and time of import stay, and its date where the source has none to give."""
    if ready.dated_now:
        values = {name: value for name, value in values.items() if name != "published_at"}
    session.execute(update(Story).where(Story.id == story_id).values(**values))
    for model in (StoryBody, StoryTag, StoryAuthor, Picture):
        session.execute(delete(model).where(model.story_id == story_id))


def _attach(session: Session, names: Names, story_id: int, ready: Ready) -> None:
    session.execute(insert(StoryBody).values(story_id=story_id, **ready.body))
    tags = dict.fromkeys(names.id_of(session, Tag, name) for name in ready.tags)
    authors = dict.fromkeys(names.id_of(session, Author, name) for name in ready.authors)
    if tags:
        rows = [{"story_id": story_id, "tag_id": tag, "position": n} for n, tag in enumerate(tags)]
        session.execute(insert(StoryTag), rows)
    if authors:
        rows = [
            {"story_id": story_id, "author_id": author, "position": n} for n, author in enumerate(authors)
        ]
        session.execute(insert(StoryAuthor), rows)
    if ready.picture:
        session.execute(insert(Picture).values(story_id=story_id, **ready.picture))
    for path in ready.old_addresses:
        # The first story that stood at an address keeps it.
        if session.get(OldAddress, path) is None:
            session.execute(insert(OldAddress).values(path=path, story_id=story_id))


def _free_slug(session: Session, item: Item, source_id: int) -> str:
    """The wanted slug, or with -2, -3 …; when many stories want it, one with a hash that is its own."""
    wanted = item.ready.slug
    tries = [wanted, *(f"{wanted}-{number}" for number in range(2, _SLUG_TRIES))]
    taken = set(session.scalars(select(Story.slug).where(Story.slug.in_(tries))))
    free = next((slug for slug in tries if slug not in taken), None)
    return free or f"{wanted}-{hashlib.sha256(f'{source_id} {item.key}'.encode()).hexdigest()[:10]}"
