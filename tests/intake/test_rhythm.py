from datetime import datetime, timedelta

import pytest

from htmxnews.intake.rhythm import LATEST, SOONEST, after_failure, after_success

from .conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST = 1.1  # times longer by chance


def every(gap: timedelta, *, quiet: timedelta = timedelta(), stories: int = 20) -> list[datetime]:
    """Dates of stories in a steady rhythm, the newest so long ago."""
    return [NOW - quiet - gap * number for number in range(stories)]


@pytest.mark.parametrize(
    ("published", "wait"),
    [
        (every(timedelta(minutes=5)), SOONEST),
        (every(2 * HOUR), 0.5 * HOUR),
        (every(DAY), 6 * HOUR),
        (every(7 * DAY), LATEST / MOST),
        (every(HOUR, quiet=2 * DAY), 6 * HOUR),  # it has gone quiet
        (every(HOUR, quiet=300 * DAY), LATEST / MOST),
        (every(timedelta(), quiet=8 * HOUR), HOUR),  # all at once
        ([*every(4 * HOUR, stories=11), *every(DAY, quiet=400 * DAY, stories=9)], HOUR),  # back after long
        (every(DAY, stories=1), SOONEST),
        (every(HOUR, quiet=-DAY), SOONEST),  # dated ahead
        ([], 3 * HOUR),
    ],
)
def test_s19_a_source_is_asked_in_its_own_rhythm(published: list[datetime], wait: timedelta) -> None:
    waits = [after_success(published, NOW) for _ in range(50)]

    assert wait <= min(waits)
    assert max(waits) <= wait * MOST
    assert len(set(waits)) > 40  # sources that begin together do not stay together


@pytest.mark.parametrize("hint", [HOUR, 23 * HOUR, DAY, 30 * DAY])
def test_s19_a_source_is_never_asked_sooner_than_it_wants_and_daily_at_least(hint: timedelta) -> None:
    waits = [after_success(every(SOONEST), NOW, [None, SOONEST, hint]) for _ in range(50)]

    assert min(hint, LATEST) <= min(waits)
    assert max(waits) <= LATEST


def test_s19_after_failures_a_source_waits_twice_as_long_each_time_up_to_a_day() -> None:
    waits = [after_failure(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 8, 9, 500)]

    least = [0.5, 1, 2, 4, 8, 16, *[24 / MOST] * 4]
    assert all(hours * HOUR <= wait <= hours * HOUR * MOST for hours, wait in zip(least, waits, strict=True))
    assert max(waits) <= DAY


def test_s19_after_a_failure_the_server_may_ask_for_more_time() -> None:
    assert after_failure(1, 3 * DAY) == 3 * DAY
    assert after_failure(1, timedelta(seconds=5)) >= SOONEST
