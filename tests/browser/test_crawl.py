"""Hundreds of imported pages, read as a person would, by a browser that hears every request."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared import needs_shared_data
from sqlalchemy import select

from browser.conftest import Browse
from browser.real import take_in
from browser.site import served_site
from browser.test_speed import PHONE, SHIFTS, moved
from browser.watch import Watch
from htmxnews.store.engine import Store
from htmxnews.store.models import Story

STORIES = 500
LISTS = ("/", "/tags", "/popular", "/?q=declaration", "/editions/2026-01-01")

# Down the page, waiting where something is to come; how many pictures there are, and which did not come.
READ = """
async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => requestAnimationFrame(done));
  }
  const pictures = [...document.querySelectorAll("main img")].filter((each) => each.checkVisibility());
  await Promise.allSettled(pictures.map((each) => each.decode()));
  const missing = pictures.filter((each) => !each.naturalWidth).map((each) => each.currentSrc || each.src);
  return [pictures.length, missing];
}
"""


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """The address of a newsroom of real stories, and the paths of its pages."""
    folder: Path = tmp_path_factory.mktemp("real")
    report = take_in(folder)
    assert report is not None
    assert report.added > 500
    assert report.refused > 50
    with served_site(folder, folder) as address:
        yield address, [*LISTS, *(f"/a/{slug}" for slug in chosen(folder))]


def chosen(folder: Path) -> list[str]:
    """Stories of all sources in turn, the newest of each first."""
    store = Store(f"sqlite:///{folder / 'news.db'}")
    by_source: dict[int, list[str]] = defaultdict(list)
    with store.reading() as session:
        for source, slug in session.execute(
            select(Story.source_id, Story.slug).order_by(Story.published_at.desc(), Story.id)
        ):
            by_source[source].append(slug)
    store.dispose()
    places = [(place, slug) for slugs in by_source.values() for place, slug in enumerate(slugs)]
    return [slug for _, slug in sorted(places)][:STORIES]


@needs_shared_data
@pytest.mark.slow
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_reading_imported_pages_asks_nobody_else_sets_no_cookie_and_shifts_nothing(
    newsroom: tuple[str, list[str]], browse: Browse, watch: Watch, device: str
) -> None:
    watch.allow_trouble("request failed.*/partials/stories.*ERR_ABORTED")  # left while rows were on their way
    address, paths = newsroom
    page = browse(base_url=address, **(PHONE if device == "phone" else {}))
    page.add_init_script(SHIFTS)

    seen, missing, shifting = 0, {}, {}
    for path in paths:
        page.goto(path)
        pictures, absent = page.evaluate(READ)
        seen += pictures
        if absent:
            missing[path] = absent
        total, shifts = moved(page)
        if total > 0.01:
            shifting[path] = shifts

    assert len(set(paths)) >= STORIES
    assert seen > STORIES
    assert missing == {}
    assert shifting == {}
    assert page.context.cookies() == []
