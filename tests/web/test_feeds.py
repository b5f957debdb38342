import json
from calendar import timegm
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree
from makers import NOON, MakeStory

from htmxnews.store.engine import Store
from web.conftest import BASE_URL, SITE, MakeApp

FEEDS = ("/feed.atom", "/feed.rss", "/feed.json")
ATOM = "{http://www.w3.org/2005/Atom}"


def read(client: FlaskClient, address: str) -> Any:
    """Parse an XML feed as a reader's program does, and insist that nothing was wrong with it."""
    found = feedparser.parse(client.get(address).data)
    assert not found.bozo, found.bozo_exception
    return found


def read_json(client: FlaskClient, address: str) -> Any:
    return json.loads(client.get(address).data)


def path_of(address: str) -> str:
    assert address.startswith(BASE_URL + "/")
    return address.removeprefix(BASE_URL)


@pytest.mark.parametrize(
    ("address", "content_type"),
    [
        ("/feed.atom", "application/atom+xml"),
        ("/feed.rss", "application/rss+xml"),
        ("/feed.json", "application/feed+json"),
    ],
)
def test_each_feed_says_what_kind_it_is(paper: FlaskClient, address: str, content_type: str) -> None:
    answer = paper.get(address)

    assert answer.status_code == 200
    assert answer.mimetype == content_type


@pytest.mark.parametrize("address", ["/feed.atom", "/feed.rss"])
def test_a_feed_reader_finds_the_newest_twenty_without_a_complaint(paper: FlaskClient, address: str) -> None:
    found = read(paper, address)

    assert found.feed.title == SITE
    assert len(found.entries) == 20
    times = [entry.published_parsed for entry in found.entries]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("address", ["/feed.atom", "/feed.rss"])
def test_a_story_keeps_all_it_has_in_the_xml_feeds(paper: FlaskClient, address: str) -> None:
    found = read(paper, address)

    entry = next(e for e in found.entries if e.link == f"{BASE_URL}/a/harbour")
    assert entry.id == f"{BASE_URL}/a/harbour"
    assert entry.title == "The harbour &amp; its &lt;lamps&gt;" or entry.title == "The harbour & its <lamps>"
    assert entry.summary == "What story 5 says."
    assert entry.content[0].value == "<p>The ship number 4 left the harbour in the morning.</p>"
    assert "Ada Holm" in str(entry.authors)
    assert "Ben Iversen" in str(entry.authors)
    assert [tag.label or tag.term for tag in entry.tags] == ["Sea", "Ice", "Trade"]
    assert timegm(entry.published_parsed) == (NOON - timedelta(hours=14)).timestamp()
    assert f"{BASE_URL}/media/{'0' * 64}-640.webp" in paper.get(address).get_data(as_text=True)


@pytest.mark.parametrize("address", FEEDS)
def test_s34_copied_pictures_in_a_text_have_absolute_addresses_in_every_feed(
    client: FlaskClient, make_story: MakeStory, address: str
) -> None:
    files = [f"/media/{'a' * 64}-{width}.webp" for width in (320, 640)]
    srcset = ", ".join(f"{BASE_URL}{file} {width}w" for file, width in zip(files, (320, 640), strict=True))
    body = '<p>Words.</p><figure><img src="{0}" srcset="{1}" alt="A quay"></figure>'
    make_story("Quay", body=body.format(files[0], srcset.replace(BASE_URL, "")))

    if address.endswith("json"):
        content = read_json(client, address)["items"][0]["content_html"]
    else:
        content = "".join(etree.fromstring(client.get(address).data).itertext())

    for part in (f'src="{BASE_URL}{files[0]}"', f'srcset="{srcset}"'):
        assert part in content


