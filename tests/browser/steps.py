"""What a reader does, in a few words each."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, Request, expect

from browser.site import PAGE

AUTOMATIC = 3  # pages that load by themselves


def rows(page: Page) -> Locator:
    return page.locator("#feed > article")


def link_of(page: Page, number: int) -> Locator:
    """The link of the row at a place in the list, from 1."""
    return rows(page).nth(number - 1).locator("h3 a")


def more(page: Page) -> Locator:
    return page.get_by_role("link", name="More stories")


def story_title(page: Page) -> Locator:
    return page.locator("#story h1")


def to_bottom(page: Page) -> None:
    """Scroll to where the list ends for now."""
    page.locator("#more").evaluate("more => more.scrollIntoView({ block: 'end' })")


def load_pages(page: Page, pages: int) -> None:
    """Have so many pages of the list in all: three more by scrolling, then by the link."""
    for loaded in range(2, pages + 1):
        if loaded <= AUTOMATIC + 1:
            to_bottom(page)
        else:
            more(page).click()
        expect(page.locator(f'[aria-posinset="{loaded * PAGE}"]')).to_be_attached()


def to_middle(row: Locator) -> None:
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")


def top_of(row: Locator) -> float:
    """Where a row stands in the window, in CSS pixels."""
    top: float = row.evaluate("row => row.getBoundingClientRect().top")
    return top


def rest(page: Page) -> None:
    """Let the page draw twice: what it does at once has been done then."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def history_length(page: Page) -> int:
    length: int = page.evaluate("history.length")
    return length


def mark_document(page: Page) -> None:
    """Leave a mark that a new load would wipe out."""
    page.evaluate("window.sameDocument = true")


def is_same_document(page: Page) -> bool:
    return bool(page.evaluate("window.sameDocument"))


@contextmanager
def requests_of(page: Page) -> Iterator[list[str]]:
    """The addresses that the page asks for meanwhile; the tab's icon is the browser's own affair."""
    seen: list[str] = []

    def note(request: Request) -> None:
        if not request.url.endswith(".svg"):
            seen.append(request.url)

    page.on("request", note)
    yield seen
    page.remove_listener("request", note)
