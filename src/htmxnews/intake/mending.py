"""XML that is nearly well-formed, mended: the faults that generators make, put right as a browser would."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from htmxnews.intake import references
from htmxnews.intake.xml_gate import OPTIONAL_ENDS, VOID, outside_cdata

_ALONE_MAX = 1_000  # broken items that get a document of their own
_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")
_ALWAYS_DECLARED = {"xml", "xmlns"}
_VOCABULARIES = {"atom": "http://www.w3.org/2005/Atom"}  # feedparser knows the others by their prefixes too

_ENTITY = re.compile(r"&(#(?:[xX][0-9a-fA-F]{1,6}|[0-9]{1,7})|\w{1,40});|&")
_STRAY = re.compile(r"<(?![/!?]|[^\W\d])|<(?!!)(?=[^<>]*+(?:<|\Z))")
_MARK = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[!?][^<>]*>?|<(/?)([^\W\d][^\s<>/]*)([^<>]*)>", re.DOTALL
)
_ATTRIBUTE = re.compile(r"(?<![\w:.-])([^\W\d][\w:.-]*+)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_PREFIX = re.compile(r"(?<=[\s</])([^\W\d][\w.-]*):[^\W\d]")
_DECLARED = re.compile(r"\bxmlns:([^\s=]+)\s*=")
_SPACE = re.compile(r"\s")
_SECTION, _SECTION_END = "<![CDATA[", "]]>"
# None of these holds another: one that begins ends the one before, whose end is missing or misspelt.
_FIELDS = {
    *("title", "link", "guid", "pubdate", "description", "author", "category", "comments", "enclosure"),
    *("content:encoded", "dc:creator", "dc:date", "dc:subject"),
}
_ROOT = re.compile(r"<[^\W\d][^\s<>/]*")


@dataclass
class Tally:
    """How many items were not well-formed."""

    broken: int = 0


def documents(items: list[str], frame: tuple[str, str], tally: Tally) -> Iterator[str]:
    """Yield the items as documents for a parser, which together hold all of them in order.

    What is well-formed stays as it is; a broken item is mended in a document of its own, so that its fault
    costs no other anything.
    """
    document = "".join([frame[0], *items, frame[1]])
    if is_well_formed(document):
        yield document
    elif len(items) > 1 and tally.broken < _ALONE_MAX:
        half = len(items) // 2
        yield from documents(items[:half], frame, tally)
        yield from documents(items[half:], frame, tally)
    else:
        tally.broken += len(items)
        yield mended(document)


def is_well_formed(document: str) -> bool:
    vocabularies: set[str] = set()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartNamespaceDeclHandler = lambda _, name: vocabularies.add((name or "").strip())
    try:
        parser.Parse(document.encode(), True)
    except expat.ExpatError:
        return False
    return not any(map(_SPACE.search, vocabularies))  # feedparser takes them apart at spaces


def mended(document: str) -> str:
    """The document, well-formed unless it is very odd, with all that it says."""
    document = outside_cdata(
        references.mended(_without_endless(document)),
        lambda part: _STRAY.sub("&lt;", _ENTITY.sub(_letter, part)),
    )
    return _with_prefixes(_balanced(document))


def _without_endless(document: str) -> str:
    """What a section that never ends would hold, as the markup that it is."""
    at = document.rfind(_SECTION)
    if at < 0 or document.find(_SECTION_END, at) >= 0:
        return document
    return document[:at] + document[at + len(_SECTION) :]


def _letter(found: re.Match[str]) -> str:
    """A letter for a name that HTML knows and XML does not."""
    name = found[1]
    if not name:
        return "&amp;"
    return found[0] if name[0] == "#" or name in _XML_NAMES else escape(html5.get(f"{name};", found[0]))


def _balanced(document: str) -> str:
    """Every element ended within the one that it is in, and every attribute quoted."""
    still_open: list[str] = []

    def balance(found: re.Match[str]) -> str:
        end, name, inside = found.groups()
        if name is None:
            return found[0] if found[0].endswith(("-->", "]]>")) else ""
        lower = name.lower()
        if not end:
            tag = f"<{name}{_attributes(inside)}"
            if inside.endswith("/") or lower in VOID:
                return f"{tag}/>"
            before = still_open[-1] if still_open else ""
            if lower in _FIELDS and before.lower() in _FIELDS:
                still_open[-1] = name
                return f"</{before}>{tag}>"
            if lower in OPTIONAL_ENDS and before == name:
                return f"</{name}>{tag}>"
            still_open.append(name)
            return f"{tag}>"
        if lower not in (one.lower() for one in still_open):
            return ""
        ended: list[str] = []
        while not ended or ended[-1].lower() != lower:
            ended.append(still_open.pop())
        return "".join(f"</{one}>" for one in ended)

    balanced = _MARK.sub(balance, document)
    return balanced + "".join(f"</{name}>" for name in reversed(still_open))


def _attributes(inside: str) -> str:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(inside):
        value = double or single or bare.rstrip("/")
        found.setdefault(name, _SPACE.sub("", value) if name.startswith("xmlns") else value)
    return "".join(f" {name}={quoteattr(value).replace('&amp;', '&')}" for name, value in found.items())


def _with_prefixes(document: str) -> str:
    used = {prefix for mark in _MARK.finditer(document) if mark[2] for prefix in _PREFIX.findall(mark[0])}
    unknown = sorted(used - set(_DECLARED.findall(document)) - _ALWAYS_DECLARED)[:50]
    declared = "".join(f' xmlns:{name}="{_VOCABULARIES.get(name, f"urn:{name}")}"' for name in unknown)
    return _ROOT.sub(lambda found: found[0] + declared, document, count=1)
