"""The edition of a day stays as it was when the day ended."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from makers import NOON, MakeStory

from htmxnews.finding.editions import edition, month
from htmxnews.store.engine import Store

UTC_ZONE, SEOUL = ZoneInfo("UTC"), ZoneInfo("Asia/Seoul")


def ids_of(store: Store, day: date) -> set[int]:
    with store.reading() as session:
        found = edition(session, day, zone=UTC_ZONE, limit=20)
    return {story.id for story in (*found.leads, *found.stories)}


def test_what_arrives_after_the_day_does_not_change_its_edition(store: Store, make_story: MakeStory) -> None:
    there = {make_story(imported_at=NOON) for _ in range(5)}

    make_story(imported_at=NOON + timedelta(days=1))

    assert ids_of(store, NOON.date()) == there


def test_a_day_of_an_imported_archive_has_all_its_stories(store: Store, make_story: MakeStory) -> None:
    archived = {make_story(imported_at=NOON + timedelta(days=900)) for _ in range(5)}

    assert ids_of(store, NOON.date()) == archived


def test_the_last_day_of_all_has_an_empty_edition(store: Store, make_story: MakeStory) -> None:
    make_story()

    assert ids_of(store, date.max) == set()


def test_a_month_knows_its_days_with_stories_and_where_the_next_ones_are(
    store: Store, make_story: MakeStory
) -> None:
    for day in (
        "2024-02-11",
        "2026-01-31",
        "2026-03-01",
        "2026-03-01",
        "2026-03-31",
        "2026-05-02",
        "2026-05-09",
    ):
        make_story(published_at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))

    with store.reading() as session:
        march = month(session, date(2026, 3, 2), zone=UTC_ZONE, today=date(2026, 5, 5))

    assert march.first == date(2026, 3, 1)
    assert march.days == {1, 31}
    assert march.previous == date(2026, 1, 31)
    assert march.next == date(2026, 5, 2)
    assert march.years == (date(2026, 5, 2), date(2024, 2, 11))


def test_days_are_those_of_the_sites_zone(store: Store, make_story: MakeStory) -> None:
    make_story(published_at=datetime.fromisoformat("2026-03-31T20:00:00+00:00"))

    with store.reading() as session:
        in_seoul = month(session, date(2026, 4, 9), zone=SEOUL, today=date(2026, 5, 1))

    assert in_seoul.days == {1}
    assert in_seoul.previous is None


def test_a_day_that_has_not_come_is_no_edition(store: Store, make_story: MakeStory) -> None:
    for day in (2, 3, 4):
        make_story(published_at=NOON.replace(day=day))
    make_story(published_at=NOON.replace(month=4))

    with store.reading() as session:
        march = month(session, date(2026, 3, 2), zone=UTC_ZONE, today=date(2026, 3, 3))

    assert march.days == {2, 3}
    assert march.next is None


@pytest.mark.parametrize("day", [date.min, date.max, date(2026, 2, 28)])
def test_a_month_without_a_story_is_empty(store: Store, day: date) -> None:
    with store.reading() as session:
        found = month(session, day, zone=UTC_ZONE, today=date.max)

    assert (found.days, found.previous, found.next, found.years) == (frozenset(), None, None, ())
