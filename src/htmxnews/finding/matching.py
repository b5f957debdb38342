"""Which stories a selection has: the one place where filters and search text come together."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding.index import Index
from htmxnews.selection import Selection


@dataclass(frozen=True)
class Found:
    """The stories of a selection as positions of an index."""

    index: Index
    positions: BitMap


def matching(session: Session, selection: Selection, zone: ZoneInfo) -> Found:
    """Find them. Raises UnknownName."""
    index = indexes.current(session)
    return Found(index, index.resolve(selection, zone))
