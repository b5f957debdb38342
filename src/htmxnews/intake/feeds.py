"""Feeds of any kind → drafts. RSS, RDF, Atom and CDF of any version are read by feedparser, in pieces."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import quoteattr

import feedparser

from htmxnews.intake import dates, jsonfeed, media_rss, mending, references, rss1, xml_gate
from htmxnews.intake.addresses import web_address
from htmxnews.intake.clean import plain, says_nothing
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import BodyKind, Parsed, StoryDraft, Unreadable
from htmxnews.intake.enclosed import with_enclosed
from htmxnews.intake.leads import lead_of
from htmxnews.intake.reading import Source

FEED_MAX = 100_000_000  # bytes of a feed, unpacked
PERSON_MAX = 300  # characters of an author with all mailboxes
TAGS_MAX = 40  # of one story; feeds of shops and podcasts list hundreds

_DATES = ("published", "updated", "created", "prism_publicationdate")
_HTML_TYPES = ("text/html", "application/xhtml+xml", "text/xhtml")
_ROOTS = ("rss", "feed", "rdf", "channel")
# feedparser takes these for another description, another author, and tags that it compares each with each.
_EPISODE = re.compile(r"<(/?)(?:(?:itunes|media):(summary|subtitle|author)|[\w.-]+:(keywords))\b[^<>]*>")
# The whole text under the names that some vocabularies have for it; feedparser knows it by an old one.
_WHOLE_TEXT = re.compile(
    r"<(/?)(?:yandex:full-text|turbo:content|full-?text)(?![\w:.-])[^<>]*>", re.IGNORECASE
)
# The address that stands behind its element, as tools for HTML write it.
_LINK_BEHIND = re.compile(r"<link\s*/>\s*(https?://[^\s<>]+)")
# It says nothing, and feedparser would not look for a link elsewhere.
_EMPTY_LINK = re.compile(r"<link\s*(?:/>|>\s*(?:<!\[CDATA\[\s*\]\]>\s*)?</link\s*>)")
_PICTURE = re.compile(r"<image>\s*(?:<!\[CDATA\[)?\s*([^<>\s\]]+)\s*(?:\]\]>)?\s*</image>")
# A page of an author has the same tag in Atom 0.3.
_PICTURE_URL = re.compile(r"<image>[^<]*(?:<(?!image\b|/image\b|url>)[^<>]*>[^<]*){0,12}<url>([^<>]*)</url>")
# The base of an XHTML text may be told by the division around it, which feedparser takes off.
_BASE = re.compile(r"\sxml:base\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_TEXT_AND_DIVISION = re.compile(
    r"<((?:[\w.-]+:)?(?:content|summary))(\s[^<>]*)?>\s*<((?:[\w.-]+:)?div)(\s[^<>]*)?>"
)
# RSS has no vocabulary; in the one that some roots name, feedparser knows no items.
_ROOT_VOCABULARY = re.compile(r"(<rss\b[^<>]*?)\sxmlns\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_SAME_VOCABULARY = {"http://purl.org/net/rss1.1#": "http://purl.org/rss/1.0/"}
_NO_ENDS = re.compile(r"</(?:area|br|col|embed|hr|img|input|meta|param|source|track|wbr)>")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
# A plain text may name a tag; one in which elements end, or letters have names, is not plain.
_NOT_PLAIN = re.compile(r"</[a-zA-Z]|<(?:br|hr|img|p)\b|&#?\w+;", re.IGNORECASE)
_SECTION_MARKS = re.compile(r"<!\[CDATA\[|\]\]>")
_ESCAPED_MARKUP = re.compile(r"&lt;(?:/(?:p|div|a|ul|ol|h[1-6]|strong|em)|br ?/?)&gt;", re.IGNORECASE)
_PERSON = re.compile(
    r"(?P<mail>[^\s()<>]+@[^\s()<>]+)\s*\((?P<name>[^()]*)\)|(?P<first>[^<>(]*?)\s*[<(][^\s()<>]+@[^\s()<>]+[>)]"
)

# feedparser knows no long top-level domain: of ines@sea.example it makes "ple", with ines@sea.exam.
_TAIL = re.compile(r"[^\s@]+@\S+\.[a-z]{4} [a-z]{1,20}")

_BLOGGER_KIND = "http://schemas.google.com/blogger/2008/kind#"
_NUMBER = re.compile(r"[0-9]{1,6}")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}

Entry = dict[str, Any]  # a feedparser dictionary; dict.get reads what is there, without its substitutes


def _with_short_authors(split: Callable[..., None]) -> Callable[..., None]:
    """What parts names from mailboxes in feedparser, bounded: its pattern would take hours for a book."""

    def split_short(parser: Any, key: str = "author") -> None:
        context = parser._get_context()
        if isinstance(name := dict.get(context, key), str):
            context[key] = name[:PERSON_MAX]
        split(parser, key)

    return split_short


def _passing_over_faults(handle: Callable[..., None]) -> Callable[..., None]:
    """A handler of tags that costs a feed no more than the element over which feedparser stumbles."""

    def handle_all(parser: Any, tag: str, *attributes: Any) -> None:
        try:
            handle(parser, tag, *attributes)
        except Exception:  # odd numbers of a place, an end without a beginning: whatever nobody has tried
            if not attributes:
                handle(parser, "unknown")  # what held in the element ends with it

    return handle_all


_Parser = feedparser.mixin._FeedParserMixin
_Parser.unknown_starttag = _passing_over_faults(_Parser.unknown_starttag)
_Parser.unknown_endtag = _passing_over_faults(_Parser.unknown_endtag)
_Parser._sync_author_detail = _with_short_authors(_Parser._sync_author_detail)
# An id is the same whatever base the feed, or another of its items, tells.
_Parser.can_be_relative_uri = _Parser.can_be_relative_uri - {"id"}


@dataclass
class _Feed:
    """What entries need to know of the feed that they are in."""

    outline: xml_gate.Outline
    address: str | None
    site: str | None
    is_atom: bool
    authors: tuple[str, ...]


def parse(source: Source, address: str | None = None, content_type: str = "") -> Parsed:
    """Read a feed of any kind and size; its drafts come as they are asked for.

    `address` is where it came from, `content_type` what its server said of it. Raises Unreadable.
    """
    text = Text.of(source, content_type, limit=FEED_MAX)
    if jsonfeed.is_json(text):
        return jsonfeed.parse(text, address)
    outline = xml_gate.admit(text)
    found, is_well_formed = _read_rest(outline)
    if not outline.items and outline.root not in _ROOTS and not found.get("version"):
        raise Unreadable("is not a feed that we know")
    site = web_address(_own(found.feed, "link"), address)
    parsed = Parsed(
        source_name=_text(found.feed, "title"),
        site_url=site,
        lang=_words(found.feed, "language") or None,
        total=outline.items,
        refused=outline.too_large + outline.too_many,
        ttl=_ttl(found.feed),
    )
    if not is_well_formed:
        parsed.warnings.append("it is not well-formed XML; what can be read of it was taken")
    if outline.too_large:
        parsed.warnings.append(
            f"{outline.too_large} of its items are larger than any story and were left out"
        )
    if outline.too_many:
        parsed.warnings.append(f"{outline.too_many} items beyond the first {outline.items:,} were left out")
    is_atom = (found.get("version") or "").startswith("atom")
    feed = _Feed(outline, address, site, is_atom, _authors(found.feed) if is_atom else ())
    parsed.drafts = _drafts(feed, parsed)
    return parsed


def _drafts(feed: _Feed, parsed: Parsed) -> Iterator[StoryDraft]:
    tally = mending.Tally()
    opening, closing = feed.outline.frame
    opening = _with_known_vocabulary(opening)
    names = media_rss.prefixes(opening)
    based = _with_base(opening, feed)
    missing, left_out = feed.outline.items, 0
    for piece in feed.outline.pieces():
        items = [_readied(item, names) for item in piece]
        opening = based if any("xml:base" in item for item in items) else opening
        for document in mending.documents(items, (opening, closing), tally):
            for entry in _read(document).entries:
                missing -= 1
                if _is_no_story(entry):
                    left_out += 1
                else:
                    yield _draft(entry, feed)
    if left_out:
        parsed.skipped += left_out
        parsed.warnings.append(f"only published posts become stories; left out: {left_out} other entries")
    if missing > 0:
        parsed.refused += missing
        parsed.warnings.append(f"{missing} of its items cannot be read")
    if feed.outline.ends_early:
        parsed.warnings.append("it ends too early; what came before was taken")
    if tally.broken:
        parsed.warnings.append(
            f"{tally.broken} of its items are not well-formed XML; what can be read of them was taken"
        )


def _with_known_vocabulary(markup: str) -> str:
    for old, new in _SAME_VOCABULARY.items():
        markup = markup.replace(old, new)
    return _ROOT_VOCABULARY.sub(r"\1", markup, count=1)


def _ttl(feed: Entry) -> timedelta | None:
    """How long a feed asks to be left alone: in minutes (RSS), or in parts of a period."""
    if minutes := _number(_own(feed, "ttl")):
        return timedelta(minutes=minutes)
    period = _PERIODS.get(str(_own(feed, "sy_updateperiod")).strip().lower())
    return period / (_number(_own(feed, "sy_updatefrequency")) or 1) if period else None


def _number(value: Any) -> int:
    digits = str(value).strip()
    return int(digits) if _NUMBER.fullmatch(digits) else 0


def _with_base(opening: str, feed: _Feed) -> str:
    """The tags around the items with a base; without one, feedparser hands an item's on to the next."""
    base = feed.address or feed.site
    if not base or "xml:base" in opening:
        return opening
    return re.sub(r"(?<=[^\s<>/])(?=[\s/>])", f" xml:base={quoteattr(base)}", opening, count=1)


