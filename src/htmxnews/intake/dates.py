"""Dates as sources write them, made into instants that a list can be sorted by (S18)."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
DAY = timedelta(hours=24)

# Numbers with the year first: 2024-1-9, 2024/01/09 8:05, 2024-01-09 08:05:06 -0400.
_YEAR_FIRST = re.compile(
    r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)? ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


def read(value: datetime | date | str | None, zone: tzinfo = UTC) -> datetime | None:
    """Return the instant that `value` means, in UTC, or None; a time without a zone is one of `zone`."""
    if isinstance(value, str):
        value = _parsed(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if value is None:
        return None
    try:
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def published(value: datetime | str | None, now: datetime, zone: tzinfo = UTC) -> tuple[datetime, str]:
    """Return when a story counts as published, and a warning (empty when its own date was taken).

    Unreadable or before 1990 means the time of import; so does more than a day ahead.
    """
    moment = read(value, zone)
    if moment is None:
        return now, f"its date {str(value)[:40]!r} cannot be read; it is dated now" if value else ""
    if moment < EARLIEST:
        return now, f"its date {moment:%Y-%m-%d} is before 1990; it is dated now"
    if moment > now + DAY:
        return now, f"its date {moment:%Y-%m-%d} lies ahead; it is dated now"
    return moment, ""


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if found := _YEAR_FIRST.fullmatch(text):
        return _built(*found.groups())
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None


def _built(
    year: str,
    month: str,
    day: str | None,
    hour: str | None,
    minute: str | None,
    second: str | None,
    zone: str | None,
) -> datetime | None:
    try:
        clock = time(int(hour or 0), int(minute or 0), int(second or 0))
        moment = datetime.combine(date(int(year), int(month), int(day or 1)), clock)
    except ValueError:
        return None
    if zone is None:
        return moment
    if zone.upper() in ("Z", "UTC", "GMT"):
        return moment.replace(tzinfo=UTC)
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset)) if offset < DAY else None
