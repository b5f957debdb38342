"""The index in memory: who has which tag, category, source and author, as bitmaps over stories in date order.

A story's position is its place among all stories by (published, id), oldest 0; so a bitmap read backwards is
a list, newest first, and a range of days is a range of positions.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from threading import Lock
from typing import Any, Literal
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from htmxnews.finding import words
from htmxnews.selection import Cursor, Selection
from htmxnews.store import revisions
from htmxnews.store.engine import UNTIMED
from htmxnews.store.models import Author, Category, Picture, Source, Story, StoryAuthor, StoryTag, Tag, micros

Kind = Literal["tag", "category", "source", "author"]
KINDS: tuple[Kind, ...] = ("tag", "category", "source", "author")
MEMO_MAX = 64  # search results kept
LANGS_MAX = 4  # languages in which the words of a search are stemmed


class UnknownName(LookupError):
    """A tag, category, source or author that does not exist."""

    def __init__(self, kind: Kind, slug: str) -> None:
        super().__init__(f"There is no {kind} “{slug}”.")
        self.kind = kind
        self.slug = slug


@dataclass(frozen=True)
class Label:
    """What stands behind a slug."""

    id: int
    slug: str
    name: str


@dataclass
class Memo:
    """A few dear results that hold as long as the index does, the oldest dropped first."""

    kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)

    def get(self, key: Any) -> Any:
        return self.kept.get(key)

    def put(self, key: Any, value: Any) -> None:
        self.kept[key] = value
        while len(self.kept) > MEMO_MAX:
            self.kept.popitem(last=False)


@dataclass(frozen=True)
class Index:
    """All stories at one revision. Positions are dense; every array is indexed by position unless said."""

    revision: int
    ids: "array[int]"
    published: "array[int]"  # microseconds since 1970, ascending
    positions: "array[int]"  # indexed by story id; -1: no such story
    everything: BitMap
    pinned: BitMap
    pictured: BitMap  # has a picture that we hold
    having: Mapping[Kind, Mapping[int, BitMap]]  # label id → positions
    labels: Mapping[Kind, Mapping[str, Label]]  # by slug
    tags_by_id: Mapping[int, Label]
    largest_tags: Sequence[tuple[int, BitMap]]  # (tag id, positions), most stories first
    tag_starts: "array[int]"  # tags of position p are tag_ids[tag_starts[p]:tag_starts[p + 1]]
    tag_ids: "array[int]"
    langs: tuple[str, ...]  # that most stories are in, as `words.language` gives them
    memo: Memo = field(default_factory=Memo, compare=False)

    def resolve(self, selection: Selection, zone: ZoneInfo) -> BitMap:
        """The positions of a selection, its search text aside. Raises UnknownName."""
        found = self.between(selection.from_, selection.to, zone)
        for slug in selection.tag:
            found &= self.of("tag", slug)
        if selection.any:
            found &= self._known("tag", selection.any)
        for kind in ("category", "source", "author"):
            if slugs := getattr(selection, kind):
                found &= reduce(or_, (self.of(kind, slug) for slug in slugs))
        if selection.not_:
            found -= self._known("tag", selection.not_)
        return found

    def between(self, first: date | None, last: date | None, zone: ZoneInfo) -> BitMap:
        """The positions of stories published on these days in `zone`, both included."""
        start = self.before_day(first, zone) if first else 0
        stop = self.after_day(last, zone) if last else len(self.ids)
        return BitMap(range(start, max(start, stop)))

    def before_day(self, day: date, zone: ZoneInfo) -> int:
        """How many stories are older than this day in `zone`: the position of its first story."""
        return bisect_left(self.published, _midnight(day, zone))

    def after_day(self, day: date, zone: ZoneInfo) -> int:
        """The position of the first story younger than this day in `zone`."""
        return len(self.ids) if day == date.max else self.before_day(day + timedelta(days=1), zone)

    def of(self, kind: Kind, slug: str) -> BitMap:
        """The positions of stories with this tag, category, source or author. Raises UnknownName."""
        return self.having[kind].get(self.label(kind, slug).id, _NONE)

    def label(self, kind: Kind, slug: str) -> Label:
        """What stands behind a slug. Raises UnknownName."""
        try:
            return self.labels[kind][slug]
        except KeyError:
            raise UnknownName(kind, slug) from None

    def name(self, kind: str, slug: str) -> str:
        """What readers call it; the slug itself where nothing has it (an unknown `any` is harmless)."""
        label = next((self.labels[k].get(slug) for k in KINDS if k == kind), None)
        return label.name if label else slug

    def tags_at(self, position: int) -> "array[int]":
        """The tag ids of one story."""
        return self.tag_ids[self.tag_starts[position] : self.tag_starts[position + 1]]

    def position(self, story_id: int) -> int | None:
        """Where this story stands, None when there is none."""
        if not 0 <= story_id < len(self.positions) or self.positions[story_id] < 0:
            return None
        return self.positions[story_id]

    def at(self, story_ids: Iterable[int]) -> BitMap:
        """The positions of these stories; unknown ids are left out."""
        return BitMap([p for p in map(self.position, story_ids) if p is not None])

    def below(self, cursor: Cursor) -> int:
        """How many stories stand behind a place in the order `new`, its own story aside."""
        low = bisect_left(self.published, cursor.key)
        high = bisect_right(self.published, cursor.key)
        return bisect_left(self.ids, cursor.story_id, low, high)

    def _known(self, kind: Kind, slugs: Sequence[str]) -> BitMap:
        labels = self.labels[kind]
        return BitMap().union(*(self.of(kind, slug) for slug in slugs if slug in labels))


_NONE = BitMap()


def _midnight(day: date, zone: ZoneInfo) -> int:
    return micros(datetime.combine(day, time.min, zone))


_indexes: WeakKeyDictionary[Any, Index] = WeakKeyDictionary()
_lock = Lock()


def current(session: Session) -> Index:
    """The index of the session's database at the revision that the session sees; made when that moved.

    A session sees one revision from its first reading to its end, so it is asked only once.
    """
    found: Index | None = session.info.get(Index)
    if found is None:
        found = session.info[Index] = _at(session, revisions.current(session))
    return found


def _at(session: Session, revision: int) -> Index:
    engine = session.get_bind()
    index = _indexes.get(engine)
    if index is None or index.revision != revision:
        with _lock:
            index = _indexes.get(engine)
            if index is None or index.revision != revision:
                index = _indexes[engine] = build(session, revision)
    return index


def build(session: Session, revision: int) -> Index:
    """Read the whole index from the tables."""
    ids, published = array("q"), array("q")
    having: dict[Kind, dict[int, BitMap]] = {kind: {} for kind in KINDS}
    pinned = BitMap()
    pictured = BitMap()
    for position, row in enumerate(session.execute(_stories)):
        ids.append(row.id)
        published.append(row.published)
        having["source"].setdefault(row.source_id, BitMap()).add(position)
        if row.category_id is not None:
            having["category"].setdefault(row.category_id, BitMap()).add(position)
        if row.pinned:
            pinned.add(position)
        if row.hash:
            pictured.add(position)
    positions = array("i", [-1]) * (max(ids, default=0) + 1)
    for position, story_id in enumerate(ids):
        positions[story_id] = position
    for story_id, author_id in session.execute(_story_authors):
        having["author"].setdefault(author_id, BitMap()).add(positions[story_id])
    starts, tag_ids = _forward(session, positions, len(ids))
    for position in range(len(ids)):
        for tag_id in tag_ids[starts[position] : starts[position + 1]]:
            having["tag"].setdefault(tag_id, BitMap()).add(position)
    labels = {kind: {row.slug: Label(*row) for row in session.execute(_labels[kind])} for kind in KINDS}
    return Index(
        revision=revision,
        ids=ids,
        published=published,
        positions=positions,
        everything=BitMap(range(len(ids))),
        pinned=pinned,
        pictured=pictured,
        having=having,
        labels=labels,
        largest_tags=sorted(having["tag"].items(), key=lambda item: -len(item[1])),
        tags_by_id={label.id: label for label in labels["tag"].values()},
        tag_starts=starts,
        tag_ids=tag_ids,
        langs=_langs(session),
    )


def _forward(session: Session, positions: "array[int]", count: int) -> "tuple[array[int], array[int]]":
    """Tags by position: where each story's run starts (one more than stories), and the runs."""
    pairs = [(positions[story_id], tag_id) for story_id, tag_id in session.execute(_story_tags)]
    starts = array("I", [0]) * (count + 1)
    for position, _ in pairs:
        starts[position + 1] += 1
    for position in range(count):
        starts[position + 1] += starts[position]
    free = array("I", starts)
    tag_ids = array("I", [0]) * len(pairs)
    for position, tag_id in pairs:
        tag_ids[free[position]] = tag_id
        free[position] += 1
    return starts, tag_ids


