"""Full-text search: which stories match, and how well.

A search of up to three words wants all of them, as long as a story has them all: then its total and its
counts mean what they seem to. A longer one, a question or a headline, wants any: the rank decides, and words
that stand in more than a quarter of the stories find none by themselves when there are others. Phrases must
always be there, words after a minus never. A word is found by its stem in any of the languages that the
stories are in.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import itemgetter

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding import query as queries
from htmxnews.finding import search_table as table
from htmxnews.finding import words
from htmxnews.finding.expressions import AllOf, AnyOf, Expression, Run, Without, runs
from htmxnews.finding.index import Index
from htmxnews.finding.lookup import Lookup
from htmxnews.finding.order import ByDate
from htmxnews.finding.query import Query
from htmxnews.store import revisions

DERIVED = "derived"  # the state key under which `derive` keeps how far the search table has followed

ALL_WORDS_MAX = 3
TERMS_MAX = 16  # of a search, the rarest (S22)
RANKED_MAX = 200  # stories, those that have the most and the rarest of the terms; the rest by date
WEIGHED = 1_000  # places where terms stand, that the search table goes through to weigh these
DEARER = 10  # times as much as a stem, for a word as it stands or the beginning of one
COUNTED = 8  # terms more, for which stories are told apart only by whether they have them
LIKELY = 200  # stories that have the most of these, and so may be among the best
K1 = 3.0  # of BM25: the larger, the longer a word goes on to count that comes again
K1_OF_RUNS = 1.2  # pieces of runs come again by chance
COMMON_SHARE = 0.25  # of the stories; a word in more finds none where there are others
TELLING_SHARE = 0.5  # a word in more does not rank either
COMMON_FROM = 200  # stories below which no word is too common
FRESH = 0.15  # how much more a story of today counts than one of long ago
FRESH_HALVES_S = 30 * 86_400
_BEST = 1_000_000  # score of the best match, before it is called fresh


@dataclass(frozen=True)
class Hits:
    """The stories that match, by id; `scores` of the best by position, above 0, more is better."""

    index: Index
    ids: BitMap
    scores: dict[int, int]

    @cached_property
    def positions(self) -> BitMap:
        """The same stories by position; takes a while where they are very many."""
        return self.index.at(self.ids)


def hits(session: Session, index: Index, q: str, *, weighed: bool = True) -> Hits:
    """All stories that match a search; none when it has no usable word. Never raises, whatever was typed.

    Without `weighed` there are no scores.
    """
    key = (q, weighed, revisions.seen(session).get(DERIVED, 0))
    found = index.memo.get(key)
    if not isinstance(found, Hits):
        found = _hits(session, index, queries.parse(q), weighed)
        index.memo.put(key, found)
    return found


def _hits(session: Session, index: Index, query: Query, weighed: bool) -> Hits:
    if query:
        lookup = Lookup(session, index, query)
        for expression, terms in _ways(lookup, query):
            if ids := lookup.find(expression) & index.story_ids:
                return Hits(index, ids, _scores(lookup, terms(), ids) if weighed else {})
    return Hits(index, BitMap(), {})


def _ways(lookup: Lookup, query: Query) -> Iterator[tuple[Expression, Callable[[], Sequence[Expression]]]]:
    """Expressions for a query, the strictest first, each with the terms that rank what it finds."""
    if len(query.words) <= ALL_WORDS_MAX:
        wanted = [lookup.whole(word) for word in query.words]
        yield _expression(lookup, query, wanted, AllOf), lambda: [term for term, _ in lookup.terms]
    terms = _rarest(lookup, COMMON_SHARE)
    if terms or query.phrases:
        yield _expression(lookup, query, terms, AnyOf), lambda: _rarest(lookup, TELLING_SHARE)


def _expression(
    lookup: Lookup, query: Query, alternatives: list[Expression], joint: type[AllOf | AnyOf]
) -> Expression:
    phrases: list[Expression] = [Run(tokens, among="exact") for tokens in query.phrases[:TERMS_MAX]]
    wanted = list(phrases)
    if alternatives and joint is AllOf:
        wanted += alternatives
    elif alternatives:
        # Beside a phrase the words only rank: the phrase alone is enough.
        wanted.append(AnyOf((*phrases[:1], *alternatives)))
    expression = AllOf(tuple(wanted))
    if query.without:
        return Without(expression, AnyOf(tuple(map(lookup.unwanted, query.without[:TERMS_MAX]))))
    return expression


def _rarest(lookup: Lookup, share: float) -> list[Expression]:
    """Terms that so many of the stories have at most; all, where all are commoner."""
    stories, counted = len(lookup.index), lookup.terms
    if stories >= COMMON_FROM:
        counted = [line for line in counted if line[1] <= stories * share] or counted
    return [term for term, _ in counted[:TERMS_MAX]]


def _scores(lookup: Lookup, terms: Sequence[Expression], ids: BitMap) -> dict[int, int]:
    """Scores of the best by position.

    Of each term a story has it or not, in its title or elsewhere: that chooses the likeliest, and is nearly
    all that common terms tell. Of the rarest, as many as can be in time, it is then weighed how they stand.
    """
    ranked = sorted(terms, key=lambda term: len(lookup.find(term)))
    weighable = list(map(lookup.stemmed, ranked))
    dear = [1 if _is_of_stems(term) else DEARER for term in weighable]
    places = accumulate(len(lookup.find(term)) * times for term, times in zip(ranked, dear, strict=True))
    affordable = bisect_right(list(places), WEIGHED)
    k1 = K1 if all(len(run.tokens) == 1 for term in weighable for run in runs(term)) else K1_OF_RUNS
    rare, others = ranked[:affordable], ranked[affordable : affordable + COUNTED]
    scores: dict[int, float] = dict.fromkeys(BitMap().union(*map(lookup.find, rare)) & ids, 0.0)
    if others:
        scores |= dict.fromkeys(_likely(lookup, others, ids - BitMap(scores)), 0.0)
        _count(lookup, others, scores, k1)
    if rare:
        rarities = [_rarity(len(lookup.find(term)), len(lookup.index)) for term in rare]
        scores = _likeliest(lookup, rare, scores, k1)
        asked = list(zip(weighable[:affordable], rarities, strict=True))
        for story_id, score in table.weighed(lookup.session, asked, list(scores), k1):
            scores[story_id] += score
    return _placed(lookup.index, scores)


def _likeliest(
    lookup: Lookup, terms: Sequence[Expression], scores: dict[int, float], k1: float
) -> dict[int, float]:
    """Those of the scores that are the best once it counts who has these terms too.

    Stories that this does not tell apart from the last of the best are left among them.
    """
    if len(scores) <= RANKED_MAX:
        return scores
    counted = dict(scores)
    _count(lookup, terms, counted, k1)
    least = sorted(counted.values())[-RANKED_MAX]
    return {story_id: scores[story_id] for story_id, score in counted.items() if score >= least}


def _count(lookup: Lookup, terms: Sequence[Expression], scores: dict[int, float], k1: float) -> None:
    """Add to the scores of stories what it tells that they have these terms."""
    told, titled = table.worth(k1)
    scored = BitMap(scores)
    for term in terms:
        having = lookup.find(term)
        rarity = _rarity(len(having), len(lookup.index))
        for story_id in scored & having:
            scores[story_id] += rarity * told
        for story_id in scored & lookup.titled(term):
            scores[story_id] += rarity * (titled - told)


def _is_of_stems(term: Expression) -> bool:
    return all(run.among == "stems" for run in runs(term))


def _likely(lookup: Lookup, terms: Sequence[Expression], ids: BitMap) -> Iterator[int]:
    """Some of those that have the most of the terms, or have them in their titles; of equals the newest."""
    sets = [lookup.find(term) for term in terms]
    if 2 * len(sets) <= COUNTED:
        sets += [lookup.titled(term) for term in terms]
    having = [ids]  # that have so many or more
    for one in sets:
        more = [some & one for some in having]
        having = [having[0], *(a | b for a, b in zip(having[1:], more, strict=False)), more[-1]]
    left = LIKELY
    better = BitMap()
    for some in reversed(having[1:]):
        found = lookup.index.newest(some - better, left)
        yield from map(lookup.index.id_at, found)
        left -= len(found)
        better = some
        if not left:
            break


def _rarity(having: int, stories: int) -> float:
    return max(math.log((stories - having + 0.5) / (having + 0.5)), 1e-6) if having < stories else 1e-6


def _placed(index: Index, scores: dict[int, float]) -> dict[int, int]:
    """The best by position, with a little more for new ones."""
    best = sorted(scores.items(), key=itemgetter(1, 0), reverse=True)[:RANKED_MAX]
    unit = _BEST / max(best[0][1], 1e-12) if best else 0.0
    now = index.published_at(ByDate(index, index.everything).take(0, 1)[0]) if best else 0
    placed = {}
    for story_id, score in best:
        position = index.position(story_id)
        if position is not None:
            age_s = (now - index.published_at(position)) / 1_000_000
            boost = 1 + FRESH * 0.5 ** min(age_s / FRESH_HALVES_S, 64)
            placed[position] = max(1, round(score * boost * unit))
    return placed


def marked(text: str, q: str, langs: Iterable[str] = (words.ELSE,)) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it matches the search; put together they are the text again."""
    query = queries.parse(q)
    if not query:
        return [(text, False)] if text else []
    spans = _spans(text, query, tuple(langs))
    found, at = [], 0
    for start, end in _merged(spans, text):
        found += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]


