"""Fields in a search: `tag:sea author:"Ada Holm" ice` → query parameters, and the words left."""

import re
from datetime import date, timedelta

from htmxnews.text import slug_of

Pairs = list[tuple[str, str]]

_QUOTE = '"“”„‟«»＂「」『』'
_FIELD = re.compile(
    rf"[{_QUOTE}][^{_QUOTE}]*[{_QUOTE}]?"  # a phrase: what stands in it is no field
    rf"|(?<!\S)(?P<minus>[-−－])?(?P<field>tag|author|source|category|before|after)[:：]"
    rf"(?:[{_QUOTE}](?P<phrase>[^{_QUOTE}]+)[{_QUOTE}]|(?P<word>[^\s{_QUOTE}]+))(?!\S)",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2}))?(?:-(?P<day>[0-9]{2}))?")


def parted(q: str) -> tuple[Pairs, str]:
    """The query parameters that fields in a search stand for, and the search without them.

    `after` a day, month or year means from its first day on, `before` means until the day before that. What
    is no field, `before:noon` or `-author:ada`, is left among the words.
    """
    pairs: Pairs = []

    def take(match: re.Match[str]) -> str:
        pair = match["field"] and _pair(
            match["field"].lower(), match["phrase"] or match["word"], bool(match["minus"])
        )
        if not pair:
            return match[0]
        pairs.append(pair)
        return ""

    return pairs, " ".join(_FIELD.sub(take, q).split())


def _pair(field: str, value: str, is_minus: bool) -> tuple[str, str] | None:
    if field in ("before", "after"):
        first = None if is_minus else _first_day(value)
        if first is None or (field == "before" and first == date.min):
            return None
        day = first - timedelta(days=1) if field == "before" else first
        return ("to" if field == "before" else "from"), day.isoformat()
    slug = slug_of(value)
    if not slug or (is_minus and field != "tag"):
        return None
    return ("not" if is_minus else field), slug


def _first_day(value: str) -> date | None:
    """The first day of `2026`, `2026-03` or `2026-03-02`."""
    match = _DAY.fullmatch(value)
    try:
        return match and date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
    except ValueError:
        return None
