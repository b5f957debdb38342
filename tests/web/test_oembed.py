"""Our addresses pasted elsewhere become frames (F5)."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit

import html5lib
import pytest
from flask.testing import FlaskClient
from lxml import etree
from makers import MakeStory

from web.conftest import BASE_URL, SITE, MakeApp

XHTML = "{http://www.w3.org/1999/xhtml}"


def answer(client: FlaskClient, path: str, **more: str | int) -> dict[str, Any]:
    found = client.get("/oembed", query_string={"url": BASE_URL + path} | more)
    assert found.status_code == 200, found.get_data(as_text=True)
    value: dict[str, Any] = found.get_json()
    return value


def frame_of(html: str) -> dict[str, str]:
    """The attributes of the one frame in a piece of HTML, which has nothing else."""
    body = html5lib.parseFragment(html, treebuilder="lxml")
    assert [element.tag for element in body] == [f"{XHTML}iframe"]
    return dict(body[0].attrib)


def test_f5_a_list_of_ours_becomes_the_widget_in_a_frame(paper: FlaskClient) -> None:
    found = answer(paper, "/?tag=sea&tag=ice&not=sport")

    frame = frame_of(found["html"])
    assert found["version"] == "1.0"
    assert found["type"] == "rich"
    assert found["title"] == frame["title"] == "Stories on Ice and Sea, without Sport"
    assert found["provider_name"] == SITE
    assert found["provider_url"] == f"{BASE_URL}/"
    assert frame["src"] == f"{BASE_URL}/embed/v1/frame?tag=ice&tag=sea&not=sport"
    assert frame["sandbox"] == "allow-scripts allow-popups allow-top-navigation-by-user-activation"
    assert frame["loading"] == "lazy"
    assert (int(frame["width"]), int(frame["height"])) == (found["width"], found["height"])
    shown = paper.get(frame["src"].removeprefix(BASE_URL)).get_data(as_text=True)
    first = paper.get("/feed.json?tag=sea&tag=ice&not=sport").get_json()["items"][0]
    assert f'href="{urlsplit(first["url"]).path}"' in shown


def test_f5_a_story_becomes_a_card(paper: FlaskClient) -> None:
    found = answer(paper, "/a/harbour")

    card = paper.get(frame_of(found["html"])["src"].removeprefix(BASE_URL)).get_data(as_text=True)
    assert found["title"] == "The harbour & its <lamps>"
    assert found["author_name"] == "Ada Holm, Ben Iversen"
    assert "The harbour &amp; its &lt;lamps&gt;" in card
    assert "What story 5 says." in card
    assert 'href="/a/harbour"' in card


def test_s40_frames_hold_text_dates_and_links_alone(make_app: MakeApp, make_story: MakeStory) -> None:
    make_story(slug="bread", body="<p>A secret body</p>", picture=True, tags=("Sea",))
    client = make_app().test_client()

    for address in ("/embed/v1/frame", "/embed/v1/a/bread"):
        page = html5lib.parse(client.get(address).get_data(as_text=True), treebuilder="lxml").getroot()
        names = {element.tag.removeprefix(XHTML) for element in page.iter(f"{XHTML}*")}
        assert names.isdisjoint(
            {"img", "picture", "video", "audio", "form", "input", "iframe", "object", "style"}
        )
        assert "secret" not in "".join(page.itertext())


def test_f5_json_and_xml_say_the_same(paper: FlaskClient) -> None:
    found = answer(paper, "/a/harbour")

    as_xml = paper.get("/oembed", query_string={"url": f"{BASE_URL}/a/harbour", "format": "xml"})

    root = etree.fromstring(as_xml.data)
    assert as_xml.mimetype == "text/xml"
    assert root.tag == "oembed"
    assert {element.tag: element.text for element in root} == {
        name: str(value) for name, value in found.items()
    }


def test_f5_what_xml_cannot_hold_is_left_out(make_app: MakeApp, make_story: MakeStory) -> None:
    make_story("A bell \x07 rings ]]> & <b>", slug="bell")

    answer = (
        make_app().test_client().get("/oembed", query_string={"url": f"{BASE_URL}/a/bell", "format": "xml"})
    )

    assert etree.fromstring(answer.data).findtext("title") == "A bell  rings ]]> & <b>"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, (640, 220)),
        ({"maxwidth": "300"}, (300, 220)),
        ({"maxheight": "100", "maxwidth": "9999"}, (640, 100)),
        ({"maxwidth": "", "maxheight": ""}, (640, 220)),
    ],
)
def test_f5_the_frame_is_no_larger_than_asked(
    paper: FlaskClient, asked: dict[str, str], expected: tuple[int, int]
) -> None:
    found = answer(paper, "/a/harbour", **asked)

    frame = frame_of(found["html"])
    assert (found["width"], found["height"]) == expected
    assert (int(frame["width"]), int(frame["height"])) == expected


@pytest.mark.parametrize("name", ["maxwidth", "maxheight"])
@pytest.mark.parametrize("value", ["0", "-1", "wide", "٣", "9" * 400])
def test_f5_a_size_that_is_none_is_refused(paper: FlaskClient, name: str, value: str) -> None:
    found = paper.get("/oembed", query_string={"url": f"{BASE_URL}/", name: value})

    assert found.status_code == 400
    assert found.get_json()["error"] == f"“{name}” must be a number of pixels."


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("", 404),
        ("https://other.example/a/harbour", 404),
        ("https://news.example.evil.example/", 404),
        ("https://user@news.example/", 404),
        ("https://news.example:444/", 404),
        ("ftp://news.example/", 404),
        ("javascript:alert(1)//news.example/", 404),
        ("//news.example/", 404),
        ("https://[news.example/", 404),
        ("https://news.example/about", 404),
        ("https://news.example/a/nobody-wrote-this", 404),
        ("https://news.example/?tag=nobody-used-this", 404),
        ("https://news.example/?from=yesterday", 400),
        ("http://NEWS.example", 200),
        ("https://news.example/?any=sea&any=ice", 200),
        ("https://news.example/?utm_source=letter#top", 200),
        ("https://news.example/a/harbour?utm_source=letter", 200),
    ],
)
def test_f5_only_our_own_lists_and_stories_are_answered(paper: FlaskClient, url: str, status: int) -> None:
    found = paper.get("/oembed", query_string={"url": url})

    assert found.status_code == status
    assert found.mimetype == "application/json"


def test_f5_another_format_is_not_implemented(paper: FlaskClient) -> None:
    found = paper.get("/oembed", query_string={"url": f"{BASE_URL}/", "format": "yaml"})

    assert found.status_code == 501
    assert "json and as xml" in found.get_json()["error"]


@pytest.mark.parametrize("path", ["/", "/?tag=sea&any=ice&not=trade", "/?q=ship", "/a/harbour"])
def test_f5_pages_say_where_their_frame_is_to_be_had(paper: FlaskClient, path: str) -> None:
    page = paper.get(path).get_data(as_text=True)
    links = dict(re.findall(r'<link rel="alternate" type="(\S+\+oembed)" href="([^"]+)"', page))

    assert set(links) == {"application/json+oembed", "text/xml+oembed"}
    for kind, link in links.items():
        found = paper.get(unescape(link).removeprefix(BASE_URL))
        assert found.status_code == 200
        assert found.mimetype == kind.removesuffix("+oembed")


def test_f5_a_story_whose_name_is_in_another_script_is_found(
    make_app: MakeApp, make_story: MakeStory
) -> None:
    make_story("바다 소식", slug="바다-소식")
    client = make_app().test_client()

    found = answer(client, "/a/" + quote("바다-소식"))

    assert client.get(frame_of(found["html"])["src"].removeprefix(BASE_URL)).status_code == 200


def test_f5_the_frame_of_any_of_several_tags_adds_to_them(paper: FlaskClient) -> None:
    src = frame_of(answer(paper, "/?any=sea&any=ice")["html"])["src"].removeprefix(BASE_URL)

    page = paper.get(src + "&offer=trade").get_data(as_text=True)

    links = {unescape(link) for link in re.findall(r'class="chip" href="([^"]+)"', page)}
    assert len(links) == 3
    for link in links:
        assert "match=any" in link
        assert paper.get(link).status_code == 200
    assert any("any=ice&any=sea&any=trade" in link for link in links)


def test_s43_what_a_frame_is_asked_for_is_escaped(paper: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'

    for query in ({"q": evil}, {"any": evil}, {"offer": evil}, {"theme": evil}, {"n": evil}, {"match": evil}):
        for path in ("/embed/v1/frame", "/embed/v1/preview", "/embed", "/partials/embed"):
            assert evil not in paper.get(path, query_string=query).get_data(as_text=True)
        url = f"{BASE_URL}/?{next(iter(query))}={quote(evil)}"
        found = paper.get("/oembed", query_string={"url": url}).get_json()
        assert "error" in found or "<script" not in found["html"]
