"""The endless list for hands, keys and ears (C1, C4–C8)."""

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Browse
from browser.site import PAGE, STORIES
from browser.steps import link_of, load_pages, more, rest, rows, story_title, to_bottom, to_middle

STANDS_STILL = """async () => {
  const before = scrollY;
  await new Promise((done) => setTimeout(done, 100));
  return scrollY === before;
}"""
FOCUSED_PLACE = "() => Number(document.activeElement.getAttribute('aria-posinset'))"


def test_c1_the_feed_has_a_name_and_only_stories_in_it(page: Page) -> None:
    page.goto("/")
    load_pages(page, 2)

    found: dict[str, Any] = page.get_by_role("feed", name="Latest").evaluate(
        """feed => ({
          tags: [...new Set([...feed.children].map((each) => each.tagName))],
          outside: ["#more", "#status", "#footer"].every((each) => !feed.querySelector(each)),
          rows: [...feed.children].map((row) => ({
            tabindex: row.tabIndex,
            name: document.getElementById(row.getAttribute("aria-labelledby"))?.tagName,
            about: document.getElementById(row.getAttribute("aria-describedby"))?.className,
            place: row.ariaPosInSet,
            size: row.ariaSetSize,
            inside: row.contains(document.getElementById(row.getAttribute("aria-labelledby"))),
          })),
        })"""
    )

    assert found["tags"] == ["ARTICLE"]
    assert found["outside"]
    assert found["rows"] == [
        {
            "tabindex": 0,
            "name": "H3",
            "about": "teaser",
            "place": str(n),
            "size": str(STORIES),
            "inside": True,
        }
        for n in range(1, 2 * PAGE + 1)
    ]


def test_c4_the_list_loads_early_three_times_and_then_waits_to_be_asked(page: Page) -> None:
    page.goto("/")
    rest(page)
    expect(rows(page)).to_have_count(PAGE)
    gap = more(page).evaluate("link => link.getBoundingClientRect().top - innerHeight - 500")
    page.mouse.wheel(0, gap)  # so that the link is 500 px below the window
    expect(rows(page)).to_have_count(2 * PAGE)
    for pages in (3, 4):
        to_bottom(page)
        expect(rows(page)).to_have_count(pages * PAGE)

    to_bottom(page)
    rest(page)
    expect(more(page)).to_be_in_viewport()
    expect(more(page)).to_have_attribute("href", re.compile(r"^/\?after="))
    assert rows(page).count() == 4 * PAGE
    more(page).click()

    expect(rows(page)).to_have_count(5 * PAGE)


def test_c4_the_footer_is_reached_by_the_end_key(page: Page) -> None:
    page.goto("/")

    # A press moves smoothly, and the list grows three times on the way.
    for pages in (2, 3, 4):
        page.keyboard.press("End")
        page.wait_for_function(
            "(count) => document.querySelectorAll('#feed > *').length >= count", arg=pages * PAGE
        )
        page.wait_for_function(STANDS_STILL)
    page.keyboard.press("End")

    expect(page.get_by_role("contentinfo").get_by_role("link", name="JSON")).to_be_in_viewport()
    assert rows(page).count() == 4 * PAGE


def test_c4_the_footer_is_reached_by_tab(page: Page) -> None:
    page.goto("/")
    load_pages(page, 4)
    more(page).focus()

    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => Boolean(document.activeElement.closest('footer'))"):
            break

    expect(page.get_by_role("contentinfo").get_by_role("link", name="Front page")).to_be_focused()


def test_c4_the_footer_is_reached_by_a_skip_link_and_does_not_run_away(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the stories")).to_be_focused()
    page.keyboard.press("Tab")

    page.keyboard.press("Enter")

    expect(page.get_by_role("contentinfo")).to_be_focused()
    rest(page)
    expect(page.get_by_role("contentinfo")).to_be_in_viewport()
    assert rows(page).count() == PAGE


def test_c4_at_the_end_the_list_says_so_and_the_focus_goes_on(page: Page) -> None:
    page.goto("/")
    load_pages(page, 6)
    expect(more(page)).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.get_by_text("That is the end of the list.")).to_be_visible()
    expect(rows(page)).to_have_count(STORIES)
    expect(page.locator(f'[aria-posinset="{6 * PAGE + 1}"]')).to_be_focused()


@pytest.mark.parametrize("reason", ["setting", "data"])
def test_c5_where_it_is_not_wanted_nothing_loads_by_itself(browse: Browse, reason: str) -> None:
    page = browse()
    if reason == "setting":
        page.add_init_script("localStorage.setItem('auto', 'off')")
    else:
        page.add_init_script(
            """const ask = window.matchMedia;
            window.matchMedia = (query) =>
              query.includes("reduced-data") ? { matches: true } : ask.call(window, query);"""
        )
    page.goto("/")

    to_bottom(page)
    rest(page)
    expect(more(page)).to_be_in_viewport()
    assert rows(page).count() == PAGE
    more(page).click()

    expect(rows(page)).to_have_count(2 * PAGE)
    to_bottom(page)
    rest(page)
    assert rows(page).count() == 2 * PAGE


