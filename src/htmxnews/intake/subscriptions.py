"""Sources with a feed: subscribing and unsubscribing, and how each of them does."""

from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update

from htmxnews.intake import child, discovery, opml, rests, rounds
from htmxnews.intake.asking import Get, ask
from htmxnews.intake.draft import Parsed, Unreadable
from htmxnews.intake.fetch import Fetched, FetchError, Unreachable, server_of
from htmxnews.intake.language import tag
from htmxnews.intake.report import Progress, Report
from htmxnews.intake.run import BATCH, Importer
from htmxnews.intake.subscribing import SubscriptionError, by_slug, subscribed, subscription
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story
from htmxnews.text import field

# What a source knows of its feed beside the address, when it was ended; a new subscription begins with this.
_BEGINNING = {
    "paused": False,
    "gone": False,
    "marks_url": func.coalesce(Source.feed_url, Source.marks_url),  # by which it is known again
    "etag": None,
    "last_modified": None,
    "ttl_s": None,
    "next_fetch_at": None,
    "last_error_at": None,
    "last_error": None,
    "failures": 0,
    "moved_to": None,
    "moved_days": 0,
    "moved_at": None,
}


@dataclass(frozen=True)
class Health:
    """One source as `sources list` shows it."""

    slug: str
    name: str
    feed_url: str | None
    site_url: str | None
    stories: int
    paused: bool
    gone: bool
    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error: str | None
    failures: int  # in a row
    next_fetch_at: datetime | None  # None: at once
    moved_to: str | None  # where its server says that it has moved for good
    moved_days: int  # on so many days


def add(
    importer: Importer, address: str, name: str | None = None, on_progress: Progress | None = None
) -> tuple[str, str, Report]:
    """Subscribe to the feed at an address, or to the one of the page there, and take its stories in.

    Returns the source's slug, the feed's address and the report. Raises SubscriptionError, FetchError or
    Unreadable, and what `on_progress` raises before the feed is found.
    """
    store, now = importer.store, importer.terms.now
    try:
        found, parsed = _feed_at(
            partial(ask, rests.client(store, importer.config, now), on_progress=on_progress), address
        )
    except FetchError as error:
        rests.remember(store, error, now)
        raise
    title = field(name or parsed.source_name) or urlsplit(found.url).hostname or found.url
    with store.writing() as session:
        ways = (found.url, found.asked, found.lasting)
        asked = session.scalars(select(Source.feed_url).where(Source.feed_url.in_(ways))).all()
        feed_url = next((url for url in ways if url in asked), found.lasting)
        source = subscribed(session, opml.Subscription(title, feed_url, parsed.site_url), bool(name))
        source.lang, source.paused = source.lang or tag(parsed.lang), False
        slug = source.slug
    report = Report(feed_url, "feed")
    with store.reading() as session:
        source = by_slug(session, slug)
    try:
        importer.take(parsed, report, source=source, on_progress=on_progress)
    except Unreadable as error:
        # What came before that is stored, and the next round asks for the rest.
        report.failed = True
        report.warnings.append(f"its answer {error}")
    if not (report.stopped or report.failed):
        rounds.succeeded(store, source.id, found, parsed.ttl, now)
    return slug, feed_url, report


def remove(
    store: Store, slug: str, *, with_stories: bool = False, on_progress: Progress | None = None
) -> int:
    """End a subscription and return how many stories went with it: none without `with_stories`.

    They go in batches; after an interrupt the same again takes the rest.
    """
    with store.writing() as session:
        source_id = by_slug(session, slug).id
        session.execute(update(Source).where(Source.id == source_id).values(feed_url=None, **_BEGINNING))
    if not with_stories:
        return 0
    gone = _remove_stories(store, source_id, on_progress)
    with store.writing() as session:
        session.execute(delete(Source).where(Source.id == source_id))
    return gone


def _remove_stories(store: Store, source_id: int, on_progress: Progress | None) -> int:
    its = select(Story.id).where(Story.source_id == source_id)
    with store.reading() as session:
        total = session.scalar(select(func.count()).select_from(its.subquery())) or 0
    done = 0
    while True:
        with store.writing() as session:
            batch = session.scalars(its.limit(BATCH)).all()
            if not batch:
                return done
            session.execute(delete(Story).where(Story.id.in_(batch)))
            revisions.bump(session)
        done += len(batch)
        if on_progress:
            on_progress(done, total)


def pause(store: Store, slug: str) -> None:
    with store.writing() as session:
        subscription(session, slug).paused = True


def resume(store: Store, slug: str) -> None:
    """Ask a source again, at once."""
    with store.writing() as session:
        source = subscription(session, slug)
        source.paused = source.gone = False
        source.failures, source.next_fetch_at = 0, None


def health(store: Store, now: datetime | None = None) -> list[Health]:
    """Every source, by name."""
    counts = select(Story.source_id, func.count().label("n")).group_by(Story.source_id).subquery()
    query = (
        select(Source, counts.c.n).outerjoin(counts, counts.c.source_id == Source.id).order_by(Source.name)
    )
    resting = rests.resting(store, now or datetime.now(UTC))
    with store.reading() as session:
        return [_health(source, stories or 0, resting) for source, stories in session.execute(query)]


def export(store: Store, title: str) -> str:
    """All subscriptions as OPML."""
    listed = [one for one in health(store) if one.feed_url]
    return opml.write(
        title, [opml.Subscription(o.name, o.feed_url, o.site_url) for o in listed if o.feed_url]
    )


def _feed_at(get: Get, address: str) -> tuple[Fetched, Parsed]:
    """The feed at an address, or that of the web page there.

    It is one that the page names, else one that it leads to, else one where most sites have theirs. Without
    any, what is wrong with the first that is named is told.
    """
    found = get(address if "://" in address else f"https://{address}")
    with suppress(Unreadable):
        return found, rounds.read(found)
    failures: list[FetchError | SubscriptionError] = []
    named = child.call(discovery.named_feeds, found.body, found.url)
    for place in named or discovery.linked_feeds(found.link, found.url):
        try:
            feed = get(place)
            return feed, rounds.read(feed)
        except Unreadable as error:
            failures.append(SubscriptionError(f"{address} names {place} as its feed, which {error}"))
        except FetchError as error:
            if error.resting:
                raise
            failures.append(error)
    try:
        return _unnamed_feed(get, found)
    except (FetchError, SubscriptionError) as error:
        if not failures or getattr(error, "resting", None):
            raise
        raise failures[0] from None


def _unnamed_feed(get: Get, page: Fetched) -> tuple[Fetched, Parsed]:
    """The feed that a page leads to without a name, or at one of the places where most sites have theirs."""
    led_to = child.call(discovery.feeds_led_to, page.body, page.url)
    tried = list(dict.fromkeys((*led_to, *discovery.usual_addresses(page.url))))
    for place in tried:
        try:
            found = get(place)
            return found, rounds.read(found)
        except Unreadable:
            continue
        except FetchError as error:
            if isinstance(error, Unreachable) or error.resting:
                raise  # no more guessing at a server that is in trouble
    paths = ", ".join(urlsplit(place).path for place in tried)
    raise SubscriptionError(f"{page.url} is no feed and names none, and there is none at {paths}")


def _health(source: Source, stories: int, resting: dict[str, datetime]) -> Health:
    facts = {one.name: getattr(source, one.name) for one in fields(Health) if one.name != "stories"}
    rests_until = resting.get(server_of(source.feed_url or ""))
    if rests_until:
        facts["next_fetch_at"] = max(source.next_fetch_at or rests_until, rests_until)
    return Health(stories=stories, **facts)
