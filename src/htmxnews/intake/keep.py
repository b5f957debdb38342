"""Ready stories → rows: one writing transaction a batch, the revision moved once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from htmxnews.intake import copied, slugs
from htmxnews.intake.names import Model, Names
from htmxnews.intake.prepare import Ready
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import (
    Author,
    Base,
    Category,
    OldAddress,
    Picture,
    Story,
    StoryAuthor,
    StoryBody,
    StoryPicture,
    StoryTag,
    Tag,
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """A story under way, with what it is known by."""

    key: str
    fingerprint: str
    ready: Ready
    old_key: str | None = None  # what its source called it before


def fingerprints(session: Session, source_id: int, keys: Iterable[str]) -> dict[str, str]:
    """Return the stored fingerprints of those keys of a source that are there."""
    return {key: mark for key, _, mark in _known(session, source_id, keys)}


def keep(
    session: Session, names: Names, source_id: int, items: Sequence[Item], now: datetime
) -> tuple[int, int]:
    """Store a batch in the caller's transaction and return how many stories were added and updated.

    What another import has stored meanwhile, word for word, is neither. No two items have one key.
    """
    keys = [key for item in items for key in (item.key, item.old_key) if key]
    stored = {key: (story_id, mark) for key, story_id, mark in _known(session, source_id, keys)}
    for item in items:
        if item.old_key in stored and item.key not in stored:
            stored[item.key] = stored.pop(item.old_key)
    items = [item for item in items if stored.get(item.key, (0, ""))[1] != item.fingerprint]
    if not items:
        return 0, 0
    revision = revisions.bump(session)
    rows = [_row(session, names, item, revision) for item in items]
    added = [(item, row) for item, row in zip(items, rows, strict=True) if item.key not in stored]
    changed = [
        (stored[item.key][0], item, row) for item, row in zip(items, rows, strict=True) if item.key in stored
    ]
    ids = _add(session, source_id, added, now)
    _change(session, changed)
    placed = [*zip(ids, (item.ready for item, _ in added), strict=True)]
    placed += [(story_id, item.ready) for story_id, item, _ in changed]
    _attach(session, names, placed)
    files = {name: kept for _, ready in placed for name, kept in ready.files.items()}
    for name, kept in files.items():
        copied.put(session, name, kept)
    copied.note(session, {story_id: (*ready.files, *ready.pictures) for story_id, ready in placed}, files)
    copied.note_leads(session, [story_id for story_id, ready in placed if ready.picture])
    return len(added), len(changed)


def fold_log(store: Store) -> None:
    """Write what a large import left in the log into the database: readers look through both."""
    store.fold_log()


def _known(session: Session, source_id: int, keys: Iterable[str]) -> Sequence[Any]:
    """Key, id and fingerprint of those stories of a source that are there."""
    return session.execute(_by_key, {"source_id": source_id, "keys": list(keys)}).all()


def _row(session: Session, names: Names, item: Item, revision: int) -> Row:
    category = names.id_of(session, Category, item.ready.category) if item.ready.category else None
    return {
        **item.ready.story,
        "key": item.key,
        "category_id": category,
        "revision": revision,
        "fingerprint": item.fingerprint,
    }


def _add(session: Session, source_id: int, added: list[tuple[Item, Row]], now: datetime) -> Sequence[int]:
    """Insert rows and return their ids, in order."""
    if not added:
        return []
    free = _free_slugs(session, [item for item, _ in added], source_id)
    place = {"source_id": source_id, "imported_at": now}
    rows = [{**row, **place, "slug": slug} for (_, row), slug in zip(added, free, strict=True)]
    return session.connection().execute(_insert_stories, rows).scalars().all()


def _change(session: Session, changed: list[tuple[int, Item, Row]]) -> None:
    """Update rows; slug and time of import stay, and the date where the source has none to give."""
    for story_id, item, row in changed:
        told = {
            name: value for name, value in row.items() if name != "published_at" or not item.ready.dated_now
        }
        session.connection().execute(_update_story, {**told, "story": story_id})
    ids = [story_id for story_id, _, _ in changed]
    if ids:
        for model in (StoryBody, StoryTag, StoryAuthor, Picture, StoryPicture):
            session.execute(delete(model).where(model.story_id.in_(ids)))


def _attach(session: Session, names: Names, placed: list[tuple[int, Ready]]) -> None:
    """Insert what hangs on the stories: bodies, tags, authors, pictures, old addresses."""
    rows: dict[type[Base], list[Row]] = {
        StoryBody: [{"story_id": story_id, **ready.body} for story_id, ready in placed],
        StoryTag: [
            {"story_id": story_id, "tag_id": tag, "position": n}
            for story_id, ready in placed
            for n, tag in enumerate(_ids(session, names, Tag, ready.tags))
        ],
        StoryAuthor: [
            {"story_id": story_id, "author_id": author, "position": n}
            for story_id, ready in placed
            for n, author in enumerate(_ids(session, names, Author, ready.authors))
        ],
        Picture: [{"story_id": story_id, **ready.picture} for story_id, ready in placed if ready.picture],
        OldAddress: _new_addresses(session, placed),
    }
    for model, some in rows.items():
        if some:
            session.connection().execute(insert(model), some)


def _ids(session: Session, names: Names, model: type[Model], told: Iterable[str]) -> list[int]:
    return list(dict.fromkeys(names.id_of(session, model, name) for name in told))


def _new_addresses(session: Session, placed: list[tuple[int, Ready]]) -> list[Row]:
    """The first story that stood at an address keeps it."""
    wanted: dict[str, int] = {}
    for story_id, ready in placed:
        for path in ready.old_addresses:
            wanted.setdefault(path, story_id)
    if not wanted:
        return []
    taken = set(session.scalars(select(OldAddress.path).where(OldAddress.path.in_(list(wanted)))))
    return [{"path": path, "story_id": story_id} for path, story_id in wanted.items() if path not in taken]


def _free_slugs(session: Session, items: Sequence[Item], source_id: int) -> list[str]:
    """The wanted slugs, or with -2, -3 …; when many stories want one, with a hash that is its own."""
    wanted = [item.ready.slug for item in items]
    taken = set(session.scalars(select(Story.slug).where(Story.slug.in_(wanted))))
    free = []
    for item, slug in zip(items, wanted, strict=True):
        if slug in taken:
            slug = _another_slug(session, item, source_id, taken)
        taken.add(slug)
        free.append(slug)
    return free


def _another_slug(session: Session, item: Item, source_id: int, taken: set[str]) -> str:
    tries = slugs.numbered(item.ready.slug)
    taken = taken.union(session.scalars(select(Story.slug).where(Story.slug.in_(tries))))
    free = next((slug for slug in tries if slug not in taken), None)
    return free or next(
        slug
        for slug in slugs.hashed(item.ready.slug, f"{source_id} {item.key}")
        if slug not in taken and not session.scalar(select(Story.id).where(Story.slug == slug))
    )


_stories = cast(Table, Story.__table__)
_by_key = select(Story.key, Story.id, Story.fingerprint).where(
    Story.source_id == bindparam("source_id"), Story.key.in_(bindparam("keys", expanding=True))
)
_insert_stories = insert(_stories).returning(_stories.c.id, sort_by_parameter_order=True)
_update_story = update(_stories).where(_stories.c.id == bindparam("story"))
