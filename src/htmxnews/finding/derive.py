"""What is worked out from stories: their entries in the search table, their gists, their related stories.

Three stages follow the content revision, each with its own mark of how far it has come: copies are folded
first, as that changes rows; then come the words of all new stories, then their related ones, which are found
among all. Texts are read and worked on outside of the write lock; a batch is written whole together with its
mark, so whoever is killed goes on from there.
"""

import json
from collections.abc import Callable, Set

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from htmxnews.finding import common, folding, gist, plain, relating, rows, stage, words
from htmxnews.finding import index as indexes
from htmxnews.finding import search_table as table
from htmxnews.finding.corpus import Corpus
from htmxnews.finding.entries import FIELD_END, Entry
from htmxnews.finding.gist import Gist, Terms
from htmxnews.finding.rows import FullStory
from htmxnews.finding.search import DERIVED
from htmxnews.store import revisions
from htmxnews.store.dialect import among
from htmxnews.store.engine import Store
from htmxnews.store.models import RelatedStory, Story, StoryGist

BATCH = 100
CONDENSED_SHARE = 0.1  # of all stories, that have come at once: their entries are many small parts
_RELATED = "related"
_SWEPT = "swept"

Progress = Callable[[int, int], None]  # steps done, steps in all


def catch_up(store: Store, on_progress: Progress | None = None, *, fold: bool = True) -> int:
    """Follow all changes and return how many stories were worked on.

    `on_progress` is told after each batch; every story takes two steps, three where copies are to be folded.
    May run in several processes at once.
    """
    _sweep(store)
    keys = (folding.FOLDED, DERIVED, _RELATED) if fold else (DERIVED, _RELATED)
    with store.reading() as session:
        count = stage.remaining(session, DERIVED)
        steps = sum(stage.remaining(session, key) for key in keys)
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if on_progress:
            on_progress(min(done, steps), steps)

    if fold:
        while size := folding.fold_next(store, BATCH):
            tell(size)
        folding.mend(store)
    else:
        folding.release(store)
    while size := _words_of_next(store):
        tell(size)
    common.choose(store)
    if count > _stories(store) * CONDENSED_SHARE:
        table.condense(store)
    _relate(store, tell)
    indexes.save(store)
    return count


def _stories(store: Store) -> int:
    with store.reading() as session:
        return len(indexes.current(session))


def behind(session: Session) -> int:
    """How many stories have not been worked on since they last changed."""
    return max(stage.remaining(session, DERIVED), stage.remaining(session, _RELATED))


def reset(store: Store) -> None:
    """Forget all that was worked out; the next `catch_up` makes it anew."""
    with store.writing() as session:
        table.clear(session)
        common.clear(session)
        session.execute(delete(StoryGist))
        session.execute(delete(RelatedStory))
        folding.reset(session)
        for key in (DERIVED, _RELATED, _SWEPT):
            stage.reset(session, key)


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
        batch = stage.after(session, DERIVED, BATCH)
        stories = rows.fulls(session, [story_id for story_id, _ in batch])
    if not batch:
        return 0
    made = [_words_of(story) for story in stories]
    with store.writing() as session:
        if stage.advance(session, DERIVED, batch):
            ids = [entry.story_id for entry, _, _ in made]
            entries = [entry for entry, _, _ in made]
            common.put(session, entries)
            table.put(session, entries)
            session.execute(_forget_gists, {"ids": json.dumps(ids)})
            if made:
                lines = [
                    {"story_id": entry.story_id, "gist": gist.pack(), "terms": terms.pack()}
                    for entry, gist, terms in made
                ]
                session.execute(insert(StoryGist), lines)
    return len(batch)


def _words_of(story: FullStory) -> tuple[Entry, Gist, Terms]:
    row = story.row
    body = plain.plain_text(story.html)
    tags = [tag.name for tag in row.tags]
    named = [*tags, *(author.name for author in row.authors), *([row.category.name] if row.category else [])]
    fields = (row.title, row.summary, f" {FIELD_END} ".join(named), body)
    exact: list[str] = []
    for text in (row.title, row.summary, *named, body):
        exact += [*words.words(text), FIELD_END]
    title, summary, names, stems = (words.stems(field, row.lang) for field in fields)
    about, terms = gist.make(row.title, row.summary, tags, body, row.lang)
    # The words of runs as terms of their own: rarer than their characters, and cheaper to look for.
    units = [term for term in about.words if words.is_run(term)]
    entry = Entry(row.id, title, summary, names, [*stems, FIELD_END, *units], exact)
    return entry, about, terms


def _relate(store: Store, tell: Callable[[int], None]) -> None:
    while last := _last_to_relate(store):
        with store.writing() as session:
            pending, until = stage.round_of(session, _RELATED, last)
        corpus = Corpus()
        while size := _related_of_next(store, corpus, pending, until):
            tell(size)


def _last_to_relate(store: Store) -> int:
    """The last revision whose words are known; 0 where all of those are related."""
    with store.reading() as session:
        last = revisions.current(session, DERIVED)
        return last if stage.after(session, _RELATED, 1, last) else 0


def _related_of_next(store: Store, corpus: Corpus, pending: Set[int], until: int) -> int:
    """Work on the related stories of the next batch of a round; return its size."""
    with store.reading() as session:
        batch = stage.after(session, _RELATED, BATCH, until)
        if not batch:
            return 0
        worker = relating.Relating(session, corpus, indexes.current(session), pending)
        changes = worker.changes([story_id for story_id, _ in batch])
    with store.writing() as session:
        if stage.advance(session, _RELATED, batch):
            relating.write(session, changes)
    return len(batch)


_gone = select(StoryGist.story_id).where(StoryGist.story_id.not_in(select(Story.id)))
_forget_gists = delete(StoryGist).where(among(StoryGist.story_id))
