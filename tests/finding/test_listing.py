"""The list: every story once, in order, whatever happens in between."""

from zoneinfo import ZoneInfo

from conftest import NOON, MakeStory

from htmxnews.finding import listing
from htmxnews.selection import Selection
from htmxnews.store.engine import Store

UTC_ZONE = ZoneInfo("UTC")


def page(store: Store, selection: Selection | None = None, **more: object) -> listing.Page:
    with store.reading() as session:
        return listing.find(session, selection or Selection(), zone=UTC_ZONE, **{"limit": 3, **more})  # type: ignore[arg-type]


def test_stories_of_one_instant_are_neither_skipped_nor_repeated(store: Store, make_story: MakeStory) -> None:
    made = [make_story(published_at=NOON) for _ in range(5)]

    first = page(store)
    second = page(store, after=first.next)

    assert [story.id for story in (*first.stories, *second.stories)] == made[::-1]
    assert (first.total, first.first, second.first, second.next) == (5, 1, 4, None)
