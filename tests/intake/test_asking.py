"""Which sources are asked at once, and which one after another."""

import socket
from contextlib import closing
from ipaddress import ip_network
from threading import Barrier, Event, Lock
from threading import enumerate as enumerate_threads

import pytest

from htmxnews.intake import asking
from htmxnews.intake.asking import AT_ONCE, answers, of_feed
from htmxnews.intake.fetch import SLOW_MAX, Fetched, Fetcher, FetchError
from htmxnews.store.models import Source

from .wire import OVER, Serve, answer, leads, says

HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(HERE)


def sources(*urls: str) -> list[Source]:
    return [Source(id=number, slug=f"source-{number}", feed_url=url) for number, url in enumerate(urls)]


def ask(fetcher: Fetcher, *urls: str) -> dict[str, Fetched | FetchError]:
    return {one[0].feed_url or "": one[1] for one in answers(fetcher, sources(*urls), of_feed) if one}


def test_s19_different_servers_are_asked_side_by_side(serve: Serve, fetcher: Fetcher) -> None:
    together = Barrier(AT_ONCE, timeout=10)

    def meet(connection: socket.socket) -> None:
        together.wait()
        answer(b"met")(connection)

    urls = [serve(meet).url for _ in range(AT_ONCE)]

    found = ask(fetcher, *urls)

    assert [one.body for one in found.values() if isinstance(one, Fetched)] == [b"met"] * AT_ONCE


def test_s19_a_server_is_asked_for_one_of_its_sources_after_another(serve: Serve, fetcher: Fetcher) -> None:
    counting, at_once = Lock(), 0
    seen: list[int] = []

    def count(connection: socket.socket) -> None:
        nonlocal at_once
        with counting:
            at_once += 1
            seen.append(at_once)
        Event().wait(0.05)
        with counting:
            at_once -= 1
        answer(b"one")(connection)

    busy, other = serve(count), serve(answer(b"other"))
    urls = [f"{busy.url}/{number}" for number in range(6)]

    found = ask(fetcher, *urls, other.url)

    assert len(found) == 7
    assert seen == [1] * 6


def test_s19_a_slow_server_keeps_no_other_waiting(serve: Serve, fetcher: Fetcher) -> None:
    rest_is_in = Event()

    def slow(connection: socket.socket) -> None:
        rest_is_in.wait(10)
        answer(b"slow")(connection)

    slow_one = serve(slow)
    many = [f"{slow_one.url}/{number}" for number in range(AT_ONCE + 2)]
    quick = [serve(answer(b"quick")).url for _ in range(3)]
    order = []

    for one in answers(fetcher, sources(*many, *quick), of_feed):
        if one:
            order.append(one[0].feed_url)
        if len(order) == len(quick):
            rest_is_in.set()

    assert set(order[:3]) == set(quick)
    assert order[3:] == many


def test_s19_a_server_that_does_not_answer_lets_the_others_go_first(
    serve: Serve, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    dead, good = serve(says(b"nonsense\r\n\r\n")).url, serve(answer(b"good")).url

    order = list(ask(fetcher, f"{dead}/1", f"{dead}/2", f"{dead}/3", f"{good}/1", f"{good}/2"))

    assert order == [f"{dead}/1", f"{good}/1", f"{good}/2", f"{dead}/2", f"{dead}/3"]


def test_s19_a_server_that_lets_time_run_out_again_is_asked_no_more(serve: Serve) -> None:
    fetcher = Fetcher(HERE, read_s=0.1)
    slow = serve(lambda _connection: OVER(1))
    urls = [f"{slow.url}/{number}" for number in range(6)]

    found = list(ask(fetcher, *urls).values())

    assert slow.connections == SLOW_MAX
    assert [isinstance(one, FetchError) and one.not_asked for one in found] == [False] * 2 + [True] * 4
    assert "took too long 2 times in a row and is asked again later" in str(found[-1])


def test_s19_a_slow_server_that_many_others_lead_to_is_asked_no_more_either(serve: Serve) -> None:
    fetcher = Fetcher(HERE, read_s=0.1)
    slow = serve(lambda _connection: OVER(1))
    urls = [serve(leads(f"{slow.url}/{number}")).url for number in range(12)]

    found = list(ask(fetcher, *urls).values())

    assert slow.connections == SLOW_MAX
    assert [isinstance(one, FetchError) and one.not_asked for one in found] == [False] * 2 + [True] * 10


def test_s19_a_server_is_not_slow_because_another_that_leads_to_it_is(serve: Serve) -> None:
    fetcher = Fetcher(HERE, whole_s=0.5)

    def late(connection: socket.socket) -> None:
        OVER(0.4)
        leads(f"{victim.url}/slower")(connection)

    victim, thief = serve(lambda _connection: OVER(0.3)), serve(late)

    stolen = ask(fetcher, *(f"{thief.url}/{number}" for number in range(3)))

    assert victim.connections == 3
    assert not any(isinstance(one, FetchError) and one.not_asked for one in stolen.values())


def test_one_that_fails_stops_none_of_the_others(serve: Serve, fetcher: Fetcher) -> None:
    good, bad = serve(answer(b"good")), serve(says(b"nonsense\r\n\r\n"))

    found = ask(fetcher, "ftp://nowhere/", bad.url, "http://127.0.0.1:9/", good.url)

    failures = [str(one) for one in found.values() if isinstance(one, FetchError)]
    assert len(failures) == 3
    assert [one.body for one in found.values() if isinstance(one, Fetched)] == [b"good"]


def test_what_goes_wrong_in_our_own_hands_is_a_sentence_too(serve: Serve) -> None:
    def broken(_host: str, _port: int) -> list[str]:
        raise RuntimeError("a flaw of ours")

    fetcher = Fetcher(HERE, resolve=broken)

    [failure] = ask(fetcher, "http://name.example/").values()

    assert str(failure) == "asking it went wrong (RuntimeError: a flaw of ours)"


def test_a_caller_who_waits_is_told_so_and_may_leave(serve: Serve, fetcher: Fetcher) -> None:
    over = Event()

    def hold(_connection: socket.socket) -> None:
        over.wait(10)

    wires = [serve(hold) for _ in range(AT_ONCE + 3)]

    with closing(answers(fetcher, sources(*(wire.url for wire in wires)), of_feed)) as coming:
        first = next(coming)
    over.set()

    assert first is None
    assert sum(wire.connections for wire in wires) <= AT_ONCE


def test_no_thread_waits_for_a_caller_who_has_left(serve: Serve, fetcher: Fetcher) -> None:
    wires = [serve(answer(b"quick")) for _ in range(3 * AT_ONCE)]

    with closing(answers(fetcher, sources(*(wire.url for wire in wires)), of_feed)) as coming:
        first = next(coming)
        while (
            sum(wire.connections for wire in wires) <= 2 * AT_ONCE
        ):  # as many wait, and each thread with one
            Event().wait(0.01)
    asking = [thread for thread in enumerate_threads() if thread.name == "asking"]
    for thread in asking:
        thread.join(10)

    assert first
    assert [thread for thread in asking if thread.is_alive()] == []
