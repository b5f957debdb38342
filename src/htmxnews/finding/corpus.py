"""How alike two stories are: by their words, the rarer the better, and by each other's headline.

The words count as the cosine of both stories' weighted words. The headline counts as a search for it would:
how much of it, words and pairs of neighbours, stands in the other story, and how often for its length.
"""

import json
import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from htmxnews.finding import search_table as table
from htmxnews.finding.expressions import Among, Run
from htmxnews.finding.gist import Gist, Terms
from htmxnews.store.dialect import among
from htmxnews.store.models import StoryGist

HEADLINE = 0.8  # what the whole headline counts beside all words
SATURATION = 4.0  # how slowly a word that comes again counts more
LENGTH_SHARE = 0.75  # of a story's length in that
LENGTH = 500  # words of a usual story
QUERY_TERMS = 25
QUERY_STORIES = 6_000  # that the terms of a query for candidates stand in, all together
CANDIDATES = 120
HEADLINE_CANDIDATES = 45
TERMS_KEPT = 10_000  # stories, about 4 kB each
COUNTS_KEPT = 400_000  # words

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Sizes:
    """What a story's words and its headline weigh, by rarity: likenesses are parts of these."""

    words: float
    headline: float


@dataclass(frozen=True)
class Probe:
    """A story to compare others with. Dicts are by the number of a term."""

    sizes: Sizes
    words: dict[int, float]  # what each single word adds to the likeness, but for the other's weight
    headline: dict[int, float]  # the rarities of the headline's words and pairs
    told: dict[int, float]  # what each word and pair adds where it stands in the other's headline
    strongest: dict[str, float]  # the most telling words, with what each tells of whoever has it
    headline_words: dict[str, float]  # the rarer ones of the headline, likewise


class Corpus:
    """Rarities and terms of one database, remembered while stories are related."""

    def __init__(self) -> None:
        self._total = 0
        self._counts: Kept[str, int] = Kept(COUNTS_KEPT)
        self._terms: Kept[int, tuple[Terms, Sizes]] = Kept(TERMS_KEPT)
        self._sized: dict[int, Sizes] = {}

    def total(self, session: Session) -> int:
        """How many stories there are to compare."""
        self._total = self._total or session.execute(_total).scalar_one()
        return self._total

    def rarities(self, session: Session, words: Iterable[str]) -> list[float]:
        """0 for a word that nobody has, else the more the fewer stories have it."""
        total = self.total(session)
        return [math.log(1 + total / count) if count else 0.0 for count in self.counts(session, words)]

    def counts(self, session: Session, words: Iterable[str]) -> list[int]:
        """In how many stories each word stands."""
        asked = list(words)
        if missing := [word for word in asked if word not in self._counts]:
            found = table.document_counts(session, missing)
            self._counts.put({word: found.get(word, 0) for word in missing})
        counts = [self._counts.kept[word] for word in asked]
        self._counts.trim()
        return counts

    def probe(self, session: Session, gist: Gist, terms: Terms) -> Probe:
        """Weigh the terms of a story by how rare they are."""
        counts = self.counts(session, gist.words)
        rarities = self.rarities(session, gist.words)
        # A word that nobody else has tells nothing of others; in a headline it counts as missing there.
        shared = [rarity if count > 1 else 0.0 for rarity, count in zip(rarities, counts, strict=True)]
        pairs = _of_pairs(rarities, terms)
        every = dict(zip(terms.numbers, [*rarities, *pairs], strict=True))
        weights = terms.weights
        words = {
            number: _ROOTS[weight] * rarity * rarity
            for number, weight, rarity in zip(terms.numbers, weights, shared, strict=False)
            if rarity
        }
        told = {
            number: every[number] * _often(weight, terms.length)
            for number, weight in zip(terms.numbers, weights, strict=True)
        }
        tells = dict(zip(gist.words, [words.get(number, 0.0) for number in terms.numbers], strict=False))
        strength = [_ROOTS[weight] * rarity for weight, rarity in zip(weights, shared, strict=False)]
        strongest = sorted(zip(strength, gist.words, counts, strict=True), reverse=True)
        headline = [(w, n) for w, n in zip(gist.words, counts[: terms.headline_words], strict=False) if n > 1]
        return Probe(
            _sizes(shared, rarities, pairs, terms),
            words,
            {number: every[number] for number in terms.headline},
            told,
            {word: tells[word] for word in _bounded([(w, n) for weight, w, n in strongest if weight])},
            {word: tells[word] for word in _bounded(sorted(headline, key=lambda item: item[1]))},
        )

    def likenesses(self, session: Session, probe: Probe, others: Iterable[int] = ()) -> dict[int, float]:
        """The stories that share its strongest words, itself among them, and `others`: how alike they are.

        0 for nothing in common, 1 + HEADLINE at most.
        """
        found = {}
        candidates = self._known(session, list({*_candidates(session, probe), *others}))
        for story_id, (terms, sizes) in candidates.items():
            theirs = dict(zip(terms.numbers, terms.weights, strict=True))
            words, told, length = probe.words, probe.told, terms.length
            shared = sum([words[term] * _ROOTS[theirs[term]] for term in words.keys() & theirs.keys()])
            ours = [
                rarity * _often(theirs[term], length)
                for term, rarity in probe.headline.items()
                if term in theirs
            ]
            of_theirs = sum([told[term] for term in terms.headline if term in told])
            found[story_id] = _part(shared, probe.sizes.words * sizes.words) + HEADLINE / 2 * (
                _part(sum(ours), probe.sizes.headline) + _part(of_theirs, sizes.headline)
            )
        return found

    def take_sized(self) -> dict[int, Sizes]:
        """The sizes of stories that had to be worked out since this was asked last, to be kept."""
        sized, self._sized = self._sized, {}
        return sized

    def _known(self, session: Session, story_ids: list[int]) -> dict[int, tuple[Terms, Sizes]]:
        if missing := [story_id for story_id in story_ids if story_id not in self._terms]:
            self._terms.put(self._read(session, missing))
        found = {story_id: known for story_id in story_ids if (known := self._terms.kept.get(story_id))}
        self._terms.trim()
        return found

    def _read(self, session: Session, story_ids: list[int]) -> dict[int, tuple[Terms, Sizes]]:
        found = {}
        unsized = {}
        for row in session.execute(_packed_terms, {"ids": json.dumps(story_ids)}):
            terms = Terms.unpack(row.terms)
            if row.words is None:
                unsized[row.story_id] = terms
            else:
                found[row.story_id] = terms, Sizes(row.words, row.headline)
        for story_id, gist in gists(session, unsized).items():
            sizes = self._sized[story_id] = self.probe(session, gist, unsized[story_id]).sizes
            found[story_id] = unsized[story_id], sizes
        return found


