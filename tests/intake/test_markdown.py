from pathlib import Path

import pytest

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
    assert draft.published == "2026-01-02T03:04:05Z"
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
        "a.md: left out, as it is a draft",
        "bad.md: its front matter is not YAML (line 3)",
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
    assert (parsed.skipped, parsed.warnings) == (
        1,
        [
            "link.md: left out, as it leads out of the folder or to nothing",
            "a.md: its picture ../secret.png is not in the folder",
        ],
    )


def test_aliases_in_front_matter_cannot_grow_without_end(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n"
        for a, b in zip("abcdefghijklmnopqrstuvwx", "bcdefghijklmnopqrstuvwxy", strict=True)
    )
    write(tmp_path, "a.md", f"---\n{bomb}title: *y\ntags: *y\n---\nx")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.title, draft.tags) == ("a", ())


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# The *tide* &amp; us #\n\nText.", "The tide & us", "Text."),
        ("Tide\n====\n\nText.", "Tide", "Text."),
        ("Text.\n\n## Later on\n", "Later on", "Text.\n\n## Later on"),
        ("Text.", "low water", "Text."),
    ],
)
def test_a_story_without_a_title_takes_its_first_heading_else_its_files_name(
    tmp_path: Path, text: str, title: str, body: str
) -> None:
    write(tmp_path, "low-water.md", f"---\ntitle:\ndate: 2026-01-02\n---\n{text}")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.title, draft.body.strip()) == (title, body)


def test_plain_values_stay_the_text_that_they_are(tmp_path: Path) -> None:
    facts = "title:\t1.10\nlang: no\nslug: 007\ndate: 2026-13-45\nsummary: ~\ndraft: 'false'\npinned: yes"
    write(tmp_path, "a.md", f"---\r\n{facts}\r\n---\r\nText.\r\n")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.title, draft.lang, draft.slug, draft.summary) == ("1.10", "no", "007", "")
    assert (draft.published, draft.pinned) == ("2026-13-45", True)


@pytest.mark.parametrize("on", ["true", "yes", "on", "'true'"])
def test_a_draft_is_left_out_however_it_says_so(tmp_path: Path, on: str) -> None:
    write(tmp_path, "a.md", f"---\ntitle: A\ndraft: {on}\n---\nx")

    parsed = markdown.parse(tmp_path)

    assert (list(parsed.drafts), parsed.skipped) == ([], 1)


def test_several_names_may_be_a_list_a_text_or_mappings(tmp_path: Path) -> None:
    facts = (
        "authors:\n  - name: Ines Mar\n    url: x\n  - Jo\ntags: Ships, Low water,\ncategory: [Sea, Ports]"
    )
    write(tmp_path, "a.md", f"---\ntitle: A\n{facts}\n---\nx")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.authors, draft.category) == (("Ines Mar", "Jo"), "Sea")
    assert draft.tags == ("Ships", "Low water", "Ports")


def test_front_matter_without_an_end_is_refused_and_may_end_in_dots(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: A\nText.")
    write(tmp_path, "b.md", "---\ntitle: B\n...\nText.")

    parsed = markdown.parse(tmp_path)

    assert [draft.title for draft in parsed.drafts] == ["B"]
    assert (parsed.refused, parsed.warnings) == (1, ["a.md: its front matter has no end"])


def test_a_picture_may_lie_elsewhere_and_its_name_may_be_no_path(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: A\nimage: //sea.example/q.jpg\n---\nx")
    write(tmp_path, "b.md", '---\ntitle: B\nimage: "q\\0.jpg"\n---\nx')

    first, second = markdown.parse(tmp_path).drafts

    assert first.picture and first.picture.url == "https://sea.example/q.jpg"
    assert second.picture is None
