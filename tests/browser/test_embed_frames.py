"""Frames of ours on somebody else's page, with and without the script that sets their height (F5, S41)."""

import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Frame, Page, expect

from browser.conftest import Browse, Visit
from browser.host import Host
from browser.site import Site, served_site
from browser.test_axe import violations
from browser.test_embed_element import script, to_paste
from browser.watch import Watch

QUERY = "tag=sea&tag=ice&show=all&kind=frame"


def pasted(product: str, query: str = QUERY, *, resize: bool = True) -> str:
    frame = to_paste(product, "embed-frame", query)
    return frame + (to_paste(product, "embed-resize", query) if resize else "")


def inside(page: Page) -> Frame:
    page.wait_for_function("() => document.querySelector('iframe')")
    element = page.locator("iframe").first.element_handle()
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    frame.wait_for_load_state()
    return frame


# Borders and padding aside.
HEIGHT = """frame => {
  const { paddingTop, paddingBottom } = getComputedStyle(frame);
  return frame.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
}"""


def height(page: Page) -> float:
    """Of the frame on the page."""
    found: float = page.locator("iframe").first.evaluate(HEIGHT)
    return found


def content_height(page: Page) -> float:
    """Of what stands in the frame."""
    found: float = inside(page).evaluate("document.documentElement.getBoundingClientRect().height")
    return found


def expect_fitting(page: Page) -> None:
    fits = f"height => Math.abs(({HEIGHT})(document.querySelector('iframe')) - height) <= 1"
    page.wait_for_function(fits, arg=content_height(page), timeout=5000)


def test_f5_the_frame_as_pasted_shows_the_stories(visit: Visit, product: str) -> None:
    page = visit(pasted(product, resize=False))

    frame = inside(page)

    expect(frame.get_by_role("listitem")).to_have_count(5)
    expect(frame.get_by_role("heading")).to_have_text(re.compile("stories on Ice and Sea"))
    assert frame.evaluate("origin") == "null"
    assert abs(height(page) - content_height(page)) <= 12, "the height that is pasted should be near"


def test_f5_tags_in_the_frame_are_links_that_work_without_javascript(visit: Visit, product: str) -> None:
    page = visit(pasted(product, resize=False), java_script_enabled=False)
    chip = page.frame_locator("iframe").get_by_role("link", name=re.compile("^Ice "))

    expect(chip).to_have_attribute("aria-current", "true")
    chip.click()

    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("63 stories on Sea")
    expect(chip).not_to_have_attribute("aria-current", "true")


def test_f5_a_story_in_the_frame_opens_in_the_whole_window(visit: Visit, product: str, site: Site) -> None:
    page = visit(pasted(product, resize=False))

    inside(page).get_by_role("link").nth(2).click()

    page.wait_for_url(f"{product}/a/*")
    expect(page.locator("#story h1")).to_be_visible()


def test_f5_a_policy_that_lets_in_frames_alone_is_enough(visit: Visit, product: str) -> None:
    page = visit(pasted(product, resize=False), policy=f"default-src 'none'; frame-src {product}")

    expect(inside(page).get_by_role("listitem")).to_have_count(5)


