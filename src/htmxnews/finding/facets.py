"""True counts: how many stories of a selection have each tag."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding.index import Index
from htmxnews.finding.matching import Found, matching
from htmxnews.selection import Selection

WALKED = 20  # stories looked at for each tag wanted: all of a small result, an even sample of a larger one
SPARE = 20  # tags counted beyond twice as many as are shown, since a sample may name them in the wrong order


class TagCount(NamedTuple):
    """A tag and how many stories of the selection have it."""

    slug: str
    name: str
    count: int  # type: ignore[assignment]  # nobody counts in three values


@dataclass(frozen=True)
class Facets:
    """The number of stories and their tags, most first, then by name; tags without a story are left out."""

    total: int
    tags: tuple[TagCount, ...]


def facets(session: Session, selection: Selection, *, zone: ZoneInfo, limit: int | None) -> Facets:
    """Count the tags of a selection: the `limit` most frequent, and those that the selection names.

    Every count is exact. Without a `limit` all tags are counted. Raises UnknownName.
    """
    found = matching(session, selection, zone)
    index, positions = found.index, found.positions
    ids = index.names.ids["tag"]
    chosen = {ids[slug] for slug in (*selection.tag, *selection.any) if slug in ids}
    counts = _counts(found, limit)
    for tag_id in chosen - counts.keys():
        counts[tag_id] = positions.intersection_cardinality(index.sets["tag"][tag_id])
    least = 1
    if limit is not None and len(counts) > limit:
        least = max(1, sorted(counts.values(), reverse=True)[limit - 1])
    tags = [
        TagCount(*index.names.by_id["tag"][tag_id], count)
        for tag_id, count in counts.items()
        if count >= least or (count and tag_id in chosen)
    ]
    tags.sort(key=lambda tag: (-tag.count, tag.name.casefold(), tag.slug))
    named = {index.names.by_id["tag"][tag_id].slug for tag_id in chosen}
    shown = tags if limit is None else tags[:limit] + [tag for tag in tags[limit:] if tag.slug in named]
    return Facets(total=len(positions), tags=tuple(shown))


def _counts(found: Found, limit: int | None) -> dict[int, int]:
    """Stories by tag: of all tags, or at least of those that may be among the `limit` most frequent."""
    index, positions = found.index, found.positions
    few = WALKED * limit if limit else len(index.sets["tag"])
    if len(positions) <= few:
        return _walk(index, positions)
    left_out = found.before_not - positions
    if len(left_out) > few:
        return dict(_of_many(index, positions, limit))
    less = _walk(index, left_out)
    more = _of_many(index, found.before_not, limit)
    return {tag_id: count - less.get(tag_id, 0) for tag_id, count in more.items()}


def _of_many(index: Index, positions: BitMap, limit: int | None) -> Mapping[Any, int]:
    """The same of very many stories, kept: the next page of a list, and one tag less of it, ask it again."""
    if len(positions) == len(index):
        sizes = index.sets["tag"].sizes
        return {tag: sizes.get(tag, 0) for tag in index.largest_tags[: 2 * limit + SPARE]} if limit else sizes
    key = ("tags of", limit, len(positions), positions.min(), positions.max())
    kept = index.memo.get(key)
    if kept is None or kept[0] != positions:
        kept = (positions, _intersected(index, positions, limit))
        index.memo.put(key, kept)
    counts: Mapping[Any, int] = kept[1]
    return counts


def _intersected(index: Index, positions: BitMap, limit: int | None) -> Mapping[Any, int]:
    sets = index.sets["tag"]
    likely: Collection[Any] = sets.sizes
    if limit:
        sample = positions.to_array()[:: -(-len(positions) // (WALKED * limit))]
        likely = [tag_id for tag_id, _ in _walk(index, sample).most_common(2 * limit + SPARE)]
    # Dense sets meet each other in a few microseconds, where the members of others are looked up one by one.
    if 2 * len(positions) > len(index):
        return {tag_id: _met(index, positions, tag_id) for tag_id in likely}
    others = index.everything - positions
    return {tag_id: sets.sizes[tag_id] - _met(index, others, tag_id) for tag_id in likely}


def _met(index: Index, positions: BitMap, tag_id: Any) -> int:
    others = index.without_tag.get(tag_id)
    if others is None:
        return int(positions.intersection_cardinality(index.sets["tag"][tag_id]))
    return len(positions) - int(positions.intersection_cardinality(others))


def _walk(index: Index, positions: Iterable[int]) -> Counter[int]:
    runs, border = index.base.tags, index.border
    starts, ids = runs.starts, runs.ids
    met = array("I")
    for position in positions:
        met.extend(
            ids[starts[position] : starts[position + 1]] if position < border else index.tags_at(position)
        )
    return Counter(met)
