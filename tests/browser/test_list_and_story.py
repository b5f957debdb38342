"""The list and a story as two views of one document (B1–B6, B10, B11)."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Browse
from browser.site import PAGE, STORIES, Site
from browser.steps import (
    history_length,
    is_same_document,
    link_of,
    load_pages,
    mark_document,
    requests_of,
    rest,
    rows,
    story_title,
    to_bottom,
    to_middle,
    top_of,
)
from browser.watch import Watch

NO_NAVIGATION = "Object.defineProperty(window, 'navigation', { value: undefined })"


def test_b1_appending_replaces_the_address_by_the_loaded_extent(page: Page) -> None:
    page.goto("/?tag=sea")
    before = history_length(page)

    to_bottom(page)

    expect(page).to_have_url(re.compile(r"/\?tag=sea&through=[\w-]+$"))
    assert history_length(page) == before


def test_b1_the_extent_in_the_address_brings_the_same_rows_back(page: Page) -> None:
    page.goto("/")
    load_pages(page, 3)
    ids = rows(page).evaluate_all("rows => rows.map((row) => row.id)")

    page.reload()

    assert rows(page).evaluate_all("rows => rows.map((row) => row.id)") == ids


def test_b2_a_story_opens_beside_the_list_that_stays(page: Page, site: Site) -> None:
    page.goto("/")
    mark_document(page)
    before = history_length(page)

    link_of(page, 5).click()

    expect(story_title(page)).to_have_text("How the ferry found its way home, number 4")
    expect(page).to_have_url(f"{site.address}/a/story-4")
    expect(page).to_have_title("How the ferry found its way home, number 4 · The Test Paper")
    expect(page.locator("#listing")).to_be_hidden()
    expect(rows(page)).to_have_count(PAGE)
    assert history_length(page) == before + 1
    assert is_same_document(page)


@pytest.mark.parametrize("way", ["back", "back without navigation", "close", "escape"])
def test_b3_five_pages_down_and_back_from_a_story_everything_is_as_it_was(page: Page, way: str) -> None:
    if way == "back without navigation":
        page.add_init_script(NO_NAVIGATION)
    page.goto("/")
    load_pages(page, 5)
    row = rows(page).nth(84)
    to_middle(row)
    place, title, address, length = top_of(row), page.title(), page.url, history_length(page)
    link_of(page, 85).click()
    expect(story_title(page)).to_be_focused()

    with requests_of(page) as seen:
        match way:
            case "back" | "back without navigation":
                page.go_back()
            case "close":
                page.get_by_role("link", name="Back to the list").click()
            case "escape":
                page.keyboard.press("Escape")
        expect(link_of(page, 85)).to_be_focused()
        rest(page)

    assert rows(page).count() == 100
    assert abs(top_of(row) - place) <= 1
    assert seen == []
    assert (page.title(), page.url, history_length(page)) == (title, address, length + 1)


def test_b3_back_is_quick(page: Page) -> None:
    page.goto("/")
    load_pages(page, 5)
    link_of(page, 85).click()
    expect(story_title(page)).to_be_focused()

    took = page.evaluate(
        """() => new Promise((done) => {
          const start = performance.now();
          new MutationObserver(() => done(performance.now() - start))
            .observe(document.querySelector("#listing"), { attributes: true });
          history.back();
        })"""
    )

    assert took < 500  # loose: the budget of 100 ms is for a machine that does nothing else


def test_b4_forward_opens_the_story_again_without_asking(page: Page) -> None:
    page.goto("/")
    link_of(page, 3).click()
    expect(story_title(page)).to_be_focused()
    page.go_back()
    expect(link_of(page, 3)).to_be_focused()

    with requests_of(page) as seen:
        page.go_forward()
        expect(story_title(page)).to_be_focused()

    assert page.url.endswith("/a/story-2")
    assert seen == []


@pytest.mark.parametrize("navigation", ["with", "without"])
def test_b4_twelve_fast_steps_end_in_agreement(
    browse: Browse, watch: Watch, site: Site, navigation: str
) -> None:
    watch.allow_trouble("ERR_ABORTED")
    page = browse()
    if navigation == "without":
        page.add_init_script(NO_NAVIGATION)
    page.goto("/")
    for _ in range(3):  # so many places that the seven steps backward alone would stay on the site
        page.locator("#chip-tag-sea").check()
        expect(page).to_have_url(re.compile("tag=sea"))
        page.locator("#chip-tag-sea").uncheck()
        expect(page).not_to_have_url(re.compile("tag=sea"))
    page.locator("#chip-tag-sea").check()
    expect(page).to_have_url(re.compile("tag=sea"))
    link_of(page, 2).click()
    expect(story_title(page)).to_be_focused()
    related = page.locator(".cards a").first
    name = related.inner_text()
    related.click()
    expect(story_title(page)).to_have_text(name)

    # Each before the last has come to rest; which of them the browser takes is its own affair.
    page.evaluate(
        """async () => {
          for (const step of [-1, -1, 1, -1, -1, 1, 1, 1, -1, -1, 1, -1]) {
            history.go(step);
            await new Promise((next) => setTimeout(next, 8));
          }
          for (let still = 0, seen = ""; still < 30; still = seen === location.href ? still + 1 : 0) {
            seen = location.href;
            await new Promise(requestAnimationFrame);
          }
        }"""
    )

    address = page.url.removeprefix(site.address)
    if address.startswith("/a/"):
        expect(page.locator("#listing")).to_be_hidden()
        expect(
            page.locator(f'#story [data-views="/views/{int(address.removeprefix("/a/story-")) + 1}"]')
        ).to_be_visible()
        expect(page).to_have_title(f"{story_title(page).inner_text()} · The Test Paper")
    else:
        expect(page.locator("#story")).to_be_hidden()
        expect(page.locator("#chip-tag-sea")).to_be_checked(checked="tag=sea" in address)
        expect(page).to_have_title(
            "Stories on Sea · The Test Paper" if "tag=sea" in address else "The Test Paper"
        )


@pytest.mark.parametrize("navigation", ["with", "without"])
def test_b5_a_reloaded_story_stands_at_its_top_and_leads_back_to_the_place_in_the_list(
    browse: Browse, navigation: str
) -> None:
    page = browse()
    if navigation == "without":
        page.add_init_script(NO_NAVIGATION)
    page.goto("/")
    load_pages(page, 3)
    row = rows(page).nth(44)
    to_middle(row)
    place = top_of(row)
    link_of(page, 45).click()
    expect(story_title(page)).to_be_focused()
    page.mouse.wheel(0, 500)
    page.wait_for_function("() => history.state?.y > 400")

    page.reload()
    assert page.evaluate("scrollY") == 0
    expect(story_title(page)).to_be_visible()
    page.go_back()

    expect(rows(page)).to_have_count(3 * PAGE)
    expect(row).to_be_in_viewport()
    assert abs(top_of(row) - place) <= 1


def test_b5_our_notes_in_history_leave_those_of_htmx_alone(page: Page) -> None:
    page.goto("/")
    link_of(page, 1).click()
    expect(story_title(page)).to_be_focused()

    page.mouse.wheel(0, 300)
    page.wait_for_function("() => history.state?.y > 200")

    assert page.evaluate("history.state.htmx") is True


def test_b6_a_double_click_opens_once(page: Page) -> None:
    page.goto("/")
    before = history_length(page)

    with requests_of(page) as seen:
        link_of(page, 1).dblclick()
        expect(story_title(page)).to_be_focused()
        rest(page)

    assert len([address for address in seen if "/partials/" in address]) == 1
    assert history_length(page) == before + 1


def test_b6_the_second_click_of_a_double_click_does_not_press_what_the_first_one_brought(page: Page) -> None:
    page.goto("/")
    link_of(page, 1).click()
    expect(story_title(page)).to_be_focused()
    box = page.locator("#story .label a").bounding_box()
    assert box

    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    rest(page)

    assert page.url.endswith("/a/story-0")
    expect(story_title(page)).to_be_visible()


def test_of_two_stories_opened_in_haste_the_last_one_stays(page: Page, site: Site) -> None:
    page.goto("/")

    rows(page).evaluate_all(
        "rows => { rows[1].querySelector('a').click(); rows[2].querySelector('a').click(); }"
    )

    expect(page).to_have_url(f"{site.address}/a/story-2")
    expect(story_title(page)).to_have_text("How the ferry found its way home, number 2")
    page.go_back()
    expect(link_of(page, 3)).to_be_focused()
    expect(page).to_have_url(f"{site.address}/")


def test_a_story_that_comes_after_the_reader_has_gone_elsewhere_is_dropped(page: Page, site: Site) -> None:
    page.goto("/")
    page.locator("#chip-tag-sea").check()
    expect(page).to_have_url(f"{site.address}/?tag=sea")
    waiting = []
    page.route("**/partials/a/*", lambda route: waiting.append(route))
    link_of(page, 1).click()
    expect(page.locator("#progress")).to_have_class(re.compile("htmx-request"))

    page.go_back()
    expect(page).to_have_url(f"{site.address}/")
    for route in waiting:
        route.continue_()
    expect(page.locator("#progress")).not_to_have_class(re.compile("htmx-request"))

    expect(page).to_have_url(f"{site.address}/")
    expect(page.locator("#listing")).to_be_visible()


def test_b10_no_story_stands_in_the_list_twice(page: Page) -> None:
    page.goto("/")
    load_pages(page, 4)
    link_of(page, 70).click()
    expect(story_title(page)).to_be_focused()
    page.go_back()
    expect(link_of(page, 70)).to_be_focused()
    while page.locator("#more-link").count():
        page.locator("#more-link").click()
        expect(page.locator("#feed")).to_have_attribute("aria-busy", "false")

    ids = rows(page).evaluate_all("rows => rows.map((row) => row.id)")

    assert len(ids) == STORIES
    assert len(set(ids)) == STORIES


def test_b11_related_and_popular_stories_open_like_any_other(page: Page) -> None:
    page.goto("/")
    mark_document(page)
    link_of(page, 4).click()
    for panel in ("Check Out Our Other Content", "Most Popular Articles"):
        expect(page.locator("#story").get_by_role("heading", name=panel)).to_be_visible()
        link = page.locator("#story").get_by_role("region", name=panel).get_by_role("link").nth(1)
        name = link.inner_text()

        link.click()

        expect(story_title(page)).to_have_text(name)
        expect(story_title(page)).to_be_focused()
    assert is_same_document(page)


def test_closing_a_chain_of_stories_leads_to_the_list_at_once(page: Page, site: Site) -> None:
    page.goto("/")
    link_of(page, 4).click()
    for _ in range(2):
        link = page.locator("#story .cards a").first
        name = link.inner_text()
        link.click()
        expect(story_title(page)).to_have_text(name)

    page.get_by_role("link", name="Back to the list").click()

    expect(page).to_have_url(f"{site.address}/")
    expect(link_of(page, 4)).to_be_focused()
