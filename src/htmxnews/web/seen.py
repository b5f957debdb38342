"""Who has looked at what lately: salted hashes in memory that all workers share, never written down.

gunicorn's settings import this module before the workers are forked, so that they hold one table together.
"""

import fcntl
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from mmap import mmap
from secrets import token_bytes
from tempfile import TemporaryFile
from threading import Lock
from time import time

SECONDS = 30 * 60  # S31: a second look within this time is the same look

_SLOT = struct.Struct("=8sd")  # a hash, and when it was last new
_WAYS = 8  # slots a bucket; a new hash takes the place of the oldest
_BUCKETS = 16_384  # 131,072 looks within half an hour are told apart; of more, the oldest are forgotten early


class Seen:
    """A table of fixed size. One made before a fork is the same table in every child."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._memory = mmap(-1, _BUCKETS * _WAYS * _SLOT.size)
        self._secret = token_bytes(32)
        self._threads = Lock()
        # Empty: its lock holds between processes; a killed one lets go of it.
        self._processes = TemporaryFile()  # noqa: SIM115 (open as long as the table)

    def first(self, what: str) -> bool:
        """Whether `what` is new, or was last new half an hour ago or longer; from now on it is seen."""
        now = self._clock()
        known, before = self._hash(what, now), self._hash(what, now - SECONDS)
        with self._threads:
            fcntl.lockf(self._processes, fcntl.LOCK_EX)
            try:
                if self._is_kept(known, now) or self._is_kept(before, now):
                    return False
                self._keep(known, now)
                return True
            finally:
                fcntl.lockf(self._processes, fcntl.LOCK_UN)

    def _hash(self, what: str, moment: float) -> bytes:
        """Salted anew each day; so around midnight a look may stand under either day's salt."""
        day = datetime.fromtimestamp(moment, UTC).date().isoformat()
        salt = blake2b(day.encode(), key=self._secret).digest()
        return blake2b(what.encode("utf-8", "replace"), key=salt, digest_size=8).digest()

    def _is_kept(self, known: bytes, now: float) -> bool:
        slots = (_SLOT.unpack_from(self._memory, place) for place in self._bucket(known))
        return any(found == known and now - at < SECONDS for found, at in slots)

    def _keep(self, known: bytes, now: float) -> None:
        oldest = min(self._bucket(known), key=lambda place: float(_SLOT.unpack_from(self._memory, place)[1]))
        _SLOT.pack_into(self._memory, oldest, known, now)

    def _bucket(self, known: bytes) -> range:
        size = _WAYS * _SLOT.size
        start = int.from_bytes(known, "big") % _BUCKETS * size
        return range(start, start + size, _SLOT.size)


SHARED = Seen()
