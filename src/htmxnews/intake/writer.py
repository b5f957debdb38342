"""Writes the markup of one body for our page."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from htmxnews.intake import limits, media, shown
from htmxnews.intake.addresses import link_address
from htmxnews.intake.elements import (
    BLOCKS,
    CELLS,
    DIVISIONS,
    GLOSSES,
    HEADINGS,
    LINES,
    NOT_RUNNING,
    RENAMED,
    SCROLLED,
    attributes_of,
    href,
    is_alone,
    is_astray,
    quoted,
)
from htmxnews.intake.flow import BREAK, Flow
from htmxnews.text import letters_of

DEEPEST = 200  # levels of elements

_BARE_ADDRESS = re.compile(r"\s*https?://\S+\s*")
_FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]")
_FIRST_LINES = re.compile(r"\A((?:<[^>]*>)*)\n+")


class Writer:
    """Writes the markup of one body, and notes its words on the way."""

    def __init__(
        self, base_url: str | None, own_hosts: frozenset[str], known: shown.Pictures, *, shifted: bool
    ) -> None:
        self.words: list[str] = []
        self.pictures: list[str] = []  # addresses
        self._known = known
        self._aside: list[range] = []  # of the words: headings, tables, figures and our own labels
        self._base_url = base_url
        self._own_hosts = own_hosts
        self._shifted = shifted  # all headings one level down: the first level is the page's own
        self._in_link = False
        self._links = 0

    def page(self, root: HtmlElement) -> str:
        flow = Flow("body", in_paragraphs=True)
        self._inside(root, flow, 0)
        return flow.content()

    def running(self) -> Iterator[str]:
        """The words that make up running text."""
        at = 0
        for aside in self._aside:
            yield from self.words[at : aside.start]
            at = aside.stop
        yield from self.words[at:]

    def _inside(self, element: HtmlElement, flow: Flow, level: int) -> None:
        if level > DEEPEST:
            raise limits.Excess(f"it is nested deeper than {limits.NESTING_MAX}")
        if element.text:
            self._say(element.text, flow)
        for child in element:
            self._write(child, flow, level + 1)
            if child.tail:
                self._say(child.tail, flow)

    def _say(self, text: str, flow: Flow) -> None:
        self.words.append(flow.add_text(text))

    def _words_apart(self) -> None:
        self.words.append(" ")

    def _set_aside(self, start: int) -> None:
        """Count the words from `start` on as no running text."""
        while self._aside and self._aside[-1].start >= start:
            self._aside.pop()
        self._aside.append(range(start, len(self.words)))

    def _write(self, element: HtmlElement, flow: Flow, level: int) -> None:
        tag = RENAMED.get(element.tag, element.tag)
        if tag == "br":
            flow.add_break()
            self._words_apart()
        elif tag in media.MEDIA:
            self._media(element, flow, level)
        elif tag == "hr":
            flow.add_block("<hr>")
            self._words_apart()
        elif tag in DIVISIONS or (tag in BLOCKS and is_astray(tag, flow.owner)):
            self._words_apart()
            self._division(element, flow, level)
            self._words_apart()
        elif tag in BLOCKS:
            self._words_apart()
            self._block(element, tag, flow, level)
            self._words_apart()
        else:
            self._inline(element, tag, flow, level)

    def _division(self, element: HtmlElement, flow: Flow, level: int) -> None:
        """A division of text is a paragraph; one that holds blocks is not needed, if it says nothing more."""
        if flow.owner in LINES:
            flow.begin_line()
            self._inside(element, flow, level)
            flow.begin_line()
            return
        attributes = attributes_of(element)
        inner = Flow(flow.owner) if attributes else flow
        inner.end_line()
        before, inner.in_paragraphs = inner.in_paragraphs, True
        self._inside(element, inner, level)
        inner.end_line()
        inner.in_paragraphs = before
        if attributes and inner.shows:
            flow.add_block(inner.framed(attributes))

    def _block(self, element: HtmlElement, tag: str, flow: Flow, level: int) -> None:
        mark = len(self.words)
        inner = Flow(tag)
        self._inside(element, inner, level)
        content = (inner.as_line() or inner.content()) if tag == "pre" else inner.content()
        if tag in NOT_RUNNING:
            self._set_aside(mark)
        if tag == "pre":
            content = _FIRST_LINES.sub(r"\1", content, count=1)
        if self._shifted and tag in HEADINGS:
            tag = f"h{min(int(tag[1]) + 1, 6)}"
        if inner.shows or tag in CELLS:
            reached = ' tabindex="0"' if tag in SCROLLED else ""
            flow.add_block(f"<{tag}{attributes_of(element)}{reached}>{content}</{tag}>", inner.shows)

    def _inline(self, element: HtmlElement, tag: str, flow: Flow, level: int) -> None:
        attributes = self._link_attributes(element) if tag == "a" else attributes_of(element)
        doubled = tag in GLOSSES and element.getparent().tag in GLOSSES
        if tag == "a" and flow.owner in HEADINGS and _is_handle(element):
            return
        if (not attributes and tag in ("a", "span", "source")) or doubled:
            self._inside(element, flow, level)
            return
        if not attributes and len(element) == 1 and element[0].tag == "span" and is_alone(element[0]):
            element = element[0]
            attributes = attributes_of(element)
        mark, links = len(self.words), self._links
        inner = Flow(flow.owner)
        before, self._in_link = self._in_link, self._in_link or tag == "a"
        self._inside(element, inner, level)
        self._in_link = before
        if (tag == "sup" and (self._links > links or self._is_mark(mark))) or (
            tag == "a" and self._is_bare_address(mark)
        ):
            self._set_aside(mark)  # the mark of a footnote, or an address instead of words
        self._links += tag == "a"
        line = inner.as_line()
        if line is not None:
            flow.add_inline(f"<{tag}{attributes}>{line}</{tag}>")
        elif inner.has_blocks:
            flow.add_block(f"<{tag}{attributes}>{inner.content()}</{tag}>", inner.shows)
        elif rest := inner.rest():
            flow.add_break() if rest == BREAK else flow.add_text(rest)

    def _link_attributes(self, element: HtmlElement) -> str:
        """The attributes of a link that leads somewhere, else nothing."""
        target = element.get("href")
        address = None
        if target and not self._in_link:
            address = link_address(target, self._base_url, self._own_hosts)
        return f"{href(address)}{attributes_of(element)}" if address else ""

    def _is_mark(self, mark: int) -> bool:
        return _FOOTNOTE_MARK.fullmatch("".join(self.words[mark:])) is not None

    def _is_bare_address(self, mark: int) -> bool:
        return _BARE_ADDRESS.fullmatch("".join(self.words[mark:])) is not None

    def _media(self, element: HtmlElement, flow: Flow, level: int) -> None:
        """A link that says what it is in the place of a picture, player or frame."""
        label = media.label_of(element, self._base_url)
        if label is None:
            self._inside(element, flow, level)
            return
        if label.sign:
            if label.text:
                self._say(label.text, flow)
            return
        address = label.address
        if element.tag == "img" and address and self._is_shown(element, address, label.doubtful, flow):
            return
        if not label.text:
            return
        if address and media.is_data_name(address) and not media.alt_of(element):
            return  # neither words nor a place to follow
        words = label.text.replace("&", "&amp;").replace("<", "&lt;")
        if address and not self._in_link and _leads_away(address, self._own_hosts):
            words = f"<a{href(address)}>{words}</a>"
        self.words.append(f" {label.text}" if flow.add_label(words) else label.text)
        self._set_aside(len(self.words) - 1)

    def _is_shown(self, picture: HtmlElement, address: str, doubtful: bool, flow: Flow) -> bool:
        """Note a picture, and write it where it may be shown, or nothing where it shows nothing."""
        if len(self.pictures) == limits.PICTURES_MAX:
            return False
        self.pictures.append(address)
        attributes = self._known.attributes(address, media.declared_size(picture))
        if doubtful and not self._known.is_higher_than(media.BANNER, address):
            return True
        if attributes:
            alt = media.alt_of(picture) or ("Picture" if self._in_link else "")  # else the link has no name
            told = {**attributes, "alt": alt}.items()
            flow.add_inline("<img" + "".join(f' {name}="{quoted(value)}"' for name, value in told) + ">")
        return attributes is not None


def _is_handle(link: HtmlElement) -> bool:
    """Whether a link in a heading, a mere sign, only serves to link to that heading."""
    is_sign = not letters_of(link.text_content()) and next(link.iter(*media.MEDIA), None) is None
    return is_sign and "#" in (link.get("href") or "")


def _leads_away(address: str, own_hosts: frozenset[str]) -> bool:
    """Whether an address is one to follow, and not on a host of ours."""
    return not media.is_data_name(address) and urlsplit(address).hostname not in own_hosts
