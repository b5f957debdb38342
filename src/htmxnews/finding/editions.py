"""The edition of a day: what was published on it, and the other days that have one."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import listing
from htmxnews.finding.index import Index
from htmxnews.finding.index.version import midnight
from htmxnews.finding.order import ByDate
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Cursor, Selection
from htmxnews.store.models import Story, from_micros

LEADS = 3
READ_MAX = 200  # of a day, to choose from


@dataclass(frozen=True)
class Edition:
    """A day's stories, in the site's time zone: those that lead, then the others, newest first."""

    day: date
    leads: tuple[StoryRow, ...]
    stories: tuple[StoryRow, ...]
    previous: date | None  # the nearest earlier day with stories
    next: date | None


def edition(session: Session, day: date, *, zone: ZoneInfo, limit: int) -> Edition:
    """The stories of `day`, at most `limit` with the leading ones; both parts are empty on a day without.

    What came in after the day's end is left out, so that the edition stays as it was; a day of which nothing
    had come in by then, one of an imported archive, has all its stories.
    """
    that_day = replace(Selection(), from_=day, to=day)
    in_time = _in_time(session, day, zone)
    leads = tuple(
        story
        for story in listing.headlines(session, that_day, zone=zone, limit=READ_MAX)
        if not in_time or story.id in in_time
    )[: min(LEADS, limit)]
    page = listing.find(session, that_day, zone=zone, limit=READ_MAX if in_time else limit)
    leading = {story.id for story in leads}
    others = tuple(
        story for story in page.stories if story.id not in leading and (not in_time or story.id in in_time)
    )
    index = indexes.current(session)
    return Edition(
        day=day,
        leads=leads,
        stories=others[: limit - len(leads)],
        previous=_nearest(index, day, zone, later=False),
        next=_nearest(index, day, zone, later=True),
    )


@dataclass(frozen=True)
class Month:
    """Which days of a month have stories, and where to go from there."""

    first: date
    days: frozenset[int]  # of the month, that have stories
    previous: date | None  # the last edition before the month
    next: date | None  # the first one after it
    years: tuple[date, ...]  # the last edition of each year, newest first


def month(session: Session, day: date, *, zone: ZoneInfo, today: date) -> Month:
    """The month around `day`; no edition after `today` is in it."""
    index = indexes.current(session)
    first = day.replace(day=1)
    last = day.replace(day=monthrange(day.year, day.month)[1])
    days = [first.replace(day=number) for number in range(1, last.day + 1)]
    after = _nearest(index, last, zone, later=True)
    return Month(
        first=first,
        days=frozenset(each.day for each in days if each <= today and index.between(each, each, zone)),
        previous=_nearest(index, first, zone, later=False),
        next=after if after and after <= today else None,
        years=tuple(_years(index, today, zone)),
    )


def _years(index: Index, today: date, zone: ZoneInfo) -> Iterator[date]:
    day = today if index.between(today, today, zone) else _nearest(index, today, zone, later=False)
    while day:
        yield day
        day = _nearest(index, day.replace(month=1, day=1), zone, later=False)


def _in_time(session: Session, day: date, zone: ZoneInfo) -> set[int]:
    """The stories of a day that were here before it ended."""
    if day == date.max:
        return set()
    first, end = (datetime.combine(day + timedelta(days=days), time.min, zone) for days in (0, 1))
    return set(session.scalars(_timely, {"first": first, "end": end}))


_timely = select(Story.id).where(
    Story.published_at >= bindparam("first"),
    Story.published_at < bindparam("end"),
    Story.imported_at < bindparam("end"),
)


def _nearest(index: Index, day: date, zone: ZoneInfo, *, later: bool) -> date | None:
    if later and day == date.max:
        return None
    everything = ByDate(index, index.everything)
    border = midnight(day + timedelta(days=1) if later else day, zone)
    older = everything.behind(Cursor(border, 0))  # the place of the first story before that moment
    beside = everything.take(older - 1, older) if later and older else everything.take(older, older + 1)
    if not beside or (later and not older):
        return None
    return from_micros(index.published_at(beside[0])).astimezone(zone).date()
