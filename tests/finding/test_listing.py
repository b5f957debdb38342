"""The list: every story once, in order, whatever happens in between."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import NOON, MakeStory

from finding.newsroom import AUTHORS, CATEGORIES, SEOUL, SOURCES, TAGS, Newsroom, add, build, look_at, remove
from htmxnews.finding import index, listing
from htmxnews.finding.index import UnknownName
from htmxnews.finding.listing import Page
from htmxnews.finding.popular import hour_of
from htmxnews.selection import Cursor, Selection
from htmxnews.store import revisions
from htmxnews.store.engine import Store

UTC_ZONE = ZoneInfo("UTC")


def some(of: list[str], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), max_size=most, unique=True).map(lambda found: tuple(sorted(found)))


days = st.one_of(st.none(), st.dates(date(2026, 3, 1), date(2026, 3, 16)))
selections = st.builds(
    Selection,
    tag=some(TAGS),
    any=some(TAGS),
    not_=some(TAGS),
    category=some(CATEGORIES),
    source=some(SOURCES),
    author=some(AUTHORS),
    from_=days,
    to=days,
)


def page(store: Store, selection: Selection | None = None, **more: Any) -> Page:
    with store.reading() as session:
        return listing.find(session, selection or Selection(), **{"zone": UTC_ZONE, "limit": 3, **more})


def all_pages(store: Store, selection: Selection, **more: Any) -> list[Page]:
    pages = [page(store, selection, **more)]
    while pages[-1].next:
        pages.append(page(store, selection, after=pages[-1].next, **more))
    return pages


def ids(*pages: Page) -> list[int]:
    return [story.id for page in pages for story in page.stories]


@settings(max_examples=150, deadline=None)
@given(selection=selections, zone=st.sampled_from((UTC_ZONE, SEOUL)))
def test_a_list_is_what_plain_python_finds(newsroom: Newsroom, selection: Selection, zone: ZoneInfo) -> None:
    expected = [fact.id for fact in newsroom.chosen(selection, zone)]

    pages = all_pages(newsroom.store, selection, zone=zone, limit=7)

    assert ids(*pages) == expected
    assert {page.total for page in pages} == {len(expected)}
    assert [page.first for page in pages] == list(range(1, len(expected) + 1, 7) or [1])


def test_stories_of_one_instant_are_neither_skipped_nor_repeated(store: Store, make_story: MakeStory) -> None:
    made = [make_story(published_at=NOON) for _ in range(5)]

    first = page(store)
    second = page(store, after=first.next)

    assert ids(first, second) == made[::-1]
    assert (first.total, first.first, second.first, second.next) == (5, 1, 4, None)


@pytest.mark.parametrize("sort", ["new", "popular"])
def test_paging_goes_on_when_stories_vanish_and_arrive(tmp_path: Path, sort: Any) -> None:
    newsroom = build(tmp_path, 60)
    random = Random(3)  # noqa: S311 (not a secret)
    views = {n: n % 2 + 1 for n in range(1, 45)} if sort == "popular" else {}
    if views:
        look_at(newsroom, hour_of(datetime.now(UTC)), views)
    selection = Selection(sort=sort)
    before = newsroom.chosen(selection, UTC_ZONE)
    before.sort(key=lambda fact: -views.get(fact.id, 0))

    seen = page(newsroom.store, selection)
    shown = ids(seen)
    while seen.next:
        for gone in {seen.next.story_id, random.choice(sorted(newsroom.facts))} & newsroom.facts.keys():
            remove(newsroom, gone)
        add(newsroom, random)
        seen = page(newsroom.store, selection, after=seen.next)
        shown += ids(seen)

    through_all = [fact.id for fact in before if fact.id in newsroom.facts]
    assert len(through_all) > 15
    assert [story_id for story_id in shown if story_id in through_all] == through_all


def test_through_gives_everything_from_the_top_to_its_place(newsroom: Newsroom) -> None:
    first = page(newsroom.store)
    second = page(newsroom.store, after=first.next)

    restored = page(newsroom.store, through=second.last)

    assert ids(restored) == ids(first, second)
    assert (restored.first, restored.next, restored.last) == (1, second.next, second.last)


def test_through_is_bounded(tmp_path: Path) -> None:
    store = build(tmp_path, 230).store

    deep = page(store, through=Cursor(0, 1))

    assert len(deep.stories) == 200
    assert deep.next is not None
    assert (
        ids(page(store, after=deep.next, limit=40))[-1] == ids(*all_pages(store, Selection(), limit=100))[-1]
    )


def test_a_cursor_above_the_top_begins_at_the_top(newsroom: Newsroom) -> None:
    above = Cursor(2**60, 1)

    assert ids(page(newsroom.store, after=above)) == ids(page(newsroom.store))
    assert ids(page(newsroom.store, through=above)) == ids(page(newsroom.store))


def test_popular_sorts_by_views_then_by_date(store: Store, make_story: MakeStory) -> None:
    quiet, often, once, old_once = (
        make_story(published_at=NOON + timedelta(hours=hours)) for hours in (9, 1, 3, 2)
    )
    look_at(Newsroom(store, {}), hour_of(datetime.now(UTC)), {often: 5, once: 1, old_once: 1})

    found = all_pages(store, Selection(sort="popular"), limit=2)

    assert ids(*found) == [often, once, old_once, quiet]


@pytest.mark.parametrize("kind", ["tag", "category", "source", "author"])
def test_an_unknown_name_is_said(newsroom: Newsroom, kind: Any) -> None:
    with pytest.raises(UnknownName, match="nowhere") as caught:
        page(newsroom.store, Selection.parse([(kind, "nowhere")]))

    assert (caught.value.kind, caught.value.slug) == (kind, "nowhere")


def test_an_unknown_any_or_not_is_harmless(newsroom: Newsroom) -> None:
    everything = page(newsroom.store).total

    assert page(newsroom.store, Selection(not_=("nowhere",))).total == everything
    assert page(newsroom.store, Selection(any=("nowhere",))).total == 0
    one = page(newsroom.store, Selection(any=("tag-1",))).total
    assert page(newsroom.store, Selection(any=("nowhere", "tag-1"))).total == one > 0


def test_the_first_and_last_days_there_are_can_be_asked_for(newsroom: Newsroom) -> None:
    ages = Selection(from_=date.min, to=date.max)

    assert page(newsroom.store, ages, zone=SEOUL).total == len(newsroom.facts)


def test_a_change_is_seen_by_the_next_reading(store: Store, make_story: MakeStory) -> None:
    make_story()
    assert page(store).total == 1

    made = make_story(published_at=NOON + timedelta(days=1))

    assert page(store).total == 2
    assert ids(page(store))[0] == made


def test_a_reading_sees_one_state_to_its_end(store: Store, make_story: MakeStory) -> None:
    make_story()
    with store.reading() as session:
        first = index.current(session)

        make_story()
        newer = page(store).total

        assert newer == 2
        assert index.current(session) is first
        assert listing.find(session, Selection(), zone=UTC_ZONE, limit=5).total == 1


def test_an_empty_store_gives_an_empty_page(store: Store) -> None:
    found = page(store, through=Cursor(5, 5))

    assert found == Page((), total=0, first=1, next=None, last=None)
    with store.reading() as session:
        assert listing.headlines(session, Selection(), zone=UTC_ZONE, limit=3) == ()
        assert listing.newest_change(session) is None


def test_pinned_stories_of_the_last_week_lead(store: Store, make_story: MakeStory) -> None:
    make_story(pinned=True, published_at=NOON - timedelta(days=8))
    pinned = make_story(pinned=True, published_at=NOON - timedelta(days=6))
    newest = make_story(picture=True)

    with store.reading() as session:
        leads = listing.headlines(session, Selection(), zone=UTC_ZONE, limit=2)

    assert [story.id for story in leads] == [pinned, newest]


def test_headlines_begin_with_a_picture_and_come_from_many_categories(
    store: Store, make_story: MakeStory
) -> None:
    pictured = make_story(category="Sea", picture=True)
    food = make_story(category="Food", published_at=NOON + timedelta(hours=1))
    second_food = make_story(category="Food", published_at=NOON + timedelta(hours=2))
    science = make_story(category="Science", published_at=NOON - timedelta(hours=1))

    with store.reading() as session:
        leads = listing.headlines(session, Selection(), zone=UTC_ZONE, limit=4)

    assert [story.id for story in leads] == [pictured, second_food, science, food]


def test_a_story_without_a_teaser_leads_only_when_there_is_nothing_else(
    store: Store, make_story: MakeStory
) -> None:
    silent = make_story(summary="", published_at=NOON + timedelta(hours=1))
    telling = make_story()

    with store.reading() as session:
        leads = listing.headlines(session, Selection(), zone=UTC_ZONE, limit=4)

    assert [story.id for story in leads] == [telling, silent]


def test_the_newest_change_is_an_import_or_an_update(store: Store, make_story: MakeStory) -> None:
    make_story(imported_at=NOON)
    make_story(imported_at=NOON, updated_at=NOON + timedelta(hours=2))

    with store.reading() as session:
        assert listing.newest_change(session) == NOON + timedelta(hours=2)


def test_nothing_moves_the_index_but_the_revision(store: Store, make_story: MakeStory) -> None:

    make_story()
    with store.reading() as session:
        first = index.current(session)
    with store.reading() as session:
        same = index.current(session)
    with store.writing() as session:
        revisions.bump(session)
    with store.reading() as session:
        assert same is first
        assert index.current(session) is not first
