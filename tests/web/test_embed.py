"""What other sites may read, frame and run, and what not (F4, F5, S40–S43)."""

import base64
import hashlib
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from makers import MakeStory

from htmxnews.places import STATIC
from web.addresses import ALIVE, WRONG
from web.conftest import BASE_URL, MakeApp

ITEMS = "/embed/v1/items.json"


def data(client: FlaskClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize(
    "query",
    [
        "",
        "tag=sea",
        "tag=sea&tag=ice",
        "any=sea&any=ice",
        "tag=sea&not=ice",
        "q=harbour",
        "category=world&source=city-desk",
        "from=2026-02-25&to=2026-03-01",
        "sort=popular",
        "any=nobody-used-this&any=sea",
    ],
)
def test_f4_the_stories_are_those_of_the_same_selection_everywhere(paper: FlaskClient, query: str) -> None:
    found = data(paper, f"{query}&n=20")

    feed = paper.get(f"/feed.json?{query}").get_json()
    assert [item["url"] for item in found["items"]] == [item["url"] for item in feed["items"]][:20]
    assert found["total"] == paper.get(f"/tags.json?{query}").get_json()["total"]
    assert found["url"] == feed["home_page_url"]


def test_f4_match_any_reads_tag_as_any(paper: FlaskClient) -> None:
    assert data(paper, "tag=sea&tag=ice&match=any") == data(paper, "any=sea&any=ice")
    assert data(paper, "tag=sea&tag=ice&match=any")["sentence"].endswith("stories on Ice or Sea")


@pytest.mark.parametrize("query", ["tag=sea", "tag=sea&tag=ice", "tag=sea&not=trade", "q=ship&tag=sport"])
def test_f4_each_tag_says_how_many_stories_of_the_selection_have_it(paper: FlaskClient, query: str) -> None:
    offered = ("sea", "ice", "trade", "sport", "q-a-1")
    found = data(paper, query + "".join(f"&offer={slug}" for slug in offered))

    all_counts = paper.get(f"/tags.json?{query}").get_json()["tags"]
    counts = {tag["slug"]: tag["count"] for tag in all_counts}
    assert [tag["slug"] for tag in found["tags"]] == list(offered)
    assert [tag["count"] for tag in found["tags"]] == [counts.get(slug, 0) for slug in offered]


def test_f4_matching_any_each_tag_says_what_it_brings_itself(paper: FlaskClient) -> None:
    found = data(paper, "any=sea&offer=sea&offer=ice&not=sport")

    alone = [data(paper, f"tag={slug}&not=sport")["total"] for slug in ("sea", "ice")]
    assert [tag["count"] for tag in found["tags"]] == alone


def test_f4_without_a_named_tag_the_most_used_are_offered(paper: FlaskClient) -> None:
    tags = paper.get("/tags.json").get_json()["tags"]

    assert data(paper)["tags"] == tags[:6]
    assert data(paper, "offer=nobody-used-this") == data(paper, "offer=neither-this") | {"tags": []}


@pytest.mark.parametrize(("query", "shown"), [("", 5), ("n=1", 1), ("n=20", 20), ("n=", 5)])
def test_f4_as_many_stories_as_asked(paper: FlaskClient, query: str, shown: int) -> None:
    assert len(data(paper, query)["items"]) == shown


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("n=0", 400, "from 1 to 20"),
        ("n=21", 400, "from 1 to 20"),
        ("n=-1", 400, "from 1 to 20"),
        ("n=many", 400, "from 1 to 20"),
        ("n=٣", 400, "from 1 to 20"),
        ("n=" + "9" * 5000, 400, "from 1 to 20"),
        ("match=some", 400, "“match” must be one of: all, any"),
        ("&".join(f"tag=t{n}" for n in range(9)), 400, "At most 8"),
        ("match=any&" + "&".join(f"tag=t{n}" for n in range(9)), 400, "At most 8"),
        ("&".join(f"offer=t{n}" for n in range(17)), 400, "At most 16"),
        ("from=yesterday", 400, "must be a day"),
        ("tag=nobody-used-this", 404, "There is no tag of that name"),
    ],
)
def test_f4_what_cannot_be_read_says_so_to_the_script_that_asked(
    paper: FlaskClient, query: str, status: int, says: str
) -> None:
    answer = paper.get(f"{ITEMS}?{query}", headers={"Origin": "https://blog.example"})

    assert answer.status_code == status
    assert says in answer.get_json()["error"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_f4_a_cache_may_keep_the_data_for_a_minute_and_ask_again(paper: FlaskClient) -> None:
    answer = paper.get(f"{ITEMS}?tag=sea", headers={"Origin": "https://blog.example"})

    again = paper.get(
        f"{ITEMS}?tag=sea",
        headers={"If-None-Match": answer.headers["ETag"], "Origin": "https://blog.example"},
    )

    assert answer.cache_control.public
    assert answer.cache_control.max_age is not None
    assert answer.cache_control.max_age >= 60
    assert again.status_code == 304
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_f4_scripts_may_run_on_any_page(paper: FlaskClient) -> None:
    answer = paper.get("/embed/v1/news-tags.js")

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def published() -> dict[str, str]:
    """Hashes by "version/file", as recorded when each was published."""
    lines = (line.split() for line in (STATIC / "embed" / "SHA384").read_text().splitlines())
    return {name: digest for digest, name in lines}


def test_f1_a_published_version_never_changes() -> None:
    found = {
        f"{path.parent.name}/{path.name}": base64.b64encode(
            hashlib.sha384(path.read_bytes()).digest()
        ).decode()
        for path in (STATIC / "embed").glob("v*/*.js")
    }

    assert found == published(), "a fix gets a version of its own: see docs/embedding.md"


def test_f1_each_version_is_served_forever_and_the_first_address_follows_the_newest(
    paper: FlaskClient,
) -> None:
    for name, digest in published().items():
        answer = paper.get(f"/embed/{name}")
        assert base64.b64encode(hashlib.sha384(answer.data).digest()).decode() == digest
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    newest = paper.get("/embed/v1/news-tags.js")
    assert (
        newest.data
        == paper.get(f"/embed/{max(name for name in published() if name.endswith('news-tags.js'))}").data
    )
    assert newest.cache_control.max_age == 3600
    assert "immutable" not in newest.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/embed/v1/nothing.js",
        "/embed/v1.9.9/news-tags.js",
        "/embed/v2/news-tags.js",
        "/embed/v1/..%2f..%2fapp.js",
        "/embed/v1/../../app.js",
        "/embed/v1.0.0/SHA384",
        "/embed/v1.-1.0/news-tags.js",
    ],
)
def test_s43_nothing_but_published_scripts_is_served_as_one(paper: FlaskClient, path: str) -> None:
    assert paper.get(path).status_code == 404


