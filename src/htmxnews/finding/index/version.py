"""One version of the index: all stories at one revision.

A story's position is its number. Positions of the base are dense and in the order of (published, id), oldest
0, so that a set of them read backwards is a list, newest first, and a range of days is a range of positions.
What came or changed since the base was laid stands behind it, as it came; `recent` knows its order.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from heapq import nlargest
from itertools import count, takewhile
from typing import Any, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from htmxnews.finding import words
from htmxnews.finding.index.bitmaps import SMALL, Bitmaps, Key
from htmxnews.selection import Cursor, Selection
from htmxnews.store.models import micros

Kind = Literal["tag", "category", "source", "author"]
Group = Literal["tag", "category", "source", "author", "lang", "mark"]  # what stories are told apart by
KINDS: tuple[Kind, ...] = get_args(Kind)
GROUPS: tuple[Group, ...] = get_args(Group)
_ANY_OF: tuple[Kind, ...] = ("category", "source", "author")
PINNED, PICTURED = "pinned", "pictured"  # marks
SMALL_SETS: Mapping[Group, int] = {group: SMALL if group in ("tag", "author") else 0 for group in GROUPS}
NO_CATEGORY = 0  # key of the stories without one
MEMO_MAX = 64  # search results kept
LANGS_MAX = 4  # languages in which the words of a search are stemmed
FREQUENT = (64, 16)  # one of so many stories has the tag: dense sets, of a bit a story, take no less memory
LARGEST = 256  # tags kept in the order of their size


class UnknownName(LookupError):
    """A tag, category, source or author that does not exist."""

    def __init__(self, kind: Kind, slug: str) -> None:
        super().__init__(f"There is no {kind} “{slug}”.")
        self.kind = kind
        self.slug = slug


class Named(NamedTuple):
    """A tag, category, source or author: its address and what readers call it."""

    slug: str
    name: str


class Fact(NamedTuple):
    """What the index knows of one story."""

    id: int
    published: int  # microseconds since 1970
    touched: int  # when it was imported, or last changed at its source, whichever is later
    tags: tuple[int, ...]  # ids, as the source ordered them
    authors: tuple[int, ...]
    others: tuple[tuple[Group, Key], ...]  # its category, source, language and marks

    def places(self) -> Iterator[tuple[Group, Key]]:
        """Every set that it belongs to."""
        yield from (("tag", tag) for tag in self.tags)
        yield from (("author", author) for author in self.authors)
        yield from self.others


@dataclass(frozen=True)
class Runs:
    """A run of label ids for each position of the base: those of p are ids[starts[p]:starts[p + 1]]."""

    starts: "array[int]"
    ids: "array[int]"

    def __getitem__(self, position: int) -> "array[int]":
        return self.ids[self.starts[position] : self.starts[position + 1]]


@dataclass(frozen=True)
class Base:
    """Stories in dense positions. Arrays are indexed by position unless said."""

    ids: "array[int]"
    published: "array[int]"  # microseconds since 1970, ascending
    positions: "array[int]"  # indexed by story id; -1: no such story
    tags: Runs
    authors: Runs

    @cached_property
    def story_ids(self) -> BitMap:
        """The ids of all."""
        return BitMap(self.ids)

    @cached_property
    def newest_ids(self) -> Sequence[BitMap]:
        """The ids of the newest 64, of the newest 256, and so on; last of all."""
        sizes = takewhile(lambda size: size < len(self.ids), (64 * 4**n for n in count()))
        return [*(BitMap(self.ids[-size:]) for size in sizes), self.story_ids]

    def below(self, key: int, story_id: int) -> int:
        """How many stories stand behind this place in the order `new`."""
        low = bisect_left(self.published, key)
        high = bisect_right(self.published, key, low)
        return bisect_left(self.ids, story_id, low, high)


@dataclass(frozen=True)
class Recent:
    """What came or changed since the base was laid."""

    stories: Mapping[int, Fact]  # by position
    order: Sequence[tuple[int, int, int]]  # (published, id, position), oldest first
    moved: Mapping[int, int | None]  # by story id: its position; None: it is no more
    next: int  # the next free position

    def __len__(self) -> int:
        return len(self.moved)


@dataclass(frozen=True)
class Names:
    """What stands behind slugs and ids."""

    by_id: Mapping[Kind, Mapping[int, Named]]
    ids: Mapping[Kind, Mapping[str, int]]  # by slug

    @classmethod
    def of(cls, by_id: Mapping[Kind, Mapping[int, Named]]) -> "Names":
        slugs = {kind: {named.slug: key for key, named in known.items()} for kind, known in by_id.items()}
        return cls(by_id, slugs)

    def having(self, kind: Kind, names: Mapping[int, Named]) -> "Names":
        """The same with these names of one kind in the place of what it had."""
        if names == self.by_id[kind]:
            return self
        only = Names.of({kind: names})
        return Names({**self.by_id, **only.by_id}, {**self.ids, **only.ids})


@dataclass
class Memo:
    """A few dear results that hold as long as the version does; what nobody asks for is dropped first."""

    kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)

    def get(self, key: Any) -> Any:
        value = self.kept.pop(key, None)
        if value is not None:
            self.kept[key] = value
        return value

    def put(self, key: Any, value: Any) -> None:
        self.kept[key] = value
        while len(self.kept) > MEMO_MAX:
            self.kept.popitem(last=False)


@dataclass(frozen=True)
class Index:
    """All stories at one revision."""

    revision: int
    base: Base
    recent: Recent
    everything: BitMap
    sets: Mapping[Group, Bitmaps]  # positions by label id, language or mark
    names: Names
    touched: int  # when a story last came or changed, microseconds since 1970; 0: never
    memo: Memo = field(default_factory=Memo, compare=False)
    rows: dict[int, Any] = field(default_factory=dict, compare=False)  # read at this revision, by story id

    @cached_property
    def border(self) -> int:
        """The first position behind the base."""
        return len(self.base.ids)

    def __len__(self) -> int:
        return len(self.everything)

    @cached_property
    def story_ids(self) -> BitMap:
        """The ids of all stories; shared, so not to be changed."""
        here = BitMap([story_id for story_id, place in self.recent.moved.items() if place is not None])
        return (self.base.story_ids - self.moved_ids) | here if self.moved_ids else self.base.story_ids

    @cached_property
    def moved_ids(self) -> BitMap:
        """The ids of the stories that no longer stand in the base."""
        return BitMap(self.recent.moved)

    def newest(self, story_ids: BitMap, limit: int) -> list[int]:
        """The positions of the newest of some stories, newest first; all must be in the index."""
        standing = story_ids - self.moved_ids if self.moved_ids else story_ids
        some = next((few for ids in self.base.newest_ids if len(few := standing & ids) >= limit), standing)
        found = sorted(map(self.base.positions.__getitem__, some), reverse=True)[:limit]
        if recent := [self.recent.moved[story_id] for story_id in story_ids & self.moved_ids]:
            found += [position for position in recent if position is not None]
            found.sort(key=lambda position: (self.published_at(position), self.id_at(position)), reverse=True)
        return found[:limit]

    def resolve(self, selection: Selection, zone: ZoneInfo) -> BitMap:
        """The positions of a selection, its search text aside. Raises UnknownName."""
        found = self.before_not(selection, zone)
        return found - self.unwanted(selection) if selection.not_ else found

    def before_not(self, selection: Selection, zone: ZoneInfo) -> BitMap:
        """The same before unwanted ones are taken out; shared, so not to be changed."""
        wanted = [self.of("tag", slug) for slug in selection.tag]
        if selection.any:
            wanted.append(self._known("tag", selection.any))
        wanted += [
            _union([self.of(kind, slug) for slug in slugs])
            for kind in _ANY_OF
            if (slugs := getattr(selection, kind))
        ]
        if selection.from_ or selection.to:
            wanted.append(self.between(selection.from_, selection.to, zone))
        return _intersection(wanted) if wanted else self.everything

    def unwanted(self, selection: Selection) -> BitMap:
        """The positions of stories with a tag that a selection leaves out."""
        return self._known("tag", selection.not_)

    def between(self, first: date | None, last: date | None, zone: ZoneInfo) -> BitMap:
        """The positions of stories published on these days in `zone`, both included."""
        start = midnight(first, zone) if first else None
        stop = midnight(last + timedelta(days=1), zone) if last and last != date.max else None
        low = 0 if start is None else bisect_left(self.base.published, start)
        high = self.border if stop is None else bisect_left(self.base.published, stop)
        found = self.everything & BitMap(range(low, max(low, high)))
        order = self.recent.order
        low = 0 if start is None else bisect_left(order, (start, 0, 0))
        high = len(order) if stop is None else bisect_left(order, (stop, 0, 0))
        found.update(position for _, _, position in order[low:high])
        return found

    def of(self, kind: Kind, slug: str) -> BitMap:
        """The positions of stories with this tag, category, source or author. Raises UnknownName."""
        return self.sets[kind][self.label_id(kind, slug)]

    def label_id(self, kind: Kind, slug: str) -> int:
        """The id of what stands behind a slug. Raises UnknownName."""
        try:
            return self.names.ids[kind][slug]
        except KeyError:
            raise UnknownName(kind, slug) from None

    def name(self, kind: str, slug: str) -> str:
        """What readers call it; the slug itself where nothing has it (an unknown `any` is harmless)."""
        for known in KINDS:
            if known == kind and slug in self.names.ids[known]:
                return self.names.by_id[known][self.names.ids[known][slug]].name
        return slug

    def id_at(self, position: int) -> int:
        """The id of the story at a position."""
        return self.base.ids[position] if position < self.border else self.recent.stories[position].id

    def published_at(self, position: int) -> int:
        """When the story at a position was published, microseconds since 1970."""
        if position < self.border:
            return self.base.published[position]
        return self.recent.stories[position].published

    def tags_at(self, position: int) -> Sequence[int]:
        """The tag ids of the story at a position, as the source ordered them."""
        return self.base.tags[position] if position < self.border else self.recent.stories[position].tags

    def authors_at(self, position: int) -> Sequence[int]:
        """The author ids of the story at a position, as the source ordered them."""
        if position < self.border:
            return self.base.authors[position]
        return self.recent.stories[position].authors

    def position(self, story_id: int) -> int | None:
        """Where this story stands, None when there is none."""
        if story_id in self.recent.moved:
            return self.recent.moved[story_id]
        known = self.base.positions
        return known[story_id] if 0 <= story_id < len(known) and known[story_id] >= 0 else None

    def at(self, story_ids: Iterable[int]) -> BitMap:
        """The positions of these stories; unknown ids are left out."""
        ids = list(story_ids)
        known, moved = self.base.positions, self.recent.moved
        found = BitMap([p for i in ids if 0 <= i < len(known) and (p := known[i]) >= 0])
        if moved:
            found &= self.everything
            found.update([place for i in ids if (place := moved.get(i)) is not None])
        return found

    def below(self, cursor: Cursor) -> tuple[int, int]:
        """How many positions of the base, and how many recent stories, stand behind a place."""
        key, story_id = cursor.key, cursor.story_id
        return self.base.below(key, story_id), bisect_left(self.recent.order, (key, story_id, -1))

    @cached_property
    def largest_tags(self) -> Sequence[int]:
        """The ids of the tags with most stories, most first."""
        sizes = self.sets["tag"].sizes
        return nlargest(LARGEST, self.names.by_id["tag"], key=lambda tag: sizes.get(tag, 0))

    @cached_property
    def without_tag(self) -> Mapping[Key, BitMap]:
        """The positions without each tag that is frequent, but on too few stories for a dense set of them."""
        sets, (low, high) = self.sets["tag"], (len(self) // size for size in FREQUENT)
        return {
            tag: self.everything - sets[tag]
            for tag in self.largest_tags
            if low < sets.sizes.get(tag, 0) < high
        }

    @cached_property
    def langs(self) -> tuple[str, ...]:
        """The languages that most stories are in, as `words.language` gives them."""
        sizes = self.sets["lang"].sizes
        found = [str(lang) for lang in nlargest(LANGS_MAX, sizes, key=sizes.__getitem__) if sizes[lang]]
        return tuple(found) or (words.ELSE,)

    def _known(self, kind: Kind, slugs: Sequence[str]) -> BitMap:
        known = self.names.ids[kind]
        return _union([self.of(kind, slug) for slug in slugs if slug in known])


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day in a zone, microseconds since 1970."""
    return micros(datetime.combine(day, time.min, zone))


def _union(sets: Sequence[BitMap]) -> BitMap:
    return sets[0] if len(sets) == 1 else BitMap().union(*sets)


def _intersection(sets: Sequence[BitMap]) -> BitMap:
    first, *others = sorted(sets, key=len)
    return first.intersection(*others) if others else first
