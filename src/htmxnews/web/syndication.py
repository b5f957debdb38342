"""One feed of stories in its three spellings: Atom, RSS and JSON Feed.

The XML is built as a tree and never pasted together, so that no text can break out of its element.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from htmxnews.finding.rows import FullStory, PictureRow, StoryRow
from htmxnews.web.words import absolute, machine, story_url

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_FEED_PICTURE = 1280  # pixels: readers show a lead picture no wider

_OUR_PICTURE = re.compile(r"(?<=[\" ])/media/[0-9a-f]{64}-\d{1,5}\.webp")  # in a text

# What XML 1.0 cannot hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_atom = ElementMaker(namespace=ATOM, nsmap={None: ATOM})
_rss = ElementMaker(nsmap={"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE, "media": MEDIA})


@dataclass(frozen=True)
class Feed:
    """A page of a selection's stories, with what a feed says of itself. All addresses are absolute."""

    site: str
    title: str
    description: str
    lang: str
    page_url: str  # the same selection for people
    first_url: str  # this feed from its top: names it whichever page of it is read
    own_url: str
    next_url: str | None
    updated: datetime
    stories: tuple[FullStory, ...]


def atom(feed: Feed) -> bytes:
    """Atom 1.0 (RFC 4287), led on by `rel=next` (RFC 5005)."""
    root = _atom.feed(
        {LANG: feed.lang},
        _atom.id(feed.first_url),
        _atom.title(xml_text(feed.title)),
        _atom.updated(machine(feed.updated)),
        _atom.author(_atom.name(xml_text(feed.site))),
        _atom.link(rel="self", type="application/atom+xml", href=feed.own_url),
        _atom.link(rel="alternate", type="text/html", href=feed.page_url),
    )
    if feed.description:
        root.append(_atom.subtitle(xml_text(feed.description)))
    if feed.next_url:
        root.append(_atom.link(rel="next", type="application/atom+xml", href=feed.next_url))
    root.extend(_atom_entry(story) for story in feed.stories)
    return to_bytes(root)


def rss(feed: Feed) -> bytes:
    """RSS 2.0 with the common modules: whole bodies, authors by name, pictures."""
    link = etree.QName(ATOM, "link")
    channel = _rss.channel(
        _rss.title(xml_text(feed.title)),
        _rss.link(feed.page_url),
        _rss.description(xml_text(feed.description or feed.title)),
        _rss.language(feed.lang),
        _rss.lastBuildDate(_rfc_822(feed.updated)),
        _rss(link, rel="self", type="application/rss+xml", href=feed.own_url),
    )
    if feed.next_url:
        channel.append(_rss(link, rel="next", type="application/rss+xml", href=feed.next_url))
    channel.extend(_rss_item(story) for story in feed.stories)
    return to_bytes(_rss.rss({"version": "2.0"}, channel))


def json_feed(feed: Feed) -> dict[str, Any]:
    """JSON Feed 1.1; `_htmxnews` holds what the format has no word for."""
    found = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "language": feed.lang,
        "home_page_url": feed.page_url,
        "feed_url": feed.own_url,
        "next_url": feed.next_url,
    }
    return _present(found) | {"items": [_json_item(story) for story in feed.stories]}


def xml_text(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return _NO_XML.sub("", text)


def to_bytes(root: Any) -> bytes:
    """The document of a tree, as UTF-8 with its declaration."""
    document: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _atom_entry(story: FullStory) -> Any:
    row = story.row
    entry = _atom.entry(
        {LANG: xml_text(row.lang)} if row.lang else {},
        _atom.id(story_url(row.slug)),
        _atom.title(xml_text(row.title)),
        _atom.published(machine(row.published_at)),
        _atom.updated(machine(changed_at(row))),
        *(_atom.author(_atom.name(xml_text(name))) for name in _bylines(row)),
        _atom.link(rel="alternate", type="text/html", href=story_url(row.slug)),
    )
    if row.url:
        entry.append(_atom.link(rel="via", href=xml_text(row.url)))
    if row.picture:
        entry.append(_atom.link(rel="enclosure", type="image/webp", href=_picture_url(row.picture)))
    entry.extend(_atom.category(term=xml_text(tag.slug), label=xml_text(tag.name)) for tag in row.tags)
    if row.summary:
        entry.append(_atom.summary(xml_text(row.summary)))
    entry.append(_atom.content({"type": "html"}, xml_text(_content(story))))
    return entry


def _rss_item(story: FullStory) -> Any:
    row = story.row
    item = _rss.item(
        _rss.title(xml_text(row.title)),
        _rss.link(story_url(row.slug)),
        _rss.guid({"isPermaLink": "true"}, story_url(row.slug)),
        _rss.pubDate(_rfc_822(row.published_at)),
        *(_rss(etree.QName(DUBLIN_CORE, "creator"), xml_text(name)) for name in _bylines(row)),
        *(_rss.category(xml_text(tag.name)) for tag in row.tags),
        _rss.description(xml_text(row.summary)),
        _rss(etree.QName(CONTENT, "encoded"), xml_text(_content(story))),
    )
    if row.lang:
        item.append(_rss(etree.QName(DUBLIN_CORE, "language"), xml_text(row.lang)))
    if row.picture:
        attributes = {"url": _picture_url(row.picture), "medium": "image", "type": "image/webp"}
        item.append(_rss(etree.QName(MEDIA, "content"), attributes))
    return item


def _json_item(story: FullStory) -> dict[str, Any]:
    row = story.row
    found = {
        "id": story.key,
        "url": story_url(row.slug),
        "external_url": row.url,
        "title": row.title,
        "summary": row.summary,
        "image": _picture_url(row.picture) if row.picture else None,
        "date_published": machine(row.published_at),
        "date_modified": machine(row.updated_at) if row.updated_at else None,
        "authors": [{"name": author.name} for author in row.authors],
        "tags": [tag.name for tag in row.tags],
        "language": row.lang,
    }
    return _present(found) | {
        "content_html": _content(story),
        "_htmxnews": {
            "slug": row.slug,
            "source": row.source.slug,
            "lang": row.lang,
            "also": [copy.key for copy in row.also],
        },
    }


def changed_at(story: StoryRow) -> datetime:
    """When a story last changed: never before it was published, whatever its source says."""
    return max(story.published_at, story.updated_at or story.published_at)


def _content(story: FullStory) -> str:
    """The body; one that runs from the right says so, as no feed has a place for that."""
    html = _OUR_PICTURE.sub(lambda found: absolute(found[0]), story.html)
    return f'<div dir="rtl">{html}</div>' if story.row.dir == "rtl" and html else html


def _bylines(story: StoryRow) -> list[str]:
    return [author.name for author in story.authors] or [story.source.name]


def _picture_url(picture: PictureRow) -> str:
    fitting = [width for width in picture.widths if width <= _FEED_PICTURE]
    return absolute(f"/media/{picture.hash}-{max(fitting, default=min(picture.widths))}.webp")


def _rfc_822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}
