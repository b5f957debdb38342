"""No violation that axe knows, on any kind of page, in any light (C10)."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Browse
from browser.steps import link_of, load_pages, story_title
from browser.watch import Watch

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PAGES = {
    "front": "/",
    "story": "/a/story-3",
    "story in Arabic": "/a/story-26",
    "filtered": "/?tag=light&not=rail",
    "search": "/?q=ferry",
    "tags": "/tags",
    "popular": "/popular",
    "edition": "/editions/2026-01-01",
    "about": "/about",
    "for other sites": "/embed?tag=sea&show=any",
    "empty": "/?q=zeppelin",
    "missing": "/a/nobody-wrote-this",
    "refused": "/?after=zzz",
    "offline": "/offline",
}
STATUS = {"missing": 404, "refused": 400}
LIGHTS: dict[str, dict[str, Any]] = {
    "forced colours": {"forced_colors": "active"},
    "less motion": {"reduced_motion": "reduce"},
    "more contrast": {"contrast": "more"},
    "more contrast, dark": {"contrast": "more", "color_scheme": "dark"},
    "phone": {"viewport": {"width": 412, "height": 915}, "has_touch": True, "is_mobile": True},
}


def violations(page: Page) -> list[str]:
    """What axe finds, one line a place."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, { runOnly: tags })", RULES)
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_c10_axe_finds_nothing(browse: Browse, watch: Watch, name: str, scheme: str) -> None:
    if name in STATUS:
        watch.expect_trouble(f"status {STATUS[name]}", "console error")
    page = browse(color_scheme=scheme)

    page.goto(PAGES[name])

    assert violations(page) == []


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("name", ["front", "story", "search", "for other sites"])
def test_c10_axe_finds_nothing_however_it_is_looked_at(browse: Browse, name: str, light: str) -> None:
    page = browse(**LIGHTS[light])

    page.goto(PAGES[name])

    assert violations(page) == []


def test_c10_axe_finds_nothing_after_the_list_has_grown_and_in_an_opened_story(page: Page) -> None:
    page.goto("/")
    load_pages(page, 3)
    assert violations(page) == []

    link_of(page, 5).click()
    expect(story_title(page)).to_be_focused()

    assert violations(page) == []


def test_c10_axe_finds_nothing_in_the_open_settings_and_the_open_search(page: Page) -> None:
    page.goto("/")
    page.locator(".find summary").click()
    page.get_by_role("button", name="Reading settings").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("width", [412, 1280])
def test_c10_axe_finds_nothing_in_an_edition_reached_by_the_date_and_the_calendar(
    browse: Browse, width: int
) -> None:
    page = browse(viewport={"width": width, "height": 900})
    page.goto("/")
    page.locator(".date a").click()
    page.locator("a[rel=prev]").first.click()

    days = page.get_by_role("table").get_by_role("link")
    days.first.focus()
    days.first.press("Enter")
    expect(page.get_by_role("table").locator("[aria-current=page]")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_c10_axe_finds_nothing_in_open_suggestions(browse: Browse, scheme: str) -> None:
    page = browse(color_scheme=scheme)
    page.goto("/?q=ferrry")

    page.get_by_role("searchbox").fill("fer")
    page.get_by_role("searchbox").press("ArrowRight")
    expect(page.get_by_role("group", name="Suggestions").get_by_role("link").first).to_be_visible()

    assert violations(page) == []
