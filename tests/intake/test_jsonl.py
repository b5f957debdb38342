import gzip
import json
from pathlib import Path

import pytest

from htmxnews.intake import jsonl
from htmxnews.intake.clean import plain

LINE = {"id": "1", "title": "Tide", "published": "2026-01-02"}


def test_a_line_becomes_a_draft_with_all_that_it_says(tmp_path: Path) -> None:
    story = LINE | {
        "slug": "tide",
        "url": "https://sea.example/a",
        "updated": "2026-01-03",
        "author": "Ines",
        "category": "Sea",
        "tags": ["Ships"],
        "summary": "Short.",
        "body_md": "*Long.*",
        "image": "/a.jpg",
        "image_alt": "Quay",
        "image_credit": "Photo: Ines",
        "lang": "en",
        "pinned": True,
    }
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(story))

    [draft] = jsonl.parse(path).drafts

    assert (draft.key, draft.slug, draft.url, draft.title) == ("1", "tide", "https://sea.example/a", "Tide")
    assert (draft.body, draft.body_kind, draft.summary) == ("*Long.*", "markdown", "Short.")
    assert (draft.published, draft.updated, draft.lang, draft.pinned) == (
        "2026-01-02",
        "2026-01-03",
        "en",
        True,
    )
    assert (draft.authors, draft.category, draft.tags) == (("Ines",), "Sea", ("Ships",))
    assert draft.picture and (draft.picture.url, draft.picture.alt) == ("https://sea.example/a.jpg", "Quay")


def test_a_bad_line_is_reported_with_its_number_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl.gz"
    lines = [json.dumps(LINE).encode(), b"", b"{", b"[]", b'{"id": 1, "title": "x"}', b'{"id": "\xff"}', b"9"]
    path.write_bytes(gzip.compress(b"\n".join(lines)))

    parsed = jsonl.parse(path)
    drafts = list(parsed.drafts)

    assert len(drafts) == 1
    assert parsed.refused == 5
    assert parsed.warnings == [
        "line 3: not JSON",
        "line 4: not an object",
        "line 5: it has no published",
        "line 6: not UTF-8 text",
        "line 7: not an object",
    ]


def test_a_list_with_a_story_a_line_is_read_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(f"[\r\n{json.dumps(LINE)},\r\n  {json.dumps(LINE | {'id': '2'})}\r\n]\r\n")

    parsed = jsonl.parse(path)

    assert [draft.key for draft in parsed.drafts] == ["1", "2"]
    assert (parsed.refused, list(parsed.warnings)) == (0, [])


def test_an_endless_line_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text('{"id": "' + "x" * (jsonl.LINE_MAX * 2) + '"}\n' + json.dumps(LINE))

    parsed = jsonl.parse(path)

    assert [draft.key for draft in parsed.drafts] == ["1"]
    assert parsed.warnings == ["line 1: longer than 4 MB"]


@pytest.mark.parametrize("title", ["", " ", None])
def test_an_empty_title_is_told_and_a_missing_one_refused(tmp_path: Path, title: str | None) -> None:
    path = tmp_path / "news.jsonl"
    nameless = {name: value for name, value in LINE.items() if name != "title"}
    path.write_text(
        "\n".join(map(json.dumps, [{**LINE, "title": title}, nameless, {**LINE, "title": ["x"]}]))
    )

    parsed = jsonl.parse(path)

    assert [draft.title for draft in parsed.drafts] == [""]
    assert parsed.refused == 2
    assert parsed.warnings == [
        "line 1: its title is empty; its first words stand for it",
        "line 2: it has no title",
        "line 3: it has no title",
    ]


def test_a_value_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    story: dict[str, object] = LINE | {
        "url": "tide.html://",
        "category": ["Sea"],
        "body_html": {"x": 1},
        "tags": ["Ships", None, {}],
    }
    path.write_text(json.dumps(story))

    parsed = jsonl.parse(path)

    assert [draft.tags for draft in parsed.drafts] == [("Ships",)]
    assert parsed.warnings == [
        "line 1: its url cannot be read and was left out",
        "line 1: its category cannot be read and was left out",
        "line 1: its body_html cannot be read and was left out",
        "line 1: its tags cannot be read in full",
    ]


def test_names_may_be_one_text_or_mappings_and_a_broken_sign_spoils_no_line(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    story: dict[str, object] = LINE | {
        "authors": [{"name": "Ines"}, "Jo"],
        "tags": "Ships, Ports",
        "url": "https://sea.example/\ud800",
    }
    path.write_text(json.dumps(story))

    [draft] = jsonl.parse(path).drafts

    assert (draft.authors, draft.tags) == (("Ines", "Jo"), ("Ships", "Ports"))
    assert draft.url == "https://sea.example/"


def test_a_summary_is_words_though_some_look_like_tags(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(LINE | {"summary": "Use <dialog> & more"}))

    [draft] = jsonl.parse(path).drafts

    assert plain(draft.summary) == "Use <dialog> & more"


def test_a_picture_leads_if_it_is_clear_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    images = ["//cdn.example/a.png", "a.png"]
    path.write_text("\n".join(json.dumps(LINE | {"image": image}) for image in images))

    parsed = jsonl.parse(path)
    one, other = parsed.drafts

    assert one.picture and one.picture.url == "https://cdn.example/a.png"
    assert other.picture is None
    assert parsed.warnings == ["line 2: its image cannot be read and was left out"]


def test_fields_that_no_story_has_are_named_once(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(json.dumps(LINE | {"content": "x", f"n{n}": n}) for n in range(1_000)))

    parsed = jsonl.parse(path)

    assert len(list(parsed.drafts)) == 1_000
    assert len(parsed.warnings) == 1
    assert parsed.warnings[0].startswith("fields that no story has were left out: content, n0, n1")
    assert len(parsed.warnings[0]) < 300
