"""What holds for every answer: headers, entity tags, compression, indifference to htmx."""

import gzip
import re
import socket
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from htmxnews.web.kept import KeptAnswers
from web.addresses import ALIVE, ELSEWHERE, FRAMES, MACHINES, PAGES, PARTS, PREVIEWS, WRONG, WRONG_FRAMES
from web.conftest import MakeApp

REQUIRED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'"
)
# Every request header that the vendored htmx and its preload extension send; a test below reads them there.
HTMX_HEADERS = {
    "HX-Request": "true",
    "HX-Request-Type": "partial",
    "HX-Boosted": "true",
    "HX-Current-URL": "http://localhost/?tag=sea",
    "HX-History-Restore-Request": "true",
    "HX-Source": "a#more-link",
    "HX-Target": "div#feed",
}
VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"


def test_the_sweeps_below_reach_every_route(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")

    reached = {str(adapter.match(address.partition("?")[0], return_rule=True)[0].rule) for address in ALIVE}

    assert {rule.rule for rule in app.url_map.iter_rules()} - ELSEWHERE == reached


def test_every_address_of_the_interface_answers(paper: FlaskClient) -> None:
    assert {address: paper.get(address).status_code for address in ALIVE} == dict.fromkeys(ALIVE, 200)


def policy_of(address: str) -> str:
    """The policy of pages; that of frames is told below."""
    path = address.partition("?")[0]
    return POLICY.replace("frame-src 'none'", "frame-src 'self'") if path == "/embed" else POLICY


UNFRAMED = [address for address in (*ALIVE, *WRONG) if address not in (*FRAMES, *PREVIEWS)]


@pytest.mark.parametrize("address", UNFRAMED)
def test_s33_every_answer_carries_the_security_headers(paper: FlaskClient, address: str) -> None:
    for answer in (paper.get(address), paper.head(address), paper.post(address), paper.put(address)):
        assert {name: answer.headers.get(name) for name in REQUIRED} == REQUIRED
        assert answer.headers["Content-Security-Policy"] == policy_of(address)


@pytest.mark.parametrize("hosts", [("pictures.example", "cdn.example:8080"), ("*",)])
def test_s33_pictures_come_from_our_own_address_and_from_hosts_that_a_setting_names_alone(
    make_app: MakeApp, newsroom: list[int], hosts: tuple[str, ...]
) -> None:
    ours, theirs = make_app().test_client(), make_app(picture_hosts=hosts).test_client()

    for address in ("/", "/a/harbour", "/a/nowhere"):
        assert ours.get(address).headers["Content-Security-Policy"] == POLICY
        named = POLICY.replace("img-src 'self'", f"img-src 'self' {' '.join(hosts)}")
        assert theirs.get(address).headers["Content-Security-Policy"] == named


@pytest.mark.parametrize("address", [*FRAMES, *PREVIEWS, *WRONG_FRAMES])
def test_s41_what_stands_in_frames_has_the_policy_of_pages_but_may_be_framed(
    paper: FlaskClient, address: str
) -> None:
    framing = "'self'" if address in PREVIEWS else "*"
    expected = POLICY.replace("img-src 'self'", "img-src 'none'")
    expected = expected.replace("form-action 'self'", "form-action 'none'")
    expected = expected.replace("frame-ancestors 'none'", f"frame-ancestors {framing}")

    for answer in (paper.get(address), paper.head(address), paper.post(address)):
        assert answer.headers["Content-Security-Policy"] == expected
        assert "X-Frame-Options" not in answer.headers
        others = REQUIRED.keys() - {"X-Frame-Options"}
        assert {name: answer.headers.get(name) for name in others} == {n: REQUIRED[n] for n in others}


def test_s41_named_sites_and_no_others_may_frame(make_app: MakeApp, newsroom: list[int]) -> None:
    some = make_app(embed_origins=("https://blog.example", "http://localhost:8080")).test_client()
    none = make_app(embed_origins=()).test_client()

    for address in (*FRAMES, *WRONG_FRAMES):
        policy = some.get(address).headers["Content-Security-Policy"]
        assert policy.endswith("; frame-ancestors https://blog.example http://localhost:8080")
        assert none.get(address).headers["Content-Security-Policy"].endswith("; frame-ancestors 'none'")


@pytest.mark.parametrize("address", [*ALIVE, *WRONG])
def test_s36_no_answer_sets_a_cookie_or_varies_on_one(paper: FlaskClient, address: str) -> None:
    answer = paper.get(address, headers={"Cookie": "session=x"})

    assert "Set-Cookie" not in answer.headers
    assert set(answer.vary) <= {"Accept-Encoding"}


def test_the_htmx_headers_tried_below_are_all_there_are() -> None:
    text = "".join(path.read_text() for path in VENDOR.glob("*.js"))

    sent = set(
        re.findall(r"\bHX-(?:Request|Boosted|Current|History|Source|Target|Trigger|Prompt)[A-Za-z-]*", text)
    )

    assert sent <= set(HTMX_HEADERS)


@pytest.mark.parametrize("address", [*ALIVE, *WRONG])
def test_s32_no_answer_depends_on_an_htmx_header(paper: FlaskClient, address: str) -> None:
    plain = paper.get(address)

    for headers in (*({name: value} for name, value in HTMX_HEADERS.items()), HTMX_HEADERS):
        answer = asking_flask(paper).get(address, headers=headers)
        assert answer.data == plain.data
        assert answer.status_code == plain.status_code
        assert told(answer) == told(plain)


def test_s10_reading_opens_no_socket(paper: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, lambda *where: opened.append(where))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **_: opened.append(where))

    for address in [*PAGES, *PARTS, *MACHINES]:
        assert paper.get(address).status_code == 200

    assert opened == []


