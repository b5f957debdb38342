"""What a reader sets, what is counted, and times at a tap."""

from playwright.sync_api import Page, Request, expect

from browser.conftest import Browse
from browser.steps import link_of, rows, story_title

DARK = "rgb(22, 21, 18)"
LIGHT = "rgb(251, 250, 246)"
PAPER = "() => getComputedStyle(document.body).backgroundColor"


def open_settings(page: Page) -> None:
    page.get_by_role("button", name="Reading settings").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_d1_light_follows_the_device_and_then_the_choice(browse: Browse) -> None:
    page = browse(color_scheme="dark")
    page.goto("/")
    assert page.evaluate(PAPER) == DARK

    open_settings(page)
    page.get_by_role("radio", name="Day").check()
    assert page.evaluate(PAPER) == LIGHT
    page.get_by_role("radio", name="As the device").check()
    assert page.evaluate(PAPER) == DARK


def test_d1_the_chosen_light_is_there_before_anything_is_painted(browse: Browse) -> None:
    page = browse(color_scheme="light")
    page.goto("/")
    open_settings(page)
    page.get_by_role("radio", name="Night").check()
    # The first moment at which there is a body to paint.
    page.add_init_script(
        """new MutationObserver((_, observer) => {
          if (!document.body) return;
          observer.disconnect();
          window.first = getComputedStyle(document.body).backgroundColor;
        }).observe(document, { childList: true, subtree: true });"""
    )

    page.goto("/a/story-3")

    assert page.evaluate("window.first") == DARK
    open_settings(page)
    expect(page.get_by_role("radio", name="Night")).to_be_checked()


def test_settings_are_kept_and_can_be_taken_back(page: Page) -> None:
    page.goto("/")
    open_settings(page)
    for name in ("Load more stories", "Single-letter keys"):
        page.get_by_role("checkbox", name=name).uncheck()
    page.reload()

    open_settings(page)
    for name in ("Load more stories", "Single-letter keys"):
        expect(page.get_by_role("checkbox", name=name)).not_to_be_checked()
        page.get_by_role("checkbox", name=name).check()

    assert page.evaluate("() => ({ ...localStorage })") == {}


def test_settings_work_where_the_browser_keeps_nothing(browse: Browse) -> None:
    page = browse()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    page.goto("/")

    open_settings(page)
    page.get_by_role("radio", name="Night").check()

    assert page.evaluate(PAPER) == DARK


def test_escape_closes_the_settings_and_not_the_story(page: Page) -> None:
    page.goto("/")
    link_of(page, 2).click()
    expect(story_title(page)).to_be_focused()
    open_settings(page)

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(story_title(page)).to_be_visible()


def test_a_story_counts_as_read_after_five_seconds_and_once(page: Page) -> None:
    counted: list[Request] = []
    page.on("request", lambda request: counted.append(request) if request.method == "POST" else None)
    page.clock.install()
    page.goto("/")
    link_of(page, 7).click()
    expect(story_title(page)).to_be_focused()
    page.clock.fast_forward(4_000)
    assert counted == []

    with page.expect_response("**/views/*") as answer:
        page.clock.fast_forward(1_500)
    page.go_back()
    expect(link_of(page, 7)).to_be_focused()
    page.go_forward()
    expect(story_title(page)).to_be_focused()
    page.clock.fast_forward(10_000)

    assert answer.value.status == 204
    assert [request.url.rpartition("/")[2] for request in counted] == ["7"]


def test_a_story_that_is_left_early_does_not_count(page: Page) -> None:
    counted: list[Request] = []
    page.on("request", lambda request: counted.append(request) if request.method == "POST" else None)
    page.clock.install()
    page.goto("/")
    link_of(page, 7).click()
    expect(story_title(page)).to_be_focused()
    page.clock.fast_forward(3_000)
    page.go_back()
    expect(link_of(page, 7)).to_be_focused()

    page.clock.fast_forward(10_000)
    page.evaluate("() => fetch('/healthz')")

    assert counted == []


def test_a_tap_on_a_time_shows_the_exact_one_and_opens_nothing(page: Page) -> None:
    page.goto("/")
    time = rows(page).nth(3).locator("time")
    words, exact = time.inner_text(), time.get_attribute("title") or ""

    time.click()
    expect(time).to_have_text(exact)
    time.click()

    expect(time).to_have_text(words)
    expect(page.locator("#listing")).to_be_visible()
