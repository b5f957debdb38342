"""How alike two stories are: rarity of words in the whole store, and the cosine of their weighted words."""

import json
import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from htmxnews.finding import rows, words
from htmxnews.finding import search_table as table
from htmxnews.finding.gist import Gist
from htmxnews.store.models import StoryGist

COMMON_SHARE = 0.4  # words in more of the stories than this say nothing
COMMON_FROM = 20  # stories below which no word is called common
PAIR = 0.7  # what a pair of words counts beside a single one
PAIR_RARITY = 2.0  # mean rarity that its words need
QUERY_TERMS = 25
CANDIDATES = 100
KEPT_MAX = 2_000  # vectors, about 30 kB each


@dataclass(frozen=True)
class Vector:
    """A gist with weights by rarity; the norm is of the words."""

    gist: Gist
    words: dict[str, float]  # by stem, or by the word itself where it is a run of characters
    pairs: dict[str, float]
    norm: float
    said: frozenset[str]  # the names, and what longer ones end in: "Putin" of "Vladimir Putin"


class Corpus:
    """Rarities and vectors of one database, remembered as long as its search table stands still."""

    def __init__(self) -> None:
        self._total = 0
        self._counts: dict[str, int] = {}
        self._vectors: OrderedDict[int, Vector] = OrderedDict()

    def rarity(self, session: Session, term: str) -> float:
        """0 for a word that nobody has, else the more the fewer stories have it."""
        count = self.count(session, term)
        return math.log(1 + self.total(session) / count) if count else 0.0

    def total(self, session: Session) -> int:
        """How many stories there are to compare."""
        self._total = self._total or session.execute(_total).scalar_one()
        return self._total

    def count(self, session: Session, term: str) -> int:
        """In how many stories a stem, or a run of characters, stands."""
        if term not in self._counts:
            tokens = table_tokens(term)
            if len(tokens) > 1:
                self._counts[term] = table.count(session, table.in_text(table.quoted(tokens)))
            else:
                self._counts[term] = table.document_count(session, term)
        return self._counts[term]

    def vectors(self, session: Session, story_ids: Iterable[int]) -> dict[int, Vector]:
        """The vectors of these stories; those without a gist are left out."""
        found: dict[int, Vector] = {}
        missing = []
        for story_id in story_ids:
            if story_id in self._vectors:
                found[story_id] = self._vectors[story_id]
                self._vectors.move_to_end(story_id)
            else:
                missing.append(story_id)
        if missing:
            for story_id, packed in session.execute(_gists, {"ids": json.dumps(missing)}):
                found[story_id] = self._vectors[story_id] = self._vector(session, Gist.unpack(packed))
        while len(self._vectors) > KEPT_MAX:
            self._vectors.popitem(last=False)
        return found

    def candidates(self, session: Session, vector: Vector) -> list[int]:
        """Stories that share its strongest words, itself among them."""
        strongest = sorted(vector.words, key=lambda term: (-vector.words[term], term))[:QUERY_TERMS]
        if not strongest:
            return []
        query = table.in_text(" OR ".join(table.quoted(table_tokens(term)) for term in strongest))
        return [story_id for story_id, _ in table.ranked(session, query, CANDIDATES)]

    def _vector(self, session: Session, gist: Gist) -> Vector:
        total = self.total(session)
        common = total * COMMON_SHARE if total >= COMMON_FROM else total
        weights: dict[str, int] = {}
        for word, weight in gist.words.items():
            term = term_of(word, gist.lang)
            weights[term] = weights.get(term, 0) + weight
        strong = {
            term: math.sqrt(weight) * self.rarity(session, term)
            for term, weight in weights.items()
            if 2 <= self.count(session, term) <= common
        }
        pairs = {}
        for pair, weight in gist.pairs.items():
            rarity = sum(self.rarity(session, term) for term in pair.split()) / 2
            if rarity >= PAIR_RARITY:
                pairs[pair] = math.sqrt(weight) * rarity * PAIR
        norm = math.sqrt(sum(weight * weight for weight in strong.values()))
        return Vector(gist, strong, pairs, norm, frozenset(_endings(gist.names)))


def likeness(one: Vector, other: Vector) -> float:
    """0 for nothing in common; about 1 for the same words (pairs may lift it above)."""
    if not one.norm or not other.norm:
        return 0.0
    shared = _dot(one.words, other.words) + _dot(one.pairs, other.pairs)
    return shared / (one.norm * other.norm)


def term_of(word: str, lang: str) -> str:
    """What a word of a gist is compared by: its stem; a run of characters stays whole."""
    return words.fold(word) if words.is_run(word) else words.stem(word, lang)


def table_tokens(term: str) -> list[str]:
    """A term as it stands in the search table."""
    return list(term) if words.is_run(term) else [term]


def _endings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        words_of = name.split(" ")
        yield from (" ".join(words_of[start:]) for start in range(len(words_of)))


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(one[term] * other[term] for term in one.keys() & other.keys())


_total = select(func.count()).select_from(StoryGist)
_gists = select(StoryGist.story_id, StoryGist.gist).where(rows.among(StoryGist.story_id))
