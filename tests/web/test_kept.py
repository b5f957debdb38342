"""Answers kept ahead of Flask: the same bytes, for as long as nothing has changed and no longer."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from makers import MakeStory
from sqlalchemy import Engine, event

from htmxnews.finding import derive
from htmxnews.finding.popular import hour_of, record
from htmxnews.store.engine import Store
from htmxnews.web import kept
from htmxnews.web.answers import SHARED_SECONDS
from htmxnews.web.kept import KeptAnswers
from web.addresses import MACHINES, PAGES, PARTS, WRONG
from web.conftest import MakeApp
from web.test_answers import told


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that the test's code sends."""
    sent: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    yield sent
    event.remove(Engine, "before_cursor_execute", listen)


def bare(app: Flask) -> FlaskClient:
    """A client that asks Flask each time."""
    assert isinstance(app.wsgi_app, KeptAnswers)
    app.wsgi_app = app.wsgi_app.application  # type: ignore[method-assign, assignment]
    return app.test_client()


@pytest.mark.usefixtures("newsroom")
@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_a_kept_answer_is_what_flask_would_say(make_app: MakeApp, coding: str) -> None:
    keeping, asking = make_app().test_client(), bare(make_app())
    headers = {"Accept-Encoding": coding}

    for address in (*PAGES, *PARTS, *MACHINES, *WRONG):
        plain = asking.get(address, headers=headers)
        for _ in range(2):
            answer = keeping.get(address, headers=headers)
            assert (answer.status, answer.data) == (plain.status, plain.data), address
            assert told(answer) == told(plain), address
        head, plain_head = (client.head(address, headers=headers) for client in (keeping, asking))
        assert told(head) == told(plain_head), address
        if tag := plain.headers.get("ETag"):
            asked = headers | {"If-None-Match": f'W/"other", {tag}'}
            short, plain_short = (client.get(address, headers=asked) for client in (keeping, asking))
            assert (short.status_code, short.data, short.headers["ETag"]) == (304, b"", tag)
            assert told(short) == told(plain_short), address


@pytest.mark.usefixtures("newsroom")
def test_a_kept_answer_asks_the_database_for_its_numbers_alone(
    client: FlaskClient, statements: list[str]
) -> None:
    first = client.get("/?tag=sea")
    sent = len(statements)

    again = client.get("/?tag=sea")

    assert sent > 0
    assert len(statements) == sent
    assert again.data == first.data


def test_a_change_is_seen_by_the_next_request(
    client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    make_story("Before breakfast")
    early = client.get("/").get_data(as_text=True)
    make_story("After breakfast")
    late = client.get("/").get_data(as_text=True)
    unfound = client.get("/?q=breakfast").get_data(as_text=True)
    derive.catch_up(store)

    found = client.get("/?q=breakfast").get_data(as_text=True)

    assert ["/a/after-breakfast" in page for page in (early, late, unfound, found)] == [
        False,
        True,
        False,
        True,
    ]


def test_an_answer_is_made_of_one_state_though_a_commit_comes_after_its_first_look(
    client: FlaskClient, app: Flask, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store = app.extensions["store"]
    make_story("Before", tags=("Sea",))
    client.get("/")
    look = store.numbers

    def look_then_commit() -> Mapping[str, int] | None:
        found = look()
        make_story("Between", slug="between", tags=("Tide",))
        return found

    monkeypatch.setattr(store, "numbers", look_then_commit)
    answer = client.get("/a/between")

    assert answer.status_code == 200
    assert "Tide" in answer.get_data(as_text=True)


def test_views_do_not_empty_the_shelf_and_are_seen_when_an_answer_is_too_old(
    client: FlaskClient, store: Store, make_story: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(kept, "monotonic", lambda: clock[0])
    story = make_story()
    unread = client.get("/popular.json").data
    record(store, {story: 2}, hour_of(datetime.now(UTC)))

    told = []
    for passed in (SHARED_SECONDS - 1, 1):
        clock[0] += passed
        told.append(client.get("/popular.json").data == unread)

    assert told == [True, False]


@pytest.mark.usefixtures("newsroom")
def test_no_more_than_so_many_bytes_are_kept_the_longest_unasked_go_first(
    app: Flask, client: FlaskClient, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "BYTES_MAX", 100_000)
    for n in range(60):
        client.get("/about")
        client.get(f"/a/harbour?n={n}")
    sent = len(statements)
    shelf = app.wsgi_app
    assert isinstance(shelf, KeptAnswers)

    client.get("/about")
    asked_often = len(statements)
    client.get("/a/harbour?n=0")

    assert asked_often == sent < len(statements)
    assert shelf._bytes == sum(len(answer.body) for answer in shelf._answers.values()) <= 100_000


@pytest.mark.usefixtures("newsroom")
def test_s34_a_foreign_host_gets_nothing_that_is_kept(client: FlaskClient) -> None:
    client.get("/")

    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.usefixtures("newsroom")
def test_s38_a_body_that_is_too_large_is_refused_where_an_answer_is_kept(client: FlaskClient) -> None:
    client.get("/")

    assert client.get("/", data=b"x" * 20_000).status_code == 413


@pytest.mark.sqlite
def test_r05_a_lost_database_is_said_although_answers_are_kept(
    client: FlaskClient, store: Store, newsroom: list[int]
) -> None:
    client.get("/")
    store.dispose()
    store.path.write_bytes(b"no database")

    assert client.get("/").status_code == 503
