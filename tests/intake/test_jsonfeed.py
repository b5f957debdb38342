import json
from typing import Any

import pytest

from htmxnews.intake import feeds
from htmxnews.intake.draft import StoryDraft, Unreadable


def parse(*items: Any, **feed: Any) -> list[StoryDraft]:
    facts = {"version": "https://jsonfeed.org/version/1.1", "title": "Sea", "items": list(items), **feed}
    return list(feeds.parse(json.dumps(facts).encode(), "https://sea.example/feed.json").drafts)


def test_an_item_becomes_a_draft_with_all_that_it_says() -> None:
    [draft] = parse(
        {
            "id": 7,
            "url": "/a",
            "title": "Tide",
            "content_html": "<p>Long.</p>",
            "summary": "Short.",
            "image": "/a.jpg",
            "date_published": "2026-01-02T03:04:05Z",
            "authors": [{"name": "Ines Mar"}],
            "tags": ["Ships", 5],
            "language": "en",
        }
    )

    assert (draft.key, draft.url, draft.title) == ("7", "https://sea.example/a", "Tide")
    assert (draft.body, draft.body_kind, draft.summary) == ("<p>Long.</p>", "html", "Short.")
    assert draft.picture and draft.picture.url == "https://sea.example/a.jpg"
    assert (draft.authors, draft.tags, draft.lang) == (("Ines Mar",), ("Ships", "5"), "en")


def test_version_one_names_one_author_and_the_feed_speaks_for_its_items() -> None:
    one, other = parse({"id": "1", "author": {"name": "Ines"}}, {"id": "2"}, author={"name": "The desk"})

    assert (one.authors, other.authors) == (("Ines",), ("The desk",))


def test_plain_content_is_plain_text() -> None:
    [draft] = parse({"id": "1", "content_text": "a < b"})

    assert (draft.body, draft.body_kind) == ("a < b", "text")


def test_items_that_are_no_objects_are_refused_and_told() -> None:
    data = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [1, {"id": "a"}]}).encode()

    parsed = feeds.parse(data)

    assert parsed.refused == 1
    assert parsed.warnings == ["1 of its items are no objects"]
    assert len(list(parsed.drafts)) == 1


@pytest.mark.parametrize("data", [b"{", b'{"items": 5}', b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_json_feed_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable):
        feeds.parse(data)
