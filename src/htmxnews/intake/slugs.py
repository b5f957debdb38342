"""Slugs for what wants one that another may have already."""

import hashlib
from collections.abc import Iterator
from itertools import count

NUMBERED = 20  # -2, -3 … up to this; behind them each goes by a hash of its own, so that no search is long


def numbered(wanted: str) -> list[str]:
    """The slug that is wanted, and those beside it that a reader would expect."""
    return [wanted, *(f"{wanted}-{number}" for number in range(2, NUMBERED))]


def hashed(wanted: str, own: str) -> Iterator[str]:
    """Slugs as good as free, since `own` is said of one thing only; more where somebody guessed one."""
    for number in count():
        yield f"{wanted}-{hashlib.sha256(f'{own} {number}'.encode()).hexdigest()[:10]}"
