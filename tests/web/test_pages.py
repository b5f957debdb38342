import html
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import html5lib
import pytest
from flask.testing import FlaskClient
from lxml import etree
from makers import NOON, MakeStory

from htmxnews.places import STATIC, TEMPLATES
from htmxnews.selection import Cursor, Selection
from web.addresses import FRAMES, PAGES, PARTS, PREVIEWS, WRONG, WRONG_FRAMES
from web.conftest import BASE_URL, MakeApp

# `hx-target:inherited` and its like are no XML names; what the parser makes of them does not matter here.
pytestmark = pytest.mark.filterwarnings("ignore::html5lib.constants.DataLossWarning")

XHTML = "{http://www.w3.org/1999/xhtml}"
WRONG_PAGES = tuple(
    address
    for address in WRONG
    if not address.startswith(("/partials/", "/feed.", "/sitemap", "/oembed", "/embed/v1/items.json"))
    and address != "/views/1"
)


def parsed(client: FlaskClient, address: str) -> etree._Element:
    return html5lib.parse(client.get(address).get_data(as_text=True), treebuilder="lxml").getroot()


@pytest.mark.parametrize("query", ["", "?tag=sea", "?tag=ice&tag=sea&any=trade&not=sport&from=2020-01-01"])
def test_a_tag_of_the_index_joins_those_of_the_selection_in_its_place(paper: FlaskClient, query: str) -> None:
    chosen = Selection.parse(parse_qsl(query.removeprefix("?")))
    links = parsed(paper, f"/{query}").findall(f".//{XHTML}ul[@class='index']//{XHTML}a")

    added = [Selection.parse(parse_qsl(urlsplit(link.get("href")).query)) for link in links]
    new = [{*selection.tag} - {*chosen.tag} for selection in added]

    assert links
    assert [link.get("href") for link in links] == [f"/{selection.query()}" for selection in added]
    assert [link.get("hx-get") for link in links] == [f"/partials/listing{each.query()}" for each in added]
    assert [chosen.toggled(tag) for (tag,) in new] == added


@pytest.mark.parametrize("address", [*PAGES, *PARTS, *FRAMES, *PREVIEWS, *WRONG, *WRONG_FRAMES])
def test_a2_nothing_in_a_page_needs_more_than_the_strict_policy(paper: FlaskClient, address: str) -> None:
    for element in parsed(paper, address).iter(f"{XHTML}*"):
        assert element.tag != f"{XHTML}style"
        assert element.tag != f"{XHTML}script" or (element.get("src") and not (element.text or "").strip())
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith(("on", "hx-on"))
            assert "javascript:" not in value
            assert not value.startswith("js:")
            assert name != "hx-trigger" or "[" not in value
            if name in ("src", "srcset", "action", "hx-get", "hx-post") or element.tag == f"{XHTML}link":
                assert not re.match(r"(https?:)?//", value) or value.startswith(BASE_URL), (name, value)


def test_a2_no_template_writes_a_style_or_a_handler() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()

        assert not re.search(r"\sstyle=|\shx-on|\son[a-z]+=|<style|javascript:|\bjs:", text), path


def test_s01_markup_is_marked_as_safe_at_one_place_only() -> None:
    source = [
        path for root in (TEMPLATES, STATIC.parent / "src") for path in root.rglob("*") if path.is_file()
    ]
    marks = re.compile(r"\|\s*safe\b(?!_)|Markup\(|autoescape\s+false|innerHTML\s*=|insertAdjacentHTML")

    found = [
        (path.name, mark[0])
        for path in source
        if path.suffix in (".html", ".py")
        for mark in marks.finditer(path.read_text())
    ]

    assert found == [("words.py", "Markup(")]
    bodies = sum(path.read_text().count("|safe_body") for path in TEMPLATES.rglob("*.html"))
    assert bodies == 1


@pytest.mark.parametrize("address", [*PAGES, *FRAMES, *WRONG_PAGES, *WRONG_FRAMES])
def test_c8_a_page_has_one_h1_one_main_its_language_and_no_id_twice(paper: FlaskClient, address: str) -> None:
    page = parsed(paper, address)

    ids = [element.get("id") for element in page.iter(f"{XHTML}*") if element.get("id")]
    assert len(ids) == len(set(ids))
    assert len(list(page.iter(f"{XHTML}h1"))) == 1
    assert len(list(page.iter(f"{XHTML}main"))) == 1
    assert page.get("lang") == "en"
    assert page.find(f".//{XHTML}title").text.strip()


