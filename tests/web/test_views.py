from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from makers import MakeStory
from sqlalchemy import func, inspect, select, text

from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import StoryViews
from htmxnews.web import seen
from htmxnews.web.seen import Seen
from htmxnews.web.views import ViewCounter
from web.addresses import ALIVE

OURS = {"X-Htmxnews-View": "1", "Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0 Firefox/140.0"}


def counted(app: Flask, store: Store) -> dict[int, int]:
    """Views by story, after everything that waits in memory was written."""
    app.extensions["views"].flush()
    with store.reading() as session:
        found = session.execute(
            select(StoryViews.story_id, func.sum(StoryViews.views)).group_by(StoryViews.story_id)
        )
        return {row[0]: row[1] for row in found}


def test_s30_our_own_page_can_count_a_view(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    story = make_story()

    answer = client.post(f"/views/{story}", headers=OURS)

    assert (answer.status_code, answer.data) == (204, b"")
    assert counted(app, store) == {story: 1}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"X-Htmxnews-View": "1"},
        OURS | {"Sec-Fetch-Site": "cross-site"},
        OURS | {"Sec-Fetch-Site": "same-site"},
        OURS | {"Sec-Fetch-Site": "none"},
        OURS | {"Sec-Purpose": "prefetch"},
        OURS | {"Sec-Fetch-Dest": "image"},
        OURS | {"Sec-Fetch-Dest": "iframe"},
        {"X-Htmxnews-View": "1", "Origin": "https://evil.example"},
        {"X-Htmxnews-View": "1", "Origin": "null"},
        OURS | {"User-Agent": "Googlebot/2.1"},
        OURS | {"User-Agent": ""},
    ],
)
def test_s30_s31_what_is_no_reader_on_our_page_is_not_counted(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory, headers: dict[str, str]
) -> None:
    story = make_story()

    answer = client.post(f"/views/{story}", headers=headers)

    assert answer.status_code == 204
    assert counted(app, store) == {}


def test_s30_a_view_with_a_body_is_not_counted(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    story = make_story()

    answer = client.post(f"/views/{story}", headers=OURS, data={"n": "1000"})

    assert answer.status_code == 204
    assert counted(app, store) == {}


@pytest.mark.parametrize("origin", ["http://localhost", "https://news.example"])
def test_s30_a_browser_without_fetch_metadata_is_known_by_its_origin(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory, origin: str
) -> None:
    story = make_story()
    headers = {"X-Htmxnews-View": "1", "Origin": origin, "User-Agent": "Mozilla/5.0"}

    client.post(f"/views/{story}", headers=headers)

    assert counted(app, store) == {story: 1}


@pytest.mark.usefixtures("newsroom")
def test_s30_reading_changes_nothing(app: Flask, client: FlaskClient, store: Store) -> None:
    before = rows_of(store)

    for address in ALIVE:
        client.get(address, headers=OURS)
        client.head(address, headers=OURS)
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        assert client.open("/views/1", method=method, headers=OURS).status_code == 405

    assert counted(app, store) == {}
    assert rows_of(store) == before


def rows_of(store: Store) -> dict[str, list[object]]:
    """Every row of every table."""
    with store.reading() as session:
        names = inspect(session.connection()).get_table_names()
        return {name: list(session.execute(text(f'SELECT * FROM "{name}"'))) for name in names}  # noqa: S608


def test_s31_a_thousand_looks_of_one_reader_add_one(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    story, other = make_story(), make_story()

    for n in range(1000):
        client.post(f"/views/{story}", headers=OURS)
        if n % 300 == 0:
            app.extensions["views"].flush()
    client.post(f"/views/{other}", headers=OURS)

    assert counted(app, store) == {story: 1, other: 1}


def test_s31_two_readers_are_two(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    story = make_story()

    client.post(f"/views/{story}", headers=OURS)
    client.post(f"/views/{story}", headers=OURS, environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert counted(app, store) == {story: 2}


def test_s31_after_half_an_hour_a_look_counts_again(store: Store, make_story: MakeStory) -> None:
    story = make_story()
    clock = [1_000_000.0]
    counter = ViewCounter(store, Seen(clock=lambda: clock[0]))

    for passed in (0, seen.SECONDS - 1, 1, seen.SECONDS - 1, 1):
        clock[0] += passed
        counter.count(story, "a reader")
        counter.flush()

    with store.reading() as session:
        assert session.scalar(select(func.sum(StoryViews.views))) == 3


def test_a_view_of_no_story_tells_nothing_and_spoils_nothing(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    story = make_story()

    answers = [client.post(f"/views/{n}", headers=OURS) for n in (story, 999, 2**63, 10**30)]

    assert [answer.status_code for answer in answers] == [204] * 4
    assert counted(app, store) == {story: 1}


def test_views_do_not_move_the_revision(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    story = make_story()
    with store.reading() as session:
        before = revisions.current(session)

    client.post(f"/views/{story}", headers=OURS)

    assert counted(app, store) == {story: 1}
    with store.reading() as session:
        assert revisions.current(session) == before


def test_a_view_falls_into_the_bucket_of_its_hour(
    app: Flask, client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    before = int(datetime.now(UTC).timestamp()) // 3600
    client.post(f"/views/{make_story()}", headers=OURS)
    counted(app, store)
    after = int(datetime.now(UTC).timestamp()) // 3600

    with store.reading() as session:
        hour = session.scalar(select(StoryViews.hour))

    assert hour in (before, after)
