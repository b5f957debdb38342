"""A whole newsroom behind a real gunicorn, for a real browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from urllib.error import URLError
from urllib.request import urlopen

from makers import MakeStory, story_maker
from PIL import Image

from htmxnews.finding import derive
from htmxnews.intake.clean import clean
from htmxnews.places import GUNICORN_CONF, ROOT, WSGI_APP
from htmxnews.store import migrate
from htmxnews.store.engine import Store
from htmxnews.store.models import Picture

STORIES = 134  # six pages of twenty and a last one of fourteen
PAGE = 20
TAGS = ("Sea", "Ice", "Trade", "Sport", "Light", "Rail")
CATEGORIES = ("World", "Science", "City", "Food")
DESKS = ("Harbour desk", "City desk", "Science desk")
WIDTHS = (320, 640, 1280)
START_SECONDS = 30.0

WORDS = (
    *("water", "morning", "harbour", "nobody", "twelve", "promise", "slowly", "lantern", "captain"),
    *("market", "bread", "timetable", "weather", "northern", "careful", "bridge", "narrow", "window"),
    *("letter", "engine", "quiet", "forty", "island", "winter", "question", "paper", "between", "bell"),
)
PARAGRAPH = (
    "<p>The ferry leaves before breakfast, when the water is flat and the gulls have the quay to themselves. "
    "Nobody on it is in a hurry: the crossing takes as long as it takes, and the <a href='https://sea.example/'>"
    "timetable</a> has said so since the line was opened.</p>"
)
BODY = clean(
    PARAGRAPH * 4
    + "<h2>What the harbour master says</h2>"
    + PARAGRAPH * 3
    + "<blockquote><p>A tide table is a promise that the moon keeps.</p></blockquote>"
    + "<table><thead><tr><th>Pier</th><th>Departures in a day</th></tr></thead>"
    + "<tbody><tr><td>North</td><td>14</td></tr><tr><td>South</td><td>9</td></tr></tbody></table>"
    + "<pre><code>"
    + "pier --list --all " * 12
    + "</code></pre>"
    + PARAGRAPH * 4
).html
ENGLISH = ("en", "ltr", "", "How the ferry found its way home, number", "")
ABROAD = (
    ("ko", "ltr", "한국", "달항아리는 왜 둥글지 않은가", "가마 속에서 두 개의 그릇이 하나가 된다."),
    ("ja", "ltr", "日本", "港町の看板は何を語るか", "古い看板は、海から読むために書かれている。"),
    ("ar", "rtl", "عربي", "الأسطرلاب ينام في المتحف", "كان البحارة يقرؤون السماء بقطعة من النحاس."),
)


@dataclass(frozen=True)
class Site:
    """A running site: its address, its stories' slugs in list order, a way to add more, its folder."""

    address: str
    slugs: tuple[str, ...]
    make_story: MakeStory
    folder: Path  # its database and pictures


@contextmanager
def running_site(folder: Path, stories: int = STORIES) -> Iterator[Site]:
    """Make a newsroom in `folder`, serve it on a free port of loopback, and end it afterwards."""
    store = Store(f"sqlite:///{folder / 'news.db'}")
    migrate.upgrade(store)
    make_story = story_maker(store)
    slugs = _fill(make_story, folder / "media", stories)
    derive.catch_up(store, fold=False)  # its stories are told in the same words
    try:
        with served_site(folder, folder) as address:
            yield Site(address, slugs, make_story, folder)
    finally:
        store.dispose()


def _fill(make_story: MakeStory, media: Path, stories: int) -> tuple[str, ...]:
    hashes = _paint(media)
    chance = Random(7)  # noqa: S311 (teasers of different words, the same each time)
    newest = datetime.now(UTC) - timedelta(minutes=40)
    for n in range(stories):
        lang, direction, tag, title, summary = ABROAD[n // 9 % 3] if n % 9 == 8 else ENGLISH
        make_story(
            f"{title} {n}",
            slug=f"story-{n}",
            summary=summary or " ".join(chance.choices(WORDS, k=32)).capitalize() + ".",
            body=f"<p>{summary}</p>" * 5 if tag else BODY,
            lang=lang,
            dir=direction,
            tags=tuple(dict.fromkeys(filter(None, [TAGS[n % 6], TAGS[n % 4], TAGS[n % 5], tag]))),
            category=CATEGORIES[n % 4],
            source=DESKS[n % 3],
            authors=("Ada Holm", "Ben Iversen")[: n % 3],
            picture=_picture(hashes[n % 4]) if n % 3 == 0 else False,
            pinned=n == 0,
            url=f"https://source.example/{n}",
            words=400,
            published_at=newest - timedelta(hours=n),
        )
    return tuple(f"story-{n}" for n in range(stories))


def _picture(name: str) -> Picture:
    return Picture(
        hash=name,
        width=1600,
        height=900,
        widths=" ".join(map(str, WIDTHS)),
        alt="Waves, seen from the pier",
        credit="Test desk",
        caption="The water at six in the morning.",
    )


def _paint(media: Path) -> list[str]:
    """Write a few pictures in every size and return their names."""
    media.mkdir()
    names = []
    for shade in range(4):
        colour = (40 + 50 * shade, 90, 140)
        names.append(sha256(bytes(colour)).hexdigest())
        for width in WIDTHS:
            image = Image.new("RGB", (width, width * 9 // 16), colour)
            image.save(media / f"{names[-1]}-{width}.webp", quality=60)
    return names


@contextmanager
def served_site(folder: Path, logs: Path, **more: str) -> Iterator[str]:
    """Serve the newsroom in `folder`, with more settings than usual; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
    address = f"http://{place}"
    settings = {
        "HTMXNEWS_DATABASE_URL": f"sqlite:///{folder / 'news.db'}",
        "HTMXNEWS_MEDIA_DIR": str(folder / "media"),
        "HTMXNEWS_BASE_URL": address,
        "HTMXNEWS_SITE_NAME": "The Test Paper",
        "HTMXNEWS_PAGE_SIZE": str(PAGE),
    } | {f"HTMXNEWS_{name}": value for name, value in more.items()}
    with (logs / "gunicorn.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", GUNICORN_CONF, "-b", place, WSGI_APP],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_ready(address, server, Path(log.name))
            yield address
        finally:
            server.terminate()
            server.wait(timeout=START_SECONDS)


def _wait_until_ready(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"{address}/readyz") as answer:
                if answer.status == 200:
                    return
        except (URLError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError(f"gunicorn did not start:\n{log.read_text()}")
