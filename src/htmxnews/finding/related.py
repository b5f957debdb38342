"""Other stories that a reader of this one may want: the stored list, topped up when it is short."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import reasons, rows
from htmxnews.finding.index import Index
from htmxnews.finding.order import ByDate
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Selection
from htmxnews.store.models import RelatedStory


@dataclass(frozen=True)
class Related:
    """A story and why it is here, as a short sentence without a full stop."""

    row: StoryRow
    reason: str


def related(
    session: Session, story_id: int, *, selection: Selection, zone: ZoneInfo, limit: int
) -> tuple[Related, ...]:
    """The `limit` stories nearest to one, best first; of the selection only its `not` counts.

    Never the story itself, and no title twice. Empty for a story that does not exist.
    """
    index = indexes.current(session)
    here = index.position(story_id)
    if here is None:
        return ()
    allowed = index.resolve(Selection(not_=selection.not_), zone)
    allowed.discard(here)
    why = {
        position: row.reason
        for row in session.execute(_stored, {"story_id": story_id})
        if (position := index.position(row.other_id)) is not None and position in allowed
    }
    story = rows.rows(session, [story_id])[0]
    if len(why) < limit:
        for position, reason in _fill(index, story, allowed, limit):
            why.setdefault(position, reason)
    found = rows.rows(session, [index.ids[position] for position in why])
    listed = [Related(row, why[index.positions[row.id]]) for row in found]
    return tuple(_no_title_twice(story, listed))[:limit]


_stored = (
    select(RelatedStory.other_id, RelatedStory.reason)
    .where(RelatedStory.story_id == bindparam("story_id"))
    .order_by(RelatedStory.rank)
)


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
