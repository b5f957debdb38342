"""Ears at everything that a page can complain about."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Chromium tells its console of a violation as well, but not of every kind.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violation:", event.violatedDirective, event.blockedURI, event.sourceFile));
"""


class Watch:
    """Collects every sign of trouble of its contexts; a test names those that it expects."""

    def __init__(self) -> None:
        self._origins: list[str] = []
        self._found: list[str] = []
        self._expected: list[str] = []
        self._allowed: list[str] = []

    def over(self, context: BrowserContext, *origins: str) -> None:
        """Listen to all pages of a context, which may ask these origins alone."""
        self._origins += [f"{origin}/" for origin in origins]
        context.add_init_script(TELL_VIOLATIONS)
        for event, ear in self._ears().items():
            context.on(event, ear)

    def leave(self, context: BrowserContext) -> None:
        """Stop listening: what a page says while it is closed under a request is not its fault."""
        for event, ear in self._ears().items():
            context.remove_listener(event, ear)

    def expect_trouble(self, *patterns: str) -> None:
        """Allow what these regular expressions find; each must be found."""
        self._expected += patterns

    def allow_trouble(self, *patterns: str) -> None:
        """Allow what these regular expressions find, which may not come, such as an aborted request."""
        self._allowed += patterns

    def check(self) -> None:
        """Fail on trouble that was not expected, and on expected trouble that did not come."""
        known = self._expected + self._allowed
        unexpected = [line for line in self._found if not any(re.search(p, line) for p in known)]
        missing = [p for p in self._expected if not any(re.search(p, line) for line in self._found)]
        assert not unexpected, unexpected
        assert not missing, f"expected, but not seen: {missing}; seen: {self._found}"

    def _ears(self) -> dict[Any, Callable[[Any], None]]:
        return {
            "console": self._console,
            "weberror": self._page_error,
            "request": self._request,
            "requestfailed": self._request_failed,
            "response": self._response,
        }

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._found.append(f"console {message.type}: {message.text}")

    def _page_error(self, error: WebError) -> None:
        self._found.append(f"page error: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((*self._origins, "data:")):
            self._found.append(f"foreign request: {request.url}")

    def _request_failed(self, request: Request) -> None:
        # Pages stop loading what they no longer want: their pictures and the icon of their tab when they are
        # left, a widget's data and its preview when something else is to be shown.
        path = urlsplit(request.url).path
        unwanted = request.resource_type == "image" or path.endswith((".svg", "/items.json", "/preview"))
        if unwanted and request.failure == "net::ERR_ABORTED":
            return
        self._found.append(f"request failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._found.append(f"status {response.status}: {response.url}")
