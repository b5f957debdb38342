"""Catching up: complete, in pieces, whoever is stopped in between."""

from pathlib import Path

import pytest
from makers import MakeStory
from sqlalchemy import ColumnElement, literal_column, select, text
from sqlalchemy.orm import Session

from finding.newsroom import build, remove
from htmxnews.finding import corpus, derive, relating, search_table
from htmxnews.finding.entries import Entry
from htmxnews.store.engine import Store


def everything(store: Store) -> tuple[list[object], ...]:
    """All that is derived, scores rounded."""
    words = "term, doc, cnt FROM search_terms" if store.is_file else "story_id, words FROM search"
    asked = (
        "SELECT story_id, rank, other_id, round(CAST(score AS NUMERIC), 4), reason"
        " FROM related_story ORDER BY 1, 2",
        "SELECT story_id, gist FROM story_gist ORDER BY 1",
        f"SELECT {words} ORDER BY 1",
    )
    with store.reading() as session:
        return tuple([tuple(row) for row in session.execute(text(query))] for query in asked)


def behind(store: Store) -> int:
    with store.reading() as session:
        return derive.behind(session)


def test_catching_up_tells_its_steps_and_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "BATCH", 8)
    store = build(tmp_path, 20).store
    steps: list[tuple[int, int]] = []
    assert behind(store) == 20

    count = derive.catch_up(store, lambda done, of: steps.append((done, of)))

    assert count == 20
    assert steps == [(done, 60) for done in (8, 16, 20, 28, 36, 40, 48, 56, 60)]
    assert behind(store) == 0
    assert derive.catch_up(store) == 0


def test_many_stories_of_one_revision_are_all_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "BATCH", 3)
    store = build(tmp_path, 10).store
    with store.writing() as session:
        session.execute(text("UPDATE story SET revision = 5"))

    derive.catch_up(store)

    with store.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM story_gist")) == 10


def test_r04_a_run_that_is_stopped_anywhere_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(BaseException):
        pass

    (tmp_path / "whole").mkdir()
    (tmp_path / "pieces").mkdir()
    whole, pieces = build(tmp_path / "whole", 30).store, build(tmp_path / "pieces", 30).store
    monkeypatch.setattr(derive, "BATCH", 4)
    monkeypatch.setattr(corpus, "CANDIDATES", 3)  # as if there were very many: not all find each other
    monkeypatch.setattr(corpus, "HEADLINE_CANDIDATES", 2)
    derive.catch_up(whole)
    real_put, real_write = search_table.put, relating.write
    turns = 0

    def now_and_then() -> None:
        nonlocal turns
        turns += 1
        if turns % 2:
            raise Stopped

    def put(session: Session, entries: list[Entry]) -> None:
        real_put(session, entries)
        now_and_then()

    def write(session: Session, changes: relating.Changes) -> None:
        real_write(session, changes)
        now_and_then()

    monkeypatch.setattr(search_table, "put", put)
    monkeypatch.setattr(relating, "write", write)
    stops = 0
    while behind(pieces):
        try:
            derive.catch_up(pieces)
        except Stopped:
            stops += 1

    assert stops > 10
    assert everything(pieces) == everything(whole)


def test_reset_and_catching_up_give_the_same_again(tmp_path: Path) -> None:
    store = build(tmp_path, 25).store
    derive.catch_up(store)
    before = everything(store)

    derive.reset(store)
    emptied = everything(store)
    derive.catch_up(store)

    assert emptied == ([], [], [])
    assert everything(store) == before


def test_nothing_stays_of_deleted_stories(tmp_path: Path) -> None:
    newsroom = build(tmp_path, 12)
    derive.catch_up(newsroom.store)
    for story_id in list(newsroom.facts)[:4]:
        remove(newsroom, story_id)

    derive.catch_up(newsroom.store)

    with newsroom.store.reading() as session:
        number: ColumnElement[int] = literal_column(
            "rowid" if session.get_bind().dialect.name == "sqlite" else "story_id"
        )
        kept = session.scalars(select(number).select_from(text("search")).order_by(number)).all()
        assert kept == session.scalars(text("SELECT story_id FROM story_gist ORDER BY 1")).all()
    assert kept == sorted(newsroom.facts)


def test_a_story_without_any_word_is_no_trouble(store: Store, make_story: MakeStory) -> None:
    make_story("…", summary="", body="")

    assert derive.catch_up(store) == 1
    assert behind(store) == 0


@pytest.mark.sqlite  # the index of PostgreSQL is one tree
def test_what_has_come_at_once_is_looked_for_in_one_place(store: Store, make_story: MakeStory) -> None:
    for n in range(3 * derive.BATCH):
        make_story(f"Tide {n}")

    derive.catch_up(store)
    at_once = _parts(store)
    make_story("One more tide")
    derive.catch_up(store)

    assert (at_once, _parts(store)) == (1, 2)


def _parts(store: Store) -> int:
    with store.reading() as session:
        found: int = session.execute(text("SELECT count(DISTINCT segid) FROM search_idx")).scalar_one()
    return found
