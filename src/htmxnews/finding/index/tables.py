"""Tables → index: all of it, or what changed since a revision."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pyroaring import BitMap
from sqlalchemy import BigInteger, bindparam, select, type_coerce, union_all
from sqlalchemy.orm import Session

from htmxnews.finding import words
from htmxnews.finding.index.bitmaps import Bitmaps, Key
from htmxnews.finding.index.version import (
    GROUPS,
    KINDS,
    NO_CATEGORY,
    PICTURED,
    PINNED,
    SMALL_SETS,
    Base,
    Fact,
    Group,
    Index,
    Kind,
    Named,
    Names,
    Recent,
    Runs,
)
from htmxnews.store.engine import UNTIMED
from htmxnews.store.models import (
    SHOWN,
    Author,
    Category,
    Picture,
    Source,
    Story,
    StoryAuthor,
    StoryGone,
    StoryTag,
    Tag,
)

CHUNK = 10_000  # rows held at a time


class Changes(NamedTuple):
    """What happened since a revision: stories that came or changed, and ids of those gone or folded."""

    stories: list[Fact]
    gone: list[int]


def build(session: Session, revision: int) -> Index:
    """Read the whole index."""
    ids, published, touched = array("I"), array("q"), 0
    members: dict[Group, dict[Key, array[int]]] = {group: defaultdict(lambda: array("I")) for group in GROUPS}
    for position, row in enumerate(session.execute(_all_stories)):
        ids.append(row.id)
        published.append(row.published)
        touched = max(touched, _touched(row))
        for group, key in _others(row):
            members[group][key].append(position)
    everything = BitMap(range(len(ids)))
    positions = positions_of(ids, everything)
    runs = {}
    for group, statement in (("tag", _all_tags), ("author", _all_authors)):
        runs[group] = _runs(session.execute(statement), positions, len(ids))
        for position in range(len(ids)):
            for label in runs[group][position]:
                members[group][label].append(position)
    return Index(
        revision=revision,
        base=Base(ids, published, positions, runs["tag"], runs["author"]),
        recent=Recent({}, (), {}, len(ids)),
        everything=everything,
        sets={
            group: Bitmaps(
                ((key, BitMap(found)) for key, found in members[group].items()), small=SMALL_SETS[group]
            )
            for group in GROUPS
        },
        names=Names.of({kind: names(session, kind) for kind in KINDS}),
        touched=touched,
    )


def changes(session: Session, since: int, limit: int) -> Changes | None:
    """What happened after the revision `since`; None when it is more than `limit`."""
    asked = {"since": since, "limit": limit + 1}
    rows = session.execute(_changed_stories, asked).all()
    gone = list(session.scalars(_gone, asked))
    if len(rows) + len(gone) > limit:
        return None
    tags, authors = (_by_story(session.execute(each, asked)) for each in (_changed_tags, _changed_authors))
    facts = [
        Fact(
            row.id, row.published, _touched(row), tags.get(row.id, ()), authors.get(row.id, ()), _others(row)
        )
        for row in rows
    ]
    return Changes(facts, gone)


def names(session: Session, kind: Kind) -> dict[int, Named]:
    """Slug and name of every tag, category, source or author."""
    return _named(session.execute(_all_names[kind]))


def new_names(session: Session, kind: Kind, last: int) -> dict[int, Named]:
    """Slug and name of those that came after the one with the id `last`."""
    return _named(session.execute(_new_names[kind], {"last": last}))


def positions_of(ids: "array[int]", standing: BitMap) -> "array[int]":
    """Positions by story id; -1 where there is none, or none that stands."""
    positions = array("i", [-1]) * (max(ids, default=0) + 1)
    for position in standing:
        positions[ids[position]] = position
    return positions


def _runs(pairs: Iterable[Any], positions: "array[int]", count: int) -> Runs:
    """Pairs of story and label, a story's in their order → runs by position."""
    at, labels = array("I"), array("I")
    for story_id, label in pairs:
        at.append(positions[story_id])
        labels.append(label)
    starts = array("I", [0]) * (count + 1)
    for position in at:
        starts[position + 1] += 1
    for position in range(count):
        starts[position + 1] += starts[position]
    free, ids = array("I", starts), array("I", [0]) * len(labels)
    for position, label in zip(at, labels, strict=True):
        ids[free[position]] = label
        free[position] += 1
    return Runs(starts, ids)


def _by_story(pairs: Iterable[Any]) -> Mapping[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for story_id, label in pairs:
        found.setdefault(story_id, []).append(label)
    return {story_id: tuple(labels) for story_id, labels in found.items()}


def _touched(row: Any) -> int:
    return int(max(row.imported, row.updated or 0))


def _others(row: Any) -> tuple[tuple[Group, Key], ...]:
    """Its category, source, language and marks."""
    found: list[tuple[Group, Key]] = [
        ("category", row.category_id or NO_CATEGORY),
        ("source", row.source_id),
        ("lang", words.language(row.lang)),
    ]
    if row.pinned:
        found.append(("mark", PINNED))
    if row.hash:
        found.append(("mark", PICTURED))
    return tuple(found)


def _named(rows: Iterable[Any]) -> dict[int, Named]:
    return {label_id: Named(slug, name) for label_id, slug, name in rows}


def _all(statement: Any) -> Any:
    return statement.execution_options(**UNTIMED, yield_per=CHUNK)


_since = Story.revision > bindparam("since")
_facts = (
    select(
        Story.id,
        type_coerce(Story.published_at, BigInteger).label("published"),
        type_coerce(Story.imported_at, BigInteger).label("imported"),
        type_coerce(Story.updated_at, BigInteger).label("updated"),
        Story.source_id,
        Story.category_id,
        Story.lang,
        Story.pinned,
        Picture.hash,
    )
    .outerjoin(Story.picture)
    .where(SHOWN)
)
_tags = select(StoryTag.story_id, StoryTag.tag_id).order_by(StoryTag.story_id, StoryTag.position)
_authors = select(StoryAuthor.story_id, StoryAuthor.author_id).order_by(
    StoryAuthor.story_id, StoryAuthor.position
)

_all_stories = _all(_facts.order_by(Story.published_at, Story.id))
_all_tags, _all_authors = _all(_tags.join(Story).where(SHOWN)), _all(_authors.join(Story).where(SHOWN))
_changed_stories = _facts.where(_since).limit(bindparam("limit"))  # ordered, SQLite would walk through all
_changed = select(Story.id).where(_since)  # joined instead, SQLite would walk through all tags in their order
_changed_tags = _tags.where(StoryTag.story_id.in_(_changed))
_changed_authors = _authors.where(StoryAuthor.story_id.in_(_changed))
_gone = union_all(
    select(StoryGone.story_id).where(StoryGone.revision > bindparam("since")),
    select(Story.id).where(_since, ~SHOWN),
).limit(bindparam("limit"))

_labels: Mapping[Kind, Any] = {"tag": Tag, "category": Category, "source": Source, "author": Author}
_all_names = {kind: _all(select(model.id, model.slug, model.name)) for kind, model in _labels.items()}
_new_names = {
    kind: select(model.id, model.slug, model.name).where(model.id > bindparam("last"))
    for kind, model in _labels.items()
}
