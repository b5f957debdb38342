"""Words that very many stories have: the stories of each as a set, kept beside the search table.

The search table takes a quarter of a microsecond for each story that it names, so for a word in every second
of a million stories a tenth of a second; a set is read and compared with others in a fraction of that. Words
are stems, as in the stem columns of the search table. Sets are cut into blocks by id, so that a new story
changes small rows; a story that is no more may still be in them.
"""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import groupby
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from pyroaring import BitMap
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import search_table as table
from htmxnews.finding.entries import Entry
from htmxnews.finding.expressions import Run
from htmxnews.store import revisions
from htmxnews.store.dialect import among, among_words
from htmxnews.store.engine import Store
from htmxnews.store.models import CommonWord, WordStories

STORIES = 5_000  # below, no word is called common
LEAST = 500  # stories that a common word stands in
GROWTH = 1.25  # since the common words were chosen last, until they are chosen again
TOGETHER = 100_000  # places of words that become common in one transaction
_CHOSEN = "common"  # the state key of how many stories there were then
_BLOCK_BITS = 16
_BEHIND_ALL = "\U0010ffff"  # the last of all characters, that no word has


class Having(NamedTuple):
    """The ids of the stories that have a word, and of those that have it in their titles."""

    stories: BitMap
    titled: BitMap


def having(session: Session, words: Iterable[str], highest_id: int) -> dict[str, Having]:
    """The sets of those of the words that are common, of stories up to an id."""
    blocks = range((highest_id >> _BLOCK_BITS) + 1)
    asked = {"words": json.dumps(sorted(words), ensure_ascii=False), "ids": json.dumps(list(blocks))}
    found = session.connection().execute(sets_of_words, asked).all()
    return {
        word: Having(*(BitMap().union(*map(BitMap.deserialize, parts)) for parts in zip(*lines, strict=True)))
        for word, lines in _by_word(found)
    }


class Words:
    """The common words themselves."""

    def __init__(self, stories: Mapping[str, int]) -> None:
        self._stories = stories  # when they became common
        self._ordered = sorted(stories)

    def __contains__(self, word: str) -> bool:
        return word in self._stories

    def beginning(self, beginning: str, limit: int) -> list[str]:
        """Those that begin so, those in most stories first."""
        first, last = (bisect_left(self._ordered, bound) for bound in (beginning, beginning + _BEHIND_ALL))
        return nlargest(limit, self._ordered[first:last], key=self._stories.__getitem__)


_kept: WeakKeyDictionary[Any, tuple[int, Words]] = WeakKeyDictionary()


def words(session: Session) -> Words:
    """All common words, remembered until they are chosen again."""
    engine, chosen = session.get_bind(), revisions.seen(session).get(_CHOSEN, 0)
    kept = _kept.get(engine)
    if kept is None or kept[0] != chosen:
        found = {line.word: line.stories for line in session.execute(_all)} if chosen else {}
        kept = _kept[engine] = (chosen, Words(found))
    return kept[1]


def put(session: Session, entries: Sequence[Entry]) -> None:
    """Add stories to the sets of their words; call it before they are in the search table."""
    common = set(session.scalars(_words))
    if not common:
        return
    _take_out(session, table.known(session, [entry.story_id for entry in entries]))
    for block, some in groupby(sorted(entries, key=_block_of), _block_of):
        told: dict[str, list[int]] = defaultdict(list)
        titled: dict[str, list[int]] = defaultdict(list)
        for entry in some:
            title = common.intersection(entry.title)
            for word in title:
                titled[word].append(entry.story_id)
            for word in title | common.intersection((*entry.summary, *entry.names, *entry.body)):
                told[word].append(entry.story_id)
        _add(session, block, {word: Having(BitMap(ids), BitMap(titled[word])) for word, ids in told.items()})


def clear(session: Session) -> None:
    """Forget all sets, and which words are common."""
    session.execute(delete(WordStories))
    session.execute(delete(CommonWord))
    revisions.remember(session, _CHOSEN, 0)


