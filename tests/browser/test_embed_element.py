"""The widget on somebody else's page, which is on another origin (F1–F4, F6)."""

import base64
import hashlib
import re
import socket
from collections.abc import Callable
from html import unescape
from typing import Any

import brotli
import httpx
import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from browser.conftest import Visit
from browser.steps import requests_of, rest
from browser.test_axe import violations
from browser.test_looks import contrast
from browser.test_speed import SHIFTS, moved
from browser.watch import Watch
from htmxnews.places import STATIC
from htmxnews.web import embed

FALLBACK = '<a href="/elsewhere">Stories on sea and ice</a>'
WORDS = "<p>The page has a lot to say for itself, before the stories and after them.</p>"


def integrity() -> str:
    digest = hashlib.sha384((STATIC / "embed" / embed.newest() / "news-tags.js").read_bytes()).digest()
    return "sha384-" + base64.b64encode(digest).decode()


def script(product: str, hashed: str | None = None) -> str:
    sealed = f'integrity="{hashed or integrity()}"'
    return f'<script src="{product}/embed/v1/news-tags.js" {sealed} crossorigin="anonymous" defer></script>'


def element(attributes: str = 'tags="sea,ice" count="5"') -> str:
    return f"<news-tags {attributes}>{FALLBACK}</news-tags>"


def to_paste(product: str, name: str, query: str = "tag=sea&tag=ice&show=all") -> str:
    """Lines that the page for site owners gives, as pages of other sites would have them."""
    page = httpx.get(f"{product}/embed?{query}").text
    code = re.search(rf'id="{name}"[^>]*><code>(.*?)</code>', page, re.DOTALL)
    assert code is not None
    return unescape(code[1]).strip().replace("127.0.0.1", "localhost")


def tag(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{name} "))


def items(page: Page) -> Locator:
    return page.locator("news-tags").get_by_role("listitem")


def stories_of(product: str, page: Page, query: str) -> dict[str, Any]:
    found: dict[str, Any] = page.request.get(f"{product}/embed/v1/items.json?{query}").json()
    return found


def hold(waiting: list[Route]) -> Callable[[Page], Any]:
    """Keep the first request for data until the test lets it go."""

    def handle(route: Route) -> None:
        if waiting:
            route.continue_()
        else:
            waiting.append(route)

    return lambda page: page.route("**/items.json*", handle)


def expect_fallback(page: Page) -> None:
    """What stands inside the element is to be seen and to be used, and nothing else of it."""
    link = page.get_by_role("link", name="Stories on sea and ice")
    expect(link).to_be_visible()
    link.click(trial=True)
    expect(items(page)).to_have_count(0)


def test_f1_one_line_shows_the_stories_that_have_all_of_the_tags(visit: Visit, product: str) -> None:
    page = visit(WORDS + script(product) + element())

    expect(items(page)).to_have_count(5)

    found = stories_of(product, page, "tag=sea&tag=ice&n=5")
    assert items(page).get_by_role("link").all_inner_texts() == [item["title"] for item in found["items"]]
    expect(page.get_by_role("status")).to_have_text(f"{found['total']} stories on Ice and Sea")
    expect(tag(page, "Sea")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("link", name="Stories on sea and ice")).to_be_hidden()


def test_f1_a_pinned_version_works_like_the_newest(visit: Visit, product: str) -> None:
    page = visit(script(product).replace("/v1/", f"/{embed.newest()}/") + element())

    expect(items(page)).to_have_count(5)


def test_f1_the_element_without_attributes_offers_what_the_paper_has_most_of(
    visit: Visit, product: str
) -> None:
    page = visit(script(product) + f"<news-tags>{FALLBACK}</news-tags>")

    expect(items(page)).to_have_count(5)
    expect(page.locator("news-tags").get_by_role("button")).to_have_count(6)
    tag(page, "Light").click()

    expect(page.get_by_role("status")).to_have_text("43 stories on Light")
    expect(page.locator("news-tags").get_by_role("button")).to_have_count(6)


def test_f1_a_late_script_and_a_repeated_one_do_no_harm(visit: Visit, product: str) -> None:
    page = visit(element())
    expect_fallback(page)

    for _ in range(3):
        page.evaluate(
            """([src, integrity]) => new Promise((done, failed) => document.body.append(Object.assign(
                 document.createElement("script"),
                 { src, integrity, crossOrigin: "anonymous", onload: done, onerror: failed })))""",
            [f"{product}/embed/v1/news-tags.js", integrity()],
        )

    expect(items(page)).to_have_count(5)


def test_f2_several_tags_match_all_or_any(visit: Visit, product: str) -> None:
    page = visit(script(product) + element('tags="rail,light" match="any" offer="trade" count="20"'))

    expect(page.get_by_role("status")).to_have_text(re.compile("stories on Light or Rail"))
    tag(page, "Trade").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("stories on Light, Rail or Trade"))
    found = stories_of(product, page, "any=rail&any=light&any=trade&n=20")
    assert items(page).get_by_role("link").all_inner_texts() == [item["title"] for item in found["items"]]
    page.locator("news-tags").evaluate("element => element.setAttribute('match', 'all')")

    expect(page.get_by_role("status")).to_have_text(re.compile("stories on Light and Rail"))
    expect(tag(page, "Trade")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("attribute", "value", "shown"),
    [
        ("count", "2", 2),
        ("count", "20", 20),
        ("count", "99", 20),
        ("count", "0", 5),
        ("count", "-4", 1),
        ("count", "many", 5),
        ("tags", "rail", 5),
        ("tags", "", 5),
        ("lang", "ko", 5),
    ],
)
def test_f2_a_changed_attribute_shows_at_once(
    visit: Visit, product: str, watch: Watch, attribute: str, value: str, shown: int
) -> None:
    watch.allow_trouble("request failed.*ERR_ABORTED")  # the change before, where another follows at once
    page = visit(script(product) + element('tags="sea" count="3"'))
    expect(items(page)).to_have_count(3)
    if attribute != "count":
        page.locator("news-tags").evaluate("element => element.removeAttribute('count')")

    page.locator("news-tags").evaluate(
        "(element, [name, value]) => element.setAttribute(name, value)", [attribute, value]
    )

    expect(items(page)).to_have_count(shown)


