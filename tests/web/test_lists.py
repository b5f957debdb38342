import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from makers import MakeStory

from htmxnews.finding.popular import hour_of, record
from htmxnews.store.engine import Store
from web.conftest import BASE_URL


def read(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.data
    assert answer.content_type == "application/json"
    return json.loads(answer.data)


def test_tags_json_counts_the_stories_that_also_have_each_tag(
    client: FlaskClient, make_story: MakeStory
) -> None:
    make_story(tags=("Sea", "Ice"))
    make_story(tags=("Sea",))
    make_story(tags=("Trade",))

    assert read(client, "/tags.json") == {
        "total": 3,
        "tags": [
            {"slug": "sea", "name": "Sea", "count": 2},
            {"slug": "ice", "name": "Ice", "count": 1},
            {"slug": "trade", "name": "Trade", "count": 1},
        ],
    }
    assert read(client, "/tags.json?tag=sea") == {
        "total": 2,
        "tags": [{"slug": "sea", "name": "Sea", "count": 2}, {"slug": "ice", "name": "Ice", "count": 1}],
    }


def test_related_json_names_other_stories_with_a_reason(client: FlaskClient, newsroom: list[int]) -> None:
    found = read(client, "/a/harbour/related.json")

    assert found
    for line in found:
        assert list(line) == ["id", "slug", "title", "url", "reason"]
        assert line["url"] == f"{BASE_URL}/a/{line['slug']}"
        assert line["id"].startswith("key-")
        assert line["reason"]
    assert "harbour" not in [line["slug"] for line in found]


def test_related_json_leaves_out_what_the_reader_leaves_out(client: FlaskClient, newsroom: list[int]) -> None:
    every = json.loads(client.get("/feed.json?tag=sport&through=" + last_place(client)).data)["items"]
    sport = {item["_htmxnews"]["slug"] for item in every}
    assert sport & {line["slug"] for line in read(client, "/a/harbour/related.json")}

    found = read(client, "/a/harbour/related.json?not=sport")

    assert found
    assert not sport & {line["slug"] for line in found}


def last_place(client: FlaskClient) -> str:
    """The cursor of the last story of the paper: the way through it all."""
    where, last = "/feed.json", ""
    while where:
        page = json.loads(client.get(where).data)
        where = page.get("next_url", "").removeprefix(BASE_URL)
        last = where.partition("after=")[2] or last
    return last


def test_related_json_of_no_story_is_404(client: FlaskClient) -> None:
    answer = client.get("/a/nobody-wrote-this/related.json")

    assert answer.status_code == 404
    assert "error" in json.loads(answer.data)


def test_popular_json_has_the_most_read_first_and_nothing_unread(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    first, second, _unread = (make_story(slug=f"s{n}", tags=("Sea",) if n else ()) for n in range(3))
    with app.test_request_context():
        from htmxnews.web import asked

        hour = hour_of(asked.now())
    record(store, {first: 2, second: 5}, hour)
    record(store, {first: 9}, hour - 48)

    assert [(line["slug"], line["views"]) for line in read(client, "/popular.json?window=day")] == [
        ("s1", 5),
        ("s0", 2),
    ]
    assert [(line["slug"], line["views"]) for line in read(client, "/popular.json")] == [
        ("s0", 11),
        ("s1", 5),
    ]
    assert [line["slug"] for line in read(client, "/popular.json?tag=sea")] == ["s1"]
    assert list(read(client, "/popular.json")[0]) == ["id", "slug", "title", "url", "views"]


@pytest.mark.parametrize("address", ["/popular.json?window=year", "/tags.json?from=x", "/feed.json?sort=x"])
def test_what_a_program_asks_wrongly_is_said_in_json(client: FlaskClient, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 400
    assert "must be" in json.loads(answer.data)["error"]
