"""Pictures of others copied to our own address: the leads of stories, and those in their texts.

A stage behind storing: each address that no row knows yet, or whose next try has come, is asked by the rules
of any fetch. Processes with limits decode what comes. Then the stories are cleaned again that show it.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain
from math import inf
from time import monotonic

from sqlalchemy import ColumnElement, func, select, union
from sqlalchemy.orm import Session

from htmxnews.config import Config
from htmxnews.intake import child, copied, limits, media, pictures, rests
from htmxnews.intake.asking import LOOK_S, Answer, Question, answers
from htmxnews.intake.draft import Unreadable
from htmxnews.intake.fetch import FetchError, Unreachable, server_of
from htmxnews.intake.report import Progress, Report, Stopped
from htmxnews.intake.shown import Pictures
from htmxnews.intake.waits import LONGEST
from htmxnews.intake.workers import cores
from htmxnews.store.engine import Store
from htmxnews.store.models import CopiedPicture, Picture, Story, StoryBody, StoryPicture
from htmxnews.text import field

TRIES_MAX = 5  # then the picture stays a link
FIRST_WAIT = timedelta(hours=1)  # after a failure; each further one waits four times as long
UNREACHABLE_S = 600.0  # for which a server that does not answer is not asked for its other pictures

Decoded = pictures.Made | FetchError | Unreadable


def copy(
    store: Store,
    config: Config,
    now: datetime,
    on_progress: Progress | None = None,
    *,
    seconds: float = inf,
) -> Report | None:
    """Copy the pictures that are wanted and due, for so many seconds; None when there were none.

    Every picture is written on its own, so an interrupt loses nothing and the next run goes on. Those that
    are left for it count as skipped.
    """
    wanted = _wanted(store, Pictures(hosts=frozenset(config.picture_hosts)), now)
    if not wanted:
        return None
    report, began = Report("pictures", "picture"), monotonic()
    fetcher = rests.client(store, config, now)
    inside = ((url, _written(store, url)) for url in wanted if media.is_data_name(url))
    done = 0
    with (
        closing(answers(fetcher, _remote(wanted), _question)) as coming,
        closing(_decoded(chain(inside, coming))) as decoded,
    ):
        try:
            for one in decoded:
                if one is not None:
                    url, found = one
                    if isinstance(found, Unreachable):
                        fetcher.rests.setdefault(server_of(url), monotonic() + UNREACHABLE_S)
                    later = now + timedelta(seconds=monotonic() - began)
                    _settle(store, config, url, found, later, report)
                    done += 1
                if on_progress:
                    on_progress(done, len(wanted))
                if monotonic() - began > seconds:
                    break
        except Stopped:
            report.stopped = True
    report.skipped = len(wanted) - done
    return report


def _wanted(store: Store, there: Pictures, now: datetime) -> list[str]:
    """The addresses to ask, those of the newest stories first."""
    leads = select(Picture.url.label("url"), Picture.story_id).where(
        Picture.url.is_not(None), Picture.hash.is_(None)
    )
    every = union(leads, select(StoryPicture.url, StoryPicture.story_id)).subquery()
    query = (
        select(every.c.url)
        .join(Story, Story.id == every.c.story_id)
        .outerjoin(CopiedPicture, CopiedPicture.url == every.c.url)
        .where(CopiedPicture.url.is_(None) | _is_due(now))
        .group_by(every.c.url)
        .order_by(func.max(Story.published_at).desc(), every.c.url)
    )
    with store.reading() as session:
        return [url for url in session.scalars(query) if not there.stays_there(url)]


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Whether its next try has come. One that is far ahead was reckoned by a clock that was wrong."""
    at = CopiedPicture.next_try_at
    return (at <= now) | (at > now + 2 * LONGEST)


def _remote(wanted: list[str]) -> list[str]:
    return [url for url in wanted if not media.is_data_name(url)]


def _question(url: str) -> Question:
    return url, None


def _written(store: Store, name: str) -> bytes:
    """The bytes of a picture that is written into a text; none when the text has changed meanwhile."""
    query = (
        select(StoryBody.raw)
        .join(StoryPicture, StoryPicture.story_id == StoryBody.story_id)
        .where(StoryPicture.url == name)
    )
    with store.reading() as session:
        found = (limits.data_picture(raw, name) for raw in session.scalars(query))
        return next((data for data in found if data), b"")


def _decoded(
    coming: Iterable[tuple[str, Answer | bytes] | None],
) -> Generator[tuple[str, Decoded] | None, None, None]:
    """Yield each address with what came of it, in order, as many decoded at once as there are cores; None
    when nothing came for a while.
    """
    at_once = cores()
    workers = ThreadPoolExecutor(at_once)  # each waits for a process of its own
    under_way: deque[tuple[str, Future[Decoded]]] = deque()
    try:
        for one in coming:
            if one is not None:
                url, answer = one
                under_way.append((url, workers.submit(_decode, answer)))
            while under_way and (under_way[0][1].done() or len(under_way) > at_once):
                yield from _awaited(*under_way.popleft())
            if one is None:
                yield None
        for url, future in under_way:
            yield from _awaited(url, future)
    finally:
        workers.shutdown(wait=False, cancel_futures=True)


def _awaited(url: str, future: Future[Decoded]) -> Iterator[tuple[str, Decoded] | None]:
    while not wait([future], LOOK_S).done:
        yield None
    yield url, future.result()


def _decode(answer: Answer | bytes) -> Decoded:
    if isinstance(answer, FetchError):
        return answer
    try:
        return child.call(pictures.make, answer if isinstance(answer, bytes) else answer.body)
    except Unreadable as error:
        return error


def _settle(store: Store, config: Config, url: str, found: Decoded, now: datetime, report: Report) -> None:
    """Keep a picture, or note why there is none."""
    if isinstance(found, pictures.Made):
        kept = pictures.write(found, config.media_dir)
        with store.writing() as session:
            copied.settle(session, copied.put(session, url, kept))
        report.added += 1
        return
    report.refused += 1
    if isinstance(found, FetchError):
        rests.remember(store, found, now)
        if not found.not_asked:
            _failed(store, url, str(found), now, found.wait, report)
    else:
        _failed(store, url, f"it {found}", now, None, report)


def _failed(
    store: Store, url: str, reason: str, now: datetime, wait: timedelta | None, report: Report
) -> None:
    reason = field(reason, 500)
    report.warnings.append(f"{field(url, 300)}: {reason}")
    with store.writing() as session:
        row = _row(session, url)
        first = row.tries == 0
        row.tries += 1
        row.error = reason
        pause = max(FIRST_WAIT * 4 ** (row.tries - 1), wait or timedelta())
        row.next_try_at = now + pause if row.tries < TRIES_MAX else None
        if first:
            copied.settle(session, row)


def _row(session: Session, url: str) -> CopiedPicture:
    row = session.get(CopiedPicture, url)
    if row is None:
        row = CopiedPicture(url=url, tries=0, widths="")
        session.add(row)
    return row
