"""Stories cleaned again from the kept raw source, after the policy changed (S06)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from htmxnews.config import Config
from htmxnews.intake import clean
from htmxnews.intake.addresses import own_hosts
from htmxnews.intake.report import Progress
from htmxnews.intake.run import BATCH
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Picture, Story, StoryBody
from htmxnews.text import count_words


@dataclass(frozen=True)
class _Again:
    story_id: int
    html: str
    words: int
    differs: bool


def reclean(
    store: Store, config: Config, *, everything: bool = False, on_progress: Progress | None = None
) -> tuple[int, int]:
    """Clean the stories of an older policy, or all, and return how many changed and how many were done.

    Goes batch by batch; after an interrupt the next run goes on, as the policy number says what is done.
    """
    hosts = own_hosts(config.base_url, config.extra_hosts)
    changed = done = last = 0
    with store.reading() as session:
        total = session.scalar(select(func.count()).select_from(StoryBody).where(*_waiting(everything, 0)))
    while batch := _cleaned(store, _waiting(everything, last), hosts):
        with store.writing() as session:
            changed += _write(session, batch)
        done += len(batch)
        last = batch[-1].story_id
        if on_progress:
            on_progress(done, total)
    return changed, done


def _waiting(everything: bool, last: int) -> list[ColumnElement[bool]]:
    behind = [StoryBody.story_id > last]
    return behind if everything else [*behind, StoryBody.policy != clean.POLICY]


def _cleaned(store: Store, waiting: list[ColumnElement[bool]], hosts: frozenset[str]) -> list[_Again]:
    query = (
        select(StoryBody, Picture.url)
        .outerjoin(Picture, Picture.story_id == StoryBody.story_id)
        .where(*waiting)
        .order_by(StoryBody.story_id)
        .limit(BATCH)
    )
    with store.reading() as session:
        return [_again(body, lead, hosts) for body, lead in session.execute(query)]


def _again(body: Any, lead: str | None, hosts: frozenset[str]) -> _Again:
    found = clean.clean(body.raw, body.raw_kind, base_url=body.base_url, own_hosts=hosts, lead=lead)
    return _Again(body.story_id, found.html, count_words(found.text), found.html != body.html)


def _write(session: Session, batch: list[_Again]) -> int:
    changed = [one for one in batch if one.differs]
    revision = revisions.bump(session) if changed else 0
    for one in batch:
        values = {"html": one.html, "policy": clean.POLICY}
        session.execute(update(StoryBody).where(StoryBody.story_id == one.story_id).values(**values))
        if one.differs:
            fresh = {"revision": revision, "words": one.words}
            session.execute(update(Story).where(Story.id == one.story_id).values(**fresh))
    return len(changed)
