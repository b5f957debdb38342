"""What looks at an XML document before any parser does (S14): measured, it is refused or cut into pieces.

Nothing is expanded, followed or built here: it is one pass over the marks of the text, in the memory of a
mark. What comes out begins at the root and holds no document type: no parser can be told to do anything.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from xml.sax.saxutils import escape

from htmxnews.intake import references
from htmxnews.intake.decoding import Text
from htmxnews.intake.draft import Unreadable

DEPTH_MAX = 256
ATTRIBUTES_MAX = 256  # of one element
NAMESPACES_MAX = 256  # prefixes in one document
TAG_MAX = 1_000_000  # characters of one tag: some hold a whole picture
ITEM_MAX = 5_000_000  # characters of one item
TERMS_MAX = 1_000  # categories of one item: some parsers compare each with each
AROUND_MAX = 10_000_000  # characters of what is no item
FRAME_MAX = 50_000  # characters of the tags around the items
PIECE = 500_000  # characters of items that a parser gets at a time

_TERMS = ("category", "keywords", "subject")
_PART_MAX = 100_000  # characters from the start of an item in which another may be a part of it
_ENDLESS_MAX = 8
_DOCTYPE_MAX = 10_000
_ENTITIES_MAX, _VALUE_MAX, _EXPANSION_MAX = 50, 100, 100_000

_ROOTS = ("rss", "feed", "rdf", "channel", "opml")
_ITEMS = ("item", "entry")
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "meta", "param", "track", "wbr"}
OPTIONAL_ENDS = {"dd", "dt", "li", "option", "p", "td", "th", "tr"}

# In XML a tag holds no <, and a > only between quotes; where that fits nothing, the nearest > ends it.
_TAG = re.compile(r"<(/?)([^\W\d][^\s<>/=\"']*)((?:[^<>\"']++|\"[^\"<]*\"|'[^'<]*')*+)>")
_LOOSE_TAG = re.compile(r"<(/?)([^\W\d][^\s<>/=\"']*)([^<>]*+)>")
_VALUE = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")
_PREFIX = re.compile(r"\bxmlns:([^\s=]+)\s*=")
# An instruction ends with ?>, but the broken ones do not, and nobody reads them.
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": ">"}
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)

_DOCTYPE = re.compile(r"<!DOCTYPE\b(?:[^<>\[\"']++|\"[^\"]*\"|'[^']*')*+([>\[])", re.IGNORECASE)
_WORDS = rf"(?:[^<&%\"']|&\#x?[0-9a-fA-F]{{1,6}};){{0,{_VALUE_MAX}}}"
_ENTITY = re.compile(rf"<!ENTITY\s+([\w.-]{{1,50}})\s+(?:\"({_WORDS})\"|'({_WORDS})')\s*>")
_NOTHING = re.compile(r"\s++|<!--.*?-->", re.DOTALL)
_SUBSET_END = re.compile(r"\]\s*>")


@dataclass(frozen=True)
class Caps:
    """What depends on the kind of document."""

    items: int = 100_000
    item_tags: int = 20_000


@dataclass
class Outline:
    """Where the items of a document lie, and what stands around them."""

    text: Text
    caps: Caps
    root: str = ""  # name of the root without its prefix, in lower case; empty where there are no tags
    frame: tuple[str, str] = ("", "")  # the tags of the elements around the items, to open and to close them
    rest: str = ""  # all that is no item, as a document of its own
    ends_early: bool = False
    too_large: int = 0  # items that were cut out
    too_many: int = 0
    entities: dict[str, str] = field(default_factory=dict)
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    ends: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def items(self) -> int:
        """How many items `pieces` gives."""
        return len(self.starts)

    def pieces(self, size: int = PIECE) -> Iterator[list[str]]:
        """Yield the texts of all items, in lists of about `size` characters."""
        piece: list[str] = []
        length = 0
        for item in _cut(_whole(self.text.chunks()), zip(self.starts, self.ends, strict=True)):
            if piece and length + len(item) > size:
                yield piece
                piece, length = [], 0
            piece.append(self.resolved(item))
            length += len(item)
        if piece:
            yield piece

    def resolved(self, text: str) -> str:
        """The text with the words that its document type names put in, and with no odd references."""
        text = references.mended(text)
        if not self.entities:
            return text
        named = re.compile(f"&({'|'.join(map(re.escape, self.entities))});")
        return outside_cdata(text, lambda part: named.sub(lambda found: self.entities[found[1]], part))


def admit(text: Text, caps: Caps = Caps()) -> Outline:
    """Measure a document. Raises Unreadable for one that no parser should see."""
    endless: set[int] = set()
    while True:
        scan = _Scan(Outline(text, caps), endless)
        for chunk in _whole(text.chunks()):
            scan.feed(chunk)
        outline = scan.finish()
        if scan.endless_from < 0 or len(endless) == _ENDLESS_MAX:
            return outline
        endless.add(scan.endless_from)


def outside_cdata(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` made to all but its CDATA sections."""
    parts = _CDATA.split(text)
    return "".join(part if place % 2 else change(part) for place, part in enumerate(parts))


