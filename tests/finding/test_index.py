"""The index follows whatever happens to the stories, and says what plain Python says."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, sleep
from typing import Any, ClassVar

import databases
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from makers import MakeStory
from sqlalchemy import Connection, delete, event, select, update

from finding.newsroom import Newsroom, add, build, edit, fold, remove
from finding.test_listing import UTC_ZONE, ids, page, selections
from htmxnews.finding import index as indexes
from htmxnews.finding.facets import facets
from htmxnews.finding.index import Index, following, saved, tables
from htmxnews.finding.index.packing import packed
from htmxnews.selection import Cursor, Selection
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import IndexPart, Source, Story


def current(store: Store) -> Index:
    with store.reading() as session:
        return indexes.current(session)


def contents(index: Index) -> dict[Any, Any]:
    """All that an index says of each story, by id."""
    places: dict[int, set[object]] = {}
    for group, sets in index.sets.items():
        for key, positions in sets.items():
            assert sets.sizes[key] == len(positions)
            for position in positions:
                places.setdefault(index.id_at(position), set()).add((group, key))
    return {
        story_id: (
            places.pop(story_id),
            index.published_at(position),
            tuple(index.tags_at(position)),
            tuple(index.authors_at(position)),
            index.position(story_id) == position,
        )
        for position in index.everything
        for story_id in [index.id_at(position)]
    } | places  # what is left of these stands nowhere


@dataclass
class Reader:
    """Somebody who pages through a selection while stories come and go."""

    selection: Selection
    unchanged: list[int]  # what was there when they began and has stayed as it was, in order
    seen: list[int] = field(default_factory=list)
    place: Cursor | None = None


chance = st.integers(0, 2**32).map(Random)


class Paper(RuleBasedStateMachine):
    """Stories are imported, edited, deleted and dated back while readers page; they lose nothing."""

    template: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.database = databases.copy(self.template, Path(self.folder.name))
        self.newsroom = Newsroom(Store(self.database), {})
        self.readers: list[Reader] = []

    def teardown(self) -> None:
        for reader in self.readers:
            while reader.place:
                self._turn(reader)
            assert [story for story in reader.seen if story in reader.unchanged] == reader.unchanged
        self.newsroom.store.dispose()
        self.folder.cleanup()

    @rule(random=chance, count=st.integers(1, 12))
    def stories_come(self, random: Random, count: int) -> None:
        for _ in range(count):
            add(self.newsroom, random)

    @precondition(lambda self: self.newsroom.facts)
    @rule(random=chance, count=st.integers(1, 5))
    def stories_change(self, random: Random, count: int) -> None:
        for _ in range(count):
            story_id = random.choice(sorted(self.newsroom.facts))
            edit(self.newsroom, random, story_id)
            self._forget(story_id)

    @precondition(lambda self: self.newsroom.facts)
    @rule(random=chance)
    def a_story_goes(self, random: Random) -> None:
        story_id = random.choice(sorted(self.newsroom.facts))
        remove(self.newsroom, story_id)
        self._forget(story_id)

    @precondition(lambda self: len(self.newsroom.facts) > 1)
    @rule(random=chance, shown=st.booleans())
    def a_copy_is_folded_or_shown_again(self, random: Random, shown: bool) -> None:
        story_id, head = random.sample(sorted(self.newsroom.facts), 2)
        fold(self.newsroom, story_id, None if shown else head)
        self._forget(story_id)

    @rule(selection=selections)
    def somebody_begins_to_read(self, selection: Selection) -> None:
        reader = Reader(selection, [fact.id for fact in self.newsroom.chosen(selection, UTC_ZONE)])
        self.readers.append(reader)
        self._turn(reader)

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def somebody_turns_a_page(self, data: st.DataObject) -> None:
        reader = data.draw(st.sampled_from(self.readers))
        if reader.place:
            self._turn(reader)

    @rule()
    def the_base_is_laid_anew(self) -> None:
        index = current(self.newsroom.store)
        with self.newsroom.store.reading() as session:
            following._lay_anew(session.get_bind(), index)  # type: ignore[arg-type]

    @rule()
    def the_index_is_saved(self) -> None:
        saved.save(self.newsroom.store, packed(current(self.newsroom.store)))

    @rule()
    def another_worker_takes_over(self) -> None:
        self.newsroom.store.dispose()
        self.newsroom.store = Store(self.database)

    @rule(selection=selections, limit=st.sampled_from([None, 3, 12]))
    def counts_are_what_plain_python_counts(self, selection: Selection, limit: int | None) -> None:
        chosen = self.newsroom.chosen(selection, UTC_ZONE)
        expected = Counter(tag for fact in chosen for tag in fact.tags)
        with self.newsroom.store.reading() as session:
            found = facets(session, selection, zone=UTC_ZONE, limit=limit)
        assert found.total == len(chosen)
        assert all(expected[tag.slug] == tag.count for tag in found.tags)
        best = sorted(expected.items(), key=lambda item: (-item[1], item[0]))[:limit]
        assert [(tag.slug, tag.count) for tag in found.tags][: len(best)] == best

    @rule(selection=selections)
    def a_list_is_what_plain_python_finds(self, selection: Selection) -> None:
        found = page(self.newsroom.store, selection, limit=100)
        assert ids(found) == [fact.id for fact in self.newsroom.chosen(selection, UTC_ZONE)][:100]

    @invariant()
    def the_index_says_what_the_tables_say(self) -> None:
        with self.newsroom.store.reading() as session:
            index = indexes.current(session)
            built = tables.build(session, index.revision)
        assert contents(index) == contents(built)
        assert index.names == built.names
        assert len(index) == len(self.newsroom.shown())

    def _turn(self, reader: Reader) -> None:
        found = page(self.newsroom.store, reader.selection, after=reader.place, limit=3)
        reader.seen += ids(found)
        reader.place = found.next

    def _forget(self, story_id: int) -> None:
        for reader in self.readers:
            if story_id in reader.unchanged:
                reader.unchanged.remove(story_id)


def test_readers_miss_nothing_whatever_happens(tmp_path: Path) -> None:
    nobody = build(tmp_path, 0)
    nobody.store.dispose()
    Paper.template = nobody.store.url.render_as_string(hide_password=False)
    run_state_machine_as_test(
        Paper,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_change_of_text_alone_is_nothing_to_the_index(tmp_path: Path) -> None:
    newsroom = build(tmp_path, 20)
    before = current(newsroom.store)
    with newsroom.store.writing() as session:
        session.execute(update(Story).values(title="Another", revision=revisions.bump(session)))

    after = current(newsroom.store)

    assert after.revision == before.revision + 1
    assert (len(after.recent), after.sets) == (0, before.sets)


def test_stories_that_go_with_their_source_are_gone_although_nobody_said_so(tmp_path: Path) -> None:
    newsroom = build(tmp_path, 20)
    current(newsroom.store)
    with newsroom.store.writing() as session:
        session.execute(delete(Source).where(Source.id == 1))
        revisions.bump(session)

    after = current(newsroom.store)

    left = {fact.id for fact in newsroom.facts.values() if fact.source != "source-0"}
    assert {after.id_at(position) for position in after.everything} == left
    assert "source-0" not in after.names.ids["source"]


def test_the_names_of_folded_stories_are_known_whether_the_index_followed_or_is_built(
    store: Store, make_story: MakeStory
) -> None:
    shown = make_story(tags=("Harbour",))
    before = current(store)
    make_story(tags=("Lighthouse",), authors=("Ada",), category="Coast", folded_into=shown)

    with store.reading() as session:
        revision = revisions.current(session)
        followed = following.advanced(session, before, revision)
        built = tables.build(session, revision)

    assert followed
    assert followed.names == built.names
    assert followed.label_id("tag", "lighthouse")


@pytest.mark.sqlite
def test_following_reads_by_revision_and_walks_through_no_table_of_stories(tmp_path: Path) -> None:
    newsroom = build(tmp_path, 50)
    asked: list[tuple[str, Any]] = []
    with newsroom.store.reading() as session:
        connection = session.connection()
        event.listen(
            connection,
            "before_cursor_execute",
            lambda _c, _cursor, sql, values, *_: asked.append((sql, values)),
        )

        tables.changes(session, 1, 100)

        statements = list(asked)
        plans = [step for sql, values in statements for step in _plan(connection, sql, values)]
    assert len(statements) == 4
    assert sum("ix_story_revision (revision>?)" in step for step in plans) == 4
    assert not [step for step in plans if "SCAN" in step]


def _plan(connection: Connection, sql: str, values: Any) -> list[str]:
    return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]


def test_a_copy_is_shown_again_when_the_story_that_stood_for_it_is_deleted(tmp_path: Path) -> None:
    newsroom = build(tmp_path, 3)
    fold(newsroom, 2, 3)
    folded = current(newsroom.store)
    remove(newsroom, 3)

    after = current(newsroom.store)

    assert [sorted(index.id_at(p) for p in index.everything) for index in (folded, after)] == [[1, 3], [1, 2]]


def test_a_session_that_began_earlier_reads_its_own_revision(store: Store, make_story: MakeStory) -> None:
    made = make_story()
    current(store)
    with store.reading() as early:
        revisions.current(early)
        later = make_story()
        newest = current(store)

        found = indexes.current(early)

    assert [found.position(made) is not None, found.position(later)] == [True, None]
    assert newest.position(later) is not None


def test_the_base_is_laid_anew_beside_the_requests_when_much_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RECENT_MAX", 8)
    newsroom = build(tmp_path, 5)
    current(newsroom.store)
    random = Random(1)  # noqa: S311 (not a secret)
    for _ in range(9):
        add(newsroom, random)

    behind = current(newsroom.store)
    until = monotonic() + 10
    while len(current(newsroom.store).recent) and monotonic() < until:
        sleep(0.01)

    assert len(behind.recent) == 9
    assert current(newsroom.store).border == 14
    assert contents(current(newsroom.store)) == contents(behind)


def test_too_many_changes_are_not_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "REPLAYED_MAX", 3)
    newsroom = build(tmp_path, 5)
    current(newsroom.store)
    random = Random(1)  # noqa: S311 (not a secret)
    for _ in range(4):
        add(newsroom, random)

    assert len(current(newsroom.store).recent) == 0
    assert len(current(newsroom.store)) == 9


def test_a_large_index_is_saved_after_much_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "WORTH", 10)
    monkeypatch.setattr(saved, "BEHIND", 5)
    newsroom = build(tmp_path, 9)

    due = [indexes.save(newsroom.store)]
    for number in range(6):
        add(newsroom, Random(number))  # noqa: S311 (not a secret)
        due.append(indexes.save(newsroom.store))

    assert due == [False, True, False, False, False, False, True]


def test_an_index_in_another_form_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom = build(tmp_path, 5)
    saved.save(newsroom.store, current(newsroom.store))
    monkeypatch.setattr(saved, "FORM", "2 little")

    with newsroom.store.reading() as session:
        assert saved.load(session, 5) is None


def test_of_two_who_save_at_once_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "PIECE", 10)
    newsroom = build(tmp_path, 40)
    index = current(newsroom.store)
    threads = [Thread(target=saved.save, args=(newsroom.store, index)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with newsroom.store.reading() as session:
        found = saved.load(session, index.revision)
        savings = set(session.scalars(select(IndexPart.saving)))

    assert found is not None
    assert contents(found) == contents(index)
    assert len(savings) == 1
