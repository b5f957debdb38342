"""True counts: how many stories of a selection have each tag."""

from collections import Counter
from dataclasses import dataclass
from heapq import heappush, heappushpop
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding.index import Index
from htmxnews.finding.matching import matching
from htmxnews.selection import Selection

WALK_MAX = 4_096  # stories up to which walking their tags is cheaper than intersecting bitmaps


@dataclass(frozen=True)
class TagCount:
    """A tag and how many stories of the selection have it."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True)
class Facets:
    """The number of stories and their tags, most first, then by name; tags without a story are left out."""

    total: int
    tags: tuple[TagCount, ...]


def facets(session: Session, selection: Selection, *, zone: ZoneInfo, limit: int | None) -> Facets:
    """Count the tags of a selection: the `limit` most frequent, and those that the selection names.

    Every count is exact, and so is the choice; `limit` is at least 1. Raises UnknownName.
    """
    found = matching(session, selection, zone)
    index, positions = found.index, found.positions
    few = len(positions) <= WALK_MAX
    counts = _walk(index, positions) if few else _intersect(index, positions, limit)
    chosen = {*selection.tag, *selection.any}
    for label in (index.labels["tag"][slug] for slug in chosen if slug in index.labels["tag"]):
        counts[label.id] = positions.intersection_cardinality(index.having["tag"].get(label.id, BitMap()))
    tags = sorted(
        (_tag_count(index, tag_id, count) for tag_id, count in counts.items() if count),
        key=lambda tag: (-tag.count, tag.name.casefold(), tag.slug),
    )
    shown = tags if limit is None else tags[:limit] + [tag for tag in tags[limit:] if tag.slug in chosen]
    return Facets(total=len(positions), tags=tuple(shown))


def _walk(index: Index, positions: BitMap) -> Counter[int]:
    counts: Counter[int] = Counter()
    for position in positions:
        counts.update(index.tags_at(position))
    return counts


def _intersect(index: Index, positions: BitMap, limit: int | None) -> Counter[int]:
    """Count from the largest tag down, until no tag left can have more than the last of the best."""
    counts: Counter[int] = Counter()
    best: list[int] = []
    for tag_id, having in index.largest_tags:
        if limit is not None and len(best) >= limit and len(having) < best[0]:
            break
        count = counts[tag_id] = positions.intersection_cardinality(having)
        if limit is None or len(best) < limit:
            heappush(best, count)
        else:
            heappushpop(best, count)
    return counts


def _tag_count(index: Index, tag_id: int, count: int) -> TagCount:
    label = index.tags_by_id[tag_id]
    return TagCount(label.slug, label.name, count)
