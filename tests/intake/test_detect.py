import gzip
import os
from contextlib import chdir
from pathlib import Path

import pytest

from htmxnews.intake import detect
from htmxnews.intake.detect import Input
from htmxnews.intake.draft import Unreadable

from .conftest import ImportPath

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (FEED, "feed"),
        (b"\xef\xbb\xbf\n<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed"),
        (FEED.decode().encode("utf-16"), "feed"),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1"}', "feed"),
        (b'{"title": "A feed on one line", "items": [{"id": "1"}]}', "feed"),
        (b'{"id": "1", "title": "x"}\n{"id": "2"}\n', "jsonl"),
        (b'<rss xmlns:wp="http://wordpress.org/export/1.2/"/>', "wxr"),
        (b'<?xml version="1.0"?><opml version="1.0"/>', "opml"),
        (b"---\ntitle: A\n---\nText", "markdown"),
        (gzip.compress(FEED), "feed"),
    ],
)
def test_the_content_tells_the_kind(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "input"
    path.write_bytes(data)

    assert detect.kind_of(path) == kind


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\x89PNG\r\n", b"words", b"\x1f\x8bnot gzip"])
def test_an_unknown_kind_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "input"
    path.write_bytes(data)

    with pytest.raises(Unreadable):
        detect.kind_of(path)


def test_lines_of_stories_are_told_by_their_name_when_the_first_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(gzip.compress(b'{broken\n{"id": "1"}\n'))

    assert detect.kind_of(path) == "jsonl"


@pytest.mark.parametrize("story", [None, "a.md"])
def test_a_folder_that_cannot_be_looked_into_is_told_and_stops_no_other_input(
    tmp_path: Path, import_path: ImportPath, story: str | None
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "feed.xml").write_bytes(
        FEED.replace(b"<channel/>", b"<channel><item><title>T</title></item></channel>")
    )
    if story:
        (folder / story).write_text("---\ntitle: A\ndate: 2026-01-02\n---\nText")
    with chdir(folder):
        for _ in range(20):  # whoever runs this test, no path may be so long
            Path("x" * 250).mkdir()
            os.chdir("x" * 250)

    reports = import_path(folder)

    assert sum(report.refused for report in reports) == 1
    assert sum(report.added for report in reports) == (2 if story else 1)
    assert any("cannot be" in warning for report in reports for warning in report.warnings)


def test_an_input_that_cannot_be_looked_at_is_one_line(tmp_path: Path, import_path: ImportPath) -> None:
    [report] = import_path(tmp_path / ("x" * 300))

    assert (report.failed, report.warnings) == (True, ["it cannot be read (File name too long)"])


def test_a_folder_of_stories_is_one_input_and_its_pictures_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\n")
    (tmp_path / "a.webp").write_bytes(b"x")
    (tmp_path / "feed.xml").write_bytes(FEED)

    assert list(detect.inputs(tmp_path, None)) == [
        Input(tmp_path, "markdown"),
        Input(tmp_path / "feed.xml", None),
    ]


def test_s16_a_folder_of_files_gives_each_but_none_from_outside(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret.xml").write_bytes(FEED)
    (folder / "link.xml").symlink_to(tmp_path / "secret.xml")
    (folder / ".hidden.xml").write_bytes(FEED)
    (folder / "b").write_bytes(FEED)

    assert list(detect.inputs(folder, None)) == [Input(folder / "b", None)]


def test_nothing_there_is_said_to_be_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "no", tmp_path):
        with pytest.raises(Unreadable):
            list(detect.inputs(path, None))


def test_what_can_be_read_only_once_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")

    with pytest.raises(Unreadable, match="no file that can be read more than once"):
        list(detect.inputs(tmp_path / "pipe.xml", None))
