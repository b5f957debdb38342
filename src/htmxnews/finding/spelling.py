"""Did you mean: the nearest word that stories have, for a word that none has."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from string import ascii_lowercase

from sqlalchemy.orm import Session

from htmxnews.finding import query as queries
from htmxnews.finding import search, words
from htmxnews.finding import search_table as table
from htmxnews.finding.expressions import AnyOf, Run, stems
from htmxnews.finding.index import Index
from htmxnews.finding.query import Query
from htmxnews.finding.suggestions import vocabulary
from htmxnews.store import revisions

MIN, MAX = 4, 24  # letters of a word that is looked at
WORDS_MAX = 3  # unknown words; with more of them it is another language, or noise
TRIED = 4  # of the commonest candidates
NEAR = 0.74  # of difflib's ratio: two letters of eight
NEAR_HANGUL = 0.8  # one letter of five
RUN_MAX = 24  # characters of a run that is looked at
STRETCH_MAX = 6  # of it, that are one word; twice as many of katakana
_HANGUL = re.compile("[\uac00-\ud7a3]{2,12}")
_IDEOGRAPHS = "\u3005\u3400-\u9fff\U00020000-\U0003ffff"
_HIRAGANA, _KATAKANA = "\u3041-\u309f", "\u30a0-\u30ff"
_RUN = re.compile(f"[{_IDEOGRAPHS}{_HIRAGANA}{_KATAKANA}]{{2,{RUN_MAX}}}")
_KATAKANA_ONLY = re.compile(f"[{_KATAKANA}]+")
_STRETCH = re.compile(f"[{_KATAKANA}]+|[^{_KATAKANA}]+")


def meant(session: Session, index: Index, q: str) -> str | None:
    """The search with unknown words replaced by the nearest known ones; None when there is nothing to say."""
    key = ("meant", q, revisions.seen(session).get(search.DERIVED, 0))
    found: str | None = index.memo.get(key)
    if found is None:
        found = _meant(session, index, q) or ""
        index.memo.put(key, found)
    return found or None


def _meant(session: Session, index: Index, q: str) -> str | None:
    unknown = _unknown(session, index, q)
    if not 0 < len(unknown) <= WORDS_MAX:
        return None
    nearest = {word: near for word in unknown if (near := _nearest(session, index, word))}
    better, at = "", 0
    for start, end, _ in words.pieces(q):
        better += q[at:start] + nearest.get(words.fold(q[start:end]), q[start:end])
        at = end
    better += q[at:]
    return better if nearest and search.hits(session, index, better, weighed=False).ids else None


def _unknown(session: Session, index: Index, q: str) -> list[str]:
    """The words of a search that no story has in any form."""
    query = queries.parse(q)
    forms = {
        word.tokens[0]: {word.tokens[0], *(words.stem(word.raw, lang) for lang in index.langs)}
        for word in query.words
        if not word.is_run
    }
    forms |= {token: {token} for phrase in query.phrases for token in phrase}
    asked = {word: some for word, some in forms.items() if MIN <= len(word) <= MAX and word.isalpha()}
    forms_asked = [form for some in asked.values() for form in some]
    counts = table.document_counts(session, forms_asked) if asked else {}
    return _unknown_runs(session, query) + [
        word
        for word, some in asked.items()
        if counts.keys().isdisjoint(some)
        and not (word == query.prefix and table.count(session, Run((word,), "exact", begins=True)))
    ]


def _unknown_runs(session: Session, query: Query) -> list[str]:
    """Of the runs those in Hangul, which spaces part, and in ideographs and kana."""
    runs = {"".join(word.tokens): word for word in query.words if word.is_run}
    return [
        run
        for run, word in runs.items()
        if (_HANGUL.fullmatch(run) or _RUN.fullmatch(run))
        and not table.count(session, AnyOf(tuple(map(stems, word.variants))))
    ]


def _nearest(session: Session, index: Index, word: str) -> str | None:
    """The commonest word one slip away; else one of a tag or a new title that is about alike."""
    texts = vocabulary(session, index)
    if _RUN.fullmatch(word):
        return _nearest_run(session, word, "\n".join((*texts.tags.words(), *texts.titles.words())))
    known = {*texts.tags.words(), *texts.titles.words()}
    if _HANGUL.fullmatch(word):
        return _nearest_hangul(words.without_particle(word), known)
    counts = table.document_counts(session, list(_slips(word, _alphabet(word, known))))
    for near in sorted(counts, key=lambda near: (-counts[near], near))[:TRIED]:
        if table.count(session, Run((near,), "exact")):  # and not only a stem
            return near
    alike = sorted(other for other in known if other[0] == word[0] and abs(len(other) - len(word)) <= 2)
    return next(iter(get_close_matches(word, alike, n=1, cutoff=NEAR)), None)


def _nearest_hangul(word: str, known: set[str]) -> str | None:
    """The word that is most alike by its single letters: a syllable has two or three."""
    bare = {words.without_particle(other) for other in known if _HANGUL.fullmatch(other)}
    spelt = {unicodedata.normalize("NFD", other): other for other in sorted(bare)}
    alike = get_close_matches(unicodedata.normalize("NFD", word), spelt, n=1, cutoff=NEAR_HANGUL)
    return spelt[alike[0]] if alike else None


def _nearest_run(session: Session, run: str, texts: str) -> str | None:
    """The run with each stretch that no story has replaced by the commonest one that is a slip away."""
    near = "".join(_nearest_stretch(session, stretch, texts) or stretch for stretch in _STRETCH.findall(run))
    return near if near != run else None


def _nearest_stretch(session: Session, stretch: str, texts: str) -> str | None:
    katakana = _KATAKANA_ONLY.fullmatch(stretch)
    least, most = (3, 2 * STRETCH_MAX) if katakana else (2, STRETCH_MAX)
    if not least <= len(stretch) <= most or _stands(session, stretch, texts):
        return None
    if katakana:  # of which a whole stretch is a word
        known = Counter(_KATAKANA_ONLY.findall(texts))
        alphabet = map(chr, range(ord(_KATAKANA[0]), ord(_KATAKANA[-1]) + 1))
        found = {near: known[near] for near in _slips(stretch, "".join(alphabet)) if near in known}
    else:
        odd = [not _stands(session, stretch[at : at + 2], texts) for at in range(len(stretch) - 1)]
        found = Counter(near for slip in _slips_in(stretch, odd) for near in re.findall(slip, texts))
    return min(found, key=lambda near: (-found[near], near), default=None)


def _stands(session: Session, stretch: str, texts: str) -> bool:
    return stretch in texts or table.count(session, stems(stretch)) > 0


def _slips_in(stretch: str, odd: list[bool]) -> Iterator[str]:
    """Patterns of all that differs by a wrong character or two exchanged.

    Only where no pair of them is known, which `odd` tells: two words that no story has side by side are no
    slip.
    """
    for at, character in enumerate(stretch):
        before, after = stretch[:at], stretch[at + 1 :]
        if all(odd[max(0, at - 1) : at + 1]):
            yield before + _alike(character) + after
        if after and after[0] != character and all(odd[max(0, at - 1) : at + 2]):
            yield before + after[0] + character + after[1:]


def _alike(character: str) -> str:
    """A pattern for the characters of the same script."""
    return f"[{_HIRAGANA if re.match(f'[{_HIRAGANA}]', character) else _IDEOGRAPHS}]"


def _slips(word: str, alphabet: str) -> Iterator[str]:
    """Every word that differs by a letter missing, doubled up, wrong, or by two exchanged."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in alphabet)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in alphabet if letter != after[0])
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _alphabet(word: str, known: set[str]) -> str:
    """The letters that words of its script are written with."""
    if word.isascii():
        return ascii_lowercase
    script = _script(word[0])
    return "".join(sorted(letter for letter in {*word, *"".join(known)} if _script(letter) == script))


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]
