"""What a story is about, small enough to keep beside it: words, pairs of stems and names, with weights."""

import json
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from htmxnews.finding import names, words
from htmxnews.finding.query import without_particle

TITLE, SUMMARY, TAGS, BODY = 3, 1, 2, 1  # what one word counts in each
WORDS_MAX = 400
PAIRS_MAX = 300
NAMES_MAX = 60

_UNIT = re.compile("[\uac00-\ud7a3]{2,}|[\u30a1-\u30ff]{2,}|[\u3400-\u9fff\u3005]{2,}")


@dataclass(frozen=True)
class Gist:
    """Weights by what they are of, and how it is written."""

    lang: str  # as `words.language` gives it
    words: dict[str, int]  # by stem; a run of characters stays whole
    pairs: dict[str, int]  # by two neighbouring stems with a space between
    written: dict[str, list[str]]  # the forms in which each of `words` stands in the text
    names: dict[str, int]  # as written

    def pack(self) -> bytes:
        return zlib.compress(json.dumps(vars(self), ensure_ascii=False, separators=(",", ":")).encode())

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        return cls(**json.loads(zlib.decompress(packed)))

    def terms(self) -> "Terms":
        weighed = {**self.words, **self.pairs}
        return Terms(
            array("I", [number(term) for term in weighed]),
            array("B", [min(weight, 255) for weight in weighed.values()]),
        )


@dataclass(frozen=True)
class Terms:
    """Words and pairs of a gist as numbers, each with its weight."""

    numbers: "array[int]"
    weights: "array[int]"

    def pack(self) -> bytes:
        return self.weights.tobytes() + self.numbers.tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        count = len(packed) // 5
        return cls(array("I", packed[count:]), array("B", packed[:count]))


def number(term: str) -> int:
    """The number that stands for a term; two terms with one number are too rare to matter."""
    return zlib.crc32(term.encode())


def make(title: str, summary: str, tags: list[str], body: str, lang: str | None) -> Gist:
    """The gist of a story's plain texts; lines of `body` are its blocks."""
    language = words.language(lang)
    stems: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    forms: dict[str, dict[str, str]] = {}
    for text, weight in ((title, TITLE), (summary, SUMMARY), *((tag, TAGS) for tag in tags), (body, BODY)):
        for word in _words(text):
            stem = words.fold(word) if words.is_run(word) else words.stem(word, language)
            stems[stem] += weight
            plain = word.casefold()
            known = forms.setdefault(stem, {})
            if plain not in known or word == plain:
                known[plain] = word
        for pair in _pairs(text, language):
            pairs[pair] += weight
    kept = dict(stems.most_common(WORDS_MAX))
    return Gist(
        lang=language,
        words=kept,
        pairs=dict(pairs.most_common(PAIRS_MAX)),
        written={stem: list(forms[stem].values()) for stem in kept},
        names=dict(names.names(f"{summary}\n{body}").most_common(NAMES_MAX)),
    )


def _words(text: str) -> Iterator[str]:
    for word, is_run in words.tokens(text):
        if is_run:
            for unit in _UNIT.findall(word):
                yield without_particle(unit)
        elif len(word) > 1:
            yield word


def _pairs(text: str, language: str) -> Iterator[str]:
    before = ""
    for word, is_run in words.tokens(text):
        if is_run:
            folded = words.fold(word)
            yield from (f"{a} {b}" for a, b in pairwise(folded))
            before = ""
        else:
            stem = words.stem(word, language) if len(word) > 2 else ""
            if before and stem:
                yield f"{before} {stem}"
            before = stem
