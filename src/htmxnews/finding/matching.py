"""Which stories a selection has: the one place where filters and search text come together."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import search
from htmxnews.finding.index import Index
from htmxnews.selection import Selection


@dataclass(frozen=True)
class Found:
    """The stories of a selection as positions of an index."""

    index: Index
    positions: BitMap
    scores: Mapping[int, int] | None  # by position, more is better; None without search text


def matching(session: Session, selection: Selection, zone: ZoneInfo) -> Found:
    """Find them. Raises UnknownName."""
    index = indexes.current(session)
    positions = index.resolve(selection, zone)
    if not selection.q:
        return Found(index, positions, None)
    hits = search.hits(session, index, selection.q)
    return Found(index, positions & hits.positions, hits.scores)
