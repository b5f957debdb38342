"""Servers on loopback that speak as a test tells them, byte by byte, and note who came."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest

OVER = Event().wait  # never set: a pause between two drops of a drip


@dataclass
class Wire:
    """One server: where it is, how often somebody connected, and what was asked there."""

    url: str
    port: int
    connections: int = 0
    requests: list[str] = field(default_factory=list)  # heads, as they came


Talk = Callable[[socket.socket], None]
Serve = Callable[..., Wire]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server: `talk` is given each connection, after its request was read unless `hears` is false."""
    listening: list[socket.socket] = []

    def start(
        talk: Talk,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        hears: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> Wire:
        listener = socket.create_server((host, port))
        listening.append(listener)
        port = listener.getsockname()[1]
        wire = Wire(f"{'https' if tls else 'http'}://{host}:{port}", port)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    wire.connections += 1
                    Thread(target=speak, args=(connection,), daemon=True).start()

        def speak(connection: socket.socket) -> None:
            # Whoever is tested here hangs up whenever it has heard enough.
            with suppress(OSError):
                if tls:
                    connection = tls.wrap_socket(connection, server_side=True)
                with connection:
                    if hears:
                        wire.requests.append(heard(connection))
                    talk(connection)

        Thread(target=accept, daemon=True).start()
        return wire

    yield start
    for listener in listening:
        listener.close()


@pytest.fixture
def trap(serve: Serve) -> Wire:
    """A server that nobody may connect to."""
    return serve(lambda _connection: None)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 in one file, which nobody trusts."""
    folder = tmp_path_factory.mktemp("tls")
    key, made, both = folder / "key.pem", folder / "made.pem", folder / "both.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-subj", "/CN=a test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*words, "-keyout", key, "-out", made], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return both


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    """What a client uses that trusts the certificate."""
    return ssl.create_default_context(cafile=certificate)


def heard(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
        head += more
    return head.decode("latin-1")


def says(*parts: bytes) -> Talk:
    """A server that says this and hangs up."""
    return lambda connection: connection.sendall(b"".join(parts))


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> Talk:
    """A server that answers properly; the header `Content_Type` is Content-Type."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines, "", ""])
    return says(head.encode(), body)


def leads(to: str, status: str = "302 Found") -> Talk:
    """A server that leads elsewhere."""
    return answer(status=status, Location=to)


def drips(start: bytes, drop: bytes, every_s: float = 0.05) -> Talk:
    """A server that says `start`, and then for ever a little more."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            OVER(every_s)

    return talk


def silent(connection: socket.socket) -> None:
    """A server that waits until the other side hangs up."""
    while connection.recv(4096):
        pass
