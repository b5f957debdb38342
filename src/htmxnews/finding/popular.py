"""Most looked at: views in hour buckets, counted up by the database, summed over a window when read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from htmxnews.finding import rows
from htmxnews.finding.index import Index
from htmxnews.finding.matching import matching
from htmxnews.finding.order import ByDate, ByScore
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Selection
from htmxnews.store.engine import Store
from htmxnews.store.models import Story, StoryViews, micros

Window = Literal["day", "week", "month"]
HOURS: dict[Window, int] = {"day": 24, "week": 7 * 24, "month": 30 * 24}
FILL_BEHIND = 20  # about a page of the list
_HOUR = 3_600_000_000  # microseconds


@dataclass(frozen=True)
class Popular:
    """A story and how often it was looked at in the window."""

    row: StoryRow
    views: int


def popular(
    session: Session,
    selection: Selection,
    window: Window,
    *,
    zone: ZoneInfo,
    limit: int,
    now: datetime,
    fill: bool = False,
) -> tuple[Popular, ...]:
    """The most viewed stories of a selection, ties newest first.

    `fill` tops up with stories that nobody has viewed (views 0): those which follow the newest
    FILL_BEHIND, since the newest already lead the page that asks. Raises UnknownName.
    """
    found = matching(session, selection, zone)
    counts = views(session, found.index, window, now)
    order = ByScore(found.index, found.positions, counts)
    best = [p for p in order.take(0, limit) if counts.get(p)]
    if fill and len(best) < limit:
        unread = ByDate(found.index, found.positions - BitMap(best))
        start = FILL_BEHIND if len(unread) >= FILL_BEHIND + limit else 0
        best += unread.take(start, start + limit - len(best))
    stories = rows.rows(session, [found.index.ids[p] for p in best])
    by_id = {found.index.ids[p]: counts.get(p, 0) for p in best}
    return tuple(Popular(row, by_id[row.id]) for row in stories)


def views(session: Session, index: Index, window: Window, now: datetime) -> dict[int, int]:
    """Views in the window up to `now`, by position; stories that nobody looked at are left out."""
    since = hour_of(now) - HOURS[window]
    found = session.execute(_views, {"since": since})
    placed = ((index.position(story_id), count) for story_id, count in found)
    return {position: count for position, count in placed if position is not None}


def record(store: Store, counts: Mapping[int, int], hour: int) -> None:
    """Add views to stories by id in the bucket of `hour` (see `hour_of`); unknown ids are ignored."""
    with store.writing() as session:
        listed = {"ids": json.dumps(list(counts))}
        known = session.scalars(_known, listed).all()
        if known:
            session.execute(
                _add, [{"hour": hour, "story_id": story_id, "views": counts[story_id]} for story_id in known]
            )


def hour_of(moment: datetime) -> int:
    """The number of the bucket that this moment falls into: whole hours since 1970."""
    return micros(moment) // _HOUR


_views = (
    select(StoryViews.story_id, func.sum(StoryViews.views))
    .where(StoryViews.hour > bindparam("since"))
    .group_by(StoryViews.story_id)
)
_known = select(Story.id).where(rows.among(Story.id))
_counting = insert(StoryViews)
_add = _counting.on_conflict_do_update(
    index_elements=[StoryViews.hour, StoryViews.story_id],
    set_={"views": StoryViews.views + _counting.excluded.views},
)
