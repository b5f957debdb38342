"""One number says whether content changed. Whoever caches asks for it; nothing expires by hope."""

from collections.abc import Mapping

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from htmxnews.store.models import State

CONTENT = "revision"
VIEWS = "views"  # moves whenever views were counted; nobody keeps pages by it

_state = State.__table__
_read = select(_state.c.value).where(_state.c.key == bindparam("key"))
_bump = (
    update(State).where(State.key == bindparam("name")).values(value=State.value + 1).returning(State.value)
)


def current(session: Session, key: str = CONTENT) -> int:
    """Return the content revision (or another number kept under `key`; 0 when never set)."""
    return session.connection().execute(_read, {"key": key}).scalar() or 0


def seen(session: Session) -> Mapping[str, int]:
    """All numbers as a reading session sees them, from its first reading to its end; so it asks once."""
    found: dict[str, int] | None = session.info.get(State)
    if found is None:
        lines = session.connection().exec_driver_sql(
            "SELECT key, value FROM state"
        )  # half the time of a select
        found = session.info[State] = dict(lines.all())
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
