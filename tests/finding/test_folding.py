import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import frontmatter
import pytest
from makers import NOON, MakeStory
from shared import needs_shared_data, rows
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from htmxnews import places
from htmxnews.finding import derive, folding, listing
from htmxnews.finding.facets import facets
from htmxnews.finding.rows import full
from htmxnews.selection import Selection
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Story, StoryBody

from .agency import edited

UTC = ZoneInfo("UTC")
TEXT = tuple(
    re.sub(r"\s+", " ", paragraph)
    for paragraph in """
The harbour of the old town stays closed until Thursday, after Monday's storm broke two of its three cranes
and washed a barge on to the mole, the port authority said in the evening.

Nobody was hurt. Eleven ships wait in the roads for a berth, among them a ferry with four hundred passengers
on board, who are fed from the ship's own stores and shall be brought ashore in boats once the swell allows.

Divers will look at the quay wall tomorrow. The mayor spoke of the worst night that the harbour has seen since
the spring flood of 1962, and asked neighbours to keep away from the water.
""".strip().split("\n\n")
)
Printing = Callable[..., int]


@pytest.fixture
def printed(make_story: MakeStory) -> Printing:
    """Put an edited copy of TEXT into the store."""

    def put(source: str, seed: int = 1, **fields: object) -> int:
        copy = edited("Storm closes the old harbour", TEXT, seed)
        return make_story(copy.title, body=copy.html, source=source, **fields)

    return put


def folds(store: Store) -> dict[int, int]:
    """Story → the one that is shown in its place."""
    with store.reading() as session:
        found = session.execute(select(Story.id, Story.folded_into).where(Story.folded_into.is_not(None)))
        return {story_id: head for story_id, head in found if head is not None}


def shown(session: Session) -> list[int]:
    return [story.id for story in listing.find(session, Selection(), zone=UTC, limit=50).stories]


def test_copies_of_other_sources_are_folded_into_the_first_published(store: Store, printed: Printing) -> None:
    later = printed("Evening Post", 1, published_at=NOON + timedelta(hours=3), tags=("Ports",))
    first = printed("Morning Sun", 2, published_at=NOON, key="sun-1")
    last = printed("Tribune", 3, published_at=NOON + timedelta(days=2), slug="tribune", key="trib-9")

    derive.catch_up(store)

    assert folds(store) == {later: first, last: first}
    with store.reading() as session:
        [row] = listing.find(session, Selection(), zone=UTC, limit=5).stories
        copy = full(session, "tribune")
        assert (row.id, [(also.source.name, also.key) for also in row.also]) == (
            first,
            [("Evening Post", "key-1"), ("Tribune", "trib-9")],
        )
        assert copy and copy.shown_as == row
        assert facets(session, Selection(), zone=UTC, limit=None).tags == ()


def test_a_copy_that_comes_in_later_but_was_published_first_takes_the_place(
    store: Store, printed: Printing
) -> None:
    one = printed("Evening Post", 1)
    derive.catch_up(store)

    first = printed("Morning Sun", 2, published_at=NOON - timedelta(hours=1))
    derive.catch_up(store)

    assert folds(store) == {one: first}


@pytest.mark.parametrize(
    ("source", "apart"),
    [("Morning Sun", timedelta(0)), ("Tribune", timedelta(days=8))],
)
def test_neither_a_sources_own_repetition_nor_an_old_text_is_a_copy(
    store: Store, printed: Printing, source: str, apart: timedelta
) -> None:
    printed("Morning Sun", 1)
    printed(source, 2, published_at=NOON + apart)

    derive.catch_up(store)

    assert folds(store) == {}


def test_teasers_too_short_to_know_again_stay(store: Store, make_story: MakeStory) -> None:
    for source in ("Morning Sun", "Tribune"):
        make_story("Weather", source=source, body="<p>Read the whole forecast for tomorrow on our page.</p>")

    derive.catch_up(store)

    assert folds(store) == {}


def test_a_pair_that_somebody_parts_stays_apart_until_it_is_taken_back(
    store: Store, printed: Printing
) -> None:
    one, two, three = printed("A", 1, slug="one"), printed("B", 2, slug="two"), printed("C", 3, slug="three")
    derive.catch_up(store)

    folding.part(store, "three", "one")
    touch(store, one, two, three)
    derive.catch_up(store)
    parted = folds(store)
    folding.part(store, "one", "three", apart=False)

    assert parted == {two: one}
    assert folds(store) == {two: one, three: one}
    with pytest.raises(folding.UnknownStory, match="there is no story four"):
        folding.part(store, "one", "four")