def _spans(text: str, query: Query, langs: tuple[str, ...]) -> list[tuple[int, int]]:
    matches = _matcher(query, langs)
    runs = [variant for word in query.words if word.is_run for variant in (*word.variants, *word.parts)]
    runs += [phrase for phrase in query.phrases if any(len(token) == 1 for token in phrase)]
    spans = []
    for start, end, is_run in words.pieces(text):
        if is_run:
            spans += _run_spans(text, start, end, runs)
        elif matches(text[start:end]):
            spans.append((start, end))
    return spans


def _matcher(query: Query, langs: tuple[str, ...]) -> Callable[[str], bool]:
    exact = {token for word in query.words for token in word.tokens}
    exact |= {token for phrase in query.phrases for token in phrase}
    stems = {words.stem(word.raw, lang) for word in query.words if not word.is_run for lang in langs}

    def matches(word: str) -> bool:
        folded = words.fold(word)
        if folded in exact or (query.prefix and folded.startswith(query.prefix)):
            return True
        return any(words.stem(word, lang) in stems for lang in langs)

    return matches


def _run_spans(text: str, start: int, end: int, runs: list[tuple[str, ...]]) -> list[tuple[int, int]]:
    characters = [words.fold(character) for character in text[start:end]]
    return [
        (start + at, start + at + len(run))
        for run in runs
        for at in range(len(characters) - len(run) + 1)
        if tuple(characters[at : at + len(run)]) == run
    ]


def _merged(spans: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Spans in order, those that touch or that only a space parts made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and (start <= merged[-1][1] or text[merged[-1][1] : start] == " "):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
