"""Which stories a selection has: the one place where filters and search text come together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import search
from htmxnews.finding.index import Index
from htmxnews.finding.search import Hits
from htmxnews.selection import Selection


@dataclass(frozen=True)
class Found:
    """The stories of a selection, by position: all of `allowed`, or what a search found among them."""

    index: Index
    allowed: BitMap
    allowed_before_not: BitMap  # those before the tags that are not wanted were taken out
    search: Hits | None

    @cached_property
    def positions(self) -> BitMap:
        """Where they stand; takes a while where a search has found very many."""
        return self._found(self.allowed)

    @cached_property
    def before_not(self) -> BitMap:
        """Where they stood before the tags that are not wanted were taken out."""
        if self.allowed is self.allowed_before_not:
            return self.positions
        return self._found(self.allowed_before_not)

    @property
    def hits(self) -> Hits | None:
        """What a search found, where it found nothing else."""
        return self.search if self.allowed is self.index.everything else None

    @property
    def scores(self) -> Mapping[int, int] | None:
        """By position, more is better; None without search text."""
        return self.search.scores if self.search else None

    def _found(self, allowed: BitMap) -> BitMap:
        if not self.search:
            return allowed
        if len(allowed) < len(self.search.ids):
            here = self.index.id_at
            return BitMap([position for position in allowed if here(position) in self.search.ids])
        return allowed & self.search.positions


def matching(session: Session, selection: Selection, zone: ZoneInfo) -> Found:
    """Find them; what was found last is kept, since a page asks for rows, counts and panels of one selection.

    Raises UnknownName.
    """
    last: tuple[object, Found | None] = session.info.get(Found, (None, None))
    asked, found = last
    if found is None or asked != (selection, zone):
        found = _matching(session, selection, zone)
        session.info[Found] = (selection, zone), found
    return found


def _matching(session: Session, selection: Selection, zone: ZoneInfo) -> Found:
    index = indexes.current(session)
    before_not = index.before_not(selection, zone)
    allowed = before_not - index.unwanted(selection) if selection.not_ else before_not
    by_words = None
    if selection.q:
        by_words = search.hits(session, index, selection.q, weighed=selection.sort == "relevance")
    return Found(index, allowed, before_not, by_words)
