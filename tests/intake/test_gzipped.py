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


@given(st.binary(min_size=1, max_size=200).filter(lambda data: data[0] != 0x1F), st.integers(1, 300))
def test_what_stands_behind_the_end_is_left_out(data: bytes, size: int) -> None:
    packed = gzip.compress(b"Tide") + gzip.compress(b" tables") + data

    assert b"".join(unpacked(in_chunks(packed, size))) == b"Tide tables"


def test_what_breaks_off_or_is_damaged_behind_a_whole_member_is_not_taken_for_whole() -> None:
    first, second = gzip.compress(b"Tide"), gzip.compress(os.urandom(200_000))

    with pytest.raises(BadGzip, match="ends too early"):
        list(unpacked([first, second[:-9]]))
    with pytest.raises(BadGzip, match="ends too early"):
        list(unpacked([first, second[:12]]))
    with pytest.raises(BadGzip, match="cannot be unpacked"):
        list(unpacked([first, second[:-8] + b"12345678"]))


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
