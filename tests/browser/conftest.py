"""A browser, a site to browse, and pages that fail their test when anything complains."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.host import Host, running_host
from browser.site import Site, running_site
from browser.watch import Watch

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Browse = Callable[..., Page]
Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """An installed Chromium, else Playwright's own."""
    names = filter(None, (os.environ.get("CHROMIUM"), *BROWSERS))
    found = next(filter(None, map(shutil.which, names)), None)
    return browser_type_launch_args | {"args": FLAGS} | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {
        "service_workers": "block",
        "locale": "en-GB",
        "timezone_id": "UTC",
        "viewport": {"width": 1280, "height": 900},
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The newsroom that all tests read and none changes."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    return site.address


@pytest.fixture(scope="session")
def product(site: Site) -> str:
    """The newsroom under another name, as pages of other sites know it: http://localhost:P2."""
    return site.address.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """Somebody else's site: http://127.0.0.1:P1."""
    with running_host() as host:
        yield host


@pytest.fixture
def visit(browse: Browse, host: Host, product: str) -> Visit:
    """Open a page of the host's with this in its body; `prepare` sees it before that.

    Other options are those of the context.
    """

    def go(
        body: str,
        *,
        prepare: Callable[[Page], Any] | None = None,
        head: str = "",
        policy: str | None = None,
        lang: str = "en",
        **options: Any,
    ) -> Page:
        page = browse(**({"also": product, "base_url": host.address} | options))
        if prepare:
            prepare(page)
        page.goto(host.put(body, head=head, policy=policy, lang=lang))
        return page

    return go


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Listens to every page of the test and checks afterwards that nothing complained."""
    watch = Watch()
    yield watch
    watch.check()


@pytest.fixture
def browse(
    browser: Browser, browser_context_args: dict[str, Any], base_url: str, watch: Watch
) -> Iterator[Browse]:
    """Open an empty watched page in a context of its own; name what is special about it.

    `also` names another origin that the page may ask.
    """
    contexts: list[BrowserContext] = []

    def make(also: str | None = None, **options: Any) -> Page:
        settings = browser_context_args | {"base_url": base_url} | options
        contexts.append(browser.new_context(**settings))
        watch.over(contexts[-1], settings["base_url"], *filter(None, [also]))
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        watch.leave(context)
        context.close()


@pytest.fixture
def page(browse: Browse) -> Page:
    """A watched page at desktop size."""
    return browse()
