"""Pieces of work on all cores: each comes back, whatever became of the others."""

import os
from collections.abc import Iterator

import pytest

from htmxnews.intake import workers
from htmxnews.intake.workers import Spoilt, Workers


@pytest.fixture
def pool() -> Iterator[Workers]:
    pool = Workers()
    yield pool
    pool.close()


def double(number: int) -> int:
    if number == 13:
        raise ValueError("an unlucky number")
    if number == 17:
        os._exit(1)
    if number == 19:
        raise MemoryError
    return 2 * number


def fill_the_disk(_number: int) -> int:
    raise OSError(28, "No space left on device")


def never_end(number: int) -> int:
    while number == 3:
        pass
    return number


def count(number: int) -> int:
    return sum(1 for _ in range(number))


def test_results_come_in_order(pool: Workers) -> None:
    assert pool.start(double, range(13)).results() == list(range(0, 26, 2))


def test_a_piece_that_ends_its_process_spoils_no_other(pool: Workers) -> None:
    results = pool.start(double, range(10, 30)).results()

    spoilt = {n: result for n, result in enumerate(results, 10) if isinstance(result, Spoilt)}
    assert spoilt == {
        13: Spoilt("came upon an error (ValueError: an unlucky number)"),
        17: Spoilt("ended its process"),
        19: Spoilt("needed too much memory"),
    }
    assert [r for r in results if not isinstance(r, Spoilt)] == [
        2 * n for n in range(10, 30) if n not in spoilt
    ]


def test_s05_a_piece_that_takes_too_long_spoils_no_other(
    pool: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_PIECE_S", 0.3)

    results = pool.start(never_end, range(6)).results()

    assert results == [0, 1, 2, Spoilt("took too long"), 4, 5]


def test_a_piece_that_says_that_it_is_large_may_take_longer(
    pool: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_PIECE_S", 0.01)

    assert pool.start(count, [5_000_000], lambda _: 10_000).results() == [5_000_000]


def test_a_full_disk_is_no_fault_of_a_piece(pool: Workers) -> None:
    with pytest.raises(OSError, match="No space left"):
        pool.start(fill_the_disk, [1]).results()


def test_nothing_to_do_starts_no_process(pool: Workers) -> None:
    assert pool.start(double, []).results() == []
    assert pool._pool is None
