"""What the reader asked for: one frozen value ⇄ query string ⇄ a sentence in words."""

import base64
import binascii
import re
import struct
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal, Self
from urllib.parse import quote_plus

from htmxnews import fields

Sort = Literal["new", "relevance", "popular"]

QUERY_MAX = 512  # characters of search text (S22)
TAGS_MAX = 8  # of each kind (S22)
MANY = ("tag", "any", "not", "category", "source", "author")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")  # control characters and halves of characters


class BadSelection(ValueError):
    """A query string that cannot be a selection; the message says what is wrong with which parameter."""


@dataclass(frozen=True)
class Selection:
    """A filter and an order over all stories. Two that mean the same are equal."""

    tag: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    not_: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    q: str = ""
    from_: date | None = None
    to: date | None = None
    sort: Sort = "new"

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read query parameters; unknown and empty ones are ignored, control characters are spaces.

        Letters are composed (NFC), as they are in our own slugs. Fields in the search text (`tag:sea`) become
        the parameters that they stand for. Raises BadSelection.
        """
        values: dict[str, list[str]] = {}
        for key, value in pairs:
            if value := unicodedata.normalize("NFC", _NO_TEXT.sub(" ", value)).strip():
                values.setdefault(key, []).append(value)
        q = " ".join(" ".join(values.get("q", ())).split())
        if len(q) > QUERY_MAX:
            raise BadSelection(f"A search can be at most {QUERY_MAX} characters long.")
        pairs_in_q, q = fields.parted(q)
        for key, value in pairs_in_q:
            values.setdefault(key, []).append(value)
        slugs = {name: _slugs(name, values.get(name, [])) for name in MANY}
        return cls(
            tag=slugs["tag"],
            any=slugs["any"],
            not_=slugs["not"],
            category=slugs["category"],
            source=slugs["source"],
            author=slugs["author"],
            q=q,
            from_=max(_days("from", values), default=None),
            to=min(_days("to", values), default=None),
            sort=_sort(values, q),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The query parameters in their one order; parsing them gives this selection back."""
        found = [(name, slug) for name in MANY for slug in getattr(self, "not_" if name == "not" else name)]
        if self.q:
            found.append(("q", self.q))
        if self.from_:
            found.append(("from", self.from_.isoformat()))
        if self.to:
            found.append(("to", self.to.isoformat()))
        if self.sort != ("relevance" if self.q else "new"):
            found.append(("sort", self.sort))
        return found

    def query(self, **more: str) -> str:
        """The query string, `?` included and empty when there is nothing to say; `more` comes after it."""
        said = self._query
        for key, value in more.items():
            if value:
                said += f"{'&' if said else '?'}{key}={_quoted(value)}"
        return said

    @cached_property
    def _query(self) -> str:
        said = "&".join([f"{key}={_quoted(value)}" for key, value in self.pairs()])
        return f"?{said}" if said else ""

    @cached_property
    def is_everything(self) -> bool:
        """Whether no story is left out."""
        return all(name == "sort" for name, _ in self.pairs())

    def toggled(self, tag: str) -> "Selection":
        """This selection with `tag` added, or taken out where it stands; itself when it is full."""
        if tag in self.tag:
            return replace(self, tag=tuple(t for t in self.tag if t != tag))
        return self if len(self.tag) == TAGS_MAX else replace(self, tag=tuple(sorted({*self.tag, tag})))

    def adding(self, kind: str, slug: str) -> "Selection":
        """This selection with one more slug of `kind`, a parameter's name."""
        return type(self).parse([*self.pairs(), (kind, slug)])

    def excluding(self, tag: str) -> "Selection":
        """This selection without the stories that have `tag`; itself when it is full."""
        if len(self.not_) == TAGS_MAX:
            return self
        kept = replace(self, tag=tuple(t for t in self.tag if t != tag))
        return replace(kept, not_=tuple(sorted({*self.not_, tag})))

    def sorted(self, sort: Sort) -> "Selection":
        """This selection in another order."""
        return replace(self, sort=sort)

    def sentence(self, name: Callable[[str, str], str]) -> str:
        """Say it in words, as what follows "64 stories ": "on Russia and Trade, without Sport".

        `name(kind, slug)` gives a readable name, `kind` being "tag", "category", "source" or "author".
        """
        parts = []
        topics = [name("tag", s) for s in self.tag]
        if self.any:
            either = _listed([name("tag", s) for s in self.any], "or")
            topics.append(f"either {either}" if topics and len(self.any) > 1 else either)
        if topics:
            parts.append("on " + _listed(topics, "and"))
        if self.category:
            parts.append("in " + _listed([name("category", s) for s in self.category], "or"))
        if self.source:
            parts.append("from " + _listed([name("source", s) for s in self.source], "or"))
        if self.author:
            parts.append("by " + _listed([name("author", s) for s in self.author], "or"))
        if self.q:
            parts.append(f"matching “{self.q}”")
        parts.append(_period(self.from_, self.to))
        said = " ".join(part for part in parts if part)
        if self.not_:
            without = "without " + _listed([name("tag", s) for s in self.not_], "or")
            said = f"{said}, {without}" if said else without
        return said


_quoted = lru_cache(maxsize=4_096)(quote_plus)


def _slugs(kind: str, values: list[str]) -> tuple[str, ...]:
    slugs = tuple(sorted(set(values)))
    if len(slugs) > TAGS_MAX:
        raise BadSelection(f"At most {TAGS_MAX} of “{kind}” can be chosen at once.")
    return slugs


def _days(name: str, values: dict[str, list[str]]) -> list[date]:
    return [_day(name, text) for text in values.get(name, ())]


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadSelection(f"“{name}” must be a day such as 2026-11-23.")
    return day


def _sort(values: dict[str, list[str]], q: str) -> Sort:
    asked = values.get("sort", [""])[-1]
    match asked:
        case "":
            return "relevance" if q else "new"
        case "new" | "popular":
            return "new" if asked == "new" else "popular"
        case "relevance":
            return "relevance" if q else "new"
    raise BadSelection("“sort” must be new, relevance or popular.")


def _listed(names: list[str], last: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def _period(first: date | None, last: date | None) -> str:
    if first and last:
        return (
            f"of {first.isoformat()}" if first == last else f"from {first.isoformat()} to {last.isoformat()}"
        )
    if first:
        return f"since {first.isoformat()}"
    return f"until {last.isoformat()}" if last else ""


class BadCursor(ValueError):
    """A cursor that we did not make."""


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in an ordered list: the sort key of the last story shown and its id. Opaque in addresses."""

    key: int  # microseconds since 1970 for `new`; a whole-number score for the other orders
    story_id: int

    def __str__(self) -> str:
        packed = struct.pack(">qI", self.key, self.story_id)
        return base64.urlsafe_b64encode(packed + bytes([sum(packed) % 251])).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read what `str` wrote; None for nothing. Raises BadCursor for anything else."""
        if not text:
            return None
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            key, story_id = struct.unpack(">qI", raw[:-1])
        except (ValueError, binascii.Error, struct.error):
            raise BadCursor("That place in the list is not one of ours.") from None
        if raw[-1] != sum(raw[:-1]) % 251 or str(cls(key, story_id)) != text:
            raise BadCursor("That place in the list is not one of ours.")
        return cls(key, story_id)
