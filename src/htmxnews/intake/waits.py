"""How long a server asks to be left alone: what its headers say, as times from now (S19)."""

import re
from datetime import UTC, datetime, timedelta
from email.message import Message

from htmxnews.intake import dates

LONGEST = timedelta(days=7)  # whatever a server asks for, it is asked again a week later
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d+)", re.IGNORECASE | re.ASCII)


def retry_after(headers: Message) -> timedelta | None:
    """When to come again after a refusal: seconds or a date; None where nothing sensible is said."""
    return _positive(_seconds(headers.get("Retry-After")) or _until(headers, "Retry-After"))


def fresh_for(headers: Message) -> timedelta | None:
    """How long an answer is said to stay as it is."""
    if found := _MAX_AGE.search(headers.get("Cache-Control", "")):
        age = _seconds(headers.get("Age")) or timedelta()
        return _positive((_seconds(found[1]) or timedelta()) - age)
    return _positive(_until(headers, "Expires"))


def _seconds(text: str | None) -> timedelta | None:
    digits = (text or "").strip()
    if not digits.isascii() or not digits.isdecimal():
        return None
    return timedelta(seconds=min(int(digits[:12]), LONGEST.total_seconds()))


def _until(headers: Message, name: str) -> timedelta | None:
    """How far ahead a date lies, by the server's own clock where it tells its time."""
    moment = dates.read(headers.get(name))
    return moment - (dates.read(headers.get("Date")) or datetime.now(UTC)) if moment else None


def _positive(wait: timedelta | None) -> timedelta | None:
    return min(wait, LONGEST) if wait and wait > timedelta() else None
