import gzip
import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from htmxnews.intake.fetch import BYTES_MAX, Fetcher, FetchError, refused

from .conftest import Answer, Site

HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    fetcher = Fetcher(HERE)
    yield fetcher
    fetcher.close()


def test_s10_only_one_module_makes_requests() -> None:
    source = Path(__file__).resolve().parents[2] / "src"
    wanted = re.compile(
        r"^\s*(?:import|from) (?:httpx|httpcore|requests|urllib\.request|http\.client)\b", re.MULTILINE
    )

    assert [path.name for path in source.rglob("*.py") if wanted.search(path.read_text())] == ["fetch.py"]


def test_an_answer_brings_body_type_and_marks(site: Site, fetcher: Fetcher) -> None:
    headers = {"ETag": '"7"', "Last-Modified": "yesterday", "Content-Type": "text/xml; charset=utf-8"}
    site.answers["/feed"] = Answer(b"<rss/>", headers=headers)

    found = fetcher.get(f"{site.url}/feed")

    assert (found.status, found.body, found.content_type) == (200, b"<rss/>", "text/xml")
    assert (found.etag, found.last_modified, found.url) == ('"7"', "yesterday", f"{site.url}/feed")


def test_s19_a_second_request_is_conditional(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = Answer(status=304)

    found = fetcher.get(f"{site.url}/feed", etag='"7"', last_modified="yesterday")

    [(_, headers)] = site.requests
    assert (found.status, found.body) == (304, b"")
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"7"', "yesterday")
    assert "cookie" not in headers


def test_s12_redirects_are_followed_a_few_times(site: Site, fetcher: Fetcher) -> None:
    for number in range(9):
        site.answers[f"/{number}"] = Answer(status=302, headers={"Location": f"/{number + 1}"})
    site.answers["/9"] = Answer(b"end")

    assert fetcher.get(f"{site.url}/5").body == b"end"
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetcher.get(f"{site.url}/0")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.example/", "http://a@127.0.0.1/"])
def test_s12_a_redirect_leads_only_to_the_web(site: Site, fetcher: Fetcher, target: str) -> None:
    site.answers["/"] = Answer(status=302, headers={"Location": target})

    with pytest.raises(FetchError, match="no web address"):
        fetcher.get(f"{site.url}/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1",  # noqa: S104
        "255.255.255.255", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_s11_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert refused(ip_address(address), ())


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_s11_a_public_address_is_not(address: str) -> None:
    assert not refused(ip_address(address), ())


def test_s11_no_socket_is_opened_to_an_address_that_is_not_public(site: Site) -> None:
    fetcher = Fetcher()

    with pytest.raises(FetchError, match="not a public one"):
        fetcher.get(f"{site.url}/feed")

    assert site.requests == []


def test_s11_one_bad_address_of_a_name_spoils_it_and_the_checked_one_is_dialled(site: Site) -> None:
    port = urlsplit(site.url).port
    site.answers["/"] = Answer(b"here")
    mixed = Fetcher(HERE, resolve=lambda _host, _port: ["127.0.0.1", "10.0.0.1"])
    fixed = Fetcher(HERE, resolve=lambda _host, _port: ["127.0.0.1"])

    with pytest.raises(FetchError, match="not a public one"):
        mixed.get(f"http://name.example:{port}/")
    assert fixed.get(f"http://name.example:{port}/").body == b"here"


def test_s12_an_odd_port_is_refused_unless_its_network_is_allowed() -> None:
    fetcher = Fetcher(resolve=lambda _host, _port: ["93.184.216.34"])

    with pytest.raises(FetchError, match="port 6379"):
        fetcher.get("http://name.example:6379/")


def test_s13_a_body_is_counted_after_unpacking(site: Site, fetcher: Fetcher) -> None:
    bomb = gzip.compress(b"x" * (BYTES_MAX + 1))
    site.answers["/bomb"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    site.answers["/good"] = Answer(gzip.compress(b"words"), headers={"Content-Encoding": "gzip"})

    with pytest.raises(FetchError, match="larger than 15 MB"):
        fetcher.get(f"{site.url}/bomb")
    assert fetcher.get(f"{site.url}/good").body == b"words"


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip"])
def test_s13_only_gzip_is_unpacked(site: Site, fetcher: Fetcher, coding: str) -> None:
    site.answers["/"] = Answer(b"x", headers={"Content-Encoding": coding})

    with pytest.raises(FetchError, match="did not ask for"):
        fetcher.get(f"{site.url}/")


def test_an_error_says_its_status_and_when_to_come_again(site: Site, fetcher: Fetcher) -> None:
    site.answers["/"] = Answer(status=503, headers={"Retry-After": "120"})

    with pytest.raises(FetchError, match="the server answers 503") as caught:
        fetcher.get(f"{site.url}/")

    assert caught.value.retry_after_s == 120


def test_nobody_there_is_one_sentence(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 does not answer"):
        fetcher.get("http://127.0.0.1:9/")


def test_s12_a_proxy_of_the_environment_is_not_used(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site.answers["/"] = Answer(b"direct")

    assert fetcher.get(f"{site.url}/").body == b"direct"
    assert Fetcher(HERE).get(f"{site.url}/").body == b"direct"
