import gzip
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from htmxnews.intake.gzipped import PIECE, BadGzip, unpacked


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    yield b""
    for start in range(0, len(data), size):
        yield data[start : start + size]
        yield b""


@given(st.binary(max_size=2_000), st.integers(1, 3_000), st.integers(0, 3))
def test_s13_what_is_packed_comes_out_as_it_went_in(data: bytes, size: int, members: int) -> None:
    packed = gzip.compress(data) * members

    assert b"".join(unpacked(in_chunks(packed, size))) == data * members


@given(st.binary(max_size=2_000).filter(lambda data: data[:2] != b"\x1f\x8b"), st.integers(1, 3_000))
def test_what_is_not_packed_stays_as_it_is(data: bytes, size: int) -> None:
    assert b"".join(unpacked(in_chunks(data, size))) == data


def test_s13_a_bomb_comes_out_piece_by_piece() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)

    sizes = [len(piece) for piece in unpacked([bomb])]

    assert sum(sizes) == 20_000_000
    assert max(sizes) == PIECE


@given(st.integers(1, 199))
def test_what_is_cut_off_is_told_from_what_is_whole(end: int) -> None:
    packed = gzip.compress(os.urandom(200))

    with pytest.raises(BadGzip, match="ends too early"):
        list(unpacked([packed[: 2 + end]]))


@given(st.binary(min_size=1, max_size=200))
def test_what_only_begins_as_gzip_is_refused_and_breaks_nothing(data: bytes) -> None:
    with pytest.raises(BadGzip):
        list(unpacked([b"\x1f\x8b" + data]))
