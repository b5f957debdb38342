"""One number says whether content changed. Whoever caches asks for it; nothing expires by hope."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from htmxnews.store.models import State

CONTENT = "revision"

_read = select(State.value).where(State.key == bindparam("key"))
_bump = (
    update(State).where(State.key == bindparam("name")).values(value=State.value + 1).returning(State.value)
)


def current(session: Session, key: str = CONTENT) -> int:
    """Return the content revision (or another number kept under `key`; 0 when never set)."""
    return session.execute(_read, {"key": key}).scalar() or 0


def bump(session: Session) -> int:
    """Move the content revision by one inside the caller's transaction and return it.

    The row lock that this takes makes revisions commit in order, so no change is skipped by a follower.
    """
    revision: int = session.execute(
        _bump, {"name": CONTENT}, execution_options={"synchronize_session": False}
    ).scalar_one()
    return revision


def remember(session: Session, key: str, value: int) -> None:
    """Keep `value` under `key`: how far derived data has followed, for one."""
    state = session.get(State, key)
    if state is None:
        session.add(State(key=key, value=value))
    else:
        state.value = value
