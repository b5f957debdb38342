"""Pictures inside a Markdown text that lie beside it in the folder that is imported."""

import os
import re
from pathlib import Path
from unicodedata import normalize

import pytest
from PIL import Image

from htmxnews.config import Config
from htmxnews.intake import markdown, parsing
from htmxnews.intake.reclean import reclean
from htmxnews.intake.sweeping import YOUNG_S, sweep
from htmxnews.store.engine import Store

from .conftest import ImportPath, Stories

SHOWN = re.compile(
    r'<img src="/media/([0-9a-f]{64})-\d+\.webp"[^>]*width="(\d+)" height="(\d+)"[^>]*alt="([^"]*)"'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def draw(path: Path, size: tuple[int, int] = (60, 40), colour: str = "teal") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def write(folder: Path, body: str, name: str = "posts/a.md", front: str = "") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\ntitle: Tide\ndate: 2026-01-02\n{front}---\n{body}\n")


def shown(stories: Stories) -> list[tuple[str, str, str]]:
    """Width, height and words of the pictures in the text of the first story."""
    return [found[1:] for found in SHOWN.findall(stories()[0].body.html)]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("b.png", "posts/b.png"),
        ("./b.png", "posts/b.png"),
        ("../img/c.jpg", "img/c.jpg"),
        ("/img/c.jpg", "img/c.jpg"),
        ("/img/c.jpg", "static/img/c.jpg"),
        ("/img/c.jpg", "public/img/c.jpg"),
        ("/img/c.jpg", "assets/img/c.jpg"),
        ("at%20noon.png", "posts/at noon.png"),
        ("<at noon.png>", "posts/at noon.png"),
        ("100%25.png", "posts/100%.png"),
        ("b.png?v=2", "posts/b.png"),
        (r"img\b.png", "posts/img/b.png"),
        ("바다.png", "posts/바다.png"),
        ("바다.png", f"posts/{normalize('NFD', '바다')}.png"),
    ],
)
def test_a_picture_beside_the_text_is_shown_at_its_place(
    folder: Path, import_path: ImportPath, stories: Stories, address: str, place: str
) -> None:
    draw(folder / place)
    write(folder, f"Before.\n\n![A *quay*]({address})\n\nBehind.")

    [report] = import_path(folder)

    html = stories()[0].body.html
    assert (report.added, report.warnings) == (1, [])
    assert shown(stories) == [("60", "40", "A quay")]
    assert html.index("Before.") < html.index("<img") < html.index("Behind.")
    assert address in stories()[0].body.raw


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Words, ![](b.png 'At noon')", "At noon"),
        ("![A quay](b.png 'At noon')", "A quay"),
        ("![A quay][q]\n\n[q]: b.png", "A quay"),
        ("[![A quay](b.png)](https://sea.example/)", "A quay"),
        ('{{< figure src="b.png" alt="A quay" >}}', "A quay"),
        ("![](b.png)", ""),
    ],
)
def test_a_picture_is_named_in_all_the_ways_of_markdown(
    folder: Path, import_path: ImportPath, stories: Stories, text: str, words: str
) -> None:
    draw(folder / "posts/b.png")
    write(folder, text)

    import_path(folder)

    assert shown(stories) == [("60", "40", words)]


def test_pictures_stay_when_the_text_is_cleaned_again(
    folder: Path, store: Store, config: Config, import_path: ImportPath, stories: Stories
) -> None:
    draw(folder / "posts/b.png", (700, 300))
    write(folder, "![A quay](b.png) ![A ship](https://sea.example/s.png)")
    import_path(folder)
    before = stories()[0].body.html
    (folder / "posts/b.png").unlink()

    assert reclean(store, config, only_pictures=True).unchanged == 0
    for _ in range(2):
        done = reclean(store, config, everything=True)
        assert (done.updated, done.unchanged, done.refused) == (0, 1, 0)

    assert stories()[0].body.html == before
    assert shown(stories) == [("700", "300", "A quay")]


def test_a_second_import_changes_nothing_until_the_file_does(
    folder: Path, import_path: ImportPath, stories: Stories
) -> None:
    draw(folder / "posts/b.png")
    write(folder, "![A quay](b.png)")
    import_path(folder)
    before = stories()[0]

    [second] = import_path(folder)
    draw(folder / "posts/b.png", (50, 50))
    [third] = import_path(folder)

    assert (second.unchanged, third.updated) == (1, 1)
    assert shown(stories) == [("50", "50", "A quay")]
    assert stories()[0].slug == before.slug


def test_a_picture_that_is_removed_is_told_and_its_words_are_shown(
    folder: Path, import_path: ImportPath, stories: Stories
) -> None:
    picture = draw(folder / "posts/b.png")
    write(folder, "![A quay](b.png)")
    import_path(folder)
    picture.unlink()

    [report] = import_path(folder)

    assert report.updated == 1
    assert report.warnings == ["posts/a.md: its picture b.png is not in the folder"]
    assert stories()[0].body.html == "<p>Picture: A quay</p>"


