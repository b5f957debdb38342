"""Counts: exact, always."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import MakeStory

from finding.newsroom import Newsroom
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


@pytest.mark.parametrize("walk_max", [module.WALK_MAX, -1], ids=["walked", "intersected"])
def test_counts_are_what_plain_python_counts(
    newsroom: Newsroom, walk_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WALK_MAX", walk_max)

    @settings(max_examples=150, deadline=None)
    @given(selection=selections, limit=st.one_of(st.none(), st.integers(1, 12)))
    def check(selection: Selection, limit: int | None) -> None:
        expected = plain_counts(newsroom, selection)
        with newsroom.store.reading() as session:
            found = facets(session, selection, zone=UTC_ZONE, limit=limit)
        shown = expected.tags[:limit]
        chosen = {*selection.tag, *selection.any}
        more = tuple(tag for tag in expected.tags[len(shown) :] if tag.slug in chosen)
        assert found == Facets(expected.total, shown + more)

    check()


def test_a_selected_tag_counts_all(newsroom: Newsroom) -> None:
    with newsroom.store.reading() as session:
        found = facets(session, Selection(tag=("tag-3",)), zone=UTC_ZONE, limit=1)

    assert {tag.slug: tag.count for tag in found.tags}["tag-3"] == found.total > 0


def test_of_equal_counts_the_first_by_name_is_offered(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WALK_MAX", -1)
    make_story(tags=("Zebra", "Ant"))

    with store.reading() as session:
        found = facets(session, Selection(), zone=UTC_ZONE, limit=1)

    assert [tag.name for tag in found.tags] == ["Ant"]