def test_f2_many_changes_at_once_are_one_request(visit: Visit, product: str) -> None:
    page = visit(script(product) + element())
    expect(items(page)).to_have_count(5)

    with requests_of(page) as seen:
        page.locator("news-tags").evaluate(
            """element => {
              element.setAttribute("tags", "rail");
              element.setAttribute("count", "7");
              element.setAttribute("match", "any");
            }"""
        )
        expect(items(page)).to_have_count(7)

    assert seen == [f"{product}/embed/v1/items.json?tag=rail&match=any&offer=rail&n=7"]


def test_f2_dates_and_counts_follow_the_language(visit: Visit, product: str) -> None:
    page = visit(script(product) + element('tags="sea" lang="ko" count="1"') + element('lang="no_such"'))

    expect(page.locator("news-tags").first.locator("time")).to_have_text(re.compile(r"^\d{4}\. \d+\. \d+\.$"))
    expect(page.locator("news-tags").nth(1).get_by_role("listitem")).to_have_count(5)


HEAR = """<script>
  window.heard = [];
  for (const name of ["news-load", "news-error"])
    document.addEventListener(name, ({ type, detail }) => heard.push([type, detail]));
</script>"""


def test_f2_events_tell_what_is_shown_and_what_failed(visit: Visit, product: str, watch: Watch) -> None:
    watch.expect_trouble("status 404", "console error.*404")
    page = visit(HEAR + script(product) + element('tags="sea" offer="ice" count="3"'))
    expect(items(page)).to_have_count(3)

    tag(page, "Ice").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Ice and Sea"))
    page.locator("news-tags").evaluate("element => element.setAttribute('tags', 'nobody-used-this')")
    expect_fallback(page)

    heard = page.evaluate("heard")
    assert [name for name, _ in heard] == ["news-load", "news-load", "news-error"]
    assert [detail.get("count") for _, detail in heard] == [3, 3, None]
    assert heard[0][1]["tags"] == ["sea"]
    assert sorted(heard[1][1]["tags"]) == ["ice", "sea"]
    assert heard[2][1]["message"] == "There is no tag of that name here."


