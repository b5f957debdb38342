"""Rows as the pages show them, read by id. Core statements built once: no ORM object reaches a reader."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

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

WORDS_A_MINUTE = 230


@dataclass(frozen=True)
class Named:
    """A tag, category, source or author: its address and what readers call it."""

    slug: str
    name: str


@dataclass(frozen=True)
class PictureRow:
    """Our copy of a lead picture: `<hash>-<w>.webp` for each w of `widths`, narrowest first."""

    hash: str
    width: int  # pixels, of the original
    height: int
    widths: tuple[int, ...]
    alt: str
    credit: str
    caption: str


@dataclass(frozen=True)
class StoryRow:
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


@dataclass(frozen=True)
class FullStory:
    """A story with what its page and the feeds need beyond the row."""

    row: StoryRow
    html: str  # cleaned
    key: str  # the id its source gave it


def rows(session: Session, ids: Sequence[int]) -> list[StoryRow]:
    """The rows of these stories in the order asked; ids that do not exist are left out."""
    if not ids:
        return []
    asked = {"ids": json.dumps(list(ids))}
    tags = _named_by_story(session.execute(_tags, asked))
    authors = _named_by_story(session.execute(_authors, asked))
    found = {
        row.id: _story_row(row, authors.get(row.id, ()), tags.get(row.id, ()))
        for row in session.execute(_rows, asked)
    }
    return [found[story_id] for story_id in ids if story_id in found]


def fulls(session: Session, ids: Sequence[int]) -> list[FullStory]:
    """These stories with their bodies, in the order asked; ids that do not exist are left out."""
    if not ids:
        return []
    more = {row.id: row for row in session.execute(_more, {"ids": json.dumps(list(ids))})}
    return [
        FullStory(
            row=row,
            html=more[row.id].html,
            key=more[row.id].key,
        )
        for row in rows(session, ids)
        if row.id in more
    ]


def full(session: Session, slug: str) -> FullStory | None:
    """The story at this slug."""
    story_id = session.execute(_by_slug, {"slug": slug}).scalar()
    found = fulls(session, [story_id]) if story_id is not None else []
    return found[0] if found else None


def by_old_address(session: Session, path: str) -> str | None:
    """The slug of the story that once stood at `path` (path?query, without the host)."""
    return session.execute(_by_path, {"path": path}).scalar()


def among(column: ColumnElement[int] | Any) -> ColumnElement[bool]:
    """`column` is one of :ids, a JSON array: so the SQL text is the same for every number of ids."""
    listed = func.json_each(bindparam("ids")).table_valued("value")
    return column.in_(select(listed.c.value))


_by_slug = select(Story.id).where(Story.slug == bindparam("slug"))
_by_path = select(Story.slug).join(OldAddress).where(OldAddress.path == bindparam("path"))
_rows = (
    select(
        Story.id,
        Story.slug,
        Story.url,
        Story.title,
        Story.summary,
        Story.lang,
        Story.dir,
        Story.published_at,
        Story.updated_at,
        Story.pinned,
        Story.words,
        Category.slug.label("category_slug"),
        Category.name.label("category_name"),
        Source.slug.label("source_slug"),
        Source.name.label("source_name"),
        Picture.hash,
        Picture.width,
        Picture.height,
        Picture.widths,
        Picture.alt,
        Picture.credit,
        Picture.caption,
    )
    .join(Story.source)
    .outerjoin(Story.category)
    .outerjoin(Story.picture)
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
_more = select(Story.id, Story.key, StoryBody.html).join(Story.body).where(among(Story.id))


def _named_by_story(found: Iterable[Any]) -> dict[int, tuple[Named, ...]]:
    named: dict[int, list[Named]] = {}
    for story_id, slug, name in found:
        named.setdefault(story_id, []).append(Named(slug, name))
    return {story_id: tuple(names) for story_id, names in named.items()}


def _story_row(row: Any, authors: tuple[Named, ...], tags: tuple[Named, ...]) -> StoryRow:
    return StoryRow(
        id=row.id,
        slug=row.slug,
        url=row.url,
        title=row.title,
        summary=row.summary,
        lang=row.lang,
        dir=row.dir,
        published_at=row.published_at,
        updated_at=row.updated_at,
        pinned=row.pinned,
        minutes=max(1, round(row.words / WORDS_A_MINUTE)),
        category=Named(row.category_slug, row.category_name) if row.category_slug else None,
        source=Named(row.source_slug, row.source_name),
        authors=authors,
        tags=tags,
        picture=_picture(row) if row.hash else None,
    )


def _picture(row: Any) -> PictureRow:
    return PictureRow(
        hash=row.hash,
        width=row.width or 0,
        height=row.height or 0,
        widths=tuple(sorted(int(width) for width in row.widths.split())),
        alt=row.alt,
        credit=row.credit,
        caption=row.caption,
    )
