"""The only outgoing HTTP (S10): polite, bounded, and to public addresses only."""

import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import Message
from functools import cached_property
from http import HTTPStatus
from math import ceil
from tempfile import SpooledTemporaryFile
from threading import Lock
from time import monotonic
from typing import IO, Self
from urllib.parse import quote, urldefrag, urlsplit

import httpcore

from htmxnews.config import Config, Network
from htmxnews.intake import waits
from htmxnews.intake.addresses import is_served_here, web_address
from htmxnews.intake.dialling import PORTS, Clock, Dialler, Forbidden, Resolver, looked_up
from htmxnews.intake.gzipped import BadGzip, unpacked
from htmxnews.text import field as plain

REDIRECTS_MAX = 5
HEADERS_MAX = 200  # lines; the library ends at 100 kB of them
MARK_MAX = 500  # characters of an entity tag, which is sent back each time
TYPE_MAX = 200  # characters of a content type: who takes it apart needs a time that grows with its square
SLOW_MAX = 2  # times in a row that a server may let a fetch run out of time,
LATER = timedelta(minutes=15)  # for which its other addresses are then not asked
TOO_MANY = timedelta(minutes=15)  # what a server that answers 429 is left alone for when it names no time
IN_MEMORY = 256 * 1024  # bytes of a body; the rest waits on disk, so that many at a time stay small
PRODUCT = "htmxnews"  # what rules for programs call us
AGENT = f"{PRODUCT} (a news reader)"

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_REDIRECTS = (301, 302, 303, 307, 308)
_FOR_GOOD = (301, 308)
_PHRASES = {one.value: one.phrase for one in HTTPStatus}  # never the server's own words
_GZIP = ("gzip", "x-gzip")
_UNPACKED = ("", "identity", "none", "binary", "utf-8")  # the last three are mistakes that harm nobody
_QUOTED = "!$&'()*+,;=:@/?%~-._[]"  # what `web_address` leaves as it is