def test_f3_no_cookie_no_storage_no_referrer_goes_out(visit: Visit, product: str) -> None:
    seen: list[Request] = []

    def prepare(page: Page) -> None:
        page.context.add_cookies([{"name": "session", "value": "secret", "url": product}])
        page.on("request", lambda request: seen.append(request))

    page = visit(script(product) + element(), prepare=prepare)
    expect(items(page)).to_have_count(5)

    data = [request for request in seen if "items.json" in request.url]
    assert data
    for request in data:
        headers = request.all_headers()
        assert "cookie" not in headers
        assert "referer" not in headers
    assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_f3_the_script_is_small_and_knows_no_strings_of_html() -> None:
    text = (STATIC / "embed" / embed.newest() / "news-tags.js").read_bytes()

    assert len(brotli.compress(text, quality=11)) <= 3_000
    for forbidden in (
        b"innerHTML",
        b"outerHTML",
        b"insertAdjacent",
        b"eval",
        b"Function(",
        b"document.write",
    ):
        assert forbidden not in text
    assert b"import" not in text


def test_f3_the_script_is_small_on_the_wire(product: str, page: Page) -> None:
    answer = page.request.get(f"{product}/embed/v1/news-tags.js", headers={"Accept-Encoding": "br"})

    assert answer.headers["content-encoding"] == "br"
    assert int(answer.headers["content-length"]) <= 3_000


STRICT = "default-src 'none'; script-src {product}; connect-src {product}; style-src 'self'"


def test_f6a_a_strict_policy_with_trusted_types_lets_several_work(visit: Visit, product: str) -> None:
    policy = STRICT.format(product=product) + "; require-trusted-types-for 'script'"
    page = visit(
        script(product)
        + element()
        + element('tags="rail" theme="dark" count="2"')
        + element('offer="light,trade" match="any" count="3"')
        + script(product),
        policy=policy,
    )

    for place, shown in enumerate((5, 2, 3)):
        expect(page.locator("news-tags").nth(place).get_by_role("listitem")).to_have_count(shown)
    page.locator("news-tags").nth(2).get_by_role("button", name="Trade").click()

    expect(page.locator("news-tags").nth(2).get_by_role("status")).to_have_text(re.compile("on Trade"))
    expect(page.locator("news-tags").nth(1).get_by_role("status")).to_have_text(re.compile("on Rail"))


def test_f6b_a_policy_that_names_only_the_hash_of_the_script_is_enough(visit: Visit, product: str) -> None:
    policy = f"default-src 'none'; script-src '{integrity()}'; connect-src {product}"

    page = visit(script(product) + element(), policy=policy)

    expect(items(page)).to_have_count(5)


def test_f6c_a_wrong_integrity_leaves_what_stands_inside(visit: Visit, product: str, watch: Watch) -> None:
    watch.expect_trouble("console error: Failed to find a valid digest")

    page = visit(script(product, "sha384-" + "A" * 64) + element())

    expect_fallback(page)


def test_f6d_without_connect_src_what_stands_inside_stays(visit: Visit, product: str, watch: Watch) -> None:
    watch.expect_trouble("connect-src")
    watch.allow_trouble("request failed.*csp", "console error.*violates the document's Content Security")

    page = visit(script(product) + element(), policy=f"default-src 'none'; script-src {product}")

    page.wait_for_function("() => customElements.get('news-tags')")
    expect_fallback(page)


def test_f6e_where_scripts_are_forbidden_what_stands_inside_stays(
    visit: Visit, product: str, watch: Watch
) -> None:
    watch.expect_trouble("script-src")
    watch.allow_trouble("request failed.*csp")

    page = visit(script(product) + element(), policy="default-src 'none'")

    expect_fallback(page)


def test_f6f_without_javascript_what_stands_inside_stays(visit: Visit, product: str) -> None:
    page = visit(script(product) + element(), java_script_enabled=False)

    expect_fallback(page)


