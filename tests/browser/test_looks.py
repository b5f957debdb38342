"""Sizes, contrast, narrow windows, large text, less motion (C9, C11, C12, D1)."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Browse
from browser.steps import link_of, load_pages, rest, story_title

PHONE: dict[str, Any] = {"viewport": {"width": 412, "height": 915}, "has_touch": True, "is_mobile": True}
ADDRESSES = [
    "/",
    "/a/story-3",
    "/a/story-26",
    "/?tag=light&not=rail",
    "/?q=ferry",
    "/tags",
    "/popular",
    "/about",
]

# A link over a whole card is as large as its card; a link inside a sentence may be as low as its line.
SMALL = """(smallest) => [...document.querySelectorAll("a, button, summary, input, label")]
  .filter((each) => each.checkVisibility() && !each.matches(".hidden"))
  .filter((each) => !each.closest(".skip, .body, p.stand, .nothing p"))
  .map((each) => {
    const card = each.matches(":is(h2, h3) a") && each.closest(".row, .lead, .strip li, .cards li, .rank li");
    const label = each.matches("input") && each.closest("label");
    const { width, height } = (card || label || each).getBoundingClientRect();
    return { name: each.outerHTML.slice(0, 120), width, height };
  })
  .filter(({ width, height }) => Math.min(width, height) < smallest - 0.5)"""

SIDEWAYS = """() => {
  const wide = [...document.querySelectorAll("body *")].filter((each) =>
    each.checkVisibility() && !each.closest(".bar, pre, table, .skip, .hidden, .status") &&
    each.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  return { page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
           wide: wide.map((each) => each.outerHTML.slice(0, 100)) };
}"""

CUT = """() => [...document.querySelectorAll("h1, h2, h3, p, a, li, button, summary, label, figcaption")]
  .filter((each) => each.checkVisibility() && !each.matches(".row .teaser"))
  .filter((each) => !each.closest(".hidden, .status, .skip, .bar"))
  .filter((each) => {
    const style = getComputedStyle(each);
    const hides = (value) => value === "hidden" || value === "clip";
    return (hides(style.overflowX) && each.scrollWidth > each.clientWidth + 1) ||
           (hides(style.overflowY) && each.scrollHeight > each.clientHeight + 1);
  })
  .map((each) => each.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("address", ADDRESSES)
def test_c9_everything_to_press_is_large_enough(browse: Browse, address: str) -> None:
    for options in ({}, PHONE):
        page = browse(**options)

        page.goto(address)

        assert page.evaluate(SMALL, 24) == []


def height(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None, "it is not shown"
    return box["height"]


def test_c9_what_matters_most_is_large_for_a_finger(browse: Browse) -> None:
    page = browse(**PHONE)
    page.goto("/")
    for target in ("#more-link", ".find summary", ".script", ".chip"):
        assert height(page.locator(target).first) >= 44
    page.locator(".find summary").click()
    for target in ("#q", ".find button"):
        assert height(page.locator(target)) >= 44
    page.goto("/a/story-3")
    assert height(page.locator(".close")) >= 44


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_c9_text_and_focus_stand_out(browse: Browse, scheme: str) -> None:
    page = browse(color_scheme=scheme)
    page.goto("/a/story-3")
    paper = colour(page, "body", "backgroundColor")

    assert contrast(colour(page, ".body p", "color"), paper) >= 7
    for selector in (".meta", ".label a", ".why", "figcaption", ".index b", ".body a"):
        assert contrast(colour(page, selector, "color"), paper) >= 4.5, selector
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate(
        """() => {
          const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
          return [outlineStyle, outlineWidth, outlineColor];
        }"""
    )
    assert outline[:2] == ["solid", "3px"]
    assert contrast(numbers(outline[2]), paper) >= 3


def colour(page: Page, selector: str, name: str) -> list[float]:
    text: str = page.locator(selector).first.evaluate("(each, name) => getComputedStyle(each)[name]", name)
    return numbers(text)


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"[\d.]+", text)[:3]]


def contrast(one: list[float], other: list[float]) -> float:
    """The contrast ratio of two colours, each as red, green and blue from 0 to 255 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb: list[float]) -> float:
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("address", [*ADDRESSES, "/?q=zeppelin"])
@pytest.mark.parametrize("window", ["320x256", "200% text", "200% text on a phone", "spaced text"])
def test_c11_nothing_is_lost_in_a_small_window_or_with_large_or_spaced_text(
    browse: Browse, address: str, window: str
) -> None:
    size = {"320x256": (320, 256), "200% text on a phone": (412, 915)}.get(window, (1280, 900))
    page = browse(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    if "200%" in window:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    if window == "spaced text":
        page.evaluate(
            """() => {
              const sheet = new CSSStyleSheet();
              sheet.replaceSync(`
                * { letter-spacing: .12em !important; word-spacing: .16em !important; }
                * { line-height: 1.5 !important; }
                p { margin-block-end: 2em !important; }`);
              document.adoptedStyleSheets.push(sheet);
            }"""
        )
    rest(page)

    found = page.evaluate(SIDEWAYS)

    assert found["page"] <= 0, found
    assert found["wide"] == []
    assert page.evaluate(CUT) == []


def test_c11_a_story_can_be_opened_and_closed_in_a_small_window(browse: Browse) -> None:
    page = browse(viewport={"width": 320, "height": 256})
    page.goto("/")
    load_pages(page, 2)
    link_of(page, 25).click()
    expect(story_title(page)).to_be_in_viewport()

    page.keyboard.press("Escape")

    expect(link_of(page, 25)).to_be_in_viewport()


def test_c12_nothing_moves_by_itself(browse: Browse) -> None:
    for address in ("/", "/a/story-3", "/tags"):
        page = browse(reduced_motion="reduce")
        page.goto(address)

        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((each) => {
              const style = getComputedStyle(each);
              return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0 ||
                     style.scrollBehavior === "smooth";
            }).map((each) => each.outerHTML.slice(0, 100))"""
        )

        assert moving == []
        assert page.evaluate("htmx.config.transitions") is False


@pytest.mark.parametrize("width", [412, 768, 1280, 1920])
def test_d1_a_story_is_set_for_reading(browse: Browse, width: int) -> None:
    page = browse(viewport={"width": width, "height": 900})
    page.goto("/a/story-3")

    found = page.locator(".body p").first.evaluate(
        """p => {
          const style = getComputedStyle(p);
          const range = document.createRange();
          range.selectNodeContents(p);
          const lines = new Set([...range.getClientRects()].map((each) => Math.round(each.top))).size;
          return { size: parseFloat(style.fontSize), line: parseFloat(style.lineHeight),
                   measure: p.textContent.length / lines };
        }"""
    )

    assert 17 <= found["size"] <= 20
    assert 1.6 <= found["line"] / found["size"] <= 1.65
    assert found["measure"] <= 70
    heading = page.locator("#story-title").evaluate(
        "h => parseFloat(getComputedStyle(h).lineHeight) / parseFloat(getComputedStyle(h).fontSize)"
    )
    assert heading == pytest.approx(1.15, abs=0.01)


def test_d1_print_shows_title_source_date_text_and_address_only(page: Page) -> None:
    page.goto("/a/story-3")
    page.emulate_media(media="print")

    for shown in ("#story-title", ".by", ".body"):
        expect(page.locator(shown)).to_be_visible()
    for left_out in (".mast", ".close", ".tags", ".after", "#footer", ".picture"):
        expect(page.locator(left_out)).to_be_hidden()
    address = page.locator(".by .out").evaluate("a => getComputedStyle(a, '::after').content")
    assert "https://source.example/3" in address
