"""Nothing moves, little is sent, and what is hovered is there at once (D2–D4, D7)."""

import re
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, Response, Route, expect

from browser.conftest import Browse
from browser.steps import link_of, load_pages, requests_of, rest, rows, story_title
from browser.watch import Watch

PHONE: dict[str, Any] = {"viewport": {"width": 412, "height": 823}, "has_touch": True, "is_mobile": True}
KB = 1024

SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    if (shift.hadRecentInput) continue;
    const nodes = shift.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.nodeName);
    shifts.push({ value: shift.value, nodes });
  }
}).observe({ type: "layout-shift", buffered: true });
"""


# Down the page by half a screen at a time, as a reader scrolls who is in a hurry.
DOWN = """
async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => requestAnimationFrame(done));
  }
}
"""


def moved(page: Page) -> tuple[float, list[dict[str, Any]]]:
    """The sum of all layout shifts, and what shifted."""
    rest(page)
    shifts: list[dict[str, Any]] = page.evaluate("shifts")
    return sum(shift["value"] for shift in shifts), shifts


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_d2_nothing_moves_while_the_list_grows_and_stories_open_and_close(
    browse: Browse, device: str
) -> None:
    page = browse(**PHONE) if device == "phone" else browse()
    page.add_init_script(SHIFTS)
    page.goto("/")
    load_pages(page, 6)  # the first, and five appended
    for place in (85, 40, 7):
        # By the history of the page, so that no input excuses a shift.
        link_of(page, place).evaluate("link => link.click()")
        expect(story_title(page)).to_be_focused()
        rest(page)
        page.evaluate("history.back()")
        expect(link_of(page, place)).to_be_focused()

    total, shifts = moved(page)

    assert total <= 0.01, shifts


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_d2_nothing_moves_when_the_reader_is_at_the_end_before_the_rows(browse: Browse, device: str) -> None:
    page = browse(**PHONE) if device == "phone" else browse()
    page.add_init_script(SHIFTS)
    held: list[Route] = []
    page.route("**/partials/stories*", lambda route: held.append(route))
    page.goto("/")
    page.evaluate("htmx.config.defaultSettleDelay = 0")  # rows and the end of their request in one frame
    for more in (40, 60, 80):
        with page.expect_request("**/partials/stories*"):
            page.evaluate("document.querySelector('#more').scrollIntoView()")
        rest(page)

        held.pop().continue_()

        expect(rows(page)).to_have_count(more)

    total, shifts = moved(page)

    assert total <= 0.01, shifts


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_d2_nothing_moves_when_the_last_rows_come_into_view(browse: Browse, device: str) -> None:
    page = browse(**PHONE) if device == "phone" else browse()
    page.add_init_script(SHIFTS)
    page.goto("/?tag=rail")
    expect(rows(page)).to_have_count(20)

    page.evaluate(DOWN)

    expect(page.get_by_text("That is the end of the list.")).to_be_visible()
    total, shifts = moved(page)
    assert total <= 0.01, shifts


@pytest.mark.parametrize("address", ["/a/story-3", "/?q=ferry", "/tags", "/popular", "/editions/2026-01-01"])
def test_d2_nothing_moves_while_a_page_loads(browse: Browse, address: str) -> None:
    page = browse(**PHONE)
    page.add_init_script(SHIFTS)

    page.goto(address)
    page.wait_for_load_state("networkidle")

    total, shifts = moved(page)
    assert total <= 0.01, shifts


@pytest.mark.parametrize("address", ["/", "/a/story-3"])
def test_d2_pictures_have_a_box_and_words_and_wait_until_they_are_near(page: Page, address: str) -> None:
    page.goto(address)

    found = page.locator("main img").evaluate_all(
        """all => all.filter((each) => each.checkVisibility()).map((each) => ({
          box: each.width > 0 && each.hasAttribute("width") && each.hasAttribute("height"),
          alt: each.hasAttribute("alt"), lazy: each.loading === "lazy" }))"""
    )

    assert found
    assert all(each["box"] and each["alt"] for each in found)
    assert [each["lazy"] for each in found] == [False] + [True] * (len(found) - 1)


@pytest.mark.parametrize("address", ["/", "/a/story-3"])
def test_d2_broken_pictures_move_nothing(browse: Browse, watch: Watch, address: str) -> None:
    watch.expect_trouble("request failed.*/media/", "console error.*ERR_FAILED")
    heights = []
    same = b""  # the page is one and the same both times: its ages and its popular stories go on
    for broken in (False, True):
        page = browse(**PHONE)
        page.add_init_script(SHIFTS)
        if broken:
            page.route("**/media/*", lambda route: route.abort())
            page.route(f"**{address}", partial(Route.fulfill, body=same, content_type="text/html"))
        answer = page.goto(address)
        same = same or (answer.body() if answer else b"")
        page.wait_for_load_state("networkidle")

        total, shifts = moved(page)

        assert total <= 0.01, shifts
        heights.append(page.locator("main").evaluate("main => main.offsetHeight"))
    assert heights[0] == heights[1]


def test_d3_a_long_wait_is_said_in_place_and_moves_nothing(page: Page) -> None:
    page.add_init_script(SHIFTS)
    waiting: list[Any] = []
    page.route("**/partials/a/*", lambda route: waiting.append(route))
    page.goto("/")
    expect(page.get_by_text("Loading")).to_be_hidden()

    link_of(page, 3).evaluate("link => link.click()")
    expect(page.get_by_text("Loading")).to_be_visible()
    expect(page.get_by_text("Loading")).to_be_in_viewport()
    total, shifts = moved(page)
    waiting[0].continue_()
    expect(page.get_by_text("Loading")).to_be_hidden()

    assert total <= 0.01, shifts


@pytest.mark.parametrize("address", ["/", "/a/story-3", "/?tag=light", "/?q=ferry"])
def test_d4_a_first_view_is_small_over_the_wire(browse: Browse, address: str) -> None:
    page = browse(**PHONE)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))

    page.goto(address)
    page.wait_for_load_state("networkidle")

    weights = {"document": 0, "stylesheet": 0, "script": 0, "font": 0, "image": 0, "other": 0}
    for answer in answers:
        sizes = answer.request.sizes()
        weights[answer.request.resource_type] += sizes["responseBodySize"]
        weights["other"] += sizes["responseHeadersSize"]
    assert weights["document"] <= 14 * KB
    assert weights["stylesheet"] <= 8 * KB
    assert weights["script"] <= 20 * KB
    assert weights["font"] == 0
    assert len([answer for answer in answers if answer.request.resource_type != "image"]) <= 8
    assert sum(weights.values()) - weights["image"] <= 45 * KB
    assert sum(weights.values()) <= 250 * KB


def test_d7_what_was_hovered_opens_without_a_request(page: Page) -> None:
    page.goto("/")
    with page.expect_response("**/partials/a/story-2"):
        link_of(page, 3).hover()

    with requests_of(page) as seen:
        link_of(page, 3).click()
        expect(story_title(page)).to_be_focused()
        rest(page)

    assert seen == []


def test_d7_what_slides_under_a_resting_pointer_is_not_fetched(page: Page) -> None:
    page.goto("/")
    page.mouse.move(500, 600)
    rest(page)

    with requests_of(page) as seen:
        for _ in range(6):
            page.mouse.wheel(0, 150)
            rest(page)

    assert [address for address in seen if "/partials/a/" in address] == []


def test_d7_helpers_that_come_late_still_help(page: Page) -> None:
    held: list[Any] = []
    page.route(re.compile(r"/hx-preload"), lambda route: held.append(route))
    page.goto("/", wait_until="commit")
    page.wait_for_function("() => document.querySelector('[data-htmx-powered]')")
    held[0].continue_()
    page.wait_for_load_state("load")

    with page.expect_response("**/partials/a/story-2"):
        link_of(page, 3).hover()
    with requests_of(page) as seen:
        link_of(page, 3).click()
        expect(story_title(page)).to_be_focused()

    assert seen == []


def test_d7_who_saves_data_fetches_nothing_beforehand_or_by_scrolling(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    page.goto("/")

    with requests_of(page) as seen:
        link_of(page, 3).hover()
        rows(page).last.scroll_into_view_if_needed()
        rest(page)

    assert [address for address in seen if "/partials/" in address] == []
