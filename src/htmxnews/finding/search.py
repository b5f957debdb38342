"""Full-text search: which stories match, and how well.

A search of up to three words wants all of them, as long as a story has them all: then its total and its
counts mean what they seem to. A longer one, a question or a headline, wants any: the rank decides, and words
that stand in more than a quarter of the stories only count when there are no others. Phrases must always be
there, words after a minus never. A word is found by its stem in any of the languages that the stories are in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy.orm import Session

from htmxnews.finding import query as queries
from htmxnews.finding import search_table as table
from htmxnews.finding import words
from htmxnews.finding.index import Index
from htmxnews.finding.query import Query, Word
from htmxnews.store import revisions

DERIVED = "derived"  # the state key under which `derive` keeps how far the search table has followed

ALL_WORDS_MAX = 3
TERMS_MAX = 16  # of a search, the rarest (S22)
RANKED_MAX = 1_000
COMMON_SHARE = 0.25
COMMON_FROM = 200  # stories below which no word is called common
FRESH = 0.15  # how much more a story of today counts than one of long ago
FRESH_HALVES_S = 30 * 86_400
_BEST = 1_000_000  # score of the best match, before it is called fresh


@dataclass(frozen=True)
class Hits:
    """The stories that match, by position; `scores` of the best 1,000, above 0, more is better."""

    positions: BitMap
    scores: dict[int, int]


NO_HITS = Hits(BitMap(), {})


def hits(session: Session, index: Index, q: str) -> Hits:
    """All stories that match a search; none when it has no usable word. Never raises, whatever was typed."""
    key = (q, revisions.current(session, DERIVED))
    found = index.memo.get(key)
    if not isinstance(found, Hits):
        found = _hits(session, index, queries.parse(q))
        index.memo.put(key, found)
    return found


def _hits(session: Session, index: Index, query: Query) -> Hits:
    if not query:
        return NO_HITS
    for make in _ways(session, index, query):
        positions = index.at(table.matching_ids(session, make))
        if positions:
            return Hits(positions, _scores(session, index, make))
    return NO_HITS


def _ways(session: Session, index: Index, query: Query) -> Iterable[str]:
    """FTS5 expressions for a query, the strictest first."""
    if len(query.words) <= ALL_WORDS_MAX:
        yield _expression(query, [_whole(word, query.prefix, index.langs) for word in query.words], " AND ")
    terms = _rarest(session, index, query)
    if terms or query.phrases:
        yield _expression(query, terms, " OR ")


def _expression(query: Query, alternatives: list[str], joint: str) -> str:
    phrases = [table.in_exact(table.quoted(tokens)) for tokens in query.phrases[:TERMS_MAX]]
    wanted = list(phrases)
    if alternatives and joint == " AND ":
        wanted += alternatives
    elif alternatives:
        # Beside a phrase the words only rank: the phrase alone is enough.
        wanted.append("(" + joint.join([*phrases[:1], *alternatives]) + ")")
    expression = "(" + " AND ".join(wanted) + ")"
    if query.without:
        unwanted = [table.in_exact(table.quoted(tokens)) for tokens in query.without[:TERMS_MAX]]
        expression += " NOT (" + " OR ".join(unwanted) + ")"
    return expression


def _whole(word: Word, prefix: str, langs: Iterable[str]) -> str:
    """A word in any of its forms: as it stands, its stems, as the beginning of another one."""
    if word.is_run:
        return "(" + " OR ".join(table.in_text(table.quoted(variant)) for variant in word.variants) + ")"
    stems = sorted({words.stem(word.raw, lang) for lang in langs})
    forms = [table.in_text(" OR ".join(table.quoted([stem]) for stem in stems))]
    forms.append(table.in_exact(table.quoted(word.tokens) + (" *" if word.tokens[0] == prefix else "")))
    return "(" + " OR ".join(forms) + ")"


def _rarest(session: Session, index: Index, query: Query) -> list[str]:
    """The rarest terms of a query that there are, as expressions; a run is taken apart."""
    counted: dict[str, int] = {}
    for word in query.words:
        if word.is_run:
            for part in word.parts:
                count = min(table.document_count(session, character) for character in part)
                counted[table.in_text(table.quoted(part))] = count
        else:
            forms = {*word.tokens, *(words.stem(word.raw, lang) for lang in index.langs)}
            count = max(table.document_count(session, form) for form in forms)
            counted[_whole(word, query.prefix, index.langs)] = max(count, word.tokens[0] == query.prefix)
    terms = sorted((term for term in counted if counted[term]), key=lambda term: counted[term])
    if len(index.ids) >= COMMON_FROM:
        uncommon = [term for term in terms if counted[term] <= len(index.ids) * COMMON_SHARE]
        terms = uncommon or terms
    return terms[:TERMS_MAX]


def _scores(session: Session, index: Index, expression: str) -> dict[int, int]:
    newest = index.published[-1]
    ranked = table.ranked(session, expression, RANKED_MAX)
    unit = _BEST / max(ranked[0][1], 1e-12)
    scores = {}
    for story_id, score in ranked:
        position = index.position(story_id)
        if position is not None:
            age_s = (newest - index.published[position]) / 1_000_000
            boost = 1 + FRESH * 0.5 ** min(age_s / FRESH_HALVES_S, 64)
            scores[position] = max(1, round(score * boost * unit))
    return scores


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