def _read_rest(outline: xml_gate.Outline) -> tuple[Any, bool]:
    """What a feed says of itself, and whether that is well-formed."""
    rest = _with_known_vocabulary(_EPISODE.sub(_aside, outline.rest))
    is_well_formed = not rest or mending.is_well_formed(rest)
    return _read(rest if is_well_formed else mending.mended(rest)), is_well_formed


def _read(document: str) -> Any:
    # A stream, never the text itself: feedparser would try it as a file's name first.
    stream = io.BytesIO(document.encode())
    return feedparser.parse(stream, sanitize_html=False, resolve_relative_uris=False)


def _readied(item: str, media_names: frozenset[str]) -> str:
    """The markup of an item without what feedparser mixes up."""
    item = _LINK_BEHIND.sub(r"<link>\1</link>", _EPISODE.sub(_aside, rss1.plainer(item)))
    item = _EMPTY_LINK.sub("", item)
    item = _PICTURE.sub(r"<picturetext>\1</picturetext>", item)
    item = _PICTURE_URL.sub(r"<picturetext>\1</picturetext>\g<0>", item)
    item = _WHOLE_TEXT.sub(r"<\1fullitem>", item)
    item = _TEXT_AND_DIVISION.sub(_with_base_outside, item) if "xml:base" in item else item
    return media_rss.marked(item, media_names)


