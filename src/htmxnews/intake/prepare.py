"""One draft made ready to be stored: identified, cleaned, dated, described. Touches no database."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from htmxnews.config import Config
from htmxnews.intake import clean, dates, pictures
from htmxnews.intake.addresses import own_hosts, web_address
from htmxnews.intake.draft import PictureDraft, StoryDraft
from htmxnews.text import clip, count_words, direction, field, slug_of

TEASER = 200  # characters of a summary that we make
TITLE_FROM_BODY = 80
KEY_MAX = 300  # characters of a source's own id
CONTENT = "content:"  # begins a key that is a hash of the content
NAMES_MAX = 100  # tags, and authors, of one story

_LANG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_CUT_OFF = re.compile(r"\s*(\[?(…|\.\.\.)\]?)\s*$")


@dataclass(frozen=True)
class Terms:
    """What preparing depends on beside the draft."""

    now: datetime
    zone: ZoneInfo
    media_dir: Path
    own_hosts: frozenset[str]
    lang: str | None = None  # of the source
    shift: timedelta = timedelta()  # added to every date; the demo newsroom moves its own to today

    @classmethod
    def of(cls, config: Config, now: datetime) -> "Terms":
        return cls(now, config.zone, config.media_dir, own_hosts(config.base_url, config.extra_hosts))


@dataclass(frozen=True)
class Ready:
    """Values for the tables; names of tags, authors and the category still have to become ids."""

    story: dict[str, Any]
    slug: str  # wanted; `run` finds one that is free
    dated_now: bool  # the source gave no usable date: an update keeps the one that the story has
    body: dict[str, Any]
    category: str | None
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    picture: dict[str, Any] | None
    old_addresses: tuple[str, ...]
    warnings: tuple[str, ...]


def identity(draft: StoryDraft) -> str:
    """Return what the story is known by within its source (S17): its id, else its link, else its content."""
    key = field(draft.key, KEY_MAX + 1) or draft.url or ""
    if len(key) > KEY_MAX:
        return f"{key[:KEY_MAX]}#{_hash(draft.key or key)}"
    return key or CONTENT + _hash(f"{draft.title}\n{draft.body}")


def says_nothing(draft: StoryDraft) -> bool:
    """Whether there is nothing in a draft that a page could show or lead to."""
    told = (draft.title, draft.body, draft.summary, draft.url or "")
    return draft.picture is None and not any(one.strip() for one in told)


def fingerprint(draft: StoryDraft) -> str:
    """Return a hash of all that a draft says, and of the file beside it; defaults do not count."""
    digest = ""
    if draft.picture and draft.picture.file:
        digest = pictures.digest(draft.picture.file)
        draft = replace(draft, picture=replace(draft.picture, file=None))
    said = [
        f"{one.name}={value!r}"
        for one in fields(draft)
        if (value := getattr(draft, one.name)) != one.default or one.default is MISSING
    ]
    return _hash("\n".join([*said, digest]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def prepare(draft: StoryDraft, terms: Terms) -> Ready:
    """Clean and complete one draft."""
    url = web_address(draft.url)
    base = web_address(draft.base_url) or url
    picture, picture_warning = _picture(draft.picture, base, terms)
    lead = picture["url"] if picture else None
    body = clean.clean(draft.body, draft.body_kind, base_url=base, own_hosts=terms.own_hosts, lead=lead)
    published, date_warning = dates.published(draft.published, terms.now, terms.zone)
    updated = dates.read(draft.updated, terms.zone)
    dated_now = published == terms.now
    summary = _summary(draft, body)
    title = field(draft.title) or clip(field(body.start) or summary, TITLE_FROM_BODY) or "Untitled"
    lang = _language(draft.lang) or _language(terms.lang)
    story = {
        "url": url,
        "title": title,
        "summary": summary,
        "lang": lang,
        "dir": direction(lang, f"{title} {body.text[:200]}"),
        "pinned": draft.pinned,
        "words": count_words(body.text),
        "published_at": published if dated_now else published + terms.shift,
        "updated_at": updated + terms.shift
        if updated and published < updated <= terms.now + dates.DAY
        else None,
    }
    tags, tags_warning = _names(draft.tags, "tags")
    authors, authors_warning = _names(draft.authors, "authors")
    return Ready(
        story=story,
        slug=slug_of(draft.slug or "") or slug_of(title) or "story",
        dated_now=dated_now,
        body={
            "raw": draft.body.encode("utf-8", "replace").decode(),
            "raw_kind": draft.body_kind,
            "base_url": base,
            "html": body.html,
            "policy": clean.POLICY,
        },
        category=field(draft.category) or None,
        tags=tags,
        authors=authors,
        picture=picture,
        old_addresses=draft.old_addresses,
        warnings=tuple(
            f"“{clip(title, 60)}”: {warning}"
            for warning in (body.warning, date_warning, picture_warning, tags_warning, authors_warning)
            if warning
        ),
    )


def _summary(draft: StoryDraft, body: clean.Cleaned) -> str:
    """The source's own summary, else the first running words of the body."""
    own = field(clean.plain(draft.summary))
    if own:
        return _CUT_OFF.sub("…", own)
    return clip(field(body.start, 2 * TEASER) or field(body.text, 2 * TEASER), TEASER)


def _names(raw: Iterable[str], what: str) -> tuple[tuple[str, ...], str]:
    """Plain names, each once whatever its case, and a warning when some had to be left out."""
    found: dict[str, str] = {}
    for name in map(field, raw):
        if name:
            found.setdefault(name.casefold(), name)
    names = tuple(found.values())
    left_out = len(names) - NAMES_MAX
    return names[:NAMES_MAX], f"{left_out} of its {what} were left out" if left_out > 0 else ""


def _picture(draft: PictureDraft | None, base: str | None, terms: Terms) -> tuple[dict[str, Any] | None, str]:
    """Facts of the lead picture; a file beside the story is also kept, in our own sizes."""
    if draft is None:
        return None, ""
    facts: dict[str, Any] = {
        "url": web_address(draft.url, base),
        "alt": field(draft.alt),
        "credit": field(draft.credit),
        "caption": field(draft.caption),
    }
    if draft.file is None:
        return (facts, "") if facts["url"] else (None, "")
    try:
        kept = pictures.keep(draft.file, terms.media_dir)
    except pictures.BadPicture as error:
        return None, f"its picture {draft.file.name} {error}"
    widths = " ".join(map(str, kept.widths))
    return {**facts, "hash": kept.hash, "width": kept.width, "height": kept.height, "widths": widths}, ""


def _language(tag: str | None) -> str | None:
    """A language tag in its usual spelling, None for what is none."""
    parts = (tag or "").strip().replace("_", "-").split("-")
    if not _LANG.fullmatch("-".join(parts)) or parts[0].lower() in ("und", "mul", "zxx"):
        return None
    rest = [
        part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower()
        for part in parts[1:]
    ]
    return "-".join([parts[0].lower(), *rest])
