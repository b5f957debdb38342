"""What a body may cost (S05): checks before each step that could be dear, and a way to keep the words."""

import html
import re
from base64 import b64decode
from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from urllib.parse import unquote

SIZE_MAX = 200_000  # bytes
TAGS_MAX = 5_000
NESTING_MAX = 100
TAG_MAX = 4_000  # characters of one tag
ATTRIBUTES_MAX = 60
AMPERSANDS_MAX = 20_000  # and angle brackets that belong to no tag: each becomes an entity
WORK_MAX = 20_000  # pieces that the last cleaner takes one by one
MARKDOWN_WORK_MAX = 10_000  # signs, and lines, that may mean something
MARKDOWN_GRID_MAX = 5_000  # cells of tables, and lines times the depth they lie in

PICTURES_MAX = 100  # of one text; the rest stay links

DATA_NAME = "picture:"  # what a picture written into the markup is called, with its hash

SIGNS_KEPT = 10_000  # ampersands and brackets of a plain text; of a text that has more, none is kept
READ_MAX = 1_000_000  # characters of a body over a limit that are looked at
PARAGRAPHS_MAX = 1_000  # of plain text; what follows makes up the last one
LINES_MAX = 2_000  # of a plain text that keeps them
_FULL = range(60, 81)  # letters of a line that a program has broken, as in mails

