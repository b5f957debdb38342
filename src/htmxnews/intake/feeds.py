"""RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 through feedparser: bytes → drafts."""

import html
import io
import re
from calendar import timegm
from datetime import UTC, datetime
from typing import Any

import feedparser

from htmxnews.intake import dates, jsonfeed
from htmxnews.intake.addresses import web_address
from htmxnews.intake.clean import plain
from htmxnews.intake.draft import BodyKind, Parsed, PictureDraft, StoryDraft, Unreadable
from htmxnews.intake.leads import lead_in

TAGS_MAX = 40  # of one story; feeds of shops and podcasts list hundreds

_HTML_TYPES = ("text/html", "application/xhtml+xml", "text/xhtml")
_PICTURE_NAME = re.compile(r"\.(jpe?g|png|webp|gif|avif)$", re.IGNORECASE)
# feedparser takes the description of a picture for that of the story; one with a name of its own it leaves.
_MEDIA = re.compile(rb"\bxmlns:([\w-]+)\s*=\s*[\"']https?://search\.yahoo\.com/mrss")
# A document type of old makes the parser leave out letters like &eacute; without a word.
_DOCTYPE = re.compile(
    rb"\A((?:\xef\xbb\xbf)?(?:\s|<\?[^<>]*>|<!--.*?-->)*+)<!DOCTYPE[^\[<>]{0,500}>", re.IGNORECASE | re.DOTALL
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_ESCAPED_MARKUP = re.compile(r"&lt;(?:/(?:p|div|a|ul|ol|h[1-6]|strong|em)|br ?/?)&gt;", re.IGNORECASE)
_PERSON = re.compile(
    r"(?P<mail>[^\s()<>]+@[^\s()<>]+)\s*\((?P<name>[^()]*)\)|(?P<first>[^<>(]*?)\s*[<(][^\s()<>]+@[^\s()<>]+[>)]"
)

# feedparser knows no long top-level domain: of ines@sea.example it makes "ple", with ines@sea.exam.
_TAIL = re.compile(r"[^\s@]+@\S+\.[a-z]{4} [a-z]{1,20}")

Entry = dict[str, Any]  # a feedparser dictionary; dict.get reads what is there, without its substitutes


def parse(data: bytes, address: str | None = None) -> Parsed:
    """Read a feed of any kind; `address` is where it came from. Raises Unreadable when it is none."""
    if jsonfeed.is_json(data):
        return jsonfeed.parse(data, address)
    # A stream, never the bytes themselves: feedparser would try them as a file's name first.
    found = feedparser.parse(io.BytesIO(_readied(data)), sanitize_html=False, resolve_relative_uris=False)
    version = found.get("version") or ""
    if not version and not found.entries:
        raise Unreadable("is not a feed that we know")
    site = web_address(_own(found.feed, "link"), address)
    parsed = Parsed(
        source_name=_text(found.feed, "title"),
        site_url=site,
        lang=_own(found.feed, "language"),
        total=len(found.entries),
    )
    if (line := getattr(found.get("bozo_exception"), "getLineNumber", None)) is not None:
        parsed.warnings.append(f"it is not well-formed XML (line {line()}); what can be read of it was taken")
    fallback = _authors(found.feed) if version.startswith("atom") else ()
    parsed.drafts = [_draft(entry, site or address, fallback) for entry in found.entries]
    return parsed


def _readied(data: bytes) -> bytes:
    """Mend what feedparser stumbles over: space in front, descriptions of media, an old document type."""
    data = data.lstrip(b" \t\r\n")
    prefixes = b"|".join({b"media", *_MEDIA.findall(data, 0, 4_000)})
    data = re.sub(rb"(</?(?:" + prefixes + rb"):)description\b", rb"\1captiontext", data)
    return _DOCTYPE.sub(rb"\1", data[:4_000]) + data[4_000:]


def _draft(entry: Entry, site: str | None, feed_authors: tuple[str, ...]) -> StoryDraft:
    body, kind, detail = _body(entry)
    link = web_address(_link(entry), detail.get("base") or site)
    base = web_address(detail.get("base"), site) or link or site
    summary = _as_meant(_own(entry, "summary") or "")
    return StoryDraft(
        key=_own(entry, "id"),
        title=_text(entry, "title"),
        body=body,
        body_kind=kind,
        base_url=base,
        url=link,
        summary=summary if summary != body else "",
        published=_date(entry, "published") or _date(entry, "updated") or _date(entry, "created"),
        updated=_date(entry, "updated"),
        authors=_authors(entry) or feed_authors,
        tags=_tags(entry),
        picture=_picture(entry, base) or (lead_in(body, base) if kind == "html" else None),
        lang=_own(entry, "language") or detail.get("language"),
    )


def _own(entry: Entry, name: str) -> Any:
    return dict.get(entry, name)


def _text(entry: Entry, name: str) -> str:
    """A field as plain text: markup is taken out where the feed says that there is some."""
    value, detail = _own(entry, name) or "", _own(entry, f"{name}_detail") or {}
    # Many escape a title once too often, and hardly any is about entities.
    return plain(value) if detail.get("type") in _HTML_TYPES else html.unescape(value)


def _link(entry: Entry) -> str | None:
    link = _own(entry, "link")
    # feedparser takes an id for a link; one that is a mere word leads nowhere.
    if link and (link != _own(entry, "id") or web_address(link)):
        return str(link)
    links = _own(entry, "links") or ()
    return next((found.get("href") for found in links if found.get("rel") == "alternate"), None)


def _body(entry: Entry) -> tuple[str, BodyKind, Entry]:
    """The whole text where the entry has one, else its summary; with feedparser's details of it."""
    readable = [
        part
        for part in _own(entry, "content") or ()
        if (part.get("type") or "text/").startswith(("text/", "application/xhtml"))
    ]
    if readable:
        # Markup before plain text, then the longest.
        best = max(readable, key=lambda part: (part.get("type") in _HTML_TYPES, len(part.get("value") or "")))
        value = best.get("value") or ""
    elif not _own(entry, "summary") and _own(entry, "media_captiontext"):
        return _own(entry, "media_captiontext"), "text", {}
    else:
        best = _own(entry, "summary_detail") or {}
        value = _own(entry, "summary") or ""
    # RSS says nothing about the type of a description, and writers put markup in it.
    is_text = best.get("type") == "text/plain" and not re.search(rf"{_MARKUP.pattern}|&#?\w+;", value)
    return _as_meant(value), "text" if is_text else "html", best


def _as_meant(value: str) -> str:
    """Markup that was escaped once too often, unescaped: no text for readers shows all of its own tags."""
    too_often = _ESCAPED_MARKUP.search(value) and not _MARKUP.search(value)
    return html.unescape(value) if too_often else value


def _date(entry: Entry, name: str) -> datetime | str | None:
    """A date of the entry; feedparser knows more forms than we do, but guesses where it knows none."""
    guess, text = _own(entry, f"{name}_parsed"), str(_own(entry, name) or "")
    if moment := dates.read(text):
        return moment
    if not guess or str(guess.tm_year) not in text:
        return text or None
    try:
        return datetime.fromtimestamp(timegm(guess), UTC)
    except (OverflowError, OSError, ValueError):
        return text


def _authors(entry: Entry) -> tuple[str, ...]:
    """Names without mailboxes; of an author who gives nothing else, the part before the at sign."""
    whole, people = _own(entry, "author") or "", _own(entry, "authors") or ()
    told = [(person.get("name") or "", person.get("email") or "") for person in people]
    names = [name for name, mail in told if name and not _TAIL.fullmatch(f"{mail} {name}")]
    if "@" in whole and len(told) < 2:
        names = []  # feedparser cannot read every mailbox, so one author is read from what the feed wrote
    names = names or [mail for _, mail in told if mail and len(told) > 1] or [whole]
    return tuple(dict.fromkeys(name for name in map(_person, names) if name))


def _person(text: str) -> str:
    found = _PERSON.fullmatch(text.strip())
    name = plain((found["name"] or found["first"] or found["mail"] or "") if found else text)
    return name.split("@")[0] if " " not in name else name


def _tags(entry: Entry) -> tuple[str, ...]:
    names = (tag.get("label") or tag.get("term") or "" for tag in _own(entry, "tags") or ())
    found = dict.fromkeys(plain(name) for name in names if name and "://" not in name)
    return tuple(list(found)[:TAGS_MAX])


def _picture(entry: Entry, base: str | None) -> PictureDraft | None:
    """What the feed itself names: media, a picture enclosure, a thumbnail, an episode's cover."""
    media = [part for part in _own(entry, "media_content") or () if _is_picture(part, "url")]
    media.sort(key=lambda part: -_number(part.get("width")))
    enclosed = [part for part in _own(entry, "links") or () if part.get("rel") == "enclosure"]
    offers = [part.get("url") for part in media]
    offers += [part.get("href") for part in enclosed if _is_picture(part, "href")]
    offers += [part.get("url") for part in _own(entry, "media_thumbnail") or ()]
    offers += [(_own(entry, "image") or {}).get("href")]
    address = next(
        (found for found in (web_address(offer, base) for offer in offers if offer) if found), None
    )
    if address is None:
        return None
    credited = (part.get("content") or "" for part in _own(entry, "media_credit") or ())
    return PictureDraft(
        url=address,
        credit=", ".join(dict.fromkeys(plain(credit) for credit in credited if credit)),
        caption=plain(_own(entry, "media_captiontext") or "")
        if _own(entry, "summary") or _own(entry, "content")
        else "",
    )


def _is_picture(part: Entry, address: str) -> bool:
    kind = part.get("type") or ""
    if kind or part.get("medium"):
        return part.get("medium") == "image" or (kind.startswith("image/") and "svg" not in kind)
    return bool(_PICTURE_NAME.search((part.get(address) or "").split("?")[0]))


def _number(value: Any) -> int:
    return int(value) if str(value or "").isdecimal() else 0