def _aside(found: re.Match[str]) -> str:
    return f"<{found[1]}episode{found[2] or found[3]}{'/' if found[0].endswith('/>') else ''}>"


def _with_base_outside(found: re.Match[str]) -> str:
    name, own, division, inner = (part or "" for part in found.groups())
    told = _BASE.search(inner)
    if not told:
        return found[0]
    bases = [references.unescaped(one[1] or one[2] or "") for one in (_BASE.search(own), told) if one]
    base = quoteattr(reduce(urljoin, bases))
    return f"<{name}{_BASE.sub('', own)} xml:base={base}><{division}{_BASE.sub('', inner)}>"


def _is_no_story(entry: Entry) -> bool:
    """Whether an entry is a draft, or what an export of Blogger holds beside posts: comments, settings."""
    terms = [str(tag.get("term")) for tag in media_rss.parts(entry, "tags")]
    kinds = [term.removeprefix(_BLOGGER_KIND) for term in terms if term.startswith(_BLOGGER_KIND)]
    kinds += filter(None, [_words(entry, "blogger_type")])
    is_draft = _words(entry, "app_draft") == "yes" or _words(entry, "blogger_status") not in ("", "LIVE")
    return is_draft or any(kind.lower() != "post" for kind in kinds)


def _draft(entry: Entry, feed: _Feed) -> StoryDraft:
    body, kind, detail = _body(entry)
    told = detail.get("base") or _mapping(entry, "title_detail").get("base")  # where there is no body
    start = web_address(told, feed.address or feed.site)
    link = web_address(_link(entry, feed.is_atom), start or feed.site or feed.address)
    base = start or link or feed.site or feed.address
    summary = _NO_ENDS.sub("", _as_meant(_words(entry, "summary")))
    picture = media_rss.lead(entry, base)
    whole, whole_kind = with_enclosed(body, kind, media_rss.enclosed(entry, base, picture))
    return StoryDraft(
        key=_words(entry, "id") or None,
        title=_text(entry, "title") or plain(media_rss.title(entry)),
        body=whole,
        body_kind=whole_kind,
        base_url=base,
        url=link,
        summary=summary if summary != body else "",
        published=_published(entry),
        updated=_words(entry, "updated") or None,
        authors=_authors(entry)
        or _authors({"author": _words(entry, "episodeauthor")})
        or _authors(_mapping(entry, "source"))
        or feed.authors,
        tags=_tags(entry),
        picture=(lead_of(picture, body, base) if kind == "html" else picture) or media_rss.small(entry, base),
        lang=_words(entry, "language")
        or detail.get("language")
        or _mapping(entry, "title_detail").get("language"),
    )


