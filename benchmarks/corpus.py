"""A synthetic newsroom of any size: words and tags by Zipf's law, the same for the same size."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from sqlalchemy import insert

from htmxnews.store import migrate, revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Category, Source, Story, StoryBody, StoryTag, Tag

NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
SECTIONS = 8
VOCABULARY = 20_000
BODY_WORDS = 180
BATCH = 5_000  # stories written at a time


def build(store: Store, stories: int) -> None:
    """Fill an empty store with stories, 1 to 8 tags each; search and related are not derived here."""
    migrate.upgrade(store)
    tags = max(50, stories // 50)
    with store.writing() as session:
        session.add(Source(id=1, slug="desk", name="Desk"))
        session.add_all(Category(id=n + 1, slug=f"section-{n}", name=f"Section {n}") for n in range(SECTIONS))
        session.flush()
        session.execute(
            insert(Tag), [{"id": n + 1, "slug": f"tag-{n}", "name": f"Tag {n}"} for n in range(tags)]
        )
    for first in range(0, stories, BATCH):
        rows = list(_stories(range(first, min(first + BATCH, stories)), tags))
        with store.writing() as session:
            revision = revisions.bump(session)
            session.execute(insert(Story), [{**story, "revision": revision} for story, _, _ in rows])
            session.execute(insert(StoryBody), [body for _, body, _ in rows])
            session.execute(insert(StoryTag), [tag for _, _, tagged in rows for tag in tagged])


def _stories(
    numbers: range, tags: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]]:
    word_weights, tag_weights = _zipf(VOCABULARY), _zipf(tags)
    for number in numbers:
        chance = Random(number)  # noqa: S311 (the same corpus every time)
        words = [
            f"word{n}" for n in chance.choices(range(VOCABULARY), cum_weights=word_weights, k=BODY_WORDS)
        ]
        chosen = set(chance.choices(range(tags), cum_weights=tag_weights, k=chance.randint(1, 8)))
        html = f"<p>{' '.join(words)}</p>"
        story = {
            "id": number + 1,
            "source_id": 1,
            "key": f"key-{number}",
            "slug": f"story-{number}",
            "title": " ".join(words[:8]).capitalize(),
            "summary": " ".join(words[8:32]).capitalize() + ".",
            "lang": "en",
            "dir": "ltr",
            "category_id": number % SECTIONS + 1,
            "pinned": False,
            "words": BODY_WORDS,
            "published_at": NEWEST - timedelta(minutes=chance.randrange(60 * 24 * 3650)),
            "imported_at": NEWEST,
            "fingerprint": "",
        }
        body = {"story_id": number + 1, "raw": html, "raw_kind": "html", "html": html, "policy": 1}
        links = [
            {"story_id": number + 1, "tag_id": n + 1, "position": p} for p, n in enumerate(sorted(chosen))
        ]
        yield story, body, links


def _zipf(size: int) -> list[float]:
    return list(accumulate(1 / (rank + 1) for rank in range(size)))
