"""Dates as sources write them, made into instants that a list can be sorted by (S18)."""

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
DAY = timedelta(hours=24)
_LENGTH_MAX = 200  # characters of a date

# Numbers with the year first: 2024-1-9, 2024/01/09 8:05, 2024. 1. 9., 2024-01-09 08:05:06.
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:[-/.] ?)(\d{1,2})(?:[-/.] ?(\d{1,2})\.?)?"
    r"(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?)?",
    re.IGNORECASE,
)
_RUN_TOGETHER = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?", re.ASCII)
_DAY_OF_YEAR = re.compile(r"(\d{4})-(\d{3})")
_YEAR = re.compile(r"(?:19|20)\d{2}", re.ASCII)
# Seconds, or thousandths or millionths of them.
_SINCE_1970 = re.compile(r"(?:/Date\(|@)?(\d{9,10})(?:\.\d+|(?:\d{3}){1,2})?(?:[+-]\d{4}\)/|\)/)?", re.ASCII)

# A day with its month in words or figures, in the orders in which languages write them.
_MONTH = r"(?P<month>\d{1,2} ?[월月]|[^\W\d]{2,15})"
_DAYS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4}) ?[年년] ?(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일]",
        r"(?<![\d.-])(?P<year>\d{4})(?P<mark>[-/.]) ?(?P<month>\d{1,2})(?P=mark) ?(?P<day>\d{1,2})"
        r"(?!\d|\.\d)",
        r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b",
        r"\b(?P<day>1[3-9]|2\d|3[01])[/-](?P<month>\d{1,2})[/-](?P<year>\d{4})\b",
        r"\b(?P<month>\d{1,2})[/-](?P<day>1[3-9]|2\d|3[01])[/-](?P<year>\d{4})\b",
        r"\b(?P<day>\d{1,2}) tháng (?P<month>\d{1,2})(?: năm|,)? (?P<year>\d{4})\b",
        rf"\b(?P<day>\d{{1,2}})(?:\.|º|er|st|nd|rd|th)?,?[ -](?:de |of )?{_MONTH}"
        r"\.?,?[ -](?:de )?(?P<year>\d{4})\b",
        rf"\b{_MONTH}\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})\b",
        rf"\b(?P<year>\d{{4}})\.?[ -]{_MONTH}\.?[ -](?P<day>\d{{1,2}})(?!\d)",
        rf"^{_MONTH}\.?,? (?P<year>\d{{4}})$",
    )
]
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_AND_FIGURES = re.compile(
    rf"^({'|'.join(_WEEK)})[a-z]{{0,6}},? (\d{{1,2}})/(\d{{1,2}})/(\d{{4}})\b", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})(?:[:.h]|시 ?|[時时点] ?)(\d{2}|\d(?= ?[분分]))(?:(?:[:.]| ?[분分] ?)(\d{2})(?!\d))?"
    r"(?: ?([ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?<![\d:.])(\d{1,2})()()(?: ?([ap])\.?m\b| ?[시時时点]| uhr\b)", re.IGNORECASE)
_HALF_OF_DAY = re.compile(r"\d ?[ap]\.?m\b", re.IGNORECASE)
_AFTERNOON, _MORNING = re.compile(r"오후|午後|下午"), re.compile(r"오전|午前|上午")
_ENGLISH = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZERO = "-0001"  # the year of PHP's empty date, which would be read as 2001
_MONTHS_OF = """
    en ar bg ca cs da de de_AT el es et fa fi fr he hu id it lt lv nb nl pl pt ro ru sk sl sv tr uk vi zh
"""
_MORE_MONTHS = {"mrz": 3}
_OF = "ב"  # Hebrew writes it as a part of the month

