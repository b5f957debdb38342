"""Sets of positions by key: by the id of a tag, by a language."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from pyroaring import BitMap

Key = int | str
Positions = Mapping[Key, list[int]]

SMALL = (
    1_000  # positions up to which a set may be kept as bytes: a third of the memory, read in a microsecond
)
END = 2**32

_NONE = BitMap()


class Bitmaps(Mapping[Key, BitMap]):
    """Sets of positions. A key that nobody has stands for the empty set.

    What it gives out is shared: whoever changes a set makes a copy of it first. With `small` the sets up to
    that size are kept as bytes; that pays where there are thousands of keys.
    """

    def __init__(self, sets: Iterable[tuple[Key, BitMap]] = (), *, small: int = 0) -> None:
        self.small = small
        self.sizes: dict[Key, int] = {}
        self._sets: dict[Key, BitMap | bytes] = {}
        for key, positions in sets:
            self._put(key, positions)

    def __getitem__(self, key: Key) -> BitMap:
        found = self._sets.get(key, _NONE)
        return BitMap.deserialize(found) if isinstance(found, bytes) else found

    def __iter__(self) -> Iterator[Key]:
        return iter(self._sets)

    def __len__(self) -> int:
        return len(self._sets)

    def changed(self, more: Positions, less: Positions) -> "Bitmaps":
        """The same sets with more positions and less of them, as a value of its own."""
        if not more and not less:
            return self
        made = self._copy()
        for key in more.keys() | less.keys():
            positions = self[key].copy()
            positions.difference_update(BitMap(less.get(key, ())))
            positions.update(more.get(key, ()))
            made._put(key, positions)
        return made

    def moved(self, first: int, new: "array[int]") -> "Bitmaps":
        """The same sets after the positions from `first` on have moved: p is now new[p]."""
        made = self._copy()
        for key, positions in self.items():
            if positions and positions.max() >= first:
                whole = positions.to_array()
                tail = whole[bisect_left(whole, first) :]
                kept = positions.copy()
                kept.remove_range(first, END)
                kept.update(array("I", map(new.__getitem__, tail)))
                made._put(key, kept)
        return made

    def packed(self) -> Iterator[tuple[Key, int, bytes]]:
        """Every key with the size of its set and the set as bytes."""
        for key, found in self._sets.items():
            yield key, self.sizes[key], found if isinstance(found, bytes) else found.serialize()

    @classmethod
    def unpacked(cls, packed: Iterable[tuple[Key, int, bytes]], *, small: int) -> "Bitmaps":
        """What `packed` gave."""
        made = cls(small=small)
        for key, size, found in packed:
            made.sizes[key] = size
            made._sets[key] = found if size <= small else BitMap.deserialize(found)
        return made

    def _put(self, key: Key, positions: BitMap) -> None:
        self.sizes[key] = len(positions)
        if len(positions) <= self.small:
            self._sets[key] = positions.serialize()
        else:
            positions.shrink_to_fit()
            self._sets[key] = positions

    def _copy(self) -> "Bitmaps":
        made = Bitmaps(small=self.small)
        made._sets, made.sizes = self._sets.copy(), self.sizes.copy()
        return made
