"""What a story is about, small enough to keep beside it: its words, its headline and the names in it."""

import json
import struct
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from htmxnews.finding import names, words

TAG = 4  # what a word of a tag counts beside one of the text
NAME = 2  # what a word of a name counts beside another one
WORDS_MAX = 400
PAIRS_MAX = 300
NAMES_MAX = 60


@dataclass(frozen=True)
class Gist:
    """Weights by what they are of, and how it is written."""

    lang: str  # as `words.language` gives it
    words: dict[str, int]  # by stem; a run of characters stays whole; those of the headline first
    written: dict[str, list[str]]  # the forms in which each of `words` stands in the text
    names: dict[str, int]  # as written

    def pack(self) -> bytes:
        return zlib.compress(json.dumps(vars(self), ensure_ascii=False, separators=(",", ":")).encode(), 3)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        return cls(**json.loads(zlib.decompress(packed)))


@dataclass(frozen=True)
class Terms:
    """The same in numbers, for comparing with many: words as in `Gist.words`, then pairs of neighbours.

    The headline's come first among the words and among the pairs. `halves` has two places in the words for
    each pair. `length` is the sum of all weights of words.
    """

    numbers: "array[int]"
    weights: "array[int]"
    halves: "array[int]"
    words: int
    headline_words: int
    headline_pairs: int
    length: int

    @property
    def headline(self) -> "array[int]":
        """The numbers of the headline's words and pairs."""
        pairs = self.numbers[self.words : self.words + self.headline_pairs]
        return self.numbers[: self.headline_words] + pairs

    def pack(self) -> bytes:
        counts = (len(self.numbers), self.words, self.headline_words, self.headline_pairs, self.length)
        return _HEAD.pack(*counts) + self.weights.tobytes() + self.halves.tobytes() + self.numbers.tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        count, single, headline_words, headline_pairs, length = _HEAD.unpack_from(packed)
        halves = _HEAD.size + count
        numbers = halves + 4 * (count - single)
        return cls(
            array("I", packed[numbers:]),
            array("B", packed[_HEAD.size : halves]),
            array("H", packed[halves:numbers]),
            single,
            headline_words,
            headline_pairs,
            length,
        )


_HEAD = struct.Struct("=HHHHI")


def make(title: str, summary: str, tags: list[str], body: str, lang: str | None) -> tuple[Gist, Terms]:
    """The gist of a story's plain texts; lines of `body` are its blocks."""
    language = words.language(lang)
    headline: Counter[str] = Counter()
    headline_pairs: Counter[str] = Counter()
    stems: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    forms: dict[str, dict[str, str]] = {}
    fields = [(title, 1, headline, headline_pairs)]
    fields += [(text, weight, stems, pairs) for text, weight in ((summary, 1), (body, 1))]
    fields += [(tag, TAG, stems, pairs) for tag in tags]
    for text, weight, counted, neighbours in fields:
        before = ""
        for word, stem in words.units(text, language):
            if not stem:
                before = ""
                continue
            counted[stem] += weight
            if before:
                neighbours[f"{before} {stem}"] += weight
            before = stem
            known = forms.setdefault(stem, {})
            plain = word.casefold()
            if plain not in known or word == plain:
                known[plain] = word
    named = names.names(f"{summary}\n{body}")
    for stem in {stem for name in named for _, stem in words.units(name, language) if stem}:
        for counter in (headline, stems):
            if stem in counter:
                counter[stem] *= NAME
    kept = _headline_first(headline, stems, WORDS_MAX)
    gist = Gist(
        lang=language,
        words=kept,
        written={stem: list(forms[stem].values()) for stem in kept},
        names=dict(named.most_common(NAMES_MAX)),
    )
    return gist, _terms(kept, headline, _headline_first(headline_pairs, pairs, PAIRS_MAX), headline_pairs)


def _headline_first(headline: Counter[str], others: Counter[str], limit: int) -> dict[str, int]:
    """Both together, at most `limit`: those of the headline, then the heaviest."""
    kept = {term: count + others[term] for term, count in headline.most_common(limit)}
    for term, count in others.most_common(limit + len(kept)):
        if len(kept) == limit:
            break
        kept.setdefault(term, count)
    return kept


def _terms(
    weights: dict[str, int],
    headline: Mapping[str, int],
    pairs: dict[str, int],
    headline_pairs: Mapping[str, int],
) -> Terms:
    places = {word: place for place, word in enumerate(weights)}
    halves = {pair: [places.get(word, -1) for word in pair.split(" ")] for pair in pairs}
    whole = {pair: weight for pair, weight in pairs.items() if min(halves[pair]) >= 0}
    return Terms(
        array(
            "I", [zlib.crc32(term.encode()) for term in (*weights, *whole)]
        ),  # so rarely alike as not to matter
        array("B", [min(weight, 255) for weight in (*weights.values(), *whole.values())]),
        array("H", [place for pair in whole for place in halves[pair]]),
        len(weights),
        sum(word in headline for word in weights),
        sum(pair in headline_pairs for pair in whole),
        sum(weights.values()),
    )
