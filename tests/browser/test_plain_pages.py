"""Everything without JavaScript, without htmx, and by plain loads (A7, B7)."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page, expect

from browser.conftest import Browse
from browser.site import PAGE, Site
from browser.steps import link_of, load_pages, rows, to_middle, top_of
from browser.watch import Watch


@pytest.fixture
def plain(browse: Browse) -> Page:
    """A page of a browser that runs no scripts."""
    return browse(java_script_enabled=False)


def test_a7_without_scripts_a_story_opens_and_leads_on(plain: Page, site: Site) -> None:
    plain.goto("/")
    link_of(plain, 4).click()
    expect(plain).to_have_url(f"{site.address}/a/story-3")
    expect(plain.get_by_role("heading", level=1)).to_have_text("How the ferry found its way home, number 3")

    plain.get_by_role("region", name="Check Out Our Other Content").get_by_role("link").first.click()
    expect(plain).to_have_url(re.compile(r"/a/story-\d+$"))
    plain.get_by_role("list", name="Tags of this story").get_by_role("link").first.click()

    expect(plain).to_have_url(re.compile(r"/\?tag="))
    expect(rows(plain).first).to_be_visible()


def test_a7_without_scripts_the_next_page_is_a_page(plain: Page) -> None:
    plain.goto("/")

    plain.get_by_role("link", name="More stories").click()

    expect(plain).to_have_url(re.compile(r"/\?after="))
    expect(rows(plain).first).to_have_attribute("aria-posinset", str(PAGE + 1))
    plain.get_by_role("link", name="From the top of the list").click()
    expect(rows(plain).first).to_have_attribute("aria-posinset", "1")


def test_a7_without_scripts_boxes_are_applied_by_a_button(plain: Page) -> None:
    plain.goto("/")
    plain.locator("#chip-tag-sea").check()
    plain.locator("#chip-tag-ice").check()

    plain.get_by_role("button", name="Apply").click()

    expect(plain).to_have_url(re.compile(r"/\?tag=(sea&tag=ice|ice&tag=sea)$"))
    expect(plain.locator("#chip-tag-sea")).to_be_checked()
    plain.locator("#chip-tag-ice").uncheck()
    plain.get_by_role("button", name="Apply").click()
    expect(plain).to_have_url(re.compile(r"/\?tag=sea$"))


def test_a7_without_scripts_search_answers(plain: Page) -> None:
    plain.goto("/")
    plain.locator(".find summary").click()
    plain.get_by_role("searchbox").fill("ferry")

    plain.get_by_role("searchbox").press("Enter")

    expect(plain).to_have_url(re.compile(r"/\?q=ferry$"))
    expect(rows(plain)).to_have_count(PAGE)
    expect(plain.locator("mark").first).to_be_visible()


def test_a7_without_scripts_the_footer_leads_everywhere(plain: Page) -> None:
    for name, heading in (("All tags", "All tags"), ("Most popular", "Most Popular"), ("About", "About")):
        plain.goto("/")
        plain.get_by_role("contentinfo").get_by_role("link", name=name).click()
        expect(plain.get_by_role("heading", level=1)).to_contain_text(heading)


def test_a7_with_htmx_blocked_links_and_boxes_load_pages(browse: Browse, watch: Watch, site: Site) -> None:
    watch.expect_trouble(r"htmx\.min.*ERR_FAILED", "ERR_FAILED", r"hx-preload|htmx is not defined")
    page = browse()
    page.route("**/htmx.min*.js", lambda route: route.abort())
    page.goto("/")

    link_of(page, 3).click()
    expect(page).to_have_url(f"{site.address}/a/story-2")
    page.get_by_role("link", name="All stories").click()
    expect(page).to_have_url(f"{site.address}/")
    page.locator("#chip-tag-sea").check()
    expect(page).to_have_url(re.compile(r"/\?tag=sea$"))
    page.get_by_role("link", name="More stories").click()

    expect(page).to_have_url(re.compile(r"tag=sea&after="))


def test_b7_a_plain_load_and_back_is_exact_without_the_browsers_page_cache(page: Page) -> None:
    page.goto("/")
    load_pages(page, 3)
    row = rows(page).nth(49)
    to_middle(row)
    place = top_of(row)

    page.get_by_role("contentinfo").get_by_role("link", name="About").evaluate("link => link.click()")
    expect(page.get_by_role("heading", level=1, name="About")).to_be_visible()
    page.go_back()

    expect(rows(page)).to_have_count(3 * PAGE)
    assert abs(top_of(row) - place) <= 1


def test_b7_a_plain_load_and_back_is_exact_from_the_browsers_page_cache(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    watch: Watch,
    base_url: str,
) -> None:
    cached = browser_type.launch(
        **browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"]
    )
    try:
        context = cached.new_context(base_url=base_url, **browser_context_args)
        watch.over(context, base_url)
        page = context.new_page()
        page.goto("/")
        page.evaluate("() => { addEventListener('pageshow', (event) => (window.kept = event.persisted)); }")
        load_pages(page, 3)
        row = rows(page).nth(49)
        to_middle(row)
        place = top_of(row)

        page.get_by_role("contentinfo").get_by_role("link", name="About").evaluate("link => link.click()")
        expect(page.get_by_role("heading", level=1, name="About")).to_be_visible()
        page.evaluate("history.back()")
        page.wait_for_function("() => window.kept === true")

        assert rows(page).count() == 3 * PAGE
        assert abs(top_of(row) - place) <= 1
    finally:
        cached.close()


def test_b7_no_page_forbids_keeping_it_or_listens_for_its_end(page: Page) -> None:
    page.add_init_script(
        """window.ends = [];
        const add = EventTarget.prototype.addEventListener;
        EventTarget.prototype.addEventListener = function (name, ...rest) {
          if (name === "unload" || name === "beforeunload") window.ends.push(name);
          return add.call(this, name, ...rest);
        };"""
    )
    for address in ("/", "/a/story-1", "/tags", "/?q=ferry"):
        answer = page.goto(address)

        assert answer is not None
        assert "no-store" not in answer.headers["cache-control"]
        assert page.evaluate("window.ends") == []
