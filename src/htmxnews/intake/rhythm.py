"""When a source is asked next: by how often it publishes, what it asks for, and how often it failed (S19)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import uniform
from statistics import median

SOONEST = timedelta(minutes=15)
LATEST = timedelta(days=1)
RECENT = 20  # stories that a rhythm is told by

_SPREAD = 1.1  # waits are up to so much longer by chance, so that what began together does not stay together
_A_GAP = 4  # times a source is asked in the time that usually lies between two of its stories
_AN_AGE = 8  # and, when it is quiet, in the time since its newest


def after_success(
    published: Sequence[datetime], now: datetime, hints: Iterable[timedelta | None] = ()
) -> timedelta:
    """How long to wait, by the dates of the newest stories, newest first.

    Never less than what the source asks for in `hints`; never more than a day, whatever it asks for.
    """
    past = [min(moment, now) for moment in published]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(past)]
    usual = timedelta(seconds=median(gaps or [0]))
    quiet = now - past[0] if past else LATEST
    own = min(max(SOONEST, usual / _A_GAP, quiet / _AN_AGE), LATEST / _SPREAD)
    return min(max([own, *(hint for hint in hints if hint)]) * _by_chance(), LATEST)


def after_failure(failures: int, asked_for: timedelta | None = None) -> timedelta:
    """How long to wait after so many failures in a row: each time twice as long, up to a day.

    At least as long as the server asked for, be it more than a day.
    """
    own = min(SOONEST * 2.0 ** min(failures, 10), LATEST / _SPREAD) * _by_chance()
    return max(own, asked_for or timedelta())


def _by_chance() -> float:
    return uniform(1, _SPREAD)  # noqa: S311 (it spreads, and hides nothing)
