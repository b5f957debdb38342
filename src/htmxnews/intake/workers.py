"""Drafts made ready on all cores, as cleaning is most of the work of an import."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessFuture, ProcessPool

from htmxnews.intake import child

T = TypeVar("T")
R = TypeVar("R")

_TOGETHER = 10  # pieces of work that go to a process and back at once
_PIECE_S = 10  # seconds that one piece may take; half a second is much

CONSTS.term_timeout = (
    0  # a process that is to end is killed at once: it is deaf to being asked (`child.ready`)
)


@dataclass(frozen=True)
class Spoilt:
    """What came of a piece of work that could not be done; `reason` ends a sentence that begins with it."""

    reason: str


class Workers:
    """Processes with limits, as many as there are cores: made at the first work, ended by `close`."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None

    def start(
        self, work: Callable[[T], R], pieces: Sequence[T], size: Callable[[T], int] = lambda _: 1
    ) -> "Batch[T, R]":
        """Begin to work on the pieces; `Batch.results` waits for them.

        `size` tells for how many a piece counts that may take longer.
        """
        return Batch(self, work, pieces, size)

    def close(self) -> None:
        """End the processes, also in the midst of work."""
        if self._pool:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None

    def _begin(self, work: Callable[[T], R], pieces: Sequence[T], size: int) -> ProcessFuture[list[Any]]:
        if self._pool is None:
            child.ready()
            self._pool = ProcessPool(
                max_workers=cores(),
                initializer=child.limit,
                context=child.processes,
            )
        return self._pool.schedule(_each, args=[work, pieces], timeout=_PIECE_S * size)


class Batch(Generic[T, R]):
    """Work under way."""

    def __init__(
        self, workers: Workers, work: Callable[[T], R], pieces: Sequence[T], size: Callable[[T], int]
    ) -> None:
        self._workers, self._work, self._size = workers, work, size
        self._parts = [pieces[at : at + _TOGETHER] for at in range(0, len(pieces), _TOGETHER)]
        self._futures = [self._begin(part) for part in self._parts]

    def results(self) -> list[R | Spoilt]:
        """What came of each piece, in order."""
        return list(chain.from_iterable(map(self._result, self._parts, self._futures)))

    def cancel(self) -> None:
        for future in self._futures:
            future.cancel()  # type: ignore[no-untyped-call]

    def _begin(self, part: Sequence[T]) -> ProcessFuture[list[Any]]:
        return self._workers._begin(self._work, part, sum(map(self._size, part)))

    def _result(self, part: Sequence[T], future: ProcessFuture[list[Any]]) -> list[R | Spoilt]:
        """A process that came to grief takes only the piece along that it was working on."""
        try:
            done: list[R | Spoilt] = future.result()
        except (ProcessExpired, TimeoutError) as error:
            if len(part) > 1:
                alone = [(piece, self._begin([piece])) for piece in part]
                return list(chain.from_iterable(self._result([piece], begun) for piece, begun in alone))
            return [Spoilt("took too long" if isinstance(error, TimeoutError) else "ended its process")]
        return done


def _each(work: Callable[[T], R], pieces: Sequence[T]) -> list[R | Spoilt]:
    return [_one(work, piece) for piece in pieces]


def _one(work: Callable[[T], R], piece: T) -> R | Spoilt:
    try:
        return work(piece)
    except OSError:  # a full disk spoils more than a piece
        raise
    except MemoryError:
        return Spoilt("needed too much memory")
    except Exception as error:  # a fault of ours, found by something that nobody has tried: one piece less
        return Spoilt(f"came upon an error ({type(error).__name__}: {str(error)[:200]})")


def cores() -> int:
    """Cores that this process may use; not every system can say it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
