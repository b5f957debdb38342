from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from htmxnews.intake import dates

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-01-09T07:25:00Z", "2025-01-09T07:25:00+00:00"),
        ("2025-01-09T07:25:00.123456+09:00", "2025-01-08T22:25:00.123456+00:00"),
        ("2025-01-09 7:25:00 -0400", "2025-01-09T11:25:00+00:00"),
        ("2025/1/9 7:25", "2025-01-09T07:25:00+00:00"),
        ("2025-01-09", "2025-01-09T00:00:00+00:00"),
        ("2025-01", "2025-01-01T00:00:00+00:00"),
        ("20250109T072500Z", "2025-01-09T07:25:00+00:00"),
        ("Thu, 09 Jan 2025 07:25:00 EST", "2025-01-09T12:25:00+00:00"),
        ("9 Jan 2025 07:25 GMT", "2025-01-09T07:25:00+00:00"),
        ("1736407500", "2025-01-09T07:25:00+00:00"),
        ("1736407500000", "2025-01-09T07:25:00+00:00"),
        ("2025-01-09 07:25:00 UTC+2", "2025-01-09T05:25:00+00:00"),
        ("2025-01-08T24:00:00", "2025-01-09T00:00:00+00:00"),
        ("2025-01-09T23:59:60Z", "2025-01-09T23:59:59+00:00"),
        ("January 9th, 2025", "2025-01-09T00:00:00+00:00"),
        ("Thursday, Jan. 9, 2025 7:25 p.m. EST", "2025-01-10T00:25:00+00:00"),
        ("Do, 9. März 2025 7:25", "2025-03-09T07:25:00+00:00"),
        ("mar., 11 févr. 2025 07:25:00 +0100", "2025-02-11T06:25:00+00:00"),
        ("9 de enero de 2025 12:25 AM", "2025-01-09T00:25:00+00:00"),
        ("Четверг, 09 января 2025 07:25:00 +0300", "2025-01-09T04:25:00+00:00"),
        ("09.01.2025 07:25", "2025-01-09T07:25:00+00:00"),
        ("2025年1月9日 7:25", "2025-01-09T07:25:00+00:00"),
        ("2025년 1월 9일 오후 7:25", "2025-01-09T19:25:00+00:00"),
    ],
)
def test_s18_dates_are_read_as_sources_write_them(text: str, moment: str) -> None:
    assert dates.read(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2025-13-01",
        "2025-01-01 25:00",
        "0000-00-00 00:00:00",
        "Mon, 30 Nov -0001 00:00:00 +0000",
        "02/03/2025",
        "9999-12-31T23:59:59-23:00",
    ],
)
def test_s18_an_unreadable_date_is_none(text: str) -> None:
    assert dates.read(text) is None


def test_a_time_without_a_zone_is_one_of_the_sites() -> None:
    seoul = ZoneInfo("Asia/Seoul")

    assert dates.read("2025-01-09 09:00", seoul) == datetime(2025, 1, 9, 0, tzinfo=UTC)
    assert dates.read(date(2025, 1, 9), seoul) == datetime(2025, 1, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "warning"),
    [
        ("nonsense", "cannot be read"),
        ("1989-12-31", "before 1990"),
        (NOW + timedelta(hours=25), "lies ahead"),
    ],
)
def test_s18_an_impossible_date_becomes_the_time_of_import_and_is_told(value: str, warning: str) -> None:
    moment, told = dates.published(value, NOW)

    assert moment == NOW
    assert warning in told


def test_s18_a_day_ahead_is_taken_as_it_is_and_no_date_is_no_fault() -> None:
    assert dates.published(NOW + timedelta(hours=23), NOW) == (NOW + timedelta(hours=23), "")
    assert dates.published(None, NOW) == (NOW, "")
