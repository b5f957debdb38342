"""A round of fetching: what is due is asked, its stories are taken in, and how it went is noted (S19)."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from htmxnews.intake import parsing, rests, rhythm, waits
from htmxnews.intake.asking import Answer, answers, of_feed
from htmxnews.intake.draft import Parsed, Unreadable
from htmxnews.intake.fetch import Fetched, Fetcher, FetchError, server_of
from htmxnews.intake.leases import Lease, is_leased
from htmxnews.intake.report import Progress, Report
from htmxnews.intake.run import Importer
from htmxnews.intake.subscribing import Busy, subscription
from htmxnews.store.engine import Store
from htmxnews.store.models import Source, Story
from htmxnews.text import field

MOVED_DAYS = 3  # on which a move for good is seen before it is believed
PAGE_LOOKED_AT = 1_000  # bytes

_PAGE = re.compile(rb"<(?:!doctype )?html\b", re.IGNORECASE)


def fetch_due(
    importer: Importer, slug: str | None = None, on_progress: Progress | None = None
) -> Iterator[tuple[str, Report]]:
    """Ask the subscriptions that are due, or the one named, and yield slug and report of each.

    One that fails is reported and asked again later; it never stops the others, nor does one that another
    round is asking. Raises SubscriptionError when the named one does not exist, Busy when it is
    being asked.
    """
    store, began, start = importer.store, monotonic(), importer.terms.now
    fetcher = rests.client(store, importer.config, start)
    lease = Lease(store)
    due = _taken(store, lease, fetcher, start, slug)
    done = 0

    def now() -> datetime:
        """A round may take long, and waits begin when a server has answered."""
        return start + timedelta(seconds=monotonic() - began)

    def look(*_: object) -> None:
        lease.keep(now())
        if on_progress:
            on_progress(done, len(due))

    try:
        with closing(answers(fetcher, due, of_feed)) as coming:
            for one in chain((None,), coming):
                if one is not None:
                    source, answer = one
                    report = _settled(importer, source, answer, now(), look)
                    done += 1
                    if report and not report.stopped:
                        lease.settled(source)
                    if report:
                        yield source.slug, report
                look()
    finally:
        lease.end()


def being_asked(store: Store, now: datetime) -> int:
    """How many subscriptions a round has taken on and not settled yet."""
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Source).where(is_leased(now))) or 0


def read(found: Fetched) -> Parsed:
    """The feed in an answer. Raises Unreadable."""
    if not found.body.strip():
        raise Unreadable("is empty")
    try:
        return parsing.parse_feed(found.body, found.url, found.content_type)
    except Unreadable:
        if _PAGE.search(found.body[:PAGE_LOOKED_AT]):
            raise Unreadable("is a web page and no feed") from None
        raise


def succeeded(
    store: Store, source_id: int, found: Fetched, ttl: timedelta | None, now: datetime
) -> str | None:
    """Note a good answer, and return what the operator should be told of it, if anything."""
    newest = (
        select(Story.published_at)
        .where(Story.source_id == source_id)
        .order_by(Story.published_at.desc())
        .limit(rhythm.RECENT)
    )
    with store.reading() as session:
        published = session.scalars(newest).all()
    with store.writing() as session:
        source = session.get_one(Source, source_id)
        source.last_success_at, source.last_error, source.failures = now, None, 0
        source.leased_until = None
        if source.gone:
            source.gone = source.paused = False
        if found.status == 200:
            source.ttl_s = int(min(ttl, rhythm.LATEST).total_seconds()) if ttl else None
            source.marks_url, source.etag = found.marks.url, found.marks.etag
            source.last_modified = found.marks.last_modified
        hints = (timedelta(seconds=source.ttl_s or 0), found.fresh_for)
        source.next_fetch_at = now + rhythm.after_success(published, now, hints)
        return _moved(session, source, found.moved_to, now)


def _taken(store: Store, lease: Lease, fetcher: Fetcher, now: datetime, slug: str | None) -> list[Source]:
    """The sources to ask, each leased to this round."""
    with store.writing() as session:
        held = set(session.scalars(select(Source.feed_url).where(is_leased(now))))
        if slug is None:
            found = _due(session, now)
            elsewhere = {server_of(url) for url in held if url} | set(fetcher.rests)
            found = [one for one in found if server_of(one.feed_url or "") not in elsewhere]
        else:
            found = [subscription(session, slug)]
            if found[0].feed_url in held:
                raise Busy(f"another fetch is asking {slug} just now")
        lease.take(session, found, now)
        session.expunge_all()
        return found


def _due(session: Session, now: datetime) -> list[Source]:
    """The sources whose time has come. One that is far ahead was reckoned by a clock that was wrong."""
    due = (
        Source.next_fetch_at.is_(None)
        | (Source.next_fetch_at <= now)
        | (Source.next_fetch_at > now + waits.LONGEST + rhythm.LATEST)
    )
    query = select(Source).where(Source.feed_url.is_not(None), Source.paused.is_(False), due)
    return list(session.scalars(query.order_by(Source.next_fetch_at, Source.id)))


def _settled(
    importer: Importer, source: Source, answer: Answer, now: datetime, on_progress: Progress
) -> Report | None:
    """Take in what a source answered and note how it went; None when it was unsubscribed meanwhile.

    Of one that is stopped before its end nothing is noted, so that it is asked again.
    """
    with importer.store.reading() as session:
        row = session.get(Source, source.id)
    if row is None or row.feed_url != source.feed_url:
        return None
    report = Report(source.feed_url or source.slug, "feed")
    try:
        if isinstance(answer, FetchError):
            raise answer
        ttl = None
        if answer.status == 200:
            parsed = read(answer)
            importer.take(parsed, report, source=source, on_progress=on_progress)
            ttl = parsed.ttl
        if report.stopped:
            return report
        told = succeeded(importer.store, source.id, answer, ttl, now)
    except FetchError as error:
        rests.remember(importer.store, error, now)
        report.failed = not error.not_asked
        told = _failed(importer.store, source.id, str(error), now, error)
    except Unreadable as error:
        report.failed = True
        told = _failed(importer.store, source.id, f"its answer {error}", now)
    except Exception as error:
        # What one feed can make go wrong in our own hands must not keep the others from being taken in. Where
        # it was the database that is in trouble, noting it fails as well and ends the round.
        report.failed = True
        reason = getattr(error, "orig", error)
        told = _failed(importer.store, source.id, f"its stories cannot be stored: {reason}", now)
    if told:
        report.warnings.append(told)
    return report


def _failed(
    store: Store, source_id: int, sentence: str, now: datetime, error: FetchError | None = None
) -> str:
    """Note a failure and return its sentence."""
    sentence = field(sentence, 500)
    with store.writing() as session:
        source = session.get(Source, source_id)
        if source is None:
            return "it was unsubscribed meanwhile"
        source.leased_until = None
        if error and error.not_asked:
            source.next_fetch_at = now + (error.wait or timedelta())
            return sentence
        source.failures += 1
        if error and error.status == 410:
            source.gone = source.paused = True
            sentence = (
                "the server says that this feed is gone for good; it is asked no more until it is resumed"
            )
        source.last_error_at, source.last_error = now, sentence
        source.next_fetch_at = now + rhythm.after_failure(source.failures, error.wait if error else None)
        return sentence


def _moved(session: Session, source: Source, to: str | None, now: datetime) -> str | None:
    """Follow a feed that has moved for good, once that was said on several days: servers err for an hour."""
    to = None if to == source.feed_url else to
    again = to is not None and to == source.moved_to
    if again and source.moved_at and source.moved_at.date() == now.date():
        return None
    source.moved_to, source.moved_at = to, now if to else None
    source.moved_days = min(source.moved_days + 1, MOVED_DAYS) if again else int(to is not None)
    if to is None or source.moved_days < MOVED_DAYS:
        return None
    other = session.scalar(select(Source.slug).where(Source.feed_url == to, Source.id != source.id))
    if other:
        return f"its feed has moved to {to}, which {other} asks already; remove one of the two"
    before, source.feed_url = source.feed_url, to
    source.moved_to, source.moved_days, source.moved_at = None, 0, None
    return f"its feed has moved from {before} to {to}, where it is asked from now on"