@pytest.mark.parametrize(
    "style",
    [
        "",
        "iframe { border: 0 }",
        "* { box-sizing: border-box } iframe { border: 5px solid; padding: 7px }",
        "iframe { padding: 7px }",
    ],
)
@pytest.mark.parametrize("width", [300, 412, 1280])
def test_f6n_the_height_of_the_frame_follows_what_it_shows_both_ways(
    visit: Visit, product: str, style: str, width: int
) -> None:
    page = visit(
        pasted(product, "tag=rail&tag=light&show=any&n=3&kind=frame"),
        head=f"<style>iframe {{ max-width: 90% }} {style}</style>",
        viewport={"width": width, "height": 900},
    )
    expect_fitting(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    three = height(page)

    inside(page).evaluate("document.querySelector('ul').lastElementChild.remove()")
    page.wait_for_function("three => document.querySelector('iframe').clientHeight < three", arg=three)
    expect_fitting(page)
    inside(page).evaluate(
        """() => {
          const list = document.querySelector("ul");
          list.append(...[1, 2, 3, 4].map(() => list.lastElementChild.cloneNode(true)));
        }"""
    )
    page.wait_for_function("three => document.querySelector('iframe').clientHeight > three", arg=three)

    expect_fitting(page)


def test_f6n_a_script_that_comes_late_still_sets_the_height(visit: Visit, product: str) -> None:
    page = visit(pasted(product, resize=False))
    inside(page)
    page.locator("iframe").evaluate("frame => { frame.height = 50; }")

    page.add_script_tag(url=f"{product}/embed/v1/resize.js")

    page.wait_for_function("() => document.querySelector('iframe').clientHeight > 400")
    expect_fitting(page)


def test_f6n_the_script_listens_to_our_frames_alone(visit: Visit, product: str, host: Host) -> None:
    other = host.put("<script>parent.postMessage({ type: 'news-height', height: 999 }, '*')</script>")
    page = visit(pasted(product) + f'<iframe id="other" src="{other}" height="77"></iframe>')
    expect_fitting(page)
    before = page.locator("iframe").first.evaluate("frame => frame.clientHeight")

    page.evaluate("postMessage({ type: 'news-height', height: 5 }, '*')")
    page.evaluate(
        """() => {
          const { contentWindow: source } = document.querySelector("iframe");
          const say = (data) => dispatchEvent(new MessageEvent("message", { source, data }));
          for (const height of [-1, 0, "x", null, NaN, {}]) say({ type: "news-height", height });
          say(null);
        }"""
    )
    page.wait_for_function(
        "() => document.querySelector('#other').contentDocument?.readyState === 'complete'"
    )

    assert page.locator("#other").evaluate("frame => frame.clientHeight") == 77
    assert page.locator("iframe").first.evaluate("frame => frame.clientHeight") == before


def test_f5_wordpress_is_told_the_height_and_the_link_that_was_followed(visit: Visit, product: str) -> None:
    page = visit(
        """<script>
          window.heard = [];
          addEventListener("message", ({ data }) => { if (data.secret) heard.push(data); });
        </script>"""
        f'<iframe sandbox="allow-scripts" src="{product}/embed/v1/frame?offer=sea#?secret=abc123"></iframe>'
    )
    frame = inside(page)

    page.wait_for_function("() => heard.length")
    frame.get_by_role("link", name=re.compile("^Sea ")).click()
    expect(frame.get_by_role("heading")).to_have_text("63 stories on Sea")
    frame.get_by_role("listitem").first.get_by_role("link").click()
    page.wait_for_function("() => heard.some(({ message }) => message === 'link')")

    heard = page.evaluate("heard")
    assert {each["secret"] for each in heard} == {"abc123"}
    assert heard[0] == {"message": "height", "value": heard[0]["value"], "secret": "abc123"}
    assert heard[0]["value"] > 400
    assert heard[-1] == {"message": "link", "value": f"{product}/a/story-0", "secret": "abc123"}


def test_f5_an_address_pasted_where_oembed_is_understood_shows_the_widget(
    visit: Visit, product: str, site: Site
) -> None:
    """What a blog's own server does: read the page, follow its link, put the HTML in."""
    shown = {}
    for path in ("/?tag=sea&tag=ice", "/a/story-3"):
        page_text = httpx.get(site.address + path).text
        link = re.search(r'type="application/json\+oembed" href="([^"]+)"', page_text)
        assert link is not None
        shown[path] = json.loads(httpx.get(link[1].replace("&amp;", "&")).text)["html"]

    page = visit("".join(shown.values()), also=site.address)

    expect(page.frame_locator("iframe").first.get_by_role("listitem")).to_have_count(5)
    expect(page.frame_locator("iframe").last.get_by_role("heading")).to_have_text(
        "How the ferry found its way home, number 3"
    )
    card = page.locator("iframe").last.element_handle()
    assert card is not None
    content = card.content_frame()
    assert content is not None
    assert content.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the card must fit"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize(
    "path", ["/embed/v1/frame?tag=sea&offer=ice", "/embed/v1/a/story-3", "/embed/v1/a/story-26"]
)
def test_f6k_axe_finds_nothing_in_frames(browse: Browse, path: str, theme: str, scheme: str) -> None:
    page = browse(color_scheme=scheme)

    page.goto(f"{path}{'&' if '?' in path else '?'}theme={theme}")

    assert violations(page) == []


def test_s41_only_what_is_meant_for_it_can_be_framed(visit: Visit, product: str, watch: Watch) -> None:
    watch.expect_trouble("console error.*frame")
    watch.allow_trouble("request failed")

    page = visit(f'<iframe src="{product}/"></iframe><iframe src="{product}/embed/v1/preview"></iframe>')

    for frame in page.frames[1:]:
        assert frame.locator(".mast, news-tags").count() == 0


@pytest.fixture(scope="module")
def closed(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same newsroom, served with EMBED_ORIGINS set to one site that is not the host."""
    with served_site(
        site.folder, tmp_path_factory.mktemp("closed"), EMBED_ORIGINS="https://blog.example"
    ) as address:
        yield address.replace("127.0.0.1", "localhost")


def test_s42_a_site_that_may_not_embed_reads_why_in_its_console(
    visit: Visit, host: Host, closed: str, watch: Watch
) -> None:
    watch.expect_trouble("console error.*CORS policy", "request failed.*items.json")
    watch.allow_trouble("console error.*ERR_FAILED")
    said: list[str] = []

    page = visit(
        script(closed) + '<news-tags tags="sea"><a href="/elsewhere">Stories</a></news-tags>',
        prepare=lambda page: page.on("console", lambda message: said.append(message.text)),
        also=closed,
    )
    with page.expect_console_message(lambda message: message.text.startswith("news-tags:")):
        page.locator("news-tags").evaluate("element => element.setAttribute('count', 3)")

    expect(page.get_by_role("link", name="Stories")).to_be_visible()
    assert any(closed in line and f"{host.address} refused" in line for line in said), said


def test_s41_a_site_that_may_not_frame_reads_who_may_in_its_console(
    visit: Visit, closed: str, watch: Watch
) -> None:
    watch.expect_trouble("console error.*frame-ancestors https://blog.example")
    watch.allow_trouble("request failed")

    page = visit(f'<iframe src="{closed}/embed/v1/frame"></iframe>', also=closed)

    page.wait_for_function("() => document.querySelector('iframe')")
    assert page.frames[1].locator("li").count() == 0


def test_s42_named_sites_may_embed(visit: Visit, site: Site, host: Host, tmp_path: Any) -> None:
    with served_site(site.folder, tmp_path, EMBED_ORIGINS=host.address) as address:
        open_here = address.replace("127.0.0.1", "localhost")
        page = visit(
            script(open_here)
            + f'<news-tags tags="sea"></news-tags><iframe src="{open_here}/embed/v1/frame"></iframe>',
            also=open_here,
        )

        expect(page.locator("news-tags").get_by_role("listitem")).to_have_count(5)
        expect(page.frame_locator("iframe").get_by_role("listitem")).to_have_count(5)
        page.goto("about:blank")