def test_s40_nothing_but_text_dates_and_links_is_given_away(make_app: MakeApp, make_story: MakeStory) -> None:
    make_story(
        "Bread <b>& salt</b>",
        body="<p>A secret body</p>",
        summary="A secret summary",
        picture=True,
        tags=("Sea",),
        lang="en",
    )

    found = data(make_app().test_client())

    assert found["items"] == [
        {
            "title": "Bread <b>& salt</b>",
            "url": f"{BASE_URL}/a/bread-b-salt-b-1",
            "published": "2026-03-02T12:00:00+00:00",
            "source": "Test desk",
            "lang": "en",
            "dir": "ltr",
        }
    ]
    assert set(found) == {"total", "sentence", "site", "lang", "url", "tags", "items"}
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize("address", [*ALIVE, *WRONG])
def test_s42_only_what_lies_under_the_embed_path_can_be_read_by_other_sites(
    paper: FlaskClient, address: str
) -> None:
    answer = paper.get(address, headers={"Origin": "https://blog.example"})

    opened = address.startswith("/embed/v1")
    assert answer.headers.get("Access-Control-Allow-Origin") == ("*" if opened else None)
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_s42_a_preflight_allows_plain_reading_and_no_more(paper: FlaskClient) -> None:
    answer = paper.options(
        ITEMS,
        headers={
            "Origin": "https://blog.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, x-anything",
        },
    )

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET"
    assert "Access-Control-Allow-Headers" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert paper.open(ITEMS, method=method).status_code == 405


def test_s42_named_origins_and_no_others_may_read(make_app: MakeApp) -> None:
    ours = ("https://blog.example", "http://localhost:8080")
    client = make_app(embed_origins=ours).test_client()

    for origin in ours:
        answer = client.get(ITEMS, headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in answer.vary
    for origin in (
        "https://other.example",
        "https://blog.example.evil.example",
        "http://blog.example",
        "null",
    ):
        answer = client.get(ITEMS, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.vary
    assert "Access-Control-Allow-Origin" not in client.get(ITEMS).headers
    # The script may run anywhere: it tells the page's owner what is wrong.
    assert client.get("/embed/v1/news-tags.js").headers["Access-Control-Allow-Origin"] == "*"


def test_s42_no_origin_at_all_can_be_allowed(make_app: MakeApp) -> None:
    client = make_app(embed_origins=()).test_client()

    answer = client.get(ITEMS, headers={"Origin": "https://blog.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("query", ["callback=alert", "jsonp=alert", "format=js", "theme=dark&callback=x"])
def test_s43_no_parameter_makes_a_script(paper: FlaskClient, query: str) -> None:
    answer = paper.get(f"{ITEMS}?{query}")

    assert answer.mimetype == "application/json"
    assert answer.get_json() == data(paper)
    assert paper.get(f"/embed/v1/news-tags.js?{query}").data == paper.get("/embed/v1/news-tags.js").data
