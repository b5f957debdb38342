"""What somebody may be about to search for: tags and titles, found by how their words begin.

Kept in memory for a version of the index: all tags, the largest first, and the titles of the newest stories.
Older titles come from the search itself, once enough is typed for it to be cheap.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest

from sqlalchemy import select
from sqlalchemy.orm import Session

from htmxnews.finding import index as indexes
from htmxnews.finding import rows, search, words
from htmxnews.finding.facets import TagCount
from htmxnews.finding.index import Index
from htmxnews.finding.order import ByDate
from htmxnews.finding.rows import StoryRow
from htmxnews.store.dialect import among
from htmxnews.store.models import Story

TAGS = 4  # offered at most
TITLES = 6
NEWEST = 2_000  # stories whose titles are kept
LONG = 5  # letters of a word from which the titles of all stories are searched
PARTS_MAX = 8
_KEY = 3  # letters


@dataclass(frozen=True)
class Suggestions:
    tags: tuple[TagCount, ...]
    stories: tuple[StoryRow, ...]

    def __bool__(self) -> bool:
        return bool(self.tags or self.stories)


NOTHING = Suggestions((), ())


def suggestions(session: Session, typed: str) -> Suggestions:
    """At most TAGS tags and TITLES stories of which every typed word begins a word, in any order."""
    parts = _parts(typed)
    if not parts:
        return NOTHING
    index = indexes.current(session)
    known = vocabulary(session, index)
    labels, sizes = index.names.by_id["tag"], index.sets["tag"].sizes
    tags = [TagCount(*labels[tag], sizes.get(tag, 0)) for tag in known.tags.find(parts, TAGS)]
    ids = known.titles.find(parts, TITLES)
    if len(ids) < TITLES and max(map(len, parts)) > LONG:
        ids = list(dict.fromkeys([*ids, *_older(session, index, typed, parts)]))[:TITLES]
    return Suggestions(tuple(tag for tag in tags if tag.count), tuple(rows.rows(session, ids)))


class Beginnings:
    """Texts by how their words begin; found in the order in which they were given."""

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        self._texts: dict[int, str] = {}
        self._keys: dict[str, list[int]] = {}
        for number, text in texts:
            pieces = _pieces(text)
            self._texts[number] = "".join(pieces)
            for key in {key for piece in pieces for key in _keys(piece)}:
                self._keys.setdefault(key, []).append(number)

    def find(self, parts: list[str], limit: int) -> list[int]:
        """The first texts that have all these parts, as `_parts` makes them."""
        candidates = min((self._keys.get(part[: _KEY + 1].strip()[:_KEY], []) for part in parts), key=len)
        found: list[int] = []
        for number in candidates:
            if all(part in self._texts[number] for part in parts):
                found.append(number)
                if len(found) == limit:
                    break
        return found

    def words(self) -> Iterator[str]:
        """Every word of the texts, folded."""
        for text in self._texts.values():
            yield from text.split()


@dataclass(frozen=True)
class Vocabulary:
    """What a version of the index can offer."""

    tags: Beginnings
    titles: Beginnings


def vocabulary(session: Session, index: Index) -> Vocabulary:
    """That of an index, made when it is first asked for."""
    known = index.memo.get("vocabulary")
    if not isinstance(known, Vocabulary):
        labels, sizes = index.names.by_id["tag"], index.sets["tag"].sizes
        tags = nlargest(len(labels), labels, key=lambda tag: sizes.get(tag, 0))
        known = Vocabulary(
            tags=Beginnings((tag, labels[tag].name) for tag in tags),
            titles=Beginnings(_newest_titles(session, index).items()),
        )
        index.memo.put("vocabulary", known)
    return known


def _newest_titles(session: Session, index: Index) -> Mapping[int, str]:
    newest = [index.id_at(position) for position in ByDate(index, index.everything).take(0, NEWEST)]
    titles = {row.id: row.title for row in session.execute(_titles, {"ids": json.dumps(newest)})}
    return {story_id: titles[story_id] for story_id in newest if story_id in titles}


def _older(session: Session, index: Index, typed: str, parts: list[str]) -> list[int]:
    """The best hits of a search that have all the words in their titles."""
    scores = search.hits(session, index, typed).scores
    best = [index.id_at(position) for position in nlargest(4 * TITLES, scores, key=scores.__getitem__)]
    return [
        story.id
        for story in rows.rows(session, best)
        if all(part in "".join(_pieces(story.title)) for part in parts)
    ]


def _parts(typed: str) -> list[str]:
    """What must stand in a text: a space and the beginning of a word, or a stretch of a run."""
    pieces = [(words.fold(word), is_run) for word, is_run in words.tokens(typed)]
    return [word if is_run else f" {word}" for word, is_run in pieces][:PARTS_MAX]


def _pieces(text: str) -> list[str]:
    """The folded words of a text, each after a space."""
    return [f" {words.fold(word)}" for word, _ in words.tokens(text)]


def _keys(piece: str) -> Iterator[str]:
    word = piece[1:]
    starts = range(len(word)) if words.is_run(word) else (0,)
    for start in starts:
        for end in range(start + 1, min(start + _KEY, len(word)) + 1):
            yield word[start:end]


_titles = select(Story.id, Story.title).where(among(Story.id))
