from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from htmxnews.config import Config
from htmxnews.intake import opml, rounds, subscriptions
from htmxnews.intake.draft import StoryDraft
from htmxnews.intake.fetch import FetchError
from htmxnews.intake.report import Report, Stopped
from htmxnews.intake.run import BATCH, Importer
from htmxnews.intake.subscribing import TOGETHER, SubscriptionError, subscribe_list
from htmxnews.intake.subscribing import subscribed as subscribed_to
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Source
from htmxnews.text import FIELD_MAX

from .conftest import NOW, Answer, Site, Stories, Take

PAGE = b"<html><head><title>Sea</title></head><body>Hello</body></html>"
FEED = b"""<rss version="2.0"><channel><title>Sea</title><link>https://sea.example/</link>
<item><guid>1</guid><title>Tide</title></item></channel></rss>"""


@pytest.fixture
def subscribed(site: Site, importer: Importer) -> str:
    """The slug of one subscription, its feed fetched a first time."""
    site.answers["/feed"] = Answer(FEED, headers={"ETag": '"1"'})
    return subscriptions.add(importer, f"{site.url}/feed")[0]


def source(store: Store) -> Source:
    with store.reading() as session:
        return session.scalars(select(Source)).one()


def test_a_feed_is_subscribed_to_and_its_stories_come_in(subscribed: str, site: Site, store: Store) -> None:
    found = source(store)

    assert (subscribed, found.name, found.feed_url) == ("sea", "Sea", f"{site.url}/feed")
    assert (found.etag, found.last_success_at) == ('"1"', NOW)
    assert subscriptions.health(store)[0].stories == 1


@pytest.mark.parametrize("link", ["news/feed", "/news/feed"])
def test_a_page_leads_to_its_feed(site: Site, importer: Importer, store: Store, link: str) -> None:
    named = f'<link rel="alternate" type="application/rss+xml" href="{link}">'
    site.answers["/"] = Answer(f"<html><head>{named}</head><body>Hello</body></html>".encode())
    site.answers["/news/feed"] = Answer(FEED)

    _, feed_url, report = subscriptions.add(importer, f"{site.url}/")

    assert feed_url == source(store).feed_url == f"{site.url}/news/feed"
    assert report.added == 1


def test_a_header_leads_to_the_feed_of_a_page(site: Site, importer: Importer, store: Store) -> None:
    link = '</feed>; rel="alternate"; type="application/atom+xml"'
    site.answers["/"] = Answer(PAGE, headers={"Link": link})
    site.answers["/feed"] = Answer(FEED)

    subscriptions.add(importer, f"{site.url}/")

    assert source(store).feed_url == f"{site.url}/feed"


@pytest.mark.parametrize("place", ["/feed", "/index.xml", "/blog/feed.json"])
def test_a_page_that_names_no_feed_has_one_where_most_have(
    site: Site, importer: Importer, store: Store, place: str
) -> None:
    site.answers["/blog/"] = Answer(PAGE)
    site.answers["/blog/rss.xml"] = Answer(PAGE)  # a site that answers everything with a page
    site.answers["/blog/atom.xml"] = Answer(status=301, headers={"Location": "http://name@127.0.0.1/"})
    site.answers[place] = Answer(FEED)

    subscriptions.add(importer, f"{site.url}/blog/")

    assert source(store).feed_url == f"{site.url}{place}"


def test_a_page_without_a_feed_is_said_to_have_none(site: Site, importer: Importer) -> None:
    site.answers["/"] = Answer(PAGE)

    with pytest.raises(SubscriptionError) as told:
        subscriptions.add(importer, f"{site.url}/")

    tried = ["/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json"]
    said = f"{site.url}/ is no feed and names none, and there is none at {', '.join(tried)}"
    assert str(told.value) == said
    assert [path for path, _ in site.requests] == ["/", *tried]


def test_s19_a_server_that_wants_to_be_left_alone_is_searched_no_further(
    site: Site, importer: Importer
) -> None:
    site.answers["/"], site.answers["/feed"] = Answer(PAGE), Answer(status=429)

    with pytest.raises(FetchError, match="429 Too Many Requests"):
        subscriptions.add(importer, f"{site.url}/")
    with pytest.raises(FetchError, match="asked to be left alone for another 15 minutes"):
        subscriptions.add(importer, f"{site.url}/other")

    assert [path for path, _ in site.requests] == ["/", "/feed"]


