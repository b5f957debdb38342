"""Gzip unpacked piece by piece, so that whoever counts notices a bomb before it fills the memory (S13)."""

import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

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


def _members(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What stands behind a whole member and does not begin as another one is left out, as browsers do."""
    member, whole, fed = _member(), False, False
    for chunk in chunks:
        left, piece = chunk, b""
        while left or len(piece) == PIECE:  # of which there may be more, though all is read
            if whole and not fed and left[0] != _MAGIC[0]:
                return
            try:
                piece = member.decompress(left, PIECE)
            except zlib.error:
                raise BadGzip("cannot be unpacked") from None
            if piece:
                yield piece
            left, fed = member.unconsumed_tail, True
            if member.eof:
                left, piece = member.unused_data, b""
                member, whole, fed = _member(), True, False
    if fed or not whole:
        raise BadGzip("ends too early")


_member = partial(zlib.decompressobj, wbits=16 + zlib.MAX_WBITS)
