"""From one version to the next: changes replayed, and the base laid anew when much has gathered."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from threading import Lock, Thread
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from htmxnews.finding.index import saved, tables
from htmxnews.finding.index.bitmaps import Key
from htmxnews.finding.index.packing import packed
from htmxnews.finding.index.version import GROUPS, KINDS, Fact, Group, Index, Memo, Names, Recent
from htmxnews.store import revisions
from htmxnews.store.engine import Store

VERSIONS = 3  # kept, for sessions that began a little earlier
RECENT_MAX = 4_096  # stories that came or changed since the base was laid, until it is laid anew
REPLAYED_MAX = 20_000  # changes; or an eighth of all stories, if more: beyond, the tables are read anew

_versions: WeakKeyDictionary[Engine, list[Index]] = WeakKeyDictionary()
_being_packed: WeakSet[Engine] = WeakSet()
_lock = Lock()


def current(session: Session) -> Index:
    """The index of the session's database at the revision that the session sees.

    A session sees one revision from its first reading to its end, so it is asked only once.
    """
    found: Index | None = session.info.get(Index)
    if found is None:
        found = session.info[Index] = _at(session, revisions.seen(session).get(revisions.CONTENT, 0))
    return found


def save(store: Store) -> bool:
    """Save the index for those who start, where that is due; whether it was."""
    with store.reading() as session:
        index = current(session)
        due = saved.is_due(session, index)
    if due:
        saved.save(store, packed(index))
    return due


def _at(session: Session, revision: int) -> Index:
    engine: Any = session.get_bind()
    for index in _versions.get(engine, ()):
        if index.revision == revision:
            return index
    with _lock:
        older = [index for index in _versions.get(engine, ()) if index.revision <= revision]
        start = older[-1] if older else saved.load(session, revision)
        found = start and advanced(session, start, revision)
        index = found or tables.build(session, revision)
        _keep(engine, index)
    if len(index.recent) > RECENT_MAX and engine not in _being_packed:
        _being_packed.add(engine)
        Thread(target=_lay_anew, args=(engine, index), daemon=True).start()
    return index


def _keep(engine: Engine, index: Index) -> None:
    others = [other for other in _versions.get(engine, ()) if other.revision != index.revision]
    _versions[engine] = sorted([*others, index], key=lambda other: other.revision)[-VERSIONS:]


def _lay_anew(engine: Engine, index: Index) -> None:
    """Pack beside the requests; versions made meanwhile are forgotten, and come again from the packed one."""
    made = packed(index)
    with _lock:
        _versions[engine] = [*(old for old in _versions[engine] if old.revision < made.revision), made]
        _being_packed.discard(engine)


def advanced(session: Session, index: Index, revision: int) -> Index | None:
    """The version at the revision that the session sees; None when too much has changed."""
    if index.revision == revision:
        return index
    changes = tables.changes(session, index.revision, max(REPLAYED_MAX, len(index) // 8))
    if changes is None:
        return None
    step = _Step(index)
    for story_id in changes.gone:
        step.take_out(story_id)
    for fact in changes.stories:
        if not _stands(index, fact):
            step.take_out(fact.id)
            step.put(fact)
    return replace(
        index,
        revision=revision,
        recent=Recent(step.stories, step.order, step.moved, step.next),
        everything=step.everything,
        sets={group: index.sets[group].changed(step.more[group], step.less[group]) for group in GROUPS},
        names=_names(session, index.names),
        touched=max([index.touched, *(fact.touched for fact in changes.stories)]),
        memo=Memo(),
        rows={},
    )


class _Step:
    """What becomes different from one version to the next."""

    def __init__(self, index: Index) -> None:
        recent = index.recent
        self.stories, self.moved = dict(recent.stories), dict(recent.moved)
        self.order, self.next = list(recent.order), recent.next
        self.everything = index.everything.copy()
        self.more: dict[Group, dict[Key, list[int]]] = {group: defaultdict(list) for group in GROUPS}
        self.less: dict[Group, dict[Key, list[int]]] = {group: defaultdict(list) for group in GROUPS}
        self._index = index

    def take_out(self, story_id: int) -> None:
        """A story is no more where it stood; one that is not known is none."""
        position = self._index.position(story_id)
        if position is None or position not in self.everything:
            return
        for group, key in _places(self._index, position):
            self.less[group][key].append(position)
        self.everything.discard(position)
        self.moved[story_id] = None
        if position in self.stories:
            fact = self.stories.pop(position)
            del self.order[bisect_left(self.order, (fact.published, fact.id, position))]

    def put(self, fact: Fact) -> None:
        """A story stands at the next free position."""
        for group, key in fact.places():
            self.more[group][key].append(self.next)
        self.everything.add(self.next)
        self.moved[fact.id] = self.next
        self.stories[self.next] = fact
        insort(self.order, (fact.published, fact.id, self.next))
        self.next += 1


def _stands(index: Index, fact: Fact) -> bool:
    """Whether the index says all that already: a changed text is nothing to it."""
    position = index.position(fact.id)
    if position is None or index.published_at(position) != fact.published:
        return False
    if tuple(index.tags_at(position)) != fact.tags or tuple(index.authors_at(position)) != fact.authors:
        return False
    return set(_places(index, position)) == set(fact.places())


def _places(index: Index, position: int) -> Iterator[tuple[Group, Key]]:
    """Every set that a position is in."""
    yield from (("tag", tag) for tag in index.tags_at(position))
    yield from (("author", author) for author in index.authors_at(position))
    for group in GROUPS:
        if group not in ("tag", "author"):
            yield from ((group, key) for key, found in index.sets[group].items() if position in found)


def _names(session: Session, known: Names) -> Names:
    """The names with those that came since, also of stories that are not shown; those of sources as they are.

    Writers come one by one, so what came later has a higher id.
    """
    for kind in KINDS:
        if kind == "source":
            known = known.having(kind, tables.names(session, kind))
        elif new := tables.new_names(session, kind, max(known.by_id[kind], default=0)):
            known = known.having(kind, {**known.by_id[kind], **new})
    return known
