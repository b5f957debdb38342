"""Choosing tags and searching (B8–B10, C3)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Browse
from browser.site import PAGE, Site, running_site
from browser.steps import (
    history_length,
    is_same_document,
    link_of,
    mark_document,
    requests_of,
    rest,
    rows,
    story_title,
    to_bottom,
)
from browser.watch import Watch


def search(page: Page, words: str) -> None:
    page.locator(".find summary").click()
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("searchbox").press("Enter")


def test_b8_each_box_changes_list_and_address_and_keeps_the_focus(page: Page, site: Site) -> None:
    page.goto("/")
    mark_document(page)
    before = history_length(page)

    page.locator("#chip-tag-sea").check()
    expect(page).to_have_url(f"{site.address}/?tag=sea")
    expect(page.locator("#chip-tag-sea")).to_be_focused()
    page.locator("#chip-tag-light").check()
    expect(page).to_have_url(f"{site.address}/?tag=light&tag=sea")

    expect(page.locator("#chip-tag-light")).to_be_focused()
    expect(page).to_have_title("Stories on Light and Sea · The Test Paper")
    assert history_length(page) == before + 2
    assert is_same_document(page)


def test_b8_back_and_forward_bring_address_boxes_and_list(page: Page, site: Site) -> None:
    page.goto("/")
    everything = rows(page).nth(1).inner_text()
    page.locator("#chip-tag-light").check()
    expect(page).to_have_url(f"{site.address}/?tag=light")
    filtered = rows(page).nth(1).inner_text()
    assert filtered != everything

    page.go_back()
    expect(page.locator("#chip-tag-light")).not_to_be_checked()
    expect(page).to_have_url(f"{site.address}/")
    expect(rows(page).nth(1)).to_have_text(everything, use_inner_text=True)
    page.go_forward()

    expect(page.locator("#chip-tag-light")).to_be_checked()
    expect(page).to_have_url(f"{site.address}/?tag=light")
    expect(rows(page).nth(1)).to_have_text(filtered, use_inner_text=True)


def test_b8_tags_are_taken_out_one_by_one_and_all_at_once(page: Page, site: Site) -> None:
    page.goto("/?tag=light&tag=sea&not=rail")

    page.locator("#chip-not-rail").click()
    expect(page).to_have_url(f"{site.address}/?tag=light&tag=sea")
    page.locator("#chip-tag-sea").click()
    expect(page).to_have_url(f"{site.address}/?tag=light")
    page.get_by_role("form", name="Filter by tag").get_by_role("link", name=re.compile("^All ")).first.click()

    expect(page).to_have_url(f"{site.address}/")


def test_b8_of_changes_in_haste_the_last_one_wins(page: Page, watch: Watch, site: Site) -> None:
    watch.allow_trouble("ERR_ABORTED")
    page.goto("/")
    before = history_length(page)

    page.evaluate(
        """() => {
          for (const tag of ["sea", "light", "sea"]) document.querySelector(`#chip-tag-${tag}`).click();
        }"""
    )

    expect(page).to_have_url(f"{site.address}/?tag=light")
    expect(page.locator("#chip-tag-light")).to_be_checked()
    expect(page.locator("#chip-tag-sea")).not_to_be_checked()
    assert history_length(page) == before + 1


def test_b8_a_chosen_list_grows_and_returns_like_any_other(page: Page, site: Site) -> None:
    page.goto("/")
    page.locator("#chip-tag-sea").check()
    expect(page).to_have_url(f"{site.address}/?tag=sea")
    to_bottom(page)
    expect(rows(page)).to_have_count(2 * PAGE)
    link_of(page, 30).click()
    expect(story_title(page)).to_be_focused()

    with requests_of(page) as seen:
        page.go_back()
        expect(link_of(page, 30)).to_be_focused()

    expect(page).to_have_url(re.compile(r"/\?tag=sea&through="))
    assert seen == []


def test_b9_search_finds_says_so_and_keeps_the_words_after_back(page: Page, site: Site) -> None:
    page.goto("/")
    search(page, "ferry")
    expect(page).to_have_url(f"{site.address}/?q=ferry")
    expect(page.get_by_role("status")).to_contain_text("matching “ferry”")
    link_of(page, 2).click()
    expect(story_title(page)).to_be_focused()

    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("ferry")
    page.go_back()

    expect(page).to_have_url(f"{site.address}/")
    expect(page.locator("#q")).to_have_value("")


def test_b9_a_search_for_nothing_known_says_so_in_words(page: Page) -> None:
    page.goto("/")

    search(page, "zeppelin")

    expect(page.get_by_text("No story matching “zeppelin”.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("0 stories matching “zeppelin”")
    page.get_by_role("link", name=re.compile("^All 134 stories")).click()
    expect(rows(page)).to_have_count(PAGE)


def test_b9_search_from_a_story_and_from_another_page_leads_to_the_list(page: Page, site: Site) -> None:
    for start in ("/a/story-3", "/tags"):
        page.goto(start)

        search(page, "ferry")
        expect(page).to_have_url(f"{site.address}/?q=ferry")
        expect(rows(page)).to_have_count(PAGE)
        page.go_back()

        expect(page).to_have_url(site.address + start)
        expect(page.locator("#listing")).to_be_hidden()
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_c3_the_status_says_how_many_came_and_how_many_there_are(page: Page) -> None:
    page.goto("/")
    status = page.get_by_role("status")
    expect(status).to_be_attached()
    assert page.locator("[aria-live], [role=status], [role=alert], [role=log]").count() == 1

    to_bottom(page)
    expect(status).to_have_text(re.compile(r"^20 more stories, \d+ of 134 shown\.$"))
    page.locator("#chip-tag-sea").evaluate("box => box.click()")

    expect(status).to_have_text(re.compile(r"^\d+ stories on Sea$"))


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A small site that the test may change."""
    with running_site(tmp_path, stories=50) as site:
        yield site


