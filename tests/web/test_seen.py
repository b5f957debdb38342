import os
import time
from datetime import UTC, datetime
from pathlib import Path

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


def test_s31_processes_that_were_forked_share_what_was_seen(tmp_path: Path) -> None:
    table = Seen()
    start = time.time() + 0.3
    children = []
    for n in range(4):
        child = os.fork()
        if child == 0:
            while time.time() < start:  # all at once, so that they meet
                pass
            new = sum(table.first(f"reader {reader}") for reader in range(3_000))
            (tmp_path / str(n)).write_text(str(new))
            os._exit(0)
        children.append(child)

    for child in children:
        os.waitpid(child, 0)

    assert sum(int((tmp_path / str(n)).read_text()) for n in range(4)) == 3_000
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
