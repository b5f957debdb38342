"""Inputs opened for reading: a path, bytes or an open file, unpacked where they are packed, within bounds."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

from htmxnews.intake.draft import Unreadable

Source = Path | bytes | BufferedIOBase  # a file is read from its start, as often as needed, and stays open

RATIO_MAX = 100  # how many times its size a packed input may become; stories come to five or so
_ALWAYS_FREE = 10_000_000  # bytes that even a tiny one may become
_GZIP = b"\x1f\x8b"


@contextmanager
def opened(source: Source, limit: int | None = None) -> Iterator[BufferedIOBase]:
    """Open an input at its start, unpacked when its first bytes say gzip.

    Reading raises Unreadable beyond `limit` bytes or when it swells like a bomb, and EOFError where a packed
    input breaks off (`read1` and `readline` give all that comes before).
    """
    file: BufferedIOBase = io.BytesIO(source) if isinstance(source, bytes) else _at_start(source)
    try:
        packed = file.read(2) == _GZIP
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if packed:
            most = max(size * RATIO_MAX, _ALWAYS_FREE)
            yield io.BufferedReader(_Unpacked(file, most, limit), 65_536)
        elif limit is not None and size > limit:
            raise _too_large(limit)
        else:
            yield file
    finally:
        if isinstance(source, Path):
            file.close()


def start_of(source: Source, size: int, limit: int | None = None) -> bytes:
    """The first bytes of an input; of one that breaks off, what there is. Raises EOFError for nothing."""
    start = b""
    with opened(source, limit) as file:
        try:
            while len(start) < size and (more := file.read1(size - len(start))):
                start += more
        except EOFError:
            if not start:
                raise
    return start


def _at_start(source: Path | BufferedIOBase) -> BufferedIOBase:
    if isinstance(source, Path):
        return source.open("rb")
    source.seek(0)
    return source


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, counted as it comes out."""

    def __init__(self, packed: BufferedIOBase, most: int, limit: int | None) -> None:
        self._file = gzip.GzipFile(fileobj=packed)
        self._most, self._limit = most, limit
        self._seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # it is what BufferedReader hands over
        try:
            data = self._file.read1(len(buffer))
        except (zlib.error, gzip.BadGzipFile):
            if self._seen:
                raise EOFError("its packing is damaged") from None
            raise Unreadable("is not gzip, though it begins like it") from None
        buffer[: len(data)] = data
        self._seen += len(data)
        if self._limit is not None and self._seen > self._limit:
            raise _too_large(self._limit)
        if self._seen > self._most:
            raise Unreadable(f"unpacks to more than {RATIO_MAX} times its size, which no text does")
        return len(data)


def _too_large(limit: int) -> Unreadable:
    return Unreadable(f"is larger than {limit // 1_000_000} MB, the most that is read")
