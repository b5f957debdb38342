"""Stories with pictures of others, imported, copied, and read in a browser that hears every request."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from browser.conftest import Browse
from browser.site import served_site
from browser.test_speed import SHIFTS, moved
from htmxnews.config import Config
from htmxnews.finding import derive
from htmxnews.intake import copying
from htmxnews.intake.draft import Parsed, PictureDraft, StoryDraft
from htmxnews.intake.reclean import reclean
from htmxnews.intake.report import Report
from htmxnews.intake.run import Importer
from htmxnews.store import migrate
from htmxnews.store.engine import Store

STORIES = 20


class _Pictures(BaseHTTPRequestHandler):
    """Answers any path with a picture of the size that it names, such as /900x300/anything."""

    def do_GET(self) -> None:
        width, height = map(int, self.path.split("/")[1].split("x"))
        file = io.BytesIO()
        Image.new("RGB", (width, height), "teal").save(file, "PNG")
        self.send_response(200)
        self.send_header("Content-Length", str(len(file.getvalue())))
        self.send_header("Set-Cookie", "reader=1")
        self.end_headers()
        self.wfile.write(file.getvalue())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Say nothing."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site of stories with a lead, pictures of three shapes in their texts, and a counter's pixel."""
    folder = tmp_path_factory.mktemp("imported")
    there = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    Thread(target=there.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{there.server_port}"
    pictures = "".join(
        f"<p>Words.</p><figure><img src='{at}/{size}/p' alt='A quay'><figcaption>Ines</figcaption></figure>"
        for size in ("1400x700", "300x500", "640x90")
    )
    drafts = [
        StoryDraft(
            key=str(n),
            title=f"The ferry of day {n}",
            body=f"{pictures}<img src='{at}/1x1/count'><p>The end.</p>",
            slug=f"ferry-{n}",
            picture=PictureDraft(url=f"{at}/1200x675/lead"),
        )
        for n in range(STORIES)
    ]
    store = Store(f"sqlite:///{folder / 'news.db'}")
    config = Config(
        base_url="https://paper.example",
        media_dir=folder / "media",
        fetch_allow_networks=(ip_network("127.0.0.0/8"),),
    )
    migrate.upgrade(store)
    with Importer(store, config) as importer:
        importer.take(Parsed(drafts=drafts), Report("a test"), source_name="Harbour desk")
    report = copying.copy(store, config, datetime.now(UTC))
    assert report is not None and report.refused == 0
    reclean(store, config, only_pictures=True)
    derive.catch_up(store, fold=False)
    store.dispose()
    there.shutdown()
    there.server_close()
    with served_site(folder, Path(folder)) as address:
        yield address


def test_reading_imported_stories_asks_nobody_else_sets_no_cookie_and_shifts_nothing(
    imported: str, browse: Browse
) -> None:
    page = browse(base_url=imported)
    page.add_init_script(SHIFTS)

    worst, loaded = 0.0, 0
    for address in ["/", *(f"/a/ferry-{n}" for n in range(STORIES))]:
        page.goto(address)
        for picture in page.locator(".body img, .picture img").all():
            picture.scroll_into_view_if_needed()
            picture.evaluate("async (image) => { await image.decode(); }")
            loaded += picture.evaluate("(image) => image.naturalWidth > 0")
        worst = max(worst, moved(page)[0])

    assert loaded == 4 * STORIES
    assert page.context.cookies() == []
    assert worst <= 0.01
