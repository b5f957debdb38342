"""No payload gets through by any way in, wherever it is read (S01, S02)."""

import re
from collections.abc import Iterable, Iterator
from functools import partial

import pytest
from shared import needs_shared_data

from hostile import payloads
from hostile.conftest import BASE_URL, Newsroom, OpenNewsroom, Taken, take_hostile_feeds
from hostile.judges import by_html5lib, faults, findings, shape, words
from hostile.pages import bodies_of_atom, bodies_of_json, bodies_of_rss, body_of, elements, page
from hostile.ways import WAYS, jsonl_html
from htmxnews.intake.clean import Sanitizer, clean
from htmxnews.intake.draft import BodyKind

KINDS: tuple[BodyKind, ...] = ("html", "markdown", "text")
FEEDS = {"/feed.atom": bodies_of_atom, "/feed.rss": bodies_of_rss, "/feed.json": bodies_of_json}


def escapes(taken: Iterable[Taken]) -> list[tuple[str, str, list[str]]]:
    return [(one.way, one.raw, found) for one in taken if (found := findings(one.html))]


def feed_bodies(newsroom: Newsroom, face: str) -> Iterator[str]:
    """Every body that a feed holds, page after page."""
    path: str | None = face
    while path:
        data = newsroom.get(path)
        yield from FEEDS[face](data)
        told = newsroom.get(path.replace(face, "/feed.json")).decode()
        found = re.search(rf'"next_url":"{BASE_URL}/feed\.json([^"]*)"', told)
        path = face + found[1] if found else None


def test_s02_no_payload_survives_any_way_in(newsroom: Newsroom) -> None:
    taken = newsroom.taken()

    assert {one.way for one in taken} == {way.__name__ for way in WAYS}
    assert len(taken) == len(WAYS) * len(payloads.ALL)
    assert escapes(taken) == []


def test_s02_what_is_written_as_text_is_shown_as_text(newsroom: Newsroom) -> None:
    shown = [one for one in newsroom.taken() if one.way == "jsonl_text"]

    tags = {tag for one in shown for tag, _ in by_html5lib(one.html)}

    assert tags == {"br", "p"}  # its own lines and paragraphs


@pytest.mark.parametrize("face", FEEDS)
def test_s02_feeds_hand_on_what_was_cleaned(newsroom: Newsroom, face: str) -> None:
    bodies = list(feed_bodies(newsroom, face))

    assert len(bodies) == len(newsroom.taken())
    assert [found for body in bodies if (found := findings(body))] == []


def test_s02_the_page_of_a_story_shows_the_cleaned_body_and_is_no_different_around_it(
    newsroom: Newsroom, open_newsroom: OpenNewsroom
) -> None:
    quiet = open_newsroom()
    quiet.take(jsonl_html, ["<p>words</p>"] * len(payloads.ALL))
    usual = shape(elements(page(quiet.get("/a/story-0"))))
    stories = [one for one in newsroom.taken() if one.way == "jsonl_html" and one.html]

    for story in stories:
        tree = page(newsroom.get(f"/a/{story.slug}"))
        body = body_of(tree)
        inside = list(elements(body))[1:]
        assert [fault for tag, held in inside for fault in faults(tag, held)] == [], story.raw
        assert "".join("".join(body.itertext()).split()) == words(story.html), story.raw
        body.getparent().remove(body)
        assert shape(elements(tree)) <= usual, story.raw


@needs_shared_data
@pytest.mark.slow
def test_s02_no_payload_of_the_corpora_survives_any_way_in(
    open_newsroom: OpenNewsroom, vectors: list[str]
) -> None:
    newsroom = open_newsroom()
    for way in WAYS:
        newsroom.take(way, vectors)

    taken = newsroom.taken()

    assert len(taken) > 0.95 * len(WAYS) * len(vectors)  # some say nothing, and are left out
    assert escapes(taken) == []
    for story in taken:
        body = body_of(page(newsroom.get(f"/a/{story.slug}"))) if story.html else []
        inside = list(elements(body))[1:] if story.html else []
        assert [fault for tag, held in inside for fault in faults(tag, held)] == [], story.raw


@needs_shared_data
@pytest.mark.parametrize("sanitizer", ["bleach", "nh3"])
def test_s08_the_corpus_is_clean_whoever_has_the_last_word(vectors: list[str], sanitizer: Sanitizer) -> None:
    cleaned = partial(clean, base_url="https://news.example/a/", sanitizer=sanitizer)

    outputs = {(kind, p): cleaned(p, kind).html for p in vectors for kind in KINDS}

    assert [(case, found) for case, out in outputs.items() if (found := findings(out))] == []
    assert [out for out in outputs.values() if cleaned(out).html != out] == []


@pytest.mark.parametrize("sanitizer", ["bleach", "nh3"])
def test_s08_cleaning_twice_is_cleaning_once_whoever_has_the_last_word(sanitizer: Sanitizer) -> None:
    cleaned = partial(clean, base_url="https://news.example/a/", sanitizer=sanitizer)

    outputs = [cleaned(p, kind).html for p in payloads.ALL for kind in KINDS]

    assert [found for out in outputs if (found := findings(out))] == []
    assert [out for out in outputs if cleaned(out).html != out] == []


@needs_shared_data
@pytest.mark.slow
def test_s02_hostile_feeds_come_out_clean(open_newsroom: OpenNewsroom) -> None:
    newsroom = open_newsroom()

    feeds = take_hostile_feeds(newsroom)

    assert feeds >= 380
    assert len(newsroom.taken()) > 290  # the others hold nothing in an item
    assert escapes(newsroom.taken()) == []
