"""Somebody else's site: a few pages on a port of their own, with the headers that a test wants."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread


@dataclass(frozen=True)
class Page:
    html: str
    headers: dict[str, str]


@dataclass
class Host:
    """Where the site is, and what stands on it by path."""

    address: str
    pages: dict[str, Page] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def put(self, body: str, *, head: str = "", policy: str | None = None, lang: str = "en") -> str:
        """Make a page and return its path."""
        path = f"/{next(self._numbers)}"
        html = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A host</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"{head}</head><body><main><h1>A host</h1>{body}</main></body></html>"
        )
        self.pages[path] = Page(html, {"Content-Security-Policy": policy} if policy else {})
        return path


@contextmanager
def running_host() -> Iterator[Host]:
    """Serve a host on a free port of 127.0.0.1, and end it afterwards."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = host.pages.get(self.path)
            self.send_response(200 if page else 204)  # the tab's icon
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in (page.headers if page else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((page.html if page else "").encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running_server(Handler) as address:
        host = Host(address)
        yield host


@contextmanager
def running_server(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer as `handler` does on a free port of 127.0.0.1, and end it afterwards; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
