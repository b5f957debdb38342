"""What three parsers see in markup that is not on the allow-list."""

from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import html5lib
from lxml import html

from htmxnews.intake.clean import ATTRIBUTES, REL, SCHEMES, TAGS

Seen = tuple[str, dict[str, str | None]]  # an element's name and its attributes


def findings(markup: str) -> list[str]:
    """Whatever a browser could see in a cleaned body that may not be there, by any of the three parsers."""
    return sorted(
        {fault for parser in PARSERS for tag, held in parser(markup) for fault in faults(tag, held)}
    )


def faults(tag: str, held: dict[str, str | None]) -> Iterator[str]:
    """What is wrong with one element."""
    if tag not in TAGS:
        yield f"<{tag}>"
        return
    allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, frozenset())
    yield from (f"<{tag} {name}>" for name in held if name not in allowed)
    if "href" in held and (held["href"] or "").split(":")[0] not in SCHEMES:
        yield f"<{tag} href={held['href']!r}>"
    if tag == "a" and held.get("rel") != REL:
        yield f"<a rel={held.get('rel')!r}>"


def by_html5lib(markup: str) -> Iterator[Seen]:
    """As the standard says, comments and foreign elements included."""
    for element in html5lib.parseFragment(markup, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            yield "!--", {}
        elif element.tag != "DOCUMENT_FRAGMENT":
            yield element.tag, dict(element.attrib)


def by_lxml(markup: str) -> Iterator[Seen]:
    """As libxml2 reads HTML."""
    for element in html.fragment_fromstring(markup, create_parent="frame").iter():
        if not isinstance(element.tag, str):
            yield "!--", {}
        elif element.tag != "frame":
            yield element.tag, dict(element.attrib)


def by_html_parser(markup: str) -> Iterator[Seen]:
    """As Python's own tokenizer reads it, which builds no tree."""
    reader = _Tokens()
    reader.feed(markup)
    reader.close()
    yield from reader.seen


PARSERS = (by_html5lib, by_lxml, by_html_parser)


class _Tokens(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Seen] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.seen.append((f"!--{data[:20]}", {}))

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    handle_pi = unknown_decl = handle_comment


def words(markup: str) -> str:
    """The letters of a piece of markup, without any space."""
    fragment = html5lib.parseFragment(markup, namespaceHTMLElements=False)
    return without_space("".join(fragment.itertext()))


def without_space(text: str) -> str:
    return "".join(text.split())


def shape(elements: Iterable[Seen]) -> set[tuple[str, str]]:
    """Which attributes stand on which elements: what a page may be made of."""
    return {(tag, name) for tag, held in elements for name in ("", *held)}
