"""How alike two stories are: rarity of words in the whole store, and the cosine of their weighted words."""

import json
import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from htmxnews.finding import rows, words
from htmxnews.finding import search_table as table
from htmxnews.finding.gist import Gist, Terms, number
from htmxnews.store.models import StoryGist

COMMON_SHARE = 0.4  # words in more of the stories than this say nothing
COMMON_FROM = 20  # stories below which no word is called common
PAIR = 0.7  # what a pair of words counts beside a single one
PAIR_RARITY = 2.0  # mean rarity that its words need
QUERY_TERMS = 25
CANDIDATES = 100
KEPT_MAX = 10_000  # terms of stories, about 3 kB each


@dataclass(frozen=True)
class Probe:
    """A story to compare others with: what each term, by number, adds to the likeness of one that has it."""

    gist: Gist
    gains: dict[int, float]
    strongest: list[str]  # terms of single words, the most telling first
    norm: float


class Corpus:
    """Rarities and terms of one database, remembered as long as its search table stands still."""

    def __init__(self) -> None:
        self._total = 0
        self._counts: dict[str, int] = {}
        self._norms: dict[int, float] = {}
        self._terms: OrderedDict[int, Terms] = OrderedDict()

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

    def probe(self, session: Session, gist: Gist) -> Probe:
        """Weigh the terms of a story by how rare they are."""
        weights = self._weights(session, gist)
        gains = {}
        for term, weight in weights.items():
            gains[number(term)] = weight * self.rarity(session, term)
        for pair, count in gist.pairs.items():
            rarity = sum(self.rarity(session, term) for term in pair.split()) / 2
            if rarity >= PAIR_RARITY:
                gains[number(pair)] = math.sqrt(count) * (rarity * PAIR) ** 2
        strongest = sorted(weights, key=lambda term: (-weights[term], term))
        return Probe(gist, gains, strongest, _norm(weights))

    def likenesses(self, session: Session, probe: Probe) -> dict[int, float]:
        """The stories that share its strongest words, itself among them, with how alike they are.

        0 for nothing in common; about 1 for the same words (pairs may lift it above).
        """
        found = {}
        for story_id, terms in self._terms_of(session, self._candidates(session, probe)).items():
            norm = probe.norm * self._norm(session, story_id)
            gains = probe.gains
            shared = sum(
                gains[term] * _ROOTS[weight]
                for term, weight in zip(terms.numbers, terms.weights, strict=True)
                if term in gains
            )
            found[story_id] = shared / norm if norm else 0.0
        return found

    def _candidates(self, session: Session, probe: Probe) -> list[int]:
        strongest = probe.strongest[:QUERY_TERMS]
        if not strongest:
            return []
        query = table.in_text(" OR ".join(table.quoted(table_tokens(term)) for term in strongest))
        return [story_id for story_id, _ in table.ranked(session, query, CANDIDATES)]

    def _terms_of(self, session: Session, story_ids: Iterable[int]) -> dict[int, Terms]:
        found: dict[int, Terms] = {}
        missing = []
        for story_id in story_ids:
            if story_id in self._terms:
                found[story_id] = self._terms[story_id]
                self._terms.move_to_end(story_id)
            else:
                missing.append(story_id)
        if missing:
            for story_id, packed in session.execute(_packed_terms, {"ids": json.dumps(missing)}):
                found[story_id] = self._terms[story_id] = Terms.unpack(packed)
        while len(self._terms) > KEPT_MAX:
            self._terms.popitem(last=False)
        return found

    def _norm(self, session: Session, story_id: int) -> float:
        if story_id not in self._norms:
            gist = gists(session, [story_id])[story_id]
            self._norms[story_id] = _norm(self._weights(session, gist))
        return self._norms[story_id]

    def _weights(self, session: Session, gist: Gist) -> dict[str, float]:
        """Single words by rarity, without those that nobody else has and those that everybody has."""
        total = self.total(session)
        common = total * COMMON_SHARE if total >= COMMON_FROM else total
        return {
            term: math.sqrt(weight) * self.rarity(session, term)
            for term, weight in gist.words.items()
            if 2 <= self.count(session, term) <= common
        }


def gists(session: Session, story_ids: Iterable[int]) -> dict[int, Gist]:
    """The gists of these stories; those without one are left out."""
    found = session.execute(_packed_gists, {"ids": json.dumps(list(story_ids))})
    return {story_id: Gist.unpack(packed) for story_id, packed in found}


def table_tokens(term: str) -> list[str]:
    """A term as it stands in the search table."""
    return list(term) if words.is_run(term) else [term]


def _norm(weights: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))


_ROOTS = [math.sqrt(weight) for weight in range(256)]
_total = select(func.count()).select_from(StoryGist)
_packed_gists = select(StoryGist.story_id, StoryGist.gist).where(rows.among(StoryGist.story_id))
_packed_terms = select(StoryGist.story_id, StoryGist.terms).where(rows.among(StoryGist.story_id))
