from datetime import timedelta
from pathlib import Path

import pytest

from htmxnews.config import Config
from htmxnews.intake.demo import has_stories, import_demo
from htmxnews.intake.run import Importer
from htmxnews.store.engine import Store

from .conftest import NOW, Stories


@pytest.fixture
def newsroom(tmp_path: Path) -> Path:
    """Two desks of one story each, two days apart, and a folder that is no desk."""
    for desk, day in (("science-desk", 1), ("city-desk", 3)):
        (tmp_path / "demo" / desk).mkdir(parents=True)
        (tmp_path / "demo" / desk / "a.md").write_text(
            f"---\ntitle: {desk}\ndate: 2025-01-0{day}T10:00:00Z\n---\nText."
        )
    (tmp_path / "demo" / "pictures").mkdir()
    return tmp_path / "demo"


def test_every_date_moves_by_one_span_so_that_the_newest_is_fresh(
    newsroom: Path, importer: Importer, stories: Stories, store: Store
) -> None:
    empty = has_stories(store)

    list(import_demo(importer, newsroom))

    city, science = stories()
    assert (empty, has_stories(store)) == (False, True)
    assert (city.source.name, science.source.name) == ("City desk", "Science desk")
    assert city.published_at == NOW - timedelta(minutes=40)
    assert city.published_at - science.published_at == timedelta(days=2)


def test_a_second_import_on_another_day_changes_nothing(
    newsroom: Path, importer: Importer, store: Store, config: Config, stories: Stories
) -> None:
    list(import_demo(importer, newsroom))
    before = [story.published_at for story in stories()]

    with Importer(store, config, now=NOW + timedelta(days=3)) as later:
        reports = list(import_demo(later, newsroom))

    assert [(report.unchanged, report.items) for report in reports] == [(1, 1), (1, 1)]
    assert [story.published_at for story in stories()] == before


def test_a_story_that_joins_later_moves_by_the_same_span(
    newsroom: Path, importer: Importer, store: Store, config: Config, stories: Stories
) -> None:
    list(import_demo(importer, newsroom))
    (newsroom / "city-desk" / "b.md").write_text("---\ntitle: New\ndate: 2025-01-02T10:00:00Z\n---\nText.")

    with Importer(store, config, now=NOW + timedelta(days=3)) as later:
        list(import_demo(later, newsroom))

    assert stories()[-1].published_at == NOW - timedelta(minutes=40, days=1)
