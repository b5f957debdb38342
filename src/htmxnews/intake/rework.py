"""Between the two cleaners: parsed markup written anew for our page. What it writes is cleaned once more."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from htmxnews.intake import media, shown
from htmxnews.intake.elements import BLOCKS, DIVISIONS, HEADINGS
from htmxnews.intake.writer import Writer
from htmxnews.text import letters_of

_EMPTY = re.compile(r"<(br|hr|img|source|embed)\b([^>]*)>")
_FRAME = re.compile(r"(<iframe\b[^>]*>).*?(?=</iframe>)", re.DOTALL)

_xml = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
_html = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
for _parser in (_xml, _html):
    _parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))


@dataclass(frozen=True)
class Worked:
    html: str
    text: str
    start: str
    pictures: tuple[str, ...]  # addresses, each once


def rework(
    markup: str,
    *,
    base_url: str | None,
    own_hosts: frozenset[str],
    title: str = "",
    lead: str | None,
    pictures: shown.Pictures = shown.NONE,
) -> Worked:
    """Resolve links, show pictures or turn them into links, as players, and put loose text into paragraphs.

    `markup` has been through the first cleaner. Raises Excess.
    """
    root = _parsed(markup)
    media.make_figures(root)
    media.drop_lead(root, base_url, lead)
    _drop_title(root, title)
    writer = Writer(base_url, own_hosts, pictures, shifted=root.find(".//h1") is not None)
    html = writer.page(root)
    return Worked(
        html, _joined(writer.words), _joined(writer.running()), tuple(dict.fromkeys(writer.pictures))
    )


def text_of(markup: str) -> str:
    """Return the text of any markup on one line, blocks parted by a space."""
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    root = etree.HTML(f"<div>{markup}", _html)
    if root is None:
        return ""
    etree.strip_elements(root, "script", "style", "template", with_tail=False)
    for element in root.iter("br", "hr", *DIVISIONS, *BLOCKS):
        element.text = f" {element.text or ''}"
        element.tail = f" {element.tail or ''}"
    return _joined(root.itertext())


def _parsed(markup: str) -> HtmlElement:
    """The tree of what the first cleaner wrote, exactly: with its empty elements closed, it is XML."""
    if "<iframe" in markup:
        markup = _FRAME.sub(r"\1", markup)  # the one element whose text is not escaped
    strict = _EMPTY.sub(r"<\1\2/>", markup).replace("&nbsp;", "\xa0")
    try:
        return etree.XML(f"<div>{strict}</div>", _xml)
    except etree.XMLSyntaxError:
        return etree.HTML(f"<div>{markup}", _html)[0][0]


def _drop_title(root: HtmlElement, title: str) -> None:
    """Take the first heading out when it says the title once more, with no words before it."""
    heading = next(root.iter(*HEADINGS), None)
    if heading is None or not title or heading.find(".//img") is not None:
        return
    said = letters_of(heading.text_content())
    if said and said == letters_of(title) and not "".join(heading.xpath("preceding::text()")).strip():
        heading.drop_tree()


def _joined(pieces: Iterable[str]) -> str:
    return " ".join("".join(pieces).split())
