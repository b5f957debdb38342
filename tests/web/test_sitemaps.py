from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from urllib.robotparser import RobotFileParser

import pytest
from flask.testing import FlaskClient
from lxml import etree
from makers import MakeStory

from htmxnews.finding import addresses
from web.conftest import BASE_URL, SITE

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


def places(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "application/xml"
    return [element.text.removeprefix(BASE_URL) for element in etree.fromstring(answer.data).iter(LOC)]


def test_the_sitemap_of_a_small_paper_names_every_page(client: FlaskClient, make_story: MakeStory) -> None:
    make_story(slug="harbour")
    make_story(slug="바다-소식")

    found = places(client, "/sitemap.xml")

    assert found == ["/", "/tags", "/popular", "/about", "/a/harbour", "/a/" + quote("바다-소식")]
    assert all(client.get(place).status_code == 200 for place in found)


def test_the_sitemap_of_an_empty_paper_has_its_standing_pages(client: FlaskClient) -> None:
    assert places(client, "/sitemap.xml") == ["/", "/tags", "/popular", "/about"]


def test_many_stories_are_parted_into_sitemaps_that_hold_each_once(
    client: FlaskClient, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "BLOCK", 4)
    made = [make_story(slug=f"s{n}", id=story_id) for n, story_id in enumerate([1, 2, 4, 5, 13, 16, 17])]

    listed = places(client, "/sitemap.xml")

    assert listed == ["/sitemap-1.xml", "/sitemap-2.xml", "/sitemap-4.xml", "/sitemap-5.xml"]
    found = [place for one in listed for place in places(client, one)]
    assert found == ["/", "/tags", "/popular", "/about", *(f"/a/s{n}" for n in range(len(made)))]
    assert client.get("/sitemap-3.xml").status_code == 404


def test_the_news_sitemap_has_the_last_two_days_only(client: FlaskClient, make_story: MakeStory) -> None:
    now = datetime.now(UTC)
    make_story("Old", slug="old", published_at=now - timedelta(days=2, minutes=1))
    make_story("Cats & dogs", slug="new", published_at=now - timedelta(days=1), lang="pt-BR")
    make_story("Newest", slug="newest", published_at=now)

    root = etree.fromstring(client.get("/news-sitemap.xml").data)

    assert [e.text for e in root.iter(LOC)] == [f"{BASE_URL}/a/newest", f"{BASE_URL}/a/new"]
    assert [e.text for e in root.iter(f"{NEWS}title")] == ["Newest", "Cats & dogs"]
    assert [e.text for e in root.iter(f"{NEWS}language")] == ["en", "pt"]
    assert {e.text for e in root.iter(f"{NEWS}name")} == {SITE}
    dates = [datetime.fromisoformat(e.text) for e in root.iter(f"{NEWS}publication_date")]
    assert dates == [moment.replace(microsecond=0) for moment in (now, now - timedelta(days=1))]


def test_robots_may_read_pages_and_feeds_but_no_parts(client: FlaskClient) -> None:
    rules = RobotFileParser()

    rules.parse(client.get("/robots.txt").get_data(as_text=True).splitlines())

    assert rules.can_fetch("AnyBot", "/a/harbour")
    assert rules.can_fetch("AnyBot", "/feed.atom")
    assert not rules.can_fetch("AnyBot", "/partials/stories")
    assert not rules.can_fetch("AnyBot", "/views/1")
    assert rules.site_maps() == [f"{BASE_URL}/sitemap.xml", f"{BASE_URL}/news-sitemap.xml"]
