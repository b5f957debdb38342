"""Most popular: counted by the database, within the selection."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from makers import NOON, MakeStory
from sqlalchemy import select, text

from htmxnews.finding.popular import FILL_BEHIND, HOURS, hour_of, popular, record
from htmxnews.selection import Selection
from htmxnews.store import migrate, revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import StoryHeat, StoryViews

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


def test_a_new_view_counts_more_than_an_old_one(store: Store, make_story: MakeStory) -> None:
    old, new = make_story(), make_story()
    record(store, {old: 3}, NOW_HOUR - 20)
    record(store, {new: 2}, NOW_HOUR)

    assert shown(store) == [(new, 2), (old, 3)]
    assert shown(store, "month") == [(old, 3), (new, 2)]


def test_the_order_stays_as_time_passes_and_nothing_is_written_for_it(
    store: Store, make_story: MakeStory
) -> None:
    made = [make_story() for _ in range(6)]
    for n, story_id in enumerate(made):
        record(store, {story_id: 1 + n * 7 % 5}, NOW_HOUR - n)
    with store.reading() as session:
        before = list(session.execute(select(StoryHeat.story_id, StoryHeat.day)))

    orders = [shown(store, now=NOON + timedelta(hours=n), limit=6) for n in range(18)]

    assert all(order == orders[0] for order in orders)
    with store.reading() as session:
        assert list(session.execute(select(StoryHeat.story_id, StoryHeat.day))) == before


def test_views_add_up_whatever_the_batches_and_their_order(store: Store, make_story: MakeStory) -> None:
    one, other = make_story(), make_story()
    for hour in (2, 0, 9):
        record(store, {one: 2}, NOW_HOUR - hour)
    for hour in (0, 2, 9, 9, 0, 2):
        record(store, {other: 1}, NOW_HOUR - hour)

    with store.reading() as session:
        heats = list(session.execute(select(StoryHeat.hour, StoryHeat.day, StoryHeat.week, StoryHeat.month)))

    assert heats[0] == pytest.approx(heats[1], abs=1e-9)
    assert shown(store) == [(other, 6), (one, 6)]


def test_heat_is_the_same_after_ten_years(store: Store, make_story: MakeStory) -> None:
    story_id = make_story()
    later = NOON + timedelta(days=3650)
    record(store, {story_id: 1}, NOW_HOUR)
    record(store, {story_id: 4}, hour_of(later))

    assert shown(store, now=later) == [(story_id, 4)]


def test_what_no_window_shows_is_forgotten(store: Store, make_story: MakeStory) -> None:
    story_id = make_story()
    record(store, {story_id: 1}, NOW_HOUR - HOURS["month"])
    record(store, {story_id: 1}, NOW_HOUR)

    with store.reading() as session:
        assert session.scalars(select(StoryViews.hour)).all() == [NOW_HOUR]


def test_a_table_of_views_becomes_heat(store: Store, make_story: MakeStory) -> None:
    made = [make_story() for _ in range(3)]
    for n, story_id in enumerate(made):
        record(store, {story_id: n + 1}, NOW_HOUR - n)
        record(store, {story_id: 1}, NOW_HOUR)
    columns = select(*StoryHeat.__table__.c).order_by(StoryHeat.story_id)
    with store.reading() as session:
        before = [tuple(row) for row in session.execute(columns)]
    with store.writing() as session:
        session.execute(text("DROP TABLE story_heat"))
        session.execute(text("UPDATE alembic_version SET version_num = '0009'"))

    migrate.upgrade(store, "0010")

    with store.reading() as session:
        assert [pytest.approx(tuple(row)) for row in session.execute(columns)] == before
