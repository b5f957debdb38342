"""Most looked at: a heat for each story that only views change, so that reading a list sums up nothing.

Views are counted in hour buckets as well, for the numbers beside the stories.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import log2
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from htmxnews.finding import rows
from htmxnews.finding.index import Index
from htmxnews.finding.matching import matching
from htmxnews.finding.order import ByDate
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Selection
from htmxnews.store import revisions
from htmxnews.store.dialect import adding_up, among
from htmxnews.store.engine import Store
from htmxnews.store.models import Story, StoryHeat, StoryViews, micros

Window = Literal["day", "week", "month"]
HOURS: dict[Window, int] = {"day": 24, "week": 7 * 24, "month": 30 * 24}
HALF_LIVES = {window: hours / 4 for window, hours in HOURS.items()}  # hours; what leaves a window weighs 1/16
HOTTEST = 4_000  # stories that a list of popular ones is chosen from
FILL_BEHIND = 20  # about a page of the list
_HOUR = 3_600_000_000  # microseconds
_IDS = 2**31  # beyond all ids; strangers may name any number
_SCORE = 1_024  # steps between a heat and its double


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
    """The hottest stories of a selection, ties newest first; a new view counts more than an old one.

    `fill` tops up with stories that nobody has viewed (views 0): those which follow the newest
    FILL_BEHIND, since the newest already lead the page that asks. Raises UnknownName.
    """
    found = matching(session, selection, zone)
    index, positions = found.index, found.positions
    best = list(islice((p for p in heat(session, index, window, now) if p in positions), limit))
    views = _views(session, index, window, now, [index.id_at(position) for position in best])
    if fill and len(best) < limit:
        unread = ByDate(index, positions - BitMap(best))
        start = FILL_BEHIND if len(unread) >= FILL_BEHIND + limit else 0
        best += unread.take(start, start + limit - len(best))
    ids = [index.id_at(position) for position in best]
    return tuple(Popular(row, views.get(row.id, 0)) for row in rows.rows(session, ids))


def heat(session: Session, index: Index, window: Window, now: datetime) -> Mapping[int, int]:
    """The hottest stories that were looked at in the window up to `now`: a score by position, best first.

    Scores of different moments compare; ties are newest first.
    """
    since = hour_of(now) - HOURS[window]

    def read() -> dict[int, int]:
        lines = session.execute(_hottest[window], {"since": since, "limit": HOTTEST})
        scores = [(index.position(story_id), round(heat * _SCORE)) for story_id, heat in lines]
        placed = [(position, score) for position, score in scores if position is not None]
        placed.sort(key=lambda line: (-line[1], -index.published_at(line[0]), -index.id_at(line[0])))
        return dict(placed)

    found: dict[int, int] = _kept(session, index, ("heat", window), since, read)
    return found


def record(store: Store, counts: Mapping[int, int], hour: int) -> None:
    """Add views to stories by id in the bucket of `hour` (see `hour_of`); unknown ids are ignored."""
    with store.writing() as session:
        possible = [story_id for story_id in counts if story_id < _IDS]
        known = session.scalars(_known, {"ids": json.dumps(possible)}).all()
        if known:
            revisions.bump(session, revisions.VIEWS)
            session.execute(
                _add, [{"hour": hour, "story_id": story_id, "views": counts[story_id]} for story_id in known]
            )
            _warm(session, {story_id: counts[story_id] for story_id in known}, hour)
            session.execute(_forget, {"until": hour - HOURS["month"]})


def hour_of(moment: datetime) -> int:
    """The number of the bucket that this moment falls into: whole hours since 1970."""
    return micros(moment) // _HOUR


def _warm(session: Session, counts: Mapping[int, int], hour: int) -> None:
    asked = {"ids": json.dumps(list(counts))}
    before = {row.story_id: row for row in session.execute(_heats, asked)}
    lines: list[dict[str, Any]] = []
    for story_id, count in counts.items():
        old = before.get(story_id)
        line: dict[str, Any] = {"story_id": story_id, "hour": max(hour, old.hour) if old else hour}
        for window, half_life in HALF_LIVES.items():
            more = log2(count) + hour / half_life
            line[window] = _log_sum(getattr(old, window), more) if old else more
        lines.append(line)
    session.execute(_cool, asked)
    session.execute(insert(StoryHeat), lines)


def _log_sum(one: float, other: float) -> float:
    """log2(2 ** one + 2 ** other), however large they are."""
    high, low = max(one, other), min(one, other)
    return high + log2(1 + 2 ** (low - high))


def _views(
    session: Session, index: Index, window: Window, now: datetime, ids: Sequence[int]
) -> Mapping[int, int]:
    """How often these stories were looked at in the window, by id."""
    since = hour_of(now) - HOURS[window]

    def read() -> dict[int, int]:
        lines = session.execute(_viewed, {"since": since, "ids": json.dumps(ids)})
        return {row.story_id: row.views for row in lines}

    found: dict[int, int] = _kept(session, index, ("views", window, *ids), since, read) if ids else {}
    return found


def _kept(session: Session, index: Index, key: Any, since: int, read: Any) -> Any:
    """What `read` gives, kept until there are new views or an hour leaves the window."""
    standing = (revisions.seen(session).get(revisions.VIEWS, 0), since)
    known = index.memo.get(key)
    if known is None or known[0] != standing:
        known = (standing, read())
        index.memo.put(key, known)
    return known[1]


_hottest = {
    window: select(StoryHeat.story_id, heat_of)
    .where(StoryHeat.hour > bindparam("since"))
    .order_by(heat_of.desc())
    .limit(bindparam("limit"))
    for window, heat_of in (("day", StoryHeat.day), ("week", StoryHeat.week), ("month", StoryHeat.month))
}
_viewed = (
    select(StoryViews.story_id, func.sum(StoryViews.views).label("views"))
    .where(StoryViews.hour > bindparam("since"), among(StoryViews.story_id))
    .group_by(StoryViews.story_id)
)
_known = select(Story.id).where(among(Story.id))
_heats = select(*StoryHeat.__table__.c).where(among(StoryHeat.story_id))
_cool = delete(StoryHeat).where(among(StoryHeat.story_id))
_forget = delete(StoryViews).where(StoryViews.hour <= bindparam("until"))
_add = adding_up(StoryViews, StoryViews.views, by=(StoryViews.hour, StoryViews.story_id))