def _own(entry: Entry, name: str) -> Any:
    return dict.get(entry, name)


def _words(entry: Entry, name: str) -> str:
    """A field as it was written; feedparser puts other things there where a feed is very odd."""
    value = _own(entry, name)
    return value if isinstance(value, str) else ""


def _mapping(entry: Entry, name: str) -> Entry:
    value = _own(entry, name)
    return value if isinstance(value, dict) else {}


def _text(entry: Entry, name: str) -> str:
    """A field as plain text: markup is taken out where the feed says that there is some."""
    value = _without_section(_words(entry, name))
    # Many escape a title once too often, and hardly any is about entities.
    return (
        plain(value)
        if _mapping(entry, f"{name}_detail").get("type") in _HTML_TYPES
        else references.unescaped(value)
    )


def _link(entry: Entry, is_atom: bool) -> str | None:
    """The address of the page: the first that Atom names, the last that RSS does, or an id that is one."""
    if original := web_address(_words(entry, "feedburner_origlink")):
        return original  # the link leads there by way of a counter
    links = [part for part in media_rss.parts(entry, "links") if part.get("href")]
    pages = [part for part in links if part.get("rel", "alternate") == "alternate"]
    pages.sort(key=lambda part: (part.get("type") or "text/html") not in _HTML_TYPES)
    link, addresses = _words(entry, "link"), [str(part["href"]) for part in pages]
    if pages and (is_atom or link not in addresses):
        return addresses[0]
    # feedparser takes an id for a link; one that is a mere word leads nowhere.
    is_id = link == _own(entry, "id") and not (web_address(link) or link.startswith("/"))
    is_other = link in (part["href"] for part in links) and link not in addresses
    if not link and not links and _own(entry, "guidislink") is None:
        return _words(entry, "id")  # what RSS 1.0 says an item is about
    return None if is_id or is_other else link


def _body(entry: Entry) -> tuple[str, BodyKind, Entry]:
    """The whole text where the entry has one, else its summary; with feedparser's details of it."""
    contents = [
        part
        for part in media_rss.parts(entry, "content")
        if (part.get("type") or "text/").startswith(("text/", "application/xhtml")) and part.get("value")
    ]
    summary = _words(entry, "summary")
    episode = _words(entry, "episodesummary") or ("" if summary else _words(entry, "episodesubtitle"))
    if summary:
        contents = [part for part in contents if not says_nothing(part["value"])]
    if contents:
        # Markup before plain text, then the longest.
        best = max(contents, key=lambda part: (part.get("type") in _HTML_TYPES, len(part["value"])))
        value = best["value"]
    elif len(episode) > 2 * len(summary):
        best, value = {"type": "text/plain"}, episode
    elif summary:
        best, value = _mapping(entry, "summary_detail"), summary
    else:
        best, value = {"type": "text/plain"}, media_rss.caption(entry)
    if best.get("type") == "application/xhtml+xml":
        value = _NO_ENDS.sub("", value)  # <br></br> is two breaks in HTML
    # RSS says nothing about the type of a description, and writers put markup in it.
    is_text = best.get("type") == "text/plain" and not _NOT_PLAIN.search(value)
    return _as_meant(value), "text" if is_text else "html", best


def _as_meant(value: str) -> str:
    """Markup that was escaped once too often, unescaped: no text for readers shows all of its own tags."""
    value = _without_section(value)
    too_often = _ESCAPED_MARKUP.search(value) and not _MARKUP.search(value)
    return references.unescaped(value) if too_often else value


def _without_section(value: str) -> str:
    """The text of a section that was put into another one, as many a generator does."""
    return _SECTION_MARKS.sub("", value) if "<![CDATA[" in value else value


def _published(entry: Entry) -> str | None:
    """The first of the entry's dates that can be read, else the first, as it was written."""
    told = [text for name in _DATES if (text := _words(entry, name))]
    return next(filter(dates.read, told), None) or next(iter(told), None)


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
    text = text[:PERSON_MAX]
    found = _PERSON.fullmatch(text.strip())
    name = plain((found["name"] or found["first"] or found["mail"] or "") if found else text)
    return name.split("@")[0] if " " not in name else name


def _tags(entry: Entry) -> tuple[str, ...]:
    names = [str(tag.get("label") or tag.get("term") or "") for tag in media_rss.parts(entry, "tags")]
    names += _words(entry, "episodekeywords").split(",", TAGS_MAX)[:TAGS_MAX]
    found = dict.fromkeys(plain(name) for name in names if name.strip() and "://" not in name)
    return tuple(list(found)[:TAGS_MAX])