def test_f6g_while_the_paper_is_down_what_stands_inside_stays(visit: Visit, watch: Watch) -> None:
    watch.expect_trouble("console error.*ERR_CONNECTION_REFUSED", "request failed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://localhost:{free.getsockname()[1]}"

    page = visit(script(nobody) + element(), also=nobody)

    expect_fallback(page)


@pytest.mark.parametrize("how", ["429", "500", "no json", "other json", "cut"])
def test_f6g_when_the_data_do_not_come_what_stands_inside_stays(
    visit: Visit, product: str, watch: Watch, how: str
) -> None:
    watch.allow_trouble("status 429|status 500", "console error", "request failed")
    answers: dict[str, Any] = {
        "429": {"status": 429, "body": "slow down"},
        "500": {"status": 500, "body": "<h1>Oh</h1>"},
        "no json": {"status": 200, "body": "<!doctype html>"},
        "other json": {"status": 200, "body": '{"items": 7}'},
    }

    def answer(route: Route) -> None:
        if how == "cut":
            route.abort("connectionreset")
        else:
            route.fulfill(headers={"Access-Control-Allow-Origin": "*"}, **answers[how])

    page = visit(
        HEAR + script(product) + element(), prepare=lambda page: page.route("**/items.json*", answer)
    )

    page.wait_for_function("() => heard.length")
    assert page.evaluate("heard[0][0]") == "news-error"
    expect_fallback(page)


def test_f6g_while_the_data_are_slow_what_stands_inside_stays(visit: Visit, product: str) -> None:
    waiting: list[Route] = []
    page = visit(script(product) + element(), prepare=hold(waiting))
    expect_fallback(page)

    waiting[0].continue_()

    expect(items(page)).to_have_count(5)
    expect(page.get_by_role("link", name="Stories on sea and ice")).to_be_hidden()


def test_f6g_a_choice_that_cannot_be_loaded_is_taken_back_and_said(
    visit: Visit, product: str, watch: Watch
) -> None:
    watch.expect_trouble("request failed", "console error.*ERR_FAILED")
    page = visit(script(product) + element('tags="sea" offer="ice"'))
    expect(items(page)).to_have_count(5)
    before = items(page).all_inner_texts()
    page.route("**/items.json*", lambda route: route.abort())

    tag(page, "Ice").click()

    expect(page.get_by_role("status")).to_have_text("Could not load. Try again.")
    expect(tag(page, "Ice")).to_have_attribute("aria-pressed", "false")
    expect(tag(page, "Ice")).to_be_focused()
    assert items(page).all_inner_texts() == before
    page.unroute("**/items.json*")
    tag(page, "Ice").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Ice and Sea"))


# Its last line hides what the page itself shows; the element is told apart by its name alone.
HOSTILE = """<style>
  * { color: red !important; font: italic 40px/3 fantasy !important; letter-spacing: 9px !important;
      text-transform: uppercase !important; text-align: center !important; text-indent: 50px !important;
      white-space: pre !important; word-spacing: 20px !important; text-shadow: 2px 2px lime !important;
      cursor: wait !important; list-style: square !important; line-height: 4 !important;
      border-radius: 0 !important; padding: 30px !important; transform: none; }
  button { background: lime !important; border: 9px solid blue !important; display: block !important; }
  li { float: left !important; display: inline !important; margin: 40px !important; }
  a { color: lime !important; text-decoration: line-through !important; background: black !important; }
  p, ul, div, section, time, bdi { background: yellow !important; display: none !important; }
</style>"""
STYLES = """element => [...element.shadowRoot.querySelectorAll("section, section *")].map((each) => {
  const style = getComputedStyle(each);
  const sizes = /^(inline-size|width|block-size|height|perspective-origin|transform-origin|grid-template-)/;
  const apart = (name) => sizes.test(name) || /^(caret-color|--)/.test(name);
  const told = [...style].filter((name) => !apart(name));
  return [each.localName, ...told.map((name) => name + ": " + style[name])];
})"""


def test_f6h_hostile_styles_of_the_host_change_nothing_inside(visit: Visit, product: str) -> None:
    calm = visit(script(product) + element())
    hostile = visit(script(product) + element(), head=HOSTILE)
    for page in (calm, hostile):
        expect(page.locator("news-tags").locator("li")).to_have_count(5)

    found = [page.locator("news-tags").evaluate(STYLES) for page in (calm, hostile)]

    assert found[0] == found[1]


def test_f6h_custom_properties_and_parts_change_what_they_name(visit: Visit, product: str) -> None:
    page = visit(
        script(product) + element(),
        head="""<style>
          news-tags { --news-fg: rgb(0 0 90); --news-bg: rgb(250 240 230); --news-accent: rgb(120 0 0);
                      --news-line: rgb(1 2 3); --news-font: fantasy; --news-min-height: 777px; }
          news-tags::part(tag) { border-radius: 3px; }
          news-tags::part(tags) { background: rgb(9 9 9); }
          news-tags::part(list) { border-top-width: 9px; }
          news-tags::part(item) { border-bottom-width: 7px; }
          news-tags::part(link) { font-style: italic; }
          news-tags::part(status) { text-transform: uppercase; }
        </style>""",
    )
    expect(items(page)).to_have_count(5)

    def style(selector: str, name: str) -> str:
        found: str = page.locator(f"news-tags {selector}").first.evaluate(
            "(each, name) => getComputedStyle(each)[name]", name
        )
        return found

    assert style("section", "color") == "rgb(0, 0, 90)"
    assert style("section", "backgroundColor") == "rgb(250, 240, 230)"
    assert style("section", "fontFamily") == style("li a", "fontFamily") == "fantasy"
    assert style("li", "borderBottomColor") == "rgb(1, 2, 3)"
    assert page.locator("news-tags").evaluate("element => element.offsetHeight") >= 777
    assert style("button", "borderRadius") == "3px"
    assert style("[part=tags]", "backgroundColor") == "rgb(9, 9, 9)"
    assert style("ul", "borderTopWidth") == "9px"
    assert style("li", "borderBottomWidth") == "7px"
    assert style("li a", "fontStyle") == "italic"
    assert style("[part=status]", "textTransform") == "uppercase"
    page.locator("news-tags li a").first.hover()
    assert style("li a", "color") == "rgb(120, 0, 0)"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "//x", ""],
)
def test_f6i_hostile_titles_and_addresses_are_inert(visit: Visit, product: str, url: str) -> None:
    title = "<img src=x onerror=alert(1)>‮</a><script>alert(1)</script>"
    hostile = {
        "total": 1,
        "sentence": title,
        "site": title,
        "url": url,
        "tags": [{"slug": title, "name": title, "count": 1}],
        "items": [{"title": title, "url": url, "published": "never", "lang": title, "dir": title}],
    }

    def answer(route: Route) -> None:
        route.fulfill(json=hostile, headers={"Access-Control-Allow-Origin": "*"})

    page = visit(script(product) + element(), prepare=lambda page: page.route("**/items.json*", answer))

    expect(page.get_by_role("status")).to_have_text(title)
    expect(page.locator("news-tags li a")).to_have_text(title)
    inside = "element => [...element.shadowRoot.querySelectorAll('*')].map((each) => each.localName)"
    assert {"img", "script"}.isdisjoint(page.locator("news-tags").evaluate(inside))
    assert page.locator("news-tags a[href]:not([href='/elsewhere'])").count() == 0