@pytest.mark.parametrize(("onward", "backward"), [("j", "k"), ("PageDown", "PageUp")])
def test_c6_keys_move_between_stories_and_show_them_whole(page: Page, onward: str, backward: str) -> None:
    page.goto("/")
    rows(page).first.focus()

    for place in range(2, 12):
        page.keyboard.press(onward)
        assert page.evaluate(FOCUSED_PLACE) == place
        _assert_whole(page)
    for place in range(10, 3, -1):
        page.keyboard.press(backward)
        assert page.evaluate(FOCUSED_PLACE) == place
        _assert_whole(page)


def _assert_whole(page: Page) -> None:
    shown = page.evaluate(
        """() => {
          const row = document.activeElement.getBoundingClientRect();
          const bar = document.querySelector(".bar").getBoundingClientRect();
          return row.top >= bar.bottom && row.bottom <= innerHeight;
        }"""
    )
    assert shown


def test_c6_a_first_j_goes_to_the_first_story_in_sight(page: Page) -> None:
    page.goto("/")
    to_middle(rows(page).nth(9))

    page.keyboard.press("j")

    assert 7 <= page.evaluate(FOCUSED_PLACE) <= 10


def test_c6_j_on_the_last_story_goes_to_the_link_for_more(page: Page) -> None:
    page.add_init_script("localStorage.setItem('auto', 'off')")
    page.goto("/")
    rows(page).last.focus()

    page.keyboard.press("j")

    expect(more(page)).to_be_focused()


def test_c6_control_and_end_or_home_leave_the_feed(page: Page) -> None:
    page.goto("/")
    rows(page).nth(2).focus()

    page.keyboard.press("Control+End")
    expect(page.get_by_role("contentinfo")).to_be_focused()
    rows(page).nth(2).focus()
    page.keyboard.press("Control+Home")

    expect(page.get_by_role("banner").get_by_role("link", name="The Test Paper")).to_be_focused()


def test_c6_enter_opens_and_escape_closes(page: Page) -> None:
    page.goto("/")
    rows(page).nth(2).focus()

    page.keyboard.press("Enter")
    expect(story_title(page)).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator("#listing")).to_be_visible()
    expect(link_of(page, 3)).to_be_focused()


def test_c6_letters_are_letters_in_a_field(page: Page) -> None:
    page.goto("/")
    page.locator(".find summary").click()
    page.get_by_role("searchbox").click()

    page.keyboard.type("jk")

    expect(page.get_by_role("searchbox")).to_have_value("jk")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_c6_letters_can_be_turned_off(page: Page) -> None:
    page.add_init_script("localStorage.setItem('keys', 'off')")
    page.goto("/")
    rows(page).first.focus()

    page.keyboard.press("j")
    assert page.evaluate(FOCUSED_PLACE) == 1
    page.keyboard.press("PageDown")

    assert page.evaluate(FOCUSED_PLACE) == 2


def test_c7_the_list_is_inert_while_a_story_is_open(page: Page) -> None:
    page.goto("/")
    assert page.locator("#listing").evaluate("list => list.inert") is False

    link_of(page, 3).click()
    expect(story_title(page)).to_be_focused()

    expect(story_title(page)).to_have_attribute("tabindex", "-1")
    assert page.locator("#listing").evaluate("list => list.inert") is True
    assert page.locator("#story").evaluate("story => story.inert") is False


def test_c7_more_stories_keeps_the_focus(page: Page) -> None:
    page.goto("/")
    load_pages(page, 4)
    more(page).focus()

    page.keyboard.press("Enter")

    expect(rows(page)).to_have_count(5 * PAGE)
    expect(more(page)).to_be_focused()


def test_c7_a_list_link_that_goes_away_does_not_leave_the_focus_nowhere(page: Page) -> None:
    page.goto("/?tag=sea")

    page.get_by_role("form", name="Filter by tag").get_by_role("link", name=re.compile("^All ")).first.click()

    expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.parametrize(
    "address", ["/", "/a/story-3", "/?tag=sea", "/?q=ferry", "/tags", "/popular", "/about"]
)
def test_c8_a_view_has_its_landmarks_and_its_headings_in_order(page: Page, address: str) -> None:
    page.goto(address)

    for role in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(role).count() >= 1, role
    levels = [
        int(level)
        for level in page.locator("h1, h2, h3, h4").evaluate_all(
            "all => all.filter((each) => each.checkVisibility()).map((each) => each.tagName[1])"
        )
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.locator("html").get_attribute("lang") == "en"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the stories")).to_be_focused()


def test_c8_a_story_in_another_language_says_so(page: Page) -> None:
    page.goto("/?tag=عربي")
    expect(rows(page).first).to_have_attribute("lang", "ar")
    expect(rows(page).first).to_have_attribute("dir", "rtl")

    link_of(page, 1).click()

    expect(page.locator("#story header")).to_have_attribute("lang", "ar")
    expect(page.locator("#story .body")).to_have_attribute("dir", "rtl")
