from datetime import UTC, datetime
from pathlib import Path

from htmxnews.intake import markdown

STORY = """---
title: Tide
date: 2026-01-02T03:04:05Z
slug: tide
authors: [Ines Mar, Jo]
category: Sea
tags: [Ships, 2026]
summary: Short.
image: pictures/quay.png
image_alt: A quay
image_credit: Drawing by the desk
lang: en
pinned: true
---
Text.
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_front_matter_becomes_a_draft_with_all_that_it_says(tmp_path: Path) -> None:
    write(tmp_path, "sea/tide.md", STORY)
    picture = write(tmp_path, "sea/pictures/quay.png", "")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.key, draft.slug, draft.title) == ("sea/tide.md", "tide", "Tide")
    assert draft.published == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (draft.authors, draft.category, draft.tags) == (("Ines Mar", "Jo"), "Sea", ("Ships", "2026"))
    assert (draft.summary, draft.lang, draft.pinned, draft.body) == ("Short.", "en", True, "Text.")
    assert draft.picture and (draft.picture.file, draft.picture.alt) == (picture, "A quay")
    assert draft.picture.credit == "Drawing by the desk"


def test_drafts_and_files_without_front_matter_are_left_out_and_counted(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: A\ndraft: true\n---\nx")
    write(tmp_path, "README.md", "# About this folder")
    write(tmp_path, "bad.md", "---\ntitle: [\n---\nx")
    write(tmp_path, ".hidden/b.md", STORY)

    parsed = markdown.parse(tmp_path)

    assert list(parsed.drafts) == []
    assert (parsed.skipped, parsed.refused) == (2, 1)
    assert parsed.warnings == [
        "README.md: left out, as it has no front matter",
        "bad.md: its front matter is not YAML",
    ]


def test_a_heading_that_repeats_the_title_is_not_said_twice(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ndate: 2026-01-02\n---\n# Tide\n\nText.")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.title, draft.body.strip()) == ("Tide", "Text.")


def test_s16_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "stories"
    write(tmp_path, "secret.md", STORY)
    write(tmp_path, "secret.png", "")
    write(folder, "a.md", STORY.replace("pictures/quay.png", "../secret.png"))
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "up").symlink_to(tmp_path)

    parsed = markdown.parse(folder)
    [draft] = parsed.drafts

    assert (draft.key, draft.picture) == ("a.md", None)
    assert parsed.warnings == ["a.md: its picture ../secret.png is not in the folder"]


def test_aliases_in_front_matter_cannot_grow_without_end(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n"
        for a, b in zip("abcdefghijklmnopqrstuvwx", "bcdefghijklmnopqrstuvwxy", strict=True)
    )
    write(tmp_path, "a.md", f"---\n{bomb}title: *y\ntags: *y\n---\nx")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.title, draft.tags) == ("a", ())
