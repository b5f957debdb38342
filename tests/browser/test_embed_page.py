"""The page for owners of other sites: choose, look, copy."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Browse
from browser.steps import rest
from browser.test_axe import violations
from browser.test_looks import CUT, SIDEWAYS, SMALL
from browser.watch import Watch

PHONE = {"viewport": {"width": 412, "height": 915}, "has_touch": True, "is_mobile": True}


def lines(page: Page, name: str = "embed-element") -> Locator:
    return page.locator(f"#{name}")


def preview(page: Page) -> Locator:
    """The list in the preview, which waits until it is near."""
    page.locator(".preview").scroll_into_view_if_needed()
    return page.frame_locator(".preview").get_by_role("listitem")


def copy(page: Page) -> None:
    button = page.get_by_role("button", name="Copy").first
    button.scroll_into_view_if_needed()
    # Until the browser has drawn what was scrolled, it takes the place for the preview's.
    rest(page)
    rest(page)
    button.click()


def test_f1_each_choice_changes_preview_and_lines_at_once(page: Page, watch: Watch) -> None:
    watch.allow_trouble("request failed.*ERR_ABORTED")  # the last preview, before it was whole
    page.goto("/embed")
    expect(preview(page)).to_have_count(5)
    expect(lines(page)).to_contain_text('<news-tags count="5">')

    page.locator("#embed-sea").check()
    page.locator("#embed-ice").check()
    page.get_by_label("Those with all of these tags").check()
    page.get_by_label("How many").fill("3")
    page.get_by_label("How many").press("Tab")
    page.locator(".builder").get_by_label("Night").check()

    expect(lines(page)).to_contain_text('<news-tags tags="ice,sea" count="3" theme="dark">')
    expect(lines(page)).to_contain_text(re.compile('integrity="sha384-[A-Za-z0-9+/]{64}"'))
    expect(preview(page)).to_have_count(3)
    expect(page.frame_locator(".preview").get_by_role("status")).to_have_text("18 stories on Ice and Sea")
    expect(page).to_have_url(re.compile(r"/embed\?tag=ice&tag=sea&show=all&n=3&theme=dark&kind=element$"))


def test_f1_the_preview_is_on_an_origin_of_its_own(page: Page) -> None:
    page.goto("/embed")
    expect(preview(page)).to_have_count(5)

    assert page.frames[1].evaluate("origin") == "null"


def test_f1_the_address_brings_the_choice_back(page: Page) -> None:
    page.goto("/embed?tag=rail&show=any&n=2&theme=light&kind=frame")

    expect(page.locator("#embed-rail")).to_be_checked()
    expect(page.get_by_label("Those with any of these tags")).to_be_checked()
    expect(page.get_by_label("How many")).to_have_value("2")
    expect(page.locator(".builder").get_by_label("Day")).to_be_checked()
    expect(preview(page)).to_have_count(2)
    expect(lines(page, "embed-frame")).to_contain_text(
        '/embed/v1/frame?any=rail&amp;match=any&amp;n=2&amp;theme=light"'
    )
    page.reload()
    expect(preview(page)).to_have_count(2)


def test_f1_the_page_works_without_javascript(browse: Browse) -> None:
    page = browse(java_script_enabled=False)
    page.goto("/embed")

    page.locator("#embed-sea").check(force=True)
    page.get_by_label("Another tag").fill("Rail")
    page.get_by_label("Those with any of these tags").check()
    page.get_by_label("In a frame").check()
    page.get_by_role("button", name="Show").click()

    expect(page.locator("#embed-rail")).to_be_checked()
    expect(lines(page, "embed-frame")).to_contain_text('/embed/v1/frame?any=rail&amp;any=sea&amp;match=any"')
    expect(preview(page)).to_have_count(5)
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_f1_a_tag_that_does_not_exist_is_said_and_left_out(page: Page) -> None:
    page.goto("/embed?tag=sea")

    page.get_by_label("Another tag").fill("<b>Nobody</b>")
    page.get_by_label("Another tag").press("Tab")

    expect(page.get_by_role("alert")).to_contain_text("There is no tag “<b>Nobody</b>” here.")
    expect(lines(page)).to_contain_text('offer="sea"')
    expect(preview(page)).to_have_count(5)


def test_f1_the_lines_can_be_copied(browse: Browse, base_url: str) -> None:
    page = browse(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/embed?tag=sea&show=all")

    copy(page)

    expect(page.locator("#status")).to_have_text("Copied.")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(f'<script src="{base_url}/embed/v1.')
    assert text.endswith("</news-tags>")


def test_f1_without_a_clipboard_the_lines_are_marked(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto("/embed")

    copy(page)

    expect(page.locator("#status")).to_have_text("Marked, to be copied.")
    assert page.evaluate("getSelection().toString()").startswith("<script")


def test_f1_too_many_tags_leave_the_last_good_choice_and_say_so(page: Page, watch: Watch) -> None:
    watch.expect_trouble("status 400", "console error.*400")
    page.goto("/embed?show=all&tag=sea&tag=ice&tag=rail&tag=trade&tag=sport&tag=light")
    for _ in range(3):
        page.locator(".builder .chip input:not(:checked)").first.check()

    expect(page.get_by_role("alert")).to_contain_text("At most 8")
    expect(lines(page)).to_contain_text("<news-tags tags=")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("query", ["", "?tag=sea&show=any&kind=frame", "?tag=nothing"])
@pytest.mark.parametrize("width", [412, 1280])
def test_c10_axe_finds_nothing_on_the_page_for_site_owners(
    browse: Browse, scheme: str, query: str, width: int
) -> None:
    page = browse(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto("/embed" + query)
    expect(preview(page)).to_have_count(5)

    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 412, 1280])
def test_c9_c11_the_page_for_site_owners_fits_and_can_be_pressed(browse: Browse, width: int) -> None:
    page = browse(**(PHONE | {"viewport": {"width": width, "height": 900}}))
    page.goto("/embed?tag=sea")
    expect(preview(page)).to_have_count(5)

    found = page.evaluate(SIDEWAYS)

    assert found == {"page": 0, "wide": []}
    assert page.evaluate(CUT) == []
    in_sentences = page.locator(".result p > a").evaluate_all("all => all.map((each) => each.outerHTML)")
    small = [each for each in page.evaluate(SMALL, 24) if each["name"] not in in_sentences]
    assert small == []


def test_the_footer_leads_to_it(page: Page, watch: Watch) -> None:
    watch.allow_trouble("request failed.*ERR_ABORTED")
    page.goto("/")

    page.locator("#footer").get_by_role("link", name="On your site").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("On your site")