def test_json_feed_carries_the_fields_of_the_format_and_our_own(paper: FlaskClient) -> None:
    found = read_json(paper, "/feed.json")

    item = next(item for item in found["items"] if item["url"] == f"{BASE_URL}/a/harbour")
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["home_page_url"] == f"{BASE_URL}/"
    assert found["feed_url"] == f"{BASE_URL}/feed.json"
    assert item["id"] == "key-5"
    assert item["external_url"] == "https://source.example/4"
    assert item["title"] == "The harbour & its <lamps>"
    assert item["content_html"] == "<p>The ship number 4 left the harbour in the morning.</p>"
    assert item["authors"] == [{"name": "Ada Holm"}, {"name": "Ben Iversen"}]
    assert item["tags"] == ["Sea", "Ice", "Trade"]
    assert item["image"] == f"{BASE_URL}/media/{'0' * 64}-640.webp"
    assert datetime.fromisoformat(item["date_published"]) == NOON - timedelta(hours=14)
    assert item["_htmxnews"]["slug"] == "harbour"
    assert item["_htmxnews"]["lang"] == "en"
    assert item["_htmxnews"]["also"] == []


def test_the_title_of_a_feed_says_its_selection(paper: FlaskClient) -> None:
    address = "?tag=ice&tag=sea&not=sport"

    titles = [read(paper, "/feed.atom" + address).feed.title, read(paper, "/feed.rss" + address).feed.title]
    titles.append(read_json(paper, "/feed.json" + address)["title"])

    assert titles == [f"{SITE} — stories on Ice and Sea, without Sport"] * 3


@pytest.mark.parametrize("address", ["/feed.atom", "/feed.rss"])
def test_the_next_links_of_an_xml_feed_lead_through_every_story_once(
    paper: FlaskClient, address: str
) -> None:
    seen: list[str] = []
    where: str | None = address
    while where:
        found = read(paper, where)
        seen += [entry.link for entry in found.entries]
        where = next((path_of(link.href) for link in found.feed.links if link.rel == "next"), None)

    assert len(seen) == len(set(seen)) == 45


def test_next_url_of_json_feed_leads_through_every_story_once(paper: FlaskClient) -> None:
    seen: list[str] = []
    where: str | None = "/feed.json?not=sport"
    while where:
        found = read_json(paper, where)
        assert path_of(found["feed_url"]) == where
        seen += [item["id"] for item in found["items"]]
        where = path_of(found["next_url"]) if "next_url" in found else None

    assert len(seen) == len(set(seen))
    assert len(seen) == read_json(paper, "/tags.json?not=sport")["total"]


def test_later_pages_of_an_atom_feed_belong_to_the_same_feed(paper: FlaskClient) -> None:
    first = etree.fromstring(paper.get("/feed.atom?not=sport").data)
    following = path_of(first.find(f"{ATOM}link[@rel='next']").get("href"))

    second = etree.fromstring(paper.get(following).data)

    assert second.findtext(f"{ATOM}id") == first.findtext(f"{ATOM}id") == f"{BASE_URL}/feed.atom?not=sport"
    assert path_of(second.find(f"{ATOM}link[@rel='self']").get("href")) == following
    assert second.find(f"{ATOM}link[@rel='alternate']").get("href") == f"{BASE_URL}/?not=sport"


@pytest.mark.parametrize("feed", FEEDS)
def test_s34_absolute_links_come_from_the_settings_not_from_the_request(
    paper: FlaskClient, feed: str
) -> None:
    headers = {"Host": "localhost:9999", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}

    text = paper.get(feed, headers=headers).get_data(as_text=True)

    assert f"{BASE_URL}/a/harbour" in text
    assert "localhost" not in text
    assert "evil.example" not in text


