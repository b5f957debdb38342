"""The one client against servers that behave, and against servers that do not."""

import gzip
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from htmxnews.config import Config
from htmxnews.intake import dialling, fetch
from htmxnews.intake.fetch import HEADERS_MAX, TYPE_MAX, Fetcher, FetchError, Marks, server_of

from .conftest import Answer, Site
from .test_networks import NOT_PUBLIC
from .wire import Serve, Talk, Wire, answer, drips, heard, leads, says, silent

SRC = Path(__file__).resolve().parents[2] / "src"
HERE = (ip_network("127.0.0.1/32"), ip_network("127.0.0.2/32"))
DAY = "Mon, 02 Mar 2026"
OK = b"HTTP/1.1 200 OK\r\n"
CONNECT_S, READ_S, WHOLE_S = 0.3, 0.5, 0.7  # what a test can wait
LATE_S = 2.0  # what a busy machine may add


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """What the client uses by default; loading it takes a while."""
    return Fetcher().tls


@pytest.fixture
def fetcher(tls: ssl.SSLContext) -> Fetcher:
    return Fetcher(HERE, tls=tls)


@pytest.fixture
def hasty(tls: ssl.SSLContext) -> Fetcher:
    """A client without patience."""
    return Fetcher(HERE, tls=tls, connect_s=CONNECT_S, read_s=READ_S, whole_s=WHOLE_S)


def names(*addresses: str) -> Callable[[str, int], list[str]]:
    """A resolver that knows one answer."""
    return lambda _host, _port: list(addresses)


