"""What is worked out from stories: their entries in the search table, their gists, their related stories.

Two stages follow the content revision, each with its own mark of how far it has come: first the words of all
new stories, then their related ones, so that these are found among all. Texts are read and worked on outside
of the write lock; a batch is written whole together with its mark, so whoever is killed goes on from there.
"""

import json
from collections.abc import Callable, Sequence, Set

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select, tuple_
from sqlalchemy.orm import Session

from htmxnews.finding import gist, plain, relating, rows, words
from htmxnews.finding import index as indexes
from htmxnews.finding import search_table as table
from htmxnews.finding.corpus import Corpus
from htmxnews.finding.gist import Gist
from htmxnews.finding.rows import FullStory
from htmxnews.finding.search import DERIVED
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import RelatedStory, Story, StoryGist

BATCH = 100
_RELATED = "related"
_SWEPT = "swept"

Progress = Callable[[int, int], None]  # steps done, steps in all


def catch_up(store: Store, on_progress: Progress | None = None) -> int:
    """Follow all changes and return how many stories were worked on.

    `on_progress` is told after each batch; every story takes two steps. May run in several processes at once.
    """
    _sweep(store)
    with store.reading() as session:
        count = _remaining(session, DERIVED)
        steps = count + _remaining(session, _RELATED)
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if on_progress:
            on_progress(min(done, steps), steps)

    while size := _words_of_next(store):
        tell(size)
    with store.reading() as session:
        pending = frozenset(story_id for story_id, _ in _after(session, _RELATED, limit=-1))
    corpus = Corpus()
    while size := _related_of_next(store, corpus, pending):
        tell(size)
    return count


def behind(session: Session) -> int:
    """How many stories have not been worked on since they last changed."""
    return max(_remaining(session, DERIVED), _remaining(session, _RELATED))


def reset(store: Store) -> None:
    """Forget all that was worked out; the next `catch_up` makes it anew."""
    with store.writing() as session:
        table.clear(session)
        session.execute(delete(StoryGist))
        session.execute(delete(RelatedStory))
        for key in (DERIVED, _RELATED, _SWEPT):
            revisions.remember(session, key, 0)
            revisions.remember(session, _id_key(key), 0)


def _sweep(store: Store) -> None:
    """Forget stories that are no more."""
    with store.reading() as session:
        revision = revisions.current(session)
        if revision == revisions.current(session, _SWEPT):
            return
        gone = session.scalars(_gone).all()
    for start in range(0, len(gone), BATCH):
        some = gone[start : start + BATCH]
        with store.writing() as session:
            table.drop(session, some)
            session.execute(_forget_gists, {"ids": json.dumps(list(some))})
    with store.writing() as session:
        revisions.remember(session, _SWEPT, revision)


def _words_of_next(store: Store) -> int:
    """Work on the words of the next batch; return its size."""
    with store.reading() as session:
        batch = _next(session, DERIVED)
        stories = rows.fulls(session, [story_id for story_id, _ in batch])
    if not batch:
        return 0
    made = [_words_of(story) for story in stories]
    with store.writing() as session:
        if _advance(session, DERIVED, batch):
            ids = [entry.story_id for entry, _ in made]
            table.put(session, [entry for entry, _ in made])
            session.execute(_forget_gists, {"ids": json.dumps(ids)})
            if made:
                lines = [
                    {"story_id": entry.story_id, "gist": gist.pack(), "terms": gist.terms().pack()}
                    for entry, gist in made
                ]
                session.execute(insert(StoryGist), lines)
    return len(batch)


def _words_of(story: FullStory) -> tuple[table.Entry, Gist]:
    row = story.row
    body = plain.plain_text(story.html)
    tags = [tag.name for tag in row.tags]
    named = [*tags, *(author.name for author in row.authors), *([row.category.name] if row.category else [])]
    fields = (row.title, row.summary, f" {table.FIELD_END} ".join(named), body)
    exact: list[str] = []
    for text in (row.title, row.summary, *named, body):
        exact += [*words.words(text), table.FIELD_END]
    title, summary, names, stems = (words.stems(field, row.lang) for field in fields)
    entry = table.Entry(row.id, title, summary, names, stems, exact)
    return entry, gist.make(row.title, row.summary, tags, body, row.lang)


def _related_of_next(store: Store, corpus: Corpus, pending: Set[int]) -> int:
    """Work on the related stories of the next batch; return its size."""
    with store.reading() as session:
        batch = _next(session, _RELATED)
        if not batch:
            return 0
        worker = relating.Relating(session, corpus, indexes.current(session), pending)
        changes = worker.changes([story_id for story_id, _ in batch])
    with store.writing() as session:
        if _advance(session, _RELATED, batch):
            relating.write(session, changes)
    return len(batch)


def _next(session: Session, key: str) -> list[tuple[int, int]]:
    return _after(session, key, limit=BATCH)


def _after(session: Session, key: str, limit: int) -> list[tuple[int, int]]:
    """(id, revision) of stories behind the mark, in the order in which they changed; limit -1: all."""
    revision, story_id = _mark(session, key)
    found = session.execute(_changed, {"revision": revision, "story_id": story_id, "limit": limit})
    return [(row.id, row.revision) for row in found]


def _remaining(session: Session, key: str) -> int:
    revision, story_id = _mark(session, key)
    return session.execute(_changed_count, {"revision": revision, "story_id": story_id}).scalar_one()


def _advance(session: Session, key: str, batch: Sequence[tuple[int, int]]) -> bool:
    """Move the mark behind the batch; False when somebody else has come further meanwhile."""
    story_id, revision = batch[-1]
    if _mark(session, key) >= (revision, story_id):
        return False
    revisions.remember(session, key, revision)
    revisions.remember(session, _id_key(key), story_id)
    return True


def _mark(session: Session, key: str) -> tuple[int, int]:
    """The revision and id of the last story that this stage has worked on."""
    return revisions.current(session, key), revisions.current(session, _id_key(key))


def _id_key(key: str) -> str:
    return f"{key}_story"


_place = tuple_(Story.revision, Story.id) > tuple_(
    bindparam("revision", type_=BigInteger), bindparam("story_id", type_=BigInteger)
)
_changed = (
    select(Story.id, Story.revision)
    .where(_place)
    .order_by(Story.revision, Story.id)
    .limit(bindparam("limit", type_=BigInteger))
)
_changed_count = select(func.count()).select_from(Story).where(_place)
_gone = select(StoryGist.story_id).where(StoryGist.story_id.not_in(select(Story.id)))
_forget_gists = delete(StoryGist).where(rows.among(StoryGist.story_id))
