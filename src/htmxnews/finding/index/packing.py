"""The base laid anew: recent stories put into their places among the others.

Only what stands above the oldest recent story moves, so on an ordinary day that is little.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from pyroaring import BitMap

from htmxnews.finding.index.version import Base, Index, Recent, Runs


def packed(index: Index) -> Index:
    """The same stories with nothing recent among them."""
    base, recent = index.base, index.recent
    oldest = recent.order[0] if recent.order else None
    first = base.below(*oldest[:2]) if oldest else index.border
    order = _order(index, first)
    ids = base.ids[:first]
    ids.extend(index.id_at(position) for position in order)
    published = base.published[:first]
    published.extend(index.published_at(position) for position in order)
    new = array("I", [0]) * recent.next
    for position, old in enumerate(order, first):
        new[old] = position
    everything = index.everything.copy()
    everything.remove_range(first, recent.next)
    everything.add_range(first, len(ids))
    return replace(
        index,
        base=Base(
            ids,
            published,
            _positions(index, first, ids),
            _runs(base.tags, first, order, index.tags_at),
            _runs(base.authors, first, order, index.authors_at),
        ),
        recent=Recent({}, (), {}, len(ids)),
        everything=everything,
        sets={group: sets.moved(first, new) for group, sets in index.sets.items()},
    )


def _order(index: Index, first: int) -> "array[int]":
    """The positions from `first` on, in the order of their stories."""
    standing = (index.everything & BitMap(range(first, index.border))).to_array()
    order, done = array("I"), 0
    for published, story_id, position in index.recent.order:
        below = bisect_left(standing, index.base.below(published, story_id))
        order.extend(standing[done:below])
        order.append(position)
        done = below
    order.extend(standing[done:])
    return order


def _positions(index: Index, first: int, ids: "array[int]") -> "array[int]":
    positions = array("i", index.base.positions)
    positions.extend([-1] * (max(index.recent.moved, default=0) + 1 - len(positions)))
    for story_id in index.recent.moved:
        positions[story_id] = -1
    for position in range(first, len(ids)):
        positions[ids[position]] = position
    return positions


def _runs(runs: Runs, first: int, order: Sequence[int], run_at: Callable[[int], Sequence[int]]) -> Runs:
    starts = runs.starts[: first + 1]
    ids = runs.ids[: starts[first]]
    for position in order:
        ids.extend(run_at(position))
        starts.append(len(ids))
    return Runs(starts, ids)
