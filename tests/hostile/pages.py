"""What the site shows, taken apart: the body of a story, and all that stands around it."""

import json
from collections.abc import Iterator

import html5lib
from lxml import etree

from hostile.judges import Seen

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"


def page(data: bytes) -> etree._Element:
    """The tree of a page as the standard says."""
    return html5lib.parse(data, treebuilder="lxml", namespaceHTMLElements=False)


def elements(tree: etree._Element) -> Iterator[Seen]:
    """Every element of a page in order; comments as such."""
    for element in tree.iter():
        if isinstance(element.tag, str):
            yield element.tag, {str(name): value for name, value in element.attrib.items()}
        else:
            yield "!--", {}


def body_of(tree: etree._Element) -> etree._Element:
    """The part of a story's page that its source wrote."""
    [body] = tree.xpath("//div[contains(concat(' ', @class, ' '), ' body ')]")
    return body


def bodies_of_atom(data: bytes) -> list[str]:
    return [content.text or "" for content in etree.fromstring(data).iter(f"{ATOM}content")]


def bodies_of_rss(data: bytes) -> list[str]:
    return [content.text or "" for content in etree.fromstring(data).iter(CONTENT)]


def bodies_of_json(data: bytes) -> list[str]:
    return [item["content_html"] for item in json.loads(data)["items"]]