class FetchError(Exception):
    """A fetch that brought nothing; the message says why, without a full stop.

    `status` is what the server answered, if it did; `wait` how long it asks to be left alone. `resting` is
    the server that asks so for all its addresses, or that has asked so before and was not asked now.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        wait: timedelta | None = None,
        resting: str | None = None,
    ) -> None:
        super().__init__(plain(message, 500))  # it may quote what a server said
        self.status, self.wait, self.resting = status, wait, resting

    @property
    def not_asked(self) -> bool:
        return self.resting is not None and self.status is None


class Unreachable(FetchError):
    """The server does not answer, or not as a web server does."""


class TooSlow(Unreachable):
    """The server does not answer in time."""


@dataclass(frozen=True)
class Marks:
    """What an answer is told by when its address is asked again: its own marks, sent to no other address."""

    url: str
    etag: str | None
    last_modified: str | None

    def are_of(self, address: str) -> bool:
        return self.url == address and bool(self.etag or self.last_modified)


@dataclass(frozen=True)
class Fetched:
    """An answer: a body, or none where the server says that nothing changed."""

    asked: str
    url: str  # where it was found, after redirects
    status: int  # 200 or 304
    marks: Marks
    content_type: str  # as the server wrote it, with the character set if it named one
    link: str  # the Link header
    fresh_for: timedelta | None
    moved_to: str | None = None  # where the address asked has moved for good
    spool: IO[bytes] | None = field(default=None, repr=False)

    @property
    def lasting(self) -> str:
        """The address to ask next time."""
        return self.moved_to or self.asked

    @cached_property
    def body(self) -> bytes:
        if self.spool is None:
            return b""
        with self.spool as file:
            file.seek(0)
            return file.read()


@dataclass(frozen=True)
class _Onward:
    url: str  # as the server wrote it
    for_good: bool


@dataclass
class Fetcher:
    """One client for all fetches, by many threads at once; a server gets one request at a time.

    `allow` names networks that may be reached although they are not public. `rests` holds servers that asked
    to be left alone, and the monotonic time until which they are.
    """

    allow: tuple[Network, ...] = ()
    is_ours: Callable[[str], bool] = lambda _address: False
    resolve: Resolver = looked_up
    tls: ssl.SSLContext = field(default_factory=httpcore.default_ssl_context, repr=False)
    connect_s: float = 5.0
    read_s: float = 10.0
    whole_s: float = 30.0
    bytes_max: int = 15_000_000  # after unpacking
    rests: dict[str, float] = field(default_factory=dict)
    _turns: dict[str, Lock] = field(default_factory=dict, init=False, repr=False)
    _slow: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    @classmethod
    def of(cls, config: Config) -> Self:
        def is_ours(address: str) -> bool:
            return is_served_here(address, config.base_url, config.extra_hosts)

        return cls(config.fetch_allow_networks, is_ours)

    def get(self, url: str, marks: Marks | None = None) -> Fetched:
        """Fetch one address, following redirects, each checked anew. Raises FetchError."""
        clock = Clock(self.whole_s)
        asked = before = moved_to = None
        for_good = True
        # A pool of its own: feeds are asked too seldom for a connection to be kept.
        with httpcore.ConnectionPool(
            self.tls, network_backend=Dialler(self.allow, self.resolve, clock)
        ) as pool:
            for _ in range(REDIRECTS_MAX + 1):
                address = self._checked(url, before)
                asked = asked or address
                if before and for_good:
                    moved_to = address
                with self._turn(address, clock), self._patience(address, clock):
                    answer = self._answer(pool, address, marks)
                if isinstance(answer, Fetched):
                    return replace(answer, asked=asked, moved_to=moved_to)
                before, url = address, answer.url
                for_good = for_good and answer.for_good
        raise FetchError(f"more than {REDIRECTS_MAX} redirects")

    def _checked(self, url: str, before: str | None) -> str:
        """The address as it is asked, where it may be."""
        address = web_address(url, before)
        if address is None:
            raise FetchError(_why_no_address(url, before))
        if self.is_ours(address):
            raise FetchError(f"{_host(address)} is this site itself, which is no source of its own")
        if before and before.startswith("https:") and address.startswith("http:"):
            raise FetchError(f"{_host(before)} leads from https to http, which is not followed")
        return urldefrag(address).url

    @contextmanager
    def _turn(self, address: str, clock: Clock) -> Iterator[None]:
        """Wait until no one else asks this server; that time is not the server's fault."""
        server = server_of(address)
        began = monotonic()
        with self._turns.setdefault(server, Lock()):
            clock.add(monotonic() - began)
            left = self.rests.get(server, 0) - monotonic()
            if left > 0:
                sentence = f"{_host(address)} asked to be left alone for another {ceil(left / 60)} minutes"
                raise FetchError(sentence, wait=timedelta(seconds=left), resting=server)
            yield

    @contextmanager
    def _patience(self, address: str, clock: Clock) -> Iterator[None]:
        """Ask a server no more that lets time run out again, be it asked itself or led to by others.

        It is not its fault where those have used up most of the time.
        """
        server = server_of(address)
        if self._slow[server] >= SLOW_MAX:
            sentence = f"{server} took too long {SLOW_MAX} times in a row and is asked again later"
            raise FetchError(sentence, wait=LATER, resting=server)
        has_time = clock.left(None) > self.whole_s / 2
        try:
            yield
        except TooSlow:
            self._slow[server] += has_time
            raise
        except FetchError:
            self._slow[server] = 0
            raise
        self._slow[server] = 0

    def _answer(self, pool: httpcore.ConnectionPool, address: str, marks: Marks | None) -> Fetched | _Onward:
        """One exchange, its failures put into words."""
        try:
            return self._exchange(pool, address, marks if marks and marks.are_of(address) else None)
        except Forbidden as error:
            raise Unreachable(f"{_host(address)} is not asked: {error}") from None
        except httpcore.TimeoutException:
            raise TooSlow(f"{_host(address)} does not answer: it took too long") from None
        except httpcore.NetworkError as error:
            raise Unreachable(f"{_host(address)} does not answer: {_why(error)}") from None
        except httpcore.ProtocolError as error:
            said = str(error).partition(": bytearray")[0].rstrip(".")
            raise Unreachable(f"{_host(address)} does not speak HTTP as it should: {said}") from None
        except BadGzip as error:
            raise FetchError(f"its answer {error}") from None

    def _exchange(
        self, pool: httpcore.ConnectionPool, address: str, marks: Marks | None
    ) -> Fetched | _Onward:
        waits_s = {"connect": self.connect_s, "read": self.read_s, "write": self.read_s}
        with pool.stream(
            "GET", _as_asked(address), headers=_asked(address, marks), extensions={"timeout": waits_s}
        ) as response:
            headers = _headers(response)
            if response.status in _REDIRECTS and (onward := headers.get("Location")):
                return _Onward(onward, response.status in _FOR_GOOD)
            if response.status != 200 and not (response.status == 304 and marks):
                raise self._refusal(address, response.status, headers)
            return Fetched(
                asked=address,
                url=address,
                status=response.status,
                marks=_marks(address, headers),
                content_type=headers.get("Content-Type", "")[:TYPE_MAX],
                link=", ".join(headers.get_all("Link", ())),
                fresh_for=waits.fresh_for(headers),
                spool=self._body(response, headers) if response.status == 200 else None,
            )

    def _refusal(self, address: str, status: int, headers: Message) -> FetchError:
        """What an answer without a feed means, also for the other addresses of its server."""
        wait, resting = waits.retry_after(headers), None
        if status == 429 or (status == 503 and wait):
            wait, resting = wait or TOO_MANY, server_of(address)
            self.rests[resting] = monotonic() + wait.total_seconds()
        sentence = f"the server answers {status} {_PHRASES.get(status, '')}".rstrip()
        if status == 304:
            sentence += " although it was not told what we have"
        return FetchError(sentence, status=status, wait=wait, resting=resting)

    def _body(self, response: httpcore.Response, headers: Message) -> IO[bytes]:
        """The body, counted as it comes. We unpack: a library would unpack a chunk of any size at once."""
        coding = headers.get("Content-Encoding", "").strip().lower()
        if coding not in (*_GZIP, *_UNPACKED):
            raise FetchError(f"its answer is packed as {coding[:20]}, which we did not ask for")
        spool = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (whoever reads it closes it)
        for piece in self._counted(unpacked(self._counted(response.iter_stream()))):
            spool.write(piece)
        return spool

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self.bytes_max:
                raise FetchError(f"its answer is larger than {self.bytes_max / 1_000_000:g} MB")
            yield piece


