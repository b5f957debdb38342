"""Feeds made into sources that are asked again: one at a time, or a whole list."""

from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from htmxnews.config import Config
from htmxnews.intake import child, opml, slugs
from htmxnews.intake.addresses import is_served_here
from htmxnews.intake.names import Names, find
from htmxnews.intake.report import Progress, Report, Stopped
from htmxnews.store.engine import Store
from htmxnews.store.models import Source
from htmxnews.text import FIELD_MAX, clip, field

TOGETHER = 5  # subscriptions that are made in one transaction, each in some 5 ms


class SubscriptionError(Exception):
    """Something that cannot be done with a subscription; the message is a sentence."""


class Busy(SubscriptionError):
    """What cannot be done just now, as another round is at it."""


def subscribe_list(
    store: Store, config: Config, path: Path, report: Report, on_progress: Progress | None = None
) -> None:
    """Subscribe to every feed of an OPML file but our own, some at a time; `fetch` asks them.

    Raises Unreadable.
    """
    found, warnings = child.call(opml.parse, path.read_bytes())
    ours = [one for one in found if is_served_here(one.feed_url, config.base_url, config.extra_hosts)]
    report.warnings += warnings
    report.warnings += [f"{one.feed_url} is this site itself; it was left out" for one in ours]
    report.refused += len(warnings) + len(ours)
    others = [one for one in found if one not in ours]
    try:
        for at in range(0, len(others), TOGETHER):
            _subscribe(store, others[at : at + TOGETHER], report)
            if on_progress:
                on_progress(min(at + TOGETHER, len(others)), len(others))
    except Stopped:
        report.stop()


def _subscribe(store: Store, some: list[opml.Subscription], report: Report) -> None:
    with store.writing() as session:
        asked = select(Source.feed_url).where(Source.feed_url.in_([one.feed_url for one in some]))
        known = set(session.scalars(asked))
        for one in some:
            if one.feed_url in known:
                report.unchanged += 1
            else:
                subscribed(session, one)
                report.added += 1


def by_slug(session: Session, slug: str) -> Source:
    """The source of that slug. Raises SubscriptionError."""
    source = session.scalar(select(Source).where(Source.slug == slug))
    if source is None:
        raise SubscriptionError(f"there is no source {slug}; `htmxnews sources list` names them all")
    return source


def subscription(session: Session, slug: str) -> Source:
    """The source of that slug, where it has a feed. Raises SubscriptionError."""
    source = by_slug(session, slug)
    if source.feed_url is None:
        raise SubscriptionError(f"{slug} has no feed to ask")
    return source


def subscribed(session: Session, one: opml.Subscription, named: bool = False) -> Source:
    """The source of a feed, made when it is new; `named` when its name is the operator's own choice."""
    source = _known(session, one.feed_url, but_ended=named) or _made(session, one, named)
    source.feed_url = one.feed_url
    source.site_url = source.site_url or one.site_url
    return source


def brought(session: Session, one: opml.Subscription) -> Source:
    """The source of what is fetched once: the address's own, by which it is known again; never a namesake."""
    source = _known(session, one.feed_url) or _made(session, one)
    if source.feed_url is None:
        source.marks_url = source.marks_url or one.feed_url
    source.site_url = source.site_url or one.site_url
    return source


def _known(session: Session, address: str, *, but_ended: bool = False) -> Source | None:
    """The subscription to an address, else the source that has come from there before."""
    source = session.scalar(select(Source).where(Source.feed_url == address))
    if source or but_ended:
        return source
    ended = select(Source).where(Source.feed_url.is_(None), Source.marks_url == address)
    return session.scalar(ended.order_by(Source.id).limit(1))


def _made(session: Session, one: opml.Subscription, named: bool = False) -> Source:
    return session.get_one(Source, Names().id_of(session, Source, _name_for(session, one, named)))


def _name_for(session: Session, one: opml.Subscription, named: bool) -> str:
    """A name that no other source has, or one that may become this subscription."""
    host = urlsplit(one.feed_url).hostname or ""
    name = one.name or host
    if named:
        same = find(session, Source, name)
        if same and same.feed_url:
            raise SubscriptionError(f"there is a subscription named {name} already")
        return name
    more = slugs.hashed(host, one.feed_url)  # of its own, so that no search for a free one is long
    names = chain((name, _with(name, host), field(one.feed_url)), map(partial(_with, name), more))
    return next(name for name in names if _may_become(find(session, Source, name), one.feed_url))


def _with(name: str, more: str) -> str:
    """A name with what tells it from its namesakes, which is never cut off."""
    return f"{clip(name, FIELD_MAX - len(more) - 3)} ({more})"


def _may_become(source: Source | None, feed_url: str) -> bool:
    """Whether the source that has a name already is the feed's: a feed may call itself whatever it likes."""
    if source is None:
        return True
    was_it = source.marks_url == feed_url or _site(source.site_url) == _site(feed_url)
    return source.feed_url is None and was_it


def _site(address: str | None) -> str:
    return (urlsplit(address or "").hostname or "").removeprefix("www.")
