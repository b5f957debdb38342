"""Rows as the pages show them, read by id. Core statements built once: no ORM object reaches a reader."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, exists, select
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding.index import Index, Named
from htmxnews.store.dialect import among
from htmxnews.store.models import (
    Author,
    Category,
    OldAddress,
    Picture,
    Source,
    Story,
    StoryAuthor,
    StoryBody,
    StoryTag,
    Tag,
)

__all__ = ["Copy", "FullStory", "Named", "PictureRow", "StoryRow", "by_old_address", "full", "fulls", "rows"]

WORDS_A_MINUTE = 230
KEPT = 2_000  # rows of a version of the index, two kilobytes each


class Copy(NamedTuple):
    """The same story from another source, folded into the one that is shown."""

    slug: str
    key: str  # the id its source gave it
    source: Named


class PictureRow(NamedTuple):
    """Our copy of a lead picture: `<hash>-<w>.webp` for each w of `widths`, narrowest first."""

    hash: str
    width: int  # pixels, of the original
    height: int
    widths: tuple[int, ...]
    alt: str
    credit: str
    caption: str


class StoryRow(NamedTuple):
    """One line of a list. Times are aware UTC; texts are plain."""

    id: int
    slug: str
    url: str | None  # its address at the source
    title: str
    summary: str
    lang: str | None
    dir: str
    published_at: datetime
    updated_at: datetime | None
    pinned: bool
    minutes: int  # reading time, at least 1
    category: Named | None
    source: Named
    authors: tuple[Named, ...]
    tags: tuple[Named, ...]
    picture: PictureRow | None  # None: it has none, or we hold no copy
    also: tuple[Copy, ...]  # copies from other sources that it stands for


@dataclass(frozen=True)
class FullStory:
    """A story with what its page and the feeds need beyond the row."""

    row: StoryRow
    html: str  # cleaned
    key: str  # the id its source gave it
    shown_as: StoryRow | None  # the story that is shown in its place; None: it is shown itself


def rows(session: Session, ids: Sequence[int]) -> list[StoryRow]:
    """The rows of these stories in the order asked; ids that do not exist are left out."""
    if not ids:
        return []
    kept = indexes.current(session).rows
    found = {story_id: row for story_id in ids if (row := kept.get(story_id))}
    if missing := [story_id for story_id in ids if story_id not in found]:
        found |= made(session, session.connection().execute(_rows, {"ids": json.dumps(missing)}).all())
    return [found[story_id] for story_id in ids if story_id in found]


def fulls(session: Session, ids: Sequence[int]) -> list[FullStory]:
    """These stories with their bodies, in the order asked; ids that do not exist are left out."""
    if not ids:
        return []
    more = {row.id: row for row in session.execute(_more, {"ids": json.dumps(list(ids))})}
    heads = [row.folded_into for row in more.values() if row.folded_into is not None]
    shown_as = {row.id: row for row in rows(session, heads)}
    return [
        FullStory(
            row=row,
            html=more[row.id].html,
            key=more[row.id].key,
            shown_as=shown_as.get(more[row.id].folded_into),
        )
        for row in rows(session, ids)
        if row.id in more
    ]


def full(session: Session, slug: str) -> FullStory | None:
    """The story at this slug."""
    story_id = session.execute(_by_slug, {"slug": _text(slug)}).scalar()
    found = fulls(session, [story_id]) if story_id is not None else []
    return found[0] if found else None


def by_old_address(session: Session, path: str) -> str | None:
    """The slug of the story that once stood at `path` (path?query, without the host)."""
    return session.execute(_by_path, {"path": _text(path)}).scalar()


def _text(asked: str) -> str:
    """Without zero bytes: PostgreSQL knows no text with them, and SQLite has none that we wrote."""
    return asked.replace("\0", "\ufffd")


_by_slug = select(Story.id).where(Story.slug == bindparam("slug"))
_by_path = select(Story.slug).join(OldAddress).where(OldAddress.path == bindparam("path"))
# Names come from the index, which is at the session's revision: so a list is one statement, and of tables,
# since mapped classes take twice as long.
_story, _picture_of = cast(Table, Story.__table__), cast(Table, Picture.__table__)
_copy = _story.alias()
# The first as in StoryRow. By place, since asking a row for a name takes longer than all the rest.
READ = (
    *(_story.c[name] for name in StoryRow._fields[:10]),
    *(_story.c[name] for name in ("words", "category_id", "source_id")),
    exists().where(_copy.c.folded_into == _story.c.id),
    *(_picture_of.c[name] for name in ("hash", "width", "height", "widths", "alt", "credit", "caption")),
)
_WORDS, _GROUPED, _COPIED, _HASH = 10, slice(11, 13), 13, 14
PICTURED = _story.outerjoin(_picture_of)
_rows = select(*READ).select_from(PICTURED).where(among(_story.c.id))
_groups = (
    select(
        Story.id,
        Category.slug.label("category_slug"),
        Category.name.label("category_name"),
        Source.slug.label("source_slug"),
        Source.name.label("source_name"),
    )
    .join(Story.source)
    .outerjoin(Story.category)
    .where(among(Story.id))
)
_tags = (
    select(StoryTag.story_id, Tag.slug, Tag.name)
    .join(StoryTag.tag)
    .where(among(StoryTag.story_id))
    .order_by(StoryTag.story_id, StoryTag.position)
)
_authors = (
    select(StoryAuthor.story_id, Author.slug, Author.name)
    .join(StoryAuthor.author)
    .where(among(StoryAuthor.story_id))
    .order_by(StoryAuthor.story_id, StoryAuthor.position)
)
_copies = (
    select(Story.folded_into, Story.slug, Story.key, Source.slug.label("source_slug"), Source.name)
    .join(Story.source)
    .where(among(Story.folded_into))
    .order_by(Story.folded_into, Story.published_at, Story.id)
)
_more = select(Story.id, Story.key, Story.folded_into, StoryBody.html).join(Story.body).where(among(Story.id))


class _Labels(NamedTuple):
    category: Named | None
    source: Named
    authors: tuple[Named, ...]
    tags: tuple[Named, ...]


def made(session: Session, found: Sequence[Any]) -> dict[int, StoryRow]:
    """By id the rows of what a statement over PICTURED has read: READ, and behind that anything."""
    index = indexes.current(session)
    kept = index.rows
    known = {row[0]: kept[row[0]] for row in found if row[0] in kept}
    new = [row for row in found if row[0] not in known]
    folded = _labels_of(session, [row[0] for row in new if index.position(row[0]) is None])
    also = _copies_of(session, [row[0] for row in new if row[_COPIED]])
    read = {
        row[0]: _story_row(row, folded.get(row[0]) or _labels(index, row), also.get(row[0], ()))
        for row in new
    }
    if len(kept) > KEPT:
        kept.clear()
    kept.update(read)
    return known | read


def _labels(index: Index, row: Any) -> _Labels:
    names, position = index.names.by_id, index.position(row[0])
    tags = index.tags_at(position) if position is not None else ()
    authors = index.authors_at(position) if position is not None else ()
    category_id, source_id = row[_GROUPED]
    return _Labels(
        names["category"][category_id] if category_id else None,
        names["source"][source_id],
        tuple(map(names["author"].__getitem__, authors)),
        tuple(map(names["tag"].__getitem__, tags)),
    )


def _labels_of(session: Session, folded: Sequence[int]) -> dict[int, _Labels]:
    """The labels of stories that the index does not hold."""
    if not folded:
        return {}
    connection, asked = session.connection(), {"ids": json.dumps(folded)}
    tags = _named_by_story(connection.execute(_tags, asked))
    authors = _named_by_story(connection.execute(_authors, asked))
    return {
        row.id: _Labels(
            Named(row.category_slug, row.category_name) if row.category_slug else None,
            Named(row.source_slug, row.source_name),
            authors.get(row.id, ()),
            tags.get(row.id, ()),
        )
        for row in connection.execute(_groups, asked)
    }


def _named_by_story(found: Iterable[Any]) -> dict[int, tuple[Named, ...]]:
    named: dict[int, list[Named]] = {}
    for story_id, slug, name in found:
        named.setdefault(story_id, []).append(Named(slug, name))
    return {story_id: tuple(names) for story_id, names in named.items()}


def _copies_of(session: Session, heads: Sequence[int]) -> dict[int, tuple[Copy, ...]]:
    """The copies that these stories stand for."""
    copies: dict[int, list[Copy]] = {}
    found: Iterable[Any] = session.execute(_copies, {"ids": json.dumps(heads)}) if heads else ()
    for story_id, slug, key, source_slug, source_name in found:
        copies.setdefault(story_id, []).append(Copy(slug, key, Named(source_slug, source_name)))
    return {story_id: tuple(some) for story_id, some in copies.items()}


def _story_row(row: Any, labels: _Labels, also: tuple[Copy, ...]) -> StoryRow:
    minutes = max(1, round(row[_WORDS] / WORDS_A_MINUTE))
    picture = _picture(row) if row[_HASH] else None
    return StoryRow._make((*row[:_WORDS], minutes, *labels, picture, also))


def _picture(row: Any) -> PictureRow:
    return PictureRow(
        hash=row.hash,
        width=row.width or 0,
        height=row.height or 0,
        widths=tuple(sorted(map(int, row.widths.split()))),
        alt=row.alt,
        credit=row.credit,
        caption=row.caption,
    )
