"""While somebody types: tags and titles; and the word that a misspelt one was meant to be."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from makers import NOON, MakeStory
from sqlalchemy.orm import Session

from htmxnews.finding import derive, index, search_table, spelling, suggestions
from htmxnews.finding.expressions import Expression
from htmxnews.finding.facets import TagCount
from htmxnews.finding.suggestions import TAGS, TITLES, Suggestions
from htmxnews.store.engine import Store


def offered(store: Store, typed: str) -> Suggestions:
    with store.reading() as session:
        return suggestions.suggestions(session, typed)


def meant(store: Store, q: str) -> str | None:
    derive.catch_up(store)
    with store.reading() as session:
        return spelling.meant(session, index.current(session), q)


def titles(store: Store, typed: str) -> list[str]:
    return [story.title for story in offered(store, typed).stories]


def test_titles_are_offered_by_the_beginnings_of_their_words_newest_first(
    store: Store, make_story: MakeStory
) -> None:
    make_story("Harbour lights go out", published_at=NOON - timedelta(days=1))
    make_story("New lighthouse for the harbour")
    make_story("The delight of bread")

    assert titles(store, "l") == ["New lighthouse for the harbour", "Harbour lights go out"]
    assert titles(store, "LIGHT har") == ["New lighthouse for the harbour", "Harbour lights go out"]
    assert titles(store, "lighth") == ["New lighthouse for the harbour"]
    assert titles(store, "zeppelin") == titles(store, "?! ") == titles(store, "") == []


def test_tags_are_offered_with_their_counts_the_largest_first(store: Store, make_story: MakeStory) -> None:
    for tags in (("North Sea", "Seals"), ("Seals",), ("Bread",)):
        make_story("Story", tags=tags)

    assert offered(store, "sea").tags == (
        TagCount("seals", "Seals", 2),
        TagCount("north-sea", "North Sea", 1),
    )


def test_there_are_only_a_few_offers(store: Store, make_story: MakeStory) -> None:
    for n in range(12):
        make_story(f"Sea story {n}", tags=(f"Sea {n}",))

    found = offered(store, "sea")

    assert (len(found.tags), len(found.stories)) == (TAGS, TITLES)


@pytest.mark.parametrize("typed", ["대통", "통령", "대통령이 도", "ﾄﾞｷｭ", "ドキュ"])
def test_runs_are_found_inside_and_whatever_their_width(
    store: Store, make_story: MakeStory, typed: str
) -> None:
    make_story("한국대통령이 도쿄를 방문했다" if typed[0] in "대통" else "夜のドキュメント", lang="ko")

    assert len(titles(store, typed)) == 1


def test_accents_do_not_matter(store: Store, make_story: MakeStory) -> None:
    make_story("Émeute à Orléans", tags=("Économie",))

    assert titles(store, "emeu orlé") == ["Émeute à Orléans"]
    assert [tag.name for tag in offered(store, "econ").tags] == ["Économie"]


def test_a_story_that_came_a_moment_ago_is_offered(store: Store, make_story: MakeStory) -> None:
    make_story("Comet seen")
    assert titles(store, "com") == ["Comet seen"]

    make_story("Comet gone", published_at=NOON + timedelta(hours=1))

    assert titles(store, "com") == ["Comet gone", "Comet seen"]


def test_older_titles_come_from_the_search(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "NEWEST", 1)
    make_story("The zeppelin lands", published_at=NOON - timedelta(days=900))
    make_story("A zeppelin in the text only", published_at=NOON - timedelta(days=900), slug="other")
    make_story("Newest")
    derive.catch_up(store)

    assert titles(store, "zeppelin la") == ["The zeppelin lands"]


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("presidnet", "president"),
        ("presdent", "president"),
        ("presiddent", "president"),
        ("prasident", "president"),
        ("prasidemt", "president"),
        ("ferry presidnet", "ferry president"),
        ('"presidnet speaks" ferry', '"president speaks" ferry'),
        ("presidnet -ferrie", "president -ferrie"),
        ("Президетн", "президент"),
    ],
)
def test_a_misspelt_word_offers_the_nearest_one(
    store: Store, make_story: MakeStory, typed: str, better: str
) -> None:
    make_story("The president speaks", body="<p>On a ferry.</p>")
    make_story("Президент", lang="ru")

    assert meant(store, typed) == better


@pytest.mark.parametrize(
    "q", ["president", "presidents", "presid", "xkcdqwrt", "prs", "12345", "한국", "-presidnet"]
)
def test_what_is_known_or_like_nothing_offers_nothing(store: Store, make_story: MakeStory, q: str) -> None:
    make_story("The president speaks")

    assert meant(store, q) is None


@pytest.mark.parametrize(
    ("typed", "better"),
    [("대통렁", "대통령"), ("대통령은 제주더", "대통령은 제주도"), ("데통령이", "대통령")],
)
def test_a_misspelt_korean_word_offers_the_nearest_one_by_its_letters(
    store: Store, make_story: MakeStory, typed: str, better: str
) -> None:
    make_story("대통령이 제주도를 방문했다", lang="ko")
    make_story("바다와 소금", lang="ko")

    assert meant(store, typed) == better


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("经计", "经济"),
        ("济经", "经济"),
        ("经济增张", "经济增长"),
        ("人工只能", "人工智能"),
        ("人工智", None),
        ("人工智能能力", None),
        ("經濟成張", "經濟成長"),
        ("颱峰", "颱風"),
        ("総理大神", "総理大臣"),
        ("食べ者", "食べ物"),
        ("コンピュタ", "コンピュータ"),
        ("オリンピッグ", "オリンピック"),
        ("オリソピック 東京", "オリンピック 東京"),
        ("東京のオリンピク", "東京のオリンピック"),
        ("ニューース", "ニュース"),
        ("东京电影", None),
        ("经济会见", None),
        ("鯨鯨鯨", None),
    ],
)
def test_a_misspelt_run_of_ideographs_or_kana_offers_the_nearest_one(
    store: Store, make_story: MakeStory, typed: str, better: str | None
) -> None:
    make_story("中国经济增长放缓", lang="zh-Hans", tags=("人工智能",))
    make_story("经理会见电影导演", lang="zh-Hans", body="<p>能力有限, 东京。</p>")
    make_story("经济数据", lang="zh-Hans")
    make_story("颱風來襲, 經濟成長趨緩", lang="zh-Hant")
    make_story("総理大臣が東京のオリンピックを訪れた", lang="ja")
    make_story("コンピュータと食べ物のニュース", lang="ja")

    assert meant(store, typed) == better


def test_s22_a_run_is_compared_in_bounded_time(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_story("中国经济增长放缓", lang="zh")
    derive.catch_up(store)
    asked: list[Expression] = []
    real = search_table.count

    def count(session: Session, expression: Expression) -> int:
        asked.append(expression)
        return real(session, expression)

    monkeypatch.setattr(search_table, "count", count)

    for run in ("鯨" * 100, "鯨山" * 12, " ".join("鯨山" * n for n in range(1, 13))):
        assert meant(store, run) is None
    assert len(asked) < 40


def test_the_commoner_of_two_near_words_is_offered(store: Store, make_story: MakeStory) -> None:
    make_story("A band plays")
    for _ in range(3):
        make_story("Golden sand")

    assert meant(store, "qand") == "sand"


def test_s22_a_search_asks_for_few_nearest_words(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_story("The president speaks")
    derive.catch_up(store)
    asked: list[Sequence[str]] = []
    real = search_table.document_counts

    def document_counts(session: Session, terms: Sequence[str]) -> dict[str, int]:
        asked.append(terms)
        return real(session, terms)

    monkeypatch.setattr(search_table, "document_counts", document_counts)

    assert meant(store, " ".join(f"presidnet{'abcdefghij'[n]}" for n in range(10))) is None
    assert len(asked) == 1
