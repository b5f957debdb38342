from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from htmxnews.config import Config
from htmxnews.intake import opml, subscriptions
from htmxnews.intake.report import Report
from htmxnews.intake.run import Importer
from htmxnews.intake.subscribing import SubscriptionError, subscribe_list
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Source

from .conftest import NOW, Answer, Site, Stories

FEED = b"""<rss version="2.0"><channel><title>Sea</title><link>https://sea.example/</link>
<item><guid>1</guid><title>Tide</title></item></channel></rss>"""


@pytest.fixture
def subscribed(site: Site, importer: Importer, config: Config) -> str:
    """The slug of one subscription, its feed fetched a first time."""
    site.answers["/feed"] = Answer(FEED, headers={"ETag": '"1"'})
    return subscriptions.add(importer, config, f"{site.url}/feed")[0]


def source(store: Store) -> Source:
    with store.reading() as session:
        return session.scalars(select(Source)).one()


def fetch(store: Store, config: Config, at: datetime) -> list[Report]:
    importer = Importer(store, config, now=at)
    return [report for _, report in subscriptions.fetch_due(importer, config)]


def test_a_feed_is_subscribed_to_and_its_stories_come_in(subscribed: str, site: Site, store: Store) -> None:
    found = source(store)

    assert (subscribed, found.name, found.feed_url) == ("sea", "Sea", f"{site.url}/feed")
    assert (found.etag, found.last_success_at) == ('"1"', NOW)
    assert subscriptions.health(store)[0].stories == 1


def test_a_page_leads_to_its_feed(site: Site, importer: Importer, config: Config, store: Store) -> None:
    link = b'<link rel="alternate" type="application/rss+xml" href="news/feed">'
    site.answers["/"] = Answer(b"<html><head>" + link + b"</head><body>Hello</body></html>")
    site.answers["/news/feed"] = Answer(FEED)

    subscriptions.add(importer, config, f"{site.url}/")

    assert source(store).feed_url == f"{site.url}/news/feed"


def test_a_page_without_a_feed_is_said_to_have_none(site: Site, importer: Importer, config: Config) -> None:
    site.answers["/"] = Answer(b"<html><body>Hello</body></html>")

    with pytest.raises(SubscriptionError, match="is no feed, and the page there names none"):
        subscriptions.add(importer, config, f"{site.url}/")


def test_s19_our_own_site_is_no_source(importer: Importer) -> None:
    config = Config(base_url="https://paper.example")

    with pytest.raises(SubscriptionError, match="cannot subscribe to itself"):
        subscriptions.add(importer, config, "https://PAPER.example:443/feed.atom")


def test_subscribing_twice_makes_one_source(
    subscribed: str, site: Site, importer: Importer, config: Config, store: Store
) -> None:
    slug, report = subscriptions.add(importer, config, f"{site.url}/feed")

    assert slug == subscribed
    assert report.added == 0
    assert source(store).slug == subscribed


def test_s19_a_source_is_asked_when_it_is_due_and_only_for_what_is_new(
    subscribed: str, site: Site, store: Store, config: Config
) -> None:
    site.answers["/feed"] = Answer(status=304)

    early = fetch(store, config, NOW + timedelta(minutes=5))
    due = fetch(store, config, NOW + timedelta(hours=1))

    assert early == []
    assert [report.items for report in due] == [0]
    assert site.requests[-1][1]["if-none-match"] == '"1"'


def test_s19_a_failing_source_waits_longer_each_time_and_says_why(
    subscribed: str, site: Site, store: Store, config: Config
) -> None:
    site.answers["/feed"] = Answer(status=500)
    at, waits = NOW + timedelta(hours=1), []

    for _ in range(8):
        [report] = fetch(store, config, at)
        found = source(store)
        assert report.failed
        assert found.next_fetch_at is not None
        waits.append(found.next_fetch_at - at)
        at = found.next_fetch_at

    assert found.last_error == "the server answers 500 Internal Server Error"
    assert (found.failures, waits[0] < waits[1] < waits[2]) == (8, True)
    assert timedelta(hours=21) < waits[-1] <= timedelta(days=1)


def test_s19_the_server_may_ask_for_more_time(
    subscribed: str, site: Site, store: Store, config: Config
) -> None:
    site.answers["/feed"] = Answer(status=429, headers={"Retry-After": "172800"})
    at = NOW + timedelta(hours=1)

    fetch(store, config, at)

    assert source(store).next_fetch_at == at + timedelta(days=2)


def test_one_failing_source_never_stops_the_others(
    subscribed: str, site: Site, store: Store, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "list.opml").write_text(
        opml.write(
            "x", [opml.Subscription("Broken", f"{site.url}/no"), opml.Subscription("Odd", f"{site.url}/odd")]
        )
    )
    site.answers["/odd"] = Answer(b"<html>no feed</html>")
    subscribe_list(store, tmp_path / "list.opml", Report("list.opml"))

    reports = fetch(store, config, NOW + timedelta(hours=1))

    assert [report.failed for report in reports] == [True, True, False]
    assert reports[1].warnings == ["its answer is not a feed that we know"]


def test_an_opml_list_subscribes_once(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_text(
        opml.write(
            "x", [opml.Subscription("A", "https://a.example/"), opml.Subscription("A", "https://b.example/")]
        )
    )
    first, second = Report("list"), Report("list")

    subscribe_list(store, path, first)
    subscribe_list(store, path, second)

    assert (first.added, second.unchanged) == (2, 2)
    assert [one.slug for one in subscriptions.health(store)] == ["a", "a-b-example"]


def test_a_paused_source_is_not_asked_until_it_is_resumed(
    subscribed: str, store: Store, config: Config
) -> None:
    later = NOW + timedelta(hours=1)

    subscriptions.pause(store, subscribed, True)
    while_paused = fetch(store, config, later)
    subscriptions.pause(store, subscribed, False)

    assert while_paused == []
    assert len(fetch(store, config, later)) == 1


def test_removing_keeps_the_stories_unless_told_otherwise(
    subscribed: str, store: Store, stories: Stories
) -> None:
    subscriptions.remove(store, subscribed)
    kept = len(stories())
    with store.reading() as session:
        before = revisions.current(session)

    gone = subscriptions.remove(store, subscribed, with_stories=True)

    assert (kept, gone, len(stories())) == (1, 1, 0)
    assert subscriptions.health(store) == []
    with store.reading() as session:
        assert revisions.current(session) > before


def test_an_unknown_source_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(SubscriptionError, match="there is no source nobody"):
        subscriptions.remove(store, "nobody")


def test_exported_subscriptions_can_be_imported(subscribed: str, site: Site, store: Store) -> None:
    found, _ = opml.parse(subscriptions.export(store, "Ours").encode())

    assert found == [opml.Subscription("Sea", f"{site.url}/feed", "https://sea.example/")]