def test_f6j_what_is_far_down_asks_for_nothing_until_it_is_near(visit: Visit, product: str) -> None:
    body = script(product) + '<div style="height: 4000px"></div>' + element()
    page = visit(body)

    with requests_of(page) as seen:
        page.wait_for_function("() => customElements.get('news-tags')")
        page.mouse.wheel(0, 1000)
        rest(page)
    assert seen == []

    with page.expect_response("**/items.json*"):
        page.locator("news-tags").evaluate("element => scrollTo(0, element.offsetTop - innerHeight - 300)")
    expect(items(page)).to_have_count(5)


def test_f2_the_numbers_of_all_tags_follow_what_is_chosen(visit: Visit, product: str) -> None:
    page = visit(script(product) + element('offer="sea,ice,rail,trade"'))
    expect(items(page)).to_have_count(5)

    tag(page, "Rail").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("stories on Rail"))

    found = stories_of(product, page, "tag=rail&offer=sea&offer=ice&offer=rail&offer=trade")
    expect(page.locator("news-tags button")).to_have_text(
        [f"{each['name']} {each['count']}" for each in found["tags"]]
    )


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_f6k_a_tag_is_toggled_keeps_the_focus_and_the_number_is_announced(
    visit: Visit, product: str, key: str
) -> None:
    page = visit(script(product) + element('tags="sea" offer="ice,rail"'))
    expect(tag(page, "Ice")).to_have_attribute("aria-pressed", "false")
    status = page.get_by_role("status").element_handle()
    tag(page, "Ice").focus()

    page.keyboard.press(key)

    expect(tag(page, "Ice")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status")).to_have_text(re.compile("stories on Ice and Sea"))
    expect(tag(page, "Ice")).to_be_focused()
    assert page.get_by_role("status").element_handle() is not None
    assert status is not None
    assert status.evaluate("each => each.isConnected"), "a new region would not be announced"
    page.keyboard.press(key)
    expect(tag(page, "Ice")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("status")).to_have_text("63 stories on Sea")
    expect(tag(page, "Ice")).to_be_focused()


def test_f6k_of_two_quick_choices_the_last_wins(visit: Visit, product: str, watch: Watch) -> None:
    watch.allow_trouble("request failed.*ERR_ABORTED")
    page = visit(script(product) + element('offer="sea,ice,rail"'))
    expect(items(page)).to_have_count(5)
    waiting: list[Route] = []
    page.route("**/items.json*", lambda route: waiting.append(route))

    with page.expect_request("**/items.json?tag=sea&*"):
        tag(page, "Sea").click()
    with page.expect_request("**/items.json?tag=sea&tag=ice&*"):
        tag(page, "Ice").click()
    for route in reversed(waiting):
        route.continue_()

    expect(page.get_by_role("status")).to_have_text(re.compile("stories on Ice and Sea"))
    for name in ("Sea", "Ice"):
        expect(tag(page, name)).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [412, 1280])