@pytest.mark.parametrize("feed", FEEDS)
def test_hostile_texts_stay_text_in_every_feed(
    client: FlaskClient, store: Store, make_story: MakeStory, feed: str
) -> None:
    zero = "\x00" if store.is_file else ""  # PostgreSQL keeps none
    make_story(
        "]]></title><script>1</script>",
        slug="바다-소식",
        summary=f'"&amp;\x0b{zero}\ufffe',
        body="<p>]]&gt; a\x0bb \U0001f6a2</p>",
        tags=('a"b', "<i>"),
        authors=("A <b@c>",),
        key="\x01&'\"",
    )

    answer = client.get(feed)

    assert answer.status_code == 200
    titles, links = [], []
    if feed == "/feed.json":
        for item in json.loads(answer.data)["items"]:
            titles.append(item["title"])
            links.append(item["url"])
    else:
        root = etree.fromstring(answer.data)
        assert not list(root.iter("script", "{*}script", "i"))
        titles = [t.text for t in root.iterfind(".//{*}title")][1:]
        links = [read(client, feed).entries[0].link]
    assert titles == ["]]></title><script>1</script>"]
    assert links == [f"{BASE_URL}/a/{quote('바다-소식')}"]


def test_control_characters_in_a_search_cannot_break_a_feed(client: FlaskClient) -> None:
    for feed in ("/feed.atom", "/feed.rss"):
        found = read(client, feed + "?q=%01%0bsea%EF%BF%BE%3Ci%3E%00")

        assert "sea<i>" in found.feed.title


def test_feeds_of_an_empty_paper_are_whole_feeds(client: FlaskClient) -> None:
    assert read(client, "/feed.atom").entries == []
    assert read(client, "/feed.rss").entries == []
    assert read_json(client, "/feed.json")["items"] == []


def test_an_update_before_the_publication_does_not_count(client: FlaskClient, make_story: MakeStory) -> None:
    make_story(published_at=NOON, updated_at=NOON - timedelta(days=1))
    make_story(published_at=NOON - timedelta(days=2), updated_at=NOON + timedelta(days=1))

    found = etree.fromstring(client.get("/feed.atom").data)

    times = [datetime.fromisoformat(element.text) for element in found.iterfind(f".//{ATOM}updated")]
    assert times == [NOON + timedelta(days=1), NOON, NOON + timedelta(days=1)]


@pytest.mark.parametrize(
    ("address", "mimetype"),
    [
        ("/feed.json?tag=nobody", "application/json"),
        ("/feed.atom?tag=nobody", "text/plain"),
        ("/feed.rss?category=nobody", "text/plain"),
        ("/tags.json?source=nobody", "application/json"),
        ("/popular.json?author=nobody", "application/json"),
    ],
)
def test_an_unknown_name_is_a_404_that_a_program_can_read(
    client: FlaskClient, address: str, mimetype: str
) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert answer.mimetype == mimetype
    assert "There is no" in answer.get_data(as_text=True)
    assert "nobody" not in answer.get_data(as_text=True)


def test_an_unknown_any_or_not_is_harmless(client: FlaskClient) -> None:
    for feed in FEEDS:
        assert client.get(feed + "?any=nobody&not=nobody").status_code == 200


def test_a_text_from_the_right_says_so_in_every_feed(make_app: MakeApp, make_story: MakeStory) -> None:
    make_story("سفن", body="<p>سفن</p>", lang="ar", dir="rtl")
    client = make_app().test_client()

    bodies = [read(client, address).entries[0].content[-1].value for address in ("/feed.atom", "/feed.rss")]
    [item] = read_json(client, "/feed.json")["items"]

    assert {*bodies, item["content_html"]} == {'<div dir="rtl"><p>سفن</p></div>'}
    assert "<dc:language>ar</dc:language>" in client.get("/feed.rss").get_data(as_text=True)


def test_the_json_feed_names_the_copies_that_a_story_stands_for(
    make_app: MakeApp, make_story: MakeStory
) -> None:
    shown = make_story("Storm", source="Morning Sun", key="sun-1")
    make_story("Gale", source="Tribune", key="trib-9", folded_into=shown)

    [item] = read_json(make_app().test_client(), "/feed.json")["items"]

    assert (item["id"], item["_htmxnews"]["also"]) == ("sun-1", ["trib-9"])
