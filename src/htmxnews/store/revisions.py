"""One number says whether content changed. Whoever caches asks for it; nothing expires by hope."""

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, bindparam, event, select, update
from sqlalchemy.orm import Session, SessionTransaction

from htmxnews.store.models import State

CONTENT = "revision"
VIEWS = "views"  # moves whenever views were counted; nobody keeps pages by it

NUMBERS = "SELECT key, value FROM state"

_state = State.__table__
_read = select(_state.c.value).where(_state.c.key == bindparam("key"))
_bump = (
    update(State).where(State.key == bindparam("name")).values(value=State.value + 1).returning(State.value)
)


class Moved(BaseException):
    """The database is no longer as a reading believed: begin again. No error, and not to be taken for one."""


class Reading(Session):
    """A session that reads.

    `believed` are all numbers as they were a moment ago: what needs nothing else is spared a transaction.
    What begins one finds the database as believed, or raises Moved.
    """

    def __init__(self, engine: Engine, believed: Mapping[str, int] | None = None) -> None:
        super().__init__(engine, autoflush=False)
        self.believed = believed
        if believed is not None:
            self.info[State] = believed


@event.listens_for(Reading, "after_begin")
def _hold(session: Reading, _transaction: SessionTransaction, connection: Connection) -> None:
    if session.believed is not None and _numbers(connection) != session.believed:
        raise Moved
    session.believed = None


def current(session: Session, key: str = CONTENT) -> int:
    """Return the content revision (or another number kept under `key`; 0 when never set)."""
    return session.connection().execute(_read, {"key": key}).scalar() or 0


def seen(session: Session) -> Mapping[str, int]:
    """All numbers as a reading session sees them, from its first reading to its end; so it asks once."""
    found: Mapping[str, int] | None = session.info.get(State)
    if found is None:
        found = session.info[State] = _numbers(session.connection())
    return found


def bump(session: Session, key: str = CONTENT) -> int:
    """Move the content revision (or another number) by one inside the caller's transaction and return it.

    The row lock that this takes makes revisions commit in order, so no change is skipped by a follower.
    """
    revision: int = session.execute(
        _bump, {"name": key}, execution_options={"synchronize_session": False}
    ).scalar_one()
    return revision


def remember(session: Session, key: str, value: int) -> None:
    """Keep `value` under `key`: how far derived data has followed, for one."""
    state = session.get(State, key)
    if state is None:
        session.add(State(key=key, value=value))
    else:
        state.value = value


def _numbers(connection: Connection) -> dict[str, int]:
    return dict(connection.exec_driver_sql(NUMBERS).all())  # half the time of a select
