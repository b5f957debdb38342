"""How far a stage of derived data has followed the stories: a mark, moved batch by batch.

A stage that must know what else will have its turn goes in rounds: all that has changed when one begins.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from htmxnews.store import revisions
from htmxnews.store.models import Story

EVERY = 2**62  # a limit for all


def after(session: Session, key: str, limit: int, until: int = EVERY) -> list[tuple[int, int]]:
    """(id, revision) of stories behind the mark, in the order in which they changed; at most `limit`.

    `until` is the last revision to look at.
    """
    revision, story_id = _mark(session, key)
    asked = {"revision": revision, "story_id": story_id, "until": until, "limit": limit}
    return [(row.id, row.revision) for row in session.execute(_changed, asked)]


def round_of(session: Session, key: str, last: int) -> tuple[frozenset[int], int]:
    """The ids of the round that a stage is in, done ones among them, and its last revision.

    When none is left, the next one begins, which goes up to the revision `last`. Whoever goes on from where
    another was stopped is in the same round.
    """
    until = revisions.current(session, _until_key(key))
    if not after(session, key, 1, until):
        until = last
        revisions.remember(session, _until_key(key), until)
        _put_mark(session, _since_key(key), _mark(session, key))
    return frozenset(story_id for story_id, _ in after(session, _since_key(key), EVERY, until)), until


def remaining(session: Session, key: str) -> int:
    """How many stories have changed since."""
    revision, story_id = _mark(session, key)
    return session.execute(_changed_count, {"revision": revision, "story_id": story_id}).scalar_one()


def advance(session: Session, key: str, batch: Sequence[tuple[int, int]]) -> bool:
    """Move the mark behind the batch; False when somebody else has come further meanwhile."""
    story_id, revision = batch[-1]
    if _mark(session, key) >= (revision, story_id):
        return False
    _put_mark(session, key, (revision, story_id))
    return True


def reset(session: Session, key: str) -> None:
    """Begin from the first story again."""
    _put_mark(session, key, (0, 0))
    revisions.remember(session, _until_key(key), 0)


def _mark(session: Session, key: str) -> tuple[int, int]:
    """The revision and id of the last story that this stage has worked on."""
    return revisions.current(session, key), revisions.current(session, _id_key(key))


def _put_mark(session: Session, key: str, mark: tuple[int, int]) -> None:
    revision, story_id = mark
    revisions.remember(session, key, revision)
    revisions.remember(session, _id_key(key), story_id)


def _id_key(key: str) -> str:
    return f"{key}_story"


def _since_key(key: str) -> str:
    return f"{key}_since"


def _until_key(key: str) -> str:
    return f"{key}_until"


_place = tuple_(Story.revision, Story.id) > tuple_(
    bindparam("revision", type_=BigInteger), bindparam("story_id", type_=BigInteger)
)
_changed = (
    select(Story.id, Story.revision)
    .where(_place, Story.revision <= bindparam("until", type_=BigInteger))
    .order_by(Story.revision, Story.id)
    .limit(bindparam("limit", type_=BigInteger))
)
_changed_count = select(func.count()).select_from(Story).where(_place)
