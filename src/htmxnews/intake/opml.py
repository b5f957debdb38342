"""Lists of subscriptions: read whatever reader wrote them, and write our own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from htmxnews.intake import references, xml_gate
from htmxnews.intake.addresses import web_address
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.reading import Source
from htmxnews.text import field

LIST_MAX = 20_000_000  # bytes

_USER = re.compile(r"//[^/\s]*@")  # with its password, perhaps
_SCHEME = re.compile(
    r"^(?:feed|itpc|pcast):(?:(?=https?:)|//)", re.IGNORECASE
)  # as some readers wrote addresses
_FEED = re.compile(r"\bxmlurl\s*=\s*[\"']([^\"'<>]+)[\"']", re.IGNORECASE)
_STRAY = re.compile(r"&(?!#?\w+;)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NAME = re.compile(r"\b(?:title|text)\s*=\s*\"([^\"<>]*)\"", re.IGNORECASE)


@dataclass(frozen=True)
class Subscription:
    name: str  # may be empty
    feed_url: str
    site_url: str | None = None


def parse(source: Source) -> tuple[list[Subscription], list[str]]:
    """Return the subscriptions of an OPML file, each address once, and a warning for each that is no address.

    Most lists in the wild are not well-formed, so the reader mends what it can. Raises Unreadable.
    """
    document = _STRAY.sub("&amp;", xml_gate.admit(Text.of(source, limit=LIST_MAX)).rest)
    root = _tree(document)
    parts = [] if root is None else [(_name(one), one) for one in root.iter("{*}*")]
    if not any(name in ("outline", "body") for name, _ in parts):
        raise Unreadable("is not an OPML list")
    found: dict[str, Subscription] = {}
    warnings = []
    for outline in (one for name, one in parts if name == "outline"):
        facts = {str(name).lower(): value for name, value in outline.attrib.items()}
        raw = facts.get("xmlurl", "").strip()
        address = _address(raw)
        if address:
            name = field(facts.get("title") or facts.get("text"))
            found.setdefault(address, Subscription(name, address, web_address(facts.get("htmlurl"))))
        elif raw:
            told = f"{_USER.sub('//', raw)[:80]!r}"
            names_user = _USER.search(raw)
            warnings.append(f"{told} {'has a user name in it' if names_user else 'is no web address'}")
    for one in _loose(_COMMENT.sub("", document)):
        found.setdefault(one.feed_url, one)
    return list(found.values()), warnings


def _address(raw: str) -> str | None:
    rest = _SCHEME.sub("", raw, count=1)
    is_bare = rest != raw and not rest.lower().startswith(("http://", "https://"))
    return web_address(f"http://{rest}" if is_bare else rest)


def _tree(document: str) -> Any:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(document.encode(), parser)
    except etree.XMLSyntaxError:
        return None


def _name(element: Any) -> str:
    return str(etree.QName(element).localname).lower()


def _loose(document: str) -> Iterator[Subscription]:
    """Subscriptions that the reader loses where a description holds markup, quotes and all."""
    for outline in re.split(r"<outline\b", document, flags=re.IGNORECASE)[1:]:
        raw = _FEED.search(outline)
        if raw and (address := _address(references.unescaped(raw[1]))):
            name = _NAME.search(outline)
            yield Subscription(field(references.unescaped(name[1])) if name else "", address)


def write(title: str, subscriptions: Iterable[Subscription]) -> str:
    """Return an OPML 2.0 document."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for one in subscriptions:
        outline = etree.SubElement(body, "outline", type="rss", text=one.name, title=one.name)
        outline.set("xmlUrl", one.feed_url)
        if one.site_url:
            outline.set("htmlUrl", one.site_url)
    return str(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True).decode())
