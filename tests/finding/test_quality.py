"""How good search and related stories are, on news that editors labelled."""

import math
import re
from collections.abc import Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import databases
import pytest
from makers import story_maker
from shared import needs_shared_data, rows

from htmxnews.finding import derive, listing
from htmxnews.finding.related import related
from htmxnews.selection import Selection
from htmxnews.store import migrate
from htmxnews.store.engine import Store
from htmxnews.text import slug_of

pytestmark = [pytest.mark.slow, needs_shared_data]
UTC_ZONE = ZoneInfo("UTC")

Posts = dict[int, dict[str, Any]]  # by our id


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Posts]]:
    store = Store(databases.at(tmp_path_factory.mktemp("quality")))
    migrate.upgrade(store)
    make_story = story_maker(store)
    posts = {
        make_story(
            post["title"] or post["slug"],
            summary=post["summary"] or post["deck"] or "",
            tags=tuple(dict.fromkeys(slug_of(tag) for tag in post["tags"])),
            body=re.sub(r"\]\([^)]*\)", "", post["body_md"] or ""),
            published_at=datetime.fromisoformat(f"{post['date'][:10]}T00:00:00+00:00"),
            lang="en",
        ): post
        for post in rows("news/digitalgov.jsonl.gz")
    }
    derive.catch_up(store)
    yield store, posts
    store.dispose()


def test_related_stories_are_those_that_editors_link(library: tuple[Store, Posts]) -> None:
    store, posts = library
    by_key = {post["id"]: story_id for story_id, post in posts.items()}

    gains = []
    with store.reading() as session:
        for story_id, post in posts.items():
            if right := {by_key[key] for key in post["related"] if key in by_key}:
                found = related(session, story_id, selection=Selection(), limit=5)
                gains.append(_ndcg([item.row.id for item in found], right))

    assert len(gains) > 400
    assert sum(gains) / len(gains) > 0.40


def test_related_stories_tell_of_the_same_event(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'news.db'}")
    migrate.upgrade(store)
    make_story = story_maker(store)
    events = {
        make_story(
            article["title"] or article["id"],
            summary="",
            body="".join(f"<p>{escape(line)}</p>" for line in article["body"].split("\n")),
            lang="en",
        ): article["event"]
        for article in rows("news/ecb-plus.jsonl.gz")
    }
    derive.catch_up(store)

    gains = []
    with store.reading() as session:
        for story_id, event in events.items():
            right = {other for other, its in events.items() if its == event and other != story_id}
            found = related(session, story_id, selection=Selection(), limit=5)
            if right:
                gains.append(_ndcg([item.row.id for item in found], right))
    store.dispose()

    assert len(gains) > 400
    assert sum(gains) / len(gains) > 0.94


def test_a_headline_finds_its_story_in_the_first_ten(library: tuple[Store, Posts]) -> None:
    store, posts = library
    headlines = {story_id: post["title"] for story_id, post in posts.items() if post["title"]}

    hits = 0
    with store.reading() as session:
        for story_id, title in headlines.items():
            page = listing.find(session, Selection.parse([("q", title)]), zone=UTC_ZONE, limit=10)
            hits += any(story.id == story_id or story.title == title for story in page.stories)

    assert hits / len(headlines) > 0.95


def _ndcg(found: list[int], right: set[int]) -> float:
    gain = sum(1 / math.log2(n + 2) for n, story_id in enumerate(found) if story_id in right)
    return gain / sum(1 / math.log2(n + 2) for n in range(min(5, len(right))))