def test_b10_stories_that_arrive_meanwhile_shift_nothing(own_site: Site, browse: Browse) -> None:
    page = browse(base_url=own_site.address)
    page.goto("/")
    for n in range(7):
        own_site.make_story(f"Just in {n}", slug=f"just-in-{n}", published_at=datetime.now(UTC))

    to_bottom(page)
    expect(rows(page)).to_have_count(2 * PAGE)
    titles = rows(page).locator("h3").all_inner_texts()
    assert len(set(titles)) == 2 * PAGE
    assert not any("Just in" in title for title in titles)

    page.reload()
    assert rows(page).count() == 2 * PAGE + 7
    assert len(set(rows(page).locator("h3").all_inner_texts())) == 2 * PAGE + 7


def test_suggestions_come_while_typing_and_are_reached_by_the_keyboard(page: Page, site: Site) -> None:
    page.goto("/")
    mark_document(page)
    page.locator(".find summary").click()
    box, offers = page.get_by_role("searchbox"), page.get_by_role("group", name="Suggestions")

    box.press_sequentially("se")
    expect(offers.get_by_role("link", name=re.compile("Sea"))).to_be_visible()
    box.press("ArrowDown")
    expect(offers.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_focused()
    expect(offers.get_by_role("link")).to_have_count(0)
    box.press("End")
    box.press_sequentially("a")
    offers.get_by_role("link", name=re.compile("Sea")).click()

    expect(page).to_have_url(f"{site.address}/?tag=sea")
    expect(offers.get_by_role("link")).to_have_count(0)
    assert is_same_document(page)


def test_a_suggested_title_opens_its_story(page: Page) -> None:
    page.goto("/")
    mark_document(page)
    page.locator(".find summary").click()

    page.get_by_role("searchbox").press_sequentially("how fer num")
    offer = page.get_by_role("group", name="Suggestions").get_by_role("link").first
    title = offer.inner_text()
    offer.press("Enter")

    expect(story_title(page)).to_have_text(title)
    assert is_same_document(page)


def test_a_search_in_haste_is_not_followed_by_suggestions(page: Page, site: Site) -> None:
    page.goto("/")
    page.locator(".find summary").click()

    with page.expect_response(lambda answer: "/partials/suggestions" in answer.url):
        page.get_by_role("searchbox").fill("ferry")
        page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(f"{site.address}/?q=ferry")
    rest(page)

    expect(page.get_by_role("group", name="Suggestions").get_by_role("link")).to_have_count(0)


def test_a_misspelt_search_is_one_step_from_the_right_one(page: Page, site: Site) -> None:
    page.goto("/")
    search(page, "ferrry")

    page.get_by_role("link", name="ferry", exact=True).click()

    expect(page).to_have_url(f"{site.address}/?q=ferry")
    expect(page.get_by_role("searchbox")).to_have_value("ferry")
