"""Most popular: counted by the database, within the selection."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from makers import NOON, MakeStory

from htmxnews.finding.popular import FILL_BEHIND, hour_of, popular, record
from htmxnews.selection import Selection
from htmxnews.store import revisions
from htmxnews.store.engine import Store

NOW_HOUR = hour_of(NOON)


def shown(store: Store, window: Any = "day", **more: Any) -> list[tuple[int, int]]:
    options = {"selection": Selection(), "limit": 5, "now": NOON, "zone": ZoneInfo("UTC"), **more}
    with store.reading() as session:
        found = popular(session, options.pop("selection"), window, **options)
    return [(item.row.id, item.views) for item in found]


def test_views_in_the_window_count_and_ties_are_newest_first(store: Store, make_story: MakeStory) -> None:
    first, second, third = (make_story(published_at=NOON + timedelta(hours=n)) for n in range(3))
    make_story()

    record(store, {first: 1, second: 2}, NOW_HOUR)
    record(store, {first: 1, third: 1}, NOW_HOUR - 23)
    record(store, {third: 9}, NOW_HOUR - 24)

    assert shown(store) == [(second, 2), (first, 2), (third, 1)]
    assert shown(store, "week") == [(third, 10), (second, 2), (first, 2)]


def test_the_panel_of_a_long_list_is_filled_from_behind_its_first_page(
    store: Store, make_story: MakeStory
) -> None:
    made = [make_story(published_at=NOON - timedelta(hours=n)) for n in range(FILL_BEHIND + 7)]
    record(store, {made[3]: 2}, NOW_HOUR)

    panel = shown(store, fill=True, limit=3)

    unread = [story for story in made if story != made[3]]
    assert panel == [(made[3], 2), (unread[FILL_BEHIND], 0), (unread[FILL_BEHIND + 1], 0)]


def test_the_panel_is_filled_with_the_newest(store: Store, make_story: MakeStory) -> None:
    old, new = make_story(), make_story(published_at=NOON + timedelta(hours=1))
    viewed = make_story(published_at=NOON - timedelta(days=1))
    record(store, {viewed: 3}, NOW_HOUR)

    assert shown(store, fill=True) == [(viewed, 3), (new, 0), (old, 0)]
    assert shown(store, limit=1) == [(viewed, 3)]


def test_it_is_most_popular_within_the_selection(store: Store, make_story: MakeStory) -> None:
    sport, calm = make_story(tags=("Sport",)), make_story()
    record(store, {sport: 5, calm: 1}, NOW_HOUR)

    assert shown(store, selection=Selection(not_=("sport",))) == [(calm, 1)]
    assert shown(store, selection=Selection(tag=("sport",))) == [(sport, 5)]


def test_unknown_stories_are_not_counted_and_the_revision_stays(store: Store, make_story: MakeStory) -> None:
    story_id = make_story()
    with store.reading() as session:
        before = revisions.current(session)

    record(store, {story_id: 1, 999: 4}, NOW_HOUR)
    record(store, {999: 4}, NOW_HOUR)
    record(store, {}, NOW_HOUR)

    assert shown(store) == [(story_id, 1)]
    with store.reading() as session:
        assert revisions.current(session) == before


def test_r03_no_view_is_lost_when_many_count_at_once(store: Store, make_story: MakeStory) -> None:
    story_id = make_story()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: record(store, {story_id: 2}, NOW_HOUR), range(60)))

    assert shown(store) == [(story_id, 120)]
