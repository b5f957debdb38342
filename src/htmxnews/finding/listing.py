"""The one list: a selection in its order, a page of it, and the stories that lead it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import popular, rows
from htmxnews.finding.index import Index
from htmxnews.finding.index.version import PICTURED, PINNED
from htmxnews.finding.matching import Found, matching
from htmxnews.finding.order import ByDate, ByScore, HitsByDate, Order
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Cursor, Selection
from htmxnews.store.models import from_micros

THROUGH_MAX = 200  # stories in one answer
PINNED_DAYS = 7  # behind the newest story, a pinned one no longer leads
HEADLINE_POOL = 60  # newest stories among which headlines are chosen


@dataclass(frozen=True)
class Page:
    """Some stories of a selection, in its order."""

    stories: tuple[StoryRow, ...]
    total: int  # in the whole selection
    first: int  # place of the first story here, from 1
    next: Cursor | None  # behind the last story here; None at the end
    last: Cursor | None  # of the last story here; None when there is none


def find(
    session: Session,
    selection: Selection,
    *,
    zone: ZoneInfo,
    limit: int,
    after: Cursor | None = None,
    through: Cursor | None = None,
) -> Page:
    """At most `limit` stories behind `after`, or everything from the top through a place (at most 200).

    A cursor whose story is gone still marks its place. Raises UnknownName.
    """
    found = matching(session, selection, zone)
    order = _order(session, selection, found)
    start, stop = 0, limit
    if through:
        stop = min(order.behind(through) or limit, THROUGH_MAX)
    elif after:
        start = order.behind(after)
        stop = start + limit
    return _page(session, found.index, order, order.take(start, stop), start)


def headlines(session: Session, selection: Selection, *, zone: ZoneInfo, limit: int) -> tuple[StoryRow, ...]:
    """The leading stories: pinned ones of the last week, then the newest, one a category where possible.

    A story with a picture takes the first place when no pinned one does; those without a teaser come
    last. Raises UnknownName.
    """
    found = matching(session, selection, zone)
    index = found.index
    newest = ByDate(index, found.positions).take(0, HEADLINE_POOL)
    if not newest:
        return ()
    week_ago = index.published_at(newest[0]) - timedelta(days=PINNED_DAYS) // timedelta(microseconds=1)
    pinned = ByDate(index, found.positions & index.sets["mark"][PINNED]).take(0, limit)
    lead = [position for position in pinned if index.published_at(position) >= week_ago]
    pictured = index.sets["mark"][PICTURED]
    if not lead:
        lead = [position for position in newest if position in pictured][:1]
    others = [position for position in newest if position not in lead]
    candidates = rows.rows(session, [index.id_at(position) for position in [*lead, *others]])
    # A headline without a teaser says little: it leads only when there is nothing else.
    telling = sorted(candidates[len(lead) :], key=lambda story: not story.summary)
    return tuple(_one_a_category(candidates[: len(lead)], telling, limit))


def newest_change(session: Session) -> datetime | None:
    """When a story was last added or last changed at its source; None in an empty store."""
    touched = indexes.current(session).touched
    return from_micros(touched) if touched else None


def _order(session: Session, selection: Selection, found: Found) -> Order:
    by_date = HitsByDate(found.index, found.hits) if found.hits else ByDate(found.index, found.positions)
    if selection.sort == "popular":
        return ByScore(found.index, by_date, popular.heat(session, found.index, "week", datetime.now(UTC)))
    if selection.sort == "relevance" and found.scores is not None:
        return ByScore(found.index, by_date, found.scores)
    return by_date


def _page(session: Session, index: Index, order: Order, positions: list[int], start: int) -> Page:
    last = order.cursor(positions[-1]) if positions else None
    return Page(
        stories=tuple(rows.rows(session, [index.id_at(position) for position in positions])),
        total=len(order),
        first=start + 1,
        next=last if start + len(positions) < len(order) else None,
        last=last,
    )


def _one_a_category(lead: list[StoryRow], others: list[StoryRow], limit: int) -> list[StoryRow]:
    chosen = list(lead)
    seen = {story.category for story in lead}
    later = []
    for story in others:
        if story.category not in seen and len(chosen) < limit:
            seen.add(story.category)
            chosen.append(story)
        else:
            later.append(story)
    return (chosen + later)[:limit]
