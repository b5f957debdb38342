"""Search: what is found, in what order, at what cost, whatever is typed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import databases
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from makers import NOON, MakeStory, story_maker
from sqlalchemy import text
from sqlalchemy.orm import Session

from finding.newsroom import Newsroom, build
from htmxnews.finding import derive, listing, search, search_table
from htmxnews.finding.expressions import Expression, Run
from htmxnews.finding.facets import facets
from htmxnews.finding.listing import Page
from htmxnews.finding.search import marked
from htmxnews.selection import Selection
from htmxnews.store import migrate
from htmxnews.store.engine import Store

UTC_ZONE = ZoneInfo("UTC")


def found(store: Store, q: str, limit: int = 20, **more: str) -> Page:
    derive.catch_up(store)
    with store.reading() as session:
        selection = Selection.parse([("q", q), *more.items()])
        return listing.find(session, selection, zone=UTC_ZONE, limit=limit)


def ids(page: Page) -> list[int]:
    return [story.id for story in page.stories]


def test_a_word_is_found_by_its_stem_anywhere(store: Store, make_story: MakeStory) -> None:
    title = make_story("Elections ahead")
    body = make_story(body="<p>They were <b>elec</b>ting a mayor.</p>")
    tag = make_story(tags=("Election",))
    make_story("Selections of cheese")

    assert set(ids(found(store, "ELECTION"))) == {title, body, tag}


def test_a_title_outranks_a_body(store: Store, make_story: MakeStory) -> None:
    body = make_story(body="<p>The comet was seen.</p>", published_at=NOON + timedelta(days=1))
    title = make_story("The comet returns")

    assert ids(found(store, "comet")) == [title, body]
    assert ids(found(store, "comet", sort="new")) == [body, title]


def test_a_newer_story_goes_before_an_equal_older_one(store: Store, make_story: MakeStory) -> None:
    for _ in range(5):
        make_story("Salt")
    new = make_story("Bread of the day", body="<p>A little longer than the other.</p>")
    old = make_story("Bread of the day", body="<p>A little.</p>", published_at=NOON - timedelta(days=400))

    assert ids(found(store, "bread")) == [new, old]


def test_short_searches_want_every_word_if_a_story_has_them(store: Store, make_story: MakeStory) -> None:
    both = make_story("Harbour bread")
    make_story("Harbour lights")
    make_story("Bread and salt")

    assert ids(found(store, "bread harbour")) == [both]


def test_any_word_is_enough_when_no_story_has_all(store: Store, make_story: MakeStory) -> None:
    harbour = make_story("Harbour lights")
    bread = make_story("Bread and salt")

    assert set(ids(found(store, "bread harbour violin"))) == {harbour, bread}


def test_a_question_finds_its_answer_first(store: Store, make_story: MakeStory) -> None:
    make_story("How streets got their numbers")
    answer = make_story("Why the sky is blue", body="<p>Light is scattered by the air.</p>")

    assert ids(found(store, "can anybody tell me why on earth the sky looks so blue at noon"))[0] == answer


def test_phrases_are_exact_and_must_be_there(store: Store, make_story: MakeStory) -> None:
    phrase = make_story("A letter from New York")
    make_story("New bridges in York", body="<p>york, new</p>")
    make_story("Tower", tags=("Some New", "York town"))

    assert ids(found(store, '"new york"')) == [phrase]
    assert ids(found(store, 'violin "new york"')) == [phrase]


def test_what_comes_after_a_minus_is_left_out(store: Store, make_story: MakeStory) -> None:
    calm = make_story("Sea and salt")
    make_story("Sea and storm")

    assert ids(found(store, "sea -storm")) == [calm]
    assert found(store, "-storm").total == 0


def test_the_last_word_finds_longer_ones(store: Store, make_story: MakeStory) -> None:
    made = make_story("Lighthouse arithmetic")

    assert ids(found(store, "arithmetic lightho")) == [made]
    assert ids(found(store, "lightho")) == [made]
    assert found(store, "lightho, arithmetic violin").total == 1
    assert found(store, "li").total == 0


@pytest.mark.parametrize("q", ["대통령", "대통령은", "대통령 방문", "통령", "방문했다"])
def test_korean_is_found_inside_runs_and_with_other_particles(
    store: Store, make_story: MakeStory, q: str
) -> None:
    made = make_story("한국대통령이 도쿄를 방문했다", lang="ko")
    make_story("바다와 소금", lang="ko")

    assert ids(found(store, q)) == [made]


def test_a_particle_does_not_let_parts_of_a_word_in(store: Store, make_story: MakeStory) -> None:
    made = make_story("대통령이 왔다", lang="ko")
    make_story("통령은 다르다", lang="ko")

    assert ids(found(store, "대통령은")) == [made]


@pytest.mark.parametrize("q", ["東京", "タワー", "ﾀﾜｰ", "夜の東京", "東京の夜と橋"])
def test_japanese_is_found_inside_runs(store: Store, make_story: MakeStory, q: str) -> None:
    made = make_story("夜の東京タワーを歩く", lang="ja")
    make_story("京の都、東の海", lang="ja", body="")

    assert ids(found(store, q))[0] == made


def test_a_word_is_stemmed_in_the_languages_of_the_stories(store: Store, make_story: MakeStory) -> None:
    made = make_story("Las elecciones", lang="es")
    make_story("Something else", lang="en")

    assert ids(found(store, "elección")) == [made]


def test_accents_do_not_matter(store: Store, make_story: MakeStory) -> None:
    made = make_story("Café crème", lang="fr")

    assert ids(found(store, "cafe creme")) == [made]


def test_total_and_counts_are_of_all_hits(tmp_path: Path) -> None:
    newsroom = build(tmp_path, 60)
    river = {fact.id for fact in newsroom.facts.values() if "river" in fact.words}

    page = found(newsroom.store, "river", limit=5)

    assert page.total == len(river) > 5
    with newsroom.store.reading() as session:
        counted = facets(session, Selection(q="river"), zone=UTC_ZONE, limit=None)
    assert counted.total == len(river)
    assert {tag.slug: tag.count for tag in counted.tags} == {
        tag: count
        for tag in sorted({tag for fact in newsroom.facts.values() for tag in fact.tags})
        if (count := sum(tag in newsroom.facts[story_id].tags for story_id in river))
    }


@pytest.mark.parametrize("sort", ["relevance", "new", "popular"])
def test_paging_through_hits_shows_each_once(
    tmp_path: Path, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "RANKED_MAX", 10)  # so that paging goes on into the hits without a rank
    newsroom = build(tmp_path, 60)
    river = {fact.id for fact in newsroom.facts.values() if "river" in fact.words}
    selection = Selection.parse([("q", "river"), ("sort", sort)])
    derive.catch_up(newsroom.store)

    shown: list[int] = []
    with newsroom.store.reading() as session:
        page = listing.find(session, selection, zone=UTC_ZONE, limit=4)
        shown += ids(page)
        while page.next:
            page = listing.find(session, selection, zone=UTC_ZONE, limit=4, after=page.next)
            shown += ids(page)
        restored = listing.find(session, selection, zone=UTC_ZONE, limit=4, through=page.last)

    assert sorted(shown) == sorted(river)
    assert ids(restored) == shown


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom whose words are ready to be searched; for tests that only read."""
    built = build(tmp_path_factory.mktemp("library"), 40)
    derive.catch_up(built.store)
    yield built
    built.store.dispose()


