"""Which subscriptions a round has taken on, so that two rounds at once ask for none of them twice (S19)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, bindparam, update
from sqlalchemy.orm import Session

from htmxnews.store.engine import Store
from htmxnews.store.models import Source

LASTS = timedelta(minutes=5)  # for so long a round that was killed keeps others from what it has not asked


def is_leased(now: datetime) -> ColumnElement[bool]:
    """Whether a round holds a source. What would last much longer was written by a clock that was wrong."""
    return Source.leased_until.between(now, now + 2 * LASTS)


class Lease:
    """What one round holds: the sources that it asks, until each is settled (that write ends its lease)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: set[int] = set()
        self._until: datetime | None = None

    def take(self, session: Session, sources: Iterable[Source], now: datetime) -> None:
        """Hold these, in the transaction that has found them free."""
        self._held.update(source.id for source in sources)
        self._write(session, now + LASTS)

    def keep(self, now: datetime) -> None:
        """Hold on to them, well before others could take them."""
        if self._until and now > self._until - LASTS / 2:
            with self._store.writing() as session:
                self._write(session, now + LASTS)

    def settled(self, source: Source) -> None:
        self._held.discard(source.id)

    def end(self) -> None:
        """Let go of what was not settled."""
        if self._held:
            with self._store.writing() as session:
                self._write(session, None)

    def _write(self, session: Session, until: datetime | None) -> None:
        self._until = until
        if self._held:
            rows = [{"held": source_id, "leased_until": until} for source_id in self._held]
            session.connection().execute(_update, rows)


_sources: Table = Source.__table__  # type: ignore[assignment]
_update = update(_sources).where(_sources.c.id == bindparam("held"))
