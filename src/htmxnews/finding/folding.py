"""The same story once: near-duplicates that several sources carry, folded so that one of them is shown.

Words of three in a row make the shingles of a text. A short sketch of them, cut into bands, finds the few
stories worth a comparison, however many there are; the share of common shingles then decides. Pairs are kept,
and the groups that they form: `Story.folded_into` names the story that is shown in the place of another.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from rensa import RMinHash
from sqlalchemy import BigInteger, and_, bindparam, delete, insert, or_, select, type_coerce, update
from sqlalchemy.orm import Session, aliased

from htmxnews.finding import plain, stage, words
from htmxnews.store import revisions
from htmxnews.store.engine import Store
from htmxnews.store.models import Story, StoryBand, StoryBody, StoryCopy

FOLDED = "folded"  # the key of this stage's mark
SHINGLES_MIN = 20  # a shorter text is too little to know it again
SHARE = 0.3  # of the shorter text's shingles that both have
NEAR = timedelta(days=7) // timedelta(microseconds=1)  # between the dates of two copies
BANDS, BAND = 20, 2  # a band is so many numbers of the sketch; one that is equal makes a candidate
HOLDERS_MAX = 64  # stories looked at that share a band, the newest
COMPARED_MAX = 20  # candidates compared, those with most bands in common
_SEED = 42


class UnknownStory(LookupError):
    """A slug that no story has."""


@dataclass(frozen=True)
class _Text:
    """What of a story counts for a comparison; `published` in microseconds since 1970."""

    story_id: int
    source_id: int
    published: int
    shingles: frozenset[str]

    def is_copy_of(self, other: "_Text") -> bool:
        fewer = min(len(self.shingles), len(other.shingles))
        return len(self.shingles & other.shingles) >= SHARE * fewer


def fold_next(store: Store, size: int) -> int:
    """Find the copies of the next `size` stories that changed and fold them; return how many were done."""
    with store.reading() as session:
        batch = stage.after(session, FOLDED, size)
        texts = _texts(session, [story_id for story_id, _ in batch])
    if not batch:
        return 0
    with store.writing() as session:
        _put_bands(session, [story_id for story_id, _ in batch], texts)
    with store.reading() as session:
        found = {pair for text in texts.values() for pair in _copies(session, text, texts)}
    with store.writing() as session:
        if stage.advance(session, FOLDED, batch):
            _settle(session, _put_pairs(session, [story_id for story_id, _ in batch], found))
    return len(batch)


def mend(store: Store) -> None:
    """Fold those anew whose shown story is no more."""
    with store.reading() as session:
        ids = {story_id for pair in session.execute(_loose) for story_id in pair}
    if ids:
        with store.writing() as session:
            _settle(session, ids)


def release(store: Store) -> None:
    """Show every story again; what is known of pairs stays."""
    with store.reading() as session:
        if session.execute(_any_folded).first() is None:
            return
    with store.writing() as session:
        session.execute(_release_all, {"now": revisions.bump(session)})


def part(store: Store, slug: str, other: str, *, apart: bool = True) -> int:
    """Keep two stories apart whatever their texts say, or no longer; return how many are shown otherwise now.

    Raises UnknownStory.
    """
    with store.writing() as session:
        ids = [session.execute(_by_slug, {"slug": one}).scalar() for one in (slug, other)]
        for one, story_id in zip((slug, other), ids, strict=True):
            if story_id is None:
                raise UnknownStory(f"there is no story {one}")
        first, second = sorted(story_id for story_id in ids if story_id is not None)
        pair = session.get(StoryCopy, (first, second))
        if pair is not None:
            pair.apart = apart
        elif apart:
            session.add(StoryCopy(one_id=first, other_id=second, apart=True))
        session.flush()
        return _settle(session, {first, second})


def reset(session: Session) -> None:
    """Compare all stories anew at the next occasion; until then they stay as they are."""
    session.execute(delete(StoryBand))
    stage.reset(session, FOLDED)


def shingles(text: str) -> frozenset[str]:
    """Every three words in a row; of a run without spaces two characters in a row are a word."""
    tokens: list[str] = []
    for word, is_run in words.tokens(text):
        folded = words.fold(word)
        tokens += [a + b for a, b in pairwise(folded)] if is_run and len(folded) > 1 else [folded]
    return frozenset(map(" ".join, zip(tokens, tokens[1:], tokens[2:], strict=False)))


def bands(found: frozenset[str]) -> list[int]:
    """The bands of a text's sketch, as numbers that fit a column; none for a text that is too short."""
    if len(found) < SHINGLES_MIN:
        return []
    sketch = RMinHash(BANDS * BAND, _SEED)
    sketch.update(list(found))
    numbers = sketch.digest()
    return [
        int.from_bytes(
            blake2b(repr((at, numbers[at : at + BAND])).encode(), digest_size=8).digest(), signed=True
        )
        for at in range(0, BANDS * BAND, BAND)
    ]


def _texts(session: Session, ids: Iterable[int]) -> dict[int, _Text]:
    found = session.execute(_stories, {"ids": list(ids)})
    return {
        row.id: _Text(
            row.id, row.source_id, row.published, shingles(plain.plain_text(row.html) or row.summary)
        )
        for row in found
    }


def _put_bands(session: Session, ids: Sequence[int], texts: Mapping[int, _Text]) -> None:
    session.execute(delete(StoryBand).where(StoryBand.story_id.in_(ids)))
    lines = [
        {"band": band, "story_id": text.story_id} for text in texts.values() for band in bands(text.shingles)
    ]
    if lines:
        session.execute(insert(StoryBand), lines)