def redirect(to: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": to})


# One module


def test_s10_only_one_module_makes_requests() -> None:
    network = (
        r"(?:httpx|httpcore|h11|requests|urllib3|urllib\.request|http\.client|aiohttp|pycurl|socket|ssl)"
    )
    wanted = re.compile(rf"^\s*(?:import|from) {network}\b", re.MULTILINE)
    dials = re.compile(r"^\s*(?:import|from) .*\bdialling\b", re.MULTILINE)
    # The command that serves looks whether its port is free.
    sources = {path.name: path.read_text() for path in SRC.rglob("*.py") if path.name != "serving.py"}

    assert {name for name, text in sources.items() if wanted.search(text)} == {"fetch.py", "dialling.py"}
    assert [name for name, text in sources.items() if dials.search(text)] == ["fetch.py"]


# Answers


def test_an_answer_brings_body_type_and_marks(site: Site, fetcher: Fetcher) -> None:
    headers = {"ETag": '"7"', "Last-Modified": "yesterday", "Content-Type": "text/xml; charset=utf-8"}
    site.answers["/feed"] = Answer(b"<rss/>", headers=headers)

    found = fetcher.get(f"{site.url}/feed#top")

    assert (found.status, found.body, found.content_type) == (200, b"<rss/>", headers["Content-Type"])
    assert found.marks == Marks(f"{site.url}/feed", '"7"', "yesterday")
    assert (found.url, found.lasting, found.moved_to) == (f"{site.url}/feed", f"{site.url}/feed", None)


def test_letters_of_any_script_are_asked_as_servers_expect_them(site: Site, fetcher: Fetcher) -> None:
    site.answers["/%ED%95%9C%20%EA%B8%80?q=%C3%A9&x=[1]"] = Answer(b"here")
    site.answers["/utf-8"] = Answer(
        status=302, headers={"Location": "/한 글?q=é&x=[1]".encode().decode("latin-1")}
    )

    assert fetcher.get(f"{site.url}/한 글?q=é&x=[1]").body == b"here"
    assert fetcher.get(f"{site.url}/utf-8").body == b"here"


def test_a_large_body_waits_on_disk_and_is_read_once(site: Site, fetcher: Fetcher) -> None:
    site.answers["/"] = Answer(b"x" * 2_000_000)

    found = fetcher.get(f"{site.url}/")

    assert found.spool is not None
    assert len(found.body) == len(found.body) == 2_000_000
    assert found.spool.closed


def test_an_error_says_its_status_in_our_words(serve: Serve, fetcher: Fetcher) -> None:
    odd, unknown = serve(answer(status="404 \x1b[31mRed")), serve(answer(status="799 What"))

    with pytest.raises(FetchError, match=r"^the server answers 404 Not Found$") as caught:
        fetcher.get(odd.url)
    with pytest.raises(FetchError, match=r"^the server answers 799$"):
        fetcher.get(unknown.url)

    assert caught.value.status == 404


def test_nobody_there_is_one_sentence(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match=r"^127\.0\.0\.1 does not answer: Connection refused$"):
        fetcher.get("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (says(), "does not speak HTTP as it should: Server disconnected without sending a response$"),
        (says(b"<rss>HTTP/0.9</rss>\r\n\r\n"), "does not speak HTTP as it should"),
        (says(b"HTTP/1.1 abc What\r\n\r\n"), "does not speak HTTP as it should"),
        (says(b"SSH-2.0-OpenSSH_9.9\r\n"), "does not speak HTTP as it should"),
        (says(b"ICY 200 OK\r\n\r\n"), "does not speak HTTP as it should: illegal status line$"),
        (says(OK, b"garbage\r\n\r\n"), "does not speak HTTP as it should: illegal header line$"),
        (says(OK, b"Content-Length: 100\r\n\r\nshort"), "does not speak HTTP as it should: peer closed"),
        (says(OK, b"Content-Length: x\r\n\r\nshort"), "does not speak HTTP as it should"),
        (says(OK, b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nshort"), "does not speak HTTP"),
        (says(OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\nbody"), "does not speak HTTP as it should"),
        (says(OK, b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), "does not speak HTTP as it should"),
        (says(OK, b"X: ", b"y" * 200_000, b"\r\n\r\n"), "does not speak HTTP as it should"),
        (says(OK, b"X: y\r\n" * (HEADERS_MAX + 1), b"\r\n"), f"more than {HEADERS_MAX} headers"),
        (says(b"HTTP/1.1 302 Found\r\n\r\n"), "the server answers 302 Found"),
        (says(b"HTTP/1.1 204 No Content\r\n\r\n"), "the server answers 204 No Content"),
        (says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "does not speak"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_one_sentence(serve: Serve, fetcher: Fetcher, talk: Talk, said: str) -> None:
    wire = serve(talk)

    with pytest.raises(FetchError, match=said) as caught:
        fetcher.get(wire.url)

    assert str(caught.value).isprintable()


def test_hints_that_come_before_the_answer_are_passed_over(serve: Serve, fetcher: Fetcher) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    wire = serve(says(early, b"HTTP/1.1 100 Continue\r\n\r\n", early, OK, b"Content-Length: 4\r\n\r\nbody"))

    found = fetcher.get(wire.url)

    assert (found.body, found.link) == (b"body", "")


def test_no_more_of_a_content_type_is_kept_than_one_may_mean(serve: Serve, fetcher: Fetcher) -> None:
    found = fetcher.get(serve(answer(Content_Type='text/html; a="' + ";" * 90_000)).url)

    assert len(found.content_type) == TYPE_MAX


def test_more_than_was_announced_is_left_unread(serve: Serve, fetcher: Fetcher) -> None:
    wire = serve(says(OK, b"Content-Length: 4\r\n\r\nbody and more"))

    assert fetcher.get(wire.url).body == b"body"


def test_a_server_that_hangs_up_at_the_end_has_answered(serve: Serve, fetcher: Fetcher) -> None:
    wire = serve(says(b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss/>"))

    assert fetcher.get(wire.url).body == b"<rss/>"


# Addresses


def test_s11_no_spelling_of_an_address_of_ours_opens_a_socket(
    trap: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialling, "PORTS", (trap.port,))  # the addresses alone have to keep it out
    spellings = """
        127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 017700000001 0177.0.0.1 0177.1
        127.0.0.1. 127.000.000.001 localhost LOCALHOST. 0 0.0.0.0 00000000.0 127.0.0.1%00.example
        １２７.０.０.１ 127。0。0。1 ①②⑦.⓪.⓪.① ⓛocalhost user@127.0.0.1 user:secret@localhost 1:80@127.0.0.1
        [::1] [0:0:0:0:0:0:0:1] [::] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:0:127.0.0.1]
        [64:ff9b::127.0.0.1] [64:ff9b:1::127.0.0.1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1%lo] [::1%25lo]
    """
    addresses = [f"[{one}]" if ":" in one else one for one in NOT_PUBLIC if "%" not in one]
    fetcher = Fetcher()

    for spelling in (*spellings.split(), *addresses):
        with pytest.raises(FetchError, match=r"not a public one|no web address|user name|not known"):
            fetcher.get(f"http://{spelling}:{trap.port}/feed")

    assert trap.connections == 0


def test_s11_a_redirect_into_the_network_opens_no_socket(
    serve: Serve, trap: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = f"http://127.0.0.1:{trap.port}/latest/meta-data/"
    outside = serve(leads(inside), host="127.0.0.2")
    monkeypatch.setattr(dialling, "PORTS", (trap.port,))

    with pytest.raises(FetchError, match=r"^127\.0\.0\.1 is not asked: its address is not a public one, and"):
        Fetcher((ip_network("127.0.0.2/32"),)).get(outside.url)

    assert (outside.connections, trap.connections) == (1, 0)


def test_s11_a_name_that_changes_is_looked_up_once_a_connection_and_checked_each_time(serve: Serve) -> None:
    told = [["127.0.0.2"], ["127.0.0.1"]]
    outside = serve(leads("/next"), host="127.0.0.2")
    inside = serve(answer(b"secret"), port=outside.port)
    fetcher = Fetcher((ip_network("127.0.0.2/32"),), resolve=lambda _host, _port: told.pop(0))

    with pytest.raises(FetchError, match="not a public one"):
        fetcher.get(f"http://rebind.example:{outside.port}/")

    assert (outside.connections, inside.connections, told) == (1, 0, [])


def test_s11_one_bad_address_of_a_name_spoils_it(serve: Serve) -> None:
    wire = serve(answer(b"here"))
    fetcher = Fetcher(HERE, resolve=names("127.0.0.1", "10.0.0.1"))

    with pytest.raises(FetchError, match="not a public one"):
        fetcher.get(f"http://name.example:{wire.port}/")

    assert wire.connections == 0


def test_s11_the_next_checked_address_is_tried_when_one_does_not_answer(serve: Serve) -> None:
    wire = serve(answer(b"here"), host="127.0.0.2")
    fetcher = Fetcher(HERE, resolve=names("127.0.0.1", "127.0.0.2", "127.0.0.1"))

    assert fetcher.get(f"http://name.example:{wire.port}/").body == b"here"


def test_s13_an_address_that_never_accepts_costs_one_wait_and_the_next_is_tried(serve: Serve) -> None:
    wire = serve(answer(b"here"), host="127.0.0.2")
    with Full(wire.port):
        fetcher = Fetcher(HERE, resolve=names("127.0.0.1", "127.0.0.2"), connect_s=0.3)
        began = monotonic()

        body = fetcher.get(f"http://name.example:{wire.port}/").body

    assert body == b"here"
    assert 0.3 <= monotonic() - began < 3


def test_a_name_that_nobody_knows_is_one_sentence() -> None:
    for host in ("nowhere.invalid", f"{'a' * 70}.invalid"):
        with pytest.raises(FetchError, match="does not answer: its name is not known"):
            Fetcher().get(f"http://{host}/")


def test_a_host_in_brackets_is_asked_like_any_other(tls: ssl.SSLContext) -> None:
    heads: list[str] = []

    def serve_once(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            heads.append(heard(connection))
            answer(b"here")(connection)

    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        host = f"[::1]:{listener.getsockname()[1]}"
        Thread(target=serve_once, args=(listener,), daemon=True).start()
        body = Fetcher((ip_network("::1/128"),), tls=tls).get(f"http://{host}/").body

    assert body == b"here"
    assert f"\r\nHost: {host}\r\n" in heads[0]


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://a.example/", "a.example"),
        ("http://a.example:80/", "a.example"),
        ("http://a.example:443/", "a.example:443"),
        ("https://a.example:443/", "a.example"),
        ("https://[2001:db8::1]:443/", "[2001:db8::1]"),
        ("https://[2001:db8::1]/", "[2001:db8::1]"),
    ],
)
def test_the_host_is_named_without_the_port_that_goes_without_saying(address: str, host: str) -> None:
    assert fetch._host_header(address) == host


# The web, and only the web


def test_s12_redirects_are_followed_a_few_times(site: Site, fetcher: Fetcher) -> None:
    for number in range(9):
        site.answers[f"/{number}"] = redirect(f"/{number + 1}", (301, 302, 303, 307, 308)[number % 5])
    site.answers["/9"] = Answer(b"end")
    site.answers["/circle"] = redirect("/circle")

    assert fetcher.get(f"{site.url}/4").body == b"end"
    for start in ("/3", "/circle"):
        with pytest.raises(FetchError, match="more than 5 redirects"):
            fetcher.get(f"{site.url}{start}")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("file:///etc/passwd", r"^127\.0\.0\.1 leads to file:///etc/passwd, which is no web address$"),
        ("ftp://a.example/\x9b31mred", "leads to ftp://a.example/ 31mred, which is no web address$"),
        ("gopher://127.0.0.1:70/x", "no web address"),
        ("http://[::1", "no web address"),
        ("http://name:secret@127.0.0.1/", "user name"),
        ("http://name:secret@[::1", "user name"),
    ],
)
def test_s12_a_redirect_leads_only_to_the_web(site: Site, fetcher: Fetcher, target: str, said: str) -> None:
    site.answers["/"] = redirect(target)

    with pytest.raises(FetchError, match=said) as caught:
        fetcher.get(f"{site.url}/")

    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_s12_a_name_and_password_are_never_sent(site: Site, fetcher: Fetcher) -> None:
    address = site.url.replace("http://", "http://name:secret@")

    with pytest.raises(FetchError, match="an address with a user name in it is not asked") as caught:
        fetcher.get(address)

    assert (site.requests, "secret" in str(caught.value)) == ([], False)


def test_s12_an_odd_port_is_refused_unless_its_network_is_allowed(site: Site, fetcher: Fetcher) -> None:
    public = Fetcher(resolve=names("93.184.216.34"))
    site.answers["/"] = Answer(b"here")

    for port in (1, 22, 25, 6379, 8080):
        with pytest.raises(FetchError, match=f"port {port} is not one of the web's"):
            public.get(f"http://name.example:{port}/")
    assert fetcher.get(f"{site.url}/").body == b"here"


def test_s12_a_proxy_of_the_environment_is_not_used(
    site: Site, trap: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, trap.url)
    site.answers["/"] = Answer(b"direct")

    assert Fetcher(HERE).get(f"{site.url}/").body == b"direct"
    assert trap.connections == 0


def test_s12_a_netrc_file_is_not_read(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login name password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(FetchError, match="404"):
        fetcher.get(f"{site.url}/")

    assert "authorization" not in site.requests[0][1]


def test_s12_cookies_are_neither_kept_nor_sent(site: Site, fetcher: Fetcher) -> None:
    site.answers["/"] = Answer(status=302, headers={"Location": "/next", "Set-Cookie": "a=b"})
    site.answers["/next"] = Answer(b"end", headers={"Set-Cookie": "c=d"})

    for _ in range(2):
        fetcher.get(f"{site.url}/")

    assert len(site.requests) == 4
    assert not any("cookie" in headers for _, headers in site.requests)


def test_s12_a_certificate_that_nobody_vouches_for_is_refused(
    serve: Serve, fetcher: Fetcher, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    wire = serve(answer(b"here"), tls=server_tls)

    with pytest.raises(FetchError, match=r"its certificate is not trusted \(self.signed certificate\)$"):
        fetcher.get(wire.url)
    assert wire.requests == []
    assert Fetcher(HERE, tls=trusting).get(wire.url).body == b"here"


def test_s12_a_certificate_for_another_host_is_refused(
    serve: Serve, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    wire = serve(answer(b"here"), tls=server_tls)
    fetcher = Fetcher(HERE, tls=trusting, resolve=names("127.0.0.1"))

    with pytest.raises(FetchError, match=r"certificate is not trusted \(Hostname mismatch"):
        fetcher.get(f"https://other.example:{wire.port}/")

    assert wire.requests == []


def test_s12_a_server_without_tls_is_one_sentence(serve: Serve, fetcher: Fetcher) -> None:
    wire = serve(says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), hears=False)

    with pytest.raises(FetchError, match=r"^127\.0\.0\.1 does not answer: TLS with it fails"):
        fetcher.get(wire.url.replace("http:", "https:"))


def test_s12_https_never_falls_to_http_not_even_later(
    serve: Serve, trap: Wire, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    fetcher = Fetcher(HERE, tls=trusting)
    falls = serve(leads(trap.url), tls=server_tls)
    first_rises = serve(leads(falls.url))

    for start in (falls, first_rises):
        with pytest.raises(
            FetchError, match=r"^127\.0\.0\.1 leads from https to http, which is not followed$"
        ):
            fetcher.get(start.url)

    assert (first_rises.connections, falls.connections, trap.connections) == (1, 2, 0)


def test_s12_http_may_rise_to_https(
    serve: Serve, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    safe = serve(answer(b"safe"), tls=server_tls)
    plain = serve(leads(f"{safe.url}/feed", "301 Moved Permanently"))

    found = Fetcher(HERE, tls=trusting).get(plain.url)

    assert (found.body, found.lasting) == (b"safe", f"{safe.url}/feed")


# Limits


def test_s13_the_limits_are_those_of_the_threat_model() -> None:
    fetcher = Fetcher()

    assert (fetcher.connect_s, fetcher.read_s, fetcher.whole_s, fetcher.bytes_max) == (5, 10, 30, 15_000_000)


@pytest.mark.parametrize(
    "talk",
    [
        silent,
        drips(b"", b"H"),
        drips(OK, b"X"),
        drips(OK, b"X: y\r\n"),
        drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drips(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1_000, 0),
        drips(OK + b"\r\n", b"x"),
        drips(OK + b"Content-Length: 100000\r\n\r\n", b"x"),
        drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;ext=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n"),
        drips(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        drips(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], b"\0\0\0\xff\xff"),
    ],
)
def test_s13_a_server_that_drips_is_left_when_the_whole_time_is_over(
    serve: Serve, hasty: Fetcher, talk: Talk
) -> None:
    wire = serve(talk)
    began = monotonic()

    with pytest.raises(FetchError, match=r"^127\.0\.0\.1 does not answer: it took too long$"):
        hasty.get(wire.url)

    assert monotonic() - began < WHOLE_S + LATE_S


def test_s13_a_handshake_that_never_ends_is_left(serve: Serve, hasty: Fetcher) -> None:
    mute, slow = serve(silent, hears=False), serve(drips(b"\x16\x03\x03\x40\x00", b"\x02"), hears=False)

    for wire in (mute, slow):
        began = monotonic()
        with pytest.raises(FetchError, match="it took too long"):
            hasty.get(wire.url.replace("http:", "https:"))
        assert monotonic() - began < CONNECT_S + LATE_S


def test_s13_a_body_that_drips_through_tls_is_left(
    serve: Serve, server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    wire = serve(drips(OK + b"\r\n", b"x"), tls=server_tls)
    began = monotonic()

    with pytest.raises(FetchError, match="it took too long"):
        Fetcher(HERE, tls=trusting, whole_s=1).get(wire.url)

    assert monotonic() - began < 1 + LATE_S


def test_s13_a_server_that_never_accepts_is_left(hasty: Fetcher) -> None:
    with Full() as port:
        began = monotonic()
        with pytest.raises(FetchError, match="it took too long"):
            hasty.get(f"http://127.0.0.1:{port}/")

    assert monotonic() - began < CONNECT_S + LATE_S


def test_s13_a_name_that_is_looked_up_for_ever_is_left(hasty: Fetcher) -> None:
    never = Event()
    began = monotonic()

    with pytest.raises(FetchError, match=r"^name\.example does not answer: it took too long$"):
        replace(hasty, resolve=lambda _host, _port: [str(never.wait())]).get("http://name.example/")

    assert monotonic() - began < CONNECT_S + LATE_S
    never.set()


def test_s13_redirects_share_one_time(serve: Serve) -> None:
    def slow(connection: socket.socket) -> None:
        Event().wait(0.4)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n")

    wire = serve(slow)
    began = monotonic()

    with pytest.raises(FetchError, match="it took too long"):
        Fetcher(HERE, read_s=1, whole_s=1).get(wire.url)

    assert len(wire.requests) in (2, 3)
    assert monotonic() - began < 1 + LATE_S


def test_s13_a_body_is_counted_after_unpacking(serve: Serve, fetcher: Fetcher) -> None:
    small = replace(fetcher, bytes_max=100_000)
    packed = gzip.compress(b"x" * 100_001), gzip.compress(b"x" * 60_000) * 2, b"x" * 100_001
    whole = gzip.compress(b"x" * 100_000)

    for body in packed:
        with pytest.raises(FetchError, match=r"^its answer is larger than 0\.1 MB$"):
            small.get(serve(answer(body, Content_Encoding="gzip")).url)
    assert small.get(serve(answer(whole, Content_Encoding="gzip")).url).body == b"x" * 100_000


def test_s13_a_body_without_end_is_left_when_it_is_too_large(serve: Serve) -> None:
    wire = serve(drips(OK + b"\r\n", b"x" * 1_000_000, every_s=0))

    with pytest.raises(FetchError, match="larger than 15 MB"):
        Fetcher(HERE).get(wire.url)


def test_s13_a_packed_body_without_end_is_left_also_when_nothing_is_in_it(serve: Serve) -> None:
    wire = serve(drips(b"HTTP/1.1 200 OK\r\n\r\n", gzip.compress(b"") * 5_000, every_s=0.001))
    fetcher = Fetcher(HERE, bytes_max=1_000_000)

    with pytest.raises(FetchError, match="its answer is larger than 1 MB"):
        fetcher.get(wire.url)


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "compress", "gzip, gzip"])
def test_s13_only_gzip_is_unpacked(serve: Serve, fetcher: Fetcher, coding: str) -> None:
    with pytest.raises(FetchError, match=f"packed as {coding}, which we did not ask for"):
        fetcher.get(serve(answer(b"x", Content_Encoding=coding)).url)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(b"words"), "gzip"),
        (gzip.compress(b"words"), "X-GZIP"),
        (gzip.compress(b"wo") + gzip.compress(b"rds"), "gzip"),
        (gzip.compress(b"words"), "identity"),
        (b"words", "gzip"),
        (b"words", "utf-8"),
    ],
)
def test_a_body_is_unpacked_when_it_is_packed_whatever_is_said_of_it(
    serve: Serve, fetcher: Fetcher, body: bytes, coding: str
) -> None:
    assert fetcher.get(serve(answer(body, Content_Encoding=coding)).url).body == b"words"


def test_a_packed_body_that_is_cut_off_or_broken_is_one_sentence(serve: Serve, fetcher: Fetcher) -> None:
    packed = gzip.compress(b"many words " * 100)
    cut, broken = packed[:-10], packed[:-8] + b"?" * 8

    with pytest.raises(FetchError, match=r"^its answer ends too early$"):
        fetcher.get(serve(answer(cut, Content_Encoding="gzip")).url)
    with pytest.raises(FetchError, match=r"^its answer cannot be unpacked$"):
        fetcher.get(serve(answer(broken, Content_Encoding="gzip")).url)


@pytest.mark.parametrize("what", ["bombs", "drips"])
def test_s13_hostile_servers_cost_little_memory(serve: Serve, what: str) -> None:
    bomb = answer(gzip.compress(b"\0" * 30_000_000), Content_Encoding="gzip")
    wires = [serve(bomb if what == "bombs" else drips(OK + b"\r\n", b"x" * 4_000, 0)) for _ in range(8)]
    script = Path(__file__).with_name("fetch_in_memory.py")

    done = subprocess.run(
        [sys.executable, script, *(wire.url for wire in wires)], capture_output=True, text=True, check=True
    )

    assert [wire.connections for wire in wires] == [1] * 8
    assert int(done.stdout) < 32_000, done.stdout  # kB


# Politeness


def test_s19_a_second_request_is_conditional(site: Site, fetcher: Fetcher) -> None:
    site.answers["/feed"] = Answer(status=304)
    marks = Marks(f"{site.url}/feed", 'W/"7"', "yesterday")

    found = fetcher.get(f"{site.url}/feed", marks)

    [(_, headers)] = site.requests
    assert (found.status, found.body) == (304, b"")
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('W/"7"', "yesterday")


def test_s19_marks_are_sent_to_the_address_that_gave_them_alone(site: Site, fetcher: Fetcher) -> None:
    site.answers["/old"] = redirect("/feed")
    site.answers["/feed"] = Answer(b"<rss/>")

    fetcher.get(f"{site.url}/old", Marks(f"{site.url}/feed", '"7"', None))
    fetcher.get(f"{site.url}/feed", Marks(f"{site.url}/old", '"7"', None))

    assert ["if-none-match" in headers for _, headers in site.requests] == [False, True, False]


@pytest.mark.parametrize("known", [False, True])
def test_s19_a_not_modified_that_nobody_asked_for_is_an_error(
    site: Site, fetcher: Fetcher, known: bool
) -> None:
    site.answers["/feed"] = Answer(status=304)
    marks = Marks(f"{site.url}/feed", None, None) if known else None

    with pytest.raises(FetchError, match="answers 304 Not Modified although it was not told what we have"):
        fetcher.get(f"{site.url}/feed", marks)


@pytest.mark.parametrize("mark", ["", "é", '"' + "x" * 600 + '"'])
def test_a_mark_that_cannot_be_sent_back_is_not_kept(site: Site, fetcher: Fetcher, mark: str) -> None:
    site.answers["/"] = Answer(b"<rss/>", headers={"ETag": mark})

    assert fetcher.get(f"{site.url}/").marks.etag is None


def test_an_answer_that_may_have_been_cut_off_leaves_no_mark(serve: Serve, fetcher: Fetcher) -> None:
    marks = b'ETag: "1"\r\nLast-Modified: yesterday\r\n'
    cut = serve(says(OK, marks, b"\r\n<rss>"))
    whole = serve(says(OK, marks, b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"))

    assert fetcher.get(cut.url).marks == Marks(cut.url, None, None)
    assert fetcher.get(whole.url).marks == Marks(whole.url, '"1"', "yesterday")


def test_s19_only_a_leading_row_of_moves_for_good_is_one(site: Site, fetcher: Fetcher) -> None:
    site.answers["/a"], site.answers["/b"] = redirect("/b", 301), redirect("/c", 308)
    site.answers["/c"], site.answers["/d"] = redirect("/d", 302), redirect("/e", 301)
    site.answers["/e"] = Answer(b"end")

    lasting = {start: fetcher.get(f"{site.url}/{start}").lasting for start in "abcde"}

    ends = {"a": "c", "b": "c", "c": "c", "d": "e", "e": "e"}
    assert lasting == {start: f"{site.url}/{end}" for start, end in ends.items()}


@pytest.mark.parametrize(
    ("status", "headers", "minutes"),
    [
        ("429 No", {"Retry-After": "7200"}, 120),
        ("503 No", {"Retry-After": "7200"}, 120),
        ("429 No", {"Date": f"{DAY} 12:00:00 GMT", "Retry-After": f"{DAY} 14:00:00 GMT"}, 120),
        ("429 No", {}, 15),
        ("429 No", {"Retry-After": "soon"}, 15),
        ("429 No", {"Retry-After": "0"}, 15),
        ("429 No", {"Retry-After": "99999999999999999999"}, 7 * 24 * 60),
    ],
)
def test_s19_a_server_that_asks_for_rest_is_asked_nothing_meanwhile(
    serve: Serve, fetcher: Fetcher, status: str, headers: dict[str, str], minutes: int
) -> None:
    wire = serve(answer(b"", status, **headers))

    with pytest.raises(FetchError) as refused:
        fetcher.get(f"{wire.url}/a")
    with pytest.raises(FetchError, match=f"asked to be left alone for another {minutes} minutes") as rests:
        fetcher.get(f"{wire.url}/b")

    assert (refused.value.wait, refused.value.not_asked) == (timedelta(minutes=minutes), False)
    assert (rests.value.not_asked, rests.value.resting) == (True, server_of(wire.url))
    assert wire.connections == 1


def test_s19_a_refusal_that_names_no_time_speaks_for_its_address_only(site: Site, fetcher: Fetcher) -> None:
    site.answers["/a"], site.answers["/b"] = Answer(status=503), Answer(b"<rss/>")
    site.answers["/c"] = Answer(status=500, headers={"Retry-After": "60"})

    for path in "ac":
        with pytest.raises(FetchError):
            fetcher.get(f"{site.url}/{path}")

    assert fetcher.get(f"{site.url}/b").body == b"<rss/>"


def test_s19_a_redirect_onto_a_server_that_rests_is_not_followed(serve: Serve, fetcher: Fetcher) -> None:
    tired = serve(answer(status="429 No", Retry_After="600"))
    other = serve(leads(tired.url))
    with pytest.raises(FetchError, match="429"):
        fetcher.get(tired.url)

    with pytest.raises(FetchError, match="asked to be left alone"):
        fetcher.get(other.url)

    assert (tired.connections, other.connections) == (1, 1)


def test_s19_a_server_gets_one_request_at_a_time_also_by_redirects(serve: Serve, hasty: Fetcher) -> None:
    at_once, most = 0, 0

    def busy(connection: socket.socket) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        Event().wait(0.3)  # four of them take longer than a hasty fetch may: turns are not its time
        at_once -= 1
        answer(b"<rss/>")(connection)

    wire = serve(busy)
    others = [serve(leads(wire.url)) for _ in range(3)]
    bodies: list[bytes] = []
    threads = [
        Thread(target=lambda url=url: bodies.append(hasty.get(url).body))
        for url in (wire.url, wire.url, *(other.url for other in others))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert (most, bodies) == (1, [b"<rss/>"] * 5)


def test_s19_our_own_site_is_asked_nothing_neither_at_first_nor_later(serve: Serve) -> None:
    ours = serve(answer(b"<rss/>"))
    other = serve(leads(f"{ours.url}/feed.rss"))
    fetcher = Fetcher.of(Config(base_url=ours.url, fetch_allow_networks=HERE))

    for address in (ours.url, other.url, f"http://localhost:{ours.port}/feed.atom"):
        with pytest.raises(FetchError, match="is this site itself, which is no source of its own"):
            fetcher.get(address)

    assert (ours.connections, other.connections) == (0, 1)


class Full:
    """A port of this machine that is listened on, but whose queue is full, so that nobody gets in."""

    def __init__(self, port: int = 0) -> None:
        self._port, self._sockets = port, list[socket.socket]()

    def __enter__(self) -> int:
        listener = socket.socket()
        self._sockets.append(listener)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(0)
        for _ in range(3):
            waiting = socket.socket()
            self._sockets.append(waiting)
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        return int(listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()
