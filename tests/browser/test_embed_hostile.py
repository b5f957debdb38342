"""The widget where the page around it, or what it is told to show, means no good (F3, F6, S40–S43)."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from browser.conftest import Browse, Visit
from browser.site import Site, served_site
from browser.steps import requests_of, rest
from browser.test_axe import violations
from browser.test_embed_element import (
    COLOURS,
    FALLBACK,
    element,
    expect_fallback,
    hold,
    items,
    script,
    tag,
)
from browser.test_embed_frames import inside
from browser.test_looks import contrast
from browser.watch import Watch


def test_f3_an_element_of_the_page_named_like_the_script_leads_it_nowhere(visit: Visit, product: str) -> None:
    page = visit('<img name="currentScript" src="data:," alt="">' + script(product) + element())

    expect(items(page)).to_have_count(5)


MEDDLING = {
    "Array.prototype has more": "Array.prototype.extra = 1; Object.prototype.more = () => 1;",
    "fetch is wrapped": "const own = fetch; window.fetch = (...all) => own(...all);",
    "toJSON is added": "Array.prototype.toJSON = () => 'x'; String.prototype.toJSON = () => 'x';",
}
BREAKING = {
    "fetch is gone": "window.fetch = undefined;",
    "fetch throws": "window.fetch = () => { throw new Error('no'); };",
    "fetch answers nonsense": "window.fetch = async () => ({ ok: true, json: async () => null });",
    "find is another": "Array.prototype.find = () => { throw new Error('no'); };",
    "map is gone": "Array.prototype.map = undefined;",
    "elements cannot be defined": "customElements.define = () => { throw new Error('no'); };",
    "no observer": "window.IntersectionObserver = undefined;",
    "no sheets": "window.CSSStyleSheet = undefined;",
}


@pytest.mark.parametrize("how", MEDDLING)
def test_f3_a_page_that_meddles_with_the_language_sees_the_stories(
    visit: Visit, product: str, how: str
) -> None:
    page = visit(f"<script>{MEDDLING[how]}</script>" + script(product) + element())

    expect(items(page)).to_have_count(5)


@pytest.mark.parametrize("how", BREAKING)
def test_f6g_where_the_page_has_broken_the_language_what_stands_inside_stays(
    visit: Visit, product: str, watch: Watch, how: str
) -> None:
    watch.allow_trouble("page error")

    page = visit(f"<script>{BREAKING[how]}</script>" + script(product) + element())
    page.wait_for_load_state()
    rest(page)

    expect_fallback(page)


def test_f1_two_versions_on_one_page_are_one_element(visit: Visit, product: str) -> None:
    def other(route: Route) -> None:
        route.fulfill(response=route.fetch(url=f"{product}/embed/v1/news-tags.js"))

    page = visit(
        script(product) + script(product).replace("/v1/", "/v1.9.9/") + element() + element("count=2"),
        prepare=lambda page: page.route("**/v1.9.9/news-tags.js", other),
    )

    expect(page.locator("news-tags").first.get_by_role("listitem")).to_have_count(5)
    expect(page.locator("news-tags").last.get_by_role("listitem")).to_have_count(2)


# Not even the element's own display is left; what it holds is not reached.
UNSET = "<style>news-tags, news-tags *, main, h1 { all: unset !important } * { %s }</style>"


@pytest.mark.parametrize("slow", [False, True])
def test_f6h_a_page_that_unsets_everything_still_shows_the_stories(
    visit: Visit, product: str, slow: bool
) -> None:
    waiting: list[Route] = []
    page = visit(
        script(product) + element(),
        head=UNSET % "letter-spacing: 1em !important; visibility: inherit",
        prepare=hold(waiting) if slow else None,
    )
    if slow:
        expect_fallback(page)
        link = page.get_by_role("link", name="Stories on sea and ice").bounding_box()
        host = page.locator("news-tags").bounding_box()
        assert link is not None
        assert host is not None
        assert link["y"] - page.locator("h1").evaluate("h1 => h1.getBoundingClientRect().bottom") < 40
        waiting[0].continue_()

    expect(items(page)).to_have_count(5)
    assert page.locator("news-tags li a").first.evaluate("a => getComputedStyle(a).letterSpacing") == "normal"
    assert page.locator("news-tags section").evaluate("each => each.offsetWidth") > 1000
    assert [line for line in violations(page) if "part=" in line] == []


SILLY = {
    "its own text colour as ground": "main { color: #111 } news-tags { --news-bg: currentcolor }",
    "its own text colour": "main { color: #777; background: #888 } news-tags { --news-fg: currentcolor }",
    "brighter than white": "news-tags { --news-bg: color(srgb 3 3 3); --news-fg: #999; --news-accent: #aaa }",
    "out of every gamut": "news-tags { --news-bg: oklch(60% .5 20); --news-fg: oklch(95% .4 150) }",
    "darker than black": "news-tags { --news-bg: color(srgb -2 -2 -2); --news-fg: #333 }",
    "a missing channel": "news-tags { --news-bg: color(srgb none 0 0); --news-fg: hsl(none 0% 10%) }",
    "a colour by relation": "news-tags { --news-bg: hsl(from #345 h s calc(l * 2)); --news-fg: #567 }",
    "the middle, where nothing stands out": "news-tags { --news-bg: rgb(118 118 118) }",
    "the worst ground": "body { background: color(srgb-linear .179 .179 .179) }",
    "system colours": "news-tags { --news-bg: Highlight; --news-fg: GrayText; --news-accent: LinkText }",
    "a variable to nowhere": "news-tags { --news-bg: var(--nowhere); --news-fg: var(--nowhere, #eee) }",
    "more than a colour": "news-tags { --news-bg: red, blue; --news-fg: red 50%; --news-accent: (;) }",
    "a comment and an escape": "news-tags { --news-bg: re\\64 /* ; } */; --news-fg: /**/ }",
    "a caret of its own": "* { caret-color: red } news-tags { --news-bg: banana }",
    "a picture": "news-tags { --news-bg: url(/picture.png) }",
    "by the reader's scheme": "* { color-scheme: dark } news-tags { color-scheme: light }",
    "see-through white": "main { background: rgb(255 255 255 / 0) } body { background: #000 }",
}


@pytest.mark.parametrize("device", ["light", "dark"])
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("silly", SILLY)
def test_f2_text_stands_out_whatever_colours_the_page_asks_for(
    visit: Visit, product: str, silly: str, theme: str, device: str
) -> None:
    page = visit(
        script(product) + element(f'tags="sea" theme="{theme}"'),
        head=f"<style>{SILLY[silly]}</style>",
        color_scheme=device,
    )
    expect(items(page)).to_have_count(5)

    for _ in range(2):  # what was chosen first must not mislead what is chosen next
        found = page.locator("news-tags").evaluate(COLOURS)
        assert found["opaque"] == 255
        assert contrast(found["text"][:3], found["ground"][:3]) >= 4.5
        assert contrast(found["accent"][:3], found["ground"][:3]) >= 4.5
        assert contrast(found["chip"][0][:3], found["chip"][1][:3]) >= 4.5
        page.locator("news-tags").evaluate("each => each.setAttribute('lang', 'en')")
        expect(page.locator("news-tags").get_by_role("list")).to_have_attribute("aria-busy", "false")


def test_f2_a_style_sheet_that_comes_late_is_heeded_at_the_next_choice(visit: Visit, product: str) -> None:
    page = visit(
        script(product) + element('tags="sea" offer="ice"'), head="<style>body { background: #fff }</style>"
    )
    expect(items(page)).to_have_count(5)

    page.add_style_tag(content="body { background: rgb(1, 2, 3) }")
    tag(page, "Ice").click()

    expect(page.get_by_role("status")).to_have_text(re.compile("Ice and Sea"))
    expect(page.locator("news-tags section")).to_have_css("background-color", "rgb(1, 2, 3)")


@pytest.mark.parametrize("window", ["320", "200% zoom", "200% text"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_c11_the_widget_fits_where_it_is_narrow_or_large(
    visit: Visit, product: str, window: str, direction: str
) -> None:
    page = visit(
        f'<div dir="{direction}">{element("tags=sea offer=ice,rail,trade,light")}</div>' + script(product),
        viewport={"width": 320 if window == "320" else 640, "height": 400},
        device_scale_factor=2 if window == "200% zoom" else 1,
    )
    expect(items(page)).to_have_count(5)
    if window == "200% text":
        page.locator("news-tags section").evaluate("each => { each.style.fontSize = '32px'; }")

    sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    over = page.locator("news-tags li").evaluate_all(
        """all => all.flatMap((row) => [...row.children].filter((each) => {
          const [outer, inner] = [row, each].map((one) => one.getBoundingClientRect());
          return inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1
              || inner.left < outer.left - 1 || inner.right > outer.right + 1;
        }).map((each) => each.outerHTML))"""
    )

    assert sideways <= 0
    assert over == []


def test_f2_what_is_shown_says_its_language(visit: Visit, product: str) -> None:
    data = {
        "total": 1,
        "sentence": "1 story",
        "site": "The Test Paper",
        "lang": "en",
        "url": f"{product}/",
        "tags": [],
        "items": [
            {"title": "?", "url": f"{product}/", "published": "2026-01-30", "lang": None, "dir": "auto"}
        ],
    }
    page = visit(
        script(product) + element(),
        lang="ko",
        prepare=lambda page: page.route(
            "**/items.json*",
            lambda route: route.fulfill(json=data, headers={"Access-Control-Allow-Origin": "*"}),
        ),
    )
    expect(items(page)).to_have_count(1)

    said = page.locator("news-tags").evaluate(
        "each => ['section', 'time', 'li a'].map((one) => each.shadowRoot.querySelector(one).lang)"
    )

    assert said == ["en", "ko", ""]


def test_f4_of_more_tags_than_can_be_chosen_the_product_says_why(
    visit: Visit, product: str, watch: Watch
) -> None:
    watch.expect_trouble("status 400", "console error.*400")
    page = visit(script(product) + element('tags="sea" offer="ice,rail"'))
    expect(items(page)).to_have_count(5)
    refused = {"status": 400, "json": {"error": "At most 8 of “tag” can be chosen at once."}}
    page.route(
        "**/items.json*",
        lambda route: route.fulfill(headers={"Access-Control-Allow-Origin": "*"}, **refused),
    )

    tag(page, "Ice").click()

    expect(page.get_by_role("status")).to_have_text("At most 8 of “tag” can be chosen at once.")
    expect(tag(page, "Ice")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    "tags", ["x," * 3000, ",".join(f"t{n}" for n in range(40)), '"><img src=x>', "\u202e"]
)
def test_s43_tags_that_are_none_leave_what_stands_inside(
    visit: Visit, product: str, watch: Watch, tags: str
) -> None:
    watch.allow_trouble("status 4", "console error", "request failed")
    page = visit(f"<news-tags>{FALLBACK}</news-tags>")
    page.evaluate(
        """tags => { window.heard = []; addEventListener("news-error", () => heard.push(1));
                     document.querySelector("news-tags").setAttribute("tags", tags); }""",
        tags,
    )

    page.add_script_tag(url=f"{product}/embed/v1/news-tags.js")
    page.wait_for_function("() => heard.length")

    expect_fallback(page)


def test_f6m_an_element_moved_while_it_loads_shows_what_it_showed(visit: Visit, product: str) -> None:
    page = visit(script(product) + element('tags="sea" offer="ice"') + "<div id=other></div>")
    expect(items(page)).to_have_count(5)
    waiting: list[Route] = []
    page.route("**/items.json*", lambda route: waiting.append(route))
    with page.expect_request("**/items.json*"):
        tag(page, "Ice").click()

    page.evaluate("other.append(document.querySelector('news-tags'))")

    expect(tag(page, "Ice")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("news-tags").get_by_role("list")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("status")).to_have_text("63 stories on Sea")
    page.unroute("**/items.json*")


def messages(page: Page) -> int:
    """How many messages the page gets while it draws ten times."""
    found: int = page.evaluate(
        """async () => {
          let heard = 0;
          addEventListener("message", () => heard++);
          for (let n = 0; n < 10; n++) await new Promise(requestAnimationFrame);
          return heard;
        }"""
    )
    return found


@pytest.mark.parametrize("path", ["/embed/v1/frame", "/embed/v1/a/story-3"])
def test_f5_a_frame_opened_by_itself_does_not_talk_to_itself(browse: Browse, path: str) -> None:
    page = browse()
    page.goto(path)

    assert messages(page) <= 1


def test_f5_a_page_that_answers_every_message_is_not_answered_forever(visit: Visit, product: str) -> None:
    page = visit(
        '<script>addEventListener("message", ({ source }) => source.postMessage("heard", "*"));</script>'
        f'<iframe sandbox="allow-scripts" src="{product}/embed/v1/frame"></iframe>'
    )
    inside(page)
    rest(page)

    assert messages(page) <= 1


def test_f5_wordpress_is_told_the_height_when_it_asks(visit: Visit, product: str) -> None:
    page = visit(f'<iframe sandbox="allow-scripts" src="{product}/embed/v1/frame#?secret=abc123"></iframe>')
    inside(page)

    told = page.evaluate(
        """() => new Promise((done) => {
          addEventListener("message", ({ data }) => data.message === "height" && done(data));
          const { contentWindow } = document.querySelector("iframe");
          contentWindow.postMessage({ message: "ready", secret: "abc123" }, "*");
        })"""
    )

    assert told["value"] > 400


@pytest.mark.parametrize("modifiers", [["Control"], ["Shift"], []])
def test_f5_a_story_in_the_frame_opens_where_the_reader_wants_it(
    visit: Visit, product: str, modifiers: list[str]
) -> None:
    page = visit(
        f'<iframe width="640" height="500" src="{product}/embed/v1/frame" '
        'sandbox="allow-scripts allow-popups allow-top-navigation-by-user-activation"></iframe>'
    )
    link = inside(page).get_by_role("listitem").first.get_by_role("link")

    if modifiers:
        with page.context.expect_page() as opened:
            link.click(modifiers=modifiers)  # type: ignore[arg-type]
        shown = opened.value
    else:
        link.click()
        shown = page

    shown.wait_for_url(f"{product}/a/*")
    expect(shown.locator("#story h1")).to_be_visible()


def test_f1_a_story_in_the_preview_opens_in_a_window_of_its_own(page: Page) -> None:
    page.goto("/embed?tag=sea")
    page.locator(".preview").scroll_into_view_if_needed()

    with page.context.expect_page() as opened:
        page.frame_locator(".preview").get_by_role("listitem").first.get_by_role("link").click()

    expect(opened.value.locator("#story h1")).to_be_visible()


def test_f5_frames_hold_no_frames(visit: Visit, product: str, watch: Watch) -> None:
    watch.expect_trouble("frame-src")
    watch.allow_trouble("request failed", "console error")
    page = visit(f'<iframe src="{product}/embed/v1/frame"></iframe>')

    with page.expect_console_message(lambda message: "frame-src" in message.text):
        inside(page).evaluate(
            "document.body.append(Object.assign(document.createElement('iframe'), { src: location.href }))"
        )

    assert all(frame.url in ("", "about:blank", "chrome-error://chromewebdata/") for frame in page.frames[2:])


def test_f6m_nothing_is_asked_for_by_an_element_that_is_gone(visit: Visit, product: str) -> None:
    page = visit(element())
    page.evaluate("document.querySelector('news-tags').remove()")

    with requests_of(page) as seen:
        page.add_script_tag(url=f"{product}/embed/v1/news-tags.js")
        rest(page)

    assert [address for address in seen if "items.json" in address] == []


@pytest.mark.parametrize("path", ["/embed/v1/frame", "/embed/v1/a/story-3"])
def test_s42_what_one_site_was_told_is_not_told_to_another(
    site: Site, tmp_path_factory: pytest.TempPathFactory, page: Page, path: str
) -> None:
    allowed, other = "https://blog.example", "https://other.example"
    with served_site(site.folder, tmp_path_factory.mktemp("two"), EMBED_ORIGINS=allowed) as address:
        told = [
            page.request.get(address + path, headers={"Origin": origin}).headers.get(
                "access-control-allow-origin"
            )
            for origin in (other, allowed, other, allowed)
        ]

    assert told == [None, allowed, None, allowed]
