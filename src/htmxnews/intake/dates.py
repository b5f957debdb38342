"""Dates as sources write them, made into instants that a list can be sorted by (S18)."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)

_SHORT = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?$")
_LOOSE_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|[+-]\d{2}:?\d{2})?$", re.I)


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

    Unreadable or before 1990 means the time of import; so does more than a day ahead, which no clock explains.
    """
    moment = read(value, zone)
    if moment is None:
        return now, f"its date {str(value)[:40]!r} cannot be read; it is dated now" if value else ""
    if moment < EARLIEST:
        return now, f"its date {moment:%Y-%m-%d} is before 1990; it is dated now"
    if moment > now + AHEAD:
        return now, f"its date {moment:%Y-%m-%d} lies ahead; it is dated now"
    return moment, ""


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if found := _SHORT.match(text):
        year, month, day = found.groups(default="1")
        return _built(f"{year}-{month}-{int(day):02}")
    if found := _LOOSE_ISO.match(text):
        return _built("".join((found[1], "T", found[2], found[3] or "")))
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None


def _built(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
