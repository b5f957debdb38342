"""Common words: their stories are kept as sets, and nobody can tell by what is found."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import databases
import pytest
from makers import NOON, MakeStory, story_maker
from pyroaring import BitMap
from sqlalchemy import select

from finding.newsroom import Newsroom, add, build, edit, remove
from htmxnews.finding import common, derive, listing, search, search_table
from htmxnews.finding import index as indexes
from htmxnews.finding.entries import Entry
from htmxnews.finding.expressions import Run
from htmxnews.selection import Selection
from htmxnews.store import migrate
from htmxnews.store.engine import Store
from htmxnews.store.models import CommonWord, Story

UTC_ZONE = ZoneInfo("UTC")
QUERIES = (
    "river",
    "river harbour",
    "river -harbour",
    "bread river harbour tower",
    '"river" harbour',
    "river nothing",
    "what do the river and the harbour have to do with each other",
)


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "STORIES", 20)
    monkeypatch.setattr(common, "LEAST", 5)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """For tests that only read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "STORIES", 20)
        patch.setattr(common, "LEAST", 5)
        built = build(tmp_path_factory.mktemp("library"), 120)
        derive.catch_up(built.store)
        yield built
        built.store.dispose()


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    built = build(tmp_path, 120)
    derive.catch_up(built.store)
    yield built
    built.store.dispose()


def sets_of(store: Store) -> dict[str, tuple[BitMap, BitMap]]:
    """As they are kept, by word."""
    with store.reading() as session:
        words = list(session.scalars(select(CommonWord.word)))
        highest = session.scalars(select(Story.id).order_by(Story.id.desc())).first() or 0
        return {word: tuple(sets) for word, sets in common.having(session, words, highest).items()}  # type: ignore[misc]


def as_the_table_says(store: Store, words: list[str]) -> dict[str, tuple[BitMap, BitMap]]:
    with store.reading() as session:
        return {
            word: (
                BitMap(search_table.matching_ids(session, Run((word,)))),
                BitMap(search_table.matching_ids(session, Run((word,), "title"))),
            )
            for word in words
        }


def found(store: Store, q: str, **more: str) -> tuple[int, list[int]]:
    with store.reading() as session:
        selection = Selection.parse([("q", q), *more.items()])
        page = listing.find(session, selection, zone=UTC_ZONE, limit=200)
    return page.total, [story.id for story in page.stories]


def test_the_sets_say_what_the_search_table_says(library: Newsroom) -> None:
    kept = sets_of(library.store)

    assert len(kept) > 5
    assert kept == as_the_table_says(library.store, list(kept))