class Kept(Generic[K, V]):
    """The values last asked for or put, at most `limit` after each `trim`."""

    def __init__(self, limit: int) -> None:
        self.kept: OrderedDict[K, V] = OrderedDict()
        self._limit = limit

    def __contains__(self, key: K) -> bool:
        if key not in self.kept:
            return False
        self.kept.move_to_end(key)
        return True

    def put(self, values: dict[K, V]) -> None:
        self.kept.update(values)

    def trim(self) -> None:
        while len(self.kept) > self._limit:
            self.kept.popitem(last=False)


def gists(session: Session, story_ids: Iterable[int]) -> dict[int, Gist]:
    """The gists of these stories; those without one are left out."""
    found = session.execute(_packed_gists, {"ids": json.dumps(list(story_ids))})
    return {story_id: Gist.unpack(packed) for story_id, packed in found}


def terms_of(session: Session, story_ids: Iterable[int]) -> dict[int, Terms]:
    """The terms of these stories; those without are left out."""
    found = session.execute(_packed_terms, {"ids": json.dumps(list(story_ids))})
    return {row.story_id: Terms.unpack(row.terms) for row in found}


def keep_sizes(session: Session, sizes: dict[int, Sizes]) -> None:
    """Write the sizes of stories beside their gists, so that nobody has to work them out again."""
    lines = [{"of": of, "words": size.words, "headline": size.headline} for of, size in sizes.items()]
    if lines:
        session.connection().execute(_keep_sizes, lines)


def _candidates(session: Session, probe: Probe) -> list[int]:
    """Those with the most of the strongest words, of the headline, and with the strongest words in theirs."""
    found: dict[int, None] = {}
    ways: tuple[tuple[Among, dict[str, float], int], ...] = (
        ("stems", probe.strongest, CANDIDATES),
        ("stems", probe.headline_words, HEADLINE_CANDIDATES),
        ("title", probe.strongest, HEADLINE_CANDIDATES),
    )
    for place, words, limit in ways:
        if words:
            told = {Run((word,), place): tells for word, tells in words.items()}
            found.update(dict.fromkeys(table.likely(session, told, limit)))
    return list(found)


def _bounded(strongest: list[tuple[str, int]]) -> list[str]:
    """The first words that do not stand in too many stories: a query for them is cheap at any size."""
    kept: list[str] = []
    left = QUERY_STORIES
    for word, count in strongest:
        if count <= left and len(kept) < QUERY_TERMS:
            kept.append(word)
            left -= count
    return kept


def _of_pairs(rarities: list[float], terms: Terms) -> list[float]:
    halves = terms.halves
    return [(rarities[one] + rarities[two]) / 2 for one, two in zip(halves[::2], halves[1::2], strict=True)]


def _sizes(shared: list[float], rarities: list[float], pairs: list[float], terms: Terms) -> Sizes:
    squares = [weight * rarity * rarity for weight, rarity in zip(terms.weights, shared, strict=False)]
    headline = sum(rarities[: terms.headline_words]) + sum(pairs[: terms.headline_pairs])
    return Sizes(math.sqrt(sum(squares)), headline)


def _often(weight: int, length: int) -> float:
    """0 to 1: how much a term says that counts `weight` in a story of this length."""
    return weight / (weight + SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / LENGTH))


def _part(some: float, whole: float) -> float:
    return some / whole if whole else 0.0


_ROOTS = [math.sqrt(weight) for weight in range(256)]
_total = select(func.count()).select_from(StoryGist)
_packed_gists = select(StoryGist.story_id, StoryGist.gist).where(among(StoryGist.story_id))
_packed_terms = select(StoryGist.story_id, StoryGist.terms, StoryGist.words, StoryGist.headline).where(
    among(StoryGist.story_id)
)
_keep_sizes = (
    update(StoryGist)
    .where(StoryGist.story_id == bindparam("of"))
    .values(words=bindparam("words"), headline=bindparam("headline"))
)
