"""What RSS 1.0 and its modules tell as lists of RDF, rewritten as the elements that feedparser knows."""

import re
from urllib.parse import unquote_plus, urlsplit
from xml.sax.saxutils import escape

from htmxnews.intake import references
from htmxnews.intake.addresses import web_address
from htmxnews.intake.xml_gate import outside_cdata

# Subjects and creators that are lists, and topics, which are addresses.
_LIST = re.compile(r"<(/?)(dc:subject|dc:creator|taxo:topics|rdf:(?:Bag|Seq|Alt|li))(?![\w:.-])([^<>]*)>")
_RESOURCE = re.compile(r"\bresource\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_VALUE, _VALUE_END = re.compile(r"<rdf:value(?![\w:.-])([^<>]*)>"), "</rdf:value>"


def plainer(item: str) -> str:
    """The markup of an item without lists of RDF."""
    if "<rdf:" not in item:
        return item
    item = _with_whole_text(item) if "<content:item" in item else item
    return outside_cdata(item, _without_lists)


def _without_lists(markup: str) -> str:
    inside = ""

    def rewritten(found: re.Match[str]) -> str:
        nonlocal inside
        end, name, rest = found.groups()
        if not name.startswith("rdf:"):
            inside = "" if end or rest.endswith("/") else name
            return found[0]
        if inside == "taxo:topics":
            return _topic(rest) if name == "rdf:li" and not end else ""
        if not inside:
            return found[0]
        return f"</{inside}><{inside}>" if name == "rdf:li" and not end else ""

    return _LIST.sub(rewritten, markup)


def _topic(attributes: str) -> str:
    """A category by the last word of an address; what stands behind a question mark names nothing."""
    found = _RESOURCE.search(attributes)
    address = references.unescaped(found[1] or found[2] or "") if found else ""
    parts = urlsplit(web_address(address) or "")
    name = unquote_plus(parts.path.rstrip("/").rpartition("/")[2]).replace("_", " ")
    is_name = not parts.query and any(letter.isalpha() for letter in name)
    return f"<category>{escape(name)}</category>" if is_name else ""


def _with_whole_text(item: str) -> str:
    """The values of content:items as texts: of XML where they are said to be a literal."""
    kept, at = [], 0
    while (start := _VALUE.search(item, at)) and (end := item.find(_VALUE_END, start.end())) >= 0:
        value = item[start.end() : end]
        words = escape(value) if "Literal" in start[1] else value
        kept += [item[at : start.start()], f"<fullitem>{words}</fullitem>"]
        at = end + len(_VALUE_END)
    return "".join([*kept, item[at:]])