@settings(max_examples=300, deadline=None)
@given(q=st.text(max_size=80) | st.text("\"-*():^+{}'\\ ANDORNOTnear\0river한東é", max_size=40))
@example(q='"')
@example(q='- " * OR NOT( NEAR(a b, 3) title : x ^')
@example(q="\0river")
@example(q="\ud800 river")
def test_s22_any_input_is_a_search(library: Newsroom, q: str) -> None:
    with library.store.reading() as session:
        page = listing.find(session, Selection(q=q, sort="relevance"), zone=UTC_ZONE, limit=5)

    assert page.total <= 40
    assert "".join(piece for piece, _ in marked(q, q)) == q


def test_s22_only_the_rarest_words_of_a_long_search_count(
    library: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Expression] = []
    real = search_table.weighed

    def weighed(
        session: Session, terms: Sequence[tuple[Expression, float]], story_ids: Sequence[int], k1: float
    ) -> list[tuple[int, float]]:
        asked.extend(term for term, _ in terms)
        return real(session, terms, story_ids, k1)

    monkeypatch.setattr(search_table, "weighed", weighed)
    q = " ".join(str(n) for n in range(2, 40)) + " no such words"  # every story has its number in its title

    with library.store.reading() as session:
        page = listing.find(session, Selection(q=q, sort="relevance"), zone=UTC_ZONE, limit=5)

    assert len(asked) == search.TERMS_MAX
    assert page.total == search.TERMS_MAX