@pytest.mark.parametrize("q", QUERIES)
@pytest.mark.parametrize("tagged", [False, True])
def test_with_sets_the_same_is_found_as_without(
    library: Newsroom, q: str, tagged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with library.store.reading() as session:
        tag = next(iter(indexes.current(session).names.ids["tag"]))
    more = {"tag": tag} if tagged else {}
    with_sets = found(library.store, q, sort="new", **more)

    monkeypatch.setattr(common, "words", lambda _: common.Words({}))
    with library.store.reading() as session:
        indexes.current(session).memo.kept.clear()

    assert with_sets == found(library.store, q, sort="new", **more)
    with library.store.reading() as session:
        indexes.current(session).memo.kept.clear()


def test_new_stories_and_changed_ones_come_into_the_sets(newsroom: Newsroom) -> None:
    chance = Random(3)  # noqa: S311 (the same each time)
    new = [add(newsroom, chance) for _ in range(5)]
    for story_id in range(1, 40):
        edit(newsroom, chance, story_id)

    derive.catch_up(newsroom.store)
    kept = sets_of(newsroom.store)

    assert any(story_id in stories for story_id in new for stories, _ in kept.values())
    assert kept == as_the_table_says(newsroom.store, list(kept))


def test_of_a_story_that_is_worked_on_again_only_its_new_words_count(newsroom: Newsroom) -> None:
    store = newsroom.store
    kept = sets_of(store)
    word, (stories, _) = next((word, sets) for word, sets in kept.items() if len(sets[0]) < 100)
    changed = min(stories)

    with store.writing() as session:
        entry = Entry(changed, ["comet"], [], [], [], ["comet"])
        common.put(session, [entry])
        search_table.put(session, [entry])

    assert changed not in sets_of(store)[word][0]
    assert sets_of(store) == as_the_table_says(store, list(kept))


def test_a_story_that_is_no_more_is_not_found(newsroom: Newsroom) -> None:
    total, ids = found(newsroom.store, "river", sort="new")

    remove(newsroom, ids[0])

    assert found(newsroom.store, "river", sort="new") == (total - 1, ids[1:])


def test_words_become_common_as_stories_come(tmp_path: Path) -> None:
    store = Store(databases.at(tmp_path))
    migrate.upgrade(store)
    make_story = story_maker(store)
    for n in range(30):
        make_story(f"Comet {n}" if n < 4 else f"Harbour {n}")
    derive.catch_up(store)
    before = set(sets_of(store))

    for n in range(10):
        make_story(f"Comet again {n}")
    derive.catch_up(store)

    assert ("harbour" in before, "comet" in before) == (True, False)
    assert "comet" in sets_of(store)
    assert sets_of(store) == as_the_table_says(store, list(sets_of(store)))
    store.dispose()


def test_pages_of_a_common_word_follow_each_other_in_every_order(
    library: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "LIKELY", 7)
    monkeypatch.setattr(search, "WEIGHED", 5)
    total, newest = found(library.store, "river", sort="new")

    for sort in ("new", "relevance"):
        shown: list[int] = []
        selection = Selection.parse([("q", "river"), ("sort", sort)])
        with library.store.reading() as session:
            page = listing.find(session, selection, zone=UTC_ZONE, limit=4)
            shown += [story.id for story in page.stories]
            while page.next:
                page = listing.find(session, selection, zone=UTC_ZONE, limit=4, after=page.next)
                shown += [story.id for story in page.stories]

        assert (len(shown), sorted(shown)) == (total, sorted(newest))
        assert sort == "relevance" or shown == newest


def test_the_beginning_of_common_words_finds_their_stories(store: Store, make_story: MakeStory) -> None:
    made = [make_story(f"Lighthouse {n}", published_at=NOON + timedelta(days=n)) for n in range(25)]
    derive.catch_up(store)

    assert found(store, "lightho", sort="new") == (25, made[::-1])


def test_a_minus_before_a_common_word_means_its_stem_and_reads_its_set(
    store: Store, make_story: MakeStory
) -> None:
    for n in range(25):
        make_story(f"Lamps {n}", published_at=NOON + timedelta(days=n))
    ships = [make_story(f"Lighthouse {n}", published_at=NOON - timedelta(days=n)) for n in range(25)]
    make_story("Of a lamp and a lighthouse", published_at=NOON - timedelta(days=90))
    derive.catch_up(store)
    with store.writing() as session:
        search_table.clear(session)  # now only the sets know

    assert found(store, "lighthouse -lamps", sort="new") == (25, ships)


def test_the_newest_of_any_stories_are_those(newsroom: Newsroom) -> None:
    chance = Random(1)  # noqa: S311 (the same each time)
    for _ in range(3):
        add(newsroom, chance)  # beside those that the index was laid with
    with newsroom.store.reading() as session:
        index = indexes.current(session)
        everything = list(index.story_ids)
        for size in (1, 5, 60, len(everything)):
            some = BitMap(chance.sample(everything, size))
            keys = [(index.published_at(place), index.id_at(place), place) for place in index.at(some)]
            whole = [place for _, _, place in sorted(keys, reverse=True)]

            assert [index.newest(some, limit) for limit in (1, 4, 500)] == [whole[:1], whole[:4], whole]


@pytest.mark.sqlite  # PostgreSQL reads all of a table that is as small as this one
def test_the_sets_of_some_words_are_looked_up_by_the_words(newsroom: Newsroom) -> None:
    with newsroom.store.reading() as session:
        asked = common.sets_of_words.compile(session.get_bind())
        lines = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("[0]", '["sea"]'))

        assert "(block=? AND word=?)" in " ".join(line.detail for line in lines)
