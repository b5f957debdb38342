"""Stories cleaned again from the kept raw source, after the rules or the sanitizer changed (S06)."""

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import cast

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from htmxnews.config import Config
from htmxnews.intake import clean, copied, leads, media, shown
from htmxnews.intake.addresses import own_hosts
from htmxnews.intake.draft import BodyKind, PictureDraft
from htmxnews.intake.report import Progress, Report
from htmxnews.intake.run import BATCH
from htmxnews.intake.workers import Spoilt, Workers
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import CopiedPicture, Picture, Story, StoryBody
from htmxnews.text import clip, count_words


@dataclass(frozen=True)
class _Body:
    story_id: int
    title: str
    raw: str
    kind: str
    base_url: str | None
    html: str
    lead: PictureDraft | None
    stands_above: bool  # the lead, or shall when it is copied
    copies: dict[str, shown.Kept]


@dataclass(frozen=True)
class _Again:
    story_id: int
    html: str
    words: int
    differs: bool
    pictures: tuple[str, ...]


def reclean(
    store: Store,
    config: Config,
    *,
    everything: bool = False,
    only_pictures: bool = False,
    on_progress: Progress | None = None,
) -> Report:
    """Clean the stories of an older policy, or all; those that changed count as updated.

    With `only_pictures`, clean those of whose pictures more is known than when they were cleaned.

    Goes batch by batch, on all cores; after an interrupt the next run goes on, as the policy number says
    what is done. A story that cannot be cleaned keeps the HTML that it has.
    """
    policy = clean.policy(config.sanitizer)
    waiting = [] if everything else [StoryBody.policy != policy]
    if only_pictures:
        waiting = [StoryBody.policy == copied.AGAIN]
    hosts = own_hosts(config.base_url, config.extra_hosts)
    there = frozenset(config.picture_hosts)
    work = partial(_again, own_hosts=hosts, there=there, sanitizer=config.sanitizer)
    report = Report("stories")
    last = 0
    with store.reading() as session:
        total = session.scalar(select(func.count()).select_from(StoryBody).where(*waiting))
    with closing(Workers()) as workers:
        while bodies := _bodies(store, [StoryBody.story_id > last, *waiting]):
            results = workers.start(work, bodies).results()
            clean_ones = [one for one in results if not isinstance(one, Spoilt)]
            with store.writing() as session:
                changed = _write(session, clean_ones, policy)
            report.updated += changed
            report.unchanged += len(clean_ones) - changed
            report.refused += len(bodies) - len(clean_ones)
            report.warnings.extend(
                f"“{clip(body.title, 60)}” was left as it is: cleaning it {result.reason}"
                for body, result in zip(bodies, results, strict=True)
                if isinstance(result, Spoilt)
            )
            last = bodies[-1].story_id
            if on_progress:
                on_progress(report.items, total)
    return report


def _bodies(store: Store, waiting: list[ColumnElement[bool]]) -> list[_Body]:
    query = (
        select(
            StoryBody.story_id,
            Story.title,
            StoryBody.raw,
            StoryBody.raw_kind,
            StoryBody.base_url,
            StoryBody.html,
            Picture,
            CopiedPicture,
        )
        .join(Story, Story.id == StoryBody.story_id)
        .outerjoin(Picture, Picture.story_id == StoryBody.story_id)
        .outerjoin(CopiedPicture, CopiedPicture.url == Picture.url)
        .where(*waiting)
        .order_by(StoryBody.story_id)
        .limit(BATCH)
    )
    with store.reading() as session:
        rows = session.execute(query).all()
        copies = copied.of(session, [row.story_id for row in rows])
    return [_body(*row, copies.get(row.story_id, {})) for row in rows]


def _body(
    story_id: int,
    title: str,
    raw: str,
    kind: str,
    base_url: str | None,
    html: str,
    picture: Picture | None,
    copy: CopiedPicture | None,
    copies: dict[str, shown.Kept],
) -> _Body:
    shows_nothing = copy is not None and copy.hash is not None and not copy.widths
    lead = None
    url = picture and (picture.url or (picture.hash and media.file_name(picture.hash)))
    if picture and url and not shows_nothing:
        lead = PictureDraft(url=url, alt=picture.alt, credit=picture.credit, caption=picture.caption)
    return _Body(story_id, title, raw, kind, base_url, html, lead, copy is None or bool(copy.hash), copies)


def _again(
    body: _Body, *, own_hosts: frozenset[str], there: frozenset[str], sanitizer: clean.Sanitizer
) -> _Again:
    known = shown.Pictures(body.copies, there)
    address = body.lead.url if body.lead else None
    stands_above = body.stands_above and not (address and known.stays_there(address))
    found = clean.clean(
        body.raw,
        cast(BodyKind, body.kind),
        base_url=body.base_url,
        own_hosts=own_hosts,
        title=body.title,
        lead=address if stands_above else None,
        pictures=known,
        sanitizer=sanitizer,
    )
    files = media.file_names(body.copies).values()  # also the one that is shown as the lead
    pictures = (*files, *(one for one in found.pictures if not known.stays_there(one)))
    if body.lead and not stands_above:
        found = leads.put_first(found, body.lead, known, own_hosts, sanitizer)
    return _Again(body.story_id, found.html, count_words(found.text), found.html != body.html, pictures)


def _write(session: Session, batch: list[_Again], policy: int) -> int:
    changed = [one for one in batch if one.differs]
    revision = revisions.bump(session) if changed else 0
    for one in batch:
        values = {"html": one.html, "policy": policy}
        session.execute(update(StoryBody).where(StoryBody.story_id == one.story_id).values(**values))
        if one.differs:
            fresh = {"revision": revision, "words": one.words}
            session.execute(update(Story).where(Story.id == one.story_id).values(**fresh))
    copied.note(session, {one.story_id: one.pictures for one in batch})
    return len(changed)
