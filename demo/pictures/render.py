"""Render the demo newsroom's pictures: every SVG here to the WebP its story shows.

    python demo/pictures/render.py                      # all of them
    python demo/pictures/render.py why-ice-floats       # some of them
    python demo/pictures/render.py city-desk/new-slug   # a first picture, desk named

Each ``demo/pictures/<slug>.svg`` becomes ``demo/<desk>/<slug>.webp`` in the SVG's own
pixel size.  The desk is the folder beside this one that holds ``<slug>.md``, or else the
one where ``<slug>.webp`` already lies; write ``<desk>/<slug>`` for a picture that has
neither yet.

Needs Pillow and a Chromium (``chromium``, ``chromium-browser`` or ``google-chrome`` on
the PATH).  Colours and quality are lowered step by step until a picture fits the budget, so that
a reader on a slow line never waits for one.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).resolve().parent
DEMO = PICTURES.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
GOAL = 49_500  # bytes wanted
LIMIT = 90_000  # bytes never exceeded
NO_DITHER = Image.Dither.NONE
MARGIN = 200  # a headless window may be shorter inside than out; what is over is cut off
SCALE = 2  # drawn larger and then shrunk: the cut edges come out cleaner
PAGE = '<!doctype html><meta charset="utf-8"><style>body{{margin:0}}svg{{display:block}}</style>{svg}'
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    f"--force-device-scale-factor={SCALE}",
)


def find_browser() -> str:
    """Return the path of the first Chromium found."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path is not None:
            return path
    raise SystemExit("render.py: no Chromium on the PATH; tried " + ", ".join(BROWSERS))


def find_desk(slug: str) -> Path:
    """Return the desk folder that holds the story or, failing that, its picture."""
    for suffix in (".md", ".webp"):
        found = sorted(DEMO.glob(f"*/{slug}{suffix}"))
        if found:
            return found[0].parent
    raise SystemExit(f"render.py: no desk holds {slug}.md or {slug}.webp; name it: <desk>/{slug}")


def picture_size(svg: str) -> tuple[int, int]:
    """Return the width and height written on the SVG's root element."""
    match = re.search(r'<svg\b[^>]*?\bwidth="(\d+)"[^>]*?\bheight="(\d+)"', svg)
    if match is None:
        raise SystemExit("render.py: the root <svg> must say width and height in pixels")
    return int(match[1]), int(match[2])


def rasterise(browser: str, source: Path) -> Image.Image:
    """Let the browser draw one SVG and return the pixels."""
    svg = source.read_text(encoding="utf-8")
    width, height = picture_size(svg)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        shot = Path(folder, "shot.png")
        page.write_text(PAGE.format(svg=svg), encoding="utf-8")
        subprocess.run(
            [
                browser,
                *FLAGS,
                f"--user-data-dir={folder}/profile",
                f"--window-size={width},{height + MARGIN}",
                f"--screenshot={shot}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        with Image.open(shot) as image:
            drawn = image.convert("RGB").crop((0, 0, width * SCALE, height * SCALE))
    return drawn.resize((width, height), Image.Resampling.BOX)


def with_palette(image: Image.Image, blends: int) -> Image.Image:
    """Return the picture in its flat inks and so many colours more for the edges between."""
    counted = image.getcolors(image.width * image.height) or []
    floor = image.width * image.height // 2500
    inks: list[tuple[int, ...]] = []
    for count, colour in sorted(counted, reverse=True):
        if count < floor or not isinstance(colour, tuple) or len(inks) == 40:
            break
        if all(sum((a - b) ** 2 for a, b in zip(colour, ink, strict=True)) > 60 for ink in inks):
            inks.append(colour)
    flat = [channel for ink in inks for channel in ink]
    if blends:
        mixed = image.quantize(blends, Image.Quantize.MEDIANCUT, kmeans=1, dither=NO_DITHER)
        flat += (mixed.getpalette() or [])[: 3 * blends]
    palette = Image.new("P", (1, 1))
    palette.putpalette((flat + flat[:3] * 256)[:768])
    return image.quantize(palette=palette, dither=NO_DITHER).convert("RGB")


def encode(image: Image.Image, *, quality: int = 100, lossless: bool = False) -> bytes:
    """Return the image as a WebP file."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, lossless=lossless, method=6)
    return buffer.getvalue()


def encodings(image: Image.Image) -> Iterator[bytes]:
    """Yield the picture as WebP, each time with a little less in it.

    Flat inks make lossless files with a short palette both smaller and sharper than lossy
    ones, so these come first.
    """
    for blends in (48, 24, 12, 0):
        flat = with_palette(image, blends)
        draft = encode(flat, quality=80, lossless=True)
        # the last tenth or so of a lossless file costs most of the time: only if it may fit
        hopeful = not blends or len(draft) < GOAL * 1.15
        yield encode(flat, quality=100, lossless=True) if hopeful else draft
    for quality in range(72, 40, -4):
        yield encode(image, quality=quality)


def to_webp(image: Image.Image) -> bytes:
    """Return the first encoding within the goal, or else the smallest, if within the limit."""
    smallest = b""
    for data in encodings(image):
        if len(data) <= GOAL:
            return data
        if not smallest or len(data) < len(smallest):
            smallest = data
    if len(smallest) > LIMIT:
        raise SystemExit("render.py: too much detail for the size limit; simplify the SVG")
    return smallest


def render(browser: str, name: str) -> str:
    """Render one picture, named ``slug`` or ``desk/slug``; return a line for the log."""
    desk, _, slug = name.rpartition("/")
    folder = DEMO / desk if desk else find_desk(slug)
    source = PICTURES / f"{slug}.svg"
    if not source.is_file():
        raise SystemExit(f"render.py: {source} is missing")
    target = folder / f"{slug}.webp"
    target.write_bytes(to_webp(rasterise(browser, source)))
    return f"{target.stat().st_size / 1000:6.1f} kB  {target.relative_to(DEMO)}"


def main(names: list[str]) -> None:
    """Render the pictures named, or all."""
    browser = find_browser()
    names = names or sorted(path.stem for path in PICTURES.glob("*.svg"))
    with ThreadPoolExecutor(max_workers=2) as pool:
        for line in pool.map(lambda name: render(browser, name), names):
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