@pytest.mark.parametrize("slow", [False, True])
def test_f6l_nothing_moves_on_the_host(visit: Visit, product: str, width: int, slow: bool) -> None:
    waiting: list[Route] = []

    def prepare(page: Page) -> None:
        page.add_init_script(SHIFTS)
        if slow:
            hold(waiting)(page)

    page = visit(
        WORDS + to_paste(product, "embed-element") + WORDS * 3,
        head=f"<style>{to_paste(product, 'embed-reserve')}</style>",
        prepare=prepare,
        viewport={"width": width, "height": 900},
    )
    if slow:
        expect(page.get_by_role("link", name="Stories on Ice and Sea")).to_be_visible()
        rest(page)
        waiting[0].continue_()
    expect(items(page)).to_have_count(5)
    for _ in range(2):
        tag(page, "Ice").evaluate("button => button.click()")
        expect(page.get_by_role("list")).to_have_attribute("aria-busy", "false")

    total, shifts = moved(page)

    assert total <= 0.01, shifts


@pytest.mark.parametrize("width", [240, 412, 1280])
@pytest.mark.parametrize("count", [1, 5, 20])
def test_f6l_the_place_kept_is_as_high_as_what_comes(
    visit: Visit, product: str, width: int, count: int
) -> None:
    page = visit(element(f'count="{count}"'), viewport={"width": width, "height": 900})
    page.add_style_tag(content=to_paste(product, "embed-reserve", f"n={count}"))
    before = page.locator("news-tags").evaluate("element => element.offsetHeight")

    page.add_script_tag(url=f"{product}/embed/v1/news-tags.js")
    expect(items(page)).to_have_count(count)

    after = page.locator("news-tags").evaluate("element => element.offsetHeight")
    assert abs(before - after) <= 2


