import gzip
import io
from pathlib import Path

import pytest

from htmxnews.intake.draft import Unreadable
from htmxnews.intake.reading import opened, start_of


def test_a_packed_input_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(gzip.compress(b"tide"))

    with opened(path) as file:
        assert file.read() == b"tide"
    with opened(gzip.compress(b"ti") + gzip.compress(b"de")) as file:
        assert file.read() == b"tide"


def test_an_open_file_is_read_from_its_start_and_stays_open() -> None:
    source = io.BufferedReader(io.BytesIO(b"tide"))
    source.read(2)

    with opened(source) as file:
        assert file.read() == b"tide"
    assert not source.closed


def test_more_than_the_limit_is_not_read() -> None:
    with pytest.raises(Unreadable, match="is larger than 1 MB"), opened(b"x" * 1_000_001, 1_000_000):
        pass
    with opened(gzip.compress(bytes(range(256)) * 5_000), 1_000_000) as file, pytest.raises(Unreadable):
        file.read()


def test_s14_what_swells_like_a_bomb_is_not_unpacked() -> None:
    with opened(gzip.compress(b" " * 20_000_000)) as file, pytest.raises(Unreadable, match="100 times"):
        file.read()


def test_all_that_comes_before_a_package_breaks_off_is_given() -> None:
    whole = gzip.compress("".join(f"{number:x}" for number in range(100_000)).encode())

    start = start_of(whole[:-20_000], 10_000_000)

    assert len(start) > 100_000
    with pytest.raises(EOFError):
        start_of(whole[:15], 10)
    with pytest.raises(Unreadable, match="is not gzip"):
        start_of(b"\x1f\x8bno gzip at all", 10)