def server_of(address: str) -> str:
    """The server that an address is of: its host, with the port where that is not one of the web's."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return host if parts.port in (None, *PORTS) else f"{host}:{parts.port}"


def _asked(address: str, marks: Marks | None) -> list[tuple[str, str]]:
    """The headers of a request."""
    headers = [
        ("Host", _host_header(address)),
        ("User-Agent", AGENT),
        ("Accept", _ACCEPT),
        ("Accept-Encoding", "gzip"),
    ]
    if marks and marks.etag:
        headers.append(("If-None-Match", marks.etag))
    if marks and marks.last_modified:
        headers.append(("If-Modified-Since", marks.last_modified))
    return headers


def _headers(response: httpcore.Response) -> Message:
    if len(response.headers) > HEADERS_MAX:
        raise FetchError(f"its answer has more than {HEADERS_MAX} headers")
    headers = Message()
    for name, value in response.headers:
        headers[name.decode("latin-1")] = _decoded(value)
    return headers


def _decoded(value: bytes) -> str:
    """A header as text; addresses in it may hold letters of any script."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _marks(address: str, headers: Message) -> Marks:
    """The marks of an answer; none of one that may have been cut off, as nothing said where it ends."""
    if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        return Marks(address, None, None)
    return Marks(address, _mark(headers, "ETag"), _mark(headers, "Last-Modified"))


def _mark(headers: Message, name: str) -> str | None:
    """A mark that can be sent back."""
    value = str(headers.get(name, ""))
    return value if 0 < len(value) <= MARK_MAX and value.isascii() and value.isprintable() else None


def _as_asked(address: str) -> httpcore.URL:
    parts = urlsplit(address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(
        scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=quote(target, safe=_QUOTED)
    )


def _host_header(address: str) -> str:
    parts = urlsplit(address)
    standard = parts.port == {"http": 80, "https": 443}[parts.scheme]
    return parts.netloc.rpartition(":")[0] if standard else parts.netloc


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def _why_no_address(url: str, before: str | None) -> str:
    try:
        names_user = "@" in urlsplit(url).netloc
    except ValueError:
        names_user = "@" in url
    if names_user:
        return "an address with a user name in it is not asked: whoever answers there would be told the name"
    if before:
        return f"{_host(before)} leads to {url[:200]}, which is no web address"
    return f"{url[:200]} is no web address"


def _why(error: Exception) -> str:
    cause = error.args[0] if error.args else None  # the library hands on what it caught
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message.rstrip('.')})"
    if isinstance(cause, ssl.SSLError):
        return f"TLS with it fails ({cause.reason or cause})"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(error).rstrip(".") or "the connection ended"
