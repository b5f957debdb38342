import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from htmxnews.intake import dates, markdown
from htmxnews.intake.clean import pictures_in, plain

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


TOML = """+++
title = "Tide"
date = 2026-01-02T03:04:05Z
updated = 2026-02-03
draft = false
[taxonomies]
tags = ["Ships", "Sea"]
[extra]
toc = true
+++
Text.
"""
JSON = """{
  "title": "Tide",
  "date": "2026-01-02T03:04:05Z",
  "updated": "2026-02-03",
  "tags": ["Ships", "Sea"],
  "params": {
    "toc": true
  }
}

Text.
"""


@pytest.mark.parametrize("story", [TOML, JSON])
def test_front_matter_may_be_toml_or_json(tmp_path: Path, story: str) -> None:
    [draft] = markdown.parse(write(tmp_path, "a.md", story)).drafts

    assert (draft.title, draft.body, draft.tags) == ("Tide", "Text.", ("Ships", "Sea"))
    assert (dates.read(draft.published), draft.updated) == (
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "2026-02-03",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("+++\ntitle = oops\n+++\nx", "is not TOML"),
        ("+++\na = " + "[" * 5_000 + "\n+++\nx", "is not TOML"),
        ("+++\ntaxonomies = 1\n+++\nx", "is not TOML"),
        ("+++\ntitle = 'A'\nx", "has no end"),
        ("{\n'title': 1\n}\nx", "is not JSON"),
        ('{\n"a": ' + "[" * 50_000 + "\n}\nx", "is not JSON"),
        ('{\n"a": "' + "a" * 200_000 + '"\n}\nx', "is longer than 100 kB"),
    ],
)
def test_front_matter_that_cannot_be_read_is_told(tmp_path: Path, text: str, why: str) -> None:
    parsed = markdown.parse(write(tmp_path, "a.md", text))

    assert list(parsed.drafts) == []
    assert parsed.refused == 1
    assert why in parsed.warnings[0]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "euc-kr"])
def test_a_file_of_another_system_is_read(tmp_path: Path, codec: str) -> None:
    title, body = (
        "바다와 항구의 소식을 전합니다",
        "오늘 아침 항구에는 배가 들어왔고 사람들은 시장으로 갔습니다.",
    )
    (tmp_path / "a.md").write_bytes(f"---\r\ntitle: {title}\r\n---\r\n{body}\r\n".encode(codec))

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.title, draft.body) == (title, body)


def test_a_file_in_no_encoding_that_is_known_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("---\ntitle: Café\n---\nx".encode("cp1252"))

    parsed = markdown.parse(tmp_path)

    assert (list(parsed.drafts), parsed.refused) == ([], 1)
    assert parsed.warnings == ["a.md: not UTF-8 text"]


def test_lines_in_a_text_begin_no_front_matter(tmp_path: Path) -> None:
    parsed = markdown.parse(write(tmp_path, "a.md", "Words.\n\n---\nNote: this\n\n---\nMore."))

    assert list(parsed.drafts) == []
    assert parsed.warnings == ["a.md: left out, as it has no front matter"]


def test_a_picture_may_be_a_mapping_and_begin_at_the_top_of_the_folder(tmp_path: Path) -> None:
    picture = write(tmp_path, "pictures/quay.png", "")
    cover = "cover:\n  image: /pictures/quay.png\n  alt: A quay\n  caption: At noon"
    write(tmp_path, "sea/tide.md", f"---\ntitle: A\n{cover}\n---\nx")

    [draft] = markdown.parse(tmp_path).drafts

    assert draft.picture and (draft.picture.file, draft.picture.alt) == (picture, "A quay")
    assert draft.picture.caption == "At noon"


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


@pytest.mark.parametrize("mark", ["<!--more-->", "<!-- more -->", " <!-- Truncate -->"])
def test_where_other_generators_end_a_summary_is_not_shown(tmp_path: Path, mark: str) -> None:
    write(tmp_path, "a.md", f"---\ntitle: Tide\ndate: 2026-01-02\n---\nA.\n\n{mark}\n\nB <!--more-->.")

    [draft] = markdown.parse(tmp_path).drafts

    assert draft.body.split() == ["A.", "B", "<!--more-->."]


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


def grown(pattern: str) -> str:
    """Eight mappings or lists, each made of nine times the one before."""
    names = zip("abcdefgh", "bcdefghi", strict=True)
    return "".join(f"{name}: &{name} {pattern % ', '.join([f'*{before}'] * 9)}\n" for before, name in names)


