import socket
import sys
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from web.addresses import ALIVE, WRONG

OUTWARD = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "subprocess.Popen",
)


@pytest.fixture(scope="module")
def _hook() -> list[list[str]]:
    """Where what goes out is noted; such a hook cannot be taken away again, so there is one."""
    notes: list[list[str]] = []

    def note(event: str, _details: object) -> None:
        if event in OUTWARD and notes:
            notes[-1].append(event)

    sys.addaudithook(note)
    return notes


@pytest.fixture
def outgoing(_hook: list[list[str]]) -> Iterator[list[str]]:
    """Whatever this process asked of the network meanwhile."""
    _hook.append([])
    yield _hook[-1]
    _hook.clear()


@pytest.mark.parametrize("address", (*ALIVE, *WRONG))
def test_s10_no_page_asks_the_network_for_anything(
    paper: FlaskClient, outgoing: list[str], address: str
) -> None:
    paper.get(address)

    assert outgoing == []


def test_s10_the_hook_notices_what_goes_out(outgoing: list[str]) -> None:
    with socket.socket() as one:
        one.connect_ex(("127.0.0.1", 9))
    socket.getaddrinfo("127.0.0.1", 80)

    assert outgoing == ["socket.connect", "socket.getaddrinfo"]
