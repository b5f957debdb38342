"""What a body costs, in seconds of a quiet machine: those of this one, in proportion to its pace."""

import time
from collections.abc import Callable

import bleach

ORDINARY = "<p>Some <b>words</b> here &amp; there.</p>" * 400
QUIET = 0.03  # seconds that bleach alone takes for the ordinary page where half a second was agreed on
_alone = bleach.Cleaner(tags={"p", "b"}, strip=True)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of `work`, the least of three times: whatever else the machine does can only add to it."""
    return min(_at_this_pace(work) for _ in range(3))


def _at_this_pace(work: Callable[[], object]) -> float:
    pace = max(1.0, min(_spent(lambda: _alone.clean(ORDINARY)) for _ in range(3)) / QUIET)
    return _spent(work) / pace


def _spent(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
