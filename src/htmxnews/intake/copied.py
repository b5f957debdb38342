"""Which pictures stories want, and what is known of our copies of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from htmxnews.intake.shown import Kept
from htmxnews.store import revisions
from htmxnews.store.models import CopiedPicture, Picture, Story, StoryBody, StoryPicture

AGAIN = 0  # the policy of a body that is to be cleaned again, as more is known of its pictures


def note(session: Session, wanted: Mapping[int, Iterable[str]], shown: Collection[str] = ()) -> None:
    """Note the pictures in the texts of these stories, in the place of those that were noted before.

    A story with one more picture of which we have a copy is to be cleaned again, unless that is `shown`.
    """
    before = {
        (row.story_id, row.url)
        for row in session.scalars(select(StoryPicture).where(StoryPicture.story_id.in_(list(wanted))))
    }
    after = {(story_id, url) for story_id, urls in wanted.items() for url in urls}
    for story_id, url in before - after:
        session.execute(
            delete(StoryPicture).where(StoryPicture.story_id == story_id, StoryPicture.url == url)
        )
    if new := sorted(after - before):
        session.connection().execute(
            insert(StoryPicture), [{"story_id": one, "url": url} for one, url in new]
        )
        hidden = {url for _, url in new}.difference(shown)
        known = set(
            session.scalars(
                select(CopiedPicture.url).where(
                    CopiedPicture.url.in_(hidden), CopiedPicture.hash.is_not(None)
                )
            )
        )
        _again(session, [story_id for story_id, url in new if url in known])


def put(session: Session, url: str, kept: Kept) -> CopiedPicture:
    """Put down our copy of the picture at an address, whatever was known of it."""
    row = CopiedPicture(
        url=url,
        hash=kept.hash,
        width=kept.width,
        height=kept.height,
        widths=" ".join(map(str, kept.widths)),
        tries=0,
        next_try_at=None,
        error=None,
    )
    return session.merge(row)


def note_leads(session: Session, story_ids: Iterable[int]) -> None:
    """Give these stories what is known of their lead pictures."""
    query = (
        select(CopiedPicture, Picture.story_id)
        .join(Picture, Picture.url == CopiedPicture.url)
        .where(Picture.story_id.in_(list(story_ids)), Picture.hash.is_(None))
    )
    for row, story_id in session.execute(query).all():
        _lead(session, row, [story_id])


def of(session: Session, story_ids: Iterable[int]) -> dict[int, dict[str, Kept]]:
    """Our copies of the pictures in the texts of these stories, by story and address."""
    query = (
        select(StoryPicture.story_id, CopiedPicture)
        .join(CopiedPicture, CopiedPicture.url == StoryPicture.url)
        .where(StoryPicture.story_id.in_(list(story_ids)), CopiedPicture.hash.is_not(None))
    )
    found: dict[int, dict[str, Kept]] = defaultdict(dict)
    for story_id, row in session.execute(query):
        widths = tuple(map(int, row.widths.split()))
        found[story_id][row.url] = Kept(row.hash or "", row.width or 0, row.height or 0, widths)
    return found


def settle(session: Session, row: CopiedPicture) -> None:
    """Let all stories that want a picture know what became of it."""
    _lead(session, row, session.scalars(select(Picture.story_id).where(Picture.url == row.url)).all())
    holding = select(StoryPicture.story_id).where(StoryPicture.url == row.url)
    _again(session, session.scalars(holding).all())


def _lead(session: Session, row: CopiedPicture, story_ids: Sequence[int]) -> None:
    """Put a picture above stories. One that cannot stand there is left in the text, as a link."""
    if story_ids and row.hash and row.widths:
        facts = {name: getattr(row, name) for name in ("hash", "width", "height", "widths")}
        session.execute(update(Picture).where(Picture.story_id.in_(story_ids)).values(**facts))
        revision = revisions.bump(session)
        session.execute(update(Story).where(Story.id.in_(story_ids)).values(revision=revision))
    _again(session, story_ids)


def _again(session: Session, story_ids: Sequence[int]) -> None:
    if story_ids:
        session.execute(update(StoryBody).where(StoryBody.story_id.in_(story_ids)).values(policy=AGAIN))