# Their end tag may be left out, so that open ones say nothing about depth.
_OPTIONAL_ENDS = """
    area base br col dd dt embed hr img input li link meta optgroup option p param path source tbody
    td tfoot th thead tr track use wbr
"""
_OFTEN_OPEN = frozenset(_OPTIONAL_ENDS.split())
# Between quotes it may be written in many lines; elsewhere what follows a space is words.
_DATA_PICTURE = re.compile(
    r"(?P<place>src\s*+=\s*+|\]\(\s*+)?(?P<quote>[\"']\s*+)?data:image/[a-z0-9.+-]{1,20}"
    r"(?P<coding>[^\s\"'<>,]{0,60}),(?P<data>(?(quote)[A-Za-z0-9+/=%\s]*|[A-Za-z0-9+/=%]*))",
    re.IGNORECASE,
)
# A quote means something only behind an equals sign; elsewhere it is a letter like any other.
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?)*+)")
_VALUE = re.compile(r"=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_ANY_TAG = re.compile(r"<[^<>]*>")
_UNSHOWN = ("script", "style", "template", "textarea", "title")
_MARKDOWN_SIGN = re.compile(r"[\n\[\]!*_|~`<>&\\]")
_MARKDOWN_START = re.compile(r"^[ \t]*(?:[-+*>#|=]|\d+[.)])", re.MULTILINE)
_MARKDOWN_DEPTH = re.compile(r"(?:[ \t]*(?:>|[-+*](?=[ \t])))*")
_EMPTY_LINES = re.compile(r"\n(?:[ \t\r]*\n)+")


class Excess(Exception):
    """A body breaks a limit; the message says which, beginning with "it"."""


def without_data_pictures(markup: str) -> str:
    """Cut out pictures that are written into the markup itself; the address `picture:HASH` is left."""

    def named(found: re.Match[str]) -> str:
        return f"{found['place'] or ''}{found['quote'] or ''}{_name_of(found) if found['place'] else ''}"

    return _DATA_PICTURE.sub(named, markup) if "data:" in markup.lower() else markup


def data_picture(markup: str, name: str) -> bytes | None:
    """Return the bytes of the picture that `without_data_pictures` gave this name."""
    for found in _DATA_PICTURE.finditer(markup):
        if found["coding"].lower().endswith(";base64") and _name_of(found) == name:
            with suppress(ValueError):
                return b64decode("".join(unquote(found["data"]).split()))
    return None


def _name_of(found: re.Match[str]) -> str:
    return f"{DATA_NAME}{sha256(found['data'].encode()).hexdigest()}"


def check(markup: str) -> None:
    """See that HTML of anyone's writing keeps the limits, in time linear in its length. Raises Excess."""
    _check_size(markup)
    tags = _TAG.findall(markup)
    if len(tags) > TAGS_MAX:
        raise Excess(f"it has more than {TAGS_MAX:,} tags")
    long = [name + rest for _, name, rest in tags if len(name) + len(rest) > 2 * ATTRIBUTES_MAX]
    if any(len(tag) > TAG_MAX for tag in long):
        raise Excess(f"one tag is longer than {TAG_MAX // 1000} kB")
    if any(len(_VALUE.sub(" ", tag).replace("/", " ").split()) > ATTRIBUTES_MAX + 1 for tag in long):
        raise Excess(f"one tag has more than {ATTRIBUTES_MAX} attributes")
    if _depth(tags) > NESTING_MAX:
        raise Excess(f"it is nested deeper than {NESTING_MAX}")
    stray = abs(markup.count("<") - len(tags)) + abs(markup.count(">") - len(tags))
    if markup.count("&") + stray > AMPERSANDS_MAX:
        raise Excess(f"it has more than {AMPERSANDS_MAX:,} ampersands")


def check_text(text: str) -> None:
    """See that a plain text keeps the limits."""
    _check_size(text)
    if sum(map(text.count, "&<")) > SIGNS_KEPT:
        raise Excess(f"it has more than {SIGNS_KEPT:,} ampersands")


def check_markdown(text: str) -> None:
    """See that Markdown keeps the limits: that its parser need not try too often, nor lay out too much."""
    _check_size(text)
    if len(_MARKDOWN_SIGN.findall(text)) + 3 * len(_MARKDOWN_START.findall(text)) > MARKDOWN_WORK_MAX:
        raise Excess(f"it has more than {MARKDOWN_WORK_MAX:,} signs of Markdown")
    grid = 0
    for block in _EMPTY_LINES.split(text):
        lines = block.split("\n")
        grid += len(lines) * max(map(_markdown_width, lines))
    if grid > MARKDOWN_GRID_MAX:
        raise Excess(f"its tables have more than {MARKDOWN_GRID_MAX:,} cells, or it is nested too deep")


def check_growth(markup: str, base_url: str) -> None:
    """See that markup did not grow beyond all measure when it was mended, nor will by resolving links."""
    links = markup.count(' href="') + markup.count(' src="')
    if markup.count("<") > WORK_MAX or len(markup) + links * len(base_url) > 5 * SIZE_MAX:
        raise Excess("it becomes too large")


def check_work(markup: str) -> None:
    """See that what the last cleaner has to do, piece by piece, is done soon."""
    pieces = markup.count("<") + 2 * markup.count('="') + markup.count("&") + len(markup) // 100
    if pieces > WORK_MAX:
        raise Excess("it becomes too large")


def words_only(markup: str) -> str:
    """Return the text of markup that is over a limit, as paragraphs of escaped text and nothing else."""
    for name in _UNSHOWN:
        markup = _without(markup, name)
    return paragraphs(html.unescape(_ANY_TAG.sub("\n", markup)))


def paragraphs(text: str, *, escaped: bool = False, in_lines: bool = False) -> str:
    """Return plain text as HTML: empty lines part paragraphs. Too many signs become spaces.

    With `in_lines` its other lines stay lines as well, as far as its writer has broken them.
    """
    if not escaped:
        if sum(map(text.count, "&<")) > SIGNS_KEPT:
            text = text.translate(dict.fromkeys(map(ord, "&<"), " "))
        text = html.escape(text, quote=False)
    parts = _EMPTY_LINES.split(text.replace("\r\n", "\n"), maxsplit=PARAGRAPHS_MAX)
    in_lines = in_lines and text.count("\n") <= LINES_MAX
    blocks = (_broken(block) if in_lines else " ".join(block.split()) for block in parts)
    return "\n".join(f"<p>{block}</p>" for block in blocks if block)


def _broken(block: str) -> str:
    """The lines of a block; those that end where the next word has no room any more were broken to fit."""
    lines = [line for line in (" ".join(line.split()) for line in block.split("\n")) if line]
    width = max(map(len, lines), default=0)
    is_full = (len(line) + len(after.split(" ", 1)[0]) >= width for line, after in pairwise(lines))
    return (" " if width in _FULL and all(is_full) else "<br>\n").join(lines)


def _check_size(text: str) -> None:
    if len(text) > SIZE_MAX or len(text.encode("utf-8", "replace")) > SIZE_MAX:
        raise Excess(f"it is longer than {SIZE_MAX // 1000} kB")


def _depth(tags: list[tuple[str, str, str]]) -> int:
    """How deep elements are nested; an end tag counts only where its element is open."""
    depth = deepest = 0
    still_open: dict[str, int] = {}
    for slash, name, _ in tags:
        name = name.lower()
        if name in _OFTEN_OPEN:
            continue
        if not slash:
            still_open[name] = still_open.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif still_open.get(name):
            still_open[name] -= 1
            depth -= 1
    return deepest


def _markdown_width(line: str) -> int:
    """How many cells a line may have, or how deep it may lie in quotes and lists."""
    found = _MARKDOWN_DEPTH.match(line)
    depth = sum(map(found[0].count, ">-+*")) if found else 0
    return max(depth, line.count("|"))


def _without(markup: str, name: str) -> str:
    """Cut elements whose content is never text to read; one that never ends takes the rest along."""
    kept, at = [], 0
    opened, ended = (re.compile(f"<{slash}{name}", re.IGNORECASE | re.ASCII) for slash in ("", "/"))
    while start := opened.search(markup, at):
        kept.append(markup[at : start.start()])
        end = ended.search(markup, start.end())
        at = end.start() if end else len(markup)
    return "".join([*kept, markup[at:]])
