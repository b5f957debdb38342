"""Orders over a set of positions: where a cursor stands in it, and which stories stand between two places."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Protocol

from pyroaring import BitMap

from htmxnews.finding.index import Index
from htmxnews.selection import Cursor

_SECOND = 1_000_000
_SECONDS_BITS = 34
_SCORE_MAX = 2**28
_UNSCORED = 2**62  # keys of stories without a score lie this far below their time, so below every score


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
    """Newest first, ties by id, the higher first."""

    def __init__(self, index: Index, positions: BitMap) -> None:
        self._index = index
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    def behind(self, cursor: Cursor) -> int:
        older = self._index.below(cursor)
        return len(self) - (self._positions.rank(older - 1) if older else 0)

    def take(self, start: int, stop: int) -> list[int]:
        stop = min(stop, len(self))
        if start >= stop:
            return []
        return list(self._positions[len(self) - stop : len(self) - start])[::-1]

    def cursor(self, position: int) -> Cursor:
        return Cursor(self._index.published[position], self._index.ids[position])


class ByScore:
    """Highest score first, ties newest first; stories without a score follow, newest first.

    The key of a scored story holds its score and its second, so a cursor finds its place without the story.
    """

    def __init__(self, index: Index, positions: BitMap, scores: Mapping[int, int]) -> None:
        self._index = index
        self._scored = sorted(
            (-self._key(position, score), -index.ids[position], position)
            for position, score in scores.items()
            if score > 0 and position in positions
        )
        self._keys = {position: -key for key, _, position in self._scored}
        self._rest = ByDate(index, positions - BitMap(self._keys))

    def __len__(self) -> int:
        return len(self._scored) + len(self._rest)

    def behind(self, cursor: Cursor) -> int:
        if cursor.key >= 0:
            return bisect_right(self._scored, (-cursor.key, -cursor.story_id, len(self._index.ids)))
        return len(self._scored) + self._rest.behind(Cursor(cursor.key + _UNSCORED, cursor.story_id))

    def take(self, start: int, stop: int) -> list[int]:
        first = [position for _, _, position in self._scored[start:stop]]
        border = len(self._scored)
        return first + self._rest.take(max(0, start - border), max(0, stop - border))

    def cursor(self, position: int) -> Cursor:
        story_id = self._index.ids[position]
        if position in self._keys:
            return Cursor(self._keys[position], story_id)
        return Cursor(self._index.published[position] - _UNSCORED, story_id)

    def _key(self, position: int, score: int) -> int:
        second = max(0, int(self._index.published[position]) // _SECOND)
        return int((min(score, _SCORE_MAX) << _SECONDS_BITS) | min(second, 2**_SECONDS_BITS - 1))