@pytest.mark.parametrize("address", [*PAGES, *PARTS])
def test_every_link_to_one_of_our_pages_leads_somewhere(paper: FlaskClient, address: str) -> None:
    page = parsed(paper, address)
    links = {
        value
        for element in page.iter(f"{XHTML}*")
        for name, value in element.attrib.items()
        if name in ("href", "hx-get", "src", "action", "hx-push-url") and re.match(r"/(?!/|media/)", value)
    }

    broken = {link for link in links if paper.get(link.partition("#")[0]).status_code != 200}

    assert links
    assert not broken


@pytest.mark.parametrize("address", PAGES)
def test_a7_every_link_for_htmx_is_also_a_link_to_a_page(paper: FlaskClient, address: str) -> None:
    for element in parsed(paper, address).iter(f"{XHTML}a"):
        if part := element.get("hx-get"):
            href = element.get("href")
            assert part.startswith("/partials/")
            assert href.startswith("/")
            assert not href.startswith("/partials/")
            assert part.partition("?")[2] == href.partition("?")[2]


def test_a_story_page_has_all_of_it(paper: FlaskClient) -> None:
    text = html.unescape(paper.get("/a/harbour").get_data(as_text=True))

    for piece in (
        "The harbour & its <lamps>",
        "<p>The ship number 4 left the harbour in the morning.</p>",
        "Ada Holm",
        "Ben Iversen",
        "https://source.example/4",
        "Check Out Our Other Content",
        "Check Out Other Tags",
        "Most Popular Articles",
        f"/media/{'0' * 64}-320.webp",
    ):
        assert piece in text


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ('The "Tide\'s" turn is near, and', False),
        ("The “Tide’s” turn…", False),
        ("What the moon has to do with it.", True),
    ],
)
@pytest.mark.parametrize("before", ["", "<h2>Preamble</h2>"])
def test_a_summary_that_only_begins_the_body_is_not_said_twice(
    client: FlaskClient, make_story: MakeStory, summary: str, shown: bool, before: str
) -> None:
    body = "<p>The <em>“Tide’s”</em> turn is near, and ships wait for it.</p>"
    make_story("Ebb", slug="ebb", summary=summary, body=before + body)

    page = parsed(client, "/a/ebb")

    assert any(part.get("class") == "stand" for part in page.iter(f"{XHTML}p")) is shown


def test_the_page_and_the_part_of_a_story_are_one_template(paper: FlaskClient) -> None:
    page = paper.get("/a/harbour").get_data(as_text=True)
    part = paper.get("/partials/a/harbour").get_data(as_text=True)

    body = re.search(r"<h1.*</h1>", part)

    assert body
    assert body[0] in page


def test_hostile_texts_stay_text_on_every_page(client: FlaskClient, make_story: MakeStory) -> None:
    evil = "\"'><img src=x onerror=alert(1)>"
    make_story(
        evil,
        slug="evil",
        tags=(evil + "t",),
        category=evil + "c",
        source=evil + "s",
        authors=(evil + "a",),
        summary=evil,
        url="https://source.example/\"'><img src=x onerror=alert(1)>",
    )

    for address in ("/", "/a/evil", "/tags", "/about", "/editions/2026-03-02", f"/?q={evil}", "/popular"):
        page = parsed(client, address)
        assert not [e for e in page.iter(f"{XHTML}img") if e.get("src") == "x"]
        assert not [e for e in page.iter(f"{XHTML}*") if e.get("onerror")]


def test_the_search_words_stay_in_the_box(client: FlaskClient, make_story: MakeStory) -> None:
    make_story('Ships & "sails"')

    box = parsed(client, "/?q=" + "%22sails%22%20%26").find(f".//{XHTML}input[@name='q']")

    assert box.get("value") == '"sails" &'


def test_an_empty_result_says_so_in_words(client: FlaskClient, make_story: MakeStory) -> None:
    make_story(tags=("Sea",))
    make_story(tags=("Ice",))

    text = client.get("/?tag=ice&tag=sea").get_data(as_text=True)

    assert "No story on Ice and Sea" in text


def test_an_empty_paper_is_a_page(client: FlaskClient) -> None:
    assert "There are no stories yet" in client.get("/").get_data(as_text=True)


def test_d4_the_files_of_the_first_view_are_small(client: FlaskClient, newsroom: list[int]) -> None:
    def size(address: str) -> int:
        return len(client.get(address, headers={"Accept-Encoding": "br"}).data)

    page = client.get("/").get_data(as_text=True)
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    scripts = re.findall(r'<script src="([^"]+)"', page)

    assert size("/") <= 14 * 1024
    assert sum(map(size, styles)) <= 8 * 1024
    assert sum(map(size, scripts)) <= 20 * 1024
    assert 1 + len(styles) + len(scripts) + 1 <= 8


def test_templates_never_query() -> None:
    for path in Path(TEMPLATES).rglob("*.html"):
        assert not re.search(r"session|\bselect\(|execute", path.read_text()), path