def test_s22_words_that_stand_everywhere_are_not_weighed_but_titles_and_new_stories_come_first(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WEIGHED", 5)
    old = make_story("The comet", published_at=NOON - timedelta(days=9))
    new = make_story("A comet again")
    body = [make_story(body="<p>Of a comet.</p>", published_at=NOON + timedelta(days=n)) for n in range(4)]

    derive.catch_up(store)
    monkeypatch.setattr(search_table, "weighed", lambda *_: pytest.fail("weighed"))

    assert ids(found(store, "comet")) == [new, old, *reversed(body)]


@pytest.mark.parametrize(("best", "chosen"), [(1, 1), (2, 2), (3, 7), (20, 7)])
def test_s22_only_stories_with_the_most_and_rarest_words_are_weighed_and_those_equal_to_them(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch, best: int, chosen: int
) -> None:
    monkeypatch.setattr(search, "RANKED_MAX", best)
    title = make_story("Comet and glacier", published_at=NOON - timedelta(days=9))
    both = make_story(body="<p>A comet, a glacier, a comet and a glacier.</p>")
    others = [make_story(body=f"<p>Of the comet, {n}.</p>") for n in range(5)]
    derive.catch_up(store)
    weighed: list[Sequence[int]] = []
    real = search_table.weighed

    def weigh(
        session: Session, terms: Sequence[tuple[Expression, float]], story_ids: Sequence[int], k1: float
    ) -> list[tuple[int, float]]:
        weighed.append(story_ids)
        return real(session, terms, story_ids, k1)

    monkeypatch.setattr(search_table, "weighed", weigh)

    hits = found(store, "comet glacier aurora lichen")

    assert set(weighed[0]) == set([title, both, *others][:chosen])
    assert ids(hits)[: min(chosen, 2)] == [title, both][:chosen]
    assert hits.total == 2 + len(others)


def test_newest_first_weighs_nothing(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make_story("The comet", published_at=NOON + timedelta(days=n)) for n in range(3)]
    derive.catch_up(store)
    monkeypatch.setattr(search_table, "weighed", lambda *_: pytest.fail("weighed"))

    assert ids(found(store, "comet", sort="new")) == made[::-1]


def test_s22_beside_a_word_that_stands_everywhere_the_rare_one_ranks(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WEIGHED", 5)
    for _ in range(5):
        make_story("The comet")
    both = make_story("Comet", body="<p>Over a glacier.</p>", published_at=NOON - timedelta(days=9))
    title = make_story("A glacier and a comet", published_at=NOON - timedelta(days=99))
    make_story("A glacier", published_at=NOON)

    assert ids(found(store, "comet glacier")) == [title, both]


def test_marked_shows_what_matched() -> None:
    assert marked("Elections in New York, and a selection", 'election "new york"') == [
        ("Elections", True),
        (" in ", False),
        ("New York", True),
        (", and a selection", False),
    ]
    assert marked("한국대통령이 왔다", "대통령은") == [("한국", False), ("대통령", True), ("이 왔다", False)]
    assert marked("Lighthouse", "lightho") == [("Lighthouse", True)]
    assert marked("<b> & river", "river") == [("<b> & ", False), ("river", True)]
    assert marked("", "river") == []


def test_a_new_story_is_found_although_the_search_was_asked_before(tmp_path: Path) -> None:
    store = Store(databases.at(tmp_path))
    migrate.upgrade(store)
    make_story = story_maker(store)
    make_story("Comet")
    with store.reading() as session:
        early = listing.find(session, Selection(q="comet"), zone=UTC_ZONE, limit=5)

    late = found(store, "comet")

    assert (early.total, late.total) == (0, 1)


@pytest.mark.postgresql  # SQLite looks for a word in one column
def test_the_titles_of_before_are_found_once_the_schema_is_up_to_date(tmp_path: Path) -> None:
    store = Store(databases.at(tmp_path))
    migrate.upgrade(store, "0012")
    with store.writing() as session:
        session.execute(text("INSERT INTO search VALUES (1, 'sea:1A'), (2, 'sea:1D')"))

    migrate.upgrade(store)

    with store.reading() as session:
        assert search_table.matching_ids(session, Run(("sea",), "title")) == [1]


def test_a_story_that_is_about_one_of_the_words_comes_before_one_that_mentions_two(
    store: Store, make_story: MakeStory
) -> None:
    mentions = make_story(body=f"<p>A comet, a harbour{' and more' * 10}.</p>")
    about = make_story(
        body=f"<p>{'Comet of ' * 9}old{' and' * 3}.</p>", published_at=NOON - timedelta(days=1)
    )
    make_story(body=f"<p>A harbour{' and more' * 10}.</p>", published_at=NOON - timedelta(days=1))
    for n in range(12):
        make_story(f"Others {n}", body=f"<p>Nothing of it{' or so' * 10}.</p>")
    derive.catch_up(store)

    assert ids(found(store, "why comet harbour lichen", sort="relevance"))[:2] == [about, mentions]


def test_a_word_in_a_third_of_the_stories_ranks_without_finding_any(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COMMON_FROM", 1)
    plain = make_story(body="<p>A comet over the hill.</p>")
    by_ship = make_story(body="<p>A comet over the ship.</p>", published_at=NOON - timedelta(days=1))
    for _ in range(2):
        make_story(body="<p>A ship on the sea.</p>")
    for n in range(5):
        make_story(f"Others {n}")
    derive.catch_up(store)

    assert ids(found(store, "which comet by ship", sort="relevance")) == [by_ship, plain]
