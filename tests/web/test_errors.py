import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from makers import MakeStory
from sqlalchemy import text
from werkzeug.test import EnvironBuilder

from htmxnews.store.engine import Store
from htmxnews.store.models import OldAddress
from htmxnews.web import asked
from web.addresses import WRONG
from web.conftest import MakeApp

PARTS = (
    ("/partials/nothing", 404),
    ("/partials/a/nobody-wrote-this", 404),
    ("/partials/listing?tag=nobody", 404),
    ("/partials/stories?after=zzz", 400),
    ("/partials/listing?from=2026-13-01", 400),
    ("/partials/popular?window=year", 400),
)


@pytest.mark.parametrize(("address", "status"), PARTS)
def test_a6_an_error_inside_a_part_is_a_part(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(address)
    text = answer.get_data(as_text=True)

    assert answer.status_code == status
    assert answer.headers["HX-Push-Url"] == "false"
    assert "<html" not in text
    assert 'role="alert"' in text
    assert "Try again" in text


@pytest.mark.parametrize(
    "address",
    [
        "/?after=zzz",
        "/?after=AAAA",
        "/?after=%FF",
        "/?through=zzz",
        "/?through=%00",
        "/?from=yesterday",
        "/?from=20260101",
        "/?to=2026-02-30",
        "/?sort=sideways",
        "/?q=" + "x" * 513,
        "/?" + "&".join(f"tag=t{n}" for n in range(9)),
        "/editions/yesterday",
        "/editions/2026-1-1",
        "/popular?window=year",
    ],
)
def test_s22_what_cannot_be_read_is_a_400_page_with_a_way_on(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    text = answer.get_data(as_text=True)

    assert answer.status_code == 400
    assert text.lower().startswith("<!doctype html>")
    assert len(re.findall("<h1", text)) == 1
    assert 'href="/"' in text


@pytest.mark.parametrize(
    "address",
    [
        "/?from=0001-01-01&to=9999-12-31",
        "/?to=0001-01-01",
        "/?from=9999-12-31",
        "/?to=9999-12-30",
        "/?from=2026-03-02&to=2026-03-01",
        "/editions/0001-01-01",
        "/?q=%22",
        "/?q=%27)%20OR%201",
        "/?q=-",
        "/?q=%00",
        "/?q=%F0%9F%98%80",
        "/?any=%00",
        "/?not=%FF",
        "/?tag=&q=&after=",
        "/?x=1&unknown=%3Cb%3E",
    ],
)
def test_s22_odd_but_readable_addresses_are_answered(
    make_app: MakeApp, make_story: MakeStory, address: str
) -> None:
    make_story()
    for zone in ("UTC", "Asia/Seoul", "America/Los_Angeles"):
        assert make_app(timezone=zone).test_client().get(address).status_code == 200


@pytest.mark.parametrize("place", ["f__________8AAAABUA", "gAAAAAAAAAAAAAAAgA"])
def test_a_place_at_the_edge_of_all_numbers_is_no_server_error(client: FlaskClient, place: str) -> None:
    for address in ("/?after=", "/?sort=popular&after=", "/?q=story&after=", "/?through="):
        assert client.get(address + place).status_code in (200, 400)


def test_an_unknown_story_is_a_404_page_with_a_way_on(client: FlaskClient) -> None:
    answer = client.get("/a/nobody-wrote-this")
    text = answer.get_data(as_text=True)

    assert answer.status_code == 404
    assert "There is no story at this address" in text
    assert 'href="/"' in text
    assert 'href="/tags"' in text


@pytest.mark.parametrize("kind", ["tag", "category", "source", "author"])
def test_an_unknown_name_offers_the_nearest_that_exist(
    client: FlaskClient, make_story: MakeStory, kind: str
) -> None:
    make_story(tags=("Harbours",), category="Harbours", source="Harbours", authors=("Harbours",))

    answer = client.get(f"/?{kind}=harbuors")
    text = answer.get_data(as_text=True)

    assert answer.status_code == 404
    assert f"There is no {kind} of that name" in text
    assert f'href="/?{kind}=harbours"' in text


@pytest.mark.parametrize("address", WRONG)
def test_an_error_is_kept_by_no_cache(client: FlaskClient, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code >= 400
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.post("/")

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) >= {"GET", "HEAD"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("address", ["/", "/views/1", "/feed.json", "/partials/listing", "/nothing"])
def test_s38_more_than_16_kilobytes_are_refused(client: FlaskClient, method: str, address: str) -> None:
    answer = client.open(address, method=method, data=b"x" * (16 * 1024 + 1))

    assert answer.status_code == 413
    assert client.open(address, method=method, data=b"x" * 16 * 1024).status_code != 413


def test_old_addresses_lead_to_where_the_story_stands_now(
    client: FlaskClient, store: Store, make_story: MakeStory
) -> None:
    story = make_story(slug="바다-소식")
    with store.writing() as session:
        for path in ("/?p=17", "/2024/05/sea/", "/日本/"):
            session.add(OldAddress(path=path, story_id=story))

    for address in (
        "/?p=17",
        "/?utm_source=letter&p=17",
        "/2024/05/sea/",
        "/2024/05/sea",
        "/2024/05/sea/?utm_source=letter",
        "/%e6%97%a5%E6%9C%AC/",
    ):
        answer = client.get(address)
        assert answer.status_code == 301
        assert answer.headers["Location"] == "/a/%EB%B0%94%EB%8B%A4-%EC%86%8C%EC%8B%9D"
    assert client.get("/?p=18").status_code == 200
    assert client.get("/2024/05/").status_code == 404
    assert client.get("/2024/05/sky/").status_code == 404


@pytest.mark.parametrize("path", ["/a/%00", "/a/sea%00", "/%00", "/2024/05/sea%00/", "/?tag=%00", "/?q=%00"])
def test_a_zero_byte_in_an_address_troubles_no_database(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (200, 404)


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example", "/a//evil.example", "/tags/", "/.//evil.example"]
)
def test_s35_no_address_is_mended_by_a_redirect(client: FlaskClient, path: str) -> None:
    answer = client.open(EnvironBuilder(path="/", environ_overrides={"PATH_INFO": path}))

    assert answer.status_code == 404
    assert "Location" not in answer.headers


@pytest.mark.parametrize("content", [None, b"", b"no database " * 1_000], ids=["away", "empty", "damaged"])
def test_r05_a_database_that_is_away_is_503_with_a_time_to_come_back(
    make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    file = tmp_path / "lost.db"
    if content is not None:
        file.write_bytes(content)
    client = make_app(database_url=f"sqlite:///{file}").test_client()

    with caplog.at_level(logging.ERROR):
        answers = [client.get(address) for address in ("/", "/partials/listing", "/feed.json", "/nothing")]

    assert [answer.status_code for answer in answers] == [503] * 4
    assert all(answer.headers["Retry-After"] for answer in answers)
    assert "HX-Push-Url" in answers[1].headers
    assert not any(record.exc_info for record in caplog.records)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_s23_a_page_that_asks_too_much_of_the_database_is_503(make_app: MakeApp) -> None:
    app = make_app()
    endless = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
    app.add_url_rule("/endless", view_func=lambda: str(asked.session().execute(endless).scalar()))

    answer = app.test_client().get("/endless")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_a_fault_of_ours_is_a_500_page_that_tells_nothing_of_it(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    monkeypatch.setattr("htmxnews.finding.listing.find", None)

    answer = app.test_client().get("/")

    assert answer.status_code == 500
    assert "NoneType" not in answer.get_data(as_text=True)
    assert "Something went wrong on our side" in answer.get_data(as_text=True)


def test_tomorrows_paper_has_not_been_made_yet(client: FlaskClient) -> None:
    today = datetime.now(UTC).date()

    assert client.get(f"/editions/{today}").status_code == 200
    assert client.get(f"/editions/{today.replace(year=today.year + 1, day=1)}").status_code == 404