def test_what_is_no_picture_is_told_and_its_words_are_shown(
    folder: Path, import_path: ImportPath, stories: Stories
) -> None:
    write(folder, "![A quay](b.png)")
    (folder / "posts/b.png").write_text("no picture")

    [report] = import_path(folder)

    assert report.warnings == ["“Tide”: its picture b.png is no JPEG, PNG, WebP, GIF or AVIF"]
    assert stories()[0].body.html == "<p>Picture: A quay</p>"


def test_the_lead_is_not_shown_a_second_time_and_keeps_the_words_of_the_text(
    folder: Path, store: Store, config: Config, import_path: ImportPath, stories: Stories
) -> None:
    draw(folder / "posts/b.png")
    draw(folder / "posts/c.png", (50, 50))
    write(folder, '![A quay](./b.png "At noon")\n\nWords.\n\n![A ship](c.png)', front="image: b.png\n")
    import_path(folder)

    for _ in range(2):
        reclean(store, config, everything=True)

    lead = stories()[0].picture
    assert lead and (lead.alt, lead.caption, lead.width) == ("A quay", "At noon", 60)
    assert shown(stories) == [("50", "50", "A ship")]
    assert stories()[0].body.html.startswith("<p>Words.</p>")


def test_two_folders_may_have_pictures_of_one_name(
    tmp_path: Path, import_path: ImportPath, stories: Stories
) -> None:
    for name, size in (("one", (60, 40)), ("other", (30, 80))):
        draw(tmp_path / name / "b.png", size)
        write(tmp_path / name, "![A quay](b.png)", "a.md")
        import_path(tmp_path / name)

    found = [SHOWN.findall(story.body.html)[0][1:3] for story in stories()]

    assert found == [("60", "40"), ("30", "80")]


def test_the_files_of_a_text_are_swept_when_it_shows_them_no_more(
    folder: Path, store: Store, config: Config, import_path: ImportPath
) -> None:
    draw(folder / "posts/b.png")
    write(folder, "![A quay](b.png)")
    import_path(folder)
    for path in config.media_dir.iterdir():
        os.utime(path, (0, path.stat().st_mtime - YOUNG_S - 1))

    used = sweep(store, config.media_dir)[0]
    write(folder, "Words.")
    import_path(folder)

    assert (used, sweep(store, config.media_dir)[0]) == (0, 1)


@pytest.mark.parametrize(
    "address",
    [
        "../../secret.png",
        "/../secret.png",
        "..%2f..%2fsecret.png",
        r"..\..\secret.png",
        "%2e%2e/%2e%2e/secret.png",
        "link.png",
        "up/secret.png",
        "nothing.png",
        "folder.png",
        "pipe.png",
        "b%00.png",
        "../../../../../../../../etc/passwd",
        "C:/secret.png",
        "a/" * 300 + "b.png",
    ],
)
def test_s16_no_picture_outside_of_the_folder_is_read(
    folder: Path, config: Config, import_path: ImportPath, stories: Stories, address: str
) -> None:
    secret = draw(folder.parent / "secret.png")
    write(folder, f"![A quay]({address})")
    (folder / "posts/link.png").symlink_to(secret)
    (folder / "posts/up").symlink_to(folder.parent)
    (folder / "posts/folder.png").mkdir()
    os.mkfifo(folder / "posts/pipe.png")

    [report] = import_path(folder)

    assert (report.added, len(report.warnings)) == (1, 1)
    assert re.match(r"posts/a\.md: its picture .+ is not in the folder", report.warnings[0])
    assert stories()[0].body.html == "<p>Picture: A quay</p>"
    assert not config.media_dir.exists()


@pytest.mark.parametrize("scheme", ["file://", "FILE://", "file:", "ftp://sea.example", "//"])
def test_s16_an_address_with_a_scheme_is_no_file_of_the_folder(
    folder: Path, config: Config, import_path: ImportPath, stories: Stories, scheme: str
) -> None:
    secret = draw(folder / "secret.png")
    write(folder, f"![A quay]({scheme}{secret})")

    [report] = import_path(folder)

    assert report.warnings == []
    assert "<img" not in stories()[0].body.html
    assert not config.media_dir.exists()


def test_a_name_that_only_we_give_opens_no_file(
    folder: Path, import_path: ImportPath, stories: Stories
) -> None:
    write(folder, f"![A quay](picture:{'a' * 64}#b.png)")

    import_path(folder)

    assert "<img" not in stories()[0].body.html


def test_no_more_pictures_are_looked_for_than_a_text_may_have(folder: Path) -> None:
    draw(folder / "posts/b.png")
    write(folder, "\n\n".join(f"![A quay](b.png?{n})" for n in range(120)))

    [draft] = markdown.parse(folder).drafts

    assert len(draft.files) == 100


def test_stories_with_many_pictures_come_in_small_batches(folder: Path) -> None:
    draw(folder / "posts/b.png")
    for n in range(4):
        write(folder, "\n\n".join(f"![A quay](b.png?{one})" for one in range(11)), f"posts/{n}.md")

    found = parsing.batches(markdown.parse(folder).drafts, 100)

    assert [len(batch) for batch in found] == [2, 2]