@pytest.mark.parametrize(
    "front",
    [
        "a: &a {k: 1}\n" + grown("{<<: [%s]}"),
        "a: &a {k: 1}\n" + grown("{!!merge m: [%s]}"),
        "a: &a [x]\n" + grown("[%s]"),
        "tags: &t [*t]\n",
        "title: B\n",
    ],
    ids=["merges", "tagged merges", "aliases", "itself", "twice"],
)
def test_s14_front_matter_that_grows_without_end_is_read_in_no_time(tmp_path: Path, front: str) -> None:
    (tmp_path / "a.md").write_text(f"---\ntitle: A\n{front}---\nText\n")
    started = time.process_time()

    titles = [draft.title for draft in markdown.parse(tmp_path).drafts]

    assert titles in (["A"], ["B"], [])
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("tags: " + "[" * 50_000, "is not YAML"),
        ("".join(f"k{n}: &a{n} x\n" for n in range(20_000)), "is longer than 100 kB"),
        ("title: !!python/object/apply:os.system [true]", "is not YAML"),
        ("date: !!timestamp 2024-13-45", "is not YAML"),
        ("title: !!int " + "9" * 9_000, "is not YAML"),
    ],
    ids=["depth", "length", "call", "date", "number"],
)
def test_s14_front_matter_that_is_an_attack_is_refused(tmp_path: Path, front: str, why: str) -> None:
    (tmp_path / "a.md").write_text(f"---\n{front}\n---\nText\n")

    parsed = markdown.parse(tmp_path)

    assert list(parsed.drafts) == []
    assert parsed.refused == 1
    assert why in parsed.warnings[0]


def test_a_summary_is_words_though_some_look_like_tags(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: A\nsummary: Use <dialog> & more\n---\nx")

    [draft] = markdown.parse(tmp_path).drafts

    assert plain(draft.summary) == "Use <dialog> & more"


def test_a_pipe_that_is_called_like_a_story_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, "a.md", STORY)
    os.mkfifo(tmp_path / "pipe.md")

    parsed = markdown.parse(tmp_path)

    assert (parsed.total, parsed.skipped) == (1, 1)
    assert parsed.warnings == ["pipe.md: left out, as it is no file"]
    assert [draft.key for draft in parsed.drafts] == ["a.md"]


def test_names_of_other_generators_are_understood(tmp_path: Path) -> None:
    facts = "Title: A\nDescription: Short.\nlastmod: 2026-02-03\ncategories: [Sea, Ports]\ntags: Ships"
    write(tmp_path, "2026-01-02-quay-side.md", f"---\n{facts}\n---\nx")
    write(tmp_path, "2026-01-03-at-noon.md", "---\nlayout: post\n---\nx")

    one, other = markdown.parse(tmp_path).drafts

    assert (one.title, one.summary, one.updated, one.published) == ("A", "Short.", "2026-02-03", "2026-01-02")
    assert (one.category, one.tags) == ("Sea", ("Ships", "Ports"))
    assert (other.title, other.published) == ("at noon", "2026-01-03")


@pytest.mark.parametrize(
    "facts",
    [
        "date:\n  created: 2026-01-02\n  updated: 2026-02-03",
        "pubDate: 2026-01-02\nupdatedDate: 2026-02-03",
        "created_at: 2026-01-02\nupdated_at: 2026-02-03",
    ],
)
def test_dates_are_found_where_other_generators_keep_them(tmp_path: Path, facts: str) -> None:
    write(tmp_path, "a.md", f"---\ntitle: A\n{facts}\n---\nx")

    parsed = markdown.parse(tmp_path)

    [one] = parsed.drafts
    assert (one.published, one.updated, parsed.warnings) == ("2026-01-02", "2026-02-03", [])


@pytest.mark.parametrize(
    "said",
    [
        "published: false",
        "status: Draft",
        "status: private",
        "Draft: yes",
        "isDraft: true",
        "hidden: true",
        "private: true",
        "unlisted: true",
        "state: draft",
        "visibility: hidden",
    ],
)
def test_what_is_not_for_readers_yet_is_left_out(tmp_path: Path, said: str) -> None:
    write(tmp_path, "a.md", f"---\ntitle: A\n{said}\n---\nx")

    parsed = markdown.parse(tmp_path)

    assert list(parsed.drafts) == []
    assert parsed.warnings == ["a.md: left out, as it is a draft"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("_drafts/a.md", "is a draft"),
        ("en/_drafts/more/a.md", "is a draft"),
        ("_index.md", "is the page of a section"),
        ("sea/_index.ko.md", "is the page of a section"),
    ],
)
def test_what_generators_do_not_publish_as_a_story_is_left_out(
    tmp_path: Path, name: str, reason: str
) -> None:
    write(tmp_path, name, "---\ntitle: A\n---\nx")

    parsed = markdown.parse(tmp_path)

    assert (list(parsed.drafts), parsed.skipped) == ([], 1)
    assert parsed.warnings == [f"{name}: left out, as it {reason}"]


