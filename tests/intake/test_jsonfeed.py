import json
import time
from typing import Any

import pytest

from htmxnews.intake import feeds
from htmxnews.intake.clean import plain
from htmxnews.intake.draft import PictureDraft, StoryDraft, Unreadable


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


def test_what_is_attached_is_shown_and_a_picture_leads() -> None:
    [draft] = parse(
        {
            "id": "1",
            "content_text": "a < b",
            "attachments": [
                {"url": "/a.jpg", "mime_type": "image/jpeg"},
                {"url": "/a.mp3", "mime_type": "audio/mpeg", "title": "Episode 1"},
                {"url": "/b.jpg", "mime_type": "image/jpeg"},
                {"mime_type": "audio/mpeg"},
                "words",
            ],
        }
    )

    assert draft.picture and draft.picture.url == "https://sea.example/a.jpg"
    assert draft.body == (
        "<p>a &lt; b</p>\n"
        '<p><audio src="https://sea.example/a.mp3" title="Episode 1"></audio></p>\n'
        '<figure><img src="https://sea.example/b.jpg" alt=""></figure>'
    )


def test_a_banner_is_the_picture_where_there_is_no_other() -> None:
    one, other = parse({"id": "1", "image": "/a", "banner_image": "/b"}, {"id": "2", "banner_image": "/b"})

    assert one.picture and one.picture.url == "https://sea.example/a"
    assert other.picture and other.picture.url == "https://sea.example/b"


def test_the_page_that_a_link_post_is_about_is_linked() -> None:
    both = {"id": "1", "url": "/1", "external_url": "https://a.example/x", "content_text": "See."}
    alone = {"id": "2", "external_url": "https://a.example/x"}

    one, other = parse(both, alone)

    assert one.url == "https://sea.example/1"
    assert '<a href="https://a.example/x">' in one.body
    assert (other.url, other.body) == ("https://a.example/x", "")


def test_an_id_that_is_an_address_leads_there_where_nothing_else_does() -> None:
    one, other = parse({"id": "https://sea.example/1"}, {"id": "https://sea.example/2", "url": "/b"})

    assert (one.url, other.url) == ("https://sea.example/1", "https://sea.example/b")


def test_values_of_the_wrong_kind_are_as_good_as_none() -> None:
    wrong: tuple[Any, ...] = ({}, [], None, True, 5, [[]], {"name": []}, "")
    names = """
        url external_url title content_html content_text summary image banner_image date_published
        date_modified authors author tags language attachments
    """

    drafts = parse(
        *({"id": str(number), **dict.fromkeys(names.split(), value)} for number, value in enumerate(wrong))
    )

    assert [draft.key for draft in drafts] == [str(number) for number in range(len(wrong))]
    assert {draft.picture for draft in drafts} <= {None, PictureDraft(url="https://sea.example/5")}


def test_tags_may_be_one_text_and_line_breaks_may_stand_in_texts() -> None:
    data = b'{"items": [{"id": "1", "tags": "tide, quay", "title": "a\nb"}]}'

    [draft] = feeds.parse(data).drafts

    assert (draft.tags, draft.title) == (("tide", "quay"), "a\nb")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32-be"])
def test_other_encodings_are_read(codec: str) -> None:
    [draft] = feeds.parse('{"items": [{"id": "1", "title": "바다"}]}'.encode(codec)).drafts

    assert draft.title == "바다"


def test_what_comes_before_a_fault_is_taken_and_the_fault_is_told() -> None:
    data = b'{"items": [{"id": "1"}, {"id": "2"}, {"id": "3", "title": oops}, {"id": "4"}]}'

    parsed = feeds.parse(data)

    assert [draft.key for draft in parsed.drafts] == ["1", "2"]
    assert parsed.refused == 1
    assert parsed.warnings == ["it is not well-formed JSON behind item 2; what came before was taken"]


def test_a_comma_behind_a_last_value_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    items = '{"id": "1", "title": "Say ,] \\",}",}, {"id": "2", "tags": ["a", ],\n}, {"id": "3"},'
    data = f'{{"authors": [{{"name": "Ines",}}, ], "items": [{items} ], }}'.encode()

    for size in (1, 2, 7, 100_000):
        monkeypatch.setattr("htmxnews.intake.decoding.CHUNK", size)
        parsed = feeds.parse(data)
        one, other, third = parsed.drafts
        assert (one.title, other.tags, third.authors) == ('Say ,] ",}', ("a",), ("Ines",))
        assert not parsed.warnings


def test_s14_commas_cost_no_more_than_their_length() -> None:
    started = time.process_time()

    for told in (
        "[" + ",]" * 100_000,
        '{"a": ' + '",' * 100_000,
        '"' + ',\\"' * 60_000,
        "[" + "1," * 100_000 + "]",
    ):
        parsed = feeds.parse(f'{{"items": [{{"id": {told}}}]}}'.encode())
        assert len(list(parsed.drafts)) <= 1

    assert time.process_time() - started < 5


def test_a_feed_is_read_wherever_its_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps(
        {"items": [{"id": n, "title": "é바다" * n} for n in range(30)], "title": "Told last"}
    ).encode()

    for size in (1, 2, 7, 100):
        monkeypatch.setattr("htmxnews.intake.decoding.CHUNK", size)
        parsed = feeds.parse(data)
        assert (parsed.source_name, parsed.total) == ("Told last", 30)
        assert [draft.title for draft in parsed.drafts] == ["é바다" * n for n in range(30)]


def test_a_summary_is_words_though_some_look_like_tags() -> None:
    one, other = parse(
        {"id": "1", "summary": "Use <dialog> & a < b", "title": "The <dialog> element &#8217;"},
        {"id": "2", "summary": "<p>Short &amp; <b>plain</b></p>", "title": "A <i>tide</i>"},
    )

    assert (plain(one.summary), one.title) == ("Use <dialog> & a < b", "The <dialog> element ’")
    assert (plain(other.summary), other.title) == ("Short & plain", "A tide")


def test_markup_that_says_nothing_does_not_hide_the_words() -> None:
    [draft] = parse({"id": "1", "content_html": "<p> </p>", "content_text": "Words."})

    assert (draft.body, draft.body_kind) == ("Words.", "text")
