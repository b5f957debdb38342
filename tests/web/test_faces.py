"""One selection, one order: whoever asks, page, part or machine, gets the same stories in the same order."""

import json
import re
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import Engine, event

from htmxnews.finding.popular import hour_of, record
from htmxnews.selection import Selection
from htmxnews.store.engine import Store
from web.conftest import BASE_URL

ATOM = "{http://www.w3.org/2005/Atom}"
SELECTIONS = 300


def some_selection(chance: Random) -> str:
    """A query string of the kind that readers make, printed in the one order."""
    tags = ["sea", "ice", "trade", "sport", "q-a-1"]
    pairs = [("tag", slug) for slug in chance.sample(tags, chance.choice([0, 0, 1, 1, 2]))]
    pairs += [("any", slug) for slug in chance.sample([*tags, "nobody"], chance.choice([0, 0, 0, 2]))]
    pairs += [("not", slug) for slug in chance.sample(tags, chance.choice([0, 0, 1]))]
    pairs += [("category", "science")] * chance.choice([0, 0, 0, 1])
    pairs += [("source", "harbour-desk")] * chance.choice([0, 0, 0, 1])
    pairs += [("author", "ada-holm")] * chance.choice([0, 0, 0, 1])
    pairs += [("q", chance.choice(["harbour", "ship number", "morning -lamps"]))] * chance.choice([0, 0, 1])
    pairs += [("from", "2026-02-24")] * chance.choice([0, 0, 0, 1])
    pairs += [("to", "2026-03-01")] * chance.choice([0, 0, 0, 1])
    pairs += [("sort", chance.choice(["new", "popular"]))] * chance.choice([0, 1])
    return "?" + urlencode(Selection.parse(pairs).pairs())


def slugs_of_rows(client: FlaskClient, address: str) -> list[str]:
    """The slugs of the list's rows, in the order in which they stand."""
    text = client.get(address).get_data(as_text=True)
    rows = re.split(r'<article class="row" ', text)[1:]
    return [re.search(r'href="/a/([^"]+)"', row)[1] for row in rows]  # type: ignore[index]


def slugs_of_items(feed: dict[str, Any]) -> list[str]:
    return [item["_htmxnews"]["slug"] for item in feed["items"]]


def slugs_of_feed(client: FlaskClient, address: str) -> list[str]:
    """The slugs of a feed's stories: the links of its entries, or of its items."""
    root = etree.fromstring(client.get(address).data)
    links = root.findall(f"{ATOM}entry/{ATOM}link[@rel='alternate']")
    found = [link.get("href") for link in links] or [link.text for link in root.findall("channel/item/link")]
    return [unquote(str(link).removeprefix(f"{BASE_URL}/a/")) for link in found]


@pytest.fixture
def some_read(store: Store, newsroom: list[int]) -> None:
    """Views, so that the order `popular` has something to say."""
    chance = Random(3)  # noqa: S311 (the same each time)
    for story_id in chance.sample(newsroom, 12):
        record(store, {story_id: chance.randint(1, 4)}, hour_of(datetime.now(UTC)))


@pytest.mark.usefixtures("newsroom", "some_read")
def test_every_face_gives_the_same_stories_in_the_same_order(client: FlaskClient) -> None:
    empty = 0
    for number in range(SELECTIONS):
        query = some_selection(Random(number))  # noqa: S311

        items = json.loads(client.get("/feed.json" + query).data)
        told = slugs_of_items(items)
        total = json.loads(client.get("/tags.json" + query).data)["total"]

        empty += not told
        assert faces(client, query) == [told] * 5, query
        assert total == len(told) or "next_url" in items, query
        if "next_url" in items:
            following = items["next_url"].removeprefix(f"{BASE_URL}/feed.json")
            behind = slugs_of_items(json.loads(client.get("/feed.json" + following).data))
            assert behind, query
            assert not set(behind) & set(told), query
            assert faces(client, following) == [behind] * 5, query
    assert empty < SELECTIONS / 2


def faces(client: FlaskClient, query: str) -> list[list[str]]:
    """What each face of a selection but JSON has, as slugs."""
    return [
        *(slugs_of_rows(client, path + query) for path in ("/", "/partials/listing", "/partials/stories")),
        *(slugs_of_feed(client, path + query) for path in ("/feed.atom", "/feed.rss")),
    ]


@pytest.mark.usefixtures("newsroom")
def test_s20_no_question_makes_a_new_sql_text(client: FlaskClient) -> None:
    asked: set[str] = set()

    def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.add(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        for number in range(40):
            client.get("/" + some_selection(Random(number)))  # noqa: S311
        known = set(asked)
        for number in range(40, 160):
            client.get("/" + some_selection(Random(number)))  # noqa: S311
    finally:
        event.remove(Engine, "before_cursor_execute", listen)

    assert known
    assert asked == known


def test_through_brings_back_everything_that_was_loaded(paper: FlaskClient) -> None:
    first = paper.get("/partials/stories")
    following = re.search(r'hx-get="(/partials/stories\?after=[^"]+)"', first.get_data(as_text=True))
    assert following
    second = paper.get(following[1])

    extent = second.headers["HX-Replace-Url"]
    loaded = slugs_of_rows(paper, "/partials/stories") + slugs_of_rows(paper, following[1])

    assert extent.startswith("/?through=")
    assert len(loaded) == 40
    assert slugs_of_rows(paper, extent) == loaded
    assert slugs_of_feed(paper, "/feed.atom" + extent[1:]) == loaded
