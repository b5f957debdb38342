"""Between the two cleaners: parsed markup made fit for our page. What it writes is cleaned once more."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree, html
from lxml.html import HtmlElement

from htmxnews.intake import media
from htmxnews.intake.addresses import link_address

REL = "noopener noreferrer nofollow ugc"

_BLOCK_NAMES = """
    blockquote caption dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre
    summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_NOT_RUNNING = _BLOCKS & {"caption", "dl", "details", "figure", "h2", "h3", "h4", "h5", "h6", "pre", "table"}
_DROPPED_WHEN_EMPTY = (_BLOCKS | {"a", "b", "em", "i", "span", "strong"}) - _BLOCKS.intersection(
    ("hr", "pre", "table", "tbody", "td", "tfoot", "th", "thead", "tr")
)
_VALUES = {
    "colspan": re.compile(r"[1-3]?[0-9]"),
    "datetime": re.compile(r"[0-9T:.+Z -]{4,40}"),
    "dir": re.compile(r"ltr|rtl|auto", re.IGNORECASE),
    "lang": re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}"),
    "rowspan": re.compile(r"1?[0-9]?[0-9]"),
    "scope": re.compile(r"(row|col)(group)?", re.IGNORECASE),
    "start": re.compile(r"-?[0-9]{1,5}"),
    "value": re.compile(r"-?[0-9]{1,5}"),
}


@dataclass(frozen=True)
class Worked:
    html: str
    text: str
    start: str


def rework(markup: str, *, base_url: str | None, own_hosts: frozenset[str], lead: str | None) -> Worked:
    """Resolve links, turn media into links, tidy blocks; `markup` has been through the first cleaner."""
    root = _parse(markup)
    media.drop_lead(root, base_url, lead)
    for element in list(root.iter(*media.MEDIA)):
        media.to_link(element, base_url)
    for element in list(root.iter("a")):
        _mend_link(element, base_url, own_hosts)
    for element in list(root.iter("span")):
        if not element.attrib:
            element.drop_tag()
    for element in root.iter():
        _mend_attributes(element)
        if element.tag == "h1":
            element.tag = "h2"
    _drop_empty(root)
    _settle_divisions(root)
    _wrap_loose_text(root)
    _trim(root)
    text, start = _joined(_pieces(root)), _joined(_running(root))
    for element in list(root.iter("span")):
        if element.get("class") == media.MADE:
            element.drop_tag()
    return Worked(_inner(root), text, start)


def text_of(markup: str) -> str:
    """Return the text of any markup on one line, blocks parted by a space."""
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    root = _parse(markup)
    for element in list(root.iter("script", "style", "template", etree.Comment, etree.ProcessingInstruction)):
        element.drop_tree()
    return _joined(_pieces(root))


def _parse(markup: str) -> HtmlElement:
    return html.fragment_fromstring(markup, create_parent="div")


def _inner(root: HtmlElement) -> str:
    text = html.tostring(root, encoding="unicode")
    return text[text.index(">") + 1 : text.rindex("<")] if "</" in text else ""


def _mend_link(element: HtmlElement, base_url: str | None, own_hosts: frozenset[str]) -> None:
    address = link_address(element.get("href"), base_url, own_hosts) if element.get("href") else None
    if address is None:
        element.drop_tag()
        return
    element.set("href", address)
    element.set("rel", REL)


def _mend_attributes(element: HtmlElement) -> None:
    """Leave only values that mean something; sizes of cells are bounded, as a browser lays them all out."""
    for name, value in list(element.attrib.items()):
        if name in _VALUES and not _VALUES[name].fullmatch(value):
            del element.attrib[name]


def _drop_empty(root: HtmlElement) -> None:
    """Take away elements that show nothing, inner ones first."""
    for element in reversed(list(root.iter(*_DROPPED_WHEN_EMPTY))):
        only_breaks = all(child.tag == "br" and not (child.tail or "").strip() for child in element)
        if element is not root and only_breaks and not (element.text or "").strip(" \t\r\n\u200b"):
            if element.tag not in _BLOCKS:
                element.tail = (" " if element.text else "") + (element.tail or "")
            element.drop_tree()


def _settle_divisions(root: HtmlElement) -> None:
    """A `div` of running text is a paragraph; one that only holds blocks is not needed."""
    for element in list(root.iter("div")):
        if element is root or element.attrib:
            continue
        if not any(child.tag in _BLOCKS for child in element):
            if element.getparent().tag not in ("figcaption", "p", "span", "summary"):
                element.tag = "p"
        elif not (element.text or "").strip() and all(
            child.tag in _BLOCKS and not (child.tail or "").strip() for child in element
        ):
            element.drop_tag()


def _wrap_loose_text(root: HtmlElement) -> None:
    """Put text that stands between blocks into paragraphs; two line breaks in a row part them."""
    children, text = list(root), root.text or ""
    root.text = None
    for child in children:
        root.remove(child)
    paragraph = html.Element("p")
    paragraph.text = text
    for child in children:
        tail, child.tail = child.tail or "", None
        if child.tag in _BLOCKS or any(inner.tag in _BLOCKS for inner in child.iter()):
            _keep(root, paragraph)
            root.append(child)
            paragraph = html.Element("p")
            paragraph.text = tail
        elif (
            child.tag == "br"
            and len(paragraph)
            and paragraph[-1].tag == "br"
            and not (paragraph[-1].tail or "").strip()
        ):
            paragraph.remove(paragraph[-1])
            _keep(root, paragraph)
            paragraph = html.Element("p")
            paragraph.text = tail
        else:
            child.tail = tail
            paragraph.append(child)
    _keep(root, paragraph)


def _trim(root: HtmlElement) -> None:
    """Take breaks and space from both ends of paragraphs and cells, where they show nothing but a gap."""
    for element in root.iter("p", "li", "dd", "td", "th", "figcaption"):
        while len(element) and element[0].tag == "br" and not (element.text or "").strip():
            element.text = element[0].tail
            del element[0]
        while len(element) and element[-1].tag == "br" and not (element[-1].tail or "").strip():
            del element[-1]
        element.text = (element.text or "").lstrip() or None
        if len(element):
            element[-1].tail = (element[-1].tail or "").rstrip() or None
        elif element.text:
            element.text = element.text.rstrip()


def _keep(root: HtmlElement, paragraph: HtmlElement) -> None:
    if paragraph.text_content().strip():
        root.append(paragraph)


def _pieces(element: HtmlElement) -> Iterator[str]:
    """All text in order, with a space around blocks and at line breaks."""
    apart = element.tag in _BLOCKS or element.tag == "br"
    if apart:
        yield " "
    yield element.text or ""
    for child in element:
        yield from _pieces(child)
        yield child.tail or ""
    if apart:
        yield " "


def _running(element: HtmlElement) -> Iterator[str]:
    """Text of paragraphs and lists, without headings, tables, figures and our own labels."""
    if element.tag in _NOT_RUNNING or element.get("class") == media.MADE or _is_reference(element):
        return
    yield " " if element.tag in _BLOCKS or element.tag == "br" else ""
    yield element.text or ""
    for child in element:
        yield from _running(child)
        yield child.tail or ""
    yield " " if element.tag in _BLOCKS else ""


def _is_reference(element: HtmlElement) -> bool:
    """Whether an element is the mark of a footnote, or a bare address."""
    if element.tag == "sup":
        return element.find(".//a") is not None
    return bool(element.tag == "a" and re.match(r"https?://\S+$", element.text_content().strip()))


def _joined(pieces: Iterable[str]) -> str:
    return " ".join("".join(pieces).split())