class _Scan:
    """One pass over the marks of a document, given in chunks."""

    def __init__(self, outline: Outline, endless: set[int]) -> None:
        self.endless_from = -1  # where a comment, section or instruction starts that has not ended yet
        self._endless = endless  # where those start that never do: they are no more than their first sign
        self._outline = outline
        self._pending, self._base = "", 0  # the start of a mark whose end is to come, and where it stands
        self._until = ""  # what ends the comment, section or instruction that is open
        self._open: list[str] = []  # names of the elements that are open
        self._tags: list[str] = []  # and the start tags of those that are no part of an item
        self._item = -1  # where the item that is open starts, -1 for none
        self._level = 0  # how many elements are open around it
        self._item_tags = self._terms = 0
        self._met_items = False
        self._outside = StringIO()
        self._over = False  # the root has ended
        self._prefixes: set[str] = set()
        self._expanded = 0

    def feed(self, chunk: str, last: bool = False) -> None:
        text, at = self._pending + chunk, 0
        while at < len(text):
            to = self._ended(text, at, last) if self._until else self._marked(text, at, last)
            if to is None:
                break
            at = to
        self._pending, self._base = text[at:], self._base + at
        for name, words in self._outline.entities.items():
            self._expanded += chunk.count(f"&{name};") * len(words)
        if self._expanded > _EXPANSION_MAX:
            raise Unreadable("repeats the words of its document type too often")

    def finish(self) -> Outline:
        """Take what is left as it is, and close what is open."""
        self.feed("", last=True)
        outline, still_open = self._outline, self._open
        outline.ends_early = bool(still_open)
        if self._item >= 0:
            self._end_item(self._base + len(self._pending))
            still_open = still_open[: self._level]
        outline.rest = outline.resolved(self._outside.getvalue() + _closing(still_open))
        return outline

    def _ended(self, text: str, at: int, last: bool) -> int | None:
        """Pass over a comment, section or instruction: where it ends, None when that is to come."""
        end = text.find(self._until, at)
        if end >= 0:
            to, self._until, self.endless_from = end + len(self._until), "", -1
        else:
            to = len(text) if last else max(at, len(text) - 2)  # the end may have begun
        self._keep(text, at, to)
        return to if end >= 0 or to > at else None

    def _marked(self, text: str, at: int, last: bool) -> int | None:
        """Pass over text and the mark behind it: where that ends, None when that is to come."""
        start = text.find("<", at)
        if start != at:
            start = start if start >= 0 else len(text)
            self._keep(text, at, start)
            return start
        if text.startswith(("<!", "<?"), at) and self._base + at not in self._endless:
            for begin, end in _ENDS.items():
                if text.startswith(begin, at):
                    self._until, self.endless_from = end, self._base + at
                    self._keep(text, at, at + len(begin))
                    return at + len(begin)
            if not self._outline.root and text[at : at + 9].upper() == "<!DOCTYPE":
                return self._doctype(text, at, last)
        found = _TAG.match(text, at)
        if not found and text.find("<", at + 1) < 0 and not last:
            if len(text) - at > TAG_MAX:
                raise Unreadable(f"has a tag longer than {TAG_MAX // 1_000_000} MB")
            return None
        found = found or _LOOSE_TAG.match(text, at)
        if not found:
            self._keep(text, at, at + 1)
            return at + 1
        (self._end_tag if found[1] else self._start_tag)(found)
        return found.end()

    def _start_tag(self, found: re.Match[str]) -> None:
        name, inside = found[2], found[3]
        self._check_attributes(inside)
        lower = name.lower()
        local = lower.rpartition(":")[2]
        if self._is_root(local):
            # What stood before is no part of the document: the words of a broken server, more often than not.
            self._outline.root = local
            self._outside = StringIO()
            self._open.clear()
            self._tags.clear()
        self._item_tags += 1
        self._terms += local in _TERMS
        closed = inside.endswith("/")
        if local in _ITEMS and self._starts_item(name, self._base + found.start()):
            self._start_item(self._base + found.start())
            if closed:
                self._end_item(self._base + found.end())
                return
        self._keep(found.string, found.start(), found.end())
        if closed or lower in VOID:
            return
        if lower in OPTIONAL_ENDS and self._open and self._open[-1] == name:
            return
        self._open.append(name)
        if self._item < 0:
            self._tags[len(self._open) - 1 :] = [found[0]]
        if len(self._open) > DEPTH_MAX:
            raise Unreadable(f"is nested deeper than {DEPTH_MAX}")

    def _end_tag(self, found: re.Match[str]) -> None:
        name = found[2]
        if name not in self._open:
            name = next((one for one in reversed(self._open) if one.lower() == name.lower()), "")
        if not name:
            self._keep(found.string, found.start(), found.end())
            return
        while self._open.pop() != name:
            pass
        if self._item >= 0 and len(self._open) <= self._level:
            own = len(self._open) == self._level
            self._end_item(self._base + (found.end() if own else found.start()))
            if own:
                return
        self._keep(found.string, found.start(), found.end())
        self._over = self._over or (not self._open and self._outline.root in _ROOTS)

    def _is_root(self, local: str) -> bool:
        if self._item >= 0 or self._outline.root in _ROOTS:
            return False
        return not self._open or (local in _ROOTS[:3] and not self._prefixes and not self._met_items)

    def _starts_item(self, name: str, at: int) -> bool:
        """Whether a tag with an item's name begins one, and no part of the one that is open."""
        is_inside = len(self._open) > self._level
        is_deep = len(self._open) > self._level + 1 or (is_inside and self._open[self._level] != name)
        is_part = is_deep and at - self._item < _PART_MAX
        return self._item < 0 or not is_part

    def _start_item(self, at: int) -> None:
        if self._item >= 0:
            self._end_item(at)  # its end tag is missing
            del self._open[self._level :]
        elif not self._met_items:
            self._met_items = True
            around = [
                (tag, name)
                for tag, name in zip(self._tags, self._open, strict=False)
                if _holds_items(tag, name)
            ]
            tags = "".join(tag for tag, _ in around)
            self._outline.frame = (self._outline.resolved(tags), _closing([name for _, name in around]))
            if len(tags) > FRAME_MAX:
                raise Unreadable(f"has more than {FRAME_MAX // 1000} kB of tags around its items")
        self._item, self._level = at, len(self._open)
        self._item_tags = self._terms = 0

    def _end_item(self, at: int) -> None:
        outline = self._outline
        too_many_tags = self._item_tags > outline.caps.item_tags or self._terms > TERMS_MAX
        if too_many_tags or at - self._item > ITEM_MAX:
            outline.too_large += 1
        elif len(outline.starts) == outline.caps.items:
            outline.too_many += 1
        else:
            outline.starts.append(self._item)
            outline.ends.append(at)
        self._item = -1

    def _keep(self, text: str, start: int, end: int) -> None:
        """Remember what stands outside of items."""
        if self._item >= 0 or self._over or not self._outline.root:
            return
        outside = text[start:end]
        if self._met_items and outside.isspace():
            return
        self._outside.write(outside)
        if self._outside.tell() > AROUND_MAX:
            raise Unreadable(f"has more than {AROUND_MAX // 1_000_000} MB beside its items")

    def _check_attributes(self, inside: str) -> None:
        if inside.count("=") > ATTRIBUTES_MAX and len(_VALUE.findall(inside)) > ATTRIBUTES_MAX:
            raise Unreadable(f"has an element with more than {ATTRIBUTES_MAX} attributes")
        if "xmlns:" in inside:
            self._prefixes.update(_PREFIX.findall(inside))
            if len(self._prefixes) > NAMESPACES_MAX:
                raise Unreadable(f"names more than {NAMESPACES_MAX} vocabularies")

    def _doctype(self, text: str, at: int, last: bool) -> int | None:
        """Pass over a document type: one of old, or with plain words under some names; others are refused."""
        if len(text) - at < _DOCTYPE_MAX and not last:
            return None
        found = _DOCTYPE.match(text, at, at + _DOCTYPE_MAX)
        if found and found[1] == ">":
            return found.end()
        to = found.end() if found else at
        while found and not (closed := _SUBSET_END.match(text, to, at + _DOCTYPE_MAX)):
            if entity := _ENTITY.match(text, to, at + _DOCTYPE_MAX):
                words = escape(
                    references.unescaped(entity[2] or entity[3] or ""), {'"': "&quot;", "'": "&#39;"}
                )
                self._outline.entities.setdefault(entity[1], words)
            found = entity or _NOTHING.match(text, to, at + _DOCTYPE_MAX)
            to = found.end() if found else at
        if not found or len(self._outline.entities) > _ENTITIES_MAX:
            raise Unreadable("brings a document type of its own, which may hide an attack")
        return closed.end() if closed else None


def _holds_items(tag: str, name: str) -> bool:
    """Whether items are read within an element: it is none of those whose end is missing or misspelt."""
    return name.lower().rpartition(":")[2] in (*_ROOTS, "items") or "xmlns" in tag or "xml:" in tag


def _closing(names: list[str]) -> str:
    return "".join(f"</{name}>" for name in reversed(names))


def _cut(chunks: Iterator[str], spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The parts of a text between these places, which come in order."""
    text, base = "", 0
    for start, end in spans:
        while base + len(text) < end and (more := next(chunks, None)) is not None:
            passed = min(start - base, len(text))
            text, base = text[passed:] + more, base + passed
        yield text[start - base : end - base]


def _whole(chunks: Iterator[str]) -> Iterator[str]:
    """All chunks of a text, be it broken off or not."""
    try:
        yield from chunks
    except EOFError:
        return