def _langs(session: Session) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for lang, count in session.execute(_lang_counts):
        counts[words.language(lang)] += count
    return tuple(lang for lang, _ in counts.most_common(LANGS_MAX)) or (words.ELSE,)


_stories = (
    select(
        Story.id,
        type_coerce(Story.published_at, BigInteger).label("published"),
        Story.source_id,
        Story.category_id,
        Story.pinned,
        Picture.hash,
    )
    .outerjoin(Story.picture)
    .order_by(Story.published_at, Story.id)
    .execution_options(**UNTIMED)
)
_story_tags = (
    select(StoryTag.story_id, StoryTag.tag_id)
    .order_by(StoryTag.story_id, StoryTag.position)
    .execution_options(**UNTIMED)
)
_lang_counts = select(Story.lang, func.count()).group_by(Story.lang).execution_options(**UNTIMED)
_story_authors = select(StoryAuthor.story_id, StoryAuthor.author_id).execution_options(**UNTIMED)
_labels: dict[Kind, Any] = {
    "tag": select(Tag.id, Tag.slug, Tag.name).execution_options(**UNTIMED),
    "category": select(Category.id, Category.slug, Category.name).execution_options(**UNTIMED),
    "source": select(Source.id, Source.slug, Source.name).execution_options(**UNTIMED),
    "author": select(Author.id, Author.slug, Author.name).execution_options(**UNTIMED),
}
