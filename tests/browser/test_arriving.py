"""Nothing moves while a page is still on its way, wherever the network cuts it (D2)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any
from urllib.request import urlopen

import pytest

from browser.conftest import Browse
from browser.host import running_server
from browser.site import Site
from browser.steps import rest
from browser.test_speed import PHONE, SHIFTS, moved

DRAWN = "() => performance.getEntriesByName('first-contentful-paint').length"
ENDS = re.compile(rb"</(?:p|li|h2|h3|article|section)>")
LONGEST = 20  # seconds until the rest of a page comes, whatever happens
SEEN_FIRST = 16_000  # bytes of markup that may be in the window


@dataclass
class SlowLine:
    """A line to a site on which one page comes in two pieces."""

    address: str = ""
    path: str = "/"
    cut: int = 0  # bytes of the first piece
    rest: Event = field(default_factory=Event)  # when the second one comes


@contextmanager
def slow_line(site: Site) -> Iterator[SlowLine]:
    line = SlowLine()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with urlopen(site.address + self.path) as answer:
                body = answer.read()
                self.send_response(answer.status)
                for name in ("Content-Type", "Content-Security-Policy", "Cache-Control"):
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.path == line.path:
                self.wfile.write(body[: line.cut])
                body = body[line.cut :]
                line.rest.wait(LONGEST)
            self.wfile.write(body)

        def do_POST(self) -> None:  # a view of a story: nobody counts
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running_server(Handler) as line.address:
        yield line


@pytest.mark.parametrize("path", ["/", "/a/story-3"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_d2_nothing_moves_while_the_rest_of_a_page_is_awaited(
    browse: Browse, site: Site, path: str, device: str
) -> None:
    options: dict[str, Any] = PHONE if device == "phone" else {}
    with urlopen(site.address + path) as answer:
        page_ends = [found.end() for found in ENDS.finditer(answer.read(SEEN_FIRST))]
    with slow_line(site) as line:
        line.path = path
        for line.cut in page_ends[:: len(page_ends) // 12]:
            line.rest.clear()
            page = browse(**options, base_url=line.address)
            page.add_init_script(SHIFTS)
            page.goto(path, wait_until="commit")
            page.wait_for_function(DRAWN)
            rest(page)

            line.rest.set()

            page.wait_for_load_state("load")
            total, shifts = moved(page)
            assert total <= 0.01, (line.cut, shifts)
            page.close()
