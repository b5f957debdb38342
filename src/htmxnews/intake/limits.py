"""What a body may cost before anything parses it (S05): one pass, and a way out that keeps the words."""

import html
import re

SIZE_MAX = 200_000  # bytes
TAGS_MAX = 5_000
NESTING_MAX = 100
TAG_MAX = 4_000  # characters of one tag
ATTRIBUTES_MAX = 60
AMPERSANDS_MAX = 20_000  # and angle brackets that belong to no tag: each becomes an entity
PARAGRAPHS_MAX = 1_000  # of plain text; what follows makes up the last one

# Their end tag may be left out, so that open ones say nothing about depth.
_OPTIONAL_ENDS = """
    area base br col dd dt embed hr img input li link meta optgroup option p param path source tbody
    td tfoot th thead tr track use wbr
"""
_OFTEN_OPEN = frozenset(_OPTIONAL_ENDS.split())
_DATA_PICTURE = re.compile(r"data:image/[a-z0-9.+-]{1,20}[^\s\"'<>,]{0,60},[A-Za-z0-9+/=%\s]*", re.IGNORECASE)
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
# A quote means something only behind an equals sign; elsewhere it is a letter like any other.
_TAG = re.compile(r"<(?:[^>=]|=\s*+(?:\"[^\"]*\"|'[^']*')?)*+>")
_VALUE = re.compile(r"=\s*+(?:\"[^\"]*\"|'[^']*')")
_ANY_TAG = re.compile(r"<[^<>]*>")
_UNSHOWN = ("script", "style", "template", "textarea", "title")


def without_data_pictures(markup: str) -> str:
    """Cut out pictures that are written into the markup itself; an empty address is left."""
    return _DATA_PICTURE.sub("", markup) if "data:" in markup.lower() else markup


def excess(markup: str) -> str:
    """Return which limit `markup` breaks, in words, or an empty string. Linear in its length."""
    if len(markup) > SIZE_MAX or len(markup.encode("utf-8", "replace")) > SIZE_MAX:
        return f"it is longer than {SIZE_MAX // 1000} kB"
    tags, depth, at = 0, 0, markup.find("<")
    still_open: dict[str, int] = {}
    while at >= 0:
        name = _NAME.match(markup, at, at + 80)
        if name:
            tags += 1
            if complaint := _tag_excess(markup, at):
                return complaint
            depth += _step(name[1].lower(), markup[at + 1] == "/", still_open)
            if tags > TAGS_MAX:
                return f"it has more than {TAGS_MAX:,} tags"
            if depth > NESTING_MAX:
                return f"it is nested deeper than {NESTING_MAX}"
        at = markup.find("<", at + 1)
    if markup.count("&") + abs(markup.count("<") - tags) + abs(markup.count(">") - tags) > AMPERSANDS_MAX:
        return f"it has more than {AMPERSANDS_MAX:,} ampersands"
    return ""


def words_only(markup: str) -> str:
    """Return the text of markup that is over a limit, as paragraphs of escaped text and nothing else."""
    for name in _UNSHOWN:
        markup = _without(markup, name)
    return paragraphs(html.unescape(_ANY_TAG.sub("\n", markup))[:SIZE_MAX])


def paragraphs(text: str) -> str:
    """Return plain text as HTML: empty lines part paragraphs."""
    if sum(map(text.count, "&<>")) > AMPERSANDS_MAX:
        text = text.translate(dict.fromkeys(map(ord, "&<>"), " "))
    parts = re.split(r"\n[ \t\r]*\n", text.replace("\r\n", "\n"), maxsplit=PARAGRAPHS_MAX)
    blocks = (" ".join(block.split()) for block in parts)
    return "\n".join(f"<p>{html.escape(block)}</p>" for block in blocks if block)


def _tag_excess(markup: str, at: int) -> str:
    found = _TAG.match(markup, at, at + TAG_MAX + 1)
    end = found.end() if found else markup.find(">", at, at + TAG_MAX + 1)
    if end < 0:
        return f"one tag is longer than {TAG_MAX // 1000} kB" if len(markup) - at > TAG_MAX else ""
    if len(_VALUE.sub(" ", markup[at:end]).split()) > ATTRIBUTES_MAX:
        return f"one tag has more than {ATTRIBUTES_MAX} attributes"
    return ""


def _step(name: str, closes: bool, still_open: dict[str, int]) -> int:
    """How much deeper a tag leads; an end tag counts only where its element is open."""
    if name in _OFTEN_OPEN:
        return 0
    if not closes:
        still_open[name] = still_open.get(name, 0) + 1
        return 1
    if still_open.get(name):
        still_open[name] -= 1
        return -1
    return 0


def _without(markup: str, name: str) -> str:
    """Cut elements whose content is never text to read; one that never ends takes the rest along."""
    kept, at, lower = [], 0, markup.lower()
    while (start := lower.find(f"<{name}", at)) >= 0:
        kept.append(markup[at:start])
        end = lower.find(f"</{name}", start)
        at = end if end >= 0 else len(markup)
    return "".join([*kept, markup[at:]])
