"""Other stories that a reader of this one may want: the stored list, topped up when it is short."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from pyroaring import BitMap
from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import reasons, rows
from htmxnews.finding.index import Index
from htmxnews.finding.order import ByDate
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Selection
from htmxnews.store.models import RelatedStory, Story


@dataclass(frozen=True)
class Related:
    """A story and why it is here, as a short sentence without a full stop."""

    row: StoryRow
    reason: str


def related(session: Session, story_id: int, *, selection: Selection, limit: int) -> tuple[Related, ...]:
    """The `limit` stories nearest to one, best first; of the selection only its `not` counts.

    Never the story itself, and no title twice. Empty for a story that does not exist.
    """
    index = indexes.current(session)
    here = index.position(story_id)
    if here is None:
        return ()
    allowed = index.everything - index.unwanted(selection) if selection.not_ else index.everything
    stored = [
        line
        for line in session.connection().execute(_stored, {"story_id": story_id})
        if (position := index.position(line[0])) is not None and position in allowed
    ][:limit]
    made = rows.made(session, stored)
    listed = [Related(made[line[0]], line[-1]) for line in stored]
    if len(listed) < limit:
        listed = _filled(session, story_id, listed, allowed - BitMap([here]), limit)
    return tuple(listed)


# The list and its stories are one statement. No title is in it twice: `relating` sees to that.
_list = cast(Table, RelatedStory.__table__)
_stored = (
    select(*rows.READ, _list.c.reason)
    .select_from(_list.join(rows.PICTURED, Story.id == _list.c.other_id))
    .where(_list.c.story_id == bindparam("story_id"))
    .order_by(_list.c.rank)
)


def _filled(
    session: Session, story_id: int, listed: list[Related], allowed: BitMap, limit: int
) -> list[Related]:
    """The list with others behind it, as far as there are any."""
    index = indexes.current(session)
    story = rows.rows(session, [story_id])[0]
    why = {item.row.id: item.reason for item in listed}
    for position, reason in _fill(index, story, allowed, limit):
        why.setdefault(index.id_at(position), reason)
    both = [Related(row, why[row.id]) for row in rows.rows(session, list(why))]
    return list(_no_title_twice(story, both))[:limit]


def _fill(index: Index, story: StoryRow, allowed: BitMap, limit: int) -> Iterator[tuple[int, str]]:
    """The newest stories of the rarest tag, of the category and of the source, with that as the reason."""
    tags = sorted(story.tags, key=lambda tag: len(index.of("tag", tag.slug)))
    groups = [(index.of("tag", tag.slug), reasons.tagged([tag])) for tag in tags]
    if story.category:
        groups.append((index.of("category", story.category.slug), f"Also in {story.category.name}"))
    groups.append((index.of("source", story.source.slug), f"Also from {story.source.name}"))
    for positions, reason in groups:
        for position in ByDate(index, positions & allowed).take(0, limit):
            yield position, reason


def _no_title_twice(story: StoryRow, listed: list[Related]) -> Iterator[Related]:
    seen = {story.title.casefold()}
    for item in listed:
        if item.row.title.casefold() not in seen:
            seen.add(item.row.title.casefold())
            yield item
