"""Rounds of fetching: who is asked when, what is taken in, and what is remembered of it (S19)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, text, update

from htmxnews.config import Config
from htmxnews.intake import leases, opml, rounds, subscriptions
from htmxnews.intake.draft import Parsed
from htmxnews.intake.fetch import Fetched, server_of
from htmxnews.intake.report import Report, Stopped
from htmxnews.intake.run import BATCH, Importer
from htmxnews.intake.subscribing import SubscriptionError, subscribe_list
from htmxnews.store.engine import Store
from htmxnews.store.models import ServerRest, Source

from .conftest import NOW, Answer, Site, Stories
from .wire import Serve, answer, leads

FEED = b"""<rss version="2.0"><channel><title>Sea</title><link>https://sea.example/</link>
<item><guid>1</guid><title>Tide</title></item></channel></rss>"""
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)

Fetch = Callable[..., dict[str, Report]]
Subscribe = Callable[..., None]


@pytest.fixture
def subscribe(store: Store, config: Config, tmp_path: Path) -> Subscribe:
    """Subscribe to feeds by name and address, unasked."""

    def subscribe_all(**urls: str) -> None:
        path = tmp_path / "list.opml"
        path.write_text(opml.write("x", [opml.Subscription(name, url) for name, url in urls.items()]))
        subscribe_list(store, config, path, Report("list.opml"))

    return subscribe_all


@pytest.fixture
def fetch(store: Store, config: Config) -> Fetch:
    """Do a round at some time; returns the reports by slug."""

    def fetch_at(at: datetime = NOW, slug: str | None = None) -> dict[str, Report]:
        with Importer(store, config, now=at) as importer:
            return dict(rounds.fetch_due(importer, slug))

    return fetch_at


def source(store: Store, slug: str = "sea") -> Source:
    with store.reading() as session:
        return session.scalars(select(Source).where(Source.slug == slug)).one()


def due_at(store: Store, slug: str = "sea") -> datetime:
    found = source(store, slug).next_fetch_at
    assert found is not None
    return found


# Taking in


def test_a_round_asks_what_is_due_and_takes_it_in(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, stories: Stories
) -> None:
    site.answers["/feed"] = Answer(FEED, headers={"ETag": '"1"'})
    subscribe(sea=f"{site.url}/feed")

    first, second = fetch(), fetch(NOW + timedelta(minutes=5))

    assert (first["sea"].added, second) == (1, {})
    assert [story.title for story in stories()] == ["Tide"]
    assert source(store).last_success_at is not None


def test_s19_the_next_request_names_what_we_have(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(FEED, headers={"ETag": 'W/"1"', "Last-Modified": "yesterday"})
    subscribe(sea=f"{site.url}/feed")
    fetch()
    site.answers["/feed"] = Answer(status=304)

    report = fetch(NOW + HOUR)["sea"]

    headers = site.requests[-1][1]
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('W/"1"', "yesterday")
    assert (report.items, report.failed, report.warnings) == (0, False, [])
    assert source(store).etag == 'W/"1"'


def test_an_answer_that_is_no_feed_keeps_the_marks_of_the_last_one(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(FEED, headers={"ETag": '"1"'})
    subscribe(sea=f"{site.url}/feed")
    fetch()
    site.answers["/feed"] = Answer(b"<html>Down for repairs</html>", headers={"ETag": '"repairs"'})

    report = fetch(NOW + HOUR)["sea"]

    assert (report.failed, report.warnings) == (True, ["its answer is a web page and no feed"])
    assert (source(store).etag, source(store).failures) == ('"1"', 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b" \n", "its answer is empty"),
        (b"\n<!DOCTYPE html><title>Sea</title>", "its answer is a web page and no feed"),
        (b"Too busy", "its answer is not a feed that we know"),
        (b"<opml><head/><body/></opml>", "its answer is not a feed that we know"),
    ],
)
def test_what_stands_in_the_place_of_a_feed_is_called_by_its_name(
    site: Site, subscribe: Subscribe, fetch: Fetch, body: bytes, said: str
) -> None:
    site.answers["/feed"] = Answer(body)
    subscribe(sea=f"{site.url}/feed")

    assert fetch()["sea"].warnings == [said]


def test_s19_one_failing_source_never_stops_the_others(
    site: Site, subscribe: Subscribe, fetch: Fetch
) -> None:
    site.answers["/sea"], site.answers["/odd"] = Answer(FEED), Answer(b"<html>no feed</html>")
    subscribe(
        broken=f"{site.url}/no", odd=f"{site.url}/odd", away="http://127.0.0.1:9/", sea=f"{site.url}/sea"
    )

    reports = fetch()

    assert {slug: report.failed for slug, report in reports.items()} == {
        "broken": True,
        "odd": True,
        "away": True,
        "sea": False,
    }


def test_s19_stories_that_the_database_refuses_stop_no_other_source(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    two = b"<item><guid>1</guid><title>Odd</title></item><item><guid>2</guid><title>Odd</title></item>"
    site.answers["/odd"] = Answer(
        b'<rss version="2.0"><channel><title>Odd</title>' + two + b"</channel></rss>"
    )
    site.answers["/sea"] = Answer(FEED)
    subscribe(odd=f"{site.url}/odd", sea=f"{site.url}/sea")
    with store.writing() as session:
        session.execute(text("CREATE UNIQUE INDEX odd ON story (title) WHERE title = 'Odd'"))

    reports = fetch()

    assert {slug: (one.failed, one.added) for slug, one in reports.items()} == {
        "odd": (True, 0),
        "sea": (False, 1),
    }
    assert str(source(store, "odd").last_error).startswith("its stories cannot be stored: ")


def test_a_source_that_is_removed_while_its_answer_is_read_stops_no_other(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/a"] = site.answers["/b"] = Answer(FEED)
    subscribe(a=f"{site.url}/a", b=f"{site.url}/b")
    read = rounds.read

    def read_and_remove(found: Fetched) -> Parsed:
        if found.asked.endswith("/a"):
            subscriptions.remove(store, "a", with_stories=True)
        return read(found)

    monkeypatch.setattr(rounds, "read", read_and_remove)
    reports = fetch()

    assert {slug: one.warnings for slug, one in reports.items()} == {
        "a": ["it was unsubscribed meanwhile"],
        "b": [],
    }


def test_a_source_that_is_unsubscribed_meanwhile_is_left_out(
    site: Site, subscribe: Subscribe, store: Store, config: Config
) -> None:
    site.answers["/a"] = site.answers["/b"] = Answer(FEED)
    subscribe(a=f"{site.url}/a", b=f"{site.url}/b")
    with Importer(store, config, now=NOW) as importer:
        round_ = rounds.fetch_due(importer)

        first, _ = next(round_)
        subscriptions.remove(store, "b", with_stories=True)

        assert (first, dict(round_)) == ("a", {})


def test_a_round_that_is_stopped_keeps_what_came_and_asks_the_rest_later(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, config: Config, stories: Stories
) -> None:
    site.answers["/a"] = site.answers["/b"] = site.answers["/c"] = Answer(FEED)
    subscribe(a=f"{site.url}/a", b=f"{site.url}/b", c=f"{site.url}/c")

    def stop(done: int, total: int | None) -> None:
        assert total == 3
        if done:
            raise Stopped

    with Importer(store, config, now=NOW) as importer, pytest.raises(Stopped):
        list(rounds.fetch_due(importer, on_progress=stop))

    assert [story.source.slug for story in stories()] == ["a"]
    assert set(fetch(NOW + SECOND)) == {"b", "c"}


def test_a_round_that_is_stopped_within_a_feed_keeps_its_batches_and_asks_again(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, config: Config, stories: Stories
) -> None:
    items = "".join(f"<item><guid>{n}</guid><title>Tide {n}</title></item>" for n in range(3 * BATCH))
    feed = f"<rss version='2.0'><channel><title>Sea</title>{items}</channel></rss>".encode()
    site.answers["/feed"] = Answer(feed, headers={"ETag": '"1"'})
    subscribe(sea=f"{site.url}/feed")

    def stop(*_: object) -> None:
        if stories():
            raise Stopped

    with Importer(store, config, now=NOW) as importer:
        rounds_told = rounds.fetch_due(importer, None, stop)
        [_, report] = next(rounds_told)
        with pytest.raises(Stopped):
            next(rounds_told)

    assert (report.stopped, report.added, source(store).etag) == (True, BATCH, None)
    assert (fetch()["sea"].added, len(stories())) == (2 * BATCH, 3 * BATCH)


# Several rounds at once


def test_s19_two_rounds_at_once_ask_every_source_once(
    site: Site, subscribe: Subscribe, fetch: Fetch, stories: Stories
) -> None:
    names = [f"desk-{n}" for n in range(12)]
    site.answers |= {f"/{name}": Answer(FEED) for name in names}
    subscribe(**{name: f"{site.url}/{name}" for name in names})
    together = Barrier(2)

    def one() -> dict[str, Report]:
        together.wait()
        return fetch()

    with ThreadPoolExecutor(2) as both:
        first, second = (work.result() for work in [both.submit(one), both.submit(one)])

    assert sorted([*first, *second]) == sorted(names)
    assert sorted(path for path, _ in site.requests) == sorted(f"/{name}" for name in names)
    assert len(stories()) == 12


def test_s19_what_a_round_has_taken_on_is_left_to_it_and_so_is_its_server(
    site: Site, serve: Serve, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers |= {"/sea": Answer(FEED), "/ice": Answer(FEED)}
    other = serve(answer(FEED))
    subscribe(sea=f"{site.url}/sea")
    hold(store, NOW)
    subscribe(ice=f"{site.url}/ice", sun=f"{other.url}/")

    asked = fetch(NOW + SECOND)

    assert (list(asked), site.requests) == (["sun"], [])
    assert rounds.being_asked(store, NOW + SECOND) == 1
    with pytest.raises(SubscriptionError, match=r"^another fetch is asking sea just now$"):
        fetch(NOW + SECOND, slug="sea")
    assert "ice" in fetch(NOW + SECOND, slug="ice")


def test_s19_what_a_killed_round_has_left_is_asked_when_its_lease_is_over(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(FEED)
    subscribe(sea=f"{site.url}/feed")
    hold(store, NOW)

    early, late = fetch(NOW + leases.LASTS - SECOND), fetch(NOW + leases.LASTS + SECOND)

    assert (list(early), list(late)) == ([], ["sea"])
    assert (source(store).leased_until, due_at(store) > NOW + leases.LASTS) == (None, True)


def test_s19_a_round_that_takes_long_holds_on_to_what_it_has_not_settled(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(FEED)
    subscribe(sea=f"{site.url}/feed")
    lease = hold(store, NOW)

    for minutes in range(20):
        lease.keep(NOW + timedelta(minutes=minutes))
    meanwhile = fetch(NOW + timedelta(minutes=20))
    lease.end()

    assert (meanwhile, list(fetch(NOW + timedelta(minutes=20)))) == ({}, ["sea"])


@pytest.mark.parametrize("column", ["next_fetch_at", "leased_until"])
def test_a_time_far_ahead_was_written_by_a_wrong_clock_and_holds_nobody_up(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, column: str
) -> None:
    site.answers["/feed"] = Answer(FEED)
    subscribe(sea=f"{site.url}/feed")
    with store.writing() as session:
        session.execute(update(Source).values({column: NOW + 9 * DAY}))

    assert list(fetch()) == ["sea"]


def test_a_rest_far_ahead_was_written_by_a_wrong_clock_and_holds_nobody_up(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(FEED)
    subscribe(sea=f"{site.url}/feed")
    with store.writing() as session:
        session.add(ServerRest(server=server_of(site.url), until=NOW + 15 * DAY))

    assert fetch()["sea"].added == 1


def hold(store: Store, now: datetime) -> leases.Lease:
    """Take all sources on, as a round does that is still under way, or was killed."""
    lease = leases.Lease(store)
    with store.writing() as session:
        lease.take(session, session.scalars(select(Source)).all(), now)
    return lease


def test_one_source_is_asked_by_name_due_or_not(site: Site, subscribe: Subscribe, fetch: Fetch) -> None:
    site.answers["/feed"] = Answer(FEED)
    subscribe(sea=f"{site.url}/feed", ice=f"{site.url}/ice")
    fetch()

    assert fetch(NOW, "sea")["sea"].unchanged == 1
    with pytest.raises(SubscriptionError, match="there is no source nobody"):
        fetch(NOW, "nobody")


# The next time


def test_s19_a_busy_source_is_asked_sooner_than_a_quiet_one(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    for name, gap in (("busy", HOUR), ("quiet", 30 * DAY)):
        dates = [f"{NOW - gap * n:%d %b %Y %H:%M} GMT" for n in range(10)]
        items = "".join(f"<item><title>{one}</title><pubDate>{one}</pubDate></item>" for one in dates)
        feed = f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>"
        site.answers[f"/{name}"] = Answer(feed.encode())
    subscribe(busy=f"{site.url}/busy", quiet=f"{site.url}/quiet")

    fetch()

    busy, quiet = due_at(store, "busy") - NOW, due_at(store, "quiet") - NOW
    assert timedelta(minutes=15) <= busy < timedelta(minutes=18)
    assert timedelta(hours=21) < quiet <= DAY + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("headers", "least"),
    [({"Cache-Control": "max-age=18000"}, 5 * HOUR), ({"Cache-Control": "max-age=31536000"}, DAY)],
)
def test_s19_the_headers_of_an_answer_may_ask_for_a_slower_rhythm(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, headers: dict[str, str], least: timedelta
) -> None:
    site.answers["/feed"] = Answer(FEED, headers=headers)
    subscribe(sea=f"{site.url}/feed")

    fetch()

    assert least <= due_at(store) - NOW <= min(least * 1.1, DAY) + timedelta(minutes=1)


def test_s19_the_feed_itself_may_ask_for_a_slower_rhythm_also_when_nothing_changed(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = rounds.read

    def read_slow(found: Fetched) -> Parsed:
        parsed = read(found)
        parsed.ttl = 6 * HOUR
        return parsed

    monkeypatch.setattr(rounds, "read", read_slow)
    site.answers["/feed"] = Answer(FEED, headers={"ETag": '"1"'})
    subscribe(sea=f"{site.url}/feed")

    fetch()
    first = due_at(store) - NOW
    site.answers["/feed"] = Answer(status=304)
    fetch(NOW + DAY)
    second = due_at(store) - NOW - DAY

    assert min(first, second) >= 6 * HOUR
    assert max(first, second) < 7 * HOUR


def test_s19_a_failing_source_waits_longer_each_time_and_says_why(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(status=500)
    subscribe(sea=f"{site.url}/feed")
    at, waits = NOW, []

    for _ in range(9):
        assert fetch(at)["sea"].failed
        waits.append(due_at(store) - at)
        at = due_at(store)

    found = source(store)
    assert (found.last_error, found.failures) == ("the server answers 500 Internal Server Error", 9)
    assert waits[0] < waits[1] < waits[2] < waits[3]
    assert timedelta(hours=21) < waits[-1] <= DAY + timedelta(minutes=1)


def test_a_source_that_is_well_again_forgets_its_failures(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(status=500)
    subscribe(sea=f"{site.url}/feed")
    fetch()
    site.answers["/feed"] = Answer(FEED)

    fetch(NOW + HOUR)

    found = source(store)
    assert (found.failures, found.last_error) == (0, None)
    assert due_at(store) - NOW - HOUR < HOUR


# Refusals


@pytest.mark.parametrize("status", [429, 503])
def test_s19_a_server_that_asks_for_rest_is_left_alone_for_all_its_sources(
    site: Site, serve: Serve, subscribe: Subscribe, fetch: Fetch, store: Store, status: int
) -> None:
    elsewhere = serve(answer(FEED))
    subscribe(first=f"{site.url}/1", second=f"{site.url}/2", third=f"{site.url}/3", other=elsewhere.url)
    site.answers["/1"] = Answer(status=status, headers={"Retry-After": "7200"})
    site.answers["/2"] = site.answers["/3"] = Answer(FEED)

    now = fetch()
    one_later, by_name = fetch(NOW + HOUR), fetch(NOW + HOUR, "third")
    asked_meanwhile = [path for path, _ in site.requests]
    site.answers["/1"] = Answer(FEED)
    two_later = fetch(NOW + 2 * HOUR + timedelta(minutes=1))

    assert asked_meanwhile == ["/1"]
    assert {slug: report.failed for slug, report in now.items()} == {
        "first": True,
        "second": False,
        "third": False,
        "other": False,
    }
    assert now["second"].warnings == ["127.0.0.1 asked to be left alone for another 120 minutes"]
    assert set(one_later) == {"other"}
    assert (by_name["third"].items, by_name["third"].failed) == (0, False)
    assert {slug for slug, report in two_later.items() if report.added} == {"first", "second", "third"}
    assert (source(store, "second").failures, source(store, "second").last_error) == (0, None)


def test_s19_a_redirect_to_a_server_that_asked_for_rest_waits_as_well_in_later_runs(
    serve: Serve, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    tired = serve(answer(status="429 No", Retry_After="7200"))
    other = serve(leads(tired.url))
    subscribe(tired=tired.url)
    fetch()
    subscribe(other=other.url)

    report = fetch(NOW + HOUR)["other"]

    assert (report.failed, tired.connections) == (False, 1)
    assert due_at(store, "other") >= NOW + 2 * HOUR


def test_s19_the_health_of_a_source_knows_of_the_rest_of_its_server(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    subscribe(first=f"{site.url}/1", second=f"{site.url}/2")
    site.answers["/1"] = Answer(status=429, headers={"Retry-After": "7200"})
    fetch(NOW, "first")

    second = subscriptions.health(store, NOW)[1]

    assert fetch(NOW + HOUR) == {}
    assert second.slug == "second"
    assert second.next_fetch_at is not None
    assert abs(second.next_fetch_at - (NOW + 2 * HOUR)) < timedelta(minutes=1)


def test_s19_a_feed_that_is_gone_is_asked_no_more_until_it_is_resumed(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(status=410)
    subscribe(sea=f"{site.url}/feed")

    report = fetch()["sea"]
    month_later = fetch(NOW + 30 * DAY)
    [health] = subscriptions.health(store, NOW)
    subscriptions.resume(store, "sea")
    site.answers["/feed"] = Answer(FEED)
    resumed = fetch(NOW + 30 * DAY)["sea"]

    said = "the server says that this feed is gone for good; it is asked no more until it is resumed"
    assert (report.failed, report.warnings, month_later) == (True, [said], {})
    assert (health.gone, health.paused, health.last_error) == (True, True, said)
    assert (resumed.added, source(store).gone, source(store).paused) == (1, False, False)


def test_a_feed_that_was_gone_and_answers_when_asked_by_name_is_asked_again(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/feed"] = Answer(status=410)
    subscribe(sea=f"{site.url}/feed")
    fetch()
    site.answers["/feed"] = Answer(FEED)

    fetch(slug="sea")

    assert (source(store).gone, source(store).paused) == (False, False)


# Moves


def test_s19_a_feed_that_has_moved_for_good_is_followed_after_three_days(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/old"] = Answer(status=301, headers={"Location": "/new"})
    site.answers["/new"] = Answer(FEED, headers={"ETag": '"1"'})
    subscribe(sea=f"{site.url}/old")

    told = [fetch(NOW + HOUR * hours)["sea"].warnings for hours in (0, 4, 24, 30)]
    [before] = subscriptions.health(store, NOW)
    told += [fetch(NOW + HOUR * hours)["sea"].warnings for hours in (48, 72)]
    [after] = subscriptions.health(store, NOW)

    old, new = f"{site.url}/old", f"{site.url}/new"
    moved = f"its feed has moved from {old} to {new}, where it is asked from now on"
    assert told == [[], [], [], [], [moved], []]
    assert (before.feed_url, before.moved_to, before.moved_days) == (old, new, 2)
    assert (after.feed_url, after.moved_to, after.moved_days) == (new, None, 0)
    assert site.requests[-1][0] == "/new"
    assert site.requests[-1][1]["if-none-match"] == '"1"'


@pytest.mark.parametrize("between", [Answer(FEED), Answer(status=301, headers={"Location": "/other"})])
def test_s19_a_move_that_is_taken_back_is_forgotten(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, between: Answer
) -> None:
    moves = Answer(status=301, headers={"Location": "/new"})
    site.answers["/new"] = site.answers["/other"] = Answer(FEED)
    subscribe(sea=f"{site.url}/old")

    for day, says in enumerate((moves, moves, between, moves, moves)):
        site.answers["/old"] = says
        fetch(NOW + DAY * day + HOUR * day)

    found = source(store)
    assert (found.feed_url, found.moved_days) == (f"{site.url}/old", 2)


@pytest.mark.parametrize(
    "there", [Answer(status=404), Answer(b"<html>This domain is for sale</html>"), Answer(status=500)]
)
def test_s19_a_move_to_where_no_feed_is_counts_for_nothing(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store, there: Answer
) -> None:
    site.answers["/old"] = Answer(status=301, headers={"Location": "/parked"})
    site.answers["/parked"] = there
    subscribe(sea=f"{site.url}/old")

    for day in range(6):
        fetch(NOW + DAY * 2 * day)

    found = source(store)
    assert (found.feed_url, found.moved_to, found.failures) == (f"{site.url}/old", None, 6)


def test_s19_a_move_onto_another_subscription_is_told_and_not_made(
    site: Site, subscribe: Subscribe, fetch: Fetch, store: Store
) -> None:
    site.answers["/old"] = Answer(status=308, headers={"Location": "/new"})
    site.answers["/new"] = Answer(FEED)
    subscribe(sea=f"{site.url}/old", ice=f"{site.url}/new")

    told = [fetch(NOW + DAY * 2 * day)["sea"].warnings for day in range(4)]

    said = f"its feed has moved to {site.url}/new, which ice asks already; remove one of the two"
    found = source(store)
    assert told == [[], [], [said], [said]]
    assert (found.feed_url, found.moved_to, found.moved_days) == (f"{site.url}/old", f"{site.url}/new", 3)


def test_s19_a_move_onto_our_own_site_fails(
    site: Site, subscribe: Subscribe, store: Store, config: Config, serve: Serve
) -> None:
    other = serve(leads(f"{site.url}/feed.rss", "301 Moved Permanently"))
    subscribe(sea=other.url)
    ours = config.model_copy(update={"base_url": site.url})

    for day in range(4):
        [(_, report)] = rounds.fetch_due(Importer(store, ours, now=NOW + DAY * 2 * day))

    assert report.warnings == ["127.0.0.1 is this site itself, which is no source of its own"]
    assert (source(store).feed_url, site.requests) == (other.url, [])


def test_s19_a_source_that_became_our_own_address_is_not_asked(
    site: Site, subscribe: Subscribe, store: Store, config: Config
) -> None:
    subscribe(sea="http://127.0.0.1:9/")
    with store.writing() as session:
        session.execute(update(Source).values(feed_url=f"{site.url}/feed.atom"))
    ours = config.model_copy(update={"base_url": site.url})

    [(_, report)] = rounds.fetch_due(Importer(store, ours, now=NOW))

    assert "is this site itself" in report.warnings[0]
    assert site.requests == []
