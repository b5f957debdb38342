"""The feed of a web page: one that it names, or the places where most sites have theirs."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from htmxnews.intake.addresses import web_address

HTML_MAX = 2_000_000  # bytes; a page names its feeds near its beginning
NAMED_MAX = 5  # of the feeds that a page names, which are tried in turn

_USUAL = ("feed", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json")
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_MAYBE = ("application/rdf+xml", "application/json", "application/xml", "text/xml")  # other things as well
# WordPress calls the feed of its comments so in every language, whatever the title says.
_COMMENTS = re.compile(r"\bcomments?\b|\breplies\b|kommentar|commentaire|comentario|コメント|댓글|评论|評論")
_NO_FEED = re.compile(r"/wp-json/|oembed|\.webmanifest|opensearch", re.IGNORECASE)
_LIKE_FEED = re.compile(
    r"^[^?#]*/(?:(?:feed|rss|atom)/?|[\w.-]*\.(?:rss|atom|rdf)|[\w-]*(?:feed|rss|atom)[\w-]*\.(?:xml|json))(?:[?#]|$)",
    re.IGNORECASE,
)

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\",;]+))*)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))")

Link = dict[str, str]  # rel, type, href, title


def named_feeds(body: bytes, url: str) -> list[str]:
    """The feeds that the web page found at `url` names by link rel="alternate", its main one first.

    At most NAMED_MAX.
    """
    root, start = _page(body, url)
    return _best((dict(link.attrib) for link in root.iter("link")), start)


def feeds_led_to(body: bytes, url: str) -> list[str]:
    """What a web page leads its readers to that is called like a feed of its own host, at most NAMED_MAX.

    It may be anything: a page about feeds is called so as well.
    """
    root, start = _page(body, url)
    found = (web_address(link.get("href"), start) for link in root.iter("a"))
    own = (one for one in found if one and urlsplit(one).hostname == urlsplit(url).hostname)
    return list(dict.fromkeys(filter(_LIKE_FEED.search, own)))[:NAMED_MAX]


def linked_feeds(header: str, url: str) -> list[str]:
    """The feeds that the Link header of an answer names, at most NAMED_MAX."""
    links = (
        {"href": href} | {name.lower(): text or word for name, text, word in _PARAMETER.findall(parameters)}
        for href, parameters in _LINK.findall(header)
    )
    return _best(links, url)


def usual_addresses(url: str) -> list[str]:
    """Where the feed of a page would lie if its site is made like most: beside the page, or at the root."""
    places = dict.fromkeys((urljoin(url, "."), urljoin(url, "/")))
    return [urljoin(place, name) for place in places for name in _USUAL]


def _page(body: bytes, url: str) -> tuple[html.HtmlElement, str]:
    """The root of a web page found at `url`, an empty one of what is none, and where its links start."""
    body = body[:HTML_MAX]
    # The parser takes what says nothing else for Latin, which hardly any page is by now.
    parser = html.HTMLParser(encoding="utf-8" if _is_utf8(body) else None)
    try:
        root = html.document_fromstring(body, parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        root = html.Element("html")
    base = root.find(".//base[@href]")
    return root, (web_address(base.get("href"), url) if base is not None else None) or url


def _best(links: Iterator[Link], start: str) -> list[str]:
    """The addresses of links to feeds; those to comments, or that may lead elsewhere, come last."""
    found = [
        (_rank(link, address), address)
        for link in links
        if (address := web_address(link.get("href"), start)) and _is_feed(link, address)
    ]
    return list(dict.fromkeys(address for _, address in sorted(found, key=lambda one: one[0])))[:NAMED_MAX]


def _is_feed(link: Link, address: str) -> bool:
    named = "alternate" in link.get("rel", "").lower().split()
    return named and _kind(link) in (*_FEEDS, *_MAYBE) and not _NO_FEED.search(address)


def _rank(link: Link, address: str) -> tuple[bool, bool]:
    told = f"{urlsplit(address).path} {link.get('title', '')}".lower()
    return _kind(link) in _MAYBE, bool(_COMMENTS.search(told))


def _is_utf8(body: bytes) -> bool:
    try:
        # Decoded in steps, so that a letter cut in two at the end is no error.
        getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return False
    return True


def _kind(link: Link) -> str:
    return link.get("type", "").split(";")[0].strip().lower()