# Zones as they stand at the end, and some write two: +0900 (KST), GMT+00:00, [Asia/Seoul].
_OFFSET = re.compile(r" ?(?:\b(GMT|UTC) ?)?([+-])(\d{1,2})(?::?(\d{2}))?$", re.IGNORECASE)
_ASIDE = re.compile(r" ?(?:\(([^()]*)\)|\[([^\[\]]*)\])$")
_PLACE = re.compile(r"(?<=\d)( ?)([A-Z][A-Za-z]+/[A-Za-z_/+-]{2,40})$")
_ZONE_NAME = re.compile(r"(?:(?<=\d)|(?<=\d )|(?<=[AP]M )|(?<=[ap]\.m\. ))(Z|z|GMT|gmt|utc|[A-Z]{2,5})$")
_ZONE_IN_WORDS = re.compile(r"(?:(?<=\d)|(?<=[AaPp]M)|(?<=[ap]\.m\.)) ([A-Z][A-Za-z. ]{2,40} Time)$")
_SEASON = re.compile(r"(?: Standard| Daylight| Summer)? Time$")
_ZONE_WITHIN = re.compile(
    r"(?<=\d) ([A-Z]{2,5}|[+-]\d{4}) (\d{4})$"
)  # as Java and C write them, the year behind
_CAN_HAVE_OFFSET = re.compile(r"\d:\d|\dT\d{2,6}(?:\.\d+)?$|^\d{4}-\d{2}-\d{2}$")
_ZONE_NAMES = """
    -10 HST   -9 AKST HDT   -8 PST AKDT   -7 MST PDT   -6 CST MDT   -5 EST CDT COT PET ECT
    -4 EDT AST CLT VET BOT   -3:30 NST   -3 BRT ART ADT CLST UYT   -2:30 NDT   -2 BRST
    +0 Z GMT UTC UT WET   +1 CET MEZ MET BST WEST WAT   +2 CEST MESZ MEST EET SAST CAT
    +3 EEST MSK TRT EAT IDT   +3:30 IRST   +4 GST AZT GET   +4:30 AFT   +5 PKT UZT   +5:30 IST   +5:45 NPT
    +6 BDT   +6:30 MMT   +7 WIB ICT   +8 HKT SGT PHT AWST MYT WITA   +9 KST JST WIT   +9:30 ACST
    +10 AEST   +10:30 ACDT   +11 AEDT   +12 NZST   +13 NZDT
"""
_PLACES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_NO_OFFSET = re.compile(r"[+-]\d")  # one that is left is none
_PAST_THE_CLOCK = re.compile(r"\b(\d{1,2}:\d{2}):60\b")
_DOTTED_CLOCK = re.compile(r"(?<=\d[ T])([01]?\d|2[0-3])\.([0-5]\d)$", re.ASCII)


def read(value: datetime | date | str | None, zone: tzinfo = UTC) -> datetime | None:
    """Return the instant that `value` means, in UTC, or None; a time without a zone is one of `zone`."""
    if isinstance(value, str):
        value = _parsed(value.strip()[:_LENGTH_MAX])
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
    if not text:
        return None
    if found := _RUN_TOGETHER.fullmatch(text):
        return _built(*found.groups())
    if found := _SINCE_1970.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    text, zone = _apart(text)
    moment = _local(_DOTTED_CLOCK.sub(r"\1:\2", text))
    return moment.replace(tzinfo=zone) if moment and zone and not moment.tzinfo else moment


def _apart(text: str) -> tuple[str, tzinfo | None]:
    """The text without the zones that stand at its end, and what the first of these says."""
    text, zone = _ZONE_WITHIN.sub(r" \2 \1", " ".join(text.replace("\u2212", "-").split())), None
    while True:
        if found := _ASIDE.search(text):
            named = _apart(f"0:00 {found[1] or found[2]}")[1]
        elif (found := _OFFSET.search(text)) and (found[1] or _CAN_HAVE_OFFSET.search(text[: found.start()])):
            named = _offset_of(found)
        elif found := _PLACE.search(text) or _ZONE_IN_WORDS.search(text) or _ZONE_NAME.search(text):
            named = _zone_of(found[found.lastindex or 0])
        else:
            return text, zone
        if named is None and not _ASIDE.fullmatch(found[0]):
            return text, zone
        text, zone = text[: found.start()].rstrip(), named or zone


def _offset_of(found: re.Match[str]) -> tzinfo | None:
    offset = timedelta(hours=int(found[3]), minutes=int(found[4] or 0))
    return timezone(-offset if found[2] == "-" else offset) if offset < DAY else None


def _zone_of(name: str) -> tzinfo | None:
    place = _place_in_words(name) if name.endswith(" Time") else _PLACES.get(name, name)
    if "/" not in place:
        return _zones().get(name.upper())
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        return ZoneInfo(place)
    return None