@pytest.mark.parametrize("first", [Answer(status=404), Answer(PAGE)])
def test_where_the_first_feed_of_a_page_is_none_the_next_one_is_tried(
    site: Site, importer: Importer, store: Store, first: Answer
) -> None:
    named = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in (1, 2))
    site.answers["/"] = Answer(named.encode())
    site.answers["/1"], site.answers["/2"] = first, Answer(FEED)

    subscriptions.add(importer, f"{site.url}/")

    assert source(store).feed_url == f"{site.url}/2"


def test_a_page_whose_feed_is_none_is_one_sentence(site: Site, importer: Importer) -> None:
    site.answers["/"] = Answer(b'<link rel="alternate" type="application/rss+xml" href="/x">')
    site.answers["/x"] = Answer(PAGE)

    with pytest.raises(SubscriptionError, match=f"/ names {site.url}/x as its feed, which is a web page"):
        subscriptions.add(importer, f"{site.url}/")


@pytest.mark.parametrize(
    ("page", "place"),
    [
        (b'<a href="/rss/">All our feeds</a><a href="https://planet.example/feed/">Planet</a>', "/rss.xml"),
        (b'<a href="/rss/">All our feeds</a><a href="/news.rss">News</a>', "/news.rss"),
        (b'<link rel="alternate" type="application/rss+xml" href="/old"><a href="/rss/">Feeds</a>', "/feed"),
    ],
)
def test_what_a_page_leads_to_is_tried_before_the_usual_places_and_ends_no_search(
    site: Site, importer: Importer, store: Store, page: bytes, place: str
) -> None:
    site.answers["/"], site.answers["/rss/"] = Answer(page), Answer(PAGE)
    site.answers[place] = Answer(FEED)

    subscriptions.add(importer, f"{site.url}/")

    assert source(store).feed_url == f"{site.url}{place}"


def test_an_address_without_a_scheme_is_taken_for_https(site: Site, importer: Importer) -> None:
    with pytest.raises(FetchError, match="TLS with it fails"):
        subscriptions.add(importer, site.url.removeprefix("http://"))


@pytest.mark.parametrize(("status", "end"), [(301, "/new"), (308, "/new"), (302, "/old"), (307, "/old")])
def test_the_address_that_lasts_is_subscribed_to(
    site: Site, importer: Importer, store: Store, status: int, end: str
) -> None:
    site.answers["/old"] = Answer(status=status, headers={"Location": "/new"})
    site.answers["/new"] = Answer(FEED)

    subscriptions.add(importer, f"{site.url}/old")

    found = source(store)
    assert (found.feed_url, found.moved_to, found.moved_days) == (f"{site.url}{end}", None, 0)


def test_a_detour_to_a_feed_that_is_subscribed_to_makes_no_second_source(
    subscribed: str, site: Site, importer: Importer, store: Store
) -> None:
    site.answers["/detour"] = Answer(status=302, headers={"Location": "/feed"})

    slug, feed_url, _ = subscriptions.add(importer, f"{site.url}/detour")

    assert (slug, feed_url) == (subscribed, f"{site.url}/feed")
    assert len(subscriptions.health(store)) == 1


def test_the_old_address_of_a_feed_that_is_moving_makes_no_second_source(
    subscribed: str, site: Site, importer: Importer, store: Store
) -> None:
    site.answers["/new"] = site.answers["/feed"]
    site.answers["/feed"] = Answer(status=301, headers={"Location": "/new"})

    slug, feed_url, _ = subscriptions.add(importer, f"{site.url}/feed")

    assert (slug, feed_url) == (subscribed, f"{site.url}/feed")
    assert len(subscriptions.health(store)) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://PAPER.example:443/feed.atom",
        "http://paper.example/feed.atom",
        "paper.example",
        "https://paper.example./",
        "https://www.paper.example/",
        "https://xn--mnchen-3ya.example/feed.rss",
        "http://localhost/feed.rss",
    ],
)
def test_s19_our_own_site_is_no_source(store: Store, address: str) -> None:
    bases = {"localhost": "http://127.0.0.1", "xn--": "https://münchen.example"}
    base = next((base for part, base in bases.items() if part in address), "https://paper.example")
    importer = Importer(store, Config(base_url=base, extra_hosts=("WWW.paper.example",)))

    with pytest.raises(FetchError, match="is this site itself, which is no source of its own"):
        subscriptions.add(importer, address)


