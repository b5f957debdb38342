"""Related stories: the right ones, each with a reason that can be checked."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from makers import NOON, MakeStory
from sqlalchemy import delete, select, update

from htmxnews.finding import derive, gist, listing, stage
from htmxnews.finding.related import Related, related
from htmxnews.selection import Selection
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Story, StoryBody, StoryGist

UTC_ZONE = ZoneInfo("UTC")
SUMMIT = "<p>On Monday, {} met Kim Jong Un in Pyongyang. They spoke about grain and steel for an hour.</p>"


def beside(store: Store, story_id: int, limit: int = 5, selection: Selection | None = None) -> list[Related]:
    derive.catch_up(store)
    with store.reading() as session:
        return list(related(session, story_id, selection=selection or Selection(), limit=limit))


def ids(found: list[Related]) -> list[int]:
    return [item.row.id for item in found]


@pytest.fixture
def crowd(make_story: MakeStory) -> None:
    """Stories about other things, so that words can be rare."""
    for n in range(30):
        make_story(f"Kitchen notes {n}", body=f"<p>How to bake bread number {n} with salt.</p>", summary="")


def test_the_same_event_comes_first_with_the_names_of_both(
    store: Store, make_story: MakeStory, crowd: None
) -> None:
    one = make_story("A visit", body=SUMMIT.format("Vladimir Putin"), summary="")
    other = make_story(
        "Guests", body=SUMMIT.format("Putin’s envoy and Putin").replace("steel", "tin"), summary=""
    )
    make_story("Steel", body="<p>How steel is made from grain of ore.</p>", summary="")

    found = beside(store, one)

    assert found[0].row.id == other
    assert re.fullmatch("Both mention (?=.*Kim Jong Un)(?=.*(Putin|Pyongyang)).* and .*", found[0].reason)


def test_a_word_of_a_name_counts_more() -> None:
    about, _ = gist.make("A visit", "", [], "By the lake she met Zorin again.", "en")

    assert about.words["zorin"] > about.words["lake"]


def test_a_word_that_is_also_written_small_is_no_name(
    store: Store, make_story: MakeStory, crowd: None
) -> None:
    one = make_story("Law", body="<p>We read Clause nine of it; a clause is short.</p>", summary="")
    other = make_story("Rules", body="<p>See Clause two of the rules.</p>", summary="")

    found = beside(store, one)

    assert (found[0].row.id, found[0].reason) == (other, "Both about clause")


def test_rare_tags_explain_when_no_name_does(store: Store, make_story: MakeStory, crowd: None) -> None:
    one = make_story("Ports", tags=("Energy", "Trade"), body="<p>what freight costs at the quay</p>")
    other = make_story("Quays", tags=("Trade", "Energy"), body="<p>freight by night</p>")

    found = beside(store, one)

    assert (found[0].row.id, found[0].reason) in [
        (other, "Both tagged Energy and Trade"),
        (other, "Both tagged Trade and Energy"),
    ]


def test_shared_words_explain_as_they_are_written(store: Store, make_story: MakeStory, crowd: None) -> None:
    one = make_story("Ports", body="<p>what freight costs at lighthouses</p>", summary="")
    other = make_story("Quays", body="<p>freight and lighthouses by night</p>", summary="")

    found = beside(store, one)

    assert found[0].row.id == other
    assert found[0].reason == "Both about freight and lighthouses"


@pytest.mark.parametrize(
    ("lang", "body", "reason"),
    [
        ("en", "<p>With several lighthouses. Nevertheless</p>", "Both about lighthouses"),
        ("fr", "<p>Cependant plusieurs phares. Toutefois</p>", "Both about phares"),
    ],
)
def test_words_that_any_text_has_explain_nothing(
    store: Store, make_story: MakeStory, crowd: None, lang: str, body: str, reason: str
) -> None:
    one = make_story("Ports", lang=lang, body=body, summary="")
    other = make_story("Quays", lang=lang, body=body, summary="")

    found = beside(store, one)

    assert (found[0].row.id, found[0].reason) == (other, reason)


def test_korean_stories_are_related_by_their_words(store: Store, make_story: MakeStory, crowd: None) -> None:
    one = make_story("대통령이 항구를 방문했다", lang="ko", body="", summary="")
    other = make_story("항구에서 만난 대통령", lang="ko", body="", summary="")

    found = beside(store, one)

    assert found[0].row.id == other
    assert found[0].reason in ("Both about 대통령 and 항구", "Both about 항구 and 대통령")


def test_a_short_list_is_filled_with_its_true_reason(store: Store, make_story: MakeStory) -> None:
    tagged = make_story("Beta", tags=("Sea",), source="Elsewhere", body="", summary="")
    same_category = make_story("Gamma", category="World", source="Elsewhere", body="", summary="")
    same_source = make_story("Delta", body="", summary="")
    make_story("Epsilon", source="Elsewhere", body="", summary="")
    one = make_story("Alpha", tags=("Sea",), category="World", body="", summary="")

    found = beside(store, one)

    assert [(item.row.id, item.reason) for item in found] == [
        (tagged, "Both tagged Sea"),
        (same_category, "Also in World"),
        (same_source, "Also from Test desk"),
    ]
    assert ids(beside(store, one, limit=1)) == [tagged]


def test_never_itself_and_no_title_twice(store: Store, make_story: MakeStory) -> None:
    one, *_ = (make_story("A comet over the harbour", slug=f"comet-{n}") for n in range(3))
    twins = [make_story("The harbour comet returns", slug=f"back-{n}") for n in range(2)]

    found = beside(store, one)

    assert len(found) == 1
    assert found[0].row.id in twins


def test_of_the_selection_only_not_counts(store: Store, make_story: MakeStory, crowd: None) -> None:
    one = make_story("Comet over the harbour", tags=("Sky",))
    sport = make_story("Harbour comet race", tags=("Sport",))
    calm = make_story("Comet in the harbour town", tags=("Sky",))

    found = beside(store, one, selection=Selection(not_=("sport",), tag=("sport",)))

    assert calm in ids(found)
    assert sport not in ids(found)


def test_nearness_in_time_decides_among_equals(store: Store, make_story: MakeStory, crowd: None) -> None:
    one = make_story("Comet one", body="<p>comet over harbour</p>", summary="")
    new = make_story(
        "Comet ten", body="<p>comet over harbour</p>", summary="", published_at=NOON - timedelta(9)
    )
    old = make_story(
        "Comet two", body="<p>comet over harbour</p>", summary="", published_at=NOON - timedelta(900)
    )

    assert ids(beside(store, one))[:2] == [new, old]


def test_the_sizes_of_candidates_are_kept(
    store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *others = [make_story(f"Harbour {n}", body=f"<p>The lighthouse of bay {n}.</p>") for n in range(4)]
    monkeypatch.setattr(derive, "BATCH", 1)
    derive.catch_up(store)
    with store.writing() as session:
        session.execute(update(StoryGist).values(words=None, headline=None))
        stage.reset(session, "related")

    def stop(_done: int, _steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        derive.catch_up(store, stop)

    with store.reading() as session:
        sized = set(session.scalars(select(StoryGist.story_id).where(StoryGist.words.is_not(None))))
    assert sized == {one, *others}


def test_a_new_story_comes_into_the_lists_it_belongs_to(
    store: Store, make_story: MakeStory, crowd: None
) -> None:
    old = make_story("Comet over the harbour", body="<p>A comet.</p>")
    for n in range(10):
        make_story(f"Harbour works {n}", body="<p>The harbour is dug out.</p>")
    before = ids(beside(store, old, limit=8))

    late = make_story("Harbour comet again", body="<p>The comet over the harbour came back.</p>")

    assert ids(beside(store, old, limit=8)) == [late, *before][:8]


def test_a_story_that_changed_leaves_the_lists_it_no_longer_belongs_to(
    store: Store, make_story: MakeStory, crowd: None
) -> None:
    old = make_story("Comet over the harbour", body="<p>A comet.</p>", summary="")
    other = make_story("Harbour comet", body="<p>A comet, too.</p>", summary="", source="Elsewhere")
    assert ids(beside(store, old))[0] == other

    with store.writing() as session:
        changed = {"title": "Violin strings", "revision": revisions.bump(session)}
        session.execute(update(Story).where(Story.id == other).values(changed))
        body = {"html": "<p>Made of gut.</p>"}
        session.execute(update(StoryBody).where(StoryBody.story_id == other).values(body))

    assert other not in ids(beside(store, old))
    with store.reading() as session:
        found = listing.find(session, Selection(q="comet"), zone=UTC_ZONE, limit=5)
    assert [story.id for story in found.stories] == [old]


def test_a_deleted_story_leaves_search_and_lists(store: Store, make_story: MakeStory, crowd: None) -> None:
    old = make_story("Comet over the harbour")
    other = make_story("Harbour comet")
    assert ids(beside(store, old))[0] == other

    with store.writing() as session:
        revisions.bump(session)
        session.execute(delete(Story).where(Story.id == other))

    assert other not in ids(beside(store, old))
    with store.reading() as session:
        found = listing.find(session, Selection(q="comet"), zone=UTC_ZONE, limit=5)
    assert [story.id for story in found.stories] == [old]


def test_a_story_that_is_not_there_has_none(store: Store) -> None:
    assert beside(store, 5) == []