@pytest.mark.parametrize(
    ("facts", "category", "tags"),
    [
        ("layout: post\ncategories: jekyll update\ntags: a b", "jekyll", ("a", "b", "update")),
        (
            "layout: post\ncategories: Washington, D.C.\ntags: New York, a",
            "Washington, D.C.",
            ("New York", "a"),
        ),
        ("layout: ../Layout.astro\ncategories: New York\ntags: New York", "New York", ("New York",)),
        ("layout: base.njk\ntags: New York", None, ("New York",)),
        ("category: New York\ntags: New York", "New York", ("New York",)),
        ("categories:\n- [Sea, Ports]\n- [Ships]\nkeywords: a, b", "Sea", ("a", "b", "Ports", "Ships")),
        ("layout: post\nkeywords: [a, b]", None, ("a", "b")),
        ("tags: []\nkeywords: [a, b]", None, ("a", "b")),
        ("category:\ncategories: [News, Sport]", "News", ("Sport",)),
        ("category: Top\ncategories: [Top, Sport]\ntags: a", "Top", ("a", "Sport")),
    ],
)
def test_names_in_the_ways_of_generators(
    tmp_path: Path, facts: str, category: str | None, tags: tuple[str, ...]
) -> None:
    write(tmp_path, "a.md", f"---\ntitle: A\n{facts}\n---\nx")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.category, draft.tags) == (category, tags)


def test_names_where_jekyll_has_its_stories_are_parted_by_spaces(tmp_path: Path) -> None:
    write(tmp_path, "_posts/2026-01-02-a.md", "---\ntitle: A\ncategories: Sea Ports\ntags: a b\n---\nx")

    [draft] = markdown.parse(tmp_path).drafts

    assert (draft.category, draft.tags) == ("Sea", ("a", "b", "Ports"))


@pytest.mark.parametrize("name", ["published_at", "published", "publishDate", "created_at"])
def test_a_date_has_many_names(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a.md", f"---\ntitle: A\n{name}: 2026-01-02\n---\nx")
    write(tmp_path, "b.md", f"---\ntitle: B\ndate:\n{name}: 2026-01-02\n---\nx")

    assert [draft.published for draft in markdown.parse(tmp_path).drafts] == ["2026-01-02"] * 2


def test_a_value_that_no_story_can_take_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntitle: [A]\nimage: {size: 3}\nslug:\n---\nx")

    parsed = markdown.parse(tmp_path)

    assert [draft.title for draft in parsed.drafts] == ["a"]
    assert parsed.warnings == [
        "a.md: its title cannot be read and was left out",
        "a.md: its image cannot be read and was left out",
    ]


@pytest.mark.parametrize(
    "story",
    [
        '---\ntitle: !!int ""\n---\n',
        '---\ntitle: !!float ""\n---\n',
        "---\ntitle: Tide\ndate: !!timestamp noon\n---\n",
        "---\ntitle: !!bool perhaps\n---\n",
        f"---\ntitle: !!int 0x{'f' * 5_000}\n---\n",
        f"+++\ntitle = 0x{'f' * 5_000}\n+++\n",
        f"+++\ntitle = 'Tide'\ndraft = [0x{'f' * 5_000}]\n+++\n",
    ],
)
def test_a_value_that_no_reader_takes_costs_no_other_file_anything(tmp_path: Path, story: str) -> None:
    write(tmp_path, "a.md", STORY)
    write(tmp_path, "b.md", story)
    write(tmp_path, "c.md", STORY)

    parsed = markdown.parse(tmp_path)

    assert {"a.md", "c.md"} <= {draft.key for draft in parsed.drafts}


def test_a_file_over_which_a_library_stumbles_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.md", STORY)
    write(tmp_path, "b.md", STORY.replace("Text.", "Other."))
    monkeypatch.setattr(
        markdown, "pictures_in", lambda text: {}[text] if "Text." in text else pictures_in(text)
    )

    parsed = markdown.parse(tmp_path)

    assert [draft.key for draft in parsed.drafts] == ["b.md"]
    assert (parsed.refused, parsed.warnings[0]) == (1, "a.md: cannot be read (KeyError)")