def test_when_the_shown_story_goes_the_next_one_takes_its_place(store: Store, printed: Printing) -> None:
    one, two, three = printed("A", 1), printed("B", 2), printed("C", 3)
    derive.catch_up(store)

    with store.writing() as session:
        session.execute(delete(Story).where(Story.id == one))
        revisions.bump(session)
    derive.catch_up(store)

    assert folds(store) == {three: two}


def test_a_text_that_is_rewritten_is_shown_again(store: Store, printed: Printing) -> None:
    one, two = printed("A", 1), printed("B", 2)
    derive.catch_up(store)

    with store.writing() as session:
        new = "<p>" + " ".join(f"word{n}" for n in range(60)) + "</p>"
        session.execute(update(StoryBody).where(StoryBody.story_id == two).values(html=new))
    touch(store, two)
    before = folds(store)
    derive.catch_up(store)

    assert before == {two: one}
    assert folds(store) == {}


def test_the_switch_shows_all_and_folds_them_again(store: Store, printed: Printing) -> None:
    one, two = printed("A", 1), printed("B", 2)
    derive.catch_up(store)

    derive.catch_up(store, fold=False)
    with store.reading() as session:
        both = shown(session)
    derive.catch_up(store)

    assert sorted(both) == [one, two]
    assert folds(store) == {two: one}


def test_reindexing_comes_to_the_same(store: Store, printed: Printing) -> None:
    printed("A", 1), printed("B", 2)
    derive.catch_up(store)
    before = folds(store)

    derive.reset(store)
    derive.catch_up(store)

    assert folds(store) == before != {}


def test_r04_a_run_that_is_stopped_before_it_wrote_its_pairs_is_finished_by_the_next(
    store: Store, printed: Printing, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = printed("A", 1), printed("B", 2)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(folding, "_put_pairs", stop)
        derive.catch_up(store)
    derive.catch_up(store)

    assert folds(store) == {two: one}


def test_lightly_edited_copies_of_an_agencys_texts_are_found(store: Store, make_story: MakeStory) -> None:
    texts = [
        (str(post["title"]), tuple(post.content.split("\n\n")))
        for post in map(frontmatter.load, sorted(places.DEMO.glob("*/*.md")))
    ]
    wanted: dict[int, int] = {}
    for at, (title, paragraphs) in enumerate(texts):
        first = make_story(title, body="".join(f"<p>{p}</p>" for p in paragraphs), source="Agency")
        for seed in range(3):
            copy = edited(title, paragraphs, at * 3 + seed)
            wanted[make_story(copy.title, body=copy.html, source=f"Paper {seed}")] = first

    derive.catch_up(store)

    found = folds(store)
    assert sum(found.get(copy) == first for copy, first in wanted.items()) / len(wanted) >= 0.97
    assert all(wanted[copy] == head for copy, head in found.items())


@needs_shared_data
def test_articles_on_different_events_are_not_folded(store: Store, make_story: MakeStory) -> None:
    events = {}
    for n, article in enumerate(rows("news/ecb-plus.jsonl.gz")):
        body = f"<p>{article['body']}</p>".replace("&", "&amp;")
        events[make_story(article["title"], body=body, source=f"Paper {n}")] = article["event"]

    derive.catch_up(store)

    groups: dict[int, set[int]] = defaultdict(set)
    for copy, head in folds(store).items():
        groups[head] |= {copy, head}
    pairs = Counter(
        events[one] == events[other] for group in groups.values() for one, other in combinations(group, 2)
    )
    assert pairs[True] / pairs.total() >= 0.98
    assert pairs[True] / same_event_pairs(events.values()) >= 0.04  # most papers wrote their own words


def same_event_pairs(events: object) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(events).values())  # type: ignore[call-overload]


def touch(store: Store, *ids: int) -> None:
    """Make these stories look changed."""
    with store.writing() as session:
        session.execute(update(Story).where(Story.id.in_(ids)).values(revision=revisions.bump(session)))
