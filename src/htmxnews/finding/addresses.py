"""Every story's address, in blocks that a story never leaves: what search engines are told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from htmxnews.store.models import SHOWN, Story

BLOCK = 9_990  # ids in a block; with the pages that are no stories, a sitemap stays under 10,000 addresses

_facts = select(Story.slug, Story.title, Story.lang, Story.published_at, Story.updated_at).where(SHOWN)
_next_id = select(func.min(Story.id)).where(Story.id > bindparam("id"))
_block = _facts.where(Story.id > bindparam("first"), Story.id <= bindparam("last")).order_by(Story.id)
_since = (
    _facts.where(Story.published_at >= bindparam("since"))
    .order_by(Story.published_at.desc(), Story.id.desc())
    .limit(bindparam("limit"))
)


@dataclass(frozen=True)
class Address:
    """What a sitemap says of one story."""

    slug: str
    title: str
    lang: str | None
    published_at: datetime
    updated_at: datetime | None


def blocks(session: Session) -> list[int]:
    """The numbers, from 1, of the blocks that hold any story."""
    found: list[int] = []
    while (
        story_id := session.execute(_next_id, {"id": found[-1] * BLOCK if found else 0}).scalar()
    ) is not None:
        found.append((story_id - 1) // BLOCK + 1)
    return found


def block(session: Session, number: int) -> list[Address]:
    """The stories of one block, in the order in which they came; empty when there is no such block."""
    last = number * BLOCK
    return [Address(*row) for row in session.execute(_block, {"first": last - BLOCK, "last": last})]


def since(session: Session, moment: datetime, *, limit: int) -> list[Address]:
    """The stories published since `moment`, newest first."""
    return [Address(*row) for row in session.execute(_since, {"since": moment, "limit": limit})]
