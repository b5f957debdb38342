"""Counts: exact, always."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import MakeStory

from finding.newsroom import Newsroom, crowd
from finding.test_listing import UTC_ZONE, selections
from htmxnews.finding import facets as module
from htmxnews.finding.facets import Facets, TagCount, facets
from htmxnews.selection import Selection
from htmxnews.store.engine import Store


def plain_counts(newsroom: Newsroom, selection: Selection) -> Facets:
    chosen = newsroom.chosen(selection, UTC_ZONE)
    counts = Counter(tag for fact in chosen for tag in fact.tags)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Facets(len(chosen), tuple(TagCount(slug, slug.title(), count) for slug, count in ordered))


@settings(max_examples=150, deadline=None)
@given(selection=selections, limit=st.one_of(st.none(), st.integers(1, 12)))
def test_counts_are_what_plain_python_counts(
    newsroom: Newsroom, selection: Selection, limit: int | None
) -> None:
    expected = plain_counts(newsroom, selection)

    with newsroom.store.reading() as session:
        found = facets(session, selection, zone=UTC_ZONE, limit=limit)

    shown = expected.tags[:limit]
    chosen = {*selection.tag, *selection.any}
    more = tuple(tag for tag in expected.tags[len(shown) :] if tag.slug in chosen)
    assert found == Facets(expected.total, shown + more)


def test_counts_of_large_results_are_exact_and_the_offered_tags_the_true_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WALKED", 10)
    newsroom = crowd(tmp_path, stories=3_000, tags=400)
    random = Random(5)  # noqa: S311 (the same each time)
    offered = missed = sampled = 0

    with newsroom.store.reading() as session:
        for _ in range(500):
            some = [f"tag-{int(400 * random.random() ** 8)}" for _ in range(3)]
            first, second = some[: random.randint(0, 1)], some[1 : random.randint(1, 3)]
            selection = Selection.parse(
                [*(("tag", slug) for slug in first), *(("any", slug) for slug in second), ("not", some[2])]
            )
            expected = {tag.slug: tag.count for tag in plain_counts(newsroom, selection).tags}
            found = facets(session, selection, zone=UTC_ZONE, limit=24)
            sampled += found.total > module.WALKED * 24
            assert all(expected[tag.slug] == tag.count for tag in found.tags)
            best = Counter(sorted(expected.values(), reverse=True)[:24])
            missed += (best - Counter(tag.count for tag in found.tags[:24])).total()
            offered += best.total()

    assert sampled > 150
    assert missed / offered <= 0.01


def test_a_selected_tag_counts_all(newsroom: Newsroom) -> None:
    with newsroom.store.reading() as session:
        found = facets(session, Selection(tag=("tag-3",)), zone=UTC_ZONE, limit=1)

    assert {tag.slug: tag.count for tag in found.tags}["tag-3"] == found.total > 0


def test_of_equal_counts_the_first_by_name_is_offered(store: Store, make_story: MakeStory) -> None:
    make_story(tags=("Zebra", "Ant"))

    with store.reading() as session:
        found = facets(session, Selection(), zone=UTC_ZONE, limit=1)

    assert [tag.name for tag in found.tags] == ["Ant"]
