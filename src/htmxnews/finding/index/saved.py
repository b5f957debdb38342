"""The index in the database, so that a worker starts without reading every story.

It is written in pieces, each in a transaction of its own, and counts from the last one on.
"""

import json
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

from pyroaring import BitMap
from sqlalchemy import BigInteger, bindparam, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from htmxnews.finding.index import tables
from htmxnews.finding.index.bitmaps import Bitmaps, Key
from htmxnews.finding.index.version import GROUPS, KINDS, SMALL_SETS, Base, Index, Names, Recent, Runs
from htmxnews.store import revisions
from htmxnews.store.engine import UNTIMED, Store
from htmxnews.store.models import IndexPart, Story, micros

SAVED = "saved_index"  # the state key of the number of the last saving that was finished
AT = "saved_index_revision"  # and of its revision
FORM = f"1 {sys.byteorder}"  # of the pieces: whoever finds another builds from the tables
PIECE = 1_000_000  # bytes: written in some milliseconds, so that other writers wait for no longer
WORTH = 10_000  # stories below which building is as fast as loading
BEHIND = 1_000  # changed stories after which it is saved again
ABANDONED = 3_600_000_000  # microseconds after which nobody finishes a saving any more

_pieces = (
    select(IndexPart.name, IndexPart.data)
    .where(IndexPart.saving == bindparam("saving"))
    .order_by(IndexPart.name, IndexPart.number)
    .execution_options(**UNTIMED, yield_per=4)  # a few megabytes at a time
)
_behind = select(func.count()).select_from(
    select(Story.id)
    .where(Story.revision > bindparam("revision"))
    .limit(bindparam("limit", type_=BigInteger))
    .subquery()
)


def is_due(session: Session, index: Index) -> bool:
    """Whether saving is worth it: there are many stories, and much has changed since the last time."""
    behind = session.execute(
        _behind, {"revision": revisions.current(session, AT), "limit": BEHIND}
    ).scalar_one()
    return len(index) >= WORTH and behind == BEHIND


def save(store: Store, index: Index) -> None:
    """Keep an index that has nothing recent in the place of the one that is kept."""
    saving = micros(datetime.now(UTC))  # two who save at once do not mix their pieces
    for name, data in _parts(index):
        for number, start in enumerate(range(0, max(len(data), 1), PIECE)):
            with store.writing() as session:
                piece = {"saving": saving, "name": name, "number": number}
                session.execute(insert(IndexPart).values(**piece, data=data[start : start + PIECE]))
    with store.writing() as session:
        before = revisions.current(session, SAVED)
        revisions.remember(session, SAVED, saving)
        revisions.remember(session, AT, index.revision)
        abandoned = IndexPart.saving < saving - ABANDONED
        session.execute(delete(IndexPart).where(or_(IndexPart.saving == before, abandoned)))


def load(session: Session, revision: int) -> Index | None:
    """The saved index as it was at its own revision; None when there is none that this code can read."""
    parts: dict[str, bytearray] = defaultdict(bytearray)
    for name, data in session.execute(_pieces, {"saving": revisions.current(session, SAVED)}):
        parts[name] += data
    facts = json.loads(parts.get("facts", "{}"))
    if facts.get("form") != FORM or facts["revision"] > revision:
        return None
    ids = _array("I", parts.pop("ids"))
    everything = BitMap.deserialize(bytes(parts["everything"]))
    return Index(
        revision=facts["revision"],
        base=Base(
            ids,
            _array("q", parts.pop("published")),
            tables.positions_of(ids, everything),
            Runs(_array("I", parts.pop("tag starts")), _array("I", parts.pop("tags"))),
            Runs(_array("I", parts.pop("author starts")), _array("I", parts.pop("authors"))),
        ),
        recent=Recent({}, (), {}, len(ids)),
        everything=everything,
        sets={
            group: Bitmaps.unpacked(
                _unjoined(facts["sets"][group], parts[f"sets of {group}"]), small=SMALL_SETS[group]
            )
            for group in GROUPS
        },
        names=Names.of({kind: tables.names(session, kind) for kind in KINDS}),
        touched=facts["touched"],
    )


def _parts(index: Index) -> Iterator[tuple[str, bytes]]:
    base = index.base
    yield "ids", base.ids.tobytes()
    yield "published", base.published.tobytes()
    yield "tag starts", base.tags.starts.tobytes()
    yield "tags", base.tags.ids.tobytes()
    yield "author starts", base.authors.starts.tobytes()
    yield "authors", base.authors.ids.tobytes()
    yield "everything", index.everything.serialize()
    sizes = {}
    for group in GROUPS:
        packed = list(index.sets[group].packed())
        sizes[group] = [(key, size, len(data)) for key, size, data in packed]
        yield f"sets of {group}", b"".join(data for _, _, data in packed)
    yield (
        "facts",
        json.dumps(
            {"form": FORM, "revision": index.revision, "touched": index.touched, "sets": sizes}
        ).encode(),
    )


def _array(typecode: Literal["I", "q"], data: bytearray) -> "array[int]":
    made: array[int] = array(typecode)
    made.frombytes(data)
    return made


def _unjoined(sizes: Iterable[tuple[Key, int, int]], data: bytearray) -> Iterator[tuple[Key, int, bytes]]:
    start = 0
    for key, size, length in sizes:
        yield key, size, bytes(data[start : start + length])
        start += length
