"""Sources with a feed: subscribing, asking them politely, and how they are (S19)."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from lxml import etree, html
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from htmxnews.config import Config
from htmxnews.intake import feeds, opml
from htmxnews.intake.addresses import is_served_here, web_address
from htmxnews.intake.draft import Parsed, Unreadable
from htmxnews.intake.fetch import Fetched, Fetcher, FetchError
from htmxnews.intake.report import Report
from htmxnews.intake.run import Importer
from htmxnews.intake.subscribing import SubscriptionError, subscribed
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story
from htmxnews.text import field

RHYTHM = timedelta(minutes=30)  # between two fetches of a healthy source
DAY = timedelta(days=1)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")


@dataclass(frozen=True)
class Health:
    """One source as `sources list` shows it."""

    slug: str
    name: str
    feed_url: str | None
    site_url: str | None
    stories: int
    paused: bool
    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error: str | None
    next_fetch_at: datetime | None


def add(importer: Importer, config: Config, address: str, name: str | None = None) -> tuple[str, Report]:
    """Subscribe to the feed at an address, or to the one that the page there names, and take its stories in.

    Returns the source's slug and the report. Raises SubscriptionError, FetchError or Unreadable.
    """
    fetcher = Fetcher(config.fetch_allow_networks)
    try:
        found, parsed = _feed_at(fetcher, address, config)
    finally:
        fetcher.close()
    title = field(name or parsed.source_name) or urlsplit(found.url).hostname or found.url
    with importer.store.writing() as session:
        source = subscribed(session, opml.Subscription(title, found.url, parsed.site_url), bool(name))
        source.lang = source.lang or parsed.lang
        slug = source.slug
    report = Report(found.url, "feed")
    with importer.store.reading() as session:
        source = session.scalars(select(Source).where(Source.slug == slug)).one()
    importer.take(parsed, report, source=source)
    _succeeded(importer, source.id, found)
    return slug, report


def remove(store: Store, slug: str, *, with_stories: bool = False) -> int:
    """End a subscription and return how many stories went with it: none without `with_stories`."""
    with store.writing() as session:
        source = _by_slug(session, slug)
        if not with_stories:
            source.feed_url = source.etag = source.last_modified = None
            return 0
        gone = session.scalar(select(func.count()).where(Story.source_id == source.id)) or 0
        session.execute(delete(Story).where(Story.source_id == source.id))
        session.delete(source)
        if gone:
            revisions.bump(session)
        return gone


def pause(store: Store, slug: str, paused: bool) -> None:
    with store.writing() as session:
        source = _by_slug(session, slug)
        source.paused, source.next_fetch_at = paused, None


def health(store: Store) -> list[Health]:
    """Every source, by name."""
    counts = select(Story.source_id, func.count().label("n")).group_by(Story.source_id).subquery()
    query = (
        select(Source, counts.c.n).outerjoin(counts, counts.c.source_id == Source.id).order_by(Source.name)
    )
    names = (
        "slug",
        "name",
        "feed_url",
        "site_url",
        "paused",
        "last_success_at",
        "last_error_at",
        "last_error",
    )
    with store.reading() as session:
        return [
            Health(
                **{name: getattr(source, name) for name in names},
                stories=stories or 0,
                next_fetch_at=source.next_fetch_at,
            )
            for source, stories in session.execute(query)
        ]


def export(store: Store, title: str) -> str:
    """All subscriptions as OPML."""
    listed = [one for one in health(store) if one.feed_url]
    return opml.write(
        title, [opml.Subscription(o.name, o.feed_url, o.site_url) for o in listed if o.feed_url]
    )


def fetch_due(importer: Importer, config: Config, slug: str | None = None) -> Iterator[tuple[str, Report]]:
    """Ask the subscriptions that are due, or the one named, and yield slug and report of each.

    One that fails is reported and asked again later; it never stops the others. Raises SubscriptionError
    when the named one does not exist.
    """
    fetcher = Fetcher(config.fetch_allow_networks)
    try:
        for source in _due(importer, slug):
            yield source.slug, _ask(importer, fetcher, source)
    finally:
        fetcher.close()


def _feed_at(fetcher: Fetcher, address: str, config: Config) -> tuple[Fetched, Parsed]:
    """The feed at an address, or the first one that the web page there names."""
    if is_served_here(web_address(address) or "", config.base_url, config.extra_hosts):
        raise SubscriptionError("this site cannot subscribe to itself")
    found = fetcher.get(address)
    try:
        return found, feeds.parse(found.body, found.url)
    except Unreadable:
        link = _named_feed(found)
    if link is None:
        raise SubscriptionError(f"{address} is no feed, and the page there names none")
    found = fetcher.get(link)
    return found, feeds.parse(found.body, found.url)


def _named_feed(page: Fetched) -> str | None:
    """The first feed that a page names by link rel="alternate"."""
    try:
        root = html.document_fromstring(page.body[:1_000_000])
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    base = root.find(".//base")
    start = web_address(base.get("href"), page.url) if base is not None else page.url
    for link in root.iter("link"):
        rel, kind = (link.get("rel") or "").lower().split(), (link.get("type") or "").lower()
        if "alternate" in rel and kind in _FEED_TYPES and (address := web_address(link.get("href"), start)):
            return address
    return None


def _by_slug(session: Session, slug: str) -> Source:
    source = session.scalar(select(Source).where(Source.slug == slug))
    if source is None:
        raise SubscriptionError(f"there is no source {slug}; `htmxnews sources list` names them all")
    return source


def _due(importer: Importer, slug: str | None) -> list[Source]:
    with importer.store.reading() as session:
        if slug is not None:
            source = _by_slug(session, slug)
            if source.feed_url is None:
                raise SubscriptionError(f"{slug} has no feed to ask")
            return [source]
        query = (
            select(Source)
            .where(Source.feed_url.is_not(None), Source.paused.is_(False))
            .where(Source.next_fetch_at.is_(None) | (Source.next_fetch_at <= importer.terms.now))
            .order_by(Source.next_fetch_at, Source.id)
        )
        return list(session.scalars(query))


def _ask(importer: Importer, fetcher: Fetcher, source: Source) -> Report:
    report = Report(source.feed_url or source.slug, "feed")
    try:
        found = fetcher.get(source.feed_url or "", etag=source.etag, last_modified=source.last_modified)
        if found.status == 200:
            importer.take(feeds.parse(found.body, found.url), report, source=source)
    except (FetchError, Unreadable) as error:
        sentence = str(error) if isinstance(error, FetchError) else f"its answer {error}"
        wait = error.retry_after_s if isinstance(error, FetchError) else None
        _failed(importer, source, sentence, wait)
        report.failed = True
        report.warnings.append(sentence)
    else:
        _succeeded(importer, source.id, found)
    return report


def _succeeded(importer: Importer, source_id: int, found: Fetched) -> None:
    now = importer.terms.now
    values: dict[str, object] = {
        "last_success_at": now,
        "last_error": None,
        "failures": 0,
        "next_fetch_at": now + RHYTHM,
    }
    if found.status == 200:
        values |= {"etag": found.etag, "last_modified": found.last_modified}
    _note(importer.store, source_id, values)


def _failed(importer: Importer, source: Source, sentence: str, retry_after_s: float | None) -> None:
    """Wait twice as long after each failure, up to a day; at least as long as the server asked."""
    now, failures = importer.terms.now, source.failures + 1
    wait = min(RHYTHM * 2 ** min(failures, 10), DAY) * random.uniform(0.9, 1.0)  # noqa: S311 (spreads, hides nothing)
    if retry_after_s:
        wait = max(wait, min(timedelta(seconds=min(retry_after_s, 10**8)), 7 * DAY))
    values: dict[str, object] = {
        "last_error_at": now,
        "last_error": sentence[:500],
        "failures": failures,
        "next_fetch_at": now + wait,
    }
    _note(importer.store, source.id, values)


def _note(store: Store, source_id: int, values: dict[str, object]) -> None:
    with store.writing() as session:
        session.execute(update(Source).where(Source.id == source_id).values(**values))
