"""Servers that asked to be left alone for a while: remembered from one run to the next (S19)."""

from datetime import datetime
from time import monotonic

from sqlalchemy import delete, select

from htmxnews.config import Config
from htmxnews.intake.fetch import Fetcher, FetchError
from htmxnews.intake.waits import LONGEST
from htmxnews.store.engine import Store
from htmxnews.store.models import ServerRest


def client(store: Store, config: Config, now: datetime) -> Fetcher:
    """The one client, told which servers it must not ask yet."""
    fetcher = Fetcher.of(config)
    began = monotonic()
    fetcher.rests = {
        server: began + (until - now).total_seconds() for server, until in resting(store, now).items()
    }
    return fetcher


def resting(store: Store, now: datetime) -> dict[str, datetime]:
    """The servers that are to be left alone, and until when."""
    with store.reading() as session:
        # Nobody is given a longer rest: what lies further ahead was reckoned by a clock that was wrong.
        rows = session.scalars(select(ServerRest).where(ServerRest.until.between(now, now + 2 * LONGEST)))
        return {row.server: row.until for row in rows}


def remember(store: Store, error: FetchError, now: datetime) -> None:
    """Keep what a server asked for, if it asked for something, and forget what is over."""
    if error.resting is None or error.wait is None or error.not_asked:
        return
    with store.writing() as session:
        session.execute(delete(ServerRest).where(ServerRest.until <= now))
        session.merge(ServerRest(server=error.resting, until=now + error.wait))
