"""A newsroom of real stories of many kinds, whose pictures a server on loopback gives away."""

import io
import json
import re
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from lxml import html
from PIL import Image
from shared import cases, digitalgov_stories

from htmxnews.config import Config
from htmxnews.finding import derive
from htmxnews.intake import copying
from htmxnews.intake.reclean import reclean
from htmxnews.intake.report import Report
from htmxnews.intake.run import Importer
from htmxnews.store import migrate
from htmxnews.store.engine import Store

SIZES = ("1600x900", "1200x1600", "640x90", "90x640", "300x300", "800x2400", "2000x500", "60x40", "1x1")
FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}
ARTICLES = 4  # of each declaration that are stories of their own
GENERATED = 30
POSTS = 200
_look_up = socket.getaddrinfo
NOT_THERE, A_PAGE = 12, 40  # one of so many pictures is not there, one of so many is a web page

_PICTURE = re.compile(
    rb"""https?:(?:\\?/){2}[^\s"'<>&]+?\.(?:jpe?g|png|gif|webp)\b  # wherever it stands, \/ in JSON
    |(?<=src=["'])https?://[^"'<>]+(?=["'][^<>]*>)(?<!\.js)       # of a tag, whatever it is called""",
    re.IGNORECASE | re.VERBOSE,
)
_SHAPES = "".join(
    f'<figure><img src="{{at}}/{size}/{n}.{form}" alt="Quay {n}"><figcaption>Pier {n}</figcaption></figure>'
    for n, (size, form) in enumerate(zip(SIZES, [*FORMATS] * 3, strict=False))
)
_WIDE = (
    f"<table><caption>Departures</caption><tr>{'<th>Pier and quay</th>' * 14}</tr>"
    f"<tr>{'<td>14:35</td>' * 14}</tr></table><pre><code>{'pier --list --all ' * 20}</code></pre>"
    f"<p>{'a' * 300}</p>"
)


def take_in(folder: Path) -> Report | None:
    """Import all of it into `folder`/news.db, copy the pictures, and report on these."""
    store = Store(f"sqlite:///{folder / 'news.db'}")
    config = Config(
        base_url="https://paper.example",
        media_dir=folder / "media",
        fetch_allow_networks=(ip_network("127.0.0.0/8"),),
    )
    migrate.upgrade(store)
    with _pictures_served() as at, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", _only_here)
        _write(folder / "in", at)
        with Importer(store, config) as importer:
            for _ in importer.import_path(folder / "in"):
                pass
        report = copying.copy(store, config, datetime.now(UTC))
    reclean(store, config, only_pictures=True)
    derive.catch_up(store)
    store.dispose()
    return report


def _only_here(host: bytes | str, *more: Any, **named: Any) -> list[Any]:
    """Look up a name in a web that ends at this machine."""
    if host not in (b"127.0.0.1", "127.0.0.1"):
        raise OSError
    return _look_up(host, *more, **named)


def _write(folder: Path, at: str) -> None:
    """Put feeds, exports and texts of many languages into a folder, their pictures at `at`."""
    folder.mkdir()
    for name in ("feeds/real", "wxr/wxr"):
        for row, data in cases(name):
            (folder / row["file"].replace("/", "-")).write_bytes(_brought_here(data, at))
    posts = "\n".join(islice(digitalgov_stories(), POSTS)).encode()
    (folder / "digitalgov.jsonl").write_bytes(_brought_here(posts, at))
    for name, told in {"declarations": _declarations(at), "bills": _bills(), "drawn": _generated(at)}.items():
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, told)))


def _brought_here(data: bytes, at: str) -> bytes:
    """All addresses of pictures in a file replaced by such of ours."""

    def moved(found: re.Match[bytes]) -> bytes:
        number = zlib.crc32(found[0])
        size = "gone" if number % NOT_THERE == 0 else SIZES[number % len(SIZES)]
        return f"{at}/{size}/{number}.{[*FORMATS][number % len(FORMATS)]}".encode()

    return _PICTURE.sub(moved, data)


def _declarations(at: str) -> Iterator[dict[str, Any]]:
    """The Universal Declaration of Human Rights in each of its languages: whole, and some of its articles."""
    for row, page in cases("multilingual/udhr"):
        root = html.document_fromstring(page.decode())
        for n, part in enumerate([root.find("body"), *list(root.iter("article"))[:ARTICLES]]):
            title = next(one.text_content() for one in part.iter("h1", "h2", "h3"))
            body = html.tostring(part, encoding="unicode")
            yield _story(f"{row['id']}-{n}", title, body_html=body, image=f"{at}/1600x900/{row['id']}.jpg")


def _bills() -> Iterator[dict[str, Any]]:
    for row, text in cases("multilingual/korean-public"):
        yield _story(row["id"], row["title"], body_text=text.decode())


def _generated(at: str) -> Iterator[dict[str, Any]]:
    for n in range(GENERATED):
        body = f"<p>Words {n}.</p>{_SHAPES.format(at=at)}{_WIDE}<p>The end.</p>"
        lead = f"{at}/{SIZES[n % len(SIZES)]}/lead-{n}.png"
        yield _story(f"drawn-{n}", f"Every shape, number {n}", body_html=body, image=lead)


def _story(key: str, title: str, **more: str) -> dict[str, Any]:
    return {"id": key, "title": title, "published": "2026-01-01T12:00:00Z", **more}


@contextmanager
def _pictures_served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Pictures(BaseHTTPRequestHandler):
    """Answers /900x300/quay.png with such a picture, now and then with a page, and other paths with 404."""

    def do_GET(self) -> None:
        asked = re.match(r"/(\d+)x(\d+)/([^.]+)\.(jpg|png|gif|webp)", self.path)
        if asked is None:
            self.send_error(404)
            return
        number = zlib.crc32(asked[3].encode())
        page = b"<!doctype html><p>Not here.</p>" if number % A_PAGE == 1 else None
        data = page or _drawn((int(asked[1]), int(asked[2])), FORMATS[asked[4]], number)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "image/png")
        self.send_header("Set-Cookie", "reader=1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Say nothing."""


def _drawn(size: tuple[int, int], form: str, number: int) -> bytes:
    """A picture in a colour of its own; a GIF moves."""
    shades = [Image.linear_gradient("L").rotate(90 * turn).resize(size) for turn in range(3)]
    first, *rest = (Image.merge("RGB", (one, one.point([number % 256] * 256), one)) for one in shades)
    file = io.BytesIO()
    first.save(file, form, **({"save_all": True, "append_images": rest, "loop": 0} if form == "GIF" else {}))
    return file.getvalue()
