"""Whole articles where a feed has only teasers, for the sources whose operator asks for it.

A stage behind storing: each story of such a source has its page fetched once, by the rules of any fetch and
of the server's robots.txt. A process with limits reads and cleans it. A failure leaves the teaser.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from functools import partial
from time import monotonic

from lxml import html
from readability import Document
from sqlalchemy import select, update

from htmxnews.config import Config
from htmxnews.intake import child, clean, copied, rests
from htmxnews.intake.addresses import own_hosts
from htmxnews.intake.asking import Get, ask
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.fetch import Fetched, FetchError
from htmxnews.intake.language import language
from htmxnews.intake.report import Progress, Report, Stopped
from htmxnews.intake.robots import Robots
from htmxnews.intake.subscribing import by_slug
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Picture, Source, Story, StoryBody
from htmxnews.text import clip, count_words, direction, field

TRIES_MAX = 3  # in so many runs, then the teaser stays
A_RUN = 200  # pages of one source, the newest stories first,
A_RUN_S = 300  # begun in so many seconds: slow servers must not keep the other sources waiting for hours
_PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Article:
    """What a page holds beside its frame: the markup, and what is safe to show of it."""

    url: str
    raw: str
    cleaned: clean.Cleaned


@dataclass(frozen=True)
class _Wanted:
    story_id: int
    slug: str  # of the source
    title: str
    url: str
    words: int
    lang: str | None
    lead: str | None


def want(store: Store, slug: str, wanted: bool) -> None:
    """Ask for whole articles of a source from now on, or no longer. Raises SubscriptionError."""
    with store.writing() as session:
        by_slug(session, slug).full_text = wanted


def complete(
    store: Store, config: Config, now: datetime, on_progress: Progress | None = None
) -> Iterator[Report]:
    """Fetch the pages that are wanted and not there yet; yield a report for each source.

    Every story is written on its own, so an interrupt loses nothing and the next run goes on.
    """
    wanted = _wanted(store)
    if not wanted:
        return
    done = 0

    def look(*_: object) -> None:
        if on_progress:
            on_progress(done, len(wanted))

    hosts = own_hosts(config.base_url, config.extra_hosts)
    get = partial(ask, rests.client(store, config, now), on_progress=look)
    robots = Robots(get)
    reports: dict[str, Report] = defaultdict(lambda: Report("", "page"))
    spent: dict[str, float] = defaultdict(float)  # seconds, by source
    try:
        for one in wanted:
            report = reports[one.slug]
            report.input = one.slug
            if spent[one.slug] < A_RUN_S:
                began = monotonic()
                try:
                    article = _article(get, robots, one, hosts)
                except FetchError as error:
                    rests.remember(store, error, now)
                    _failed(store, report, one, f"cannot be fetched: {error}", counts=not error.not_asked)
                except Unreadable as error:
                    _failed(store, report, one, str(error))
                else:
                    changed = _read(store, one, article, now)
                    report.updated += changed
                    report.unchanged += not changed
                spent[one.slug] += monotonic() - began
            done += 1
            look()
    except Stopped:
        report.stopped = True
    yield from reports.values()


def extract(
    page: bytes, charset: str | None, url: str, title: str, hosts: frozenset[str], lead: str | None
) -> Article:
    """The article in a page, without its headline. To be run in a process with limits."""
    text: bytes | str = page
    if charset:
        try:
            text = page.decode(charset, "replace")
        except LookupError:
            text = page
    raw = _without_headline(Document(text, url=url).summary(html_partial=True), title)
    return Article(url, raw, clean.clean(raw, base_url=url, own_hosts=hosts, title=title, lead=lead))


def _without_headline(raw: str, title: str) -> str:
    root = html.fragment_fromstring(raw, create_parent="div")
    for heading in root.iter("h1", "h2"):
        if field(heading.text_content()).casefold() == title.casefold():
            heading.drop_tree()
            break
    return str(html.tostring(root, encoding="unicode"))


def _wanted(store: Store) -> list[_Wanted]:
    query = (
        select(
            Story.id.label("story_id"),
            Source.slug,
            Story.title,
            Story.url,
            Story.words,
            Story.lang,
            Picture.url.label("lead"),
        )
        .join(Story.source)
        .join(Story.body)
        .outerjoin(Story.picture)
        .where(Source.full_text, Story.url.is_not(None))
        .where(StoryBody.page_read_at.is_(None), StoryBody.page_tries < TRIES_MAX)
        .order_by(Story.published_at.desc(), Story.id.desc())
    )
    taken: dict[str, int] = defaultdict(int)
    found: list[_Wanted] = []
    with store.reading() as session:
        for row in session.execute(query):
            taken[row.slug] += 1
            if taken[row.slug] <= A_RUN:
                found.append(_Wanted(**row._mapping))
    return found


def _article(get: Get, robots: Robots, one: _Wanted, hosts: frozenset[str]) -> Article:
    """Raises FetchError, or Unreadable with what goes on from "its page"."""
    if not robots.allow(one.url):
        raise Unreadable("is not for programs, as its server's robots.txt says")
    found = get(one.url)
    if found.url != one.url and not robots.allow(found.url):
        raise Unreadable("leads to one that is not for programs, as its server's robots.txt says")
    kind, charset = _kind_of(found)
    if kind not in _PAGES:
        raise Unreadable(f"is no web page but {clip(kind, 40) or 'nothing that it names'}")
    return child.call(extract, found.body, charset, found.url, one.title, hosts, one.lead)


def _kind_of(found: Fetched) -> tuple[str, str | None]:
    message = Message()
    message["content-type"] = found.content_type
    charset = message.get_param("charset")
    return message.get_content_type() if found.content_type else "", charset if isinstance(
        charset, str
    ) else None


def _failed(store: Store, report: Report, one: _Wanted, reason: str, *, counts: bool = True) -> None:
    report.refused += 1
    report.warnings.append(f"“{clip(one.title, 60)}” keeps its teaser: its page {reason}")
    if counts:
        tries = StoryBody.page_tries + 1
        with store.writing() as session:
            session.execute(
                update(StoryBody).where(StoryBody.story_id == one.story_id).values(page_tries=tries)
            )


def _read(store: Store, one: _Wanted, article: Article, now: datetime) -> bool:
    """Put the article in the place of a body that is not longer; return whether it was put there."""
    text = article.cleaned.text
    words = count_words(text)
    body: dict[str, object] = {"page_read_at": now}
    if words > one.words:
        body |= {"raw": article.raw, "raw_kind": "html", "base_url": article.url}
        body |= {"html": article.cleaned.html, "policy": clean.policy("bleach")}  # as `extract` cleans
    with store.writing() as session:
        session.execute(update(StoryBody).where(StoryBody.story_id == one.story_id).values(**body))
        if words > one.words:
            lang = language(f"{one.title}\n{text}", one.lang)
            story = {
                "words": words,
                "lang": lang,
                "dir": direction(lang, f"{one.title} {text[:200]}"),
                "revision": revisions.bump(session),
            }
            session.execute(update(Story).where(Story.id == one.story_id).values(**story))
            copied.note(session, {one.story_id: article.cleaned.pictures})
    return words > one.words
