"""Gzip unpacked piece by piece, so that whoever counts notices a bomb before it fills the memory (S13)."""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

PIECE = 64 * 1024  # bytes
_MAGIC = b"\x1f\x8b"


class BadGzip(Exception):
    """Bytes that cannot be unpacked; the message says why, as the rest of "its answer …"."""


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a stream in pieces of at most PIECE bytes: unpacked when it begins as gzip does.

    What the headers say counts for nothing: some servers pack without a word, others only say that they do.
    Any number of gzip members may follow each other. Raises BadGzip.
    """
    chunks = filter(None, chunks)  # an empty one would look like the end
    start = b""
    while len(start) < len(_MAGIC) and (chunk := next(chunks, b"")):
        start += chunk
    whole = chain((start,), chunks)
    return _members(whole) if start.startswith(_MAGIC) else whole


def _members(chunks: Iterator[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BufferedReader(_Stream(chunks), PIECE)) as file:
        try:
            while piece := file.read(PIECE):
                yield piece
        except EOFError:
            raise BadGzip("ends too early") from None
        except (gzip.BadGzipFile, zlib.error):
            raise BadGzip("cannot be unpacked") from None


class _Stream(io.RawIOBase):
    """Chunks as a file that can be read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        given = min(len(buffer), len(self._rest))
        buffer[:given] = self._rest[:given]
        self._rest = self._rest[given:]
        return given
