from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime

import pytest

from htmxnews.intake.waits import LONGEST, fresh_for, retry_after

HOUR = timedelta(hours=1)


def headers(**told: str) -> Message:
    message = Message()
    for name, value in told.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ({"Retry_After": "3600"}, HOUR),
        ({"Retry_After": " 3600 "}, HOUR),
        ({"Retry_After": "Mon, 02 Mar 2026 14:00:00 GMT", "Date": "Mon, 02 Mar 2026 13:00:00 GMT"}, HOUR),
        ({"Retry_After": "Mon, 02 Mar 2026 12:00:00 GMT", "Date": "Mon, 02 Mar 2026 13:00:00 GMT"}, None),
        ({"Retry_After": "9" * 400}, LONGEST),
        ({"Retry_After": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST),
        ({"Retry_After": "0"}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "١٢"}, None),
        ({"Retry_After": "in a while"}, None),
        ({"Retry_After": ""}, None),
        ({}, None),
    ],
)
def test_s19_retry_after_is_seconds_or_a_date(told: dict[str, str], wait: timedelta | None) -> None:
    assert retry_after(headers(**told)) == wait


def test_s19_a_date_to_come_again_counts_from_now_where_the_server_tells_no_time() -> None:
    told = format_datetime(datetime.now(UTC) + HOUR, usegmt=True)

    wait = retry_after(headers(Retry_After=told))

    assert wait is not None
    assert HOUR - timedelta(minutes=1) < wait <= HOUR


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ({"Cache_Control": "public, max-age=3600"}, HOUR),
        ({"Cache_Control": 'MAX-AGE="3600"'}, HOUR),
        ({"Cache_Control": "max-age=7200", "Age": "3600"}, HOUR),
        ({"Cache_Control": "max-age=3600", "Age": "7200"}, None),
        ({"Cache_Control": "max-age=0", "Expires": "Mon, 02 Mar 2099 14:00:00 GMT"}, None),
        ({"Cache_Control": "no-cache"}, None),
        ({"Cache_Control": "s-maxage=60"}, None),
        ({"Cache_Control": "max-age=" + "9" * 400}, LONGEST),
        ({"Expires": "Mon, 02 Mar 2026 14:00:00 GMT", "Date": "Mon, 02 Mar 2026 13:00:00 GMT"}, HOUR),
        ({"Expires": "-1"}, None),
        ({"Expires": "0"}, None),
        ({}, None),
    ],
)
def test_s19_an_answer_says_how_long_it_stays_as_it_is(told: dict[str, str], wait: timedelta | None) -> None:
    assert fresh_for(headers(**told)) == wait