def test_f6m_a_removed_element_takes_its_request_back(visit: Visit, product: str) -> None:
    waiting: list[Route] = []
    page = visit(HEAR + script(product) + element(), prepare=hold(waiting))
    page.wait_for_function(
        "() => document.querySelector('news-tags').shadowRoot.querySelector('[aria-busy=true]')"
    )

    with page.expect_event("requestfailed") as failed:
        page.locator("news-tags").evaluate("element => { window.kept = element; element.remove(); }")

    assert failed.value.failure == "net::ERR_ABORTED"
    page.evaluate("document.querySelector('main').append(kept)")
    expect(items(page)).to_have_count(5)
    assert [name for name, _ in page.evaluate("heard")] == ["news-load"]


def test_what_moves_within_the_page_keeps_what_it_shows(visit: Visit, product: str) -> None:
    page = visit(script(product) + element('offer="rail"') + "<div id=other></div>")
    tag(page, "Rail").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("on Rail"))

    with requests_of(page) as seen:
        page.evaluate("other.append(document.querySelector('news-tags'))")
        rest(page)

    expect(page.get_by_role("status")).to_have_text(re.compile("on Rail"))
    assert seen == []


GROUNDS = {
    "plain": "",
    "dark by its own styles": "body { background: #101820; color: #dde }",
    "dark by its scheme": ":root { color-scheme: dark }",
    "as the device": ":root { color-scheme: light dark }",
    "grey": "body { background: #808080 }",
    "loud": "body { background: #ff0055 }",
    "a picture": "body { background: linear-gradient(#000, #fff) }",
    "half transparent": "main { background: rgb(255 0 0 / .5) } body { background: black }",
    "modern colours": "body { background: oklch(25% .1 260) }",
    "custom, readable": "news-tags { --news-fg: #234; --news-bg: #eef; --news-accent: #609 }",
    "custom, unreadable": "news-tags { --news-fg: #777; --news-bg: #888; --news-accent: #999 }",
    "custom text alone": "news-tags { --news-fg: #fff }",
    "custom ground alone": "news-tags { --news-bg: #223 }",
    "custom, see-through": "news-tags { --news-bg: rgb(0 0 0 / .5); --news-fg: rgb(0 0 0 / .2) }",
    "custom nonsense": "news-tags { --news-bg: banana; --news-fg: url(x); --news-accent: 12px }",
    "custom by scheme": "news-tags { --news-fg: light-dark(#222, #eee); --news-bg: light-dark(#fff, #111) }",
}
# What is drawn, as a canvas sees it: every notation becomes bytes.
COLOURS = """element => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const drawn = (...colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const box = element.shadowRoot.querySelector("section");
  const own = getComputedStyle(box);
  const pressed = getComputedStyle(element.shadowRoot.querySelector("[aria-pressed=true]"));
  const accent = own.getPropertyValue("--accent");
  const ground = drawn("white", own.backgroundColor);
  return { ground, text: drawn(own.color), chip: [drawn(pressed.color), drawn(pressed.backgroundColor)],
           accent: drawn(accent), opaque: drawn(own.backgroundColor)[3] };
}"""


@pytest.mark.parametrize("device", ["light", "dark"])
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_f2_text_stands_out_on_every_ground_in_every_theme(
    visit: Visit, product: str, ground: str, theme: str, device: str
) -> None:
    page = visit(
        script(product) + element(f'tags="sea" theme="{theme}"'),
        head=f"<style>{GROUNDS[ground]}</style>",
        color_scheme=device,
    )
    expect(items(page)).to_have_count(5)

    found = page.locator("news-tags").evaluate(COLOURS)

    assert found["opaque"] == 255
    assert contrast(found["text"][:3], found["ground"][:3]) >= 4.5
    assert contrast(found["accent"][:3], found["ground"][:3]) >= 4.5
    assert contrast(found["chip"][0][:3], found["chip"][1][:3]) >= 4.5