def _copies(session: Session, text: _Text, known: Mapping[int, _Text]) -> Iterator[tuple[int, int]]:
    """The pairs that a story makes with its copies from other sources."""
    shared: Counter[int] = Counter()
    connection = session.connection()  # so many short statements are dear through the session
    for band in bands(text.shingles):
        shared.update(connection.execute(_holders, {"band": band}).scalars())
    del shared[text.story_id]
    if not shared:
        return
    place = {"source_id": text.source_id, "first": text.published - NEAR, "last": text.published + NEAR}
    near = set(session.scalars(_near, {"ids": list(shared), **place}))
    likely = [story_id for story_id, _ in shared.most_common() if story_id in near][:COMPARED_MAX]
    others = {**_texts(session, set(likely) - known.keys()), **known}
    for story_id in likely:
        if text.is_copy_of(others[story_id]):
            yield min(text.story_id, story_id), max(text.story_id, story_id)


def _put_pairs(session: Session, ids: Sequence[int], found: set[tuple[int, int]]) -> set[int]:
    """Replace the pairs of these stories, but for the parted ones; return whom that touches."""
    old = session.execute(_pairs_of, {"ids": list(ids)}).all()
    parted = {(one, other) for one, other, apart in old if apart}
    session.execute(
        delete(StoryCopy).where(
            StoryCopy.apart.is_(False), or_(StoryCopy.one_id.in_(ids), StoryCopy.other_id.in_(ids))
        )
    )
    new = [{"one_id": one, "other_id": other, "apart": False} for one, other in sorted(found - parted)]
    if new:
        session.execute(insert(StoryCopy), new)
    return {story_id for one, other, _ in old for story_id in (one, other)}.union(*found)


def _settle(session: Session, ids: set[int]) -> int:
    """Decide for these stories, and all connected with them, which is shown; return how many changed."""
    if not ids:
        return 0
    friends, strangers = _connected(session, ids)
    members = session.execute(_members, {"ids": list(friends)}).all()
    heads: dict[int, int] = {}
    groups: dict[int, set[int]] = {}
    for story in members:  # the first published is shown
        head = next(
            (
                head
                for head, group in groups.items()
                if group & friends[story.id] and not group & strangers[story.id]
            ),
            story.id,
        )
        groups.setdefault(head, set()).add(story.id)
        heads[story.id] = head
    changed = [
        {"story": story.id, "head": head}
        for story in members
        if (head := heads[story.id] if heads[story.id] != story.id else None) != story.folded_into
    ]
    if changed:
        revision = revisions.bump(session)
        session.connection().execute(_fold, [{**one, "now": revision} for one in changed])
    return len(changed)


def _connected(session: Session, ids: set[int]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Whom each of these and of those that they lead to is a copy of, and whom it is kept apart from."""
    friends: dict[int, set[int]] = {}
    strangers: dict[int, set[int]] = {}
    new = set(ids)
    while new:
        for story_id in new:
            friends[story_id], strangers[story_id] = set(), set()
        for one, other, apart in session.execute(_pairs_of, {"ids": list(new)}).all():
            for a, b in ((one, other), (other, one)):
                if a in new:
                    (strangers if apart else friends)[a].add(b)
        new = set().union(*(friends[story_id] for story_id in new)) - friends.keys()
    return friends, strangers


_ids: Any = bindparam("ids", expanding=True)
_published = type_coerce(Story.published_at, BigInteger)
_one, _other = aliased(Story), aliased(Story)
_by_slug = select(Story.id).where(Story.slug == bindparam("slug"))
_stories = (
    select(Story.id, Story.source_id, Story.summary, _published.label("published"), StoryBody.html)
    .join(Story.body)
    .where(Story.id.in_(_ids))
)
_holders = (
    select(StoryBand.story_id)
    .where(StoryBand.band == bindparam("band", type_=BigInteger))
    .order_by(StoryBand.story_id.desc())
    .limit(HOLDERS_MAX)
)
_near = select(Story.id).where(
    Story.id.in_(_ids),
    Story.source_id != bindparam("source_id"),
    _published.between(bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)),
)
_pairs_of: Any = select(StoryCopy.one_id, StoryCopy.other_id, StoryCopy.apart).where(
    or_(StoryCopy.one_id.in_(_ids), StoryCopy.other_id.in_(_ids))
)
_members = (
    select(Story.id, Story.folded_into).where(Story.id.in_(_ids)).order_by(Story.published_at, Story.id)
)
_loose = (
    select(StoryCopy.one_id, StoryCopy.other_id)
    .join(_one, _one.id == StoryCopy.one_id)
    .join(_other, _other.id == StoryCopy.other_id)
    .where(and_(StoryCopy.apart.is_(False), _one.folded_into.is_(None), _other.folded_into.is_(None)))
)
_any_folded = select(Story.id).where(Story.folded_into.is_not(None)).limit(1)
_release_all = (
    update(Story)
    .where(Story.folded_into.is_not(None))
    .values(folded_into=None, revision=bindparam("now"))
    .execution_options(synchronize_session=False)
)
_fold = (
    update(Story.__table__)  # type: ignore[arg-type]  # it is declared as any FromClause
    .where(Story.__table__.c.id == bindparam("story"))
    .values(folded_into=bindparam("head"), revision=bindparam("now"))
)
