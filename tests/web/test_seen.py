import os
from datetime import UTC, datetime

import pytest

from htmxnews.web import seen
from htmxnews.web.seen import Seen

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC).timestamp()


def test_s31_midnight_does_not_make_a_second_look_new() -> None:
    clock = [MIDNIGHT - 60]
    table = Seen(clock=lambda: clock[0])

    found = []
    for passed in (0, 120, seen.SECONDS - 121, 1):
        clock[0] += passed
        found.append(table.first("a reader"))

    assert found == [True, False, False, True]


def test_s31_the_salt_is_another_one_each_day() -> None:
    clock = [MIDNIGHT - 60.0]
    table = Seen(clock=lambda: clock[0])

    table.first("a reader")
    places = [place for place in range(0, len(table._memory), 16) if any(table._memory[place : place + 16])]
    clock[0] += 86_400
    table.first("a reader")
    more = [place for place in range(0, len(table._memory), 16) if any(table._memory[place : place + 16])]

    assert (len(places), len(more)) == (1, 2)


def test_s31_processes_that_were_forked_share_what_was_seen() -> None:
    table = Seen()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            new = sum(table.first(f"reader {n}") for n in range(200))
            os._exit(new)
        children.append(child)

    counts = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

    assert sum(counts) == 200
    assert not table.first("reader 7")


def test_the_table_keeps_its_size_and_forgets_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_BUCKETS", 128)
    clock = [MIDNIGHT]
    table = Seen(clock=lambda: clock[0])
    size = len(table._memory)

    for n in range(4_000):
        clock[0] += 0.001
        table.first(f"reader {n}")

    assert len(table._memory) == size
    assert sum(table.first(f"reader {n}") for n in range(100)) > 90
    assert sum(table.first(f"reader {n}") for n in range(3_900, 4_000)) == 0
