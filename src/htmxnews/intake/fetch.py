"""The only outgoing HTTP (S10): polite, bounded, and to public addresses only."""

import re
import socket
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from htmxnews.config import Network
from htmxnews.intake import dates
from htmxnews.intake.addresses import web_address

CONNECT_S, READ_S, WHOLE_S = 5.0, 10.0, 30.0
BYTES_MAX = 15_000_000  # after decompression (S13)
REDIRECTS_MAX = 5
PORTS = (80, 443)
AGENT = "htmxnews (a news reader; feeds only)"
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_REDIRECTS = (301, 302, 303, 307, 308)
_NAT64 = ip_network("64:ff9b::/96")

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]


class FetchError(Exception):
    """A fetch that failed; the message says why. `retry_after_s` is what the server asked for, if it did."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Fetched:
    """An answer: a body, or none where the server says that nothing changed."""

    url: str  # where it was found, after redirects
    status: int  # 200 or 304
    body: bytes = b""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None


@dataclass
class Fetcher:
    """One client for all fetches. `allow` names networks that may be reached although they are not public."""

    allow: tuple[Network, ...] = ()
    resolve: Resolver | None = None
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        transport = httpx.HTTPTransport(trust_env=False, http2=False)
        # httpx has no public door to the dialling, and only there is it sure whom we speak to (S11).
        guarded = _Guarded(self.allow, self.resolve or _resolved)
        transport._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False), network_backend=guarded, max_connections=8
        )
        self._client = httpx.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            headers={"User-Agent": AGENT, "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
        )

    def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Fetch one address, following redirects, each checked anew. Raises FetchError."""
        asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in asked.items() if value}
        end = time.monotonic() + WHOLE_S
        for _ in range(REDIRECTS_MAX + 1):
            address = web_address(url)
            if address is None:
                raise FetchError(f"{url[:200]} is no web address")
            try:
                answer = self._once(address, headers, end)
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, zlib.error) as error:
                raise FetchError(f"{urlsplit(address).hostname} does not answer: {_why(error)}") from None
            if isinstance(answer, Fetched):
                return answer
            if address.startswith("https:") and answer.startswith("http:"):
                raise FetchError(
                    f"{urlsplit(address).hostname} leads from https to http, which is not followed"
                )
            url = answer
        raise FetchError(f"more than {REDIRECTS_MAX} redirects")

    def close(self) -> None:
        self._client.close()

    def _once(self, address: str, headers: dict[str, str], end: float) -> Fetched | str:
        """One exchange: the answer, or the address that it leads to."""
        with self._client.stream("GET", address, headers=headers) as response:
            if response.status_code in _REDIRECTS and "location" in response.headers:
                return urljoin(address, response.headers["location"])
            if response.status_code not in (200, 304):
                wait = _seconds(response.headers.get("retry-after"))
                raise FetchError(
                    f"the server answers {response.status_code} {response.reason_phrase}".strip(), wait
                )
            body = b"" if response.status_code == 304 else _body(response, end)
            return Fetched(
                url=address,
                status=response.status_code,
                body=body,
                content_type=response.headers.get("content-type", "").split(";")[0].strip().lower(),
                etag=response.headers.get("etag"),
                last_modified=response.headers.get("last-modified"),
            )


def refused(address: Address, allow: Iterable[Network]) -> bool:
    """Whether an address may not be spoken to: anything but plain global unicast, unless allowed by name."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return refused(inner, allow)
        if address in _NAT64:
            return refused(IPv4Address(int(address) & 0xFFFFFFFF), allow)
    if any(address in network for network in allow if network.version == address.version):
        return False
    return not address.is_global or address.is_multicast or address.is_reserved


class _Guarded(httpcore.SyncBackend):
    """Dials an address that was looked up once and checked, so that a name cannot change in between."""

    def __init__(self, allow: tuple[Network, ...], resolve: Resolver) -> None:
        super().__init__()
        self._allow, self._resolve = allow, resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        found = [ip_address(text.split("%")[0]) for text in self._resolve(host, port)]
        named = bool(found) and all(any(a in n for n in self._allow if n.version == a.version) for a in found)
        if not found or any(refused(address, self._allow) for address in found):
            raise httpcore.ConnectError("its address is not a public one")
        if port not in PORTS and not named:
            raise httpcore.ConnectError(f"port {port} is not one of the web's")
        return super().connect_tcp(str(found[0]), port, timeout, local_address, socket_options)


def _resolved(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise httpcore.ConnectError("its name is not known") from None
    return [str(one[4][0]) for one in found]


def _body(response: httpx.Response, end: float) -> bytes:
    """The whole body, unpacked by ourselves: httpx would unpack a chunk of any size before we could count."""
    coding = response.headers.get("content-encoding", "identity").lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise FetchError(f"its answer is packed as {coding[:20]}, which we did not ask for")
    unpack = zlib.decompressobj(wbits=31) if coding != "identity" else None
    parts, size = [], 0
    for chunk in response.iter_raw():
        part = unpack.decompress(chunk, BYTES_MAX - size + 1) if unpack else chunk
        parts.append(part)
        size += len(part)
        if size > BYTES_MAX:
            raise FetchError(f"its answer is larger than {BYTES_MAX // 1_000_000} MB")
        if time.monotonic() > end:
            raise FetchError(f"its answer took longer than {WHOLE_S:.0f} seconds")
    return b"".join(parts)


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After, which holds seconds or a date."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    moment = dates.read(retry_after)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def _why(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    if isinstance(error, zlib.error):
        return "its answer cannot be unpacked"
    said = re.sub(r"^\[Errno -?\d+\] ", "", str(error))
    return said.splitlines()[0][:200] if said else type(error).__name__
