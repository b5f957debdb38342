"""One draft made ready to be stored: cleaned, dated, described. Touches no database."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from htmxnews.intake import clean, dates, leads, media, pictures, shown
from htmxnews.intake.addresses import own_hosts, web_address
from htmxnews.intake.draft import PictureDraft, StoryDraft
from htmxnews.intake.language import language
from htmxnews.text import clip, count_words, direction, field, shows, slug_of

if TYPE_CHECKING:
    from htmxnews.config import Config  # not loaded in every process that cleans

TEASER = 200  # characters of a summary that we make
TITLE_FROM_BODY = 80
NAMES_MAX = 100  # tags, and authors, of one story

_LOOKED_AT = 1_000  # characters of a text that is made into less
_MAILBOX = re.compile(r"(?<![\w.+@-])(?:mailto:)?([\w.+-]++)@[\w.-]+\.\w+", re.IGNORECASE)
_NOTHING_IN = re.compile(r"[<(\[][\s,;:]*[>)\]]")
_ALL_IN = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_CUT_OFF = re.compile(r"\s*(\[?(…|\.\.\.)\]?)\s*$")


@dataclass(frozen=True)
class Terms:
    """What preparing depends on beside the draft."""

    now: datetime
    zone: ZoneInfo
    media_dir: Path
    own_hosts: frozenset[str]
    sanitizer: clean.Sanitizer = "bleach"
    picture_hosts: frozenset[str] = frozenset()
    lang: str | None = None  # of the source
    shift: timedelta = timedelta()  # added to every date; the demo newsroom moves its own to today

    @classmethod
    def of(cls, config: "Config", now: datetime) -> "Terms":
        hosts = own_hosts(config.base_url, config.extra_hosts)
        return cls(
            now, config.zone, config.media_dir, hosts, config.sanitizer, frozenset(config.picture_hosts)
        )


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
    pictures: tuple[str, ...]  # inside the text, by their addresses
    files: dict[str, shown.Kept]  # those of them that lay beside it, by their names
    old_addresses: tuple[str, ...]
    warnings: tuple[str, ...]


def prepare(draft: StoryDraft, terms: Terms) -> Ready:
    """Clean and complete one draft."""
    url = web_address(draft.url)
    base = web_address(draft.base_url) or url
    picture, picture_warning = _picture(draft.picture, base, terms)
    files, file_warnings = _files(draft, terms)
    known = shown.Pictures(files, terms.picture_hosts)
    lead = picture["url"] or media.file_name(picture["hash"]) if picture else None
    stays_there = bool(lead and known.stays_there(lead))
    body = clean.clean(
        draft.body,
        draft.body_kind,
        base_url=base,
        own_hosts=terms.own_hosts,
        title=field(draft.title),
        lead=None if stays_there else lead,
        pictures=known,
        sanitizer=terms.sanitizer,
    )
    if picture and stays_there:
        body = leads.put_first(body, PictureDraft(**picture), known, terms.own_hosts, terms.sanitizer)
    published, date_warning = dates.published(draft.published, terms.now, terms.zone)
    updated = dates.read(draft.updated, terms.zone)
    dated_now = published == terms.now
    summary = _summary(draft, body)
    title = field(draft.title)
    if not shows(title):
        title = clip(field(body.start[:_LOOKED_AT]) or summary, TITLE_FROM_BODY) or "Untitled"
    lang = language(f"{title}\n{summary}\n{body.text}", draft.lang, terms.lang)
    story = {
        "url": url,
        "title": title,
        "summary": summary,
        "lang": lang,
        "dir": direction(lang, f"{title} {(body.text or summary)[:200]}"),
        "pinned": draft.pinned,
        "words": count_words(body.text),
        "published_at": published if dated_now else published + terms.shift,
        "updated_at": updated + terms.shift
        if updated and published < updated <= terms.now + dates.DAY
        else None,
    }
    tags, tags_warning = _names(draft.tags, "tags")
    authors, authors_warning = _names(map(_without_mailbox, draft.authors), "authors")
    warnings = (body.warning, date_warning, picture_warning, *file_warnings, tags_warning, authors_warning)
    return Ready(
        story=story,
        slug=slug_of(draft.slug or "") or slug_of(title) or "story",
        dated_now=dated_now,
        body={
            "raw": draft.body.replace("\x00", "").encode("utf-8", "replace").decode(),
            "raw_kind": draft.body_kind,
            "base_url": base,
            "html": body.html,
            "policy": clean.policy(terms.sanitizer),
        },
        category=field(draft.category) or None,
        tags=tags,
        authors=authors,
        picture=picture,
        pictures=tuple(one for one in body.pictures if not known.stays_there(one)),
        files=files,
        old_addresses=draft.old_addresses,
        warnings=tuple(f"“{clip(title, 60)}”: {warning}" for warning in warnings if warning),
    )


def _summary(draft: StoryDraft, body: clean.Cleaned) -> str:
    """The source's own summary, else the first running words of the body."""
    own = field(clean.plain(draft.summary))
    if own:
        return _CUT_OFF.sub("…", own)
    return clip(field(body.start[:_LOOKED_AT]) or field(body.text[:_LOOKED_AT]), TEASER)


def _names(raw: Iterable[str], what: str) -> tuple[tuple[str, ...], str]:
    """Plain names, each once whatever its case, and a warning when some had to be left out."""
    found: dict[str, str] = {}
    for name in map(field, raw):
        if shows(name):
            found.setdefault(name.casefold(), name)
    names = tuple(found.values())
    left_out = len(names) - NAMES_MAX
    return names[:NAMES_MAX], f"{left_out} of its {what} were left out" if left_out > 0 else ""


def _without_mailbox(author: str) -> str:
    """A name without the mailboxes beside it, which are not for everyone, and the signs between them."""
    author = field(author)
    mailbox = _MAILBOX.search(author)
    if mailbox is None:
        return author
    name = _NOTHING_IN.sub(" ", _MAILBOX.sub(" ", author)).lstrip(" ,;:<>)]").rstrip(" ,;:<>([")
    name = _ALL_IN.sub(r"\1", name) if _ALL_IN.fullmatch(name) else name
    return name if any(map(str.isalpha, name)) else mailbox[1]


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


def _files(draft: StoryDraft, terms: Terms) -> tuple[dict[str, shown.Kept], list[str]]:
    """The pictures beside a text in our own sizes, by their names; and a line for each that is not kept."""
    files, warnings = {}, []
    for address, file in draft.files:
        try:
            kept = pictures.keep(file, terms.media_dir)
        except pictures.BadPicture as error:
            warnings.append(f"its picture {file.name} {error}")
        else:
            files[media.file_name(kept.hash, address)] = kept
    return files, warnings
