"""Take the pictures of the page anew: `make pictures`.

Serves the demo newsroom from a database of its own on a free port of loopback, looks at it with Chromium at
phone and desktop size, by day and by night, and writes `docs/pictures/*.webp`; the one in the README is
composed of two.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image, ImageOps
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
LIGHTS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = {"phone": (412, 915), "desktop": (1280, 900)}
PAGES = {
    "front": "/",
    "story": "/a/port-before-breakfast",
    "filtered": "/?tag=physics&not=light",
    "search": "/?q=salt+water",
    "tags": "/tags",
    "popular": "/popular",
    "empty": "/?tag=tea&tag=rail",
    "missing": "/a/no-such-story",
    "korean": "/a/dal-hangari",
    "arabic": "/a/al-asturlab",
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    target.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        served(Path(folder), "demo") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for size in SIZES:
            for light in LIGHTS:
                take(browser, address, size, light, target)
        browser.close()
    compose(target)


def take(browser: Browser, address: str, size: str, light: Literal["light", "dark"], target: Path) -> None:
    """Every page at one size in one light."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=light,
        service_workers="block",
    )
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(address + path, wait_until="load")
        png = target / f"{name}-{size}-{light}.png"
        page.screenshot(path=png)
        Image.open(png).save(png.with_suffix(".webp"), quality=84, method=6)
        png.unlink()
        print(png.with_suffix(".webp").name)
    context.close()


def compose(target: Path) -> None:
    """The picture of the README: the desktop by day, the phone by night in front of it."""
    desktop = Image.open(target / "front-desktop-light.webp").convert("RGB")
    phone = Image.open(target / "search-phone-dark.webp").convert("RGB")
    phone = phone.resize((phone.width * 5 // 8, phone.height * 5 // 8), Image.Resampling.LANCZOS)
    phone = ImageOps.expand(phone, border=6, fill="#fbfaf6")
    desktop.paste(phone, (desktop.width - phone.width - 40, desktop.height - phone.height - 40))
    desktop.save(target / "front.webp", quality=84, method=6)


@contextmanager
def served(folder: Path, *command: str) -> Iterator[str]:
    """A newsroom in a folder, filled by a command of `htmxnews`, on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        **os.environ,
        "HTMXNEWS_DATABASE_URL": f"sqlite:///{folder}/news.db",
        "HTMXNEWS_MEDIA_DIR": f"{folder}/media",
        "HTMXNEWS_BASE_URL": f"http://127.0.0.1:{port}",
    }
    htmxnews = str(Path(sys.executable).with_name("htmxnews"))
    subprocess.run([htmxnews, *command], env=env, check=True)
    server = subprocess.Popen([htmxnews, "serve", "--bind", f"127.0.0.1:{port}"], env=env)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=40)


def wait_for(address: str) -> None:
    for _ in range(600):
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{address} did not answer")


if __name__ == "__main__":
    main()