def test_s19_our_own_site_is_left_out_of_a_list(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    feeds = [("Sea", "https://sea.example/feed"), ("We", "https://paper.example/feed.atom")]
    path.write_text(opml.write("x", [opml.Subscription(*one) for one in feeds]))
    report = Report("list")

    subscribe_list(store, Config(base_url="https://paper.example"), path, report)

    assert (report.added, report.refused) == (1, 1)
    assert report.warnings == ["https://paper.example/feed.atom is this site itself; it was left out"]
    assert [one.slug for one in subscriptions.health(store)] == ["sea"]


def test_subscribing_twice_makes_one_source(
    subscribed: str, site: Site, importer: Importer, store: Store
) -> None:
    slug, _, report = subscriptions.add(importer, f"{site.url}/feed")

    assert slug == subscribed
    assert report.added == 0
    assert source(store).slug == subscribed


def test_an_opml_list_subscribes_once(store: Store, config: Config, tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_text(
        opml.write(
            "x", [opml.Subscription("A", "https://a.example/"), opml.Subscription("A", "https://b.example/")]
        )
    )
    first, second = Report("list"), Report("list")

    subscribe_list(store, config, path, first)
    subscribe_list(store, config, path, second)

    assert (first.added, second.unchanged) == (2, 2)
    assert [one.slug for one in subscriptions.health(store)] == ["a", "a-b-example"]


def test_r02_a_long_list_is_subscribed_to_some_at_a_time_and_goes_on_after_an_interrupt(
    store: Store, config: Config, tmp_path: Path
) -> None:
    path = tmp_path / "list.opml"
    feeds = [opml.Subscription("News", f"https://{n}.example/feed") for n in range(2 * TOGETHER + 1)]
    path.write_text(opml.write("x", feeds))
    first, second = Report("list.opml"), Report("list.opml")

    def stop(_done: int, _total: int | None) -> None:
        raise Stopped

    subscribe_list(store, config, path, first, stop)
    subscribe_list(store, config, path, second)

    assert (first.stopped, first.added) == (True, TOGETHER)
    assert (second.stopped, second.unchanged, second.added) == (False, TOGETHER, TOGETHER + 1)
    assert len({one.name for one in subscriptions.health(store)}) == len(feeds)


def test_a_long_list_of_namesakes_costs_no_more_at_its_end_and_cuts_no_name_too_late(
    store: Store, tmp_path: Path, config: Config
) -> None:
    place, asked = f"https://sea.example/{'a' * 300}", []
    feeds = [opml.Subscription("N" * 300, f"{place}{number}") for number in range(100)]
    (tmp_path / "list.opml").write_text(opml.write("x", feeds))
    event.listen(store.write_engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    report = Report("list.opml")

    subscribe_list(store, config, tmp_path / "list.opml", report)

    assert report.added == len(feeds)
    assert len(asked) < 20 * len(feeds)
    assert max(len(one.name) for one in subscriptions.health(store)) <= FIELD_MAX


def test_a_paused_source_is_not_asked_until_it_is_resumed(
    subscribed: str, store: Store, config: Config
) -> None:
    later = Importer(store, config, now=NOW + timedelta(hours=1))

    subscriptions.pause(store, subscribed)
    while_paused = list(rounds.fetch_due(later))
    subscriptions.resume(store, subscribed)

    assert while_paused == []
    assert len(list(rounds.fetch_due(later))) == 1


def test_subscribing_again_resumes(subscribed: str, site: Site, importer: Importer, store: Store) -> None:
    subscriptions.pause(store, subscribed)

    subscriptions.add(importer, f"{site.url}/feed")

    assert not source(store).paused


def test_s17_a_feed_that_names_itself_like_a_source_of_ours_does_not_become_it(
    site: Site, importer: Importer, take: Take, stories: Stories
) -> None:
    take(StoryDraft(key="1", title="Our own"), source_name="Sea")
    site.answers["/feed"] = Answer(FEED)

    slug, _, _ = subscriptions.add(importer, f"{site.url}/feed")

    assert slug == "sea-127-0-0-1"
    assert [(story.source.slug, story.title) for story in stories()] == [("sea", "Our own"), (slug, "Tide")]


def test_an_operator_may_say_which_source_a_feed_becomes(
    site: Site, importer: Importer, take: Take, stories: Stories
) -> None:
    take(StoryDraft(key="0", title="Our own"), source_name="Sea")
    site.answers["/feed"] = Answer(FEED)

    slug, _, _ = subscriptions.add(importer, f"{site.url}/feed", "Sea")

    assert [(story.source.slug, story.title) for story in stories()] == [(slug, "Our own"), (slug, "Tide")]


def test_the_archive_of_a_site_becomes_its_subscription(store: Store) -> None:
    with store.writing() as session:
        session.add(Source(slug="sea", name="Sea", site_url="https://www.sea.example/"))

    with store.writing() as session:
        found = [
            subscribed_to(session, opml.Subscription("Sea", address)).slug
            for address in ("https://pills.example/feed", "https://sea.example/feed")
        ]

    assert found == ["sea-pills-example", "sea"]


def test_s17_feeds_of_hostile_names_take_no_subscription_from_each_other(store: Store) -> None:
    feed = opml.Subscription("Sea", "https://sea.example/feed")
    names = ("Sea", "Sea (sea.example)", "https://sea.example/feed")
    hostile = [opml.Subscription(name, f"https://pills.example/{n}") for n, name in enumerate(names)]

    with store.writing() as session:
        for one in (*hostile, feed):
            subscribed_to(session, one)

    assert len([one for one in subscriptions.health(store) if one.feed_url]) == 4


def test_what_has_no_feed_can_be_neither_paused_nor_resumed(store: Store, take: Take) -> None:
    take(StoryDraft(key="1", title="Tide"), source_name="Sea")

    for act in (subscriptions.pause, subscriptions.resume):
        with pytest.raises(SubscriptionError, match="sea has no feed to ask"):
            act(store, "sea")


def test_a_subscription_begins_anew_after_it_was_ended(
    subscribed: str, site: Site, importer: Importer, config: Config, store: Store
) -> None:
    site.answers["/feed"] = Answer(status=410)
    list(rounds.fetch_due(Importer(store, config, now=NOW + timedelta(hours=1))))
    subscriptions.remove(store, subscribed)
    [ended] = subscriptions.health(store, NOW)
    site.answers["/feed"] = Answer(FEED)

    subscriptions.add(importer, f"{site.url}/feed")

    [begun] = subscriptions.health(store, NOW)
    assert (ended.feed_url, ended.gone, ended.paused, ended.last_error) == (None, False, False, None)
    assert (begun.slug, begun.failures, begun.paused) == (subscribed, 0, False)
    assert "if-none-match" not in site.requests[-1][1]


def test_s17_a_source_that_was_ended_twice_is_still_known_by_its_feed(
    subscribed: str, site: Site, importer: Importer, store: Store
) -> None:
    with store.writing() as session:
        session.execute(update(Source).values(site_url="https://elsewhere.example/"))
    for _ in range(2):
        subscriptions.remove(store, subscribed)

    slug, _, _ = subscriptions.add(importer, f"{site.url}/feed")

    assert slug == subscribed


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


def test_r02_stories_are_removed_in_batches_and_the_rest_after_an_interrupt(
    store: Store, take: Take, stories: Stories
) -> None:
    take(*(StoryDraft(key=str(n), title=f"Tide {n}") for n in range(2 * BATCH + 1)))
    told = []

    def stop(done: int, total: int | None) -> None:
        told.append((done, total))
        raise Stopped

    with pytest.raises(Stopped):
        subscriptions.remove(store, "harbour-desk", with_stories=True, on_progress=stop)
    left = len(stories())
    gone = subscriptions.remove(store, "harbour-desk", with_stories=True)

    assert (told, left, gone, stories()) == ([(BATCH, 2 * BATCH + 1)], BATCH + 1, BATCH + 1, [])
    assert subscriptions.health(store) == []


def test_an_unknown_source_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(SubscriptionError, match="there is no source nobody"):
        subscriptions.remove(store, "nobody")


def test_exported_subscriptions_can_be_imported(subscribed: str, site: Site, store: Store) -> None:
    found, _ = opml.parse(subscriptions.export(store, "Ours").encode())

    assert found == [opml.Subscription("Sea", f"{site.url}/feed", "https://sea.example/")]
