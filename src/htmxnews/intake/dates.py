"""Dates as sources write them, made into instants that a list can be sorted by (S18)."""

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache

from babel import Locale

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
DAY = timedelta(hours=24)

# Numbers with the year first: 2024-1-9, 2024/01/09 8:05, 2024-01-09 08:05:06 -0400.
_YEAR_FIRST = re.compile(
    r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)? ?(Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?",
    re.IGNORECASE,
)
_SINCE_1970 = re.compile(r"(\d{9,10})(\d{3})?", re.ASCII)  # seconds, or thousandths

# A day with its month in words or figures, in the orders in which languages write them.
_DAYS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4}) ?[年년] ?(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일]",
        r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b",
        r"\b(?P<day>\d{1,2})(?:\.|º|er|st|nd|rd|th)?,? (?:de |of )?"
        r"(?P<month>[^\W\d]{3,15})\.?,? (?:de )?(?P<year>\d{4})\b",
        r"\b(?P<month>[^\W\d]{3,15})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\b",
        r"\b(?P<year>\d{4})\.? (?P<month>[^\W\d]{3,15})\.? (?P<day>\d{1,2})\b",
    )
]
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap])\.?m\b\.?)?", re.IGNORECASE)
_AFTERNOON = re.compile(r"오후|午後|下午")
_ENGLISH = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZERO = "-0001"  # the year of PHP's empty date, which would be read as 2001
_MONTHS_OF = """
    en bg ca cs da de el es et fi fr hu id it lt lv nb nl pl pt ro ru sk sl sv tr uk vi
"""


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
    if found := _SINCE_1970.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    with suppress(ValueError):  # not ISO 8601: the other forms are tried
        return datetime.fromisoformat(text)
    if found := _YEAR_FIRST.fullmatch(text):
        return _built(*found.groups())
    return None if _ZERO in text else _mail_date(text) or _worded(text[:200])


def _mail_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None


def _worded(text: str) -> datetime | None:
    """A day with a month in any of many languages, rewritten as mail dates are, with its time and zone."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for pattern in _DAYS:
        if (found := pattern.search(text)) and (month := _month(found["month"])):
            clock = _CLOCK.search(text, found.end())
            hour, minute, second, half = clock.groups() if clock else ("0", "00", None, None)
            if half or _AFTERNOON.search(text):
                late = half != "a"
                hour = str(int(hour) % 12 + 12 * late)
            zone = text[clock.end() :].strip() if clock else ""
            day = f"{found['day']} {_ENGLISH[month]} {found['year']}"
            return _mail_date(f"{day} {hour}:{minute}:{second or '00'} {zone}")
    return None


def _month(word: str) -> int:
    """The number of a month, 0 for none."""
    return int(word) if word.isdecimal() and int(word) <= 12 else _months().get(word, 0)


@cache
def _months() -> dict[str, int]:
    """Names of months, whole and short, that mean one month only in all these languages."""
    names: dict[str, int] = {}
    for language in _MONTHS_OF.split():
        for known in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in known[width].items():
                    names.setdefault(unicodedata.normalize("NFKC", name).casefold().strip("."), number)
    return names


def _built(
    year: str,
    month: str,
    day: str | None,
    hour: str | None,
    minute: str | None,
    second: str | None,
    zone: str | None,
) -> datetime | None:
    ends_day = hour == "24" and not int(minute or 0)
    try:
        # A leap second is as good as the one before; 24:00 is the next day.
        clock = time(0 if ends_day else int(hour or 0), int(minute or 0), min(int(second or 0), 59))
        moment = datetime.combine(date(int(year), int(month), int(day or 1)), clock)
        moment += timedelta(days=ends_day)
    except (OverflowError, ValueError):
        return None
    if zone is None:
        return moment
    if zone.upper() in ("Z", "UTC", "GMT"):
        return moment.replace(tzinfo=UTC)
    sign, digits = zone.upper().removeprefix("UTC").removeprefix("GMT")[0], re.sub(r"\D", "", zone)
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return moment.replace(tzinfo=timezone(-offset if sign == "-" else offset)) if offset < DAY else None
