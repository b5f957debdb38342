from pathlib import Path
from time import monotonic

import databases
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from htmxnews.store import migrate, revisions
from htmxnews.store.engine import UNTIMED, Store
from htmxnews.store.revisions import Moved

COUNT = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :top) SELECT max(i) FROM n"
)


def test_s21_a_reading_session_cannot_write(store: Store) -> None:
    with store.reading() as session, pytest.raises(DatabaseError, match=r"readonly|read-only"):
        session.execute(text("INSERT INTO state VALUES ('x', 1)"))


def test_s23_a_statement_that_reads_too_long_is_ended_and_the_next_one_is_not(store: Store) -> None:
    hurried = Store(store.url.render_as_string(hide_password=False), statement_s=0.2)
    began = monotonic()

    with (
        hurried.reading() as session,
        pytest.raises(OperationalError, match=r"interrupted|statement timeout"),
    ):
        session.execute(COUNT, {"top": 10**12})
    took = monotonic() - began

    assert 0.2 <= took < 5
    with hurried.reading() as session:
        assert session.execute(COUNT, {"top": 10}).scalar() == 10
    hurried.dispose()


def test_s23_what_reads_a_whole_table_once_a_revision_may_take_longer(store: Store) -> None:
    hurried = Store(store.url.render_as_string(hide_password=False), statement_s=0.0)

    with hurried.reading() as session:
        counted = session.execute(COUNT, {"top": 100_000}, execution_options=UNTIMED).scalar()

    assert counted == 100_000
    hurried.dispose()


def test_a_reading_that_believes_the_numbers_begins_only_where_they_still_hold(store: Store) -> None:
    believed = store.numbers()
    with store.reading(believed) as session:
        told, began = dict(revisions.seen(session)), session.in_transaction()
        counted = session.execute(COUNT, {"top": 10}).scalar()
    with store.writing() as session:
        revisions.bump(session)

    with store.reading(believed) as session, pytest.raises(Moved):
        session.execute(COUNT, {"top": 10})

    assert (told, began, counted) == (believed, False, 10)


def test_after_numbers_could_not_be_read_they_can_be_and_a_reading_still_sees_one_state(store: Store) -> None:
    before = store.numbers()
    for name, other in (("state", "gone"), ("gone", "state")):
        with store.writing() as session:
            session.execute(text(f"ALTER TABLE {name} RENAME TO {other}"))
        if other == "gone":
            away = store.numbers()

    with store.reading() as session:
        first = revisions.current(session)
        with store.writing() as writing:
            moved = revisions.bump(writing)
        second = revisions.current(session)

    now = store.numbers()
    assert (away, first, second) == (None, 0, 0)
    assert before is not None
    assert now == {**before, revisions.CONTENT: moved}


@pytest.mark.postgresql  # SQLite prepares again by itself
def test_numbers_are_read_again_where_what_was_prepared_holds_no_more(store: Store) -> None:
    before = store.numbers()
    with store.writing() as session:
        session.execute(text("ALTER TABLE state ALTER COLUMN value TYPE numeric"))

    assert (store.numbers(), store.numbers()) == (None, before)


@pytest.mark.postgresql
def test_no_statement_is_compiled_however_dear_the_planner_takes_it_for(store: Store) -> None:
    dear = text("EXPLAIN ANALYZE SELECT count(*) FROM generate_series(1, 10) AS n")
    for begun in (store.reading, store.writing):
        with begun() as session:
            session.execute(text("SET LOCAL jit_above_cost = 0"))

            assert "JIT:" not in session.scalars(dear).all()


@pytest.mark.sqlite
def test_r05_only_migrating_makes_the_file(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / '100% #1.db'}")

    with pytest.raises(OperationalError), store.reading() as session:
        session.execute(COUNT, {"top": 1})
    with pytest.raises(OperationalError), store.writing() as session:
        session.execute(COUNT, {"top": 1})
    left = list(tmp_path.iterdir())
    migrate.upgrade(store)

    assert left == []
    assert migrate.is_current(store)
    assert [made.name for made in tmp_path.glob("*.db")] == ["100% #1.db"]
    store.dispose()


def test_r08_a_schema_that_a_newer_release_has_made_is_left_alone(store: Store) -> None:
    with store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0999'"))

    assert not migrate.upgrade(store)
    assert migrate.is_current(store)


def test_r08_a_schema_of_before_is_brought_up_to_date(tmp_path: Path) -> None:
    store = Store(databases.at(tmp_path))
    migrate.upgrade(store, "0001")

    was_current = migrate.is_current(store)

    assert not was_current
    assert migrate.upgrade(store)
    assert migrate.is_current(store)
    store.dispose()
