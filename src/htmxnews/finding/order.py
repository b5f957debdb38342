"""Orders over a set of positions: where a cursor stands in it, and which stories stand between two places."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from heapq import merge
from itertools import islice, takewhile
from typing import Protocol

from pyroaring import BitMap

from htmxnews.finding.index import Index
from htmxnews.selection import Cursor

NEAR_MAX = 2_000  # places that are near the top
_SECOND = 1_000_000
_SECONDS_BITS = 34
_SCORE_MAX = 2**28
_UNSCORED = 2**62  # keys of stories without a score lie this far below their time, so below every score


class Hits(Protocol):
    """Stories that match, by id; their positions are worked out when they are asked for."""

    @property
    def ids(self) -> BitMap: ...

    @property
    def positions(self) -> BitMap: ...


class Order(Protocol):
    """Stories in one order; a place is a number from 0 (the top) to their number (behind the last)."""

    def __len__(self) -> int: ...

    def behind(self, cursor: Cursor) -> int:
        """The place right behind this cursor, whether its story is still there or not."""

    def take(self, start: int, stop: int) -> list[int]:
        """The positions of the stories from place `start` up to `stop`."""

    def cursor(self, position: int) -> Cursor:
        """The cursor of a story in this order."""


class ByDate:
    """Newest first, ties by id, the higher first: positions of the base, and recent stories among them."""

    def __init__(self, index: Index, positions: BitMap) -> None:
        self._index = index
        self._positions = positions
        self._recent = _recent(index, positions)
        border = index.border
        self._standing = positions & BitMap(range(border)) if self._recent else positions

    def __len__(self) -> int:
        return len(self._standing) + len(self._recent)

    def __contains__(self, position: int) -> bool:
        return position in self._positions

    def without(self, positions: BitMap) -> "ByDate":
        """The others."""
        return ByDate(self._index, self._positions - positions)

    def behind(self, cursor: Cursor) -> int:
        older = self._index.base.below(cursor.key, cursor.story_id)
        return len(self) - self._rank(older) - bisect_left(self._recent, (cursor.key, cursor.story_id, -1))

    def take(self, start: int, stop: int) -> list[int]:
        stop = min(stop, len(self))
        if start >= stop:
            return []
        if not self._recent:
            return self._slice(start, stop)
        # Both parts are in order: find how many recent stories stand above `start`, then merge from there.
        above = bisect_left(range(len(self._recent)), start, key=self._place)
        standing = self._slice(start - above, stop - above)
        recent = self._recent[::-1][above : above + stop - start]
        merged = merge(map(self._key, standing), recent, reverse=True)
        return [position for _, _, position in islice(merged, stop - start)]

    def cursor(self, position: int) -> Cursor:
        return Cursor(self._index.published_at(position), self._index.id_at(position))

    def _place(self, number: int) -> int:
        """The place of a recent story, 0 being the newest of them."""
        published, story_id, _ = self._recent[-1 - number]
        older = self._index.base.below(published, story_id)
        return number + len(self._standing) - self._rank(older)

    def _rank(self, position: int) -> int:
        """How many positions of the base stand below one."""
        return int(self._standing.rank(position - 1)) if position else 0

    def _slice(self, start: int, stop: int) -> list[int]:
        size = len(self._standing)
        low, high = max(0, size - stop), max(0, size - start)
        return list(self._standing[low:high])[::-1] if low < high else []

    def _key(self, position: int) -> tuple[int, int, int]:
        return self._index.base.published[position], self._index.base.ids[position], position


def _recent(index: Index, positions: BitMap) -> Sequence[tuple[int, int, int]]:
    """Those of the recent stories that are among these positions, oldest first."""
    order, border = index.recent.order, index.border
    if not order or not positions or positions.max() < border:
        return ()
    if positions.range_cardinality(border, index.recent.next) > len(order) // 8:
        return [key for key in order if key[2] in positions]
    stories = index.recent.stories
    some = takewhile(lambda position: position < index.recent.next, positions.iter_equal_or_larger(border))
    return sorted((stories[position].published, stories[position].id, position) for position in some)


class HitsByDate:
    """The same order for all that a search has found: near its top nothing but these few is looked at."""

    def __init__(self, index: Index, hits: Hits) -> None:
        self._index = index
        self._hits = hits

    def __len__(self) -> int:
        return len(self._hits.ids)

    def __contains__(self, position: int) -> bool:
        return self._index.id_at(position) in self._hits.ids

    def without(self, positions: BitMap) -> ByDate:
        """The others."""
        return self._whole.without(positions)

    def behind(self, cursor: Cursor) -> int:
        everything = ByDate(self._index, self._index.everything)
        above = everything.behind(cursor)
        # Two stories are passed in the time in which the position of one is worked out.
        if above > 2 * len(self):
            return self._whole.behind(cursor)
        return sum(self._index.id_at(position) in self._hits.ids for position in everything.take(0, above))

    def take(self, start: int, stop: int) -> list[int]:
        if stop > NEAR_MAX:
            return self._whole.take(start, stop)
        return self._index.newest(self._hits.ids, stop)[start:]

    def cursor(self, position: int) -> Cursor:
        return Cursor(self._index.published_at(position), self._index.id_at(position))

    @cached_property
    def _whole(self) -> ByDate:
        return ByDate(self._index, self._hits.positions)


class ByScore:
    """Highest score first, ties newest first; stories without a score follow, newest first.

    The key of a scored story holds its score and its second, so a cursor finds its place without the story.
    """

    def __init__(self, index: Index, stories: ByDate | HitsByDate, scores: Mapping[int, int]) -> None:
        self._index = index
        self._stories = stories
        self._scored = sorted(
            (-self._key(position, score), -index.id_at(position), position)
            for position, score in scores.items()
            if score > 0 and position in stories
        )
        self._keys = {position: -key for key, _, position in self._scored}

    def __len__(self) -> int:
        return len(self._stories)

    def behind(self, cursor: Cursor) -> int:
        if cursor.key >= 0:
            return bisect_right(self._scored, (-cursor.key, -cursor.story_id, self._index.recent.next))
        return len(self._scored) + self._rest.behind(Cursor(cursor.key + _UNSCORED, cursor.story_id))

    def take(self, start: int, stop: int) -> list[int]:
        first = [position for _, _, position in self._scored[start:stop]]
        border = len(self._scored)
        return first + self._rest.take(max(0, start - border), stop - border) if stop > border else first

    def cursor(self, position: int) -> Cursor:
        story_id = self._index.id_at(position)
        if position in self._keys:
            return Cursor(self._keys[position], story_id)
        return Cursor(self._index.published_at(position) - _UNSCORED, story_id)

    @cached_property
    def _rest(self) -> ByDate:
        return self._stories.without(BitMap(self._keys))

    def _key(self, position: int, score: int) -> int:
        second = max(0, self._index.published_at(position) // _SECOND)
        return int((min(score, _SCORE_MAX) << _SECONDS_BITS) | min(second, 2**_SECONDS_BITS - 1))
