"""Elements of a body by what they are on our page, and the attributes that they may keep."""

import re

from lxml.html import HtmlElement

# Parts of a page and pieces of a form: all that they say is where a paragraph ends.
_DIVISION_NAMES = """
    address article aside center dialog div fieldset footer form header hgroup legend main nav optgroup
    option p section
"""
DIVISIONS = frozenset(_DIVISION_NAMES.split())
RENAMED = {"acronym": "abbr", "dir": "ul", "menu": "ul", "strike": "s", "tt": "code"}

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
LINES = HEADINGS | {"caption", "dt", "figcaption", "pre", "summary"}  # blocks without paragraphs
CELLS = {"tbody", "td", "tfoot", "th", "thead", "tr"}  # shown though they may be empty
BLOCKS = LINES | CELLS | {"blockquote", "dd", "details", "dl", "figure", "li", "ol", "table", "ul"}
HOME = {"dd": {"dl"}, "dt": {"dl"}, "figcaption": {"figure"}, "li": {"ol", "ul"}, "summary": {"details"}}
GLOSSES = {"rp", "rt"}
SCROLLED = {"pre", "table"}  # where wider than the page, in a box of their own, which keys must reach
NOT_RUNNING = {"caption", "details", "dl", "figure", "pre", "table"} | HEADINGS

_VALUES = {
    "colspan": re.compile(r"[1-3]?[0-9]"),
    "datetime": re.compile(r"[0-9T:.+Z -]{4,40}"),
    "dir": re.compile(r"ltr|rtl|auto", re.IGNORECASE),
    "lang": re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}"),
    "rowspan": re.compile(r"1?[0-9]?[0-9]"),
    "scope": re.compile(r"(row|col)(group)?", re.IGNORECASE),
    "start": re.compile(r"-?[0-9]{1,5}"),
    "title": re.compile(r".{1,300}", re.DOTALL),
    "value": re.compile(r"-?[0-9]{1,5}"),
}


def is_astray(tag: str, owner: str) -> bool:
    """Whether an element stands where it means nothing: an item without a list, a heading in a heading."""
    return owner not in HOME.get(tag, (owner,)) or (tag in HEADINGS and owner in HEADINGS)


def is_alone(element: HtmlElement) -> bool:
    """Whether an element is all that its parent holds."""
    return not element.tail and not element.getparent().text


def attributes_of(element: HtmlElement) -> str:
    """Attributes whose values mean something; sizes of cells are bounded, as a browser lays them all out."""
    if not element.attrib:
        return ""
    found = ((name, value) for name, value in element.items() if name in _VALUES)
    return "".join(f' {name}="{quoted(value)}"' for name, value in found if _VALUES[name].fullmatch(value))


def href(address: str) -> str:
    return f' href="{quoted(address)}"'


def quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