def test_f2_on_a_page_of_one_colour_the_widget_takes_it(visit: Visit, product: str) -> None:
    page = visit(
        script(product) + element(), head="<style>main { background: rgb(16, 24, 32); color: #dde }</style>"
    )
    expect(items(page)).to_have_count(5)

    ground = page.locator("news-tags section").evaluate("each => getComputedStyle(each).backgroundColor")

    assert ground == "rgb(16, 24, 32)"


def test_f2_the_widget_follows_a_page_that_turns_dark(visit: Visit, product: str) -> None:
    page = visit(
        script(product) + element(),
        head="<style>body { color: #111; background: #fff; transition: .1s } "
        ".dark body { color: #eee; background: #111 }</style>",
    )
    expect(items(page)).to_have_count(5)

    page.evaluate("document.documentElement.className = 'dark'")

    expect(page.locator("news-tags section")).to_have_css("color", "rgb(235, 230, 218)")
    expect(page.locator("news-tags section")).to_have_css("background-color", "rgb(17, 17, 17)")


LIGHTS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "more contrast": {"contrast": "more"},
}


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("light", LIGHTS)
def test_f6k_axe_finds_nothing_in_any_theme(visit: Visit, product: str, theme: str, light: str) -> None:
    page = visit(script(product) + element(f'tags="sea" offer="ice" theme="{theme}"'), **LIGHTS[light])
    expect(items(page)).to_have_count(5)

    found = violations(page)
    if light == "forced colours":  # there axe compares the page's colour of a text with the browser's ground
        found = [line for line in found if not line.startswith("color-contrast:")]

    assert found == []


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("light", ["light", "dark"])
def test_f6k_axe_finds_nothing_inside_on_a_hostile_host(
    visit: Visit, product: str, theme: str, light: str
) -> None:
    page = visit(
        script(product) + element(f'tags="sea" offer="ice" theme="{theme}"'), head=HOSTILE, **LIGHTS[light]
    )
    expect(page.locator("news-tags").locator("li")).to_have_count(5)

    assert [line for line in violations(page) if "part=" in line] == []


def test_c9_forced_colours_show_what_can_be_pressed(visit: Visit, product: str) -> None:
    page = visit(script(product) + element('tags="sea" offer="ice"'), forced_colors="active")
    expect(items(page)).to_have_count(5)

    found = page.locator("news-tags button").evaluate_all(
        "all => all.map(getComputedStyle).map((style) => [style.borderTopWidth, style.color])"
    )

    browsers = page.evaluate("() => getComputedStyle(document.body).color")
    assert found == [["1px", browsers]] * 2


@pytest.mark.parametrize("width", [240, 320, 412, 700, 1280])
def test_c11_nothing_sticks_out_or_is_cut_at_any_width(visit: Visit, product: str, width: int) -> None:
    page = visit(
        script(product) + element('tags="sea" offer="ice"'), viewport={"width": width, "height": 800}
    )
    expect(items(page)).to_have_count(5)

    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    cut = page.locator("news-tags li a, news-tags [part=status]").evaluate_all(
        "all => all.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)"
    )

    assert wide <= 0
    assert cut == []


def test_c9_everything_to_press_is_large_enough(visit: Visit, product: str) -> None:
    page = visit(
        script(product) + element(), has_touch=True, is_mobile=True, viewport={"width": 412, "height": 800}
    )
    expect(items(page)).to_have_count(5)

    heights = page.locator("news-tags button").evaluate_all("all => all.map((each) => each.offsetHeight)")
    links = page.locator("news-tags section a").evaluate_all("all => all.map((each) => each.offsetHeight)")

    assert min(heights) >= 44
    assert min(links) >= 21


def test_right_to_left_mirrors_the_list_and_keeps_titles_whole(visit: Visit, product: str) -> None:
    page = visit(script(product) + element(), head="<style>:root { direction: rtl }</style>", lang="ar")
    expect(items(page)).to_have_count(5)

    row = items(page).first
    day, title = row.locator("time").bounding_box(), row.locator("a").bounding_box()

    assert day is not None
    assert title is not None
    assert day["x"] >= title["x"] + title["width"]
    expect(row.locator("a")).to_have_attribute("dir", "ltr")
