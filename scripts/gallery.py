"""Photograph real bodies to look at: `scripts/gallery.py TARGET INPUT...`.

Imports feeds, exports or folders into a database of its own, picks the stories that use most kinds of markup,
and takes each at phone and desktop size, by day and by night. `TARGET` gets sheets of several beside each
other, for a person to look at: is every table, list, quote and line of code shown as it was meant?
"""

import re
import shutil
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pictures import FLAGS, LIGHTS, SIZES, served
from PIL import Image
from playwright.sync_api import Browser, FloatRect, sync_playwright
from sqlalchemy import select

from htmxnews.store.engine import Store
from htmxnews.store.models import Story, StoryBody

STORIES = 40
KINDS = {
    **{tag: re.compile(rf"<{tag}\b") for tag in ("table", "pre", "figure", "blockquote", "dl", "details")},
    **{tag: re.compile(rf"<{tag}\b") for tag in ("ol", "ul", "code", "ruby", "img", "h2", "h3", "h4", "hr")},
    "lists in lists": re.compile(r"<li\b[^>]*>(?:(?!</li>).)*<[ou]l\b", re.DOTALL),
    "footnotes": re.compile(r"<sup\b[^>]*>\s*<a\b|footnote"),
    "embedded": re.compile(r"<(iframe|embed|object)\b|\[embed"),
    "sound": re.compile(r"<audio\b|\[audio"),
    "film": re.compile(r"<video\b|\[video"),
    "Hebrew": re.compile("[\u0590-\u05ff]{4}"),
    "Arabic": re.compile("[\u0600-\u06ff]{4}"),
    "Urdu": re.compile("[\u0679\u0688\u0691\u06ba\u06d2]"),
    "Thai": re.compile("[\u0e00-\u0e7f]{4}"),
    "Korean": re.compile("[\uac00-\ud7a3]{3}"),
    "Japanese": re.compile("[\u3040-\u30ff]{3}"),
    "Chinese": re.compile("[\u4e00-\u9fff]{6}"),
}
TALLEST = 2_400  # pixels of a page that are shown
ACROSS = {"phone": 5, "desktop": 3}


def main() -> None:
    target, *inputs = map(Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with served(Path(folder), "import", *map(str, inputs)) as address:
            slugs = chosen(f"sqlite:///{folder}/news.db")
            for size in SIZES:
                for light in LIGHTS:
                    taken = [take(browser, f"{address}/a/{slug}", size, light) for slug in slugs]
                    lay_out(taken, ACROSS[size], f"{target}/{size}-{light}")
        browser.close()
    (target / "stories.txt").write_text("\n".join(slugs), encoding="utf-8")


def chosen(database: str) -> list[str]:
    """The stories to look at: in turn the one of each kind that has most of it and is not yet among them."""
    store = Store(database)
    with store.reading() as session:
        query = select(Story.slug, StoryBody.raw).join(Story.body).order_by(Story.id)
        bodies = dict(session.execute(query).tuples().all())
    store.dispose()
    ranked = {
        kind: sorted(found, key=lambda slug: -len(pattern.findall(bodies[slug])))
        for kind, pattern in KINDS.items()
        if (found := [slug for slug, raw in bodies.items() if pattern.search(raw)])
    }
    slugs: list[str] = []
    while len(slugs) < min(STORIES, len(set().union(*ranked.values()))):
        for kind in ranked:
            slugs += [slug for slug in ranked[kind] if slug not in slugs][:1]
    return slugs[:STORIES]


def take(browser: Browser, address: str, size: str, light: Literal["light", "dark"]) -> Image.Image:
    """The upper part of a story's page."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=light)
    page.goto(address, wait_until="load")
    article = page.locator("article.story").bounding_box()
    tall = min(TALLEST, int(article["y"] + article["height"]) + 20) if article else height
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": tall}
    data = page.screenshot(full_page=True, clip=clip)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        print(f"{address} is {wide} px wide on a screen of {width} px")
    page.close()
    return Image.open(BytesIO(data)).convert("RGB")


def lay_out(taken: list[Image.Image], across: int, name: str) -> None:
    """Write sheets of several pictures beside each other."""
    for number, at in enumerate(range(0, len(taken), across), 1):
        row = taken[at : at + across]
        sheet = Image.new("RGB", (across * row[0].width, max(one.height for one in row)), "gray")
        for place, one in enumerate(row):
            sheet.paste(one, (place * one.width, 0))
        sheet.save(f"{name}-{number}.webp", quality=80)


if __name__ == "__main__":
    main()
