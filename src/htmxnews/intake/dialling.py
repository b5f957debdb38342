"""Connections of the one client (`fetch`): to addresses that were checked, within the time of the fetch."""

import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from ipaddress import ip_address
from math import inf
from threading import Thread
from time import monotonic

import httpcore

from htmxnews.config import PREFIX, Network
from htmxnews.intake.networks import Address, allowed, refused

PORTS = (80, 443)
SETTING = f"{PREFIX}FETCH_ALLOW_NETWORKS"

Resolver = Callable[[str, int], list[str]]  # host and port to addresses as text; raises httpcore.ConnectError


class Forbidden(httpcore.ConnectError):
    """An address that is not to be dialled; the message says why."""


class Clock:
    """What is left of the time that a whole fetch may take, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def add(self, seconds: float) -> None:
        self._end += seconds

    def left(self, most: float | None) -> float:
        """The time for one wait, at most `most`. Raises httpcore.ReadTimeout when there is none."""
        left = min(self._end - monotonic(), inf if most is None else most)
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class Dialler(httpcore.SyncBackend):
    """Dials addresses that were looked up once and checked, so that a name cannot change in between (S11).

    Where one does not answer, the next is tried.
    """

    def __init__(self, allow: tuple[Network, ...], resolve: Resolver, clock: Clock) -> None:
        self._allow, self._resolve, self._clock = allow, resolve, clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("its name is not known")
        for address in self._addresses(host, port, timeout):
            left = self._clock.left(timeout)
            try:
                stream = super().connect_tcp(str(address), port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Timed(stream, self._clock)
        raise failure

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[Address]:
        told = _within(self._clock.left(timeout), lambda: self._resolve(host, port))
        found = [ip_address(text.split("%")[0]) for text in dict.fromkeys(told)]
        if any(refused(address, self._allow) for address in found):
            raise Forbidden(f"its address is not a public one, and {SETTING} does not name it")
        if port not in PORTS and not all(allowed(address, self._allow) for address in found):
            raise Forbidden(f"port {port} is not one of the web's")
        return found


class _Timed(httpcore.NetworkStream):
    """A connection on which neither one wait nor all of them together outlast their limits (S13)."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left(timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._clock.left(timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._clock)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def looked_up(host: str, port: int) -> list[str]:
    """Addresses of a host, as the system finds them."""
    try:
        # As bytes: for text Python would first try an old form of international names, and fail on long ones.
        found = socket.getaddrinfo(host.encode(), port, type=socket.SOCK_STREAM)
    except OSError:
        raise httpcore.ConnectError("its name is not known") from None
    return [str(one[4][0]) for one in found]


def _within(seconds: float, work: Callable[[], list[str]]) -> list[str]:
    """Do what cannot be given a time limit, and leave it behind when it takes longer."""
    done: Future[list[str]] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError:
        raise httpcore.ConnectTimeout from None
