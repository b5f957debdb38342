"""Rows and editions: what a page gets."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from makers import NOON, MakeStory
from sqlalchemy import insert
from sqlalchemy.orm import Session

from htmxnews.finding.editions import edition
from htmxnews.finding.rows import Named, PictureRow, by_old_address, full, rows
from htmxnews.store.engine import Store
from htmxnews.store.models import OldAddress, Picture

SEOUL = ZoneInfo("Asia/Seoul")


def test_a_row_has_everything_a_list_shows(make_story: MakeStory, session: Session) -> None:
    made = make_story(
        "Port before breakfast",
        tags=("Sea", "Food"),
        category="World",
        authors=("Bo", "Ada"),
        words=700,
        picture=Picture(hash="ab", width=9, height=6, widths="640 320", alt="A", credit="C", caption="P"),
    )

    (row,) = rows(session, [made])

    assert (row.title, row.minutes, row.published_at) == ("Port before breakfast", 3, NOON)
    assert row.category == Named("world", "World")
    assert row.source == Named("test-desk", "Test desk")
    assert row.authors == (Named("bo", "Bo"), Named("ada", "Ada"))
    assert row.tags == (Named("sea", "Sea"), Named("food", "Food"))
    assert row.picture == PictureRow("ab", 9, 6, (320, 640), "A", "C", "P")


def test_a_picture_that_we_do_not_hold_is_none(make_story: MakeStory, session: Session) -> None:
    made = make_story(picture=Picture(url="https://example.org/a.jpg", alt="A"), slug="foreign")

    (row,) = rows(session, [made])

    assert row.picture is None


def test_rows_come_in_the_order_asked(make_story: MakeStory, session: Session) -> None:
    first, second, third = (make_story() for _ in range(3))

    assert [row.id for row in rows(session, [second, 999, third, first])] == [second, third, first]
    assert rows(session, []) == []


def test_rows_that_were_read_before_stay_when_no_more_can_be_kept(
    make_story: MakeStory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("htmxnews.finding.rows.KEPT", 1)
    ids = [make_story(f"Story {number}") for number in range(4)]

    first, all_four = rows(session, ids[:2]), rows(session, ids)

    assert [[row.id for row in found] for found in (first, all_four)] == [ids[:2], ids]


def test_a_story_is_read_whole_by_its_slug(make_story: MakeStory, session: Session) -> None:
    make_story(slug="comet", body="<p>A comet.</p>", key="k-7")

    found = full(session, "comet")

    assert found is not None
    assert (found.html, found.key) == ("<p>A comet.</p>", "k-7")
    assert full(session, "nowhere") is None


def test_an_old_address_leads_to_its_story(store: Store, make_story: MakeStory, session: Session) -> None:
    made = make_story(slug="comet")
    with store.writing() as writing:
        writing.execute(insert(OldAddress).values(path="/?p=12", story_id=made))

    assert by_old_address(session, "/?p=12") == "comet"
    assert by_old_address(session, "/?p=13") is None


@pytest.mark.parametrize(("zone", "hours_shown"), [(ZoneInfo("UTC"), 3), (SEOUL, 2)])
def test_an_edition_is_a_day_of_the_sites_zone(
    make_story: MakeStory, session: Session, zone: ZoneInfo, hours_shown: int
) -> None:
    midnight = NOON - timedelta(hours=12)
    make_story(published_at=midnight - timedelta(hours=10))
    made = [make_story(published_at=midnight + timedelta(hours=hour)) for hour in (1, 10, 16, 30)]

    found = edition(session, date(2026, 3, 2), zone=zone, limit=10)

    everything = [story.id for story in (*found.leads, *found.stories)]
    assert sorted(everything) == made[:hours_shown]
    assert (found.previous, found.next) == (date(2026, 3, 1), date(2026, 3, 3))


def test_a_day_without_stories_still_leads_on(make_story: MakeStory, session: Session) -> None:
    make_story(published_at=NOON)

    after = edition(session, date(2026, 3, 9), zone=SEOUL, limit=10)
    ages_ago = edition(session, date.min, zone=SEOUL, limit=10)

    assert (after.leads, after.stories, after.previous, after.next) == ((), (), date(2026, 3, 2), None)
    assert (ages_ago.previous, ages_ago.next) == (None, date(2026, 3, 2))