def _place_in_words(name: str) -> str:
    """The place whose time a zone in words is, whatever the season: Pacific Daylight Time; empty for none."""
    from babel.core import get_global  # as above: few dates need it

    return str(get_global("windows_zone_mapping").get(_SEASON.sub(" Standard Time", name), ""))


@cache
def _zones() -> dict[str, tzinfo]:
    """What the names of zones stand for."""
    zones: dict[str, tzinfo] = {}
    for word in _ZONE_NAMES.split():
        if word[0] in "+-":
            hours, _, minutes = word[1:].partition(":")
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            zone = timezone(-offset if word[0] == "-" else offset)
        else:
            zones[word] = zone
    return zones


def _local(text: str) -> datetime | None:
    """What a text without a zone says."""
    with suppress(ValueError):  # not ISO 8601: the other forms are tried
        return datetime.fromisoformat(text)
    if found := _YEAR_FIRST.fullmatch(text):
        return _built(*found.groups())
    if found := _DAY_OF_YEAR.fullmatch(text):
        return _built(found[1], "1", "1", days=int(found[2]) - 1) if 0 < int(found[2]) < 367 else None
    if _YEAR.fullmatch(text):
        return _built(text, "1", "1")
    if _ZERO in text:
        return None
    if found := _DAY_AND_FIGURES.search(text):
        text = _told_by_day(found) + text[found.end() :]
    text = _PAST_THE_CLOCK.sub(r"\1:59", text)  # a leap second is as good as the one before
    in_words = _worded(text)
    return in_words if in_words and _HALF_OF_DAY.search(text) else _mail_date(text) or in_words


def _told_by_day(found: re.Match[str]) -> str:
    """A date in figures, in the only order that falls on its weekday: Mon, 01/05/2026 is in January."""
    one, other, year = found[2], found[3], found[4]
    orders = [day for day in (_built(year, one, other), _built(year, other, one)) if day]
    right = {f"{day:%Y-%m-%d}" for day in orders if _WEEK[day.weekday()] == found[1].lower()}
    return right.pop() if len(right) == 1 else found[0]


def _mail_date(text: str) -> datetime | None:
    ends_day = " 24:00" in text
    try:
        # With an offset that says nothing, as some forms are known by having one.
        return parsedate_to_datetime(f"{text.replace(' 24:00', ' 00:00')} -0000") + timedelta(days=ends_day)
    except (TypeError, ValueError, OverflowError):
        return None


def _worded(text: str) -> datetime | None:
    """A day with a month in any of many languages, rewritten as mail dates are, with its time."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for pattern in _DAYS:
        if (found := pattern.search(text)) and (month := _month(found["month"])):
            clock = _CLOCK.search(text, found.end()) or _HOUR.search(text, found.end())
            if clock and _NO_OFFSET.search(text, clock.end()):
                return None
            hour, minute, second, half = clock.groups() if clock else ("0", "00", None, None)
            afternoon = half == "p" or bool(_AFTERNOON.search(text))
            if half or afternoon or _MORNING.search(text):
                hour = str(int(hour) % 12 + 12 * afternoon)
            day = f"{found.groupdict().get('day') or 1} {_ENGLISH[month]} {found['year']}"
            return _mail_date(f"{day} {hour}:{minute or '00'}:{second or '00'}")
    return None


def _month(word: str) -> int:
    """The number of a month, 0 for none."""
    word = word.rstrip("월月 ") if word[0].isdecimal() else word
    if word.isdecimal() and int(word) <= 12:
        return int(word)
    return _months().get(word) or _months().get(word.removeprefix(_OF), 0)


@cache
def _months() -> dict[str, int]:
    """Names of months, whole and short, that mean one month only in all these languages."""
    from babel import Locale  # it takes a while, and few dates need it

    names: dict[str, int] = {**_MORE_MONTHS}
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
    hour: str | None = None,
    minute: str | None = None,
    second: str | None = None,
    *,
    days: int = 0,
) -> datetime | None:
    ends_day = hour == "24" and not int(minute or 0)
    try:
        # A leap second is as good as the one before; 24:00 is the next day.
        clock = time(0 if ends_day else int(hour or 0), int(minute or 0), min(int(second or 0), 59))
        moment = datetime.combine(date(int(year), int(month), int(day or 1)), clock)
        return moment + timedelta(days=days + ends_day)
    except (OverflowError, ValueError):
        return None