def choose(store: Store) -> int:
    """Make sets of the words that have become common; return of how many. Most times it is not due."""
    with store.reading() as session:
        stories = len(indexes.current(session))
        if stories < max(STORIES, GROWTH * revisions.current(session, _CHOSEN)):
            return 0
        known = set(session.scalars(_words))
        new = [line for line in table.frequent(session, LEAST) if line[0] not in known]
    for some in _together(new):
        with store.writing() as session:
            for word, count in some:
                _make(session, word, count)
    with store.writing() as session:
        revisions.remember(session, _CHOSEN, stories)
    return len(new)


def _make(session: Session, word: str, count: int) -> None:
    stories = BitMap(table.matching_ids(session, Run((word,))))
    titled = BitMap(table.matching_ids(session, Run((word,), "title")))
    if session.get(CommonWord, word) or not stories:
        return
    session.add(CommonWord(word=word, stories=count))
    session.flush()
    for block in range((stories.max() >> _BLOCK_BITS) + 1):
        within = BitMap(range(block << _BLOCK_BITS, (block + 1) << _BLOCK_BITS))
        if some := stories & within:
            _add(session, block, {word: Having(some, titled & within)})


def _together(words: Iterable[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    some: list[tuple[str, int]] = []
    places = 0
    for word, count in words:
        if some and places + count > TOGETHER:
            yield some
            some, places = [], 0
        some.append((word, count))
        places += count
    if some:
        yield some


def _add(session: Session, block: int, more: Mapping[str, Having]) -> None:
    asked = {"words": json.dumps(list(more), ensure_ascii=False), "ids": json.dumps([block])}
    known = {line.word: line for line in session.connection().execute(sets_of_words, asked)}
    lines = []
    for word, sets in more.items():
        if line := known.get(word):
            old = (BitMap.deserialize(line.stories), BitMap.deserialize(line.titled))
            sets = Having(sets.stories | old[0], sets.titled | old[1])
        lines.append(_line(block, word, sets))
    _write(session, block, lines)


def _take_out(session: Session, story_ids: Iterable[int]) -> None:
    """Remove stories that come again, perhaps with other words."""
    for block, ids in groupby(sorted(story_ids), lambda story_id: story_id >> _BLOCK_BITS):
        gone = BitMap(ids)
        lines = [
            _line(block, line.word, Having(stories - gone, BitMap.deserialize(line.titled) - gone))
            for line in session.connection().execute(_of_block, {"block": block})
            if (stories := BitMap.deserialize(line.stories)).intersect(gone)
        ]
        _write(session, block, lines)


def _write(session: Session, block: int, lines: list[dict[str, object]]) -> None:
    if lines:
        words = json.dumps([line["word"] for line in lines], ensure_ascii=False)
        session.connection().execute(_forget, {"block": block, "words": words})
        session.connection().execute(insert(WordStories), lines)


def _line(block: int, word: str, sets: Having) -> dict[str, object]:
    packed = {"stories": sets.stories.serialize(), "titled": sets.titled.serialize()}
    return {"block": block, "word": word, **packed}


def _block_of(entry: Entry) -> int:
    return entry.story_id >> _BLOCK_BITS


def _by_word(found: Iterable[Any]) -> Iterator[tuple[str, list[tuple[bytes, bytes]]]]:
    lines: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
    for word, stories, titled in found:
        lines[word].append((stories, titled))
    yield from lines.items()


_all = select(CommonWord.word, CommonWord.stories)
_words = select(CommonWord.word)
sets_of_words = select(WordStories.word, WordStories.stories, WordStories.titled).where(
    among(WordStories.block), among_words(WordStories.word)
)
_of_block = select(WordStories.word, WordStories.stories, WordStories.titled).where(
    WordStories.block == bindparam("block")
)
_forget = delete(WordStories).where(WordStories.block == bindparam("block"), among_words(WordStories.word))
