"""What a story is about, small enough to keep beside it: words, pairs of stems and names, with weights."""

import json
import re
import zlib
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
    """Weights by what they are of: words as written, pairs of neighbouring stems, names as written."""

    lang: str  # as `words.language` gives it
    words: dict[str, int]
    pairs: dict[str, int]  # keys: two stems with a space between
    names: dict[str, int]

    def pack(self) -> bytes:
        return zlib.compress(json.dumps(vars(self), ensure_ascii=False, separators=(",", ":")).encode())

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        return cls(**json.loads(zlib.decompress(packed)))


def make(title: str, summary: str, tags: list[str], body: str, lang: str | None) -> Gist:
    """The gist of a story's plain texts; lines of `body` are its blocks."""
    language = words.language(lang)
    seen: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    written: dict[str, str] = {}
    for text, weight in ((title, TITLE), (summary, SUMMARY), *((tag, TAGS) for tag in tags), (body, BODY)):
        for word in _words(text):
            key = word.casefold()
            seen[key] += weight
            if key not in written or word == key:
                written[key] = word
        for pair in _pairs(text, language):
            pairs[pair] += weight
    return Gist(
        lang=language,
        words={written[key]: weight for key, weight in seen.most_common(WORDS_MAX)},
        pairs=dict(pairs.most_common(PAIRS_MAX)),
        names=dict(names.names(f"{summary}\n{body}").most_common(NAMES_MAX)),
    )


def _words(text: str) -> Iterator[str]:
    for start, end, is_run in words.pieces(text):
        if is_run:
            for unit in _UNIT.findall(text[start:end]):
                yield without_particle(unit)
        elif end - start > 1:
            yield text[start:end]


def _pairs(text: str, language: str) -> Iterator[str]:
    before = ""
    for start, end, is_run in words.pieces(text):
        if is_run:
            folded = words.fold(text[start:end])
            yield from (f"{a} {b}" for a, b in pairwise(folded))
            before = ""
        else:
            stem = words.stem(text[start:end], language) if end - start > 2 else ""
            if before and stem:
                yield f"{before} {stem}"
            before = stem