def test_a_day_of_few_stories_does_not_say_that_nothing_was_published(
    client: FlaskClient, make_story: MakeStory
) -> None:
    make_story("The only one")

    full = client.get("/editions/2026-03-02").get_data(as_text=True)
    bare = client.get("/editions/2026-03-01").get_data(as_text=True)

    assert "The only one" in full
    assert "Nothing was published" not in full
    assert "Nothing was published" in bare


def test_the_calendar_of_an_edition_leads_to_days_that_have_one(
    client: FlaskClient, make_app: MakeApp, make_story: MakeStory
) -> None:
    for day in (2, 19):
        make_story(published_at=NOON.replace(day=day))
    make_story(published_at=NOON.replace(month=1))

    page = client.get("/editions/2026-03-19").get_data(as_text=True)
    korean = make_app(lang="ko").test_client().get("/editions/2026-03-19").get_data(as_text=True)

    table = page[page.index("<table>") : page.index("</table>")]
    assert re.findall(r'href="([^"]*)"', table) == ["/editions/2026-03-02", "/editions/2026-03-19"]
    assert re.findall(r'<a [^>]*aria-current="page">(\d+)', table) == ["19"]
    assert re.findall(r'scope="col" abbr="(\w+)"', table)[:2] == ["Monday", "Tuesday"]
    assert 'aria-label="January 2026">←' in page
    assert "2026년 3월" in korean


def test_behind_the_last_story_is_the_end_and_no_empty_paper(
    client: FlaskClient, make_story: MakeStory
) -> None:
    make_story()
    end = str(Cursor(0, 0))

    text = client.get(f"/?after={end}").get_data(as_text=True)

    assert "There are no stories yet" not in text
    assert "From the top of the list" in text
    assert "That is the only one." in text


def test_through_counts_where_both_places_are_named_and_a_part_names_its_own(paper: FlaskClient) -> None:
    more = re.search(r'href="/\?after=([\w-]+)"', paper.get("/").get_data(as_text=True))
    assert more
    place = more[1]

    both = paper.get(f"/?after={place}&through={place}").get_data(as_text=True)
    part = paper.get(f"/partials/listing?after={place}")

    assert both == paper.get(f"/?through={place}").get_data(as_text=True)
    assert part.headers["HX-Push-Url"] == f"/?after={place}"


def test_every_text_says_its_language_and_direction_whatever_those_of_the_site(
    make_app: MakeApp, make_story: MakeStory
) -> None:
    make_story("Ships", lang="en", dir="ltr")
    make_story("سفن", lang="ar", dir="rtl")
    make_story("Navi")

    rows = parsed(make_app(lang="ar").test_client(), "/").iter(f"{XHTML}article")

    told = {row.get("lang"): row.get("dir") for row in rows if row.get("class") == "row"}
    assert told == {"en": "ltr", "ar": "rtl", "": "ltr"}


def test_a_story_that_others_carry_is_listed_once_and_its_page_leads_to_the_copies(
    make_app: MakeApp, make_story: MakeStory
) -> None:
    shown = make_story("Storm", slug="storm", source="Morning Sun")
    make_story("Gale", slug="gale", source="Tribune", folded_into=shown)
    client = make_app().test_client()

    listed = client.get("/partials/stories").get_data(as_text=True)
    page, copy = parsed(client, "/a/storm"), parsed(client, "/a/gale")

    assert "also reported by 1" in listed
    assert "/a/gale" not in listed + client.get("/sitemap-1.xml").get_data(as_text=True)
    for root, leads_to in ((page, "/a/gale"), (copy, "/a/storm")):
        canonical = [link.get("href") for link in root.iter(f"{XHTML}link") if link.get("rel") == "canonical"]
        links = [a.get("href") for p in root.iter(f"{XHTML}p") if p.get("class") == "meta also" for a in p]
        assert (canonical, links) == ([f"{BASE_URL}/a/storm"], [leads_to])


@pytest.mark.parametrize(
    "query", ["", "?tag=sea", "?tag=sea&not=sport&sort=popular", "?any=ice&any=sea&q=harbour"]
)
def test_each_tag_of_the_panel_leads_to_the_selection_with_it_added(paper: FlaskClient, query: str) -> None:
    chosen = Selection.parse(parse_qsl(urlsplit(query).query))
    counted = json.loads(paper.get(f"/tags.json{query}").data)["tags"]

    panel = parsed(paper, f"/{query}").find(f".//{XHTML}ul[@class='index']")

    offered = [tag for tag in counted if tag["slug"] not in chosen.tag]
    assert offered
    assert [link.get("href") for link in panel.iter(f"{XHTML}a")] == [
        f"/{chosen.toggled(tag['slug']).query()}" for tag in offered[:12]
    ]
    assert [count.text for count in panel.iter(f"{XHTML}b")] == [str(tag["count"]) for tag in offered[:12]]