def asking_flask(client: FlaskClient) -> Client:
    """A client of the same app that gets no answer kept from before."""
    app = client.application
    assert isinstance(app.wsgi_app, KeptAnswers)
    return Client(app.wsgi_app.application)


def told(answer: TestResponse) -> dict[str, str]:
    """All headers but the time of the answer."""
    return {name: value for name, value in answer.headers if name != "Date"}


def test_s32_a_page_and_its_part_never_share_an_address(paper: FlaskClient) -> None:
    for address in PAGES:
        assert paper.get(address).get_data(as_text=True).lower().startswith("<!doctype html>")
    for address in PARTS:
        assert address.startswith("/partials/")
        assert "<html" not in paper.get(address).get_data(as_text=True)


@pytest.mark.parametrize("address", ALIVE)
def test_a5_an_entity_tag_names_the_bytes_and_brings_304(paper: FlaskClient, address: str) -> None:
    answer = paper.get(address)
    tag = answer.headers["ETag"]

    again = paper.get(address, headers={"If-None-Match": tag})

    assert not tag.startswith("W/")
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
    assert paper.get(address, headers={"If-None-Match": '"another"'}).status_code == 200


def test_s32_each_encoding_of_a_page_has_an_entity_tag_of_its_own(paper: FlaskClient) -> None:
    answers = [paper.get("/", headers={"Accept-Encoding": coding}) for coding in ("", "gzip", "br")]

    assert len({answer.headers["ETag"] for answer in answers}) == 3
    assert all("Accept-Encoding" in answer.vary for answer in answers)


@pytest.mark.parametrize("address", [*PAGES, *PARTS, *MACHINES])
def test_a5_every_text_is_compressed_as_the_reader_can(paper: FlaskClient, address: str) -> None:
    plain = paper.get(address)

    as_br = paper.get(address, headers={"Accept-Encoding": "gzip, br"})
    as_gzip = paper.get(address, headers={"Accept-Encoding": "gzip"})
    refused = paper.get(address, headers={"Accept-Encoding": "br;q=0, identity"})

    assert unpacked(as_br) == unpacked(as_gzip) == plain.data == refused.data
    if len(plain.data) > 500:
        assert (as_br.content_encoding, as_gzip.content_encoding) == ("br", "gzip")
        assert len(as_br.data) < len(plain.data)


def unpacked(answer: TestResponse) -> bytes:
    match answer.content_encoding:
        case "br":
            return bytes(brotli.decompress(answer.data))
        case "gzip":
            return gzip.decompress(answer.data)
    return bytes(answer.data)


@pytest.mark.parametrize("address", [*PAGES, *PARTS])
def test_a5_caches_may_keep_pages_and_parts_for_a_short_while(paper: FlaskClient, address: str) -> None:
    kept = paper.get(address).cache_control

    assert kept.public
    assert kept.max_age is not None
    assert kept.max_age <= 60
    assert "stale-while-revalidate" in str(kept)
    assert not kept.no_store


@pytest.mark.parametrize("address", [*PAGES, *PARTS, *MACHINES])
def test_head_says_what_get_says_without_the_bytes(paper: FlaskClient, address: str) -> None:
    answer, head = paper.get(address), paper.head(address)

    assert head.status_code == 200
    assert head.data == b""
    assert told(head) == told(answer)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "news.example.evil.example",
        "localhost.evil.example",
        "",
        "[::2]",
        "[",
        "a b",
        "news",
        "10.0.0.1",
    ],
)
def test_s34_a_foreign_host_is_refused(client: FlaskClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "host",
    [
        "news.example",
        "NEWS.Example:8443",
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:8000",
        "127.8.0.1",
        "[::1]:80",
        "[::1]",
    ],
)
def test_s34_our_own_names_are_answered_in_any_case_at_any_port(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_s34_more_hosts_can_be_named(make_app: MakeApp) -> None:
    client = make_app(extra_hosts=("Mirror.example",)).test_client()

    assert client.get("/healthz", headers={"Host": "mirror.EXAMPLE"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "other.example"}).status_code == 400


def test_s33_an_error_page_echoes_nothing_of_the_request(paper: FlaskClient) -> None:
    word = "zq7echoed"
    addresses = [
        f"/{word}",
        f"/{word}.json",
        f"/partials/{word}",
        f"/a/{word}?x={word}",
        f"/?tag={word}",
        f"/?category={word}&source={word}&author={word}",
        f"/?after={word}",
        f"/?from={word}",
        f"/?sort={word}",
        f"/popular?window={word}",
        f"/editions/{word}",
        f"/feed.atom?tag={word}",
        f"/partials/listing?tag={word}",
        f"/partials/a/{word}",
        f"/?q={word}{'x' * 600}",
    ]
    for address in addresses:
        answer = paper.get(address, headers={"Referer": word, "User-Agent": word, "X-Forwarded-For": word})

        assert answer.status_code in (400, 404)
        assert word not in answer.get_data(as_text=True), address
        assert word not in str(answer.headers)
