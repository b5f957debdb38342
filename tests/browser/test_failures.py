"""What goes wrong stays small: the list, the story and the address stay as they are (A6, C2)."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from browser.site import PAGE, Site
from browser.steps import history_length, link_of, more, rows, story_title, to_bottom
from browser.watch import Watch


def cut(page: Page, pattern: str) -> None:
    page.route(pattern, lambda route: route.abort())


def test_a6_a_story_that_is_gone_leaves_list_and_address(page: Page, watch: Watch, site: Site) -> None:
    watch.expect_trouble("status 404", "console error.*404")
    page.goto("/")
    before = history_length(page)
    rows(page).nth(2).locator("a").evaluate("link => link.setAttribute('hx-get', '/partials/a/gone')")

    link_of(page, 3).click()

    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("There is no story at this address")
    expect(notice.get_by_role("link", name="Try again")).to_have_attribute(
        "href", f"{site.address}/a/story-2"
    )
    expect(page).to_have_url(f"{site.address}/")
    expect(page).to_have_title("The Test Paper")
    expect(page.locator("#listing")).to_be_visible()
    expect(rows(page)).to_have_count(PAGE)
    assert history_length(page) == before
    link_of(page, 4).click()
    expect(story_title(page)).to_be_focused()
    expect(notice).to_have_count(0)


def test_a6_an_answer_of_a_broken_proxy_leaves_list_and_address(page: Page, watch: Watch, site: Site) -> None:
    watch.expect_trouble("status 502", "console error.*502")
    page.goto("/")
    page.route("**/partials/a/*", lambda route: route.fulfill(status=502, body="<p>Bad gateway</p>"))

    link_of(page, 3).click()

    expect(page.locator("#notice")).to_have_text("Bad gateway")
    expect(page).to_have_url(f"{site.address}/")
    expect(page.locator("#listing")).to_be_visible()


def test_a6_without_a_connection_a_message_says_so(page: Page, watch: Watch, site: Site) -> None:
    watch.expect_trouble("request failed", "console error.*ERR_INTERNET_DISCONNECTED", "htmx:error")
    page.goto("/")
    page.context.set_offline(True)

    link_of(page, 3).evaluate("link => link.click()")

    expect(page.get_by_role("status")).to_have_text("No connection. Please try again.")
    expect(page.get_by_role("status")).to_be_in_viewport()
    expect(page).to_have_url(f"{site.address}/")
    expect(page.locator("#listing")).to_be_visible()
    page.context.set_offline(False)
    link_of(page, 3).click()
    expect(story_title(page)).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("")


def test_a6_without_a_connection_back_says_so(page: Page, watch: Watch) -> None:
    watch.expect_trouble("request failed", "console error.*ERR_FAILED")
    page.goto("/")
    page.locator("#chip-tag-sea").check()
    expect(page).to_have_url(re.compile("tag=sea"))
    cut(page, "**/partials/listing*")

    page.go_back()

    expect(page.get_by_role("status")).to_have_text("No connection. The page could not be loaded.")
    expect(rows(page)).to_have_count(PAGE)


def test_c2_the_feed_is_busy_while_it_grows(page: Page) -> None:
    waiting: list[Route] = []
    page.route("**/partials/stories*", lambda route: waiting.append(route))
    page.goto("/")
    expect(page.get_by_role("feed")).to_have_attribute("aria-busy", "false")

    with page.expect_request("**/partials/stories*"):
        to_bottom(page)
    expect(page.get_by_role("feed")).to_have_attribute("aria-busy", "true")
    waiting[0].continue_()

    expect(page.get_by_role("feed")).to_have_attribute("aria-busy", "false")
    expect(page.locator(f'[aria-posinset="{2 * PAGE}"]')).to_be_attached()


@pytest.mark.parametrize("how", ["cut", "refused"])
def test_c2_the_feed_is_not_busy_after_an_error(page: Page, watch: Watch, how: str) -> None:
    watch.expect_trouble("request failed|status 400", "console error")
    page.goto("/")
    page.evaluate("localStorage.setItem('auto', 'off')")
    if how == "cut":
        cut(page, "**/partials/stories*")
    else:
        more(page).evaluate("link => link.setAttribute('hx-get', '/partials/stories?after=zzz')")

    more(page).click()

    expect(page.locator(".status.trouble, #notice .nothing")).to_be_visible()
    expect(page.get_by_role("feed")).to_have_attribute("aria-busy", "false")
    expect(rows(page)).to_have_count(PAGE)
    expect(more(page)).to_be_visible()
