"""The edition of a day: what was published on it, and the days beside it that have an edition."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import listing
from htmxnews.finding.index import Index
from htmxnews.finding.rows import StoryRow
from htmxnews.selection import Selection
from htmxnews.store.models import from_micros

LEADS = 3


@dataclass(frozen=True)
class Edition:
    """A day's stories, in the site's time zone: those that lead, then the others, newest first."""

    day: date
    leads: tuple[StoryRow, ...]
    stories: tuple[StoryRow, ...]
    previous: date | None  # the nearest earlier day with stories
    next: date | None


def edition(session: Session, day: date, *, zone: ZoneInfo, limit: int) -> Edition:
    """The stories of `day`, at most `limit` with the leading ones; both parts are empty on a day without."""
    that_day = replace(Selection(), from_=day, to=day)
    leads = listing.headlines(session, that_day, zone=zone, limit=min(LEADS, limit))
    page = listing.find(session, that_day, zone=zone, limit=limit)
    leading = {story.id for story in leads}
    others = tuple(story for story in page.stories if story.id not in leading)
    index = indexes.current(session)
    return Edition(
        day=day,
        leads=leads,
        stories=others[: limit - len(leads)],
        previous=_nearest(index, day, zone, later=False),
        next=_nearest(index, day, zone, later=True),
    )


def _nearest(index: Index, day: date, zone: ZoneInfo, *, later: bool) -> date | None:
    beside = index.after_day(day, zone) if later else index.before_day(day, zone) - 1
    if not 0 <= beside < len(index.ids):
        return None
    published: datetime = from_micros(index.published[beside])
    return published.astimezone(zone).date()
