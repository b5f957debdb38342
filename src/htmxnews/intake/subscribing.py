"""Feeds made into sources that are asked again: one at a time, or a whole list."""

from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from htmxnews.intake import opml
from htmxnews.intake.names import Names, find
from htmxnews.intake.report import Report
from htmxnews.store.engine import Store
from htmxnews.store.models import Source


class SubscriptionError(Exception):
    """Something that cannot be done with a subscription; the message is a sentence."""


def subscribe_list(store: Store, path: Path, report: Report) -> None:
    """Subscribe to every feed of an OPML file; `fetch` asks them. Raises Unreadable."""
    found, warnings = opml.parse(path.read_bytes())
    report.warnings += warnings
    report.refused += len(warnings)
    with store.writing() as session:
        known = set(session.scalars(select(Source.feed_url)))
        for one in found:
            if one.feed_url in known:
                report.unchanged += 1
            else:
                subscribed(session, one)
                report.added += 1


def subscribed(session: Session, one: opml.Subscription, named: bool = False) -> Source:
    """The source of a feed, made when it is new; a source of that name without a feed becomes it."""
    source = session.scalar(select(Source).where(Source.feed_url == one.feed_url))
    if source is None:
        name = one.name or urlsplit(one.feed_url).hostname or one.feed_url
        same = find(session, Source, name)
        if same and same.feed_url:
            if named:
                raise SubscriptionError(f"there is a subscription named {name} already")
            name = f"{name} ({urlsplit(one.feed_url).hostname})"
            same = find(session, Source, name)
            if same and same.feed_url:
                name = one.feed_url
        source = session.get_one(Source, Names().id_of(session, Source, name))
        source.feed_url = one.feed_url
    source.site_url = source.site_url or one.site_url
    return source
